"""Where what is verified lies: a folder, or an address on the web. No more is read than is expected, nor for longer."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import httpx

from catalogue.signing.sums import SummedFile
from catalogue.verifying.found import Attack, NotProven

CHUNK = 1 << 18
KIB = 1 << 10


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much of a list is read at most, how long nothing may come, and how slow a file may be."""

    list_bytes: int = 64 << 20
    silent_seconds: float = 20
    grace_seconds: float = 30
    slowest: int = 20 * KIB
    """Bytes a second, after the time of grace."""

    def seconds_for(self, size: int) -> float:
        """Return how long a file of so many bytes may take."""
        return self.grace_seconds + size / self.slowest


class ServedPlace(Protocol):
    """Where files are, by their path from here."""

    @property
    def address(self) -> str:
        """The address of this place, for people and for what is remembered of it."""

    def at(self, path: str) -> ServedPlace:
        """Return the place at a path from here; `..` is the one above."""

    def pieces(self, path: str, limits: ReadLimits) -> Generator[bytes, None, None]:
        """Yield a file; NotProven when it is missing, or nobody answers."""

    def names(self) -> Iterator[tuple[str, str]] | None:
        """Yield the path of every file and what it really is, links followed; None where nobody can list them."""


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder on this machine."""

    folder: Path

    @property
    def address(self) -> str:
        """Its absolute path, as it was named: `current` is the same place when it leads to a new version."""
        return os.path.normpath(self.folder.absolute())

    def at(self, path: str) -> FolderPlace:
        """Return the folder at a path from here."""
        return FolderPlace(Path(os.path.normpath(self.folder.absolute() / path)))

    def pieces(self, path: str, limits: ReadLimits) -> Generator[bytes, None, None]:  # noqa: ARG002 - a disk does not keep us waiting
        """Yield a file; NotProven when it is no plain file that we can read."""
        place = self.folder / path
        # a pipe or a device would never end
        if not place.is_file():
            raise NotProven(Attack.MISSING, path, "is not there")
        try:
            with place.open("rb") as file:
                while piece := file.read(CHUNK):
                    yield piece
        except OSError as error:
            raise NotProven(Attack.SILENT, path, f"cannot be read ({error.strerror or 'no reason given'})") from error

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield every name below the folder, through links; each real folder once, whatever leads there."""
        left, seen = [(str(self.folder), "")], {os.path.realpath(self.folder)}
        while left:
            folder, path = left.pop()
            for entry in sorted(os.scandir(folder), key=lambda one: one.name):
                name, real = f"{path}{entry.name}", os.path.realpath(entry.path)
                if not entry.is_dir():
                    yield name, real
                elif real not in seen:
                    seen.add(real)
                    left.append((entry.path, f"{name}/"))


@dataclass(frozen=True, slots=True)
class WebPlace:
    """An address on the web, with a slash at its end."""

    url: str
    client: httpx.Client = field(repr=False, compare=False)

    @property
    def address(self) -> str:
        """The address."""
        return self.url

    def at(self, path: str) -> WebPlace:
        """Return the address at a path from here."""
        return WebPlace(str(httpx.URL(self.url).join(f"{quote(path)}/")), self.client)

    def pieces(self, path: str, limits: ReadLimits) -> Generator[bytes, None, None]:
        """Yield a file; NotProven when it is not there, or the server does not answer."""
        return self.stream(self.url + quote(path), path, limits)

    def stream(self, url: str, path: str, limits: ReadLimits) -> Generator[bytes, None, None]:
        """Yield what is at an address; `path` is what it is called here."""
        try:
            # compressed, a small answer could become an endless one
            headers = {"Accept-Encoding": "identity"}
            with self.client.stream("GET", url, headers=headers, timeout=limits.silent_seconds) as answer:
                if answer.status_code in (404, 410):
                    raise NotProven(Attack.MISSING, path, "is not there")
                if answer.status_code != httpx.codes.OK:
                    raise NotProven(Attack.SILENT, path, f"is answered with {answer.status_code}")
                if answer.headers.get("Content-Encoding", "identity") != "identity":
                    raise NotProven(Attack.CHANGED, path, "comes compressed though it was asked for as it is")
                yield from answer.iter_raw(CHUNK)
        except httpx.TimeoutException as error:
            raise NotProven(Attack.SLOW, path, f"sends nothing for {limits.silent_seconds:g} seconds") from error
        except httpx.HTTPError as error:
            raise NotProven(Attack.SILENT, path, f"cannot be asked for ({type(error).__name__})") from error

    def names(self) -> None:
        """Nobody can list what a web server gives."""
        return


def read_small(place: ServedPlace, path: str, limits: ReadLimits, most: int = 0) -> bytes:
    """Return a file that is a list or a signature; NotProven when it is longer than such a file can be."""
    content, most = bytearray(), most or limits.list_bytes
    for piece in _in_time(place, path, limits, most):
        content += piece
        if len(content) > most:
            raise NotProven(Attack.ENDLESS, path, f"is longer than the {most:,} bytes that such a file can have")
    return bytes(content)


def expect_file(place: ServedPlace, path: str, file: SummedFile, limits: ReadLimits) -> None:
    """Read a file to its end; NotProven when it is not the one that was listed."""
    digest, size = hashlib.sha256(), 0
    for piece in _in_time(place, path, limits, file.bytes):
        size += len(piece)
        digest.update(piece)
        if size > file.bytes:
            raise NotProven(Attack.ENDLESS, path, f"goes on after the {file.bytes:,} bytes that it should have")
    if digest.hexdigest() != file.sha256:
        raise NotProven(Attack.CHANGED, path, "is not the file that was signed: its sha256 differs")


def _in_time(place: ServedPlace, path: str, limits: ReadLimits, size: int) -> Iterator[bytes]:
    # a list has no size that is known before
    seconds = limits.seconds_for(size if size < limits.list_bytes else 1 << 20)
    end = time.monotonic() + seconds
    with closing(place.pieces(path, limits)) as pieces:
        for piece in pieces:
            yield piece
            if time.monotonic() > end:
                raise NotProven(Attack.SLOW, path, f"is not here after {seconds:,.0f} seconds")
