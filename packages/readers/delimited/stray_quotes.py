"""Keep quotation marks that belong to a text: Python's reader drops them where text follows the closing one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from packages.readers.checks.rows import RowTally
from packages.readers.delimited.pieces import Dialect

OPENING = re.compile(r'(?:^|(?<=[\s(\[/&+-]))"(?=\S)')
CLOSING = re.compile(r'(?<=\S)"(?=$|[\s.,;:!?)\]/&+\'’-])')

INCHES = re.compile(
    r"(?<![\dA-WYZa-wyz/])\d{1,3}(?:[.,]\d+|[ -]?\d{0,2}/\d{1,2})?\s?\"(?!\d)|[½¼¾⅛⅜⅝⅞]\s?\""
    r"|['’′]\s?\d{1,2}(?:\.\d+)?\s?\""
)
"""Marks that mean inches, or seconds of a degree."""

ESCAPED = re.compile(r'"((?:[^"\\]|\\.)*)"')
"""A text in which a backslash stands before each quotation mark, as some databases write it."""

DOUBLED = re.compile(r'(?:[^"]|"")*')


class QuotedCells:
    """The records of a text with the quotation marks that belong to it, for a table of some width."""

    def __init__(self, width: int) -> None:
        self.records: list[list[str]] = []
        self._width = width
        self._odd: list[tuple[str, int]] = []

    def add(self, record: list[str], text: str, dialect: Dialect) -> None:
        """Add a record as Python's reader reads it from its text."""
        # the number of cells of an uneven row is found odd elsewhere, and says more
        if dialect.quote in text and len(record) >= self._width and not "".join(record[self._width :]).strip():
            cells = [_Cell(*found.groups(default="")) for found in _cells(dialect).finditer(text.rstrip("\r\n"))]
            meant = [cell.meant(old) for cell, old in zip(cells, record, strict=False)]
            if len(cells) == len(record) and meant != record:
                self._odd.append(("quotes-doubtful" if None in meant else "quotes-kept", len(self.records)))
                record = [old if new is None else new for new, old in zip(meant, record, strict=True)]
        self.records.append(record)

    def note(self, tally: RowTally, first: int) -> None:
        """Count the odd records; `first` is the row number of the first."""
        for rule, place in self._odd:
            tally.note(rule, first + place)


@cache
def _cells(dialect: Dialect) -> re.Pattern[str]:
    delimiter, space = re.escape(dialect.delimiter), " *" if dialect.skip_space else ""
    # a quoted text with what stands behind it, or a bare text; each after the delimiter or at the beginning
    return re.compile(rf'(?:^|{delimiter}){space}(?:"((?:[^"]|"")*)"([^{delimiter}\r\n]*)|([^{delimiter}\r\n]*))')


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell as it stands in the file: the text in quotation marks and what stands `behind` them, or a bare text."""

    quoted: str
    behind: str
    bare: str

    def meant(self, read: str) -> str | None:
        """Return the text that is meant, `read` by Python's reader; None when that is not certain."""
        if not self.behind.strip():
            # a mark that is half of a pair came into the text by mistake, or the other half was lost
            marked = INCHES.sub("", self.bare)
            return read if '"' not in marked or _are_pairs(marked) else None
        text = f'"{self.quoted}"{self.behind}'.rstrip()
        if "\n" in self.quoted or "\r" in self.quoted:
            return None
        if r"\"" in text and (found := ESCAPED.fullmatch(text)):
            return re.sub(r"\\(.)", r"\1", found[1])
        # marks in pairs belong to the text; where only those within are pairs, the outer ones enclose it
        within = text[1:-1] if text.endswith('"') else ""
        single = text.replace('""', '"') if DOUBLED.fullmatch(text) else ""
        return next((whole for whole in (single, text, within) if _are_pairs(whole)), None)


def _are_pairs(text: str) -> bool:
    marks: Sequence[int] = [found.start() for found in re.finditer('"', text)]
    opening, closing = ({found.start() for found in form.finditer(text)} for form in (OPENING, CLOSING))
    in_turn = (mark in (closing if number % 2 else opening) for number, mark in enumerate(marks))
    return bool(marks) and len(marks) % 2 == 0 and all(in_turn)
