"""What the site says: the listings, overviews and tombstones in the folders of its datasets."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from catalogue.listing import Listing, dataset_path, listing_from_json
from catalogue.look.look import DataLook, LookSummary, look_from_json
from catalogue.site.render import page_version
from catalogue.site.status import DatasetOverview, DatasetStatus, overview_from_json, statuses_from_json
from catalogue.tombstone import Tombstone, tombstone_from_json
from packages.model import Identity

LISTING = "listing.json"
OVERVIEW = "holding.json"
TOMBSTONE = "withdrawn.json"
STATUSES = "london.json"
DCAT = ("dcat.ttl", "dcat.jsonld")
CROISSANT = "croissant.json"
PACKAGE = "ckan.json"
LOOK = "look.json"
HISTORY = "history"

PUBLISHERS = "publishers"
OVERVIEWS = "overviews"
"""Beside the root: the pages about a dataset of all publishers; links beside the pointers of its folders lead there."""

SINGLE = ("register", "metadata", "explore", "transparency")
"""Pages about all datasets that have a pointer of their own, beside the root."""

STAMP = ".made-from"
"""In the folder of a dataset: a digest of what its pages were made from, so that they are made again only if needed."""

DESCRIBED = ".described-from"
"""In the folder of a dataset: a digest of what its descriptions for machines were made from."""

DESCRIPTIONS = "2"
"""The version of all descriptions for machines; with another one they are made again, as pages with other templates."""

SHOWN = ".shown"
"""At the root: a digest of everything that the whole site was made from."""

SEEN = ".seen"
"""At the root, in an object store: what the store calls the tree of every folder that the root was made from."""

DATASET_FOLDERS = "datasets/*/*"


def listing_in(folder: Path) -> Listing | None:
    """Return the listing in the folder of a dataset, if there is one."""
    path = folder / LISTING
    return listing_from_json(path.read_bytes()) if path.is_file() else None


def overview_in(folder: Path) -> DatasetOverview | None:
    """Return the overview in the folder of a dataset, if there is one."""
    path = folder / OVERVIEW
    return overview_from_json(path.read_bytes()) if path.is_file() else None


def look_in(folder: Path, release: str) -> DataLook | None:
    """Return the look at the data of this release (its digest) in the folder of a dataset, if there is one."""
    path = folder / LOOK
    if not path.is_file():
        return None
    # that of an earlier londata may have another shape: it is taken again
    with suppress(ValueError):
        look = look_from_json(path.read_bytes())
        return look if look.release == release else None
    return None


def all_summaries(root: Path, listings: Iterable[Listing]) -> dict[Identity, LookSummary]:
    """Return what pages about several publishers show of the data of each listing."""
    looks = ((listed, look_in(root / dataset_path(listed.identity), listed.release)) for listed in listings)
    # one look at a time: those with many places are large
    return {listed.identity: LookSummary.of(look) for listed, look in looks if look}


def tombstone_in(folder: Path) -> Tombstone | None:
    """Return the tombstone in the folder of a dataset that was withdrawn."""
    path = folder / TOMBSTONE
    return tombstone_from_json(path.read_bytes()) if path.is_file() else None


def all_listings(root: Path) -> list[Listing]:
    """Return every listing, in the order of the folders."""
    return [listing_from_json(path.read_bytes()) for path in _files(root, LISTING)]


def all_tombstones(root: Path) -> list[Tombstone]:
    """Return every tombstone, in the order of the folders."""
    return [tombstone_from_json(path.read_bytes()) for path in _files(root, TOMBSTONE)]


def _files(root: Path, name: str) -> list[Path]:
    """Return the files of this name in the folders of all datasets, in their order."""
    # where a file is gone, a folder with a page has its name
    return [path for path in sorted(root.glob(f"{DATASET_FOLDERS}/{name}")) if path.is_file()]


def last_statuses(
    root: Path, listed: Collection[Identity]
) -> tuple[tuple[DatasetStatus, ...], tuple[tuple[str, str], ...]]:
    """Return the statuses and publishers on the start page, without datasets that are no longer listed."""
    if not (root / STATUSES).is_file():
        return (), ()
    statuses, publishers = statuses_from_json((root / STATUSES).read_bytes())
    return tuple(status for status in statuses if status.identity in listed or not status.released), publishers


def shared_pages(root: Path) -> list[Path]:
    """Return the pages of publishers, and of datasets of all publishers."""
    return sorted((*root.glob("publishers/*/index.html"), *root.glob("datasets/*/index.html")))


def dataset_stamp(folder: Path, overview: bytes) -> bytes:
    """Return the digest of everything that the pages of one dataset are made from."""
    listing = folder / LISTING
    return _digest((overview, listing.read_bytes() if listing.is_file() else b""))


def description_stamp(listing: bytes, public_url: str) -> bytes:
    """Return the digest of everything that the descriptions of one dataset are made from."""
    return _digest((listing, public_url.encode()))


def site_stamp(root: Path, known: Iterable[bytes]) -> bytes:
    """Return the digest of everything that the site is made from: what is known, and the listings."""
    listings = (path.read_bytes() for path in _files(root, LISTING))
    return _digest((*known, *listings))


def _digest(inputs: Iterable[bytes]) -> bytes:
    versions = page_version() + DESCRIPTIONS
    # a digest of digests: the end of one input cannot be taken for the beginning of the next
    digests = "".join(hashlib.sha256(content).hexdigest() for content in (versions.encode(), *inputs))
    return hashlib.sha256(digests.encode()).hexdigest().encode() + b"\n"
