"""Drop blank rows from a pass, count odd ones, and join the checks that every kind of file goes through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import HANDFUL, Mask, Places, maybe_padded, to_arrow
from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Where
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.edges import EdgeRows
from packages.readers.checks.garbled import GarbledText
from packages.readers.checks.tables_below import TablesBelow
from packages.refusal import refusal

FEW = 0.005
"""Share of rows below which copying what lies between them is five times faster than a mask."""


class RowTally:
    """Counts rows by rule during one pass, and keeps the first row numbers of each.

    `swallowing` are the numbers of all uneven rows of which a cell holds other rows.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.swallowing: set[int] = set()
        self._counts: dict[str, int] = {}
        self._first: dict[str, tuple[int, ...]] = {}

    def note(self, rule: str, number: int, count: int = 1) -> None:
        """Count `count` rows for a rule; `number` is the first of them."""
        self._counts[rule] = self._counts.get(rule, 0) + count
        self._first[rule] = tuple(sorted((*self._first.get(rule, ()), number)))[:ROWS_SHOWN]

    def forget(self, rule: str, numbers: Collection[int]) -> None:
        """Take back what was counted for rows of which something else is said."""
        # rows at the edges of a damaged file may be short without having been counted
        if numbers and rule in self._counts:
            self._counts[rule] = max(0, self._counts[rule] - len(numbers))
            self._first[rule] = tuple(number for number in self._first[rule] if number not in numbers)

    def absorb(self, later: RowTally) -> None:
        """Add what was counted in the rows that follow."""
        self.rows += later.rows
        self.swallowing |= later.swallowing
        for rule, count in later._counts.items():
            self._counts[rule] = self._counts.get(rule, 0) + count
            self._first[rule] = tuple(sorted((*self._first.get(rule, ()), *later._first[rule])))[:ROWS_SHOWN]

    def report(self, log: ChangeLog, sheet: str) -> None:
        """Write one finding for each rule into the log."""
        for rule, count in self._counts.items():
            if not count:
                continue
            # blank rows are no share of the table: they are not among its rows
            of = 0 if rule == "blank-rows" else self.rows
            log.find(finding(rule, Where(sheet=sheet, rows=self._first[rule], count=count, of=of)))


class RowChecks:
    """All that is looked for in the rows of one pass, whatever kind of file they come from.

    `tally` counts odd rows, `damage` inspects the rows that are kept, `edges` takes out what stands around the records.
    """

    def __init__(self, tally: RowTally, damage: DamageCheck, edges: EdgeRows) -> None:
        self._tally = tally
        self._damage = damage
        self._edges = edges
        self._tables_below, self._garbled = TablesBelow(), GarbledText()

    def kept(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield batches without blank rows and rows at the edges, garbled text mended."""
        without_blank = (without_blank_rows(batch, self._tally) for batch in batches)
        for kept in self._edges.without(batch for batch in without_blank if batch.cells.num_rows):
            # every row at the end of the table may have been a note
            if not kept.cells.num_rows:
                continue
            self._tally.rows += kept.cells.num_rows
            kept = self._garbled.mend(kept)
            self._tables_below.inspect(kept)
            self._damage.inspect(kept)
            yield kept

    def absorb(self, later: RowChecks) -> None:
        """Add what was seen in the rows that follow."""
        self._tally.absorb(later._tally)
        self._damage.absorb(later._damage)
        self._edges.absorb(later._edges)
        self._tables_below.absorb(later._tables_below)
        self._garbled.absorb(later._garbled)

    def report(self, log: ChangeLog, sheet: str) -> None:
        """Write the findings into the log, when all rows have passed; FileProblem when none is left."""
        if not self._tally.rows:
            raise refusal("no-rows", Where(sheet=sheet))
        self._tally.forget("row-too-short", self._edges.short)
        self._tally.report(log, sheet)
        self._edges.report(log, sheet)
        self._garbled.report(log, sheet, self._tally.rows)
        self._damage.report(log, sheet, self._tally.rows)
        self._tables_below.report(log, sheet)


def without_blank_rows(batch: Batch, tally: RowTally) -> Batch:
    """Return a batch without rows of which every cell is empty or space, and count these."""
    cells = batch.cells
    if not cells.num_columns:
        return batch
    # the first column mostly rules all rows out, and the others are looked at only where it did not
    blank: Places = np.flatnonzero(maybe_padded(cells.column(0)))
    for column in cells.columns:
        if not len(blank):
            return batch
        blank = blank[_are_blank(column.take(to_arrow(blank)))]
    if not len(blank):
        return batch
    for number in batch.numbers.take(to_arrow(blank[:ROWS_SHOWN])).to_pylist():
        tally.note("blank-rows", number)
    if len(blank) > ROWS_SHOWN:
        tally.note("blank-rows", batch.numbers[int(blank[ROWS_SHOWN])].as_py(), len(blank) - ROWS_SHOWN)
    if len(blank) < FEW * batch.cells.num_rows:
        between = pairwise([-1, *blank.tolist(), batch.cells.num_rows])
        pieces = [batch.cells.slice(before + 1, after - before - 1) for before, after in between]
        numbers = np.delete(batch.numbers.to_numpy(zero_copy_only=False), blank)
        return Batch(pa.concat_batches(pieces), to_arrow(numbers))
    kept = np.ones(batch.cells.num_rows, bool)
    kept[blank] = False
    return Batch(batch.cells.filter(to_arrow(kept)), batch.numbers.filter(to_arrow(kept)))


def _are_blank(cells: pa.Array) -> Mask:
    if len(cells) <= HANDFUL:
        return np.array([not (text and text.strip()) for text in cells.to_pylist()], bool)
    blank = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(cells)), 0)
    mask: Mask = pc.fill_null(blank, True).to_numpy(zero_copy_only=False)
    return mask
