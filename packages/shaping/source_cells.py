"""The cells of a field before any rule: one column of the file, a part of one, several joined, or a constant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import ROWS_KEPT, Batch, ChangeLog, Finding, Where
from packages.shaping.cells import log_changes
from packages.shaping.layout import Arrangement, CellSource
from packages.shaping.texts import blank_word
from packages.spec import SplitSpec


def source_cells(source: CellSource, batch: Batch, log: ChangeLog) -> pa.Array:
    """Return the field's cells in a batch of the file; all empty when the file has nothing for it."""
    if source.separator is not None:
        return _joined_cells(source, source.separator, batch, log)
    if source.split:
        cells, split = batch.cells.column(source.columns[0]), source.split
        # each distinct text is split once, in Python
        encoded = cells.dictionary_encode()
        parts = pa.array([split_part(text, split) for text in encoded.dictionary.to_pylist()], pa.string())
        part = parts.take(encoded.indices)
        is_changed = pc.fill_null(pc.not_equal(cells, part), False)
        log_changes(log, "split", source.field.name, batch.numbers.filter(is_changed))
        # a null part stands for a cell that is left whole
        return pc.coalesce(part, cells)
    if source.columns:
        return batch.cells.column(source.columns[0])
    if source.constant:
        log_changes(log, "constant", source.field.name, batch.numbers)
    return pa.repeat(pa.scalar(source.constant, pa.string()), batch.cells.num_rows)


def _joined_cells(source: CellSource, separator: str, batch: Batch, log: ChangeLog) -> pa.Array:
    to_blank = blank_word(source.rule.blank)

    def part(column: str) -> pa.Array:
        """Trimmed cells, empty where the cell is empty or holds a word for nothing."""
        encoded = pc.utf8_trim_whitespace(pc.fill_null(batch.cells.column(column), "")).dictionary_encode()
        texts = [to_blank(text) for text in encoded.dictionary.to_pylist()]
        return pa.array(texts, pa.string()).take(encoded.indices)

    def join(first: pa.Array, second: pa.Array) -> pa.Array:
        # Arrow can skip nulls in a join by itself, but returns no rows at all when every cell is null
        between = pc.if_else(pc.or_(pc.equal(first, ""), pc.equal(second, "")), "", separator)
        return pc.binary_join_element_wise(first, between, second, "")

    joined = reduce(join, map(part, source.columns))
    log_changes(log, "join", source.field.name, batch.numbers.filter(pc.not_equal(joined, "")))
    return joined


def split_part(text: str, split: SplitSpec) -> str | None:
    """Return the wanted part of a text; None when it has another number of parts and is left whole."""
    # an empty cell splits into empty parts: it is no mistake of the publisher
    parts = text.strip().strip(split.strip).split(split.at) if text.strip() else [""] * split.of
    return parts[split.part - 1].strip().strip(split.strip) if len(parts) == split.of else None


class SplitCheck:
    """Records, during one pass, the cells that should have been split and are left whole."""

    def __init__(self, sources: Iterable[CellSource]) -> None:
        self._splits = [(source, source.split) for source in sources if source.split]
        self._rows: dict[str, list[int]] = {}

    def watch(self, batch: Batch) -> None:
        """Record the rows of a batch of the file in which a cell has another number of parts."""
        for source, split in self._splits:
            encoded = pc.fill_null(batch.cells.column(source.columns[0]), "").dictionary_encode()
            is_whole = pa.array(
                [split_part(text, split) is None for text in encoded.dictionary.to_pylist()], pa.bool_()
            )
            self._rows.setdefault(source.field.name, []).extend(
                batch.numbers.filter(is_whole.take(encoded.indices)).to_pylist()
            )

    def absorb(self, later: SplitCheck) -> None:
        """Add what was recorded of the rows that follow."""
        for name, rows in later._rows.items():
            self._rows.setdefault(name, []).extend(rows)

    def findings(self, arrangement: Arrangement, resource: str) -> Iterator[Finding]:
        """Yield a finding for each field with cells left whole, when all rows have passed."""
        for source, split in self._splits:
            if rows := self._rows.get(source.field.name):
                heading = arrangement.heading(source)
                where = Where(resource, source.field.name, heading, rows=tuple(rows[:ROWS_KEPT]), count=len(rows))
                yield finding("split-uneven", where, parts=split.of)
