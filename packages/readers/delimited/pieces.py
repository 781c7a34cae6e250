"""Cut a CSV file into pieces at the ends of records, so that each can be tokenised on its own.

A cut is only safe where we know whether a line break lies inside quotes. In a piece whose quotes all stand where
RFC 4180 puts them, counting tells. Any other piece goes through Python's own `csv.reader`, which is frictionless'
tokeniser: slower, and right by construction.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TextIO

import numpy as np

from packages.readers.budget import current_budget
from packages.readers.over_budget import over_budget

PIECE = 2 * 1024 * 1024
"""Bytes in a piece: large enough to spread the cost of a call, small enough to stay in the processor's cache."""

MOST_LINES = 200_000
"""Lines in a piece: each takes memory for every column, however short it is."""

NEAR = 1 << 16
"""Bytes from the end in which the last line break mostly lies."""

LF, CR = 10, 13

END = "\0end of file"
"""A line put behind the last one: a reader that swallows it is inside an open quotation."""

Mask = np.ndarray[Any, np.dtype[np.bool_]]


class OutsideFastPath(Exception):
    """The file cannot be cut in bulk and needs an exact reader from the first row to the last; the text says why."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The ASCII characters between and around cells. A quote inside quotes is doubled; nothing is escaped.

    `skip_space` is whether a blank after the delimiter is no part of the cell.
    """

    delimiter: str = ","
    quote: str = '"'
    skip_space: bool = False

    @property
    def can_be_cut(self) -> bool:
        """Whether a file with these characters can be cut in bulk."""
        chars = (self.delimiter, self.quote)
        is_plain = all(len(char) == 1 and char.isascii() and char not in "\r\n\0" for char in chars)
        return is_plain and self.delimiter != self.quote and not self.skip_space


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records: as UTF-8 text, or already as cells where the quotes were out of order.

    `texts` are those records as they stand in the file. `is_open` is whether the file ends inside quotes, in the last
    of the records.
    """

    text: memoryview
    records: list[list[str]] | None = None
    texts: Sequence[str] = ()
    is_open: bool = False


def cut_pieces(more: Callable[[bytes], memoryview], dialect: Dialect) -> Iterator[Piece]:
    """Cut UTF-8 text into pieces that end where a record ends.

    `more(rest)` returns what was left over with the next text behind it; nothing behind means the end of the file.
    OutsideFastPath for a record of more bytes than a cell may have characters.
    """
    rest, scratch = b"", np.empty(0, bool)
    longest = current_budget().cell_characters
    while len(text := more(rest)) > len(rest):
        if len(scratch) < len(text):
            scratch = np.empty(2 * len(text), bool)
        pieces, rest = _whole_records(text, dialect, scratch, last=False)
        yield from pieces
        if len(rest) > longest:
            raise OutsideFastPath("a record is too long")
    if rest:
        yield from _whole_records(text, dialect, scratch, last=True)[0]


def _whole_records(text: memoryview, dialect: Dialect, scratch: Mask, *, last: bool) -> tuple[list[Piece], bytes]:
    """Return the whole records at the start of a text, mostly as one piece, and the rest of the text."""
    if not (has_line_end(text[:NEAR]) or has_line_end(text)):
        # no record ends here, and to look for quotes would take ten times the memory of the text
        rest = bytes(text)
        require_few_delimiters(rest.count(dialect.delimiter.encode()))
        if not last:
            return [], rest
    # fresh memory costs more than the comparison, so `scratch` is used for every block
    is_quote = np.equal(np.frombuffer(text, np.uint8), ord(dialect.quote), out=scratch[: len(text)])
    quotes = np.flatnonzero(is_quote)
    if not _in_order(text, quotes, dialect) or (last and len(quotes) % 2):
        if last:
            return [_read_to_the_end(text, dialect)], b""
        lines = bytes(text).splitlines(keepends=True)
        # the last line may end in the middle of a character, or its carriage return may be followed by a line feed
        sure = len(lines) - 1
        records, ends = _read_lines(lines[:sure], dialect)
        # a record that took the last of the lines may be in the middle of quotes
        whole = sum(end < sure for end in ends)
        piece = Piece(memoryview(b""), records[:whole], _texts_of(lines, ends[:whole]))
        return [piece], b"".join(lines[ends[whole - 1] if whole else 0 :])
    end = len(text) if last else _last_end(text, quotes)
    return [Piece(part) for part in _split(text[:end], quotes, scratch)], bytes(text[end:])


def has_line_end(text: memoryview) -> bool:
    """Whether some bytes of text end a line."""
    chars = np.frombuffer(text, np.uint8)
    return bool((chars == LF).any() or (chars == CR).any())


def _split(text: memoryview, quotes: np.ndarray[Any, Any], scratch: Mask) -> list[memoryview]:
    """Return whole records in parts with not too many lines, none for no text; `quotes` are those of the text."""
    is_end = np.equal(np.frombuffer(text, np.uint8), LF, out=scratch[: len(text)])
    if np.count_nonzero(is_end) > MOST_LINES:
        cut = _last_end(text[: len(text) // 2], quotes)
        if cut:
            later = quotes[np.searchsorted(quotes, cut) :] - cut
            return [*_split(text[:cut], quotes, scratch), *_split(text[cut:], later, scratch)]
    return [text] if text else []


def _in_order(text: memoryview, quotes: np.ndarray[Any, Any], dialect: Dialect) -> bool:
    """Whether every opening quote begins a cell and every closing quote ends one, as RFC 4180 requires."""
    if not len(quotes):
        return True
    chars = np.frombuffer(text, np.uint8)
    may_stand_outside = np.zeros(256, bool)
    may_stand_outside[[ord(dialect.delimiter), ord(dialect.quote), LF, CR]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    before = chars[opening[opening > 0] - 1]
    after = chars[closing[closing < len(chars) - 1] + 1]
    return bool(may_stand_outside[before].all() and may_stand_outside[after].all())


def _last_end(text: memoryview, quotes: np.ndarray[Any, Any]) -> int:
    """Return the end of the last record that is certainly whole; 0 when there is none."""
    end = len(text)
    while (end := _line_end_before(text, end)) > 0:
        # an even number of quotes before a line break: it stands outside them, and ends a record
        before = int(np.searchsorted(quotes, end))
        if before % 2 == 0:
            return end
        end = int(quotes[before - 1])
    return 0


def _line_end_before(text: memoryview, end: int) -> int:
    """Return the position behind the last line feed before `end`; 0 when there is none."""
    while end > 0:
        begin = max(0, end - NEAR)
        found = bytes(text[begin:end]).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def exact_piece(text: memoryview, dialect: Dialect) -> Piece:
    """Return a piece of whole records as Python's reader finds them."""
    lines = bytes(text).splitlines(keepends=True)
    records, ends = _read_lines(lines, dialect)
    return Piece(memoryview(b""), records, _texts_of(lines, ends))


