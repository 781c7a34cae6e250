"""Drift: whether a table differs from the last release by more than the limits of its dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from packages.messages import finding
from packages.model import Check, CheckOutcome, ColumnStatistics, Finding, Report, Table, Where
from packages.profile import SORTS, ignore_capitals, number_kind, profile_distance, profile_size, rescaled
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
"""Values that a column must have in both releases for its content to be compared."""

MOVED = 0.5
"""Distance (0 to 1) to its own earlier content from which a column may hold that of another …"""
ALIKE = 0.3
"""… if its distance to the other column is at most this."""

SCALED = 20
"""Values that a column of numbers must have in both releases for its scale to be compared."""
POWERS = (1, 2, 3, -1, -2, -3)
"""Powers of ten by which numbers grow or shrink when they are in pence or in thousands, or lose their point."""

VARIED = 3
"""Different values in the last release from which a single one in all rows is odd."""

CHANGED = 0.75
"""Distance from which the content of a column has changed, wherever it came from."""


@dataclass(frozen=True, slots=True)
class TablePair:
    """A table as last released and as it is now."""

    old: Table
    new: Table

    def columns(self) -> Iterator[tuple[ColumnStatistics, ColumnStatistics]]:
        """Return the columns that both tables have, as (old, new)."""
        now = {c.name: c for c in self.new.columns}
        return ((c, now[c.name]) for c in self.old.columns if c.name in now)

    def where(self, field: str = "") -> Where:
        """Return the place of a finding in the new table."""
        return Where(resource=self.new.name, field=field)


def drift(previous: Report | None, tables: Sequence[Table], limits: DriftSpec) -> JudgedPart:
    """Compare each table with the last release; beyond the limits a person must decide."""
    if previous is None:
        return JudgedPart.joined(_nothing_to_compare(t, FIRST_RELEASE) for t in tables)
    old = {t.name: t for t in previous.tables}
    # a table that has disappeared has no pair, so it is reported apart
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
    # watched fields that have numbers in both releases and no total, because they are not marked as safe
    watched = [(old, new) for old, new in pair.columns() if old.name in limits.totals and old.filled and new.filled]
    unknown = [new.name for old, new in watched if not (old.total and new.total)]
    rows, totals = [], []
    ratio = _ratio(Decimal(pair.old.rows), Decimal(pair.new.rows))
    before, now, share = f"{pair.old.rows:,}", f"{pair.new.rows:,}", _percent(ratio)
    for rule, is_beyond in (("drift-rows-fewer", _below), ("drift-rows-more", _above)):
        if is_beyond(ratio, limits):
            rows.append(finding(rule, pair.where(), before=before, now=now, share=share))
    for old, new in pair.columns():
        if old.name in limits.totals and old.total and new.total:
            ratio = _ratio(Decimal(old.total), Decimal(new.total))
            if _below(ratio, limits) or _above(ratio, limits):
                totals.append(finding("drift-total", pair.where(old.name), share=_percent(ratio)))
    note = f"The total is not known of: {', '.join(unknown)}. Mark it as safe in datapackage.yaml." if unknown else ""
    return JudgedPart.joined(
        (
            _drift_part("drift-rows", pair, rows),
            _drift_part("drift-total", pair, totals, note),
            _drift_part("drift-columns", pair, _column_findings(pair, limits)),
            _drift_part("drift-content", pair, _content_findings(pair)),
        )
    )


def _drift_part(name: str, pair: TablePair, findings: Iterable[Finding], not_run: str = "") -> JudgedPart:
    findings = tuple(findings)
    outcome = CheckOutcome.FAILED if findings else CheckOutcome.NOT_RUN if not_run else CheckOutcome.PASSED
    return JudgedPart(findings, (Check(f"{name}/{pair.new.name}", CHECKS[name], outcome, not_run),))


def _column_findings(pair: TablePair, limits: DriftSpec) -> Iterator[Finding]:
    if not pair.new.rows:
        # an empty table lacks every column, and is reported for its rows already
        return
    # sorted, because a report must have the same bytes every time
    removed = {c.name for c in pair.old.columns} - {c.name for c in pair.new.columns}
    yield from (finding("drift-columns-removed", pair.where(name)) for name in sorted(removed))
    for old, new in pair.columns():
        before, now = _filled_share(old), _filled_share(new)
        if before and not now:
            yield finding("drift-columns-empty", pair.where(old.name), before=_percent(before))
        elif before - now > Decimal(str(limits.filled_drop)):
            yield finding("drift-columns-filled", pair.where(old.name), before=_percent(before), now=_percent(now))


def _content_findings(pair: TablePair) -> Iterator[Finding]:
    """Find columns whose heading stayed and whose content did not, mostly because the columns beside them moved."""
    for old, new in pair.columns():
        if old.distinct >= VARIED and new.distinct == 1 and new.filled >= LEAST:
            yield finding("drift-values-same", pair.where(new.name))
    comparable = [
        (old, new)
        for old, new in pair.columns()
        if min(profile_size(old.profile), profile_size(new.profile)) >= LEAST
        and SORTS.get(old.type) == SORTS.get(new.type)
    ]
    before = [old for old, _ in comparable]
    for old, new in comparable:
        source = _moved_from(old, new, before)
        if source:
            yield finding("drift-content-moved", pair.where(new.name), other=source.title or source.name)
        elif profile_distance(ignore_capitals(old.profile), ignore_capitals(new.profile)) >= CHANGED:
            yield finding("drift-content-changed", pair.where(new.name))
        elif power := _changed_scale(old, new):
            way = "greater" if power > 0 else "smaller"
            yield finding("drift-scale", pair.where(new.name), times=f"{10 ** abs(power):,}", way=way)


def _changed_scale(old: ColumnStatistics, new: ColumnStatistics) -> int:
    """Return the power of ten by which the numbers of a column have grown, as in another unit; 0 when they have not."""
    distance = profile_distance(old.profile, new.profile)
    if SORTS.get(new.type) is not number_kind or min(map(profile_size, (old.profile, new.profile))) < SCALED:
        return 0
    distances = {power: profile_distance(rescaled(old.profile, power), new.profile) for power in POWERS}
    nearest = min(distances, key=lambda power: distances[power])
    return nearest if distance >= ALIKE and distances[nearest] <= distance / 3 else 0


def _moved_from(
    old: ColumnStatistics, new: ColumnStatistics, before: Iterable[ColumnStatistics]
) -> ColumnStatistics | None:
    """Return the column of the last release whose content `new` holds now; None when it still holds its own."""
    others = [c for c in before if c.name != new.name and SORTS[c.type] == SORTS[new.type]]
    own_distance = profile_distance(old.profile, new.profile)
    # frequent words are better evidence than profiles, which are alike for many columns
    words = _words(new)
    # Yes and No alone prove nothing, so at least half of three or more words must be the same
    sharing = [
        c
        for c in others
        if len(words) > 2
        and len(words & _words(c)) * 2 >= len(words)
        and not _words(old) & words
        and not _words(old) & _words(c)
    ]
    nearest = min(others, key=lambda c: profile_distance(c.profile, new.profile), default=None)
    if sharing:
        return sharing[0]
    if nearest and own_distance >= MOVED:
        limit = min(ALIKE, own_distance / 2)
        return nearest if profile_distance(nearest.profile, new.profile) <= limit else None
    return None


def _words(column: ColumnStatistics) -> set[str]:
    """Return the frequent words of a text column; empty for columns that are not safe, which keep none."""
    return {value for value, _ in column.top} if column.type == "string" else set()


def _filled_share(column: ColumnStatistics) -> Decimal:
    rows = column.filled + column.missing
    return Decimal(column.filled) / rows if rows else Decimal(0)


def _ratio(before: Decimal, now: Decimal) -> Decimal:
    """Return new to old; 1 where there was nothing before, which counts as no change."""
    return now / before if before else Decimal(1)


def _below(ratio: Decimal, limits: DriftSpec) -> bool:
    return ratio < Decimal(str(limits.rows_below))


def _above(ratio: Decimal, limits: DriftSpec) -> bool:
    return ratio > Decimal(str(limits.rows_above))


def _percent(ratio: Decimal) -> str:
    return f"{ratio * 100:,.0f}%"
