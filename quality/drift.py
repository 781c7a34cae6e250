"""Does the new table differ from the last release more than it should?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from packages.messages import finding
from packages.model import Check, ColumnStatistics, Finding, Outcome, Report, Table, Where
from packages.spec import DriftSpec
from quality.verdict import Part

FIRST_RELEASE = "First release: nothing to compare with."
NEW_TABLE = "A new table: nothing to compare with."

CHECKS = {
    "drift-rows": "About as many rows as in the last release",
    "drift-total": "Totals about as in the last release",
    "drift-columns": "The columns of the last release are still there and filled",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A table as it was released last and as it is now."""

    old: Table
    new: Table

    def columns(self) -> Iterator[tuple[ColumnStatistics, ColumnStatistics]]:
        """The columns that both have: as they were, and as they are."""
        now = {c.name: c for c in self.new.columns}
        return ((c, now[c.name]) for c in self.old.columns if c.name in now)

    def where(self, field: str = "") -> Where:
        """The place in the new table."""
        return Where(resource=self.new.name, field=field)


def drift(previous: Report | None, tables: Sequence[Table], limits: DriftSpec) -> Part:
    """Compare each table with the last release; the limits say from where on a person must look."""
    if previous is None:
        return Part.joined(_nothing_to_compare(t, FIRST_RELEASE) for t in tables)
    old = {t.name: t for t in previous.tables}
    lost = sorted(old.keys() - {t.name for t in tables})
    gone = Part(tuple(finding("drift-table-gone", Where(resource=name)) for name in lost))
    compared = (
        _compare(Pair(old[t.name], t), limits) if t.name in old else _nothing_to_compare(t, NEW_TABLE) for t in tables
    )
    return Part.joined((gone, *compared))


def _nothing_to_compare(table: Table, note: str) -> Part:
    return Part(checks=tuple(Check(f"{n}/{table.name}", t, Outcome.PASSED, note) for n, t in CHECKS.items()))


def _compare(pair: Pair, limits: DriftSpec) -> Part:
    unknown = _unknown_totals(pair, limits)
    note = f"The total is not known of: {', '.join(unknown)}. Mark it as safe in datapackage.yaml." if unknown else ""
    return Part.joined(
        (
            _part("drift-rows", pair, _rows(pair, limits)),
            _part("drift-total", pair, _totals(pair, limits), note),
            _part("drift-columns", pair, _columns(pair, limits)),
        )
    )


def _part(name: str, pair: Pair, findings: Iterable[Finding], not_run: str = "") -> Part:
    found = tuple(findings)
    outcome = Outcome.FAILED if found else Outcome.NOT_RUN if not_run else Outcome.PASSED
    return Part(found, (Check(f"{name}/{pair.new.name}", CHECKS[name], outcome, not_run),))


def _unknown_totals(pair: Pair, limits: DriftSpec) -> list[str]:
    """The watched fields that have numbers in both releases and no total to show for them."""
    watched = [(old, new) for old, new in pair.columns() if old.name in limits.totals and old.filled and new.filled]
    return [new.name for old, new in watched if not (old.total and new.total)]


def _rows(pair: Pair, limits: DriftSpec) -> Iterator[Finding]:
    ratio = _ratio(Decimal(pair.old.rows), Decimal(pair.new.rows))
    before, now, share = f"{pair.old.rows:,}", f"{pair.new.rows:,}", _percent(ratio)
    if _below(ratio, limits):
        yield finding("drift-rows-fewer", pair.where(), before=before, now=now, share=share)
    if _above(ratio, limits):
        yield finding("drift-rows-more", pair.where(), before=before, now=now, share=share)


def _totals(pair: Pair, limits: DriftSpec) -> Iterator[Finding]:
    for old, new in pair.columns():
        if old.name not in limits.totals or not (old.total and new.total):
            continue
        ratio = _ratio(Decimal(old.total), Decimal(new.total))
        if _below(ratio, limits) or _above(ratio, limits):
            yield finding("drift-total", pair.where(old.name), share=_percent(ratio))


def _columns(pair: Pair, limits: DriftSpec) -> Iterator[Finding]:
    if not pair.new.rows:
        # an empty table has no columns left to speak of, and its rows have been found already
        return
    removed = {c.name for c in pair.old.columns} - {c.name for c in pair.new.columns}
    yield from (finding("drift-columns-removed", pair.where(name)) for name in sorted(removed))
    for old, new in pair.columns():
        before, now = _filled(old), _filled(new)
        if before and not now:
            yield finding("drift-columns-empty", pair.where(old.name), before=_percent(before))
        elif before - now > Decimal(str(limits.filled_drop)):
            yield finding("drift-columns-filled", pair.where(old.name), before=_percent(before), now=_percent(now))


def _filled(column: ColumnStatistics) -> Decimal:
    rows = column.filled + column.missing
    return Decimal(column.filled) / rows if rows else Decimal(0)


def _ratio(before: Decimal, now: Decimal) -> Decimal:
    """New to old; nothing to nothing is no change, and something where nothing was counts as no change either."""
    return now / before if before else Decimal(1)


def _below(ratio: Decimal, limits: DriftSpec) -> bool:
    return ratio < Decimal(str(limits.rows_below))


def _above(ratio: Decimal, limits: DriftSpec) -> bool:
    return ratio > Decimal(str(limits.rows_above))


def _percent(ratio: Decimal) -> str:
    return f"{ratio * 100:,.0f}%"
