"""The encodings that text may have: their names for people, and our own codec for text in two of them."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

OLDER = ("cp850", "cp437", "mac_roman")
"""Encodings of systems before Windows, with letters and pound signs in other places."""

MARKS = ("E+", "e+", "#", "?")
"""A file without any of these holds no cell that a spreadsheet has damaged."""

TITLES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "cp850": "MS-DOS (code page 850)",
    "cp437": "MS-DOS (code page 437)",
    "mac_roman": "old Macintosh (Mac Roman)",
    "utf-8-with-cp1252": "UTF-8 with some Windows-1252",
}


MIXED = "utf-8-with-cp1252"
"""Our own codec: UTF-8 in which a byte that fits nothing is read as Windows-1252."""


def _read_stray_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252"), error.end


class _MixedDecoder(codecs.BufferedIncrementalDecoder):
    def _buffer_decode(self, data: bytes, _errors: str, final: bool) -> tuple[str, int]:  # type: ignore[override]
        return codecs.utf_8_decode(data, MIXED, final)


def _find_mixed(name: str) -> codecs.CodecInfo | None:
    if name != MIXED.replace("-", "_"):
        return None
    return codecs.CodecInfo(
        codecs.utf_8_encode,
        lambda data, _errors="strict": codecs.utf_8_decode(data, MIXED, True),
        incrementaldecoder=_MixedDecoder,
        incrementalencoder=codecs.getincrementalencoder("utf-8"),
        name=MIXED,
    )


codecs.register_error(MIXED, _read_stray_bytes)
codecs.register(_find_mixed)


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a text file, and what one look at all of its bytes showed.

    `codec` is Python's name, or MIXED. `suspicious` is whether any characters occur that cells damaged by a spreadsheet
    have. `is_sure` is whether the file itself leaves no doubt.
    """

    codec: str
    suspicious: bool = False
    is_sure: bool = True

    @property
    def title(self) -> str:
        return TITLES.get(self.codec, self.codec)
