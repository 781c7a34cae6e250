"""Rows that state a total: removed from the data where they end it, and used as a checksum."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Where
from packages.parallel.batches import with_end
from packages.shaping.cells import NUMBERS
from packages.shaping.layout import Arrangement
from packages.shaping.numbers import EXACT, PLAIN_NUMBER, plain_number
from packages.shaping.texts import fold_text
from packages.spec import ReadingSpec, ResourceSpec

TAIL = 5
"""Rows at the end that are held back, since any of them may state a total."""

_EXACT = pa.decimal128(38, 10)
_PLAIN = rf"\A{PLAIN_NUMBER}\z"
_SHORT = r"\A-?[0-9]{1,15}(\.[0-9]{1,10})?\z"
"""Numbers that Arrow adds up: with some more digits it reads beyond its table of powers, and may crash (26.0.1)."""

FilledCells = dict[str, str]
"""The filled cells of one row, trimmed, by the file's columns."""


@dataclass(frozen=True, slots=True)
class TotalsRule:
    """How a totals row of this file is recognised.

    `labels` mark it, `amount` is the column of the file whose sum it states (or ""), `needed` are the columns that
    every record fills and a totals row does not, `tolerance` is the largest difference of a sum. `place` is the column
    of the sum, for the report. `unit` is the factor that shaping applies to the file's amounts.
    """

    labels: tuple[str, ...]
    amount: str
    place: Where
    needed: tuple[str, ...]
    tolerance: Decimal
    unit: Decimal = Decimal(1)

    def is_total(self, cells: FilledCells) -> bool:
        """Whether the row has a label and otherwise only amounts, or nothing but amounts, the summed one included."""
        is_bare = bool(self.needed) and self.amount in cells and all(map(_is_amount, cells.values()))
        return self.is_labelled(cells) or (is_bare and self._lacks_needed(cells))

    def is_labelled(self, cells: FilledCells) -> bool:
        """Whether the row has a label, and besides it nothing but amounts."""
        others = [text for text in cells.values() if not self._is_label(text)]
        return len(others) < len(cells) and all(map(_is_amount, others)) and self._lacks_needed(cells)

    def _lacks_needed(self, cells: FilledCells) -> bool:
        return not any(column in cells and not self._is_label(cells[column]) for column in self.needed)

    def _is_label(self, text: str) -> bool:
        word = fold_text(text)
        return any(word == label or word.startswith((label + " ", label + ":")) for label in self.labels)


def totals_rule(reading: ReadingSpec, arrangement: Arrangement, resource: ResourceSpec) -> TotalsRule:
    """Return the rule of the description, in terms of the file's columns.

    Where it names no field whose sum is stated, the first field of amounts is taken.
    """
    columns = {s.field.name: s.columns[0] for s in arrangement.sources if s.columns}
    units = {s.field.name: s.rule.multiply for s in arrangement.sources}
    amounts = (s.field.name for s in arrangement.sources if s.columns and s.field.decimals is not None)
    total = reading.total_field or next(amounts, "")
    amount = columns.get(total, "")
    needed = [s for s in arrangement.sources if s.columns and s.field.required and s.field.type not in NUMBERS]
    decimals = resource.table_schema.field(total).decimals if amount else None
    heading = arrangement.headings[amount] if amount else ""
    return TotalsRule(
        labels=tuple(fold_text(label) for label in reading.totals),
        amount=amount,
        place=Where(resource.name, total if amount else "", heading),
        needed=tuple(dict.fromkeys(s.columns[0] for s in needed if s.columns[0] != amount)),
        # spreadsheets add up binary fractions: a sum may be off far behind the last place that counts
        tolerance=Decimal(5).scaleb(-1 - (decimals or 6)),
        unit=units.get(total) or Decimal(1),
    )


