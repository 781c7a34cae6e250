"""One version of a folder of the site as a small document: which content is at which path, and which links lead where.

The contents are objects of their own, named by version and sha256. So a folder is replaced by writing one document.
Pure.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FORMAT = 1
LINKS_FOLLOWED = 20
"""The most links that one path may lead over: a circle ends there."""


@dataclass(frozen=True, slots=True)
class TreeFile:
    """The content of a file. `since` is the number of the version that brought it, `etag` what the store calls it."""

    sha256: str
    bytes: int
    since: int
    etag: str = ""

    @property
    def object(self) -> str:
        """The name of the object below those of the folder; it never stands for other bytes."""
        return f"{self.since}/{self.sha256}"


@dataclass(frozen=True, slots=True)
class Tree:
    """A version. `links` are targets relative to the folder of the link; `before` are the objects of the one before.

    Those are kept as long: a reader who opened the old page still gets its files.
    """

    number: int
    files: Mapping[str, TreeFile]
    links: Mapping[str, str]
    before: frozenset[str] = frozenset()

    @property
    def objects(self) -> frozenset[str]:
        """The names of the objects that this version shows."""
        return frozenset(file.object for file in self.files.values())

    @property
    def kept(self) -> frozenset[str]:
        """The names of the objects that may not be removed."""
        return self.objects | self.before

    def real_path(self, path: str) -> str | None:
        """Return the path of a file after all links; None when no file is there, or a link leads out of the folder."""
        wanted = posixpath.normpath(path)
        for _ in range(LINKS_FOLLOWED):
            if wanted in self.files:
                return wanted
            # as a file system does: the first link on the way decides
            parts = wanted.split("/")
            heads = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
            link = next((head for head in heads if head in self.links), None)
            if link is None:
                return None
            rest = wanted.removeprefix(link).lstrip("/")
            wanted = posixpath.normpath(posixpath.join(posixpath.dirname(link), self.links[link], rest))
            if wanted.startswith(("..", "/")):
                return None
        return None


def tree_to_json(tree: Tree) -> bytes:
    """Return a tree as the document that is stored; the same tree is always the same bytes."""
    said = {
        "format": FORMAT,
        "number": tree.number,
        "files": {path: [one.sha256, one.bytes, one.since, one.etag] for path, one in tree.files.items()},
        "links": dict(tree.links),
        "before": sorted(tree.before),
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def tree_from_json(content: bytes) -> Tree:
    """Return the tree of a stored document; ValueError when it is none, or of a later londata."""
    try:
        said: dict[str, Any] = json.loads(content)
        if said["format"] != FORMAT:
            raise ValueError("a tree document of another version of londata")
        files = {path: TreeFile(*one) for path, one in said["files"].items()}
        return Tree(int(said["number"]), files, said["links"], frozenset(said["before"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no tree document") from error


def has_same_content(one: Tree, other: Tree) -> bool:
    """Return whether two versions show the same."""
    return one.links == other.links and one.files == other.files


def without_objects(tree: Tree, objects: Iterable[str]) -> Tree:
    """Return a tree that does not know the files of some objects."""
    lost = frozenset(objects)
    files = {path: file for path, file in tree.files.items() if file.object not in lost}
    return Tree(tree.number, files, tree.links, tree.before - lost)
