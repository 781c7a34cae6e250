"""What a site answers to an address, wherever its files are: in a folder, or in an object store (`front`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from catalogue.web.addresses import find, media_type

CHUNK = 1 << 20

Pieces = Callable[[int, int], Iterator[bytes]]
"""Gives the bytes of a file from a start on, so many of them, piece by piece."""


@dataclass(frozen=True, slots=True)
class PublicFile:
    """What answers an address. `name` is that of the file that the address names, its page where it is a folder.

    `size` is in bytes. `is_gone` when it only says why there is no other. `sha256` is empty where it is not known;
    `seconds` is how long a copy may be given without asking again.
    """

    name: str
    size: int
    is_gone: bool
    pieces: Pieces
    sha256: str = ""
    seconds: int = 0

    @property
    def media_type(self) -> str:
        """The media type of the file, for a browser."""
        return media_type(self.name)

    @property
    def content(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces(0, self.size))


class PublicSite(Protocol):
    """A site that answers addresses. Problems are those of a store, in words."""

    def find(self, address: str) -> PublicFile | None:
        """Return what answers an address, from the root; None when nothing does. One answer is of one moment."""


@dataclass(frozen=True, slots=True)
class FolderSite:
    """The site in a folder; `root` is what the public sees."""

    root: Path

    def find(self, address: str) -> PublicFile | None:
        """Return what answers an address, from the root; None when nothing does."""
        found = find(self.root, address)
        if found is None:
            return None
        # the real place: what the links lead to may be replaced before it is read
        file = found.file.resolve()
        return PublicFile(found.file.name, file.stat().st_size, found.is_gone, lambda *part: _pieces(file, *part))


def _pieces(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (piece := file.read(min(length, CHUNK))):
            yield piece
            length -= len(piece)
