"""The site in an object store, as the web gives it: an address is looked up in one tree, and its content is given.

Nothing of it is on this disk. A tree is asked for again when the last answer is a second old. One answer is of one
tree: a reader sees the old version of a dataset or the new one, and never half.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from catalogue.listing import dataset_id, dataset_name
from catalogue.metadata.ckan_api import PACKAGES
from catalogue.site.gone import GONE
from catalogue.trees.shelf import DATASETS, StoredTree, TreeShelf
from catalogue.trees.tree import TreeFile
from catalogue.web.addresses import INDEX, address_parts
from catalogue.web.public_site import PublicFile
from packages.model import Identity

FRESH = 1.0
"""Seconds for which a tree is taken as it was, without asking the store."""

RELEASES = "releases"
KEPT_SECONDS = 300
"""For so long a copy of a file of one release may be given without asking: its bytes never change, but it may have to
go."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
ALONE = ("register", "metadata", "explore", "transparency")
PACKAGE = "ckan.json"


@dataclass(frozen=True, slots=True)
class TreePlace:
    """Where an address leads: the pointer of a folder, and the path in it (empty for its page)."""

    pointer: str
    path: str


@dataclass
class SiteFront:
    """Answers addresses from the store; may be asked by many threads."""

    shelf: TreeShelf
    _trees: dict[str, tuple[float, StoredTree | None]] = field(default_factory=dict)
    _packages: tuple[float, dict[str, str]] = (-FRESH, {})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, address: str) -> PublicFile | None:
        """Return what answers an address, from the root; None when nothing does.

        TemporaryProblem when the store gives no answer. What an old tree names may be gone, two versions later: then
        the pieces raise KeyError, and the next answer is of the tree that is shown then.
        """
        parts = address_parts(address)
        if parts is None:
            return None
        place = self._place(parts)
        stored = self._tree(place.pointer) if place else None
        if place is None or stored is None:
            return None
        for path in (place.path, f"{place.path}/{INDEX}".lstrip("/")):
            real = stored.tree.real_path(path) if path else None
            if real is not None:
                is_gone = GONE in real.split("/") and GONE not in parts
                seconds = KEPT_SECONDS if path.startswith(f"{RELEASES}/") and not is_gone else 0
                return self._answer(place.pointer, path, stored.tree.files[real], is_gone=is_gone, seconds=seconds)
        return None

    def _answer(self, pointer: str, path: str, file: TreeFile, *, is_gone: bool, seconds: int) -> PublicFile:
        def pieces(start: int, length: int) -> Iterator[bytes]:
            try:
                yield from self.shelf.pieces(pointer, file, start, length)
            except KeyError:
                with self._lock:
                    self._trees.pop(pointer, None)
                raise

        return PublicFile(path.rpartition("/")[2], file.bytes, is_gone, pieces, file.sha256, seconds)

    def _tree(self, pointer: str) -> StoredTree | None:
        now = time.monotonic()
        with self._lock:
            asked, known = self._trees.get(pointer, (-FRESH, None))
        if now - asked < FRESH:
            return known
        stored = self.shelf.read(pointer, known)
        with self._lock:
            if stored is None:
                # nobody fills the memory with addresses that were made up
                self._trees.pop(pointer, None)
            else:
                self._trees[pointer] = (now, stored)
        return stored

    def _place(self, parts: list[str]) -> TreePlace | None:
        first, rest = (parts[0], parts[1:]) if parts else ("", [])
        if first == "datasets" and len(rest) >= 2 and NAME.fullmatch(rest[1]):
            return TreePlace(f"datasets/{rest[0]}/{rest[1]}", "/".join(rest[2:]))
        if first == "datasets" and rest:
            return TreePlace(f"overviews/{rest[0]}", "/".join(rest[1:]))
        if first == "publishers" and rest:
            return TreePlace(f"publishers/{rest[0]}", "/".join(rest[1:]))
        if f"{first}/" == PACKAGES and len(rest) == 1:
            pointer = self._package(rest[0].removesuffix(".json")) if rest[0].endswith(".json") else ""
            return TreePlace(pointer, PACKAGE) if pointer else None
        return TreePlace(first, "/".join(rest)) if first in ALONE else TreePlace("current", "/".join(parts))

    def _package(self, name: str) -> str:
        """Return the pointer of the dataset that a CKAN would know by this name or id; empty when there is none."""
        asked, known = self._packages
        if name not in known and time.monotonic() - asked >= FRESH:
            pointers = [pointer.split("/") for pointer in self.shelf.etags(DATASETS)]
            found = [Identity(parts[1], parts[2]) for parts in pointers if len(parts) == 3]
            known = {key: f"datasets/{one.dataset}/{one.publisher}" for one in found for key in _names(one)}
            self._packages = (time.monotonic(), known)
        return known.get(name, "")


def _names(identity: Identity) -> tuple[str, str]:
    return dataset_name(identity), dataset_id(identity)
