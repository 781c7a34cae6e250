"""Find cells that a spreadsheet damaged before they were saved, and heading rows repeated among the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import Places, cells_containing, text_bytes, text_offsets, to_arrow, visible_bytes
from packages.headings import normalise
from packages.messages import finding
from packages.model import ROWS_KEPT, Batch, ChangeLog, Where

SHORTENED = r"^\s*-?[0-9](\.[0-9]+)?[Ee]\+[0-9]{2,3}\s*$"
ERROR = r"^\s*#(REF!|DIV/0!|N/A|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!)\s*$"
TOO_NARROW = r"^\s*#{3,}\s*$"

REPLACED = r"^[^/:=]*[A-Za-z]\?[A-Za-z][^/:=]*$"
"""A question mark within a word, where the text is no address with a query."""

CHARS = b"+#?"
"""Every damaged cell holds one of these bytes."""

PATTERNS = {
    "number-shortened": SHORTENED,
    "error-cells": ERROR,
    "cells-too-narrow": TOO_NARROW,
    "characters-replaced": REPLACED,
}
"""The pattern of damaged cells by rule."""

IDENTIFIERS = ("uprn", "usrn", "toid")
"""Parts of headings, normalised: a shortened number there names another thing."""


@dataclass
class _DamagedRows:
    """How many rows were damaged, and the first of their row numbers."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, count: int, first: list[int]) -> None:
        self.count += count
        self.rows = [*self.rows, *first][:ROWS_KEPT]


class DamageCheck:
    """Inspects the rows of one pass. `cells` is False when no cell of the file can be damaged."""

    def __init__(self, headings: Mapping[str, str], *, cells: bool = True) -> None:
        self._headings = headings
        self._cells = cells
        self._damaged: dict[tuple[str, str], _DamagedRows] = {}
        self._named = {c: h for c, h in headings.items() if h}

    def inspect(self, batch: Batch) -> None:
        """Inspect a batch of rows."""
        repeated = self._repeated_headings(batch.cells)
        if repeated is not None:
            self._note("headings-again", "", batch.numbers.filter(repeated))
        if not self._cells:
            return
        for column in batch.cells.schema.names:
            cells = batch.cells.column(column)
            # a look for single bytes spares nearly every column the regular expressions
            suspects = cells_containing(cells, CHARS)
            if suspects is None:
                continue
            places = to_arrow(np.flatnonzero(suspects))
            texts, rows = cells.take(places), batch.numbers.take(places)
            for rule, pattern in PATTERNS.items():
                self._note(rule, column, rows.filter(pc.match_substring_regex(texts, pattern)))

    def _repeated_headings(self, cells: pa.RecordBatch) -> pa.BooleanArray | None:
        """Return the rows where more than half of the headings are in their own columns; None when there are none."""
        needed = max(2, len(self._named) // 2 + 1)
        if len(self._named) < needed:
            return None
        # columns whose cells are shorter than their heading come first: their lengths alone rule them out
        columns = [(cells.column(column), heading) for column, heading in self._named.items()]
        columns.sort(key=lambda pair: len(text_bytes(pair[0])) - len(pair[1].encode()) * cells.num_rows)
        hits = np.zeros(cells.num_rows, np.int32)
        for left, (column, heading) in zip(range(len(columns), 0, -1), columns, strict=True):
            hits[_cells_with(heading, column)] += 1
            if hits.max() + left - 1 < needed:
                return None
        return to_arrow(hits >= needed)

    def _note(self, rule: str, column: str, rows: pa.Array) -> None:
        if len(rows):
            first: list[int] = rows[:ROWS_KEPT].to_pylist()
            self._damaged.setdefault((rule, column), _DamagedRows()).add(len(rows), first)

    def absorb(self, later: DamageCheck) -> None:
        """Add what was found in the rows that follow."""
        for key, damaged in later._damaged.items():
            self._damaged.setdefault(key, _DamagedRows()).add(damaged.count, damaged.rows)

    def report(self, log: ChangeLog, sheet: str, of: int) -> None:
        """Write one finding for each rule and column into the log; `of` is the number of all rows."""
        for (rule, column), damaged in self._damaged.items():
            where = Where(column=column, sheet=sheet, rows=tuple(damaged.rows), count=damaged.count, of=of)
            if rule == "number-shortened" and any(w in normalise(self._headings[column]) for w in IDENTIFIERS):
                rule = "number-damaged"
            log.find(finding(rule, where))


def _cells_with(text: str, cells: pa.Array) -> Places:
    """Return the positions of cells that hold a text, with at most space around it."""
    bounds, data, own = text_offsets(cells), text_bytes(cells), text.encode()
    begins, sizes = bounds[:-1] - bounds[0], np.diff(bounds)
    if not len(data) or sizes.max() < len(own):
        return np.empty(0, np.int64)
    # the first byte rules most cells out, and the last most of the others
    first = data[np.minimum(begins, len(data) - 1)]
    places = np.flatnonzero((sizes >= len(own)) & ((first == own[0]) | ~visible_bytes(first)))
    longer = sizes[places] > len(own)
    blank = ~visible_bytes(first[places]) | ~visible_bytes(data[begins[places] + sizes[places] - 1])
    places = places[~longer | blank]
    if not len(places):
        return places
    same = pc.equal(pc.utf8_trim_whitespace(cells.take(to_arrow(places))), text)
    found: Places = places[pc.fill_null(same, False).to_numpy(zero_copy_only=False)]
    return found
