"""Parquet with the types of the Table Schema and its descriptions in the metadata."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from packages.formats.hashed import HashedFile
from packages.model import StagedFile

MEDIA_TYPE = "application/vnd.apache.parquet"

GROUP_ROWS = 131_072
GROUP_BYTES = 64 * 1024 * 1024
"""A row group is written as soon as it has this many rows, or bytes in memory: what comes first bounds the memory."""


class ParquetWriter:
    """Writes typed record batches; the same batches give the same bytes."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = HashedFile(path)
        self._schema = _nullable(schema)
        self._writer = pq.ParquetWriter(self._file, self._schema, compression="zstd", write_page_index=True)
        self._waiting: list[pa.RecordBatch] = []

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._waiting.append(pa.RecordBatch.from_arrays(batch.columns, schema=self._schema))
        rows = sum(waiting.num_rows for waiting in self._waiting)
        if rows >= GROUP_ROWS or sum(waiting.nbytes for waiting in self._waiting) >= GROUP_BYTES:
            self._write_group()

    def close(self) -> StagedFile:
        """Finish the file."""
        self._write_group()
        self._writer.close()
        self._file.close()
        return self._file.staged(MEDIA_TYPE)

    def _write_group(self) -> None:
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._waiting = []
        if table.num_rows:
            self._writer.write_table(table.combine_chunks(), row_group_size=table.num_rows)


def _nullable(schema: pa.Schema) -> pa.Schema:
    # a draft with a missing required cell is written too, so that the other checks can look at it; whether a field is
    # required stands in its metadata
    return pa.schema([field.with_nullable(True) for field in schema], metadata=schema.metadata)
