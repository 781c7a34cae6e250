"""The proof that the CSV and the Parquet file of a table hold the same cells, by reading both back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from packages.errors import ExitCode, LondataError
from packages.formats.arrow import as_text
from packages.model import Table
from packages.parallel.threads import made_beside

BLOCK_SIZES = (1 << 20, 16 << 20, 256 << 20, (2 << 30) - 1)
"""Bytes of CSV read at once. A row must fit into one block: the larger ones are for the rare file with huge cells.

Arrow reads up to 32 blocks ahead, so the first is small.
"""

BATCH_ROWS = 65_536

BUFFER = 1 << 20
"""Bytes of a Parquet column read at once, instead of a whole column chunk."""

RUN_AGAIN = "Run it again. If it happens again, it is a fault in londata or in the disk, not in the file: report it."
WHY = "Nothing is published unless every file of a release is exactly what it says it is."


class SealBroken(LondataError):
    """The files of a release differ from each other or from their digests."""

    exit_code = ExitCode.SETUP


def seal_broken(what: str) -> SealBroken:
    """Return the problem of a damaged release, with the usual advice."""
    return SealBroken(what, fix=RUN_AGAIN, why=WHY)


def prove_files_equal(table: Table, folder: Path) -> None:
    """Compare the CSV and Parquet file of one table cell by cell; SealBroken names the first column and row."""
    for block_size in BLOCK_SIZES:
        try:
            return _compare(table, folder, block_size)
        except pa.ArrowInvalid as error:
            # a row longer than a block, or a damaged file: the largest block tells
            problem = error
    raise seal_broken(f"The files of {table.name} could not be read back.") from problem


def _compare(table: Table, folder: Path, block_size: int) -> None:
    names = [field["name"] for field in table.schema["fields"]]
    rows = 0
    with (
        # not the code that wrote it: a mistake in our own quoting must not hide itself
        pcsv.open_csv(
            folder / table.csv.name,
            pcsv.ReadOptions(use_threads=False, block_size=block_size),
            pcsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            pcsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
            ),
        ) as texts,
        # pre_buffer would keep all that was read until the file is closed
        pq.ParquetFile(folder / table.parquet.name, buffer_size=BUFFER, pre_buffer=False) as typed,
    ):
        # each file is read by a thread of its own
        streams = made_beside(texts), made_beside(typed.iter_batches(batch_size=BATCH_ROWS))
        for left, right in _aligned_batches(*streams, table.name):
            if left.schema.names != names or right.schema.names != names:
                raise seal_broken(f"The files of {table.name} do not have the columns of its description.")
            for name, csv_cells, parquet_cells in zip(names, left.columns, right.columns, strict=True):
                expected = as_text(parquet_cells)
                if csv_cells.equals(expected):
                    continue
                # the header is row 1
                row = rows + pc.index(pc.equal(csv_cells, expected), False).as_py() + 2
                raise seal_broken(
                    f"The CSV and the Parquet file of {table.name} differ in the column “{name}” at row {row:,}."
                )
            rows += left.num_rows
    if rows != table.rows:
        raise seal_broken(f"The files of {table.name} have {rows:,} rows, but {table.rows:,} were written.")


def _aligned_batches(
    left: Iterator[pa.RecordBatch], right: Iterator[pa.RecordBatch], name: str
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Yield pairs of batches with the same rows, from two streams that cut them differently."""
    a, b = _next_filled(left), _next_filled(right)
    while a is not None and b is not None:
        rows = min(a.num_rows, b.num_rows)
        yield a.slice(0, rows), b.slice(0, rows)
        a = a.slice(rows) if rows < a.num_rows else _next_filled(left)
        b = b.slice(rows) if rows < b.num_rows else _next_filled(right)
    if a is not None or b is not None:
        raise seal_broken(f"The CSV and the Parquet file of {name} do not have the same number of rows.")


def _next_filled(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    return next((batch for batch in batches if batch.num_rows), None)
