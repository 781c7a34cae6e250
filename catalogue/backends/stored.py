"""The static site in an object store: the folder catalogue of many hosts.

What `folder` promises holds here, too: everything about a dataset is replaced in one step, the files of the last two
releases are there, and addresses do not die. Several hosts may write at once: whoever comes second begins again with
what the first one wrote.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from catalogue.backends.folder import FolderCatalogue
from catalogue.backends.folder_version import NOTHING_READ, Digests, FolderVersion
from catalogue.backends.protocol import Intend, Progress
from catalogue.backends.site_pages import DatasetPages
from catalogue.backends.site_tree import SEEN
from catalogue.backends.stored_site import ROOT, StoredSite
from catalogue.listing import LATEST, Listing, dataset_path, release_path
from catalogue.plan import Live
from catalogue.signing.signer import Signer
from catalogue.trees.again import until_won
from catalogue.trees.shelf import TreeShelf
from catalogue.trees.tree import Tree
from packages.model import Identity, Publication, Release

SERVED_HERE = "http://127.0.0.1:8000/"
"""Where `londata serve` shows the site, while nobody has said under which address it is public."""


class StoredCatalogue(FolderCatalogue):
    """Lists releases in a static site in an object store; `site` is the copy of this host."""

    def __init__(self, site: Path, shelf: TreeShelf, *, public_url: str = "", signer: Signer | None = None) -> None:
        super().__init__(site, public_url=public_url, signer=signer)
        self._site: StoredSite = StoredSite(site, shelf, signer=signer)

    def refresh(self) -> None:
        """Make the copy of this host what the public sees."""
        self._site.refresh_all()

    def fetch(self, paths: Iterable[str]) -> None:
        """Make sure that these files, by their path from the root of the site, have their contents in the copy."""
        self._site.fetch(paths)

    def live(self, identity: Identity) -> Live | None:
        """Return what the site shows now; None when the dataset was never listed. Raises when that is not certain."""
        self._refresh_one(identity)
        return self._live_here(identity)

    def _refresh_one(self, identity: Identity) -> None:
        # a host that was never at work: what is at the root leads to the folders of the datasets
        if not self.current.is_dir():
            self._site.refresh(ROOT)
        self._site.refresh(_pointer(identity))

    # --- publishing ---------------------------------------------------------------------------------------------------

    def publish(
        self,
        listing: Listing,
        release: Release,
        *,
        now: dt.datetime,
        intend: Intend | None = None,
        on_progress: Progress | None = None,
    ) -> Publication:
        """List a release; TemporaryProblem when the store does not answer, with the old one shown."""
        publication = until_won(
            lambda: super(StoredCatalogue, self).publish(
                listing, release, now=now, intend=intend, on_progress=on_progress
            ),
            lambda: self._refresh_one(listing.identity),
        )
        return self._as_served(publication)

    def _as_served(self, publication: Publication) -> Publication:
        """Return a receipt with addresses that lead to the site, not into the copy of this host."""
        here = f"{self.current.as_uri()}/"
        urls = {name: url.replace(here, SERVED_HERE) for name, url in publication.urls.items()}
        return replace(publication, page=publication.page.replace(here, SERVED_HERE), urls=urls)

    def _publish_locked(
        self, listing: Listing, release: Release, intend: Intend | None, on_progress: Progress | None
    ) -> tuple[int, dict[str, str]]:
        folder = self._site.dataset(listing.identity)
        damaged = folder.damaged()
        if not damaged:
            return super()._publish_locked(listing, release, intend, on_progress)
        if intend:
            intend()
        folder.forget(damaged)
        writes, read_back = super()._publish_locked(listing, release, intend, on_progress)
        # pages are made from what is there; a damaged file of the release before is gone for good
        with folder.new_version() as version:
            DatasetPages(version, self._public_url).write_all()
        return writes + version.writes + len(damaged), read_back

    def _read_back(self, listing: Listing, known: Digests = NOTHING_READ) -> dict[str, str]:  # noqa: ARG002 - on a disk
        """Return the sha256 of each file as the store gives it; empty where anything of the dataset is damaged.

        New contents are read to the end before they are shown. Afterwards it is enough that nobody put others there:
        an object never changes, and the store says so for all of a dataset in one answer.
        """
        folder = self._site.dataset(listing.identity)
        stored = folder.shelf.read(folder.path, folder.base())
        if stored is None or folder.shelf.damaged(folder.path, stored.tree):
            return {file.file: "" for file in listing.files}
        newest = ("", LATEST, release_path(listing.release))
        return {
            file.file: _common_sha256(stored.tree, [place + file.file for place in newest]) for file in listing.files
        }

    # --- withdrawing --------------------------------------------------------------------------------------------------

    def withdraw(
        self, identity: Identity, *, reason: str, now: dt.datetime, intend: Intend | None = None
    ) -> Publication:
        """Replace a dataset by a page that says when and why it was withdrawn; SetupProblem when files would remain."""
        publication = until_won(
            lambda: super(StoredCatalogue, self).withdraw(identity, reason=reason, now=now, intend=intend),
            lambda: self._refresh_one(identity),
        )
        return self._as_served(publication)

    def _is_left_over(self, identity: Identity) -> bool:
        return super()._is_left_over(identity) or self._site.dataset(identity).left_over()

    def _remove_other_versions(self, identity: Identity) -> int:
        return super()._remove_other_versions(identity) + self._site.dataset(identity).purge()

    def erase(self, identity: Identity, releases: Collection[str], addresses: Sequence[str]) -> Mapping[str, str]:
        """Remove the files and pages of releases that are not shown any more, from the store and this host."""
        return until_won(
            lambda: super(StoredCatalogue, self).erase(identity, releases, addresses),
            lambda: self._refresh_one(identity),
        )

    # --- showing ------------------------------------------------------------------------------------------------------

    def rebuild(self) -> int:
        """Make every page again from what is listed; return how many files changed."""
        return until_won(super().rebuild, self.refresh)

    @contextlib.contextmanager
    def _new_root(self) -> Iterator[FolderVersion]:
        with super()._new_root() as version:
            yield version
            if version.writes:
                version.write(version.folder / SEEN, self._site.seen())

    def _renew_root(self, locked: Identity | None = None) -> int:
        """Make the files at the root again from what the public sees of every dataset; return how many changed.

        The folder of the `locked` dataset is the caller's, who has just written it.
        """
        own = frozenset({_pointer(locked)} if locked else ())
        return until_won(super()._renew_root, lambda: self._site.refresh_all(but=own))


def _pointer(identity: Identity) -> str:
    return dataset_path(identity).rstrip("/")


def _common_sha256(tree: Tree, paths: Iterable[str]) -> str:
    """Return the sha256 that all of these paths give; empty when they differ, or one gives nothing."""
    real = {tree.real_path(path) for path in paths}
    found = {tree.files[path].sha256 if path else "" for path in real}
    return found.pop() if len(found) == 1 else ""
