"""Check the list of entries of a zip file, before it is read whole and before anything in it is unpacked."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from packages.readers.budget import current_budget
from packages.readers.over_budget import over_budget
from packages.refusal import refusal

ENCRYPTED = 0x1

DAMAGED_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What Python raises for an archive that is damaged, or packed or locked in a way that it does not know."""

PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

END_OF_LIST, END_OF_LARGE_LIST = b"PK\x05\x06", b"PK\x06\x06"
LONGEST_COMMENT = 1 << 16

LONGEST_ENTRY = 1 << 10
"""Bytes of the list for each entry, on average: names are short, and few have more than a name."""


def is_archive(path: Path) -> bool:
    """Whether the file begins like a zip file."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def has_too_many_entries(path: Path) -> bool:
    """Whether the end of a zip file announces more entries, or a longer list of them, than a file may have.

    Python reads the whole list before it counts: three million entries would take gigabytes.
    """
    entries, size = _announced(path)
    return entries > current_budget().entries or size > current_budget().entries * LONGEST_ENTRY


def check_archive(path: Path) -> None:
    """Raise FileProblem when the archive is damaged, encrypted, or has more in it than any real file."""
    budget = current_budget()
    if has_too_many_entries(path):
        raise over_budget("entries in the archive", "entries")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except DAMAGED_ARCHIVE as error:
        raise refusal("file-damaged") from error
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise refusal("workbook-protected")
    # parts that overlap, share a name or are packed in an odd way: two programs would read different content
    names = {part.filename.casefold() for part in parts}
    packed = sum(part.compress_size for part in parts)
    is_odd = any(part.compress_type not in PLAIN_METHODS for part in parts)
    if len(names) < len(parts) or packed > path.stat().st_size or is_odd:
        raise refusal("file-damaged")
    if len(parts) > budget.entries:
        raise over_budget("entries in the archive", "entries")
    is_bomb = any(p.file_size > budget.small and p.file_size > budget.ratio * p.compress_size for p in parts)
    if is_bomb or sum(part.file_size for part in parts) > budget.unpacked:
        raise refusal("workbook-too-large")


def _announced(path: Path) -> tuple[int, int]:
    """Return the entries and the bytes of their list, as the end of the file says; 0 where it says nothing."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        begin = file.seek(max(0, size - LONGEST_COMMENT - 22))
        tail = file.read()
        at = tail.rfind(END_OF_LIST)
        if at < 0 or len(tail) < at + 22:
            return 0, 0
        entries, length = struct.unpack_from("<HI", tail, at + 10)
        if entries == 0xFFFF or length == 0xFFFFFFFF:
            return _announced_large(file, tail, at, begin) or (entries, length)
        return entries, length


def _announced_large(file: BinaryIO, tail: bytes, at: int, begin: int) -> tuple[int, int] | None:
    """Return what the record for large archives says, which a locator before the usual end points to."""
    if at < 20 or tail[at - 20 : at - 16] != b"PK\x06\x07":
        return None
    # where the locator says, or right before it, where a file stands behind something else
    for place in (struct.unpack_from("<Q", tail, at - 12)[0], begin + at - 20 - 56):
        if 0 <= place < begin + at:
            file.seek(place)
            record = file.read(56)
            if len(record) == 56 and record.startswith(END_OF_LARGE_LIST):
                entries, length = struct.unpack_from("<QQ", record, 32)
                return entries, length
    return None
