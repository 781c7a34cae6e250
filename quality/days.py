"""Whether the dates of a table lie in the time that it is about: none in the future, none read in another order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.messages import finding
from packages.model import ROWS_KEPT, Check, CheckOutcome, ColumnStatistics, Draft, Finding, Report, Table, Where
from packages.shaping.cells import MONTH_FIRST
from packages.spec import DatasetSpec
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
    odd = _year_findings(draft, table, [column for column in past if column.name not in told])
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
        days = _days(draft, table, column)
        places = pc.indices_nonzero(pc.fill_null(pc.greater(days, pa.scalar(latest)), False)).to_pylist()
        if places:
            heading, rows = draft.heading(table.name, column.name), draft.rows_at(table.name, places[:ROWS_KEPT])
            where = Where(table.name, column.name, heading, rows=rows, count=len(places), of=table.rows)
            yield finding("date-in-future", where)


def _year_findings(draft: Draft, table: Table, columns: Iterable[ColumnStatistics]) -> Iterator[Finding]:
    """Find years that are wrong: few dates far from all others, or one day of the month in many years."""
    for column in columns:
        covered = _covered(column) if column.type in ("date", "datetime") else None
        if covered is None or covered < FAR_OFF:
            continue
        days = _days(draft, table, column)
        where = Where(table.name, column.name, draft.heading(table.name, column.name), of=table.rows)
        years, months, numbers = (part(days).unique().drop_null() for part in (pc.year, pc.month, pc.day))
        if len(numbers) == 1 and len(months) <= 2 and len(years) >= SCATTERED:
            yield finding("date-years-scattered", where, years=len(years))
            continue
        low, middle, high = pc.quantile(days.cast(pa.int32()), [FEW, 0.5, 1 - FEW]).to_pylist()
        if high - low > MONTH.days * 12:
            continue
        distance = pc.abs(pc.subtract(days.cast(pa.int32()), int(middle)))
        places = pc.indices_nonzero(pc.fill_null(pc.greater(distance, FAR_OFF.days), False)).to_pylist()
        if places:
            rows = draft.rows_at(table.name, places[:ROWS_KEPT])
            yield finding("date-far-off", replace(where, rows=rows, count=len(places)))


def _days(draft: Draft, table: Table, column: ColumnStatistics) -> pa.ChunkedArray:
    """Return a column of a table, each cell as its day."""
    with pq.ParquetFile(draft.folder / table.parquet.name, pre_buffer=False) as file:
        return file.read(columns=[column.name]).column(0).cast(pa.date32())


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
