"""The proof that a CSV and a Parquet file hold the same cells, by reading both back."""

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

BLOCKS = (1 << 20, 16 << 20, 256 << 20, (2 << 30) - 1)
"""Bytes of CSV read at once. A row must fit into one block: the larger ones are for the rare file with huge cells.

Arrow reads up to 32 blocks ahead, so the first is small.
"""

BATCH_ROWS = 65_536

BUFFER = 1 << 20
"""Bytes of a Parquet column read at once, instead of all that a row group has of it."""

AGAIN = "Run it again. If it happens again, it is a fault in londata or in the disk, not in the file: report it."
WHY = "Nothing is published unless every file of a release is exactly what it says it is."


class SealBroken(LondataError):
    """The files of a release are not what they should be: they differ from each other or from their digests."""

    exit_code = ExitCode.SETUP


def seal_broken(what: str) -> SealBroken:
    """What is wrong with a release, with the usual advice."""
    return SealBroken(what, fix=AGAIN, why=WHY)


def prove_files_equal(table: Table, folder: Path) -> None:
    """Compare the CSV and Parquet file of one table cell by cell; SealBroken names the first column and row."""
    for block in BLOCKS:
        try:
            return _compare(table, folder, block)
        except pa.ArrowInvalid as error:
            problem = error
    raise seal_broken(f"The files of {table.name} could not be read back.") from problem


def _compare(table: Table, folder: Path, block: int) -> None:
    names = [field["name"] for field in table.schema["fields"]]
    texts = _read_csv(folder / table.csv.name, names, block)
    typed = _read_parquet(folder / table.parquet.name)
    row = 0
    for left, right in _aligned(texts, typed, table.name):
        if left.schema.names != names or right.schema.names != names:
            raise seal_broken(f"The files of {table.name} do not have the columns of its description.")
        _compare_batch(left, right, table.name, row)
        row += left.num_rows
    if row != table.rows:
        raise seal_broken(f"The files of {table.name} have {row:,} rows, but {table.rows:,} were written.")


def _read_csv(path: Path, names: list[str], block: int) -> Iterator[pa.RecordBatch]:
    # not the code that wrote it: a mistake in our own quoting must not hide itself
    with pcsv.open_csv(
        path,
        pcsv.ReadOptions(use_threads=False, block_size=block),
        pcsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        pcsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False),
    ) as reader:
        yield from reader


def _read_parquet(path: Path) -> Iterator[pa.RecordBatch]:
    # pre_buffer would keep all that was read until the file is closed
    with pq.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False) as file:
        yield from file.iter_batches(batch_size=BATCH_ROWS)


def _aligned(
    left: Iterator[pa.RecordBatch], right: Iterator[pa.RecordBatch], name: str
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Pairs of batches with the same rows, from two streams that cut them differently."""
    a, b = _next(left), _next(right)
    while a is not None and b is not None:
        rows = min(a.num_rows, b.num_rows)
        yield a.slice(0, rows), b.slice(0, rows)
        a = a.slice(rows) if rows < a.num_rows else _next(left)
        b = b.slice(rows) if rows < b.num_rows else _next(right)
    if a is not None or b is not None:
        raise seal_broken(f"The CSV and the Parquet file of {name} do not have the same number of rows.")


def _next(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    return next((batch for batch in batches if batch.num_rows), None)


def _compare_batch(texts: pa.RecordBatch, typed: pa.RecordBatch, name: str, before: int) -> None:
    for field, left, right in zip(texts.schema.names, texts.columns, typed.columns, strict=True):
        other = as_text(right)
        if left.equals(other):
            continue
        # the header is row 1
        row = before + pc.index(pc.equal(left, other), False).as_py() + 2
        raise seal_broken(f"The CSV and the Parquet file of {name} differ in the column “{field}” at row {row:,}.")
