"""Delimited text as a stream of text cells, piece by piece on all cores."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import to_arrow
from packages.errors import SetupProblem
from packages.messages import finding
from packages.model import Batch, ChangeLog, Extract, Finding, Rows, Where
from packages.parallel import SHARED, map_in_order
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.headings import (
    LOOKED_AT,
    Header,
    Record,
    find_header,
    header_findings,
    is_blank,
    known_headings_in,
)
from packages.readers.checks.rows import RowTally, drop_blank_rows
from packages.readers.delimited.encoding import Encoding, find_encoding
from packages.readers.delimited.pieces import END, Dialect, OutsideFastPath, Piece, csv_reader, cut_pieces
from packages.readers.delimited.tokenise import PieceText, tokenise_roughly
from packages.readers.delimited.utf8_blocks import utf8_blocks
from packages.refusal import refusal
from packages.spec import ReadingSpec

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
HEAD = 1 << 20
"""Characters in which headings and delimiter are looked for."""
BLOCK = 6 << 20
"""Bytes that are tokenised at once."""
BATCH_ROWS = 16_384
LONGEST_CELL = 16 << 20

# the standard library stops at 128 kB, and a polygon in one cell may be longer
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that was decided before the first pass. `start` counts the characters up to the end of the heading row."""

    path: Path
    encoded: Encoding
    dialect: Dialect
    header: Header
    start: int
    start_bytes: int


def read_csv(extract: Extract, reading: ReadingSpec, known: Collection[str]) -> Rows:
    """Read delimited text; FileProblem when it cannot be taken as a table."""
    plan = _plan(extract.path, reading, known)
    said = _standing_findings(plan, reading)

    def start(log: ChangeLog) -> Iterator[Batch]:
        for one in said:
            log.find(one)
        tally = RowTally()
        damage = DamageCheck(plan.header.headings, cells=plan.encoded.suspicious)
        return drop_blank_rows(_batches(plan, tally), tally, log, damage=damage)

    return Rows(plan.header.columns, plan.header.headings, start, how_read=_how_read(plan))


def _plan(path: Path, reading: ReadingSpec, known: Collection[str]) -> _Plan:
    encoded = find_encoding(path, reading.encoding)
    text, cut = _head(path, encoded)
    rows = max(LOOKED_AT, reading.header_row or 0) + 1
    dialect = _asked_dialect(reading) or _likeliest_dialect(text, cut, known)
    records, ends = _head_records(text, cut, dialect, rows)
    header = find_header(records, known, reading.header_row)
    start = ends[header.row - 1]
    return _Plan(path, encoded, dialect, header, start, len(text[:start].encode()))


def _head(path: Path, encoded: Encoding) -> tuple[str, bool]:
    """The first characters of the file, and whether there are more."""
    with path.open(encoding=encoded.codec, newline="") as file:
        return file.read(HEAD), bool(file.read(1))


def _head_records(text: str, cut: bool, dialect: Dialect, limit: int) -> tuple[list[Record], list[int]]:
    """The first records and, for each, the number of characters up to its end."""
    records: list[Record] = []
    ends: list[int] = []
    lines = _Counted(io.StringIO(text, newline=""))
    for record in islice(csv_reader(lines, dialect), limit):
        records.append(record)
        ends.append(lines.characters)
    if cut and ends and ends[-1] >= len(text):
        records.pop()
        ends.pop()
    return records, ends


