"""Cells that a spreadsheet has spoiled before they were saved, and headings that come again among the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import Places, cells_containing, text_bytes, text_offsets, to_arrow, visible_bytes
from packages.headings import normalise
from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Severity, Where

MARKS = ("E+", "#")
"""A text without these holds no damaged cell."""

SHORTENED = r"^\s*-?[0-9](\.[0-9]+)?E\+[0-9]{2,3}\s*$"
ERROR = r"^\s*#(REF!|DIV/0!|N/A|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!)\s*$"
TOO_NARROW = r"^\s*#{3,}\s*$"

CHARS = b"+#"
"""Every damaged cell holds one of these."""

PATTERNS = {"number-shortened": SHORTENED, "error-cells": ERROR, "cells-too-narrow": TOO_NARROW}
"""The pattern of damaged cells by rule."""

IDENTIFIERS = ("uprn", "usrn", "toid")
AMOUNTS = ("amount", "value", "cost", "price", "total", "gross")
"""Parts of headings, as `normalise` writes them."""


@dataclass
class _Seen:
    """How often, and in which first rows."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, numbers: pa.Array) -> None:
        self.count += len(numbers)
        self.rows = [*self.rows, *numbers[:ROWS_SHOWN].to_pylist()][:ROWS_SHOWN]


class DamageCheck:
    """Looks at the rows of one pass; `cells=False` when no cell of the file can be damaged."""

    def __init__(self, headings: Mapping[str, str], *, cells: bool = True) -> None:
        self._headings = headings
        self._cells = cells
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._repeated = {c: h for c, h in headings.items() if h}

    def look_at(self, batch: Batch) -> None:
        """Take more rows into account."""
        again = self._headings_again(batch.cells)
        if again is not None:
            self._note("headings-again", "", batch.numbers.filter(again))
        if not self._cells:
            return
        for column in batch.cells.schema.names:
            self._look_at_column(column, batch)

    def _look_at_column(self, column: str, batch: Batch) -> None:
        cells = batch.cells.column(column)
        marked = cells_containing(cells, CHARS)
        if marked is None:
            return
        here = to_arrow(np.flatnonzero(marked))
        texts, rows = cells.take(here), batch.numbers.take(here)
        for rule, pattern in PATTERNS.items():
            self._note(rule, column, rows.filter(pc.match_substring_regex(texts, pattern)))

    def _headings_again(self, cells: pa.RecordBatch) -> pa.BooleanArray | None:
        """The rows where more than half of the headings stand in their own columns; None when that is nowhere."""
        needed = max(2, len(self._repeated) // 2 + 1)
        if len(self._repeated) < needed:
            return None
        # where the cells are shorter than their heading, their lengths alone rule them out: those columns come first
        columns = [(cells.column(column), heading) for column, heading in self._repeated.items()]
        columns.sort(key=lambda pair: _total_size(pair[0]) - len(pair[1].encode()) * cells.num_rows)
        hits = np.zeros(cells.num_rows, np.int32)
        for left, (column, heading) in zip(range(len(columns), 0, -1), columns, strict=True):
            hits[_cells_with(heading, column)] += 1
            if hits.max() + left - 1 < needed:
                return None
        return to_arrow(hits >= needed)

    def _note(self, rule: str, column: str, rows: pa.Array) -> None:
        if len(rows):
            self._seen.setdefault((rule, column), _Seen()).add(rows)

    def tell(self, log: ChangeLog, sheet: str, of: int) -> None:
        """Write one finding a rule and column into the log."""
        for (rule, column), seen in self._seen.items():
            where = Where(column=column, sheet=sheet, rows=tuple(seen.rows), count=seen.count, of=of)
            rule, severity = self._weighed(rule, column)
            log.find(finding(rule, where, severity=severity))

    def _weighed(self, rule: str, column: str) -> tuple[str, Severity | None]:
        """Lost digits weigh more where they make an identifier or an amount."""
        if rule != "number-shortened":
            return rule, None
        heading = normalise(self._headings[column])
        if any(word in heading for word in IDENTIFIERS):
            return "number-damaged", None
        return rule, Severity.HOLD if any(word in heading for word in AMOUNTS) else None


def _total_size(cells: pa.Array) -> int:
    bounds = text_offsets(cells)
    return int(bounds[-1] - bounds[0])


def _cells_with(text: str, cells: pa.Array) -> Places:
    """The places of cells that hold a text, and at most space around it."""
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
