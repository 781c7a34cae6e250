"""Rows that state a total: taken out of the data where they end it, and used as a checksum."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import ROWS_SHOWN, Batch, ChangeLog, Where
from packages.shaping.cells import NUMBERS
from packages.shaping.layout import Arrangement
from packages.shaping.numbers import PLAIN_NUMBER, plain_number
from packages.shaping.texts import fold_text
from packages.spec import ReadingSpec, ResourceSpec

TAIL = 5
"""So many last rows are held back, since any of them may state a total."""

_EXACT = pa.decimal128(38, 10)
_PLAIN = rf"\A{PLAIN_NUMBER}\z"

Cells = dict[str, str]
"""The filled cells of one row, trimmed, by the file's columns."""


@dataclass(frozen=True, slots=True)
class TotalsRule:
    """How a totals row of this file looks.

    `labels` mark it, `amount` is the column of the file whose sum it states (or ""), `needed` are the columns that
    every record fills and a totals row does not, `tolerance` is what a sum may differ by. `place` is where the sum
    stands, for the report. `unit` is what the file's amounts are multiplied by on the way.
    """

    labels: tuple[str, ...]
    amount: str
    place: Where
    needed: tuple[str, ...]
    tolerance: Decimal
    unit: Decimal = Decimal(1)

    def is_labelled(self, cells: Cells) -> bool:
        """Whether the row has a label, and besides it nothing but amounts."""
        others = [text for text in cells.values() if not self._is_label(text)]
        return len(others) < len(cells) and all(_is_amount(text) for text in others) and self._is_short(cells)

    def is_bare(self, cells: Cells) -> bool:
        """Whether the row has nothing but amounts, the one that is summed among them."""
        return (
            bool(self.needed)
            and self.amount in cells
            and all(_is_amount(text) for text in cells.values())
            and self._is_short(cells)
        )

    def _is_short(self, cells: Cells) -> bool:
        filled = [column for column in self.needed if column in cells and not self._is_label(cells[column])]
        return not filled

    def _is_label(self, text: str) -> bool:
        word = fold_text(text)
        return any(word == label or word.startswith((label + " ", label + ":")) for label in self.labels)


def totals_rule(reading: ReadingSpec, arrangement: Arrangement, resource: ResourceSpec) -> TotalsRule:
    """What the description says of totals, in terms of the file's columns."""
    columns = {s.field.name: s.columns[0] for s in arrangement.sources if s.columns}
    units = {s.field.name: s.rule.multiply for s in arrangement.sources}
    amount = columns.get(reading.total_field, "")
    needed = [s for s in arrangement.sources if s.columns and s.field.required and s.field.type not in NUMBERS]
    decimals = resource.table_schema.field(reading.total_field).decimals if amount else None
    column = arrangement.headings[amount] if amount else ""
    return TotalsRule(
        labels=tuple(fold_text(label) for label in reading.totals),
        amount=amount,
        place=Where(resource.name, reading.total_field if amount else "", column),
        needed=tuple(dict.fromkeys(s.columns[0] for s in needed if s.columns[0] != amount)),
        # spreadsheets add up binary fractions: a sum may be off far behind the last place that counts
        tolerance=Decimal(5).scaleb(-1 - (decimals or 6)),
        unit=units.get(reading.total_field) or Decimal(1),
    )


