"""What a report says of the encoding of a text file."""

from __future__ import annotations

from packages.messages import finding
from packages.model import Finding
from packages.readers.opening.text_encoding import OLDER, Encoding


def encoding_notes(encoding: Encoding) -> list[Finding]:
    """Return what to say of an encoding that is the same throughout and that nobody asked for."""
    if encoding.codec == "cp1252" and encoding.is_sure:
        return [finding("encoding-windows-1252")]
    if encoding.codec in (*OLDER, "cp1252"):
        return [finding("encoding-old" if encoding.is_sure else "encoding-doubtful", title=encoding.title)]
    return []
