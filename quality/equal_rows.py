"""Rows of a Parquet file that equal an earlier one in every column, found in memory that hardly grows with the rows.

Each row becomes a 64-bit code of its values; codes that several rows share are found on disk (`KeyLog`), first those of
a few columns, and only the rows that share one are looked at in the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.arrow_bytes import text_offsets, to_arrow
from quality.conform.keys.key_codes import LONGEST_TEXT, Codes, KeyLog, combine_codes, text_codes, value_codes
from quality.conform.masks import Ints, null_mask

BATCH = 65_536
"""Rows that are looked at together."""

MANY = 500_000
"""Rows in question from which one more column is looked at in all rows: their places have to be kept in memory."""


@dataclass(frozen=True, slots=True)
class EqualRows:
    """Rows that equal an earlier row in every column, as positions from 0, and the last row before each that does."""

    places: Ints
    earlier: Ints


def equal_rows(file: pq.ParquetFile, columns: Sequence[str]) -> EqualRows:
    """Find the rows that equal another in all columns, which come with those first that rule most rows out."""
    numbers = [name for name in columns if not pa.types.is_string(file.schema_arrow.field(name).type)]
    first = max(len(numbers), 1)
    names = [*numbers, *(name for name in columns if name not in numbers)]
    places = rows_sharing(file, names[:first]) if names and file.metadata.num_rows else np.empty(0, np.int64)
    while len(places) > MANY and first < len(names):
        first += 1
        places = rows_sharing(file, names[:first])
    codes = np.zeros(len(places), np.uint64)
    for at_once in (names[:first], *([name] for name in names[first:])):
        if not len(places):
            break
        codes = combine_codes([codes, codes_at(file, at_once, places)], [None, None])
        order = np.argsort(codes, kind="stable")
        again = codes[order][1:] == codes[order][:-1]
        shared = np.sort(order[np.concatenate((again, [False])) | np.concatenate(([False], again))])
        places, codes = places[shared], codes[shared]
    order = np.argsort(codes, kind="stable")
    places, codes = places[order], codes[order]
    repeats = np.flatnonzero(codes[1:] == codes[:-1]) + 1
    by_place = np.argsort(places[repeats])
    return EqualRows(places[repeats][by_place], places[repeats - 1][by_place])


def rows_sharing(file: pq.ParquetFile, columns: Sequence[str]) -> Ints:
    """Return the positions of all rows whose values in some columns another row has too, and hardly ever others."""
    with closing(KeyLog()) as log:
        start = 0
        for batch in file.iter_batches(BATCH, columns=list(columns)):
            log.add(_row_codes(batch, columns), np.arange(start, start + batch.num_rows))
            start += batch.num_rows
        return log.shared()


def codes_at(file: pq.ParquetFile, columns: Sequence[str], places: Ints) -> Codes:
    """Return the codes of the values of some columns in the rows at some ascending positions."""
    found = [np.empty(0, np.uint64)]
    for rows in _rows_at(file, columns, places):
        found.append(_row_codes(rows, columns))
    return np.concatenate(found)


def codes_of_all(file: pq.ParquetFile, columns: Sequence[str]) -> Codes:
    """Return the codes of the values of some columns in all rows."""
    parts = [_row_codes(batch, columns) for batch in file.iter_batches(BATCH, columns=list(columns))]
    return np.concatenate([np.empty(0, np.uint64), *parts])


def texts_at(file: pq.ParquetFile, column: str, places: Ints) -> pa.Array:
    """Return the cells of a column of texts in the rows at some ascending positions."""
    parts = [rows.column(0).cast(pa.string()) for rows in _rows_at(file, [column], places)]
    return pa.concat_arrays(parts) if parts else pa.array([], pa.string())


def _rows_at(file: pq.ParquetFile, columns: Sequence[str], places: Ints) -> Iterator[pa.RecordBatch]:
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)]
    bounds = np.array([0, *accumulate(sizes)])
    due = np.flatnonzero(np.diff(np.searchsorted(places, bounds)))
    for group in due.tolist():
        start = int(bounds[group])
        # a file that others wrote may have all its rows in one group
        for batch in file.iter_batches(BATCH, row_groups=[group], columns=list(columns)):
            first, last = np.searchsorted(places, (start, start + batch.num_rows))
            if last > first:
                yield batch.take(to_arrow(places[first:last] - start))
            start += batch.num_rows


def _row_codes(batch: pa.RecordBatch, columns: Sequence[str]) -> Codes:
    cells = [batch.column(name) for name in columns]
    return combine_codes([_codes(column) for column in cells], [null_mask(column) for column in cells])


def _codes(cells: pa.Array) -> Codes:
    """Return a number for each value: the same for the same values, and hardly ever for others."""
    if pa.types.is_string(cells.type):
        texts = pc.fill_null(cells, "")
        codes = text_codes(texts)
        long = np.flatnonzero(np.diff(text_offsets(texts)) > LONGEST_TEXT)
        if len(long):
            # of these only the beginning is in their code
            hashes = [hashlib.sha256(text.encode()).digest()[:8] for text in texts.take(to_arrow(long)).to_pylist()]
            codes[long] = np.frombuffer(b"".join(hashes), np.uint64)
        return codes
    if pa.types.is_decimal128(cells.type):
        # the bits of a value are exact; of a decimal they are two numbers
        bits = np.frombuffer(cells.buffers()[1], np.uint64)[cells.offset * 2 : (cells.offset + len(cells)) * 2]
        return bits[::2] + bits[1::2] * np.uint64(3)
    if pa.types.is_floating(cells.type):
        floats: Codes = pc.fill_null(cells, 0.0).to_numpy(zero_copy_only=False).view(np.uint64)
        return floats
    return value_codes(cells)