class _Counted:
    """Lines, counting the characters that were handed out."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.characters += len(line)
            yield line


def _asked_dialect(reading: ReadingSpec) -> Dialect | None:
    if not reading.delimiter:
        return None
    delimiter = "\t" if reading.delimiter in ("tab", "\\t") else reading.delimiter
    if len(delimiter) != 1:
        raise SetupProblem(
            f"`delimiter: {reading.delimiter}` is not one character.", fix="Write one character, or the word tab."
        )
    return Dialect(delimiter)


def _likeliest_dialect(text: str, cut: bool, known: Collection[str]) -> Dialect:
    dialects = [Dialect(d) for d in DELIMITERS if d in text]
    dialects += [Dialect(d, skip_space=True) for d in DELIMITERS if f'{d} "' in text]
    scored = [(_fit(_head_records(text, cut, d, LOOKED_AT)[0], known), d) for d in dialects]
    # max() keeps the first of equals: comma before the others, plain before skipping blanks
    return max(scored, key=lambda pair: pair[0])[1] if scored else Dialect(",")


def _fit(records: Sequence[Record], known: Collection[str]) -> tuple[int, float, int]:
    """How well the first rows look when cut this way: known headings, evenness of the rows, number of columns."""
    filled = [r for r in records if not is_blank(r)]
    if not filled:
        return (0, 0.0, 0)
    width, times = Counter(len(r) for r in filled).most_common(1)[0]
    even = times / len(filled) if width > 1 else 0.0
    return (max(known_headings_in(r, known) for r in filled), even, width)


def _standing_findings(plan: _Plan, reading: ReadingSpec) -> tuple[Finding, ...]:
    found = []
    if plan.encoded.title == "Windows-1252" and not reading.encoding:
        found.append(finding("encoding-windows-1252"))
    if plan.encoded.lost:
        found.append(finding("lost-characters", Where(count=plan.encoded.lost, unit="character")))
    return (*found, *header_findings(plan.header))


def _how_read(plan: _Plan) -> str:
    delimiter = DELIMITERS.get(plan.dialect.delimiter, f"“{plan.dialect.delimiter}”")
    return f"CSV, {plan.encoded.title}, {delimiter}, headings on row {plan.header.row}"


# --- one pass ---------------------------------------------------------------------------------------------------------


def _batches(plan: _Plan, tally: RowTally) -> Iterator[Batch]:
    done = 0
    if plan.dialect.can_be_cut:
        try:
            for text in _texts(plan):
                yield _whole(text, plan.header.row + 1 + done, plan, tally)
                done += text.records
            return
        except (OutsideFastPath, csv.Error):
            # a cell longer than any that is cut in bulk: the exact reader goes on where this one stopped
            pass
    yield from _exact_batches(plan, tally, done)


def _texts(plan: _Plan) -> Iterator[PieceText]:
    """The records below the headings, piece by piece, on all cores."""
    names = list(plan.header.columns)

    def tokenised(piece: Piece) -> tuple[Piece, PieceText]:
        # what is blank is left out further on, whether it is a line or a row of blanks
        return piece, tokenise_roughly(piece, names, plan.dialect, is_utf_8=True)

    done = plan.header.row
    with _utf_8(plan) as file:
        pieces = cut_pieces(utf8_blocks(file, "utf-8", BLOCK), plan.dialect)
        for piece, text in map_in_order(tokenised, pieces, SHARED):
            done += text.records
            if piece.is_open:
                raise refusal("quote-not-closed", Where(rows=(done,), count=1))
            yield text


def _numbers(first: int, count: int) -> pa.Int64Array:
    return to_arrow(np.arange(first, first + count))


def _whole(text: PieceText, first: int, plan: _Plan, tally: RowTally) -> Batch:
    """All records in their order; those with too few or too many cells are fitted in."""
    places = [place for place, record in sorted(text.odd.items()) if not is_blank(record)]
    for place in text.odd.keys() - set(places):
        tally.note("blank-rows", first + place)
    if not places:
        return Batch(text.cells, to_arrow(text.numbers + first))
    fitted = _batch([_fitted(text.odd[place], first + place, plan, tally) for place in places], plan)
    before = np.searchsorted(text.numbers, places)
    parts = [
        text.cells.slice(start, end - start) for start, end in pairwise([0, *before.tolist(), text.cells.num_rows])
    ]
    between = (fitted.slice(number, 1) for number in range(len(places)))
    cells = pa.concat_batches([*chain.from_iterable(zip(parts[:-1], between, strict=True)), parts[-1]])
    return Batch(cells, to_arrow(np.insert(text.numbers, before, places) + first))


def _batch(records: Sequence[list[str | None]], plan: _Plan) -> pa.RecordBatch:
    arrays = [pa.array(column, type=pa.string()) for column in zip(*records, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=list(plan.header.columns))


def _utf_8(plan: _Plan) -> BinaryIO:
    """The bytes after the heading row as UTF-8."""
    if plan.encoded.codec in ("utf-8", "utf-8-sig"):
        file = plan.path.open("rb")
        mark = 3 if file.read(3) == b"\xef\xbb\xbf" else 0
        file.seek(mark + plan.start_bytes)
        return file
    return io.BufferedReader(_Transcoded(plan), buffer_size=BLOCK)


class _Transcoded(io.RawIOBase):
    """Text of another encoding as a stream of UTF-8 bytes, a piece at a time."""

    def __init__(self, plan: _Plan) -> None:
        self._text = plan.path.open(encoding=plan.encoded.codec, newline="")
        self._text.read(plan.start)
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


def _exact_batches(plan: _Plan, tally: RowTally, skip: int) -> Iterator[Batch]:
    first = plan.header.row + 1 + skip
    records = islice(_exact_records(plan), skip, None)
    while piece := list(islice(records, BATCH_ROWS)):
        even = [_fitted(record, number, plan, tally) for number, record in enumerate(piece, start=first)]
        yield Batch(_batch(even, plan), _numbers(first, len(piece)))
        first += len(piece)


def _exact_records(plan: _Plan) -> Iterator[list[str]]:
    with plan.path.open(encoding=plan.encoded.codec, newline="") as file:
        file.read(plan.start)
        number = plan.header.row
        try:
            for number, record in enumerate(csv_reader(chain(file, [END]), plan.dialect), start=plan.header.row + 1):
                if not record or not record[-1].endswith(END):
                    yield record
                elif record != [END]:
                    raise refusal("quote-not-closed", Where(rows=(number,), count=1))
        except csv.Error as error:
            raise refusal("quote-not-closed", Where(rows=(number + 1,), count=1)) from error


def _fitted(record: list[str], number: int, plan: _Plan, tally: RowTally) -> list[str | None]:
    """The record with exactly as many cells as there are columns."""
    width = len(plan.header.columns)
    if len(record) == width:
        return [*record]
    if is_blank(record):
        return [""] * width
    if len(record) < width:
        tally.note("row-too-short", number)
        return [*record, *[None] * (width - len(record))]
    beyond = record[width:]
    tally.note("cells-beyond-headings" if is_blank(beyond) else "row-too-long", number)
    return [*record[:width]]
