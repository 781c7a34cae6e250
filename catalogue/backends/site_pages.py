"""The pages of the site, written where what they are made of has changed: of one dataset, and about several."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from catalogue import dcat
from catalogue.backends.folder_version import FolderVersion, folder_names
from catalogue.backends.site_gone import GoneAddresses
from catalogue.backends.site_signing import is_signed_as
from catalogue.backends.site_tree import (
    CROISSANT,
    DCAT,
    DESCRIBED,
    LOOK,
    OVERVIEW,
    OVERVIEWS,
    PACKAGE,
    PUBLISHERS,
    SHOWN,
    SINGLE,
    STAMP,
    TOMBSTONE,
    all_listings,
    all_tombstones,
    dataset_stamp,
    description_stamp,
    last_statuses,
    listing_in,
    look_in,
    overview_in,
    shared_pages,
    tombstone_in,
)
from catalogue.listing import Listing, dataset_path, history_path, listing_to_json, release_path
from catalogue.look.look import look_to_json
from catalogue.look.taking import take_look
from catalogue.metadata.ckan_api import PACKAGES, package_answer, withdrawn_answer
from catalogue.metadata.croissant import croissant_json
from catalogue.signing.signer import Signer
from catalogue.signing.sums import SIGNED
from catalogue.site.pages import dataset_page, release_page, waiting_page, withdrawn_page
from catalogue.site.status import DatasetOverview, DatasetStatus, SiteStatus, overview_to_json
from catalogue.site.top_files import SiteTop, site_files
from catalogue.tombstone import Tombstone
from catalogue.trees.placeholder import has_content


@dataclass(frozen=True, slots=True)
class DatasetPages:
    """The pages in the folder of one dataset, of which a version is being made; what they say is in it already."""

    version: FolderVersion
    public_url: str

    def write_all(self) -> None:
        """Make every page again from what the version holds."""
        folder = self.version.folder
        GoneAddresses(self.version).renew()
        if tombstone := tombstone_in(folder):
            self.write_withdrawn(tombstone)
        if listed := listing_in(folder):
            self.write_listed(listed)
        if overview := overview_in(folder):
            self._write_known(overview)

    def write_listed(self, listed: Listing) -> None:
        """Write the page and the descriptions for machines of a listing."""
        folder = self.version.folder
        self._describe(listed)
        overview = overview_in(folder)
        if overview:
            overview = overview.now_listed(listed)
            self.version.write(folder / OVERVIEW, overview_to_json(overview))
        self.version.write(folder / "index.html", self._dataset_page(listed, overview))

    def _dataset_page(self, listed: Listing, overview: DatasetOverview | None) -> bytes:
        """Return the page of a listing; the look at its data is taken once for each release, and kept."""
        folder = self.version.folder
        look = look_in(folder, listed.release)
        if look is None:
            # files that somebody damaged are put right by the next publish; the page comes without pictures until then
            files = folder / release_path(listed.release)
            self.version.fetch(files)
            with suppress(OSError, ValueError, csv.Error):
                look = take_look(listed, files)
                self.version.write(folder / LOOK, look_to_json(look))
        return dataset_page(listed, folder_names(folder), overview, look)

    def write_withdrawn(self, tombstone: Tombstone) -> None:
        """Write the page that replaces a withdrawn dataset, and the answer to whoever asks as if this were a CKAN."""
        self.version.write(self.version.folder / "index.html", withdrawn_page(tombstone))
        self.version.write(self.version.folder / PACKAGE, withdrawn_answer(tombstone))

    def write_overview(self, overview: DatasetOverview, content: bytes) -> None:
        """Keep an overview (`content` as JSON), and make the pages that show it."""
        folder = self.version.folder
        self.version.write(folder / OVERVIEW, content)
        self._write_known(overview)
        # last: a stamp vouches for pages that are there
        self.version.write(folder / STAMP, dataset_stamp(folder, content))

    def _write_known(self, overview: DatasetOverview) -> None:
        """Write the page of a dataset and those about its releases."""
        folder = self.version.folder
        listed = listing_in(folder)
        if listed:
            self._describe(listed)
        page = self._dataset_page(listed, overview) if listed else waiting_page(overview)
        self.version.write(folder / "index.html", page)
        for summary in overview.history:
            page = release_page(summary, overview, listed)
            self.version.write(folder / history_path(summary.release), page)

    def _describe(self, listed: Listing) -> None:
        """Write the descriptions for machines, unless they are those of this listing already."""
        folder, made_from = self.version.folder, listing_to_json(listed)
        stamp = description_stamp(made_from, self.public_url)
        if (folder / DESCRIBED).is_file() and (folder / DESCRIBED).read_bytes() == stamp:
            return
        fragment = dcat.describe_dataset(listed, public_url=self.public_url)
        # IRIs are relative to the root of the site
        up = "" if self.public_url else "../" * dataset_path(listed.identity).count("/")
        files = dict(zip(DCAT, fragment.files(up), strict=True))
        files |= {CROISSANT: croissant_json(listed), PACKAGE: package_answer(listed), DESCRIBED: stamp}
        for name, content in files.items():
            self.version.write(folder / name, content)


def is_shown(overview: bytes, folder: Path, signer: Signer | None) -> bool:
    """Return whether the pages of a dataset were made from this overview (JSON), or show that it was withdrawn.

    They are signed by whoever signs now.
    """
    if not is_signed_as(folder, signer):
        return False
    # a withdrawn dataset keeps nothing but its tombstone
    if (folder / TOMBSTONE).is_file():
        return True
    return (folder / STAMP).is_file() and (folder / STAMP).read_bytes() == dataset_stamp(folder, overview)


def shared_folders(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """Return the files about several datasets by the pointer of their folder, and there by their path in it. Pure.

    `files` have the path that the public sees, relative to the root of the site.
    """
    folders: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        parts = name.split("/")
        # publishers and datasets have a folder each; what is seen among the datasets is not in a folder of one
        first = {"datasets": OVERVIEWS}.get(parts[0], parts[0])
        pointer, path = ([first, parts[1]], parts[2:]) if first in (OVERVIEWS, PUBLISHERS) else ([first], parts[1:])
        folders.setdefault("/".join(pointer), {})["/".join(path)] = content
    return folders


def holds_all(folder: Path, files: Mapping[str, bytes], signer: Signer | None) -> bool:
    """Return whether a folder holds these files, by their path in it, and no others but the list that is signed now."""
    if not is_signed_as(folder, signer):
        return False
    shown = folder.resolve()
    found = {str(path.relative_to(shown)) for path in shown.rglob("*") if path.is_file()}
    return found - SIGNED == set(files) and all(has_content(folder / name, content) for name, content in files.items())


@dataclass(frozen=True, slots=True)
class RootPages:
    """The files at the root, of which a version is being made; it leads to the folders of all datasets."""

    version: FolderVersion
    public_url: str

    def write_known(self, site: SiteStatus, listings: tuple[Listing, ...], stamp: bytes) -> None:
        """Write what is known; `listings` are all that are shown, `stamp` is the digest of what it was made from."""
        self._write_top(listings, tuple(overview.status for overview in site.overviews), site.publishers)
        self.version.write(self.version.folder / SHOWN, stamp)

    def write_top(self) -> None:
        """Write the files, with the statuses that they showed last and that still hold."""
        root = self.version.folder
        # the site no longer shows what it was last made from, so the next update looks at everything
        self.version.remove(root / SHOWN)
        listings = tuple(all_listings(root))
        self._write_top(listings, *last_statuses(root, {listed.identity for listed in listings}))

    def _write_top(
        self,
        listings: tuple[Listing, ...],
        statuses: tuple[DatasetStatus, ...],
        publishers: tuple[tuple[str, str], ...],
    ) -> None:
        root = self.version.folder
        # an earlier londata may have made the root without some of them
        for name in (*SINGLE, PACKAGES.rstrip("/")):
            self.version.lead(root / name, f"../../{name}")
        linked = frozenset(path.parent.name for path in shared_pages(root))
        top = SiteTop(listings, statuses, tuple(all_tombstones(root)), publishers, linked)
        for name, content in site_files(top, self._fragments(listings), public_url=self.public_url).items():
            self.version.write(root / name, content)
        # ckanapi asks without the number of the version
        self.version.lead(root / "api/action", "3/action")

    def _fragments(self, listings: Iterable[Listing]) -> list[dcat.Fragment]:
        """Return the DCAT of listings from their files: making it is the slow part of a page."""
        found = []
        for listed in listings:
            paths = [self.version.folder / dataset_path(listed.identity) / name for name in DCAT]
            if all(path.is_file() for path in paths):
                found.append(dcat.read_fragment(*(path.read_bytes() for path in paths)))
            else:
                found.append(dcat.describe_dataset(listed, public_url=self.public_url))
        return found
