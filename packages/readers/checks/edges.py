"""Find rows at the edges of a table that are no records: a line of dashes or more headings above, notes below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from packages.headings import normalise
from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, CannotBeCut, ChangeLog, Where
from packages.parallel.batches import with_end
from packages.readers.checks.swallowed import SAMPLE, Kinds, kinds_of

TAIL = 30
"""Rows at the end among which notes are looked for."""

LEAST_ROWS = 100
"""Rows that a part must at least begin with: far more than are held back at an end, so that no end reaches over it."""

FEWEST_COLUMNS = 3
"""Columns that a table has filled in its usual rows; in a narrower one a note looks like a record."""

_RULER = re.compile(r"[-=_+|.\s]*(-{2,}|={2,}|_{2,})[-=_+|.\s]*")
_WORDS = re.compile(r"[^\W\d_]{2,}.*\s.*[^\W\d_]{2,}", re.DOTALL)
_TRAILER = re.compile(r"\(?\d[\d,]* (rows?|records?|lines?)\b", re.IGNORECASE)
_MARKED = re.compile(
    r"[*†‡§(\[~^]|\d+[.)] |-- |(notes?|source|n\.?b\.?|please|this|these|all|the|figures|data|report|printed|"
    r"generated|produced|prepared|contains?|contact|for|end of|includes?|excludes?|published|last updated|©|crown)\b",
    re.IGNORECASE,
)
"""How notes begin that stand in the first column, where a record has words too."""

_BRACKETED = re.compile(r"[(\[{<].*[)\]}>]$")
_VALUE, _UNIT = re.compile(r"\d"), re.compile(r"[£$€%#°²]")
NOTHING = frozenset({"", "na", "none", "null", "nil", "tbc", "tba", "unknown", "nan", "notapplicable", "redacted"})
"""What stands in cells without a value, normalised."""

Cells = Mapping[str, str]
"""The filled cells of one row, trimmed, by column."""

Row = tuple[int, bool, Cells]
"""The number of a row, whether it ends before the last column, and its cells."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Decides on rows by the kinds of the columns; `width` is how many cells a usual row has filled."""

    columns: Sequence[str]
    kinds: Kinds
    width: float

    def is_ruler(self, cells: Cells) -> bool:
        """Whether the row draws a line."""
        return len(cells) * 2 > len(self.columns) and all(map(_RULER.fullmatch, cells.values()))

    def is_heading(self, cells: Cells) -> bool:
        """Whether words or units stand where all other rows have numbers or dates."""
        numbers = [name for name, has_digits in zip(self.columns, self.kinds, strict=True) if has_digits]
        filled = [cells[name] for name in numbers if name in cells]
        again = sum(normalise(text) == normalise(name) for name, text in cells.items())
        has_values = any(
            _VALUE.search(text) or (normalise(text) in NOTHING and not _UNIT.search(text)) for text in filled
        )
        is_enough = len(numbers) > (len(self.columns) > FEWEST_COLUMNS) and len(filled) * 2 >= len(numbers)
        # the same headings again are told as what they are
        is_telling = len(filled) > 2 or len(set(filled)) == len(filled) or all(map(_BRACKETED.match, filled))
        return is_enough and not has_values and is_telling and again * 2 <= len(cells)

    def rule_below(self, row: Row, *, is_apart: bool) -> str:
        """Return the rule of a row at the end; empty for a record."""
        _, is_short, cells = row
        if self.is_ruler(cells):
            return "ruler-row"
        return "notes-below" if self.is_note(cells, is_apart=is_apart, is_short=is_short) else ""

    def is_note(self, cells: Cells, *, is_apart: bool, is_short: bool) -> bool:
        """Whether the row is a text and no record. `is_apart` is whether a blank row is above it."""
        (first, text), *others = cells.items()
        if is_short and list(cells) == list(self.columns[: len(cells)]):
            # a sentence that its own commas cut into cells
            text = ", ".join(cells.values())
            is_text = all(part[:1].isalpha() or "." in part for part in list(cells.values())[1:])
        else:
            is_text = not others or (len(others) == 1 and text.endswith(":"))
        if not is_text or self.width < FEWEST_COLUMNS or text.casefold().startswith(("total", "grand total", "sub")):
            return False
        if re.match(r"[\d£$]", text) and not _MARKED.match(text):
            return bool(_TRAILER.match(text))
        is_word_column = first == self.columns[0] and not self.kinds[0]
        is_clear = is_apart or text.endswith((".", ":")) or _MARKED.match(text) or not is_word_column
        return bool(is_clear and (_WORDS.search(text) or _MARKED.match(text)))


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Which edges of a table some rows have: a part in the middle has none.

    `edges` is how to tell rows at the edges of the whole table, for a part that does not hold its first rows.
    """

    is_begin: bool = True
    is_end: bool = True
    edges: Edges | None = None


WHOLE = TablePlace()


class EdgeRows:
    """Takes rows at the edges of a table out of one pass, and remembers their numbers by rule.

    `short` are the numbers of those that ended before the last column.
    """

    def __init__(self, place: TablePlace = WHOLE) -> None:
        self.found: dict[str, list[int]] = {}
        self.short: list[int] = []
        self._place = place

    def without(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield the batches without rows at the edges. Batches are held back until the end of the table is far away.

        Raises CannotBeCut for a part that is too short to stand alone.
        """
        edges, begins = self._place.edges, True
        for batch, is_last in with_end(batches, TAIL, is_end=self._place.is_end):
            if begins and not self._place.is_begin and batch.cells.num_rows < LEAST_ROWS:
                raise CannotBeCut("a part has hardly any rows")
            edges = edges or edges_of(batch.cells)
            if begins and self._place.is_begin:
                batch = self.without_head(batch, edges)
            begins = False
            yield self.without_tail(batch, edges) if is_last else batch
        if begins and not self._place.is_begin:
            raise CannotBeCut("a part has no rows")

    def without_head(self, batch: Batch, edges: Edges) -> Batch:
        """Return the first batch without lines of dashes and headings above the records."""
        first = 0
        for number, is_short, cells in _rows(batch, 0, 3):
            rule = "ruler-row" if edges.is_ruler(cells) else "heading-below" if edges.is_heading(cells) else ""
            if not rule or batch.cells.num_rows < 3:
                break
            self._take(rule, number, is_short=is_short)
            first += 1
        return Batch(batch.cells.slice(first), batch.numbers.slice(first)) if first else batch

    def without_tail(self, batch: Batch, edges: Edges) -> Batch:
        """Return the last batch without what stands below the records."""
        rows = list(_rows(batch, max(0, batch.cells.num_rows - TAIL)))
        # where one of several notes has a blank row above it, the others are apart from the table too
        apart = [False] * len(rows)
        for place in range(1, len(rows)):
            is_after_note = apart[place - 1] and len(rows[place - 1][2]) <= 2
            apart[place] = rows[place][0] > rows[place - 1][0] + 1 or is_after_note
        end = batch.cells.num_rows
        while rows and (rule := edges.rule_below(rows[-1], is_apart=apart[len(rows) - 1])):
            number, is_short, _ = rows.pop()
            self._take(rule, number, is_short=is_short)
            end -= 1
        return Batch(batch.cells.slice(0, end), batch.numbers.slice(0, end))

    def absorb(self, later: EdgeRows) -> None:
        """Add what was taken out of the part that follows."""
        for rule, rows in later.found.items():
            self.found.setdefault(rule, []).extend(rows)
        self.short += later.short

    def _take(self, rule: str, number: int, *, is_short: bool) -> None:
        self.found.setdefault(rule, []).append(number)
        self.short += [number] * is_short

    def report(self, log: ChangeLog, sheet: str) -> None:
        """Write one finding for each rule into the log."""
        for rule, rows in self.found.items():
            shown = tuple(sorted(rows)[:ROWS_SHOWN])
            log.find(finding(rule, Where(sheet=sheet, rows=shown, count=len(rows))))


def edges_of(cells: pa.RecordBatch) -> Edges:
    """Return how to tell rows at the edges from records, by the first rows of a table and the names of its columns."""
    sample = cells.slice(0, SAMPLE)
    filled = sum(np.array([bool(text and text.strip()) for text in c.to_pylist()], int) for c in sample.columns)
    return Edges(cells.schema.names, kinds_of(cells), float(np.median(filled)))


def _rows(batch: Batch, begin: int, end: int | None = None) -> Iterator[Row]:
    part, numbers = batch.cells.slice(begin), batch.numbers.slice(begin)
    if end is not None:
        part, numbers = part.slice(0, end), numbers.slice(0, end)
    for number, row in zip(numbers.to_pylist(), part.to_pylist(), strict=True):
        cells = {column: text.strip() for column, text in row.items() if text and text.strip()}
        yield number, None in row.values(), cells
