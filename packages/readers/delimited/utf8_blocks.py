"""Read a text file in blocks of UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import BinaryIO

import pyarrow as pa


def utf8_blocks(file: BinaryIO, encoding: str, size: int) -> Callable[[bytes], memoryview]:
    """Return a function that takes what was left over, and returns it with the next `size` bytes of the file behind it.

    The result is UTF-8 without a byte-order mark; nothing behind what was left over means the end of the file.
    UnicodeError when the bytes do not fit the encoding.
    """
    if encoding == "utf-8-sig" and file.read(3) != codecs.BOM_UTF8:
        file.seek(0)
    if encoding in ("utf-8", "utf-8-sig"):
        return lambda rest: _next_bytes(file, rest, size)
    decoder = codecs.getincrementaldecoder(encoding)()

    def decoded(rest: bytes) -> memoryview:
        text = ""
        # a block may end inside its first character, and decode to nothing yet
        while not text:
            block = file.read(size)
            text = decoder.decode(block, final=not block)
            if not block:
                break
        return memoryview(rest + text.encode())

    return decoded


def _next_bytes(file: BinaryIO, rest: bytes, size: int) -> memoryview:
    # one buffer from the file to the tokeniser: copying a file costs as much as hashing it. Arrow hands out memory that
    # was used before; Python would fill new memory with zeros first, and hold its lock meanwhile
    text = memoryview(pa.allocate_buffer(len(rest) + size)).cast("B")
    text[: len(rest)] = rest
    count = file.readinto(text[len(rest) :])  # type: ignore[attr-defined]
    return text[: len(rest) + count]
