"""The static site of many hosts: what the public sees is in an object store, and each host works on a copy of its own.

The copy has the layout of a folder site (`site_folder`). It is brought up to date where it is looked at, and everything
that is shown here was shown in the store before.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from catalogue.backends.folder_version import make_folder
from catalogue.backends.mirrored_folder import MirroredFolder
from catalogue.backends.site_folder import DATASETS, WHOLE_SITES, SiteFolder
from catalogue.backends.site_tree import OVERVIEWS, PACKAGE, PUBLISHERS, SEEN
from catalogue.listing import dataset_path
from catalogue.metadata.ckan_api import PACKAGES
from catalogue.signing.signer import Signer
from catalogue.trees import shelf as keys
from catalogue.trees.again import until_won
from catalogue.trees.shelf import AT_ONCE, TreeShelf, key_of
from packages.model import Identity

ROOT = "current"


class StoredSite(SiteFolder):
    """The copy of the site at `path`; `shelf` has the site itself. One that `is_whole` has no placeholders."""

    def __init__(self, path: Path, shelf: TreeShelf, *, is_whole: bool = False, signer: Signer | None = None) -> None:
        super().__init__(path, signer)
        self.shelf = shelf
        self._is_whole = is_whole

    @property
    def root(self) -> MirroredFolder:
        """The folder of the files at the root."""
        return self._mirrored(ROOT, self.path / "pages")

    def folder(self, path: str) -> MirroredFolder:
        """Return the folder with a pointer at `path`, relative to the site; it need not exist yet."""
        return self._mirrored(path.rstrip("/"), self.path / "folders" / path)

    def dataset(self, identity: Identity) -> MirroredFolder:
        """Return the folder of a dataset, which need not exist yet."""
        return self.folder(dataset_path(identity))

    def _mirrored(self, pointer: str, versions: Path) -> MirroredFolder:
        # the pages about several datasets have one lock, that of the root
        lock_in = versions if pointer.startswith(f"{DATASETS}/") else self.path / "pages"
        notes = self.path / "trees" / pointer
        signing = self._root_signing() if pointer == ROOT else self._signing_of(pointer)
        place = self.path / pointer
        return MirroredFolder(place, versions, pointer, notes, self.shelf, lock_in, self._is_whole, signing=signing)

    def prepare(self) -> None:
        """Make the copy ready to be worked on; a site that is nowhere yet gets its first version of the root."""
        if self.current.is_dir() and not (self.path / WHOLE_SITES).is_dir():
            return

        def lay_out() -> None:
            for name in (DATASETS, PUBLISHERS, OVERVIEWS, PACKAGES):
                make_folder(self.path / name)
            SiteFolder.prepare(self)

        until_won(lay_out, lambda: self.refresh(ROOT))

    def refresh(self, pointer: str) -> None:
        """Make the copy of one folder that of the version which the public sees."""
        folder = self.root if pointer == ROOT else self.folder(pointer)
        if not folder.refresh():
            return
        if pointer.startswith(f"{DATASETS}/") and (folder.shown / PACKAGE).is_file():
            self.link_package(Identity(*pointer.split("/")[1:]))
        if pointer.startswith(f"{OVERVIEWS}/"):
            self.link_overview(folder.path.partition("/")[2], self._names(folder.shown))

    def refresh_all(self, but: frozenset[str] = frozenset()) -> None:
        """Make all of the copy what the public sees: one request for a thousand folders, and those that changed.

        The folders at the pointers in `but` are left as they are.

        The pages about several datasets come first. Whoever makes them again from datasets that are as old as those
        pages, or newer, and shows them only in their place, never shows older ones in place of newer. A list may be
        older than that: the root says what it was made from.
        """
        self.refresh(ROOT)
        for prefix, here in ((keys.SHARED, self.shared_pointers()), (keys.DATASETS, self._dataset_pointers())):
            self._refresh_below(prefix, here, but | {ROOT})

    def export(self) -> None:
        """Do the same for a copy that readers see: pages come after the datasets that they lead to."""
        self._refresh_below(keys.DATASETS, self._dataset_pointers(), frozenset())
        self._refresh_below(keys.SHARED, self.shared_pointers(), frozenset({ROOT}))
        self.refresh(ROOT)

    def _refresh_below(self, prefix: str, here: set[str], but: frozenset[str]) -> None:
        there = self.shelf.etags(prefix)
        seen = {pointer: etag for pointer, etag in self._seen().items() if key_of(pointer).startswith(prefix)}
        known = (*there.items(), *seen.items())
        changed = {pointer for pointer, etag in known if self.folder(pointer).base_etag() != etag}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(self.refresh, one) for one in sorted((changed | here - set(there)) - but)]:
                done.result()

    def seen(self) -> bytes:
        """Return what the store calls the tree of every folder in this copy, as JSON for the root."""
        pointers = sorted(self._dataset_pointers() | self.shared_pointers())
        return json.dumps({pointer: self.folder(pointer).base_etag() for pointer in pointers}).encode()

    def _seen(self) -> dict[str, str]:
        with contextlib.suppress(OSError):
            return dict(json.loads((self.current / SEEN).read_bytes()))
        return {}

    def _dataset_pointers(self) -> set[str]:
        return {dataset_path(identity).rstrip("/") for identity in self.identities()}

    @staticmethod
    def _names(folder: Path) -> list[str]:
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())

    def fetch(self, paths: Iterable[str]) -> None:
        """Give files of the copy their contents, by their path from the root of the site."""
        places = {(self.current / path).resolve() for path in paths}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(self._fetch_one, place) for place in sorted(places)]:
                done.result()

    def _fetch_one(self, place: Path) -> None:
        pages, folders = self.path.resolve() / "pages", self.path.resolve() / "folders"
        if place.is_relative_to(pages):
            self.root.fetch_here(place)
        elif place.is_relative_to(folders):
            parts = place.relative_to(folders).parts
            many = {DATASETS: 3, OVERVIEWS: 2, PUBLISHERS: 2}
            self.folder("/".join(parts[: many.get(parts[0], 1)])).fetch_here(place)
