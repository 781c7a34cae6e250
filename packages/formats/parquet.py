"""Parquet with the types of the Table Schema and its descriptions in the metadata."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.formats.hashed import HashedFile
from packages.model import StagedFile

MEDIA_TYPE = "application/vnd.apache.parquet"

GROUP_ROWS = 131_072
GROUP_BYTES = 32 * 1024 * 1024
"""A row group is written as soon as it has this many rows, or bytes in memory: what comes first bounds the memory."""

SAMPLE_ROWS = 32_768
"""So many first rows show in which columns the values repeat."""


class ParquetWriter:
    """Writes typed record batches; the same batches give the same bytes."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = HashedFile(path)
        self._schema = _nullable(schema)
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._waiting.append(pa.RecordBatch.from_arrays(batch.columns, schema=self._schema))
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._write_group()

    def close(self) -> StagedFile:
        """Finish the file."""
        self._write_group().close()
        self._file.close()
        return self._file.staged(MEDIA_TYPE)

    def _write_group(self) -> pq.ParquetWriter:
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._waiting, self._rows, self._bytes = [], 0, 0
        self._writer = self._writer or _writer(self._file, table)
        if table.num_rows:
            self._writer.write_table(table, row_group_size=table.num_rows)
        return self._writer


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
