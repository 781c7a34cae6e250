"""Does the new table differ from the last release more than it should?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from packages.messages import finding
from packages.model import Check, CheckOutcome, ColumnStatistics, Finding, Report, Table, Where
from packages.profile import SORTS, ignore_capitals, profile_distance, profile_size
from packages.spec import DriftSpec
from quality.verdict import JudgedPart

FIRST_RELEASE = "First release: nothing to compare with."
NEW_TABLE = "A new table: nothing to compare with."

CHECKS = {
    "drift-rows": "About as many rows as in the last release",
    "drift-total": "Totals about as in the last release",
    "drift-columns": "The columns of the last release are still there and filled",
    "drift-content": "Each column holds what it held in the last release",
}

LEAST = 10
"""Values that a column must have, in both releases, before its content is compared."""

MOVED = 0.5
"""From this distance to its own content on (0 to 1), a column may hold that of another one …"""
ALIKE = 0.3
"""… when it is as near as this to the other."""

CHANGED = 0.75
"""From this distance on, what a column holds has changed, wherever it came from."""


@dataclass(frozen=True, slots=True)
class TablePair:
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


def drift(previous: Report | None, tables: Sequence[Table], limits: DriftSpec) -> JudgedPart:
    """Compare each table with the last release; the limits say from where on a person must look."""
    if previous is None:
        return JudgedPart.joined(_nothing_to_compare(t, FIRST_RELEASE) for t in tables)
    old = {t.name: t for t in previous.tables}
    lost = sorted(old.keys() - {t.name for t in tables})
    gone = JudgedPart(tuple(finding("drift-table-gone", Where(resource=name)) for name in lost))
    compared = (
        _compare(TablePair(old[t.name], t), limits) if t.name in old else _nothing_to_compare(t, NEW_TABLE)
        for t in tables
    )
    return JudgedPart.joined((gone, *compared))


def _nothing_to_compare(table: Table, note: str) -> JudgedPart:
    return JudgedPart(checks=tuple(Check(f"{n}/{table.name}", t, CheckOutcome.PASSED, note) for n, t in CHECKS.items()))


def _compare(pair: TablePair, limits: DriftSpec) -> JudgedPart:
    unknown = _unknown_totals(pair, limits)
    note = f"The total is not known of: {', '.join(unknown)}. Mark it as safe in datapackage.yaml." if unknown else ""
    return JudgedPart.joined(
        (
            _part("drift-rows", pair, _rows(pair, limits)),
            _part("drift-total", pair, _totals(pair, limits), note),
            _part("drift-columns", pair, _columns(pair, limits)),
            _part("drift-content", pair, _content(pair)),
        )
    )


def _part(name: str, pair: TablePair, findings: Iterable[Finding], not_run: str = "") -> JudgedPart:
    found = tuple(findings)
    outcome = CheckOutcome.FAILED if found else CheckOutcome.NOT_RUN if not_run else CheckOutcome.PASSED
    return JudgedPart(found, (Check(f"{name}/{pair.new.name}", CHECKS[name], outcome, not_run),))


def _unknown_totals(pair: TablePair, limits: DriftSpec) -> list[str]:
    """The watched fields that have numbers in both releases and no total to show for them."""
    watched = [(old, new) for old, new in pair.columns() if old.name in limits.totals and old.filled and new.filled]
    return [new.name for old, new in watched if not (old.total and new.total)]


def _rows(pair: TablePair, limits: DriftSpec) -> Iterator[Finding]:
    ratio = _ratio(Decimal(pair.old.rows), Decimal(pair.new.rows))
    before, now, share = f"{pair.old.rows:,}", f"{pair.new.rows:,}", _percent(ratio)
    if _below(ratio, limits):
        yield finding("drift-rows-fewer", pair.where(), before=before, now=now, share=share)
    if _above(ratio, limits):
        yield finding("drift-rows-more", pair.where(), before=before, now=now, share=share)


def _totals(pair: TablePair, limits: DriftSpec) -> Iterator[Finding]:
    for old, new in pair.columns():
        if old.name not in limits.totals or not (old.total and new.total):
            continue
        ratio = _ratio(Decimal(old.total), Decimal(new.total))
        if _below(ratio, limits) or _above(ratio, limits):
            yield finding("drift-total", pair.where(old.name), share=_percent(ratio))


def _columns(pair: TablePair, limits: DriftSpec) -> Iterator[Finding]:
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


def _content(pair: TablePair) -> Iterator[Finding]:
    """Columns whose heading stayed and whose content did not: mostly because the columns beside them moved."""
    comparable = [(old, new) for old, new in pair.columns() if _comparable(old, new)]
    before = [old for old, _ in comparable]
    for old, new in comparable:
        source = _moved_from(old, new, before)
        if source:
            yield finding("drift-content-moved", pair.where(new.name), other=source.title or source.name)
        elif profile_distance(ignore_capitals(old.profile), ignore_capitals(new.profile)) >= CHANGED:
            yield finding("drift-content-changed", pair.where(new.name))


def _comparable(old: ColumnStatistics, new: ColumnStatistics) -> bool:
    return min(profile_size(old.profile), profile_size(new.profile)) >= LEAST and SORTS.get(old.type) == SORTS.get(
        new.type
    )


def _moved_from(old: ColumnStatistics, new: ColumnStatistics, before: Iterable[ColumnStatistics]) -> Any:
    """The column of the last release whose content this one holds now; None when it still holds its own."""
    others = [c for c in before if c.name != new.name and SORTS[c.type] == SORTS[new.type]]
    own = profile_distance(old.profile, new.profile)
    named = [c for c in others if _shares_values(c, new) and not _shares_any(old, new) and not _shares_any(old, c)]
    nearest = min(others, key=lambda c: profile_distance(c.profile, new.profile), default=None)
    if named:
        return named[0]
    if nearest and own >= MOVED and profile_distance(nearest.profile, new.profile) <= min(ALIKE, own / 2):
        return nearest
    return None


def _shares_values(old: ColumnStatistics, new: ColumnStatistics) -> bool:
    """Whether half of the frequent words are the same, and they are not just Yes and No; safe columns can tell."""
    ours, theirs = _words(new), _words(old)
    return len(ours) > 2 and len(ours & theirs) * 2 >= len(ours)


def _shares_any(one: ColumnStatistics, other: ColumnStatistics) -> bool:
    return bool(_words(one) & _words(other))


def _words(column: ColumnStatistics) -> set[str]:
    return {value for value, _ in column.top} if column.type == "string" else set()


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
