"""The bytes of a CSV file as blocks of UTF-8, and their digests."""

from __future__ import annotations

import codecs
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

BLOCK = 1024 * 1024


def reading(file: BinaryIO, encoding: str, size: int) -> Callable[[bytes], bytearray]:
    """A function that gives what was left over, and the next `size` bytes of a file behind it, as UTF-8.

    There is no byte-order mark in it. Text that cannot be decoded is a UnicodeError.
    """
    if encoding == "utf-8-sig" and file.read(3) != codecs.BOM_UTF8:
        file.seek(0)
    if encoding in ("utf-8", "utf-8-sig"):
        return lambda rest: _as_it_is(file, rest, size)
    decoder = codecs.getincrementaldecoder(encoding)()
    return lambda rest: _decoded(file, decoder, rest, size)


def _as_it_is(file: BinaryIO, rest: bytes, size: int) -> bytearray:
    # one buffer from the file to the tokeniser: copying a file costs as much as hashing it
    text = bytearray(len(rest) + size)
    text[: len(rest)] = rest
    with memoryview(text) as view:
        count = file.readinto(view[len(rest) :])  # type: ignore[attr-defined]
    del text[len(rest) + count :]
    return text


def _decoded(file: BinaryIO, decoder: codecs.IncrementalDecoder, rest: bytes, size: int) -> bytearray:
    text = ""
    while not text:
        block = file.read(size)
        text = decoder.decode(block, final=not block)
        if not block:
            break
    return bytearray(rest + text.encode())


@dataclass(frozen=True, slots=True)
class Digests:
    """What the report says of the bytes of a file."""

    md5: str
    sha256: str
    bytes: int


class Digesting:
    """Reads a file for its digests beside other work; `result` waits for them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stopped = threading.Event()
        self._digests: Digests | None = None
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> Digests:
        """The digests of the whole file."""
        self._thread.join()
        if self._failure:
            raise self._failure
        assert self._digests is not None
        return self._digests

    def stop(self) -> None:
        """Nobody wants the digests any more."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._digest()
        except OSError as error:
            self._failure = error

    def _digest(self) -> None:
        # frictionless reports both; md5 is no safeguard here
        md5, sha256, total = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
        with self._path.open("rb") as file:
            while not self._stopped.is_set() and (block := file.read(BLOCK)):
                md5.update(block)
                sha256.update(block)
                total += len(block)
        self._digests = Digests(md5.hexdigest(), sha256.hexdigest(), total)
