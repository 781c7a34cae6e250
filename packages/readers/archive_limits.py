"""Check the list of parts of a zip file before anything in it is unpacked."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from packages.refusal import refusal


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How large an archive may be: number of parts, bytes unpacked, and the ratio of unpacked to packed bytes.

    The ratio applies from `small` bytes on: short sheets of equal cells are packed very well.
    """

    parts: int = 10_000
    unpacked: int = 2 << 30
    ratio: int = 300
    small: int = 64 << 20


LIMITS = ArchiveLimits()
ENCRYPTED = 0x1

DAMAGED_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What Python raises for an archive that is damaged, or packed or locked in a way that it does not know."""

PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def is_archive(path: Path) -> bool:
    """Whether the file begins like a zip file."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def check_archive(path: Path, limits: ArchiveLimits = LIMITS) -> None:
    """Raise FileProblem when the archive is damaged, encrypted, or would unpack to more than any real workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise refusal("file-damaged") from error
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise refusal("workbook-protected")
    # parts that overlap, share a name or are packed in an odd way: two programs would read different content
    names = {part.filename.casefold() for part in parts}
    packed = sum(part.compress_size for part in parts)
    is_odd = any(part.compress_type not in PLAIN_METHODS for part in parts)
    if len(names) < len(parts) or packed > path.stat().st_size or is_odd:
        raise refusal("file-damaged")
    is_bomb = any(p.file_size > limits.small and p.file_size > limits.ratio * p.compress_size for p in parts)
    if is_bomb or len(parts) > limits.parts or sum(part.file_size for part in parts) > limits.unpacked:
        raise refusal("workbook-too-large")
