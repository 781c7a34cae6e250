"""The cells of a field before any rule: one column of the file, a part of one, several joined, or a constant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial, reduce

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Finding, Where
from packages.shaping.cells import log_changes
from packages.shaping.layout import Arrangement, CellSource
from packages.shaping.texts import blank_word
from packages.spec import SplitSpec


def source_cells(source: CellSource, batch: Batch, log: ChangeLog) -> pa.Array:
    """The field's cells in a batch of the file; all empty when the file has nothing for it."""
    if source.separator is not None:
        return _joined(source, batch, log)
    if source.split:
        return _split(source, source.split, batch, log)
    if source.columns:
        return batch.cells.column(source.columns[0])
    if source.constant:
        log_changes(log, "constant", source.field.name, batch.numbers)
    return pa.repeat(pa.scalar(source.constant, pa.string()), batch.cells.num_rows)


def _joined(source: CellSource, batch: Batch, log: ChangeLog) -> pa.Array:
    parts = [_part(source, batch.cells.column(column)) for column in source.columns]
    joined = reduce(partial(_both, separator=source.separator or ""), parts)
    log_changes(log, "join", source.field.name, batch.numbers.filter(pc.not_equal(joined, "")))
    return joined


def _split(source: CellSource, how: SplitSpec, batch: Batch, log: ChangeLog) -> pa.Array:
    cells = batch.cells.column(source.columns[0])
    encoded = cells.dictionary_encode()
    parts = pa.array([split_part(text, how) for text in encoded.dictionary.to_pylist()], pa.string())
    split = parts.take(encoded.indices)
    log_changes(log, "split", source.field.name, batch.numbers.filter(pc.fill_null(pc.not_equal(cells, split), False)))
    return pc.coalesce(split, cells)


def split_part(text: str, how: SplitSpec) -> str | None:
    """The part that is asked for; None when the text has not so many parts and is left whole."""
    parts = text.strip().strip(how.strip).split(how.at) if text.strip() else [""] * how.of
    return parts[how.part - 1].strip().strip(how.strip) if len(parts) == how.of else None


class SplitCheck:
    """Watches, during one pass, for cells that should have been split and are left whole."""

    def __init__(self, sources: Iterable[CellSource]) -> None:
        self._split = [(source, source.split) for source in sources if source.split]
        self._rows: dict[str, list[int]] = {}

    def watch(self, batch: Batch) -> None:
        """Note the rows of a batch of the file in which a cell has another number of parts."""
        for source, how in self._split:
            encoded = pc.fill_null(batch.cells.column(source.columns[0]), "").dictionary_encode()
            whole = pa.array([split_part(text, how) is None for text in encoded.dictionary.to_pylist()], pa.bool_())
            self._rows.setdefault(source.field.name, []).extend(
                batch.numbers.filter(whole.take(encoded.indices)).to_pylist()
            )

    def findings(self, arrangement: Arrangement, resource: str) -> Iterator[Finding]:
        """What is to be said when all rows have passed."""
        for source, how in self._split:
            if rows := self._rows.get(source.field.name):
                heading = arrangement.heading(source)
                where = Where(resource, source.field.name, heading, rows=tuple(rows[:ROWS_SHOWN]), count=len(rows))
                yield finding("split-uneven", where, parts=how.of)


def _part(source: CellSource, cells: pa.Array) -> pa.Array:
    """Trimmed, and empty where there is nothing or a word for nothing."""
    encoded = pc.utf8_trim_whitespace(pc.fill_null(cells, "")).dictionary_encode()
    change = blank_word(source.rule.blank)
    return pa.array([change(text) for text in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def _both(first: pa.Array, second: pa.Array, separator: str) -> pa.Array:
    """Two parts in one, the separator only where both hold something."""
    # Arrow can skip nulls in a join by itself, but returns no rows at all when every cell is null
    between = pc.if_else(pc.or_(pc.equal(first, ""), pc.equal(second, "")), "", separator)
    return pc.binary_join_element_wise(first, between, second, "")