def _read_to_the_end(text: memoryview, dialect: Dialect) -> Piece:
    """Return the last records of the file as Python's reader finds them."""
    lines = [*bytes(text).splitlines(keepends=True), END.encode()]
    (*records, end), ends = _read_lines(lines, dialect)
    last_begins = ends[-2] if records else 0
    texts = _texts_of(lines, ends)
    if last_begins == len(lines) - 1:
        return Piece(memoryview(b""), records, texts[:-1])
    # the quotes were never closed, and swallowed the line behind the end of the file
    end[-1] = end[-1].removesuffix(END)
    return Piece(memoryview(b""), [*records, end], texts, is_open=True)


def _texts_of(lines: Sequence[bytes], ends: Sequence[int]) -> list[str]:
    return [b"".join(lines[begin:end]).decode() for begin, end in pairwise([0, *ends])]


def _read_lines(lines: Sequence[bytes], dialect: Dialect) -> tuple[list[list[str]], list[int]]:
    """Return the records in some lines, and how many lines had been read at the end of each."""
    taken = 0

    def feed() -> Iterator[str]:
        nonlocal taken
        for line in lines:
            taken += 1
            yield line.decode()

    found = [(record, taken) for record in csv_reader(feed(), dialect)]
    return [record for record, _ in found], [end for _, end in found]


def bounded_lines(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file with their ends; FileProblem for one that is longer than any table has."""
    longest = current_budget().cell_characters
    while line := file.readline(longest + 1):
        if len(line) > longest:
            raise over_budget("characters in one line", "cell_characters")
        yield line


def require_few_delimiters(count: int) -> None:
    """Raise FileProblem when a line has too many delimiters: each cell takes fifty bytes, however short its text."""
    if count > current_budget().line_delimiters:
        raise over_budget("delimiters in one line", "line_delimiters")


def csv_reader(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    """Return Python's CSV reader with the settings of frictionless; FileProblem for a line of too many cells."""
    most = current_budget().line_delimiters

    def bounded() -> Iterator[str]:
        for line in lines:
            if len(line) > most:
                require_few_delimiters(line.count(dialect.delimiter))
            yield line

    return csv.reader(
        bounded(),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        doublequote=True,
        skipinitialspace=dialect.skip_space,
        strict=False,
    )