class Totals:
    """Watches one pass: holds the last rows back, drops those that state totals, and adds up the rest."""

    def __init__(self, rule: TotalsRule) -> None:
        self._rule = rule
        self._sum = Decimal(0)
        self._sum_known = True
        self._dropped: list[tuple[int, str]] = []
        self._inside: tuple[int, ...] = ()
        self._inside_count = 0

    def without(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The same rows as they are in the file, less the totals at the end."""
        held: Batch | None = None
        for batch in batches:
            joined = batch if held is None else _joined(held, batch)
            body, held = _split(joined, max(joined.cells.num_rows - TAIL, 0))
            if body.cells.num_rows:
                self._watch(body)
                yield body
        if held is None:
            return
        body, totals = _split(held, self._end_of_records(held))
        self._dropped = [(n, cells.get(self._rule.amount, "")) for n, cells in _rows(totals)]
        if body.cells.num_rows:
            self._watch(body)
            yield body

    def add(self, shaped: Mapping[str, pa.Array]) -> None:
        """Add up the amounts of rows that stay, by then in plain form; `shaped` are their columns by field."""
        if not self._rule.amount:
            return
        amounts = shaped[self._rule.place.field]
        filled = amounts.filter(pc.fill_null(pc.not_equal(amounts, ""), False))
        plain = pc.match_substring_regex(filled, _PLAIN)
        self._sum_known &= pc.all(plain, min_count=0).as_py()
        self._sum += _sum(filled.filter(plain))

    def tell(self, log: ChangeLog) -> None:
        """Write into the log what was found, when all rows have passed."""
        if self._inside_count:
            log.find(finding("totals-row-inside", self._where(self._inside, self._inside_count)))
        if self._dropped:
            rows = tuple(number for number, _ in self._dropped)
            log.find(finding(self._outcome(), self._where(rows, len(rows))))

    def _where(self, rows: tuple[int, ...], count: int) -> Where:
        return replace(self._rule.place, rows=rows[:ROWS_SHOWN], count=count)

    def _outcome(self) -> str:
        stated = [Decimal(plain) for _, text in self._dropped if _is_plain(plain := plain_number(text))]
        if not stated or not self._sum_known:
            return "totals-row"
        agrees = any(abs(total * self._rule.unit - self._sum) < self._rule.tolerance for total in stated)
        return "totals-row-agrees" if agrees else "totals-row-differs"

    def _end_of_records(self, tail: Batch) -> int:
        """How many rows of the tail come before the totals that end it."""
        rows = [cells for _, cells in _rows(tail)]
        while rows and (self._rule.is_labelled(rows[-1]) or self._rule.is_bare(rows[-1])):
            rows.pop()
        return len(rows)

    def _watch(self, records: Batch) -> None:
        """Notice labelled rows among the records: a subtotal, or a total with notes below it."""
        if not self._rule.labels:
            return
        suspects = _part(records, self._suspects(records.cells))
        found = tuple(number for number, cells in _rows(suspects) if self._rule.is_labelled(cells))
        self._inside = (*self._inside, *found)[:ROWS_SHOWN]
        self._inside_count += len(found)

    def _suspects(self, cells: pa.RecordBatch) -> pa.Array:
        """A mask of the rows that are worth a closer look, found without looking at each."""
        if len(self._rule.needed) > 1:
            return _lacking(cells, self._rule.needed)
        pattern = rf"^\s*({'|'.join(re.escape(label) for label in self._rule.labels)})"
        marked = [pc.match_substring_regex(column, pattern, ignore_case=True) for column in cells.columns]
        return reduce(pc.or_, [pc.fill_null(one, False) for one in marked])


def _lacking(cells: pa.RecordBatch, needed: tuple[str, ...]) -> pa.Array:
    """A mask of the rows that fill at most one of the needed columns: all others are records for certain."""
    trimmed = [pc.utf8_trim_whitespace(cells.column(column)) for column in needed]
    filled = [pc.fill_null(pc.not_equal(column, ""), False).cast(pa.int32()) for column in trimmed]
    return pc.less_equal(reduce(pc.add, filled), 1)


def _rows(batch: Batch) -> Iterator[tuple[int, Cells]]:
    """Number and filled cells of each row."""
    for number, row in zip(batch.numbers.to_pylist(), batch.cells.to_pylist(), strict=True):
        yield number, {column: text.strip() for column, text in row.items() if text and text.strip()}


def _is_plain(text: str) -> bool:
    return bool(pc.match_substring_regex(pa.scalar(text), _PLAIN).as_py())


def _is_amount(text: str) -> bool:
    return _is_plain(plain_number(text))


def _sum(plain: pa.Array) -> Decimal:
    try:
        return Decimal(pc.sum(plain.cast(_EXACT)).as_py() or 0)
    except pa.ArrowInvalid:  # more digits than Arrow's exact decimals hold
        return sum((Decimal(text) for text in plain.to_pylist()), Decimal(0))


def _split(batch: Batch, at: int) -> tuple[Batch, Batch]:
    return (
        Batch(batch.cells.slice(0, at), batch.numbers.slice(0, at)),
        Batch(batch.cells.slice(at), batch.numbers.slice(at)),
    )


def _part(batch: Batch, mask: pa.Array) -> Batch:
    return Batch(batch.cells.filter(mask), batch.numbers.filter(mask))


def _joined(first: Batch, second: Batch) -> Batch:
    cells = pa.Table.from_batches([first.cells, second.cells]).combine_chunks().to_batches()
    numbers = pa.concat_arrays([first.numbers, second.numbers])
    return Batch(cells[0] if cells else first.cells, numbers)
