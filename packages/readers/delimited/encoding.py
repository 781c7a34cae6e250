"""Which characters the bytes of a text file mean: tried strictly over the whole file, never guessed from statistics."""

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

LOST = "\ufffd".encode()
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
    """How a text file is encoded, and what one look at all of it showed.

    `codec` is Python's name, `lost` how many characters a program before us replaced by U+FFFD. `suspicious`:
    somewhere there are characters that cells damaged by a spreadsheet have.
    """

    codec: str
    lost: int
    suspicious: bool = False

    @property
    def title(self) -> str:
        return TITLES.get(self.codec, self.codec)


def find_encoding(path: Path, asked: str = "") -> Encoding:
    """Find the encoding of a text file; FileProblem when none fits or when it holds NUL characters."""
    if asked:
        encoded = _try(path, _codec(asked))
        if encoded is None:
            raise refusal("encoding-not-as-described", asked=asked)
        return encoded
    for codec in _candidates(path):
        encoded = _try(path, codec)
        if encoded is not None:
            return encoded
    raise refusal("encoding-unknown")


def _codec(asked: str) -> str:
    try:
        name = codecs.lookup(asked).name
    except LookupError as error:
        raise SetupProblem(
            f"`encoding: {asked}` names no encoding that we know.", fix="Write utf-8, utf-16 or cp1252."
        ) from error
    return "utf-8-sig" if name == "utf-8" else name


def _candidates(path: Path) -> tuple[str, ...]:
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    utf_16 = utf16_codec(head)
    return (utf_16,) if utf_16 else ("utf-8", "cp1252")


def _try(path: Path, codec: str) -> Encoding | None:
    lost, suspicious, before = 0, False, b""
    try:
        for text in _utf_8(path) if codec in ("utf-8", "utf-8-sig") else _recoded(path, codec):
            if b"\0" in text:
                raise refusal("nul-characters")
            lost += text.count(LOST) if LOST[:1] in text else 0
            suspicious = suspicious or any(_holds(text, mark, before) for mark in DAMAGE)
            before = text[-1:]
    except UnicodeError:
        return None
    return Encoding(codec, lost, suspicious)


def _holds(text: bytes, mark: bytes, before: bytes) -> bool:
    """Whether a mark is in a text, or begins with the byte before it."""
    # one byte is found many times sooner than two
    return (mark[-1:] in text and mark in text) or mark in before + text[: len(mark) - 1]


def _utf_8(path: Path) -> Iterator[bytes]:
    """Blocks of whole characters; UnicodeError where the bytes are not UTF-8."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            whole = _whole_characters(text := rest + block)
            yield _checked(text[:whole])
            rest = text[whole:]
    yield _checked(rest)


def _whole_characters(text: bytes) -> int:
    """How many bytes of a text come before a character that is cut at its end."""
    for back, byte in enumerate(reversed(text[-3:]), start=1):
        if byte >= 0xC0:
            size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(text) - back if size > back else len(text)
    return len(text)


def _checked(text: bytes) -> bytes:
    # Arrow looks at a text many times sooner than Python decodes it
    cell = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, len(text)], np.int32)), pa.py_buffer(text)]
    )
    try:
        cell.validate(full=True)
    except pa.ArrowInvalid as error:
        raise UnicodeError("not UTF-8") from error
    return text


def _recoded(path: Path, codec: str) -> Iterator[bytes]:
    """The text of another encoding as UTF-8; UnicodeError where the bytes do not fit."""
    for text in _decoded(path, codec):
        yield text.encode()


def _decoded(path: Path, codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)(errors="strict")
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)
