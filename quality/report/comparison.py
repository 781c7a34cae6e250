"""What changed since an earlier release, as far as two reports show: rows, columns, totals, filled shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from packages.model import ColumnStatistics, Report, Table, TableChanges, Verdict
from quality.report import wording
from quality.report.sanitise import NAME, sanitise
from quality.report.wording import number_text, share_text

FILLED_SHIFT = 0.05
"""Shifts of a column's filled share up to this are noise and get no line."""


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """One line of the comparison: what is compared, its value before and now, and the difference in words."""

    what: str
    before: str
    now: str
    change: str


def last_released(report: Report, earlier: Sequence[Report]) -> Report | None:
    """Return the newest of the earlier reports that led to a release, or None."""
    released = (r for r in earlier if r.verdict is Verdict.PUBLISH and r.created < report.created)
    return max(released, key=lambda r: r.created, default=None)


def compare_reports(now: Report, before: Report) -> tuple[ComparisonLine, ...]:
    """Return a line for the number of rows of each table and for everything else that differs."""
    earlier_tables = {table.name: table for table in before.tables}
    pairs = [(table, earlier_tables[table.name]) for table in now.tables if table.name in earlier_tables]
    lines = [line for table, earlier in pairs for line in _compare_tables(table, earlier, several=len(pairs) > 1)]
    for changes in now.compared:
        lines += _category_lines(changes, _column_titles(now, changes.table))
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class RowChanges:
    """The rows added, removed and changed in a table, in words; `note` alone where they could not be compared.

    `columns` are (title, number of rows that differ in it), the most first.
    """

    table: str
    note: str
    key: str
    added: str
    removed: str
    changed: str
    columns: tuple[tuple[str, int], ...]


def row_changes(report: Report) -> tuple[RowChanges, ...]:
    """Return for each table the rows added, removed and changed since the last release."""
    described = []
    for changes in report.compared:
        titles = _column_titles(report, changes.table)
        columns = ((titles.get(name, name), count) for name, count in changes.fields)
        described.append(
            RowChanges(
                changes.table,
                changes.note,
                wording.listed_text([f"“{sanitise(titles.get(name, name), NAME)}”" for name in changes.key]),
                wording.count_text(changes.added, "row"),
                wording.count_text(changes.removed, "row"),
                wording.count_text(changes.changed, "row"),
                tuple(sorted(columns, key=lambda pair: -pair[1])),
            )
        )
    return tuple(described)


def _column_titles(report: Report, table: str) -> dict[str, str]:
    return {c.name: c.title or c.name for t in report.tables if t.name == table for c in t.columns}


def _category_lines(changes: TableChanges, titles: Mapping[str, str]) -> Iterator[ComparisonLine]:
    sides = ((changes.new, "–", "present", "new"), (changes.gone, "present", "–", "gone"))
    for categories, before, now, change in sides:
        for name, text in categories:
            what = f"“{sanitise(text, NAME)}” in “{sanitise(titles.get(name, name), NAME)}”"
            yield ComparisonLine(what, before, now, change)


def _compare_tables(now: Table, before: Table, *, several: bool) -> Iterator[ComparisonLine]:
    yield ComparisonLine(
        f"Rows of {now.name}" if several else "Rows",
        f"{before.rows:,}",
        f"{now.rows:,}",
        change_text(Decimal(before.rows), Decimal(now.rows)),
    )
    old = {column.name: column for column in before.columns}
    new = {column.name: column for column in now.columns}
    for name, column in new.items():
        if name not in old:
            yield ComparisonLine(f"Column {_quoted_title(column)}", "–", "present", "added")
    for name, column in old.items():
        if name not in new:
            yield ComparisonLine(f"Column {_quoted_title(column)}", "present", "–", "removed")
    for name, column in new.items():
        if name in old:
            yield from _compare_columns(column, old[name])


def _compare_columns(now: ColumnStatistics, before: ColumnStatistics) -> Iterator[ComparisonLine]:
    total_before, total_now = _total(before), _total(now)
    if total_before is not None and total_now is not None:
        yield ComparisonLine(
            f"Total of {_quoted_title(now)}",
            number_text(before.total),
            number_text(now.total),
            change_text(total_before, total_now),
        )
    shift = _filled_share(now) - _filled_share(before)
    if abs(shift) > FILLED_SHIFT:
        yield ComparisonLine(
            f"{_quoted_title(now)}, filled",
            share_text(before.filled, before.filled + before.missing),
            share_text(now.filled, now.filled + now.missing),
            f"{100 * shift:+.0f} points".replace("-", "−"),
        )


def change_text(before: Decimal, now: Decimal) -> str:
    """Return the difference with its sign and share: `+1,204 (+4.2%)`, `no change`."""
    moved = now - before
    if not moved:
        return "no change"
    percent = f" ({100 * moved / abs(before):+.1f}%)" if before else ""
    return f"{moved:+,}{percent}".replace("-", "−")


def _total(column: ColumnStatistics) -> Decimal | None:
    """Return the total of a column whose values may be shown; None where there is none or it is not a number."""
    if not (column.safe and column.total):
        return None
    try:
        return Decimal(column.total)
    except InvalidOperation:
        return None


def _filled_share(column: ColumnStatistics) -> float:
    return column.filled / ((column.filled + column.missing) or 1)


def _quoted_title(column: ColumnStatistics) -> str:
    return f"“{sanitise(column.title or column.name, NAME)}”"
