"""Whether the dates of a table lie in the time that it is about: none in the future, none read in another order."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import ROWS_KEPT, Check, CheckOutcome, ColumnStatistics, Draft, Finding, Report, Table, Where
from packages.shaping.cells import MONTH_FIRST
from packages.spec import DatasetSpec
from quality.profile.measures import read_column
from quality.verdict import JudgedPart

TITLE = "Every date lies in the time that the table is about"

ORDER_DOUBTS = (
    "date-order-doubtful",
    "date-order-clustered",
    "date-order-split",
    "date-order-mixed",
    "date-order-turned",
)

FAR_OFF = dt.timedelta(days=5 * 365)
"""Distance from the middle of the dates at which one is far off, where nearly all of them lie within a year."""

FEW = 0.05
"""Share of the dates at either end that may be far off."""

SCATTERED = 6
"""Years from which one day of the month in all of them is no chance."""

RECENT = 10
"""Years back from now in which files that come lie."""

LAST_DAY = 31

WIDER = 4
"""Times that a release may cover the time of the last one, and a month …"""
MONTH = dt.timedelta(days=31)
"""… before dates that prove no order of day and month may have been read in the wrong one."""


def days_part(draft: Draft, spec: DatasetSpec, now: dt.datetime, previous: Report | None) -> JudgedPart:
    """Check the dates of every table that has a field of the past."""
    return JudgedPart.joined(_table_part(draft, table, spec, now, previous) for table in draft.tables)


def _table_part(draft: Draft, table: Table, spec: DatasetSpec, now: dt.datetime, previous: Report | None) -> JudgedPart:
    names = spec.quality.past_fields(spec.package.period_field)
    # dates that were perhaps read in the wrong order are reported as that
    doubtful = {f.where.field for f in draft.findings if f.rule in ORDER_DOUBTS and f.where.resource == table.name}
    past = [column for column in table.columns if column.name in names and column.name not in doubtful]
    latest = now.date() + dt.timedelta(days=spec.quality.days_ahead)
    future = tuple(_future_findings(draft, table, past, latest))
    told = {found.where.field for found in future}
    odd = _year_findings(draft, table, [column for column in past if column.name not in told], now)
    findings = (*future, *odd, *_order_findings(draft, table, previous))
    if not past and not findings:
        return JudgedPart()
    outcome = CheckOutcome.FAILED if findings else CheckOutcome.PASSED
    return JudgedPart(findings, (Check(f"days/{table.name}", TITLE, outcome),))


def _future_findings(
    draft: Draft, table: Table, columns: Iterable[ColumnStatistics], latest: dt.date
) -> Iterator[Finding]:
    for column in columns:
        # most columns are settled by their last day, without a look at their cells
        if column.type not in ("date", "datetime") or (column.maximum and column.maximum[:10] <= latest.isoformat()):
            continue
        places, count = _days_that(draft, table, column, lambda days: pc.greater(days, pa.scalar(latest)))
        if count:
            heading, rows = draft.heading(table.name, column.name), draft.rows_at(table.name, places)
            where = Where(table.name, column.name, heading, rows=rows, count=count, of=table.rows)
            yield finding("date-in-future", where)


def _year_findings(
    draft: Draft, table: Table, columns: Iterable[ColumnStatistics], now: dt.datetime
) -> Iterator[Finding]:
    """Find years that are wrong: few dates far from all others, or one day of the month in many years."""
    for column in columns:
        covered = _covered(column) if column.type in ("date", "datetime") else None
        if covered is None or covered < FAR_OFF:
            continue
        counts = _day_counts(draft, table, column)
        different = pa.array(sorted(counts), pa.int32()).cast(pa.date32())
        where = Where(table.name, column.name, draft.heading(table.name, column.name), of=table.rows)
        years, months, numbers = (part(different).unique().to_pylist() for part in (pc.year, pc.month, pc.day))
        if len(months) <= 2 and len(years) >= SCATTERED and _are_years_read_as_days(numbers, years, now.year):
            yield finding("date-years-scattered", where, years=len(years))
            continue
        low, middle, high = (quantile(counts, share) for share in (FEW, 0.5, 1 - FEW))
        if high - low > MONTH.days * 12:
            continue
        places, count = _days_that(draft, table, column, partial(_are_far_from, int(middle)))
        if count:
            rows = draft.rows_at(table.name, places)
            yield finding("date-far-off", replace(where, rows=rows, count=count))


def _are_years_read_as_days(numbers: list[int], years: list[int], this_year: int) -> bool:
    """Return whether days may be years of two digits: 26/07/03 for 3 July 2026, read as 26 July 2003.

    The last day of March in every year is none: 2031 is still to come.
    """
    written_as_days = all(year % 100 <= LAST_DAY for year in years)
    return len(numbers) == 1 and written_as_days and this_year - RECENT <= 2000 + numbers[0] <= this_year


def _are_far_from(centre: int, days: pa.Array) -> pa.Array:
    return pc.greater(pc.abs(pc.subtract(days.cast(pa.int32()), centre)), FAR_OFF.days)


def quantile(counts: Mapping[int, int], share: float) -> float:
    """Return the value below which that share of all values lies, given how often each is there; there must be one.

    Between two values it is as far from either as the share is, as with `pyarrow.compute.quantile`.
    """
    values = sorted(counts)
    last = list(accumulate(counts[value] for value in values))
    place = share * (last[-1] - 1)
    below, above = (values[bisect_right(last, end)] for end in (math.floor(place), math.ceil(place)))
    part = place - math.floor(place)
    return part * above + (1 - part) * below


def _day_counts(draft: Draft, table: Table, column: ColumnStatistics) -> Counter[int]:
    """Return how often each day is in a column, as a number of days since 1970."""
    counts: Counter[int] = Counter()
    for days in _days(draft, table, column):
        counted = days.drop_null().cast(pa.int32()).value_counts()
        counts.update(dict(zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True)))
    return counts


def _days_that(
    draft: Draft, table: Table, column: ColumnStatistics, are_odd: Callable[[pa.Array], pa.Array]
) -> tuple[list[int], int]:
    """Return the first positions (from 0) of the days of a column that are odd, and how many are."""
    places: list[int] = []
    start = count = 0
    for days in _days(draft, table, column):
        found = pc.indices_nonzero(pc.fill_null(are_odd(days), False))
        count += len(found)
        places += [start + place for place in found[: ROWS_KEPT - len(places)].to_pylist()]
        start += len(days)
    return places, count


def _days(draft: Draft, table: Table, column: ColumnStatistics) -> Iterator[pa.Array]:
    """Yield a column of a table batch by batch, each cell as its day."""
    for cells in read_column(draft.folder / table.parquet.name, column.name):
        yield cells.cast(pa.date32())


def _order_findings(draft: Draft, table: Table, previous: Report | None) -> Iterator[Finding]:
    """Find dates read with the day first, for want of a proof, though the last release tells something else."""
    for doubt in draft.findings:
        field = doubt.where.field
        if previous is None or doubt.rule != "date-order-ambiguous" or doubt.where.resource != table.name:
            continue
        if any((c.rule, c.field) == (MONTH_FIRST, field) and c.resource in ("", table.name) for c in previous.changes):
            yield finding("date-order-changed", doubt.where)
            continue
        old = next((c for t in previous.tables if t.name == table.name for c in t.columns if c.name == field), None)
        new = next((c for c in table.columns if c.name == field), None)
        before, now = (_covered(column) if column else None for column in (old, new))
        if before and now and now > WIDER * (before + MONTH):
            yield finding("date-order-wider", doubt.where, before=f"{before.days + 1:,}", now=f"{now.days + 1:,}")


def _covered(column: ColumnStatistics) -> dt.timedelta | None:
    """Return the time from the first to the last day of a column; None where they are not known."""
    if not (column.minimum and column.maximum):
        return None
    first, last = (dt.date.fromisoformat(text[:10]) for text in (column.minimum, column.maximum))
    return last - first
