"""Another table below the first: a row of words after a blank row, where numbers stood above."""

from __future__ import annotations

import re

import numpy as np

from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Where

MOST = 1_000
"""So many rows after blank rows are looked at; a file with more has its blank rows for another reason."""

_NUMBER = re.compile(r"\d")


class TablesBelow:
    """Looks, during one pass, at the rows whose number says that blank ones before them were left out."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._count = 0
        self._looked = 0
        self._last = 0
        self._above: dict[str, str] = {}

    def look_at(self, batch: Batch) -> None:
        """Take the rows of a batch into account."""
        numbers = batch.numbers.to_numpy(zero_copy_only=False)
        before = np.concatenate([[self._last], numbers[:-1]])
        for place in np.flatnonzero(numbers > before + 1)[: MOST - self._looked].tolist():
            self._looked += 1
            row = _cells(batch, place)
            if _are_words(row) and _names_numbers(row, _cells(batch, place - 1) if place else self._above):
                self._count += 1
                self._rows = [*self._rows, int(numbers[place])][:ROWS_SHOWN]
        self._last = int(numbers[-1])
        self._above = _cells(batch, len(numbers) - 1)

    def tell(self, log: ChangeLog, sheet: str) -> None:
        """Say what was found when all rows have passed."""
        if self._count:
            log.find(finding("tables-below", Where(sheet=sheet, rows=tuple(self._rows), count=self._count)))


def _cells(batch: Batch, place: int) -> dict[str, str]:
    row = batch.cells.slice(place, 1).to_pylist()[0]
    return {column: text.strip() for column, text in row.items() if text and text.strip()}


def _are_words(row: dict[str, str]) -> bool:
    """Several texts, none with a number."""
    return len(row) > 1 and not any(_NUMBER.search(text) for text in row.values())


def _names_numbers(row: dict[str, str], above: dict[str, str]) -> bool:
    """Whether a text stands in a column that held a number above."""
    return any(column in above and _NUMBER.search(above[column]) for column in row)
