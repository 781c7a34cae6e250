"""What the bytes of a text that is not UTF-8 throughout say about its encoding, by the letters around each of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from packages.readers.opening.text_encoding import OLDER

ENOUGH = 200_000
"""Bytes above ASCII that are looked at; later ones are checked in their cells."""

DOUBT = 0.25
"""Share of different bytes that make no sense in Windows-1252, from which another encoding may."""

_CAPITALS = (0xD0, 0xDD, 0xDE)
_ANYWHERE, _BETWEEN = "’–—´", "‘“”…£€½¼¾°²³©®™•·§×µ\xa0"
"""Signs of English texts: those that may stand inside a word, and the others."""


class ByteEvidence:
    """The bytes above ASCII of a file, with two bytes before and behind each.

    `utf_8` counts the places that are UTF-8 characters of European text. `bytes_seen` are the different bytes.
    """

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self.utf_8 = 0
        self.places: set[bytes] = set()
        seen = 0
        for block in blocks:
            data = np.frombuffer(b"\n\n" + block + b"\n\n", np.uint8)
            high = np.flatnonzero(data >= 0x80)[: ENOUGH - seen]
            seen += len(high)
            windows = np.unique(np.stack([data[high + offset] for offset in range(-2, 3)], axis=1), axis=0)
            self.places.update(bytes(window) for window in windows)
        self.utf_8 = sum(begins_utf_8(place[2:]) for place in self.places)
        self.bytes_seen = {place[2] for place in self.places}

    @cached_property
    def older_codec(self) -> str:
        """The one older encoding that makes sense in all places, where Windows-1252 does not; else empty."""
        wrong = {place[2] for place in self.places if not _makes_sense(place, "cp1252")}
        if len(wrong) < max(1, DOUBT * len(self.bytes_seen)):
            return ""
        # the two of MS-DOS differ only in what hardly any text has
        fitting = [c for c in OLDER if all(_makes_sense(place, c) for place in self.places)]
        return fitting[0] if fitting and not (len(fitting) > 1 and "mac_roman" in fitting) else ""

    @cached_property
    def is_turkish(self) -> bool:
        """Whether letters of Icelandic stand in words, which in Windows-1254 are letters of Turkish."""
        inside = any(place[2] in (0xF0, 0xFE) and place[1:2].isalpha() for place in self.places)
        return inside or any(place[2] in _CAPITALS and place[3:4].islower() for place in self.places)


def begins_utf_8(place: bytes) -> bool:
    """Whether the bytes begin with a UTF-8 character of European text."""
    for size in (2, 3):
        try:
            char = place[:size].decode()
        except UnicodeDecodeError:
            continue
        # European letters and signs: two letters of Windows-1252 may by accident be one of another script
        code = ord(char[0])
        return len(char) == 1 and (0xA0 <= code < 0x180 or 0x1E80 <= code < 0x1EFA or 0x2010 <= code < 0x2200)
    return False


def _makes_sense(place: bytes, codec: str) -> bool:
    """Whether the byte in the middle is a character that stands among others as it does in words and amounts."""
    try:
        first, before, char, behind = list(place[:4].decode(codec))
    except UnicodeDecodeError:
        return False
    within = before.isalpha() and behind.isalpha()
    match unicodedata.category(char):
        case "Ll":
            is_in_word = before.isalpha() or behind.isalpha()
            is_latin = char < "\u0250" and char not in "ƒðþ"
            return is_latin and is_in_word and not before.isdigit() and not behind.isdigit()
        case "Lu":
            # Irish has capitals after one letter: nÓg
            is_begun = not before.islower() or not first.isalpha()
            return char not in "ÐÞŸ" and is_begun and (before.isalpha() or behind.isalpha())
    return char in _ANYWHERE or (char in _BETWEEN and not within)
