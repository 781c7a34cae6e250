"""Remove from a report what its readers may not see.

A value of a column that is not known to be safe, or in which personal data were found, is shown to no reader; nor is a
text of a file that must be fixed, whose cells may stand in wrong columns. The public sees no value at all of a file
that was stopped, and of any file only those names that the description of the dataset knows: a heading, a sheet or a
file may be named after a person. Nor does it learn which column seems to hold people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from packages.masking import mask
from packages.messages import is_about_people, mask_unknown_names
from packages.model import SMALL_NUMBERS, ColumnStatistics, Finding, Report, Table, TableChanges, Verdict, Where

STOPPED = (Verdict.HELD, Verdict.BLOCKED)
TEXT_TYPES = ("string", "any", "object", "array", "list", "geojson")
OF_THE_BYTES = ("sha256", "bytes", "etag", "last_modified")
"""What the facts about a source tell of its very bytes."""

PUBLIC_ADDRESSES = ("https://", "http://")


def without_unsafe_values(report: Report) -> Report:
    """Return the same report in which columns that are not known to be safe have counts only."""
    tables = without_personal_values(report.tables, report.findings)
    tables = tuple(
        replace(table, columns=tuple(c if c.safe else _counts_of(c) for c in table.columns)) for table in tables
    )
    # cells of a blocked file may be shifted into safe columns, so no text of it is shown
    if report.verdict is Verdict.BLOCKED:
        return replace(report, tables=_counts_only(tables, TEXT_TYPES), compared=_without_categories(report.compared))
    unsafe = {(table.name, column.name) for table in tables for column in table.columns if not column.safe}
    return replace(report, tables=tables, compared=_without_categories(report.compared, unsafe))


def without_personal_values(tables: Iterable[Table], findings: Iterable[Finding]) -> tuple[Table, ...]:
    """Return the tables in which columns where personal data were found are no longer safe, and have counts only."""
    personal = {(f.where.resource, f.where.field) for f in findings if f.rule.startswith("personal-")}
    return tuple(
        replace(
            table,
            columns=tuple(
                _counts_of(replace(c, safe=False)) if (table.name, c.name) in personal else c for c in table.columns
            ),
        )
        for table in tables
    )


def for_public(report: Report, known: Iterable[str] = ()) -> Report:
    """Return the report as the public may read it: without shapes of cells and without names from the file.

    `known` are headings that may be shown besides the names and titles of the schema and the headings of its columns.
    """
    names = frozenset((*known, *_described_names(report)))
    report = without_unsafe_values(report)
    is_stopped = report.verdict in STOPPED
    # an address on the web can be seen by anybody; any other may be a path on the machine of a person
    url = report.source.get("url", "")
    source = dict(report.source) | {"name": "", "url": url if url.startswith(PUBLIC_ADDRESSES) else ""}
    if any(change.rule == SMALL_NUMBERS for change in report.changes):
        # whoever knows all but a few numbers of a file could try them out until its digest is right
        source |= dict.fromkeys(OF_THE_BYTES, "")
    return replace(
        report,
        tables=_counts_only(report.tables) if is_stopped else report.tables,
        # a category that is gone may be one that should never have been there
        compared=_without_categories(report.compared)
        if is_stopped
        else tuple(replace(changes, gone=()) for changes in report.compared),
        findings=tuple(_public_finding(finding, names) for finding in report.findings),
        checks=tuple(replace(check, note=mask_unknown_names(check.note, names)) for check in report.checks),
        source={key: text for key, text in source.items() if text},
        how_read=mask_unknown_names(report.how_read, names),
    )


def _described_names(report: Report) -> Iterator[str]:
    """Yield the names that the description gives: those of the schema, and the headings that it maps to a column."""
    for table in report.tables:
        yield table.name
        for field in table.schema.get("fields", ()):
            yield from (field["name"], field.get("title", ""))
            yield from (str(value) for value in field.get("constraints", {}).get("enum", ()))
    yield from (finding.where.column for finding in report.findings if finding.where.field)


def _public_finding(finding: Finding, known: frozenset[str]) -> Finding:
    where = finding.where
    if is_about_people(finding.rule) and (where.field or where.column):
        # which column seems to hold people is for those who decide, not for those who would look there
        what = "Something about people was found in the file."
        hidden = Where(count=where.count, of=where.of, unit=where.unit)
        return replace(finding, what=what, fix=mask_unknown_names(finding.fix, known), where=hidden, shapes=())
    # a heading that the description does not know may be the name of a person
    column = where.column if where.column in known else mask(where.column)
    sheet = where.sheet if where.sheet in known else mask(where.sheet)
    return replace(
        finding,
        what=mask_unknown_names(finding.what, known),
        fix=mask_unknown_names(finding.fix, known),
        where=replace(where, column=column, sheet=sheet),
        shapes=(),
    )


def _counts_only(tables: Sequence[Table], types: Collection[str] = ()) -> tuple[Table, ...]:
    """Return the tables with counts only, in all columns or in those of some types."""
    return tuple(
        replace(table, columns=tuple(_counts_of(c) if not types or c.type in types else c for c in table.columns))
        for table in tables
    )


def _without_categories(
    compared: Sequence[TableChanges], unsafe: Collection[tuple[str, str]] | None = None
) -> tuple[TableChanges, ...]:
    """Return the changes without the categories of `unsafe` (table, field), or of all fields."""

    def kept(table: str, categories: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return () if unsafe is None else tuple(pair for pair in categories if (table, pair[0]) not in unsafe)

    return tuple(
        replace(changes, new=kept(changes.table, changes.new), gone=kept(changes.table, changes.gone))
        for changes in compared
    )


def _counts_of(column: ColumnStatistics) -> ColumnStatistics:
    return replace(column, minimum="", maximum="", total="", top=(), bars=())
