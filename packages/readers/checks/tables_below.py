"""Find another table below the first: a row of words after a blank row, where numbers were above."""

from __future__ import annotations

import re

import numpy as np

from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Where

MOST = 1_000
"""Rows after blank rows that are inspected; a file with more has its blank rows for another reason."""

_NUMBER = re.compile(r"\d")


class TablesBelow:
    """Inspects, during one pass, the rows after a gap in the row numbers: blank rows were dropped there."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._count = 0
        self._inspected = 0
        self._last = 0
        self._above: dict[str, str] = {}

    def inspect(self, batch: Batch) -> None:
        """Inspect a batch of rows."""
        numbers = batch.numbers.to_numpy(zero_copy_only=False)
        before = np.concatenate([[self._last], numbers[:-1]])
        for place in np.flatnonzero(numbers > before + 1)[: MOST - self._inspected].tolist():
            self._inspected += 1
            row = _cells(batch, place)
            above = _cells(batch, place - 1) if place else self._above
            # several texts without a digit, of which at least one stands where a number was above it
            are_words = len(row) > 1 and not any(_NUMBER.search(text) for text in row.values())
            if are_words and any(column in above and _NUMBER.search(above[column]) for column in row):
                self._count += 1
                self._rows = [*self._rows, int(numbers[place])][:ROWS_SHOWN]
        self._last = int(numbers[-1])
        self._above = _cells(batch, len(numbers) - 1)

    def report(self, log: ChangeLog, sheet: str) -> None:
        """Write the finding into the log, when all rows have passed."""
        if self._count:
            log.find(finding("tables-below", Where(sheet=sheet, rows=tuple(self._rows), count=self._count)))


def _cells(batch: Batch, place: int) -> dict[str, str]:
    row = batch.cells.slice(place, 1).to_pylist()[0]
    return {column: text.strip() for column, text in row.items() if text and text.strip()}
