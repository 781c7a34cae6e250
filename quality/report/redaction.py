"""What a report may hold for whom.

Nobody sees a value of a column that is not known to be safe, or in which personal data were found; nor a text of a
file that must be fixed, whose cells may stand in wrong columns. The public sees no value at all of a file that was
stopped, and of any file only those names that the description of the dataset knows: a heading, a sheet or a file may be
called after a person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from packages.masking import mask
from packages.messages import mask_unknown_names
from packages.model import ColumnStatistics, Finding, Report, Table, TableChanges, Verdict, Where

STOPPED = (Verdict.HELD, Verdict.BLOCKED)
TEXTS = ("string", "any", "object", "array", "list", "geojson")
PUBLIC_ADDRESSES = ("https://", "http://")


def without_unsafe_values(report: Report) -> Report:
    """The same report in which columns that are not known to be safe have counts only."""
    doubtful = {(f.where.resource, f.where.field) for f in report.findings if f.rule.startswith("personal-")}
    tables = tuple(_table(table, doubtful) for table in report.tables)
    if report.verdict is Verdict.BLOCKED:
        return replace(report, tables=_without(tables, TEXTS), compared=_without_categories(report.compared))
    unsafe = {(table.name, column.name) for table in tables for column in table.columns if not column.safe}
    return replace(report, tables=tables, compared=_without_categories(report.compared, unsafe))


def for_public(report: Report, known: Iterable[str] = ()) -> Report:
    """The report as everybody may read it: without shapes of cells and without names that came with the file.

    `known` are headings that may be told besides the names and titles of the schema and the headings of its columns.
    """
    names = frozenset((*known, *_known(report)))
    report = without_unsafe_values(report)
    return replace(
        report,
        tables=_without(report.tables) if report.verdict in STOPPED else report.tables,
        compared=_without_categories(report.compared) if report.verdict in STOPPED else report.compared,
        findings=tuple(_public_finding(finding, names) for finding in report.findings),
        checks=tuple(replace(check, note=mask_unknown_names(check.note, names)) for check in report.checks),
        source=_public_source(report),
        how_read=mask_unknown_names(report.how_read, names),
    )


def _known(report: Report) -> Iterator[str]:
    """The names that the description gives: those of the schema, and the headings that it maps to a column."""
    for table in report.tables:
        yield table.name
        for field in table.schema.get("fields", ()):
            yield from (field["name"], field.get("title", ""))
            yield from (str(value) for value in field.get("constraints", {}).get("enum", ()))
    yield from (finding.where.column for finding in report.findings if finding.where.field)


def _public_finding(finding: Finding, known: frozenset[str]) -> Finding:
    return replace(
        finding,
        what=mask_unknown_names(finding.what, known),
        fix=mask_unknown_names(finding.fix, known),
        where=_public_place(finding.where, known),
        shapes=(),
    )


def _public_place(where: Where, known: frozenset[str]) -> Where:
    column = where.column if where.column in known else mask(where.column)
    return replace(where, column=column, sheet=where.sheet if where.sheet in known else mask(where.sheet))


def _public_source(report: Report) -> dict[str, str]:
    """Without the name of the file; its address only where it is on the web, which everybody can see already."""
    url = report.source.get("url", "")
    shown = dict(report.source) | {"name": "", "url": url if url.startswith(PUBLIC_ADDRESSES) else ""}
    return {key: text for key, text in shown.items() if text}


def _table(table: Table, doubtful: set[tuple[str, str]]) -> Table:
    columns = (_column(c, (table.name, c.name) in doubtful) for c in table.columns)
    return replace(table, columns=tuple(columns))


def _column(column: ColumnStatistics, doubtful: bool) -> ColumnStatistics:
    if column.safe and not doubtful:
        return column
    return _counts_of(replace(column, safe=False))


def _without(tables: Sequence[Table], types: Collection[str] = ()) -> tuple[Table, ...]:
    """The tables with counts only, in all columns or in those of some types."""
    return tuple(
        replace(table, columns=tuple(_counts_of(c) if not types or c.type in types else c for c in table.columns))
        for table in tables
    )


def _without_categories(
    compared: Sequence[TableChanges], unsafe: Collection[tuple[str, str]] | None = None
) -> tuple[TableChanges, ...]:
    """The changes without the categories of `unsafe` (table, field), or of all fields."""

    def kept(table: str, named: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return () if unsafe is None else tuple(pair for pair in named if (table, pair[0]) not in unsafe)

    return tuple(replace(one, new=kept(one.table, one.new), gone=kept(one.table, one.gone)) for one in compared)


def _counts_of(column: ColumnStatistics) -> ColumnStatistics:
    return replace(column, minimum="", maximum="", total="", top=(), bars=())
