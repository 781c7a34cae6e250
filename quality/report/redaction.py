"""What a report may hold for whom: no value of a column that is not known to be safe, for anybody."""

from __future__ import annotations

from dataclasses import replace

from packages.model import ColumnStatistics, Report, Table


def without_unsafe_values(report: Report) -> Report:
    """The same report in which columns that are not known to be safe have counts only."""
    return replace(report, tables=tuple(_table(table) for table in report.tables))


def for_public(report: Report) -> Report:
    """The report as everybody may read it: without the masked shapes that help a reviewer."""
    findings = tuple(replace(finding, shapes=()) for finding in report.findings)
    return replace(without_unsafe_values(report), findings=findings)


def _table(table: Table) -> Table:
    return replace(table, columns=tuple(_column(column) for column in table.columns))


def _column(column: ColumnStatistics) -> ColumnStatistics:
    if column.safe:
        return column
    return replace(column, minimum="", maximum="", total="", top=(), bars=())
