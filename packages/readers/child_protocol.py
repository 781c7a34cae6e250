"""What passes between a reader in the confined child and its parent: a job, a table, and rows as an Arrow stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

# a child for a small file needs no pandas
import packages.readers.lean_pyarrow  # noqa: F401
from packages.model import Finding
from packages.readers.file_kinds import FileKind

BATCH_ROWS = 8_192
ROWS, COUNT = "rows.arrow", ".count"
"""The file of the rows, and the suffix of the one beside it that holds the number of rows so far."""


@dataclass(frozen=True, slots=True)
class ReadJob:
    """The file to read, and what is known of it; `known` are normalised headings that the description recognises."""

    path: str
    folder: str
    kind: FileKind
    sheet: str
    encoding: str
    header_row: int | None
    known: frozenset[str]

    @property
    def rows(self) -> Path:
        """The file to leave the rows in."""
        return Path(self.folder) / ROWS


@dataclass(frozen=True, slots=True)
class TableSize:
    """The name of a sheet or layer, and its rows of data."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table that was read: its heading row (0 when the headings are in no row), and whether each column is filled.

    `alike` are all tables of the same kind in the file, this one among them; empty when there is no other. `made` are
    the headings of columns that the file does not have.
    """

    sheet: str
    row: int
    headings: Sequence[str]
    above: Sequence[int]
    filled: Sequence[bool]
    findings: Sequence[Finding]
    how_read: str
    alike: Sequence[TableSize] = ()
    made: Sequence[str] = ()


def write_rows(numbered: Iterable[tuple[int, Sequence[str]]], width: int, path: Path) -> list[bool]:
    """Write rows of `width` cells with their row numbers as an Arrow stream; return whether each column is filled."""
    schema = _rows_schema(width)
    filled, done = [False] * width, 0
    rows = iter(numbered)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        while piece := list(islice(rows, BATCH_ROWS)):
            columns = list(zip(*(cells for _, cells in piece), strict=True)) or [()] * width
            filled = [was or any(column) for was, column in zip(filled, columns, strict=True)]
            arrays = [pa.array([n for n, _ in piece], pa.int64()), *(pa.array(c, pa.string()) for c in columns)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            done += len(piece)
            path.with_suffix(COUNT).write_text(str(done))
    return filled


def is_rows_schema(schema: pa.Schema) -> bool:
    """Whether rows are as `write_rows` leaves them: their number, and texts."""
    return bool(schema.equals(_rows_schema(len(schema) - 1)))


def _rows_schema(width: int) -> pa.Schema:
    return pa.schema([("row", pa.int64()), *((str(i), pa.string()) for i in range(width))])


def rows_written(path: Path) -> int:
    """Return how many rows another process has written so far."""
    try:
        return int(path.with_suffix(COUNT).read_text() or 0)
    except FileNotFoundError:
        return 0
