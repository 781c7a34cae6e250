"""Delimited text as a stream of text cells: pyarrow's tokeniser where the file is regular, Python's where it is not."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from packages.errors import SetupProblem
from packages.messages import finding
from packages.model import Batch, Extract, Finding, Log, Rows, Where
from packages.readers.damage import Damage
from packages.readers.encoding import Encoded, find_encoding
from packages.readers.headings import (
    LOOKED_AT,
    Header,
    Record,
    find_header,
    header_findings,
    is_blank,
    known_headings_in,
)
from packages.readers.refusal import refusal
from packages.readers.tidying import Tally, tidy
from packages.spec import Reading

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
HEAD = 1 << 20
"""Characters in which headings and delimiter are looked for."""
BLOCK = 4 << 20
"""Bytes that pyarrow takes at once."""
BATCH_ROWS = 16_384
LONGEST_CELL = 16 << 20
END = "\0end of file"
"""A line that cannot be in the file (NUL was refused): a reader that swallows it stands inside an open quotation."""

# the standard library stops at 128 kB, and a polygon in one cell may be longer
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are separated. `skip_space`: a blank after the delimiter does not belong to the cell."""

    delimiter: str
    skip_space: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that was decided before the first pass. `start` counts the characters up to the end of the heading row."""

    path: Path
    encoded: Encoded
    dialect: Dialect
    header: Header
    start: int
    start_bytes: int

    @property
    def regular(self) -> bool:
        """Whether pyarrow may be asked: an odd number of quotation marks means that one is stray or never closed."""
        return not self.dialect.skip_space and self.encoded.quotes % 2 == 0


def read_csv(extract: Extract, reading: Reading, known: Collection[str]) -> Rows:
    """Read delimited text; FileProblem when it cannot be taken as a table."""
    plan = _plan(extract.path, reading, known)
    said = _standing_findings(plan, reading)

    def start(log: Log) -> Iterator[Batch]:
        for one in said:
            log.find(one)
        tally = Tally()
        damage = Damage(plan.header.headings, cells=plan.encoded.suspicious)
        return tidy(_batches(plan, tally), tally, log, damage=damage)

    return Rows(plan.header.columns, plan.header.headings, start, how_read=_how_read(plan))


def _plan(path: Path, reading: Reading, known: Collection[str]) -> _Plan:
    encoded = find_encoding(path, reading.encoding)
    text, cut = _head(path, encoded)
    rows = max(LOOKED_AT, reading.header_row or 0) + 1
    dialect = _asked_dialect(reading) or _likeliest_dialect(text, cut, known)
    records, ends = _head_records(text, cut, dialect, rows)
    header = find_header(records, known, reading.header_row)
    start = ends[header.row - 1]
    return _Plan(path, encoded, dialect, header, start, len(text[:start].encode()))


def _head(path: Path, encoded: Encoded) -> tuple[str, bool]:
    """The first characters of the file, and whether there are more."""
    with path.open(encoding=encoded.codec, newline="") as file:
        return file.read(HEAD), bool(file.read(1))


def _head_records(text: str, cut: bool, dialect: Dialect, limit: int) -> tuple[list[Record], list[int]]:
    """The first records and, for each, the number of characters up to its end."""
    records: list[Record] = []
    ends: list[int] = []
    lines = _Counted(io.StringIO(text, newline=""))
    for record in islice(_reader(lines, dialect), limit):
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


def _reader(lines: Iterator[str] | _Counted, dialect: Dialect) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=dialect.skip_space)


def _asked_dialect(reading: Reading) -> Dialect | None:
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


def _standing_findings(plan: _Plan, reading: Reading) -> tuple[Finding, ...]:
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


def _batches(plan: _Plan, tally: Tally) -> Iterator[Batch]:
    done = 0
    if plan.regular:
        uneven = _Uneven(plan, tally)
        try:
            for batch in uneven.put_back(_arrow_batches(plan, uneven)):
                yield batch
                done += batch.cells.num_rows
            return
        except (pa.ArrowInvalid, _OutOfStep):
            # a cell longer than a block, for example: the exact reader goes on where this one stopped
            pass
    yield from _exact_batches(plan, tally, done)


def _numbers(first: int, count: int) -> pa.Int64Array:
    return pa.array(range(first, first + count), type=pa.int64())


class _OutOfStep(Exception):
    """The two tokenisers do not agree on where a row ends."""


class _Uneven:
    """Rows with too few or too many cells, which pyarrow hands over as text: read exactly, and put back in place."""

    def __init__(self, plan: _Plan, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._waiting: dict[int, list[str]] = {}

    def set_aside(self, row: arrow_csv.InvalidRow) -> str:
        """Take a row out of its batch; it may be one of a later batch than that which comes next."""
        lines = io.StringIO(row.text, newline="")
        record, *rest = _reader(chain(lines, [END]), self._plan.dialect)
        if row.number is None or rest != [[END]]:
            return "error"
        self._waiting[self._plan.header.row + row.number] = record
        return "skip"

    def put_back(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Batch]:
        """All rows in their order, with their numbers."""
        first = self._plan.header.row + 1
        for cells in chain(batches, [_no_rows(self._plan)]):
            batch = self._joined(cells, first)
            first += batch.cells.num_rows
            yield batch
        if self._waiting:
            raise _OutOfStep

    def _joined(self, cells: pa.RecordBatch, first: int) -> Batch:
        """The batch with those rows that stand before its last one or right after it."""
        if not self._waiting:
            return Batch(cells, _numbers(first, cells.num_rows))
        own: list[int] = []
        back: list[int] = []
        number = first
        while len(own) < cells.num_rows or number in self._waiting:
            (back if number in self._waiting else own).append(number)
            number += 1
        if not back:
            return Batch(cells, _numbers(first, cells.num_rows))
        records = [_fitted(self._waiting.pop(n), n, self._plan, self._tally) for n in back]
        whole = pa.concat_batches([cells, _batch(records, self._plan)])
        return Batch(whole.take(pc.sort_indices(pa.array(own + back))), _numbers(first, number - first))


def _batch(records: Sequence[list[str | None]], plan: _Plan) -> pa.RecordBatch:
    arrays = [pa.array(column, type=pa.string()) for column in zip(*records, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=list(plan.header.columns))


def _no_rows(plan: _Plan) -> pa.RecordBatch:
    columns = [pa.array([], pa.string()) for _ in plan.header.columns]
    return pa.RecordBatch.from_arrays(columns, names=list(plan.header.columns))


def _arrow_batches(plan: _Plan, uneven: _Uneven) -> Iterator[pa.RecordBatch]:
    with _utf_8(plan) as file, _open_arrow(file, plan, uneven) as reader:
        yield from reader


def _open_arrow(file: BinaryIO, plan: _Plan, uneven: _Uneven) -> arrow_csv.CSVStreamingReader:
    columns = list(plan.header.columns)
    return arrow_csv.open_csv(
        file,
        read_options=arrow_csv.ReadOptions(column_names=columns, use_threads=False, block_size=BLOCK),
        parse_options=arrow_csv.ParseOptions(
            delimiter=plan.dialect.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=uneven.set_aside,
        ),
        convert_options=arrow_csv.ConvertOptions(
            # every byte was decoded strictly before
            check_utf8=False,
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=[],
            strings_can_be_null=False,
        ),
    )


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


def _exact_batches(plan: _Plan, tally: Tally, skip: int) -> Iterator[Batch]:
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
            for number, record in enumerate(_reader(chain(file, [END]), plan.dialect), start=plan.header.row + 1):
                if not record or not record[-1].endswith(END):
                    yield record
                elif record != [END]:
                    raise refusal("quote-not-closed", Where(rows=(number,), count=1))
        except csv.Error as error:
            raise refusal("quote-not-closed", Where(rows=(number + 1,), count=1)) from error


def _fitted(record: list[str], number: int, plan: _Plan, tally: Tally) -> list[str | None]:
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
