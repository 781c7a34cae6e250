"""Text as programs leave it behind: invisible characters, odd spaces, escaped text and words for nothing, repaired.

Only what is certain is repaired, and every repair is counted. A column is looked at byte by byte, all cells at once, so
that clean columns cost next to nothing; the repairs see the distinct texts of the suspect cells only.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from html.entities import html5

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import Bytes, Mask, Offsets, cells_containing, text_bytes, text_offsets
from packages.shaping.texts import Change, blank_word

NOTHING = (
    "nan", "null", "n/a", "#n/a", "#n/a n/a", "<na>", "<null>", "(null)", "[null]", "(blank)", "undefined",
    "\\n", "#null!",
)  # fmt: skip
"""What programs write where they have no value; as a whole cell, in any case."""

NOTHING_AS_WRITTEN = ("None", "NONE", "NaT")
"""Words that people write too, but not with these capitals: “none” may be an answer."""

NOTHING_SIZES = tuple(sorted({len(word) for word in (*NOTHING, *NOTHING_AS_WRITTEN)}))

BEGINNINGS = np.zeros(256, np.uint8)
"""By the first byte of a cell: 1 where it may be a word for nothing, 2 where it may be a wrapped text."""
BEGINNINGS[np.frombuffer(b"nN#<([uU\\", np.uint8)] = 1
BEGINNINGS[np.frombuffer(b"='", np.uint8)] = 2

UNSEEN = re.compile(
    # controls but for tab and line breaks, soft hyphen, zero-width and direction marks
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
JOINERS = re.compile("(?<![\u0300-\U0010ffff])[\u200c\u200d]|[\u200c\u200d](?![\u0300-\U0010ffff])")
"""Joiners beside Latin letters; other scripts and emoji need theirs."""

SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
LINES = re.compile("\r?[\u2028\u2029]|(?<=[a-z.,;:)])[\x0b\x0c](?=[A-Z0-9])")
"""Breaks of lines in other programs; elsewhere in a text the last two are nothing but controls."""
WINDOWS = re.compile("[\x80-\x9f]")
COMBINING = re.compile("[\u0300-\u036f]")

ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
ESCAPED_TWICE = 3
"""Times that a text may have been escaped."""

FORMULA = re.compile(r'="((?:[^"]|"")*)"')
APOSTROPHE = re.compile(r"'(?![0-9]{1,2}s\b)([-+(]?£?[0-9.][0-9.,:/ -]*\)?|[A-Za-z]*[0-9][A-Za-z0-9/._-]*)")

MARKUP = r"(?i)</?(?:a|b|br|div|em|font|h[1-6]|i|img|li|ol|p|span|strong|table|td|tr|u|ul)(?:\s[^<>]*)?/?>"
"""Tags of web pages that editors leave in cells."""


def _unseen(text: str) -> str:
    return JOINERS.sub("", UNSEEN.sub("", text))


def _plain_spaces(text: str) -> str:
    return SPACES.sub(" ", LINES.sub("\n", text))


def _from_windows(text: str) -> str:
    """Return the text with characters of Windows-1252 that were taken for controls as what they are."""
    return WINDOWS.sub(lambda c: c[0].encode("latin-1").decode("cp1252", "replace").replace("\ufffd", ""), text)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text) if COMBINING.search(text) else text


def unescape(text: str) -> str:
    """Return the text with the well-formed entities of HTML that are known as characters; `&copy` without ; stays."""
    for _ in range(ESCAPED_TWICE):
        before = text
        text = ENTITY.sub(lambda e: html.unescape(e[0]) if e[0][1] == "#" or e[0][1:] in html5 else e[0], text)
        if text == before:
            break
    return text


def _unwrapped(text: str) -> str:
    found = FORMULA.fullmatch(text)
    return found[1].replace('""', '"') if found else text


def _without_apostrophe(text: str) -> str:
    found = APOSTROPHE.fullmatch(text)
    return found[1] if found else text


REPAIRS: tuple[tuple[str, Change], ...] = (
    ("entities", unescape),
    ("windows-characters", _from_windows),
    ("odd-spaces", _plain_spaces),
    ("invisible", _unseen),
    ("accents", _composed),
    ("formula-text", _unwrapped),
    ("apostrophe", _without_apostrophe),
)
"""The repairs by rule, in their order: an entity may hide a space, and a space the end of a formula."""


def nothing_word(kept: Iterable[str]) -> Change:
    """Return the change of words for nothing into empty text, without those that a field has a use for."""
    known = {word.casefold() for word in kept}
    to_blank = blank_word(word for word in NOTHING if word not in known)
    exact = {word for word in NOTHING_AS_WRITTEN if word.casefold() not in known}
    return lambda text: "" if text in exact else to_blank(text)


def trimming(repair: Change) -> Change:
    """Return a repair that leaves no space at an end of what it has changed."""

    def trimmed(text: str) -> str:
        new = repair(text)
        return new if new == text else new.strip()

    return trimmed


def suspect_cells(cells: pa.Array) -> Mask | None:
    """Return a mask of the cells that may need a repair; None when none does."""
    data, bounds = text_bytes(cells), text_offsets(cells)
    if not len(data):
        return None
    places = [_odd_bytes(data)] if data.min() < 32 or data.max() > 126 else []
    # an empty cell has no first byte; the one that is looked at is that of a cell after it
    first = data[np.minimum(bounds[:-1] - bounds[0], len(data) - 1)]
    begun = np.flatnonzero(BEGINNINGS[first])
    sizes, word = bounds[begun + 1] - bounds[begun], BEGINNINGS[first[begun]] == 1
    mask = np.zeros(len(cells), bool)
    mask[begun] = np.where(word, np.isin(sizes, NOTHING_SIZES), sizes > 1)
    for place in places:
        mask[np.searchsorted(bounds, place + bounds[0], side="right") - 1] = True
    escaped = cells_containing(cells, b";")
    if escaped is not None:
        ampersands = cells_containing(cells, b"&")
        mask |= escaped & ampersands if ampersands is not None else False
    return mask if mask.any() else None


def _odd_bytes(data: Bytes) -> Offsets:
    """Return the places of controls, and of the first bytes of characters that no eye sees or that have two forms."""
    low = np.flatnonzero((data < 32) | (data == 127))
    low = low[~np.isin(data[low], (9, 10, 13))]
    lead = np.flatnonzero(data >= 0xC2)
    padded = np.concatenate((data, np.zeros(2, np.uint8)))
    one, two, three = data[lead], padded[lead + 1], padded[lead + 2]
    odd = (one == 0xC2) & ((two <= 0xA0) | (two == 0xAD))
    odd |= (one == 0xE2) & (two == 0x80) & ((three <= 0x8F) | (three >= 0xA8)) & (three < 0xB0)
    odd |= (one == 0xE2) & (two == 0x81) & (three >= 0x9F)
    odd |= ((one == 0xCC) | (one == 0xCD)) | ((one == 0xD8) & (two == 0x9C))
    odd |= (one == 0xE1) & (((two == 0x9A) & (three == 0x80)) | ((two == 0xA0) & (three == 0x8E)))
    odd |= ((one == 0xE3) & (two == 0x80) & (three == 0x80)) | ((one == 0xEF) & (two == 0xBB) & (three == 0xBF))
    return np.concatenate((low, lead[odd]))
