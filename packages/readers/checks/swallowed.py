"""Find cells that swallowed rows: a stray quotation mark opens in one row and another closes in a later one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import cells_containing, to_arrow
from packages.messages import finding
from packages.model import ROWS_KEPT, Batch, ChangeLog, Where

SAMPLE = 300
"""Rows from which the kinds of the columns are learnt."""

ALWAYS, NEVER = 0.9, 0.1
"""Shares of filled cells with a digit from which a column is taken for one of numbers and dates, or of words."""

TELLING_WIDTH = 5
"""Columns from which the right number of delimiters in the right places is no accident."""

MOST = 0.75
"""Share of cells that must be of the kinds of their columns."""

_BREAK = re.compile(r"\r\n|\r|\n")
_DIGIT = re.compile(r"\d")

Kinds = Sequence[bool | None]
"""For each column whether its cells have digits; None where some have and some have not."""


class SwallowedRows:
    """Inspects the rows of one pass over delimited text."""

    def __init__(self, columns: Sequence[str], delimiter: str) -> None:
        self._columns = columns
        self._delimiter = delimiter
        self._found: dict[str, list[tuple[int, int]]] = {}

    def inspect(self, batch: Batch, known: Collection[int]) -> None:
        """Inspect a batch of rows; `known` are the numbers of those that are known to swallow others."""
        width, kinds = len(self._columns), None
        for place, column in enumerate(self._columns if width > 1 else ()):
            cells = batch.cells.column(place)
            # hardly any column has a line break, and the smallest of its bytes tells
            suspects = cells_containing(cells, b"\n\r")
            if suspects is None:
                continue
            places = np.flatnonzero(suspects)
            many = pc.greater_equal(pc.count_substring(cells.take(to_arrow(places)), self._delimiter), width - 1)
            for row in places[pc.fill_null(many, False).to_numpy(zero_copy_only=False)].tolist():
                kinds = kinds or kinds_of(batch.cells)
                text = _SwallowedText(_BREAK.split(cells[row].as_py()), place, self._delimiter, kinds)
                number = batch.numbers[row].as_py()
                if number not in known and text.holds_rows():
                    self._found.setdefault(column, []).append((number, len(text.lines) - 1))

    def absorb(self, later: SwallowedRows) -> None:
        """Add what was found in the rows that follow."""
        for column, found in later._found.items():
            self._found.setdefault(column, []).extend(found)

    def report(self, log: ChangeLog, of: int) -> None:
        """Write one finding for each column into the log; `of` is the number of all rows."""
        for column, found in self._found.items():
            rows, lines = tuple(row for row, _ in found[:ROWS_KEPT]), sum(count for _, count in found)
            where = Where(column=column, rows=rows, count=len(found), of=of)
            log.find(finding("rows-swallowed", where, lines="a line break" if lines == 1 else f"{lines:,} line breaks"))


def kinds_of(cells: pa.RecordBatch) -> Kinds:
    """Return the kinds of the columns, by the first rows."""
    kinds: list[bool | None] = []
    for column in cells.slice(0, SAMPLE).columns:
        filled = [text for text in column.to_pylist() if text and text.strip()]
        share = sum(bool(_DIGIT.search(text)) for text in filled) / len(filled) if filled else 0.5
        kinds.append(True if share >= ALWAYS else False if share <= NEVER else None)
    return kinds


@dataclass(frozen=True, slots=True)
class _SwallowedText:
    """The lines of one cell at a place (from 0) of a row."""

    lines: Sequence[str]
    place: int
    delimiter: str
    kinds: Kinds

    def holds_rows(self) -> bool:
        """Whether the lines would be rows of the table if the quotation marks were not there."""
        width, text = len(self.kinds), "\n".join(self.lines)
        # in sentences most delimiters have a space behind them, in rows hardly any
        if text.count(self.delimiter + " ") * 2 > text.count(self.delimiter):
            return False
        first, *middle, last = self.lines
        whole = [line for line in middle if line.count(self.delimiter) == width - 1]
        # a row that was cut in two: the rest of it in the first line, and in the last what stood before the cell
        is_exact = first.count(self.delimiter) == width - 1 - self.place and last.count(self.delimiter) == self.place
        fits, digits = self._fit([*((line, 0) for line in whole), *([(first, self.place), (last, 0)] * is_exact)])
        if is_exact or (whole and len(whole) * 2 >= len(middle)):
            is_telling = digits > 0 or width >= TELLING_WIDTH or len(whole) == len(middle) > 1
            return is_telling and sum(fits) >= MOST * len(fits)
        # the quotation marks of the swallowed rows themselves may have ended the cell anywhere
        lines = [line for line in self.lines[1:] if line.count(self.delimiter) > 1]
        return any(digits > 1 and all(fits) for fits, digits in (self._fit([(line, 0)]) for line in lines))

    def _fit(self, lines: Sequence[tuple[str, int]]) -> tuple[list[bool], int]:
        """Return which cells of lines that begin at a column are of its kind, and how many of those have digits."""
        fits, digits = [], 0
        for line, begin in lines:
            for place, cell in enumerate(line.split(self.delimiter), start=begin):
                kind = self.kinds[place] if place < len(self.kinds) else None
                # a cell of the column in which it all began says nothing: half of it may stand elsewhere
                if cell.strip() and kind is not None and place != self.place:
                    fits.append(bool(_DIGIT.search(cell)) is kind)
                    digits += kind and fits[-1]
        return fits, digits
