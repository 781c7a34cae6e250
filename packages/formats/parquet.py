"""Parquet with the types of the Table Schema and its descriptions in the metadata."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.formats.hashed import HashedFile
from packages.model import StagedFile

MEDIA_TYPE = "application/vnd.apache.parquet"

GROUP_ROWS = 65_536
GROUP_BYTES = 32 * 1024 * 1024
"""A row group is written as soon as it has this many rows, or bytes in memory: what comes first bounds the memory."""

STEP = 8_192
"""Where the bytes come first, a group has a multiple of so many rows."""

SAMPLE_ROWS = 32_768
"""So many first rows show in which columns the values repeat."""


class ParquetWriter:
    """Writes typed record batches; the same rows give the same bytes, but for tables of very wide rows."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = HashedFile(path)
        self._schema = _nullable(schema)
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[list[pa.Array]] = [[] for _ in self._schema]
        self._rows = self._bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        for column, waiting in zip(batch.columns, self._waiting, strict=True):
            waiting.append(column)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        while self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._write_group(self._whole)

    def close(self) -> StagedFile:
        """Finish the file."""
        self._write_group(self._rows).close()
        self._file.close()
        return self._file.staged(MEDIA_TYPE)

    @property
    def _whole(self) -> int:
        """How many of the waiting rows make a group: a round number, unless few of them are so large already."""
        return min(GROUP_ROWS, self._rows // STEP * STEP or self._rows)

    def _write_group(self, rows: int) -> pq.ParquetWriter:
        # groups of round numbers of rows, each in one piece: the bytes follow from the rows alone, however these came,
        # so that a column that is as it was has the bytes that it had
        columns = [_taken(*pair, rows) for pair in zip(self._waiting, self._schema.types, strict=True)]
        group = pa.Table.from_arrays(columns, schema=self._schema)
        self._rows -= rows
        self._bytes = sum(part.nbytes for waiting in self._waiting for part in waiting)
        self._writer = self._writer or _writer(self._file, group)
        if rows:
            self._writer.write_table(group, row_group_size=rows)
        return self._writer


def _taken(waiting: list[pa.Array], kind: pa.DataType, rows: int) -> pa.Array:
    """The first rows of a column in one piece; they wait no longer, so no more than one column is there twice."""
    column = pa.chunked_array(waiting, kind)
    waiting[:] = column.slice(rows).chunks
    return pa.concat_arrays(column.slice(0, rows).chunks or [pa.array([], kind)])


def same_columns(one: Path, other: Path) -> frozenset[str]:
    """The columns that hold the same in the same rows of two Parquet files, as far as their bytes show.

    A column that is missing here may be the same all the same: written by another version, or in other row groups.
    """
    ours, theirs = pq.read_metadata(one), pq.read_metadata(other)
    if _rows_of_groups(ours) != _rows_of_groups(theirs):
        return frozenset()
    names = set(ours.schema.names) & set(theirs.schema.names)
    with one.open("rb") as here, other.open("rb") as there:
        pairs = {name: zip(_chunks(here, ours, name), _chunks(there, theirs, name), strict=True) for name in names}
        return frozenset(name for name, chunks in pairs.items() if all(left == right for left, right in chunks))


def _rows_of_groups(metadata: pq.FileMetaData) -> list[int]:
    return [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]


def _chunks(file: BinaryIO, metadata: pq.FileMetaData, name: str) -> Iterator[bytes]:
    """The bytes of a column in each row group."""
    place = metadata.schema.names.index(name)
    for group in range(metadata.num_row_groups):
        chunk = metadata.row_group(group).column(place)
        file.seek(chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset)
        yield file.read(chunk.total_compressed_size)


def _writer(file: HashedFile, first: pa.Table) -> pq.ParquetWriter:
    # a dictionary of values that do not repeat costs three times as much as the values, and more space; the smallest
    # and the largest text of a group help nobody to skip it
    return pq.ParquetWriter(
        file,
        first.schema,
        compression="zstd",
        write_page_index=True,
        use_dictionary=[name for name in first.column_names if _repeats(first.column(name).slice(0, SAMPLE_ROWS))],
        write_statistics=[field.name for field in first.schema if not pa.types.is_string(field.type)],
    )


def _repeats(values: pa.ChunkedArray) -> bool:
    """Whether each value comes twice or more, on average."""
    return bool(2 * pc.count_distinct(values).as_py() <= len(values) - values.null_count)


def _nullable(schema: pa.Schema) -> pa.Schema:
    # a draft with a missing required cell is written too, so that the other checks can look at it; whether a field is
    # required stands in its metadata
    return pa.schema([field.with_nullable(True) for field in schema], metadata=schema.metadata)
