"""Parquet with the types of the Table Schema and its descriptions in the metadata."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.arrow_bytes import text_offsets
from packages.formats.hashed import HashedFile
from packages.model import StagedFile

MEDIA_TYPE = "application/vnd.apache.parquet"

GROUP_ROWS = 65_536
GROUP_BYTES = 32 * 1024 * 1024
"""A row group is written as soon as it has this many rows, or bytes in memory, which bounds the memory needed."""

STEP = 8_192
"""A group that is ended by its bytes has a multiple of this many rows."""

SAMPLE_ROWS = 32_768
"""First rows that decide in which columns the values repeat."""


class ParquetWriter:
    """Writes typed record batches; the same rows give the same bytes, except in tables of very wide rows."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = HashedFile(path)
        # a draft with a missing required cell is written too, so that the other checks can look at it; whether a
        # field is required is in its metadata
        self._schema = pa.schema([field.with_nullable(True) for field in schema], metadata=schema.metadata)
        self._writer: pq.ParquetWriter | None = None
        # per column, the parts of rows that are not yet a row group
        self._waiting: list[list[pa.Array]] = [[] for _ in self._schema]
        self._rows = self._bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows of a batch; full row groups are written at once."""
        for column, waiting in zip(batch.columns, self._waiting, strict=True):
            waiting.append(column)
        self._rows += batch.num_rows
        self._bytes += sum(map(_bytes_of, batch.columns))
        while self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            # a round number of rows, unless even the smallest one has too many bytes
            self._write_group(min(GROUP_ROWS, self._rows // STEP * STEP or self._rows))

    def close(self) -> StagedFile:
        """Write the last row group, close the file and return its name, digest and size."""
        self._write_group(self._rows).close()
        self._file.close()
        return self._file.staged(MEDIA_TYPE)

    def _write_group(self, rows: int) -> pq.ParquetWriter:
        # groups of round numbers of rows, each in one piece: the bytes follow from the rows alone, in whatever batches
        # they came, so that an unchanged column has unchanged bytes
        columns = [_take_first(*pair, rows) for pair in zip(self._waiting, self._schema.types, strict=True)]
        group = pa.Table.from_arrays(columns, schema=self._schema)
        self._rows -= rows
        self._bytes = sum(_bytes_of(part) for waiting in self._waiting for part in waiting)
        if self._writer is None:
            # a dictionary of values that do not repeat costs three times the time of the values, and more space
            repeating = []
            for name in group.column_names:
                values = group.column(name).slice(0, SAMPLE_ROWS)
                # twice or more each, on average
                if 2 * pc.count_distinct(values).as_py() <= len(values) - values.null_count:
                    repeating.append(name)
            self._writer = pq.ParquetWriter(
                self._file,
                group.schema,
                compression="zstd",
                write_page_index=True,
                use_dictionary=repeating,
                # the smallest and the largest text of a group help no reader to skip it
                write_statistics=[field.name for field in group.schema if not pa.types.is_string(field.type)],
            )
        if rows:
            self._writer.write_table(group, row_group_size=rows)
        return self._writer


def _bytes_of(column: pa.Array) -> int:
    """Return the bytes of a column in memory, as they follow from its values alone: text, or values of one width."""
    # Arrow's own count depends on how the values were made or read: with a map of nulls though there are none, cut off
    rows = len(column)
    nulls = -(-rows // 8) if column.null_count else 0
    if pa.types.is_string(column.type):
        bounds = text_offsets(column)
        return nulls + 4 * (rows + 1) + int(bounds[-1] - bounds[0])
    return nulls + -(-rows * int(column.type.bit_width) // 8)


def _take_first(waiting: list[pa.Array], arrow_type: pa.DataType, rows: int) -> pa.Array:
    """Remove the first rows from the waiting parts of a column and return them in one piece.

    Called column by column, so that no more than one column is in memory twice.
    """
    column = pa.chunked_array(waiting, arrow_type)
    waiting[:] = column.slice(rows).chunks
    return pa.concat_arrays(column.slice(0, rows).chunks or [pa.array([], arrow_type)])


def same_columns(first: Path, second: Path) -> frozenset[str]:
    """Return the columns that hold the same cells in the same rows of two Parquet files, judged by their bytes.

    A column that is not returned may be equal all the same: written by another version, or in other row groups.
    """
    first_metadata, second_metadata = pq.read_metadata(first), pq.read_metadata(second)
    if _group_rows(first_metadata) != _group_rows(second_metadata):
        return frozenset()
    names = set(first_metadata.schema.names) & set(second_metadata.schema.names)
    with first.open("rb") as first_file, second.open("rb") as second_file:
        pairs = {
            name: zip(
                _column_chunks(first_file, first_metadata, name),
                _column_chunks(second_file, second_metadata, name),
                strict=True,
            )
            for name in names
        }
        return frozenset(name for name, chunks in pairs.items() if all(left == right for left, right in chunks))


def _group_rows(metadata: pq.FileMetaData) -> list[int]:
    return [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]


def _column_chunks(file: BinaryIO, metadata: pq.FileMetaData, name: str) -> Iterator[bytes]:
    """Yield the bytes of a column in each row group."""
    position = metadata.schema.names.index(name)
    for group in range(metadata.num_row_groups):
        chunk = metadata.row_group(group).column(position)
        # a chunk begins with its dictionary, when it has one
        file.seek(chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset)
        yield file.read(chunk.total_compressed_size)
