"""What both readers do to their rows: leave blank ones out, count what is odd, and say so when all have passed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import HANDFUL, Mask, Places, maybe_padded, to_arrow
from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Where
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.tables_below import TablesBelow
from packages.refusal import refusal

FEW = 0.005
"""So small a share of rows is left out five times faster by copying what lies between them than by a mask."""


class RowTally:
    """Counts rows by rule during one pass; remembers the first few row numbers of each."""

    def __init__(self) -> None:
        self.rows = 0
        self._counts: dict[str, int] = {}
        self._first: dict[str, tuple[int, ...]] = {}

    def note(self, rule: str, number: int, count: int = 1) -> None:
        """Count `count` rows for a rule; `number` is the first of them."""
        self._counts[rule] = self._counts.get(rule, 0) + count
        self._first[rule] = tuple(sorted((*self._first.get(rule, ()), number)))[:ROWS_SHOWN]

    def tell(self, log: ChangeLog, sheet: str) -> None:
        """Write one finding a rule into the log."""
        for rule, count in self._counts.items():
            of = 0 if rule == "blank-rows" else self.rows
            log.find(finding(rule, Where(sheet=sheet, rows=self._first[rule], count=count, of=of)))


def drop_blank_rows(
    batches: Iterator[Batch], tally: RowTally, log: ChangeLog, *, damage: DamageCheck, sheet: str = ""
) -> Iterator[Batch]:
    """Pass rows on without the blank ones; afterwards log what was counted. FileProblem when no row was left."""
    below = TablesBelow()
    for batch in batches:
        kept = _without_blank_rows(batch, tally)
        tally.rows += kept.cells.num_rows
        if kept.cells.num_rows:
            below.look_at(kept)
            damage.look_at(kept)
            yield kept
    if not tally.rows:
        raise refusal("no-rows", Where(sheet=sheet))
    tally.tell(log, sheet)
    damage.tell(log, sheet, tally.rows)
    below.tell(log, sheet)


def _without_blank_rows(batch: Batch, tally: RowTally) -> Batch:
    blank = _blank_rows(batch.cells)
    if not len(blank):
        return batch
    for number in batch.numbers.take(to_arrow(blank)).to_pylist():
        tally.note("blank-rows", number)
    if len(blank) < FEW * batch.cells.num_rows:
        return _without(blank, batch)
    kept = np.ones(batch.cells.num_rows, bool)
    kept[blank] = False
    return Batch(batch.cells.filter(to_arrow(kept)), batch.numbers.filter(to_arrow(kept)))


def _without(places: Places, batch: Batch) -> Batch:
    """A batch without a few of its rows: what lies between them is copied in one piece."""
    between = pairwise([-1, *places.tolist(), batch.cells.num_rows])
    pieces = [batch.cells.slice(before + 1, after - before - 1) for before, after in between]
    numbers = np.delete(batch.numbers.to_numpy(zero_copy_only=False), places)
    return Batch(pa.concat_batches(pieces), to_arrow(numbers))


def _blank_rows(cells: pa.RecordBatch) -> Places:
    """The places of the rows without any content, which the first column mostly rules out."""
    if not cells.num_columns:
        return np.empty(0, np.int64)
    left: Places = np.flatnonzero(maybe_padded(cells.column(0)))
    for column in cells.columns:
        if not len(left):
            break
        left = left[_are_blank(column.take(to_arrow(left)))]
    return left


def _are_blank(cells: pa.Array) -> Mask:
    if len(cells) <= HANDFUL:
        return np.array([not (text and text.strip()) for text in cells.to_pylist()], bool)
    blank = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(cells)), 0)
    mask: Mask = pc.fill_null(blank, True).to_numpy(zero_copy_only=False)
    return mask
