"""Find another table below the first: a row of words after a blank row, where numbers were above."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Where

MOST = 1_000
"""Rows after blank rows that are inspected; a file with more has its blank rows for another reason."""

_NUMBER = re.compile(r"\d")


class TablesBelow:
    """Inspects, during one pass, the rows after a gap in the row numbers: blank rows were dropped there."""

    def __init__(self) -> None:
        # for each row after blank rows, whether it begins a table
        self._inspected: list[tuple[int, bool]] = []
        self._first: _Row | None = None
        self._last = _Row(0, {})

    def inspect(self, batch: Batch) -> None:
        """Inspect a batch of rows."""
        numbers = batch.numbers.to_numpy(zero_copy_only=False)
        first = _Row(int(numbers[0]), _cells(batch, 0))
        if self._first is None:
            # what stands above the first rows of a part is known when it is joined with the one before
            self._first = first
        else:
            self._look_below(self._last, first)
        for place in (np.flatnonzero(np.diff(numbers) > 1) + 1)[: MOST - len(self._inspected)].tolist():
            self._look(_Row(int(numbers[place]), _cells(batch, place)), _cells(batch, place - 1))
        self._last = _Row(int(numbers[-1]), _cells(batch, len(numbers) - 1))

    def absorb(self, later: TablesBelow) -> None:
        """Add what was found in the rows that follow."""
        if later._first is None:
            return
        if self._first is None:
            self._first = later._first
        else:
            self._look_below(self._last, later._first)
        self._inspected = [*self._inspected, *later._inspected][:MOST]
        self._last = later._last

    def report(self, log: ChangeLog, sheet: str) -> None:
        """Write the finding into the log, when all rows have passed."""
        rows = tuple(number for number, is_table in self._inspected if is_table)
        if rows:
            log.find(finding("tables-below", Where(sheet=sheet, rows=rows[:ROWS_SHOWN], count=len(rows))))

    def _look_below(self, above: _Row, row: _Row) -> None:
        if row.number > above.number + 1:
            self._look(row, above.cells)

    def _look(self, row: _Row, above: Mapping[str, str]) -> None:
        if len(self._inspected) < MOST:
            # several texts without a digit, of which at least one stands where a number was above it
            are_words = len(row.cells) > 1 and not any(_NUMBER.search(text) for text in row.cells.values())
            is_table = are_words and any(c in above and _NUMBER.search(above[c]) for c in row.cells)
            self._inspected.append((row.number, bool(is_table)))


@dataclass(frozen=True, slots=True)
class _Row:
    """The number of a row, and its filled cells by column."""

    number: int
    cells: Mapping[str, str]


def _cells(batch: Batch, place: int) -> dict[str, str]:
    row = batch.cells.slice(place, 1).to_pylist()[0]
    return {column: text.strip() for column, text in row.items() if text and text.strip()}
