"""The site in an object store: a tree document for each of its folders, and the contents that the trees name.

    site/datasets/<d>/<p>.json      the tree that is shown of the folder of a dataset
    site/shared/<pointer>.json      the same for the files at the root (`current`) and the pages about several datasets
    site/files/<pointer>/<n>/<sha256>   contents, below the number of the version that brought them; never written over

Writing one document over the one that was read shows a new version; whoever comes second loses, and nothing is mixed.
A content belongs to one folder: what has to go from there is in no other place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from catalogue.trees.again import LostRace
from catalogue.trees.tree import Tree, TreeFile, tree_from_json, tree_to_json
from packages.errors import SetupProblem
from packages.objects import UNCHANGED, AlreadyThere, ChangedMeanwhile, ObjectStore

TREES = "site/"
SHARED = f"{TREES}shared/"
DATASETS = f"{TREES}datasets/"
FILES = f"{TREES}files/"

AT_ONCE = 8
"""Requests of one process that are under way side by side."""

PIECE = 8 << 20
"""Bytes of a content that are read at once."""


@dataclass(frozen=True, slots=True)
class StoredTree:
    """A tree as the store has it; `etag` is what the store calls the document."""

    tree: Tree
    etag: str


@dataclass(frozen=True, slots=True)
class TreeShelf:
    """Reads and writes the site in a store. Problems are those of the store, in words."""

    store: ObjectStore

    # --- trees --------------------------------------------------------------------------------------------------------

    def read(self, pointer: str, known: StoredTree | None = None) -> StoredTree | None:
        """Return the tree that is shown at a pointer, such as `datasets/spend-over-500/camden`; None when none is.

        One request; a `known` one that is still shown is not sent again.
        """
        content = self.store.get_if_changed(key_of(pointer), known.etag) if known else self.store.get(key_of(pointer))
        if content is None:
            return None
        if content is UNCHANGED:
            return known
        try:
            return StoredTree(tree_from_json(content.data), content.etag)
        except ValueError as error:
            raise SetupProblem(
                f"The document {key_of(pointer)} in the object store is not one that this londata can read ({error}).",
                fix="Run the same version of londata on all hosts. If somebody wrote there, remove that object and "
                "publish again.",
            ) from error

    def etags(self, prefix: str) -> dict[str, str]:
        """Return what the store calls each tree below SHARED or DATASETS, by pointer: one request for a thousand."""
        listed = self.store.list(prefix)
        return {pointer_of(one.key): one.etag for one in listed if one.key.endswith(".json")}

    def swap(self, pointer: str, tree: Tree, seen: StoredTree | None) -> StoredTree:
        """Show a tree in place of the one that was `seen`, in one step; LostRace when that is not shown any more."""
        content = tree_to_json(tree)
        try:
            if seen is None:
                etag = self.store.put_new(key_of(pointer), content)
            else:
                etag = self.store.put_over(key_of(pointer), content, seen.etag)
        except (AlreadyThere, ChangedMeanwhile) as error:
            raise LostRace(pointer) from error
        return StoredTree(tree, etag)

    # --- contents -----------------------------------------------------------------------------------------------------

    def upload(self, pointer: str, files: Iterable[tuple[TreeFile, Path]]) -> dict[str, TreeFile]:
        """Store contents that no tree names yet; return them by sha256, with what the store calls each of them."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = pool.map(lambda one: self._put(pointer, *one), files)
            return {file.sha256: file for file in done}

    def _put(self, pointer: str, file: TreeFile, path: Path) -> TreeFile:
        return replace(file, etag=self.store.put(_content_key(pointer, file.object), path))

    def pieces(self, pointer: str, file: TreeFile, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield a part of a content, all of it by default; KeyError when it is not there any more."""
        left = file.bytes - start if length is None else length
        while left > 0:
            piece = self.store.read_range(_content_key(pointer, file.object), start, min(PIECE, left))
            if not piece:
                raise KeyError(file.object)
            yield piece
            start, left = start + len(piece), left - len(piece)

    def stored_sha256(self, pointer: str, file: TreeFile) -> str:
        """Return the sha256 of a content as the public gets it, read to the end; empty when it is not there."""
        digest = hashlib.sha256()
        try:
            for piece in self.pieces(pointer, file):
                digest.update(piece)
        except KeyError:
            return ""
        return digest.hexdigest()

    def fetch(self, pointer: str, file: TreeFile, path: Path) -> None:
        """Write a content into a new file; TemporaryProblem when the store does not give these bytes.

        LostRace when it is not there: then the tree that names it is not shown any more.
        """
        try:
            self.store.download(_content_key(pointer, file.object), path, sha256=file.sha256)
        except FileNotFoundError as error:
            raise LostRace(pointer) from error

    def damaged(self, pointer: str, tree: Tree) -> frozenset[str]:
        """Return the objects of a tree that are not in the store as they were put there: one request if all are."""
        listed = self._contents(pointer)
        wanted = {file.object: file for file in tree.files.values()}
        suspects = [file for name, file in wanted.items() if listed.get(name) != file.etag]
        # a list may be a moment old: only the object itself is asked for certain
        return frozenset(file.object for file in suspects if self._etag(pointer, file) != file.etag)

    def _etag(self, pointer: str, file: TreeFile) -> str:
        found = self.store.head(_content_key(pointer, file.object))
        return found.etag if found else ""

    def _contents(self, pointer: str) -> dict[str, str]:
        prefix = _content_key(pointer, "")
        return {one.key.removeprefix(prefix): one.etag for one in self.store.list(prefix)}

    # --- what is not needed any more ----------------------------------------------------------------------------------

    def sweep(self, pointer: str, tree: Tree, dropped: Iterable[str] = ()) -> int:
        """Remove the contents that neither the shown version nor the one before names; return how many.

        `dropped` are those that were kept until now: a list that is a moment old may hide them. Those of a later number
        stay: another run is about to show them.
        """
        found = {*self._contents(pointer), *dropped}
        doomed = sorted(name for name in found if name not in tree.kept and _number(name) <= tree.number)
        self._delete(pointer, doomed)
        return len(doomed)

    def unnamed(self, pointer: str, tree: Tree) -> list[str]:
        """Return the objects in the folder of a pointer that the shown version does not name."""
        return sorted(name for name in self._contents(pointer) if name not in tree.objects)

    def remove(self, pointer: str, objects: Iterable[str]) -> list[str]:
        """Remove objects for good; return those that the store still has when it is asked for each of them."""
        doomed = list(objects)
        self._delete(pointer, doomed)
        return [name for name in doomed if self.store.head(_content_key(pointer, name))]

    def _delete(self, pointer: str, objects: list[str]) -> None:
        if objects:
            self.store.delete([_content_key(pointer, name) for name in objects])


def key_of(pointer: str) -> str:
    """Return the key of the tree that is shown at a pointer."""
    return f"{TREES if pointer.startswith('datasets/') else SHARED}{pointer}.json"


def pointer_of(key: str) -> str:
    """Return the pointer whose tree has this key."""
    return key.removeprefix(SHARED).removeprefix(TREES).removesuffix(".json")


def _content_key(pointer: str, name: str) -> str:
    return f"{FILES}{pointer}/{name}"


def _number(name: str) -> int:
    number = name.partition("/")[0]
    return int(number) if number.isdigit() else 0
