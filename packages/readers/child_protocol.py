"""What passes between the child process and its parent: a job, a table, and rows as Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

from packages.model import Finding
from packages.readers.file_kinds import FileKind

BATCH_ROWS = 8_192
OUTCOME = "outcome.json"
ROWS, COUNT = "rows.arrow", ".count"
"""The file that the rows are left in, and the ending of the one beside it that says how many there are so far."""


@dataclass(frozen=True, slots=True)
class ReadJob:
    """What the child is asked to read, and what is known of it; `known` are the headings we would recognise."""

    path: str
    folder: str
    kind: FileKind
    sheet: str
    encoding: str
    header_row: int | None
    known: frozenset[str]

    @property
    def rows(self) -> Path:
        """Where the rows are left."""
        return Path(self.folder) / ROWS


@dataclass(frozen=True, slots=True)
class ReadTable:
    """What was read: the heading row (0 when headings stand in no row), its cells, and which columns hold anything."""

    sheet: str
    row: int
    headings: Sequence[str]
    above: Sequence[int]
    filled: Sequence[bool]
    findings: Sequence[Finding]
    how_read: str


def write_rows(numbered: Iterable[tuple[int, Sequence[str]]], width: int, path: Path) -> list[bool]:
    """Write rows of `width` cells, each with its number, as Arrow; tells for each column whether it holds anything."""
    names = [str(i) for i in range(width)]
    schema = pa.schema([("row", pa.int64()), *((name, pa.string()) for name in names)])
    filled, done = [False] * width, 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for piece in _pieces(numbered):
            columns = list(zip(*(cells for _, cells in piece), strict=True)) or [()] * width
            filled = [was or any(column) for was, column in zip(filled, columns, strict=True)]
            arrays = [pa.array([n for n, _ in piece], pa.int64()), *(pa.array(c, pa.string()) for c in columns)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            done += len(piece)
            path.with_suffix(COUNT).write_text(str(done))
    return filled


def rows_written(path: Path) -> int:
    """How many rows have been written, as far as another process can tell."""
    try:
        return int(path.with_suffix(COUNT).read_text() or 0)
    except FileNotFoundError:
        return 0


def _pieces(numbered: Iterable[tuple[int, Sequence[str]]]) -> Iterator[list[tuple[int, Sequence[str]]]]:
    rest = iter(numbered)
    while piece := list(islice(rest, BATCH_ROWS)):
        yield piece
