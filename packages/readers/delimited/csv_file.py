"""Decide, before the first pass over delimited text, how it is read: encoding, dialect and heading row."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from packages.errors import SetupProblem
from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding, Where
from packages.readers.checks.garbled import mend_text
from packages.readers.checks.headings import (
    HEADER_SEARCH_ROWS,
    Header,
    Record,
    find_header,
    is_blank,
    known_headings_in,
)
from packages.readers.delimited.pieces import Dialect, bounded_lines, csv_reader
from packages.readers.encoding import MIXED, Encoding, find_encoding
from packages.spec import ReadingSpec

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
HEAD = 1 << 20
"""Characters in which headings and delimiter are looked for."""

_SURROGATE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file with all that was decided before the first pass.

    `start` and `start_bytes` count the characters, and the bytes in UTF-8, up to the end of the heading row.
    """

    path: Path
    encoding: Encoding
    dialect: Dialect
    header: Header
    start: int
    start_bytes: int

    @property
    def is_utf_8(self) -> bool:
        """Whether the bytes of the file are what its pieces are made of."""
        return self.encoding.codec in ("utf-8", "utf-8-sig")

    @property
    def how_read(self) -> str:
        delimiter = DELIMITERS.get(self.dialect.delimiter, f"“{self.dialect.delimiter}”")
        return f"CSV, {self.encoding.title}, {delimiter}, headings on row {self.header.row}"


def open_csv(path: Path, reading: ReadingSpec, known: Collection[str]) -> CsvFile:
    """Return a file with the way it is read; `known` are the normalised headings that the description recognises.

    FileProblem when no encoding fits or no row holds headings, SetupProblem when the description cannot be followed.
    """
    encoding = find_encoding(path, reading.encoding)
    with path.open(encoding=encoding.codec, newline="") as file:
        text, is_cut = file.read(HEAD), bool(file.read(1))
    if reading.delimiter:
        delimiter = "\t" if reading.delimiter in ("tab", "\\t") else reading.delimiter
        if len(delimiter) != 1:
            raise SetupProblem(
                f"`delimiter: {reading.delimiter}` is not one character.", fix="Write one character, or the word tab."
            )
        dialect = Dialect(delimiter)
    else:
        dialect = _likeliest_dialect(text, is_cut, known)
    limit = max(HEADER_SEARCH_ROWS, reading.header_row or 0) + 1
    records, ends = _head_records(text, is_cut, dialect, limit)
    records = [[mend_text(cell)[0] for cell in record] for record in records]
    header = find_header(records, known, reading.header_row)
    start = ends[header.row - 1]
    return CsvFile(path, encoding, dialect, header, start, len(text[:start].encode()))


def encoding_findings(file: CsvFile) -> list[Finding]:
    """Return what to say of an encoding that nobody asked for."""
    if file.encoding.codec != MIXED:
        return file.encoding.findings()
    rows: dict[bool, list[int]] = {True: [], False: []}
    # bytes that are no UTF-8 come out as surrogates, which no text has
    with file.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        for number, record in enumerate(csv_reader(bounded_lines(text), file.dialect), start=1):
            line = "".join(record)
            if not line.isascii():
                rows[not _SURROGATE.search(line)].append(number)
    fewer = min(rows[False], rows[True] or rows[False], key=len)
    return [finding("encoding-mixed", Where(rows=tuple(fewer[:ROWS_SHOWN]), count=len(fewer)))]


def _head_records(text: str, is_cut: bool, dialect: Dialect, limit: int) -> tuple[list[Record], list[int]]:
    """Return the first records and, for each, the number of characters up to its end."""
    characters = 0

    def lines() -> Iterator[str]:
        nonlocal characters
        for line in io.StringIO(text, newline=""):
            characters += len(line)
            yield line

    records: list[Record] = []
    ends: list[int] = []
    for record in islice(csv_reader(lines(), dialect), limit):
        records.append(record)
        ends.append(characters)
    # a record that reaches the end of the text may go on in the rest of the file
    if is_cut and ends and ends[-1] >= len(text):
        records.pop()
        ends.pop()
    return records, ends


def _likeliest_dialect(text: str, is_cut: bool, known: Collection[str]) -> Dialect:
    """Return the dialect in which the first rows look most like a table: known headings, even rows, many columns."""

    def fit(dialect: Dialect) -> tuple[int, float, int]:
        records, _ = _head_records(text, is_cut, dialect, HEADER_SEARCH_ROWS)
        filled = [record for record in records if not is_blank(record)]
        if not filled:
            return (0, 0.0, 0)
        width, times = Counter(len(record) for record in filled).most_common(1)[0]
        evenness = times / len(filled) if width > 1 else 0.0
        return (max(known_headings_in(record, known) for record in filled), evenness, width)

    dialects = [Dialect(d) for d in DELIMITERS if d in text]
    dialects += [Dialect(d, skip_space=True) for d in DELIMITERS if f'{d} "' in text]
    # max() keeps the first of equals: comma before the others, plain before skipping blanks
    return max(dialects, key=fit, default=Dialect(","))
