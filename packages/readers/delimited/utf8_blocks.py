"""The bytes of a text file as blocks of UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import BinaryIO

import pyarrow as pa


def utf8_blocks(file: BinaryIO, encoding: str, size: int) -> Callable[[bytes], memoryview]:
    """A function that gives what was left over, and the next `size` bytes of a file behind it, as UTF-8.

    There is no byte-order mark in it. Text that cannot be decoded is a UnicodeError.
    """
    if encoding == "utf-8-sig" and file.read(3) != codecs.BOM_UTF8:
        file.seek(0)
    if encoding in ("utf-8", "utf-8-sig"):
        return lambda rest: _as_it_is(file, rest, size)
    decoder = codecs.getincrementaldecoder(encoding)()
    return lambda rest: _decoded(file, decoder, rest, size)


def _as_it_is(file: BinaryIO, rest: bytes, size: int) -> memoryview:
    # one buffer from the file to the tokeniser: copying a file costs as much as hashing it. Arrow gives memory that was
    # used before; Python would fill its own with zeros first, and let no other thread run meanwhile
    text = memoryview(pa.allocate_buffer(len(rest) + size)).cast("B")
    text[: len(rest)] = rest
    count = file.readinto(text[len(rest) :])  # type: ignore[attr-defined]
    return text[: len(rest) + count]


def _decoded(file: BinaryIO, decoder: codecs.IncrementalDecoder, rest: bytes, size: int) -> memoryview:
    text = ""
    while not text:
        block = file.read(size)
        text = decoder.decode(block, final=not block)
        if not block:
            break
    return memoryview(rest + text.encode())
