"""CSV as RFC 4180 says: UTF-8 without a byte-order mark, one header, CRLF, quotes only where they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import cells_containing, replace_cells, to_arrow
from packages.formats.arrow import as_text
from packages.formats.hashed import HashedFile
from packages.model import StagedFile

MEDIA_TYPE = "text/csv"

DIALECT = {
    "delimiter": ",",
    "lineTerminator": "\r\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "header": True,
}
"""In the words of the Data Package standard. A reader that is not told guesses from the cells, now and then wrongly."""

SPECIAL = b'",\r\n'
"""A cell that holds one of these is put between quotes."""

LINE_END = "\r\n"


class CsvWriter:
    """Writes typed record batches, in the order they come, as canonical text."""

    # pyarrow's own CSV writer puts quotes round every text, which makes files 7 to 10 % larger and differences between
    # releases harder to read. Joining the columns here takes about the same time. Lines end as RFC 4180 has it: every
    # reader takes CRLF, and a validator that goes by the book takes nothing else.

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._file = HashedFile(path)
        header = pa.RecordBatch.from_arrays([pa.array([name]) for name in columns], names=list(columns))
        self.write(header)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self.write_lines(lines_of(batch))

    def write_lines(self, lines: pa.Buffer) -> None:
        """Add rows that `lines_of` has put into their form."""
        self._file.write(lines)

    def close(self) -> StagedFile:
        """Finish the file."""
        self._file.close()
        return self._file.staged(MEDIA_TYPE)


def lines_of(batch: pa.RecordBatch, known: Sequence[pa.Array | None] = ()) -> pa.Buffer:
    """The lines of rows as they stand in the file.

    `known` holds what `cells_of` would give, for columns where somebody knows it already.
    """
    if not batch.num_rows:
        return pa.py_buffer(b"")
    pairs = zip(batch.columns, known or [None] * batch.num_columns, strict=True)
    return _bytes(_lines([cells_of(column) if own is None else own for column, own in pairs]))


def cells_of(column: pa.Array) -> pa.Array:
    """The cells of a typed column as they stand in the file; only texts can hold what needs quotes."""
    return _quoted(as_text(column)) if pa.types.is_string(column.type) else as_text(column)


def need_quotes(texts: pa.Array) -> bool:
    """Whether there is a text that has to be put between quotes."""
    return cells_containing(texts, SPECIAL) is not None


def _lines(cells: list[pa.Array]) -> pa.Array:
    if len(cells) == 1:
        # an empty line is no row to most readers, an empty cell in quotes is
        cells = [pc.if_else(pc.equal(cells[0], ""), '""', cells[0])]
    ended = pc.binary_join_element_wise(cells[-1], LINE_END, "")
    return pc.binary_join_element_wise(*cells[:-1], ended, ",") if len(cells) > 1 else ended


def _bytes(lines: pa.Array) -> pa.Buffer:
    """The lines lie one after the other in Arrow's memory: that is the file."""
    _, offsets, data = lines.buffers()
    ends = memoryview(offsets).cast("i")
    first, last = ends[lines.offset], ends[lines.offset + len(lines)]
    return data.slice(first, last - first)


def _quoted(cells: pa.Array) -> pa.Array:
    found = cells_containing(cells, SPECIAL)
    if found is None:
        return cells
    places = np.flatnonzero(found)
    texts = cells.take(to_arrow(places))
    if cells_containing(texts, b'"') is not None:
        texts = pc.replace_substring(texts, '"', '""')
    return replace_cells(cells, places, pc.binary_join_element_wise('"', texts, '"', ""))
