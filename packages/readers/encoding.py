"""Find the encoding of a text file: tried strictly over the whole file, never guessed from statistics.

Statistical detectors take the pound sign of Windows-1252 for a letter of another alphabet.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from packages.errors import SetupProblem
from packages.readers.checks.damage import MARKS
from packages.readers.recognise import HEAD, utf16_codec
from packages.refusal import refusal

BLOCK = 1 << 20
"""Bytes that are tried at once."""

LOST = "\ufffd".encode()
"""The character that programs put in place of one they could not read."""

DAMAGE = tuple(mark.encode() for mark in MARKS)

TITLES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a text file, and what one look at all of its bytes showed.

    `codec` is Python's name. `lost` counts the characters that an earlier program replaced by U+FFFD. `suspicious` is
    whether any characters occur that cells damaged by a spreadsheet have.
    """

    codec: str
    lost: int
    suspicious: bool = False

    @property
    def title(self) -> str:
        return TITLES.get(self.codec, self.codec)


def find_encoding(path: Path, described: str = "") -> Encoding:
    """Find the encoding of a text file; FileProblem when none fits or when it holds NUL characters.

    `described` is the encoding that the description of the publisher names, and then the only one that is tried.
    """
    if described:
        try:
            name = codecs.lookup(described).name
        except LookupError as error:
            raise SetupProblem(
                f"`encoding: {described}` names no encoding that we know.", fix="Write utf-8, utf-16 or cp1252."
            ) from error
        # the mark may be there or not: this codec takes both
        encoding = _try(path, "utf-8-sig" if name == "utf-8" else name)
        if encoding is None:
            raise refusal("encoding-not-as-described", asked=described)
        return encoding
    with path.open("rb") as file:
        head = file.read(HEAD)
    utf_16 = utf16_codec(head)
    # every byte means something in Windows-1252 but for five, so it comes last
    candidates = (utf_16,) if utf_16 else ("utf-8", "cp1252")
    for codec in ("utf-8-sig",) if head.startswith(codecs.BOM_UTF8) else candidates:
        encoding = _try(path, codec)
        if encoding is not None:
            return encoding
    raise refusal("encoding-unknown")


def _try(path: Path, codec: str) -> Encoding | None:
    lost, suspicious, before = 0, False, b""
    try:
        for text in _utf8_blocks(path) if codec in ("utf-8", "utf-8-sig") else _decoded_blocks(path, codec):
            if b"\0" in text:
                raise refusal("nul-characters")
            lost += text.count(LOST) if LOST[:1] in text else 0
            # a single byte is found many times faster than two, and a mark may begin in the block before
            suspicious = suspicious or any(
                (mark[-1:] in text and mark in text) or mark in before + text[: len(mark) - 1] for mark in DAMAGE
            )
            before = text[-1:]
    except UnicodeError:
        return None
    return Encoding(codec, lost, suspicious)


def _utf8_blocks(path: Path) -> Iterator[bytes]:
    """Yield blocks of whole characters; UnicodeError where the bytes are not UTF-8."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            text = rest + block
            whole = len(text)
            # a first byte that asks for more than follow it begins a character which the block cuts
            for back, byte in enumerate(reversed(text[-3:]), start=1):
                if byte >= 0xC0:
                    size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                    whole -= back if size > back else 0
                    break
            yield _require_utf8(text[:whole])
            rest = text[whole:]
    yield _require_utf8(rest)


def _require_utf8(text: bytes) -> bytes:
    # Arrow validates a text many times faster than Python decodes it
    cell = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, len(text)], np.int32)), pa.py_buffer(text)]
    )
    try:
        cell.validate(full=True)
    except pa.ArrowInvalid as error:
        raise UnicodeError("not UTF-8") from error
    return text


def _decoded_blocks(path: Path, codec: str) -> Iterator[bytes]:
    """Yield the text of another encoding as UTF-8; UnicodeError where the bytes do not fit."""
    decoder = codecs.getincrementaldecoder(codec)(errors="strict")
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()
