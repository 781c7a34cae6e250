"""The cells of a field before any rule: one column of the file, several joined, or a constant."""

from __future__ import annotations

from functools import partial, reduce

import pyarrow as pa
import pyarrow.compute as pc

from packages.model import Batch, Log
from packages.shaping.cells import count
from packages.shaping.layout import Source
from packages.shaping.texts import blanked


def taken(source: Source, batch: Batch, log: Log) -> pa.Array:
    """The field's cells in a batch of the file; all empty when the file has nothing for it."""
    if source.separator is not None:
        return _joined(source, batch, log)
    if source.columns:
        return batch.cells.column(source.columns[0])
    if source.constant:
        count(log, "constant", source.field.name, batch.numbers)
    return pa.repeat(pa.scalar(source.constant, pa.string()), batch.cells.num_rows)


def _joined(source: Source, batch: Batch, log: Log) -> pa.Array:
    parts = [_part(source, batch.cells.column(column)) for column in source.columns]
    joined = reduce(partial(_both, separator=source.separator or ""), parts)
    count(log, "join", source.field.name, batch.numbers.filter(pc.not_equal(joined, "")))
    return joined


def _part(source: Source, cells: pa.Array) -> pa.Array:
    """Trimmed, and empty where there is nothing or a word for nothing."""
    encoded = pc.utf8_trim_whitespace(pc.fill_null(cells, "")).dictionary_encode()
    change = blanked(source.rule.blank)
    return pa.array([change(text) for text in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def _both(first: pa.Array, second: pa.Array, separator: str) -> pa.Array:
    """Two parts in one, the separator only where both hold something."""
    # Arrow can skip nulls in a join by itself, but returns no rows at all when every cell is null
    between = pc.if_else(pc.or_(pc.equal(first, ""), pc.equal(second, "")), "", separator)
    return pc.binary_join_element_wise(first, between, second, "")
