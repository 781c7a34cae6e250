"""What an address says whose file is not there any more: why, and what replaces it. Pure.

A plain web server gives a file or the `index.html` of a folder. So where a file was, a link leads to a folder with a
page: whoever asks for it gets that page, never data. All pages of a dataset are in one folder, `gone`, one for each
reason and depth; the address of a release that was replaced costs one link, however many files the release had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from catalogue.listing import LATEST, history_path, release_path
from catalogue.site.feed import FeedHeader, atom_feed
from catalogue.site.render import render
from catalogue.site.words import long_day
from catalogue.tombstone import Tombstone

GONE = "gone"
"""The folder of these pages, in the folder of a dataset."""

DEPTHS = {"page.html": 1, "beside/index.html": 1, "latest/index.html": 2, "release/index.html": 2, "file/index.html": 3}
"""The pages of each reason, with the depth below the folder of the dataset from which the public reads them."""


class GoneReason(StrEnum):
    """Why a file is not at its address any more."""

    REPLACED = "replaced"
    UNLISTED = "unlisted"
    ERASED = "erased"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class GoneNote:
    """What the pages say. `leads` are ways on, from the folder of the dataset: address and words."""

    title: str
    lead: str
    paragraphs: tuple[str, ...]
    leads: tuple[tuple[str, str], ...]


NOTHING = "Nothing is listed here any more"
TO_THE_PAGE = ("index.html", "The page of the dataset, with its newest release")
DO_NOT_USE = "If you hold a copy, do not use or share it any more before you have asked the publisher."

TEXTS: Mapping[GoneReason, tuple[str, tuple[str, ...]]] = {
    GoneReason.REPLACED: (
        "A newer release has replaced the one that was at this address.",
        ("The site keeps the files of the last two releases. What is known of earlier ones is on the page of the "
         "dataset, with the checksums of their files.",),
    ),
    GoneReason.UNLISTED: (
        "The dataset does not have this file any more.",
        ("The newest release has other files. The page of the dataset names them.",),
    ),
    GoneReason.ERASED: (
        "What was at this address was taken away for good.",
        ("It held something that should not have been public.", DO_NOT_USE),
    ),
}  # fmt: skip


def gone_note(title: str, reason: GoneReason) -> GoneNote:
    """Return what the pages of a listed dataset say of files that went for this reason."""
    lead, paragraphs = TEXTS[reason]
    return GoneNote(title, lead, paragraphs, (TO_THE_PAGE,))


def withdrawn_note(tombstone: Tombstone) -> GoneNote:
    """Return what the pages of a withdrawn dataset say."""
    lead = f"{tombstone.publisher} withdrew this dataset on {long_day(tombstone.at)}. Its files are no longer here."
    return GoneNote(tombstone.title, lead, (tombstone.reason, DO_NOT_USE), (("index.html", "More about it"),))


def gone_pages(reason: GoneReason, note: GoneNote) -> dict[str, bytes]:
    """Return the pages for one reason by their path in the folder of the dataset."""
    pages = {}
    for place, depth in DEPTHS.items():
        up = "../" * depth
        leads = [(up + address, words) for address, words in note.leads]
        pages[f"{GONE}/{reason}/{place}"] = render("gone.html", note=note, leads=leads, top=f"{up}../../../")
    return pages


def release_links(reason: GoneReason, releases: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Return links for all files (`names`) of releases (the names of their folders), by their place."""
    # names once for all releases: each of these is one link to the same folder
    files = {f"{GONE}/{reason}/release/{name}": "../file" for name in names}
    return files | {release_path(release).rstrip("/"): f"../{GONE}/{reason}/release" for release in releases}


def history_links(reason: GoneReason, releases: Iterable[str]) -> dict[str, str]:
    """Return links for the pages about releases, by their place."""
    return {history_path(release): f"../{GONE}/{reason}/page.html" for release in releases}


def file_links(reason: GoneReason, beside: Iterable[str], latest: Iterable[str]) -> dict[str, str]:
    """Return links for files beside the page of a dataset and in the folder of its newest release, by their place."""
    links = dict.fromkeys(beside, f"{GONE}/{reason}/beside")
    return links | {f"{LATEST}{name}": f"../{GONE}/{reason}/latest" for name in latest}


def emptied_pages(shown: Iterable[str]) -> dict[str, bytes]:
    """Return what remains of pages and feeds about several datasets that have nothing to show any more.

    `shown` are their paths from the root of the site.
    """
    note, files = GoneNote(NOTHING, "What this page was about is not listed any more.", (), ()), {}
    for path in shown:
        up = "../" * path.count("/")
        if path.endswith("feed.xml"):
            files[path] = atom_feed(FeedHeader(NOTHING, path, f"{path.removesuffix('feed.xml')}index.html"), ())
        else:
            files[path] = render("gone.html", note=note, leads=[(f"{up}index.html", "London on one page")], top=up)
    return files
