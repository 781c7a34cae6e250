"""Another table below the first: a row of words after a blank row, where numbers stood above."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, Log, Where

MOST = 1_000
"""So many rows after blank rows are looked at; a file with more has its blank rows for another reason."""

_NUMBER = re.compile(r"\d")


class TablesBelow:
    """Looks, during one pass, at the rows that come right after blank ones."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._count = 0
        self._looked = 0
        self._after_blank = False
        self._above: dict[str, str] = {}

    def look_at(self, batch: Batch, blank: pa.BooleanArray | None) -> None:
        """Take the rows of a batch into account; `blank` is a mask of those that hold nothing, None when none is."""
        if not batch.cells.num_rows:
            return
        if blank is None:
            if self._after_blank:
                self._look(batch, 0, above=-1)
            self._go_on(batch, batch.cells.num_rows - 1, after_blank=False)
            return
        filled = np.flatnonzero(~blank.to_numpy(zero_copy_only=False))
        above = np.concatenate([[-1], filled])[:-1]
        # the first row of a batch may follow a blank one of the batch before
        is_looked_at = (filled > above + 1) | (filled == 0)
        for before, place in zip(above[is_looked_at].tolist(), filled[is_looked_at].tolist(), strict=True):
            if place > before + 1 or self._after_blank:
                self._look(batch, place, before)
        last = int(filled[-1]) if len(filled) else -1
        self._go_on(batch, last, after_blank=last + 1 < batch.cells.num_rows)

    def tell(self, log: Log, sheet: str) -> None:
        """Say what was found when all rows have passed."""
        if self._count:
            log.find(finding("tables-below", Where(sheet=sheet, rows=tuple(self._rows), count=self._count)))

    def _look(self, batch: Batch, place: int, above: int) -> None:
        """Compare a row that comes after a blank one with the last row above (its place, -1 for one before)."""
        if self._looked >= MOST:
            return
        self._looked += 1
        row = _cells(batch, place)
        if _are_words(row) and _names_numbers(row, self._above if above < 0 else _cells(batch, above)):
            self._count += 1
            self._rows = [*self._rows, batch.numbers[place].as_py()][:ROWS_SHOWN]

    def _go_on(self, batch: Batch, place: int, *, after_blank: bool) -> None:
        """Remember the last row that holds something (its place, -1 for none), and whether a blank one follows."""
        if place >= 0:
            self._above = _cells(batch, place)
        self._after_blank = after_blank


def _cells(batch: Batch, place: int) -> dict[str, str]:
    row = batch.cells.slice(place, 1).to_pylist()[0]
    return {column: text.strip() for column, text in row.items() if text and text.strip()}


def _are_words(row: dict[str, str]) -> bool:
    """Several texts, none with a number."""
    return len(row) > 1 and not any(_NUMBER.search(text) for text in row.values())


def _names_numbers(row: dict[str, str], above: dict[str, str]) -> bool:
    """Whether a text stands in a column that held a number above."""
    return any(column in above and _NUMBER.search(above[column]) for column in row)