class Totals:
    """Holds the last rows of one pass back, drops those that state totals, and adds up the rest.

    `is_end` is False for the rows of a part that others follow: its last rows are not those of the table.
    """

    def __init__(self, rule: TotalsRule, *, is_end: bool = True) -> None:
        self._rule = rule
        self._is_end = is_end
        self._sum = Decimal(0)
        self._is_sum_known = True
        self._dropped: list[tuple[int, str]] = []
        self._rows_inside: tuple[int, ...] = ()
        self._count_inside = 0

    def without_totals(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield the rows as they are in the file, without the totals at the end."""
        for batch, is_last in with_end(batches, TAIL, is_end=self._is_end):
            records = self._without_tail(batch) if is_last else batch
            if records.cells.num_rows:
                self._watch(records)
                yield records

    def _without_tail(self, batch: Batch) -> Batch:
        tail = list(_filled_rows(_split_at(batch, max(batch.cells.num_rows - TAIL, 0))[1]))
        while tail and self._rule.is_total(tail[-1][1]):
            number, cells = tail.pop()
            self._dropped.insert(0, (number, cells.get(self._rule.amount, "")))
        return _split_at(batch, batch.cells.num_rows - len(self._dropped))[0]

    def add(self, shaped: Mapping[str, pa.Array], unknown: Collection[str] = ()) -> None:
        """Add up the amounts of rows that stay, by then in plain form; `shaped` are their columns by field.

        In the fields `unknown`, the publisher has taken numbers out.
        """
        if not self._rule.amount:
            return
        self._is_sum_known &= self._rule.place.field not in unknown
        amounts = shaped[self._rule.place.field]
        filled = amounts.filter(pc.fill_null(pc.not_equal(amounts, ""), False))
        is_plain = pc.match_substring_regex(filled, _PLAIN)
        self._is_sum_known &= pc.all(is_plain, min_count=0).as_py()
        self._sum = EXACT.add(self._sum, _sum(filled.filter(is_plain)))

    def absorb(self, later: Totals) -> None:
        """Add what was seen in the part that follows."""
        self._sum = EXACT.add(self._sum, later._sum)
        self._is_sum_known &= later._is_sum_known
        self._dropped += later._dropped
        self._rows_inside = (*self._rows_inside, *later._rows_inside)[:ROWS_SHOWN]
        self._count_inside += later._count_inside

    def report(self, log: ChangeLog) -> None:
        """Log the findings about totals, when all rows have passed."""
        if self._count_inside:
            place = replace(self._rule.place, rows=self._rows_inside, count=self._count_inside)
            log.find(finding("totals-row-inside", place))
        if not self._dropped:
            return
        rows = tuple(number for number, _ in self._dropped)
        place = replace(self._rule.place, rows=rows[:ROWS_SHOWN], count=len(rows))
        stated = [Decimal(plain) for _, text in self._dropped if _is_plain(plain := plain_number(text))]
        if not stated or not self._is_sum_known:
            log.find(finding("totals-row", place))
            return
        # the file states its total in its own unit, the sum is in ours; a running file may state several totals
        owed = (EXACT.subtract(EXACT.multiply(total, self._rule.unit), self._sum) for total in stated)
        agrees = any(abs(difference) < self._rule.tolerance for difference in owed)
        log.find(finding("totals-row-agrees" if agrees else "totals-row-differs", place))

    def _watch(self, records: Batch) -> None:
        """Record labelled rows among the records: a subtotal, or a total with notes below it."""
        if not self._rule.labels:
            return
        cells, needed = records.cells, self._rule.needed
        # Arrow finds the rows worth a look, so that Python need not read every row
        if len(needed) > 1:
            # a totals row fills at most one needed column, with its label; all others are records for certain
            trimmed = [pc.utf8_trim_whitespace(cells.column(column)) for column in needed]
            filled = [pc.fill_null(pc.not_equal(column, ""), False).cast(pa.int32()) for column in trimmed]
            suspects = pc.less_equal(reduce(pc.add, filled), 1)
        else:
            pattern = rf"^\s*({'|'.join(re.escape(label) for label in self._rule.labels)})"
            marked = [pc.match_substring_regex(column, pattern, ignore_case=True) for column in cells.columns]
            suspects = reduce(pc.or_, [pc.fill_null(mask, False) for mask in marked])
        rows = _filled_rows(Batch(records.cells.filter(suspects), records.numbers.filter(suspects)))
        labelled = tuple(number for number, filled_cells in rows if self._rule.is_labelled(filled_cells))
        self._rows_inside = (*self._rows_inside, *labelled)[:ROWS_SHOWN]
        self._count_inside += len(labelled)


def _filled_rows(batch: Batch) -> Iterator[tuple[int, FilledCells]]:
    """Yield the number and the filled cells of each row."""
    for number, row in zip(batch.numbers.to_pylist(), batch.cells.to_pylist(), strict=True):
        yield number, {column: text.strip() for column, text in row.items() if text and text.strip()}


def _is_plain(text: str) -> bool:
    return bool(pc.match_substring_regex(pa.scalar(text), _PLAIN).as_py())


def _is_amount(text: str) -> bool:
    return _is_plain(plain_number(text))


def _sum(plain: pa.Array) -> Decimal:
    is_short = pc.match_substring_regex(plain, _SHORT)
    short = Decimal(pc.sum(plain.filter(is_short).cast(_EXACT)).as_py() or 0)
    return reduce(EXACT.add, map(Decimal, plain.filter(pc.invert(is_short)).to_pylist()), short)


def _split_at(batch: Batch, row: int) -> tuple[Batch, Batch]:
    return (
        Batch(batch.cells.slice(0, row), batch.numbers.slice(0, row)),
        Batch(batch.cells.slice(row), batch.numbers.slice(row)),
    )
