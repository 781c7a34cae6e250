"""Read delimited text as a stream of text cells, piece by piece on all cores."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import to_arrow
from packages.errors import SetupProblem
from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Extract, Finding, Rows, Where
from packages.parallel import SHARED, map_in_order
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.garbled import mend_text
from packages.readers.checks.headings import (
    HEADER_SEARCH_ROWS,
    Header,
    Record,
    find_header,
    header_findings,
    is_blank,
    known_headings_in,
    watch_unnamed,
)
from packages.readers.checks.rows import RowTally, drop_blank_rows
from packages.readers.checks.swallowed import SwallowedRows
from packages.readers.delimited.pieces import END, Dialect, OutsideFastPath, Piece, csv_reader, cut_pieces
from packages.readers.delimited.stray_quotes import QuotedCells
from packages.readers.delimited.tokenise import PieceText, tokenise_roughly
from packages.readers.delimited.utf8_blocks import utf8_blocks
from packages.readers.encoding import MIXED, Encoding, find_encoding
from packages.refusal import refusal
from packages.spec import ReadingSpec

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
HEAD = 1 << 20
"""Characters in which headings and delimiter are looked for."""

BLOCK = 6 << 20
"""Bytes that are tokenised at once."""

BATCH_ROWS = 16_384
"""Rows of a batch where the exact reader makes them."""

_SURROGATE = re.compile("[\udc80-\udcff]")

# the standard library stops at 128 kB, and a polygon in one cell may be longer
LONGEST_CELL = 16 << 20
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True, slots=True)
class _CsvFile:
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
    def how_read(self) -> str:
        delimiter = DELIMITERS.get(self.dialect.delimiter, f"“{self.dialect.delimiter}”")
        return f"CSV, {self.encoding.title}, {delimiter}, headings on row {self.header.row}"


def read_csv(extract: Extract, reading: ReadingSpec, known: Collection[str]) -> Rows:
    """Read delimited text; FileProblem when it cannot be taken as a table.

    `known` are the normalised headings that the description recognises: they decide the delimiter and the heading row.
    """
    file = _open(extract.path, reading, known)
    findings = list(header_findings(file.header))
    if not reading.encoding:
        findings[:0] = _encoding_findings(file)

    def start(log: ChangeLog) -> Iterator[Batch]:
        for found in findings:
            log.find(found)
        tally = RowTally()
        damage = DamageCheck(file.header.headings, cells=file.encoding.suspicious)
        swallowed = SwallowedRows(file.header.columns, file.dialect.delimiter)
        kept = drop_blank_rows(_batches(file, tally), tally, log, damage=damage)
        for batch in watch_unnamed(kept, file.header, known, log):
            swallowed.inspect(batch, tally.swallowing)
            yield batch
        swallowed.report(log, tally.rows)

    return Rows(file.header.columns, file.header.headings, start, how_read=file.how_read)


# --- before the first pass: dialect and headings ----------------------------------------------------------------------


def _open(path: Path, reading: ReadingSpec, known: Collection[str]) -> _CsvFile:
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
    return _CsvFile(path, encoding, dialect, header, start, len(text[:start].encode()))


def _encoding_findings(file: _CsvFile) -> list[Finding]:
    """Return what to say of an encoding that nobody asked for."""
    if file.encoding.codec != MIXED:
        return file.encoding.findings()
    rows: dict[bool, list[int]] = {True: [], False: []}
    # bytes that are no UTF-8 come out as surrogates, which no text has
    with file.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        for number, record in enumerate(csv_reader(text, file.dialect), start=1):
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


# --- one pass ---------------------------------------------------------------------------------------------------------


def _batches(file: _CsvFile, tally: RowTally) -> Iterator[Batch]:
    records = 0
    if file.dialect.can_be_cut:
        try:
            for text in _tokenised_pieces(file, tally):
                yield _fit_in_odd_records(text, file.header.row + 1 + records, file, tally)
                records += text.records
            return
        except (OutsideFastPath, csv.Error):
            # a cell longer than any that is cut in bulk: the exact reader goes on where this one stopped
            pass
    first = file.header.row + 1 + records
    # the exact reader starts below the headings again, and leaves out what has been passed on already
    exact_records = islice(_exact_records(file), records, None)
    while piece := list(islice(exact_records, BATCH_ROWS)):
        quoted = QuotedCells(len(file.header.columns))
        for record, line in piece:
            quoted.add(record, line, file.dialect)
        quoted.note(tally, first)
        even = [_fitted(record, number, file, tally) for number, record in enumerate(quoted.records, start=first)]
        yield Batch(_batch(even, file), to_arrow(np.arange(first, first + len(piece))))
        first += len(piece)


def _tokenised_pieces(file: _CsvFile, tally: RowTally) -> Iterator[PieceText]:
    """Yield the records below the headings, a piece at a time and in order, tokenised on all cores."""
    names = list(file.header.columns)

    def tokenised(piece: Piece) -> tuple[Piece, QuotedCells, PieceText]:
        quoted = QuotedCells(len(names))
        for record, text in zip(piece.records or (), piece.texts, strict=True):
            quoted.add(record, text, file.dialect)
        if piece.records is not None:
            piece = replace(piece, records=quoted.records)
        # lines of nothing and rows of blanks are dropped together further on, so they need no telling apart here
        return piece, quoted, tokenise_roughly(piece, names, file.dialect, is_utf_8=True)

    row = file.header.row
    stream: BinaryIO
    if file.encoding.codec in ("utf-8", "utf-8-sig"):
        stream = file.path.open("rb")
        # `start_bytes` counts from the first character, and a byte-order mark is none
        mark = 3 if stream.read(3) == b"\xef\xbb\xbf" else 0
        stream.seek(mark + file.start_bytes)
    else:
        stream = io.BufferedReader(_Transcoded(file), buffer_size=BLOCK)
    with stream:
        pieces = cut_pieces(utf8_blocks(stream, "utf-8", BLOCK), file.dialect)
        for piece, quoted, text in map_in_order(tokenised, pieces, SHARED):
            quoted.note(tally, row + 1)
            row += text.records
            if piece.is_open:
                raise refusal("quote-not-closed", Where(rows=(row,), count=1))
            yield text


def _fit_in_odd_records(text: PieceText, first: int, file: _CsvFile, tally: RowTally) -> Batch:
    """Return all records in their order; those with too few or too many cells are cut or filled to the header's width.

    `first` is the row number of the first record.
    """
    places = [place for place, record in sorted(text.odd.items()) if not is_blank(record)]
    for place in text.odd.keys() - set(places):
        tally.note("blank-rows", first + place)
    if not places:
        return Batch(text.cells, to_arrow(text.numbers + first))
    fitted = _batch([_fitted(text.odd[place], first + place, file, tally) for place in places], file)
    before = np.searchsorted(text.numbers, places)
    parts = [
        text.cells.slice(start, end - start) for start, end in pairwise([0, *before.tolist(), text.cells.num_rows])
    ]
    between = (fitted.slice(number, 1) for number in range(len(places)))
    cells = pa.concat_batches([*chain.from_iterable(zip(parts[:-1], between, strict=True)), parts[-1]])
    return Batch(cells, to_arrow(np.insert(text.numbers, before, places) + first))


def _batch(records: Sequence[list[str | None]], file: _CsvFile) -> pa.RecordBatch:
    arrays = [pa.array(column, type=pa.string()) for column in zip(*records, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=list(file.header.columns))


class _Transcoded(io.RawIOBase):
    """Text of another encoding as a stream of UTF-8 bytes, a piece at a time."""

    def __init__(self, file: _CsvFile) -> None:
        self._text = file.path.open(encoding=file.encoding.codec, newline="")
        self._text.read(file.start)
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._ready:
            self._ready = memoryview(self._text.read(1 << 16).encode())
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        self._text.close()
        super().close()


def _exact_records(file: _CsvFile) -> Iterator[tuple[list[str], str]]:
    """Yield the records below the headings with Python's own reader, which takes whatever stands in the file.

    Each comes with its text in the file.
    """
    lines: list[str] = []

    def watched(text: Iterable[str]) -> Iterator[str]:
        for line in text:
            lines.append(line)
            yield line

    with file.path.open(encoding=file.encoding.codec, newline="") as text:
        text.read(file.start)
        number = file.header.row
        try:
            # the mark behind the last line shows whether a quotation was still open there
            records = csv_reader(watched(chain(text, [END])), file.dialect)
            for number, record in enumerate(records, start=file.header.row + 1):
                if not record or not record[-1].endswith(END):
                    yield record, "".join(lines)
                    lines.clear()
                elif record != [END]:
                    raise refusal("quote-not-closed", Where(rows=(number,), count=1))
        except csv.Error as error:
            raise refusal("quote-not-closed", Where(rows=(number + 1,), count=1)) from error


def _fitted(record: list[str], number: int, file: _CsvFile, tally: RowTally) -> list[str | None]:
    """Return the record with exactly as many cells as there are columns, and count what was odd about it."""
    width = len(file.header.columns)
    if len(record) == width:
        return [*record]
    if is_blank(record):
        return [""] * width
    rule = "row-too-short" if len(record) < width else "row-too-long"
    if len(record) > width and is_blank(record[width:]):
        # in prose a space follows the comma, and a whole file in which cells begin with one is padded
        spaced = sum(cell[:1] == " " and not cell.isspace() for cell in record[1:])
        rule = "cells-moved" if 0 < spaced <= len(record) - width else "cells-beyond-headings"
    elif any(cell.count(file.dialect.delimiter) >= width - 1 and len(cell.splitlines()) > 1 for cell in record):
        # one cause: the row is uneven because of the rows in its cell
        rule = "rows-swallowed-uneven"
        tally.swallowing.add(number)
    tally.note(rule, number)
    return [*record[:width], *[None] * (width - len(record))]
