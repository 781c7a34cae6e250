"""What changed since an earlier release, as far as two reports tell: rows, columns, totals, filled shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from packages.model import ColumnStatistics, Report, Table, TableChanges, Verdict
from quality.report import wording
from quality.report.sanitise import NAME, sanitise
from quality.report.wording import number_text, share_text

FILLED_SHIFT = 0.05
"""A column's filled share must move by more than this to be worth a line."""


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """One line of the comparison: what, how it was, how it is, and the step between in words."""

    what: str
    before: str
    now: str
    change: str


def last_released(report: Report, earlier: Sequence[Report]) -> Report | None:
    """The newest of the earlier reports that led to a release, or None."""
    released = (r for r in earlier if r.verdict is Verdict.PUBLISH and r.created < report.created)
    return max(released, key=lambda r: r.created, default=None)


def compare_reports(now: Report, before: Report) -> tuple[ComparisonLine, ...]:
    """Every line that tells the two apart, and always the number of rows."""
    old = {table.name: table for table in before.tables}
    pairs = [(table, old[table.name]) for table in now.tables if table.name in old]
    counts = (line for table, was in pairs for line in _table(table, was, several=len(pairs) > 1))
    return (*counts, *(line for one in now.compared for line in _categories(one, _titles(now, one.table))))


@dataclass(frozen=True, slots=True)
class RowChanges:
    """What became of the rows of a table, in words; `note` alone where they could not be compared.

    `columns` are (title, how many rows differ in it), the most first.
    """

    table: str
    note: str
    key: str
    added: str
    removed: str
    changed: str
    columns: tuple[tuple[str, int], ...]


def row_changes(report: Report) -> tuple[RowChanges, ...]:
    """The rows that came, went and changed since the last release, by table."""
    return tuple(_row_steps(one, _titles(report, one.table)) for one in report.compared)


def _titles(report: Report, table: str) -> dict[str, str]:
    """The title of every column of a table by its name."""
    return {c.name: c.title or c.name for t in report.tables if t.name == table for c in t.columns}


def _row_steps(one: TableChanges, titles: Mapping[str, str]) -> RowChanges:
    columns = sorted(((titles.get(name, name), count) for name, count in one.fields), key=lambda pair: -pair[1])
    return RowChanges(
        one.table,
        one.note,
        wording.listed_text([f"“{sanitise(titles.get(name, name), NAME)}”" for name in one.key]),
        wording.count_text(one.added, "row"),
        wording.count_text(one.removed, "row"),
        wording.count_text(one.changed, "row"),
        tuple(columns),
    )


def _categories(one: TableChanges, titles: Mapping[str, str]) -> Iterator[ComparisonLine]:
    for steps, before, now, change in ((one.new, "–", "present", "new"), (one.gone, "present", "–", "gone")):
        for name, text in steps:
            what = f"“{sanitise(text, NAME)}” in “{sanitise(titles.get(name, name), NAME)}”"
            yield ComparisonLine(what, before, now, change)


def _table(now: Table, before: Table, *, several: bool) -> Iterator[ComparisonLine]:
    yield ComparisonLine(
        f"Rows of {now.name}" if several else "Rows",
        f"{before.rows:,}",
        f"{now.rows:,}",
        change_text(Decimal(before.rows), Decimal(now.rows)),
    )
    old = {column.name: column for column in before.columns}
    new = {column.name: column for column in now.columns}
    yield from _columns(old, new)
    for name in (name for name in new if name in old):
        yield from _column(new[name], old[name])


def _columns(old: dict[str, ColumnStatistics], new: dict[str, ColumnStatistics]) -> Iterator[ComparisonLine]:
    for column in (column for name, column in new.items() if name not in old):
        yield ComparisonLine(f"Column {_title(column)}", "–", "present", "added")
    for column in (column for name, column in old.items() if name not in new):
        yield ComparisonLine(f"Column {_title(column)}", "present", "–", "removed")


def _column(now: ColumnStatistics, before: ColumnStatistics) -> Iterator[ComparisonLine]:
    was, is_now = _amount(before), _amount(now)
    if was is not None and is_now is not None:
        yield ComparisonLine(
            f"Total of {_title(now)}", number_text(before.total), number_text(now.total), change_text(was, is_now)
        )
    if abs(_filled(now) - _filled(before)) > FILLED_SHIFT:
        yield ComparisonLine(
            f"{_title(now)}, filled",
            share_text(before.filled, before.filled + before.missing),
            share_text(now.filled, now.filled + now.missing),
            f"{100 * (_filled(now) - _filled(before)):+.0f} points".replace("-", "−"),
        )


def change_text(before: Decimal, now: Decimal) -> str:
    """The difference with its sign and share: `+1,204 (+4.2%)`, `no change`."""
    moved = now - before
    if not moved:
        return "no change"
    percent = f" ({100 * moved / abs(before):+.1f}%)" if before else ""
    return f"{moved:+,}{percent}".replace("-", "−")


def _amount(column: ColumnStatistics) -> Decimal | None:
    if not (column.safe and column.total):
        return None
    try:
        return Decimal(column.total)
    except InvalidOperation:
        return None


def _filled(column: ColumnStatistics) -> float:
    return column.filled / ((column.filled + column.missing) or 1)


def _title(column: ColumnStatistics) -> str:
    return f"“{sanitise(column.title or column.name, NAME)}”"
