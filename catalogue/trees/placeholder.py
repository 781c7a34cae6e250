"""Stands for the content of a file that was not fetched into the local copy of the site.

It is a small file that says which content is meant, as Git LFS does it. It begins with a byte with which none of our
formats begins, and is believed only of contents that the tree of the same folder names.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

BEGIN = b"\0londata object\n"
FORM = re.compile(re.escape(BEGIN) + rb"([0-9a-f]{64}) (\d+)\n")
LONGEST = 128
"""Bytes; no placeholder is longer."""

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Meant:
    """The content that is meant: its sha256 in hex and its number of bytes."""

    sha256: str
    bytes: int


def placeholder(sha256: str, size: int) -> bytes:
    """Return the placeholder of a content."""
    return BEGIN + f"{sha256} {size}\n".encode()


def meant_by(path: Path) -> Meant | None:
    """Return which content a file stands for; None when it is a content itself, or not there."""
    if not path.is_file() or path.stat().st_size > LONGEST:
        return None
    found = FORM.fullmatch(path.read_bytes())
    return Meant(found[1].decode(), int(found[2])) if found else None


def content_sha256(path: Path) -> str:
    """Return the sha256 of the content that a file has or stands for; empty when there is no file."""
    if not path.is_file():
        return ""
    if meant := meant_by(path):
        return meant.sha256
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_content(path: Path, content: bytes) -> bool:
    """Return whether a file has this content or stands for it."""
    if not path.is_file():
        return False
    size = path.stat().st_size
    if size == len(content) and path.read_bytes() == content:
        return True
    meant = meant_by(path) if size <= LONGEST else None
    return meant is not None and meant == Meant(hashlib.sha256(content).hexdigest(), len(content))
