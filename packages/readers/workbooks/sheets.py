"""Read one sheet of a workbook of any kind as a table of texts; runs in the child process."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

import python_calamine as calamine

from packages.errors import FileProblem
from packages.messages import finding
from packages.model import ISSUES_SHEET, ROWS_KEPT, Finding, Where
from packages.readers.cell_text import workbook_cell_text
from packages.readers.checks.headings import (
    HEADER_SEARCH_ROWS,
    Header,
    are_alike,
    find_header,
    known_headings_in,
)
from packages.readers.child_protocol import ReadJob, ReadTable, TableSize, write_rows
from packages.readers.workbooks.inspection import SheetInspection, WorkbookInspection
from packages.refusal import refusal

DATE_TEXT = re.compile(r"\s*[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}(\s.*)?")

Values = Sequence[object]
Record = list[str]


def read_sheet(job: ReadJob, title: str, inspect: Callable[[Path], WorkbookInspection]) -> ReadTable:
    """Read the sheet that the job names, or the likeliest; FileProblem when the workbook cannot be opened safely.

    `inspect` runs before the library opens the file; `title` names the kind of workbook for the report.
    """
    inspection = inspect(Path(job.path))
    if not inspection.sheets or not (job.sheet or any(sheet.cells for sheet in inspection.sheets)):
        # where there is nothing to read, the library may still find a sheet of its own in what is damaged
        raise refusal("file-empty")
    try:
        with calamine.CalamineWorkbook.from_path(job.path) as book:
            sheet = _choose(book, inspection.sheets, job)
            alike = [] if job.sheet else _alike(book, sheet, inspection.sheets, job)
            findings = list(inspection.findings)
            # the sheet of issues is ours, in a workbook that we have handed back
            theirs = [other for other in inspection.sheets if other.cells > 0 and other.name != ISSUES_SHEET]
            left_out = len(theirs) - max(len(alike), 1)
            if left_out and not job.sheet:
                findings.append(
                    finding("sheets-left-out", Where(sheet=sheet.name, count=left_out, unit="sheet"), sheet=sheet.name)
                )
            return replace(_table(book, sheet, job, title, findings), alike=alike)
    except calamine.PasswordError as error:
        raise refusal("workbook-protected") from error
    except calamine.CalamineError as error:
        raise refusal("workbook-unreadable") from error
    except BaseException as error:
        # the library is in another language, and where it gives up, its exception is of no class that can be imported
        if type(error).__name__ == "PanicException":
            raise refusal("workbook-unreadable") from error
        raise


def _table(
    book: calamine.CalamineWorkbook,
    sheet: SheetInspection,
    job: ReadJob,
    title: str,
    found: Sequence[Finding],
) -> ReadTable:
    rows = _rows(book, sheet)
    first = list(islice(rows, max(HEADER_SEARCH_ROWS, job.header_row or 0)))
    header = find_header([_texts(values) for values in first], job.known, job.header_row)
    dates = _DateCounter(len(header.columns))
    numbered = enumerate(chain(first[header.row :], rows), start=header.row + 1)
    records = ((n, _as_shown(n, dates.texts_of(n, values), sheet)) for n, values in numbered)
    filled = write_rows(records, len(header.columns), job.rows)
    return ReadTable(
        sheet=sheet.name,
        row=header.row,
        headings=_texts(first[header.row - 1]),
        above=header.above,
        filled=filled,
        findings=(
            *found,
            *_cell_findings(sheet, header),
            *_format_findings(sheet, header),
            *_unseen_findings(sheet, header),
            *dates.findings(header, sheet.name),
        ),
        how_read=f"{title}, sheet “{sheet.name}”, headings on row {header.row}",
    )


def _as_shown(row: int, record: Record, sheet: SheetInspection) -> Record:
    """Return the texts of a row with the leading zeros that only a number format shows."""
    if sheet.formats:
        return [
            shown.shown(text) if (shown := sheet.formats.get((row, column))) else text
            for column, text in enumerate(record, start=1)
        ]
    return record


def _format_findings(sheet: SheetInspection, header: Header) -> Iterator[Finding]:
    """Yield a finding for each column whose number format shows something else than the number."""
    rows: dict[tuple[str, int, str], list[int]] = {}
    for (row, column), shown in sheet.formats.items():
        rule = "percent-cells" if shown.percent else "currency-cells" if shown.currency else "zeros-shown"
        if row > header.row and column <= len(header.columns):
            rows.setdefault((rule, column, shown.currency), []).append(row)
    for (rule, column, currency), found in rows.items():
        where = Where(
            column=header.columns[column - 1], sheet=sheet.name, rows=tuple(found[:ROWS_KEPT]), count=len(found)
        )
        yield finding(rule, where, currency=currency)


def _unseen_findings(sheet: SheetInspection, header: Header) -> Iterator[Finding]:
    """Yield a finding for each column with cells whose letters nobody sees, or that a condition may hide."""
    rows: dict[tuple[str, int], list[int]] = {}
    for row, column in sheet.unseen:
        if row >= header.row and column <= len(header.columns):
            rows.setdefault(("workbook-unseen-cells", column), []).append(row)
    for area in sheet.unseen_areas:
        filled = range(max(area.top, header.row + 1), min(area.bottom, sheet.last_row) + 1)
        for column in sheet.columns & set(range(area.left, min(area.right, len(header.columns)) + 1)) if filled else ():
            rows.setdefault(("workbook-unseen-by-condition", column), []).extend(filled)
    for (rule, column), found in rows.items():
        name = header.columns[column - 1]
        yield finding(rule, Where(column=name, sheet=sheet.name, rows=tuple(found[:ROWS_KEPT]), count=len(found)))


def _cell_findings(sheet: SheetInspection, header: Header) -> list[Finding]:
    """Return the findings on merged cells and uncalculated formulas, which a reader of texts would not see."""
    data = [m for m in sheet.merged if m.bottom > header.row]
    down = [m.top for m in data if m.bottom > m.top and m.bottom > header.row + (m.top <= header.row)]
    across = [m.top for m in data if m.bottom == m.top and m.right > m.left]
    rows = {
        "workbook-formulas-unvalued": [row for row, _ in sheet.unvalued],
        "workbook-merged-down": down,
        "workbook-merged-across": across,
    }
    findings = []
    for rule, found in rows.items():
        if found:
            where = Where(sheet=sheet.name, rows=tuple(sorted(set(found))[:ROWS_KEPT]), count=len(found))
            findings.append(finding(rule, where, sheet=sheet.name))
    return findings


def _choose(book: calamine.CalamineWorkbook, sheets: Sequence[SheetInspection], job: ReadJob) -> SheetInspection:
    """Return the sheet to read: the one that is named, or the one with most known headings in a row."""
    if job.sheet:
        for sheet in sheets:
            if sheet.name.strip().casefold() == job.sheet.strip().casefold():
                return sheet
        raise refusal("sheet-missing", asked=job.sheet)
    filled = [sheet for sheet in sheets if sheet.cells]
    if not filled:
        raise refusal("file-empty")
    if len(filled) == 1:
        return filled[0]

    def known_headings(sheet: SheetInspection) -> int:
        first = islice(_rows(book, sheet), HEADER_SEARCH_ROWS)
        return max((known_headings_in(_texts(values), job.known) for values in first), default=0)

    # a hidden sheet is chosen only when no other will do; max() keeps the first of equals
    return max(filled, key=lambda sheet: (not sheet.hidden, known_headings(sheet)))


def _alike(
    book: calamine.CalamineWorkbook, chosen: SheetInspection, sheets: Sequence[SheetInspection], job: ReadJob
) -> list[TableSize]:
    """Return all sheets with a table of the same kind as the chosen one, in their order; none when it is the only."""
    heads: dict[str, tuple[Record, int]] = {}
    for sheet in sheets:
        if sheet.cells and not sheet.hidden:
            first = [_texts(values) for values in islice(_rows(book, sheet), HEADER_SEARCH_ROWS)]
            # a sheet without headings holds no table
            with suppress(FileProblem):
                row = find_header(first, job.known, job.header_row).row
                heads[sheet.name] = first[row - 1], row
    own, _ = heads.get(chosen.name, ((), 0))
    alike = [sheet for sheet in sheets if sheet.name in heads and are_alike(own, heads[sheet.name][0], job.known)]
    if len(alike) < 2:
        return []
    sizes = []
    for sheet in alike:
        below = islice(_rows(book, sheet), heads[sheet.name][1], None)
        sizes.append(TableSize(sheet.name, sum(any(_texts(values)) for values in below)))
    filled = [size for size in sizes if size.rows]
    return filled if len(filled) > 1 else []


def _texts(values: Values) -> Record:
    return [workbook_cell_text(value) for value in values]


def _rows(book: calamine.CalamineWorkbook, inspected: SheetInspection) -> Iterator[Values]:
    """Yield the rows of a sheet from row 1 and column A; errors are put back where the library leaves them out."""
    try:
        sheet = book.get_sheet_by_name(inspected.name)
    except OSError as error:
        # a part that ends within a record
        raise refusal("workbook-unreadable") from error
    # the library starts at the first filled cell
    side = sheet.start[1] if sheet.start else 0
    left: list[object] = [""] * side
    width = max(max(inspected.columns, default=0), side + (sheet.width if sheet.start else 0))
    errors: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in inspected.errors.items():
        errors.setdefault(row, []).append((column, text))
    rows = sheet.iter_rows() if sheet.start else iter([])
    for number in range(1, inspected.last_row + 1):
        record = left + next(rows, [])
        record += [""] * (width - len(record))
        for column, text in errors.get(number, ()):
            record[column - 1] = text
        yield record


@dataclass
class _DateCounter:
    """Counts, for each column, true dates and texts that look like one.

    Where a column has both, a spreadsheet has read some of its dates, and perhaps in the wrong order of day and month.
    """

    width: int
    true: list[int] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    texts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.true = [0] * self.width
        self.texts = [0] * self.width
        self.rows = [[] for _ in range(self.width)]

    def texts_of(self, number: int, values: Values) -> Record:
        """Count a row, and return its cells as text."""
        record = []
        for column, value in enumerate(values):
            if isinstance(value, dt.date):
                self.true[column] += 1
            elif isinstance(value, str) and value[:1].isdigit() and DATE_TEXT.fullmatch(value):
                self.texts[column] += 1
                self.rows[column] = [*self.rows[column], number][:ROWS_KEPT]
            record.append(workbook_cell_text(value))
        return record

    def findings(self, header: Header, sheet: str) -> Iterator[Finding]:
        """Yield a finding for each column that has both."""
        for column, name in enumerate(header.columns):
            if self.true[column] and self.texts[column]:
                rows, total = tuple(self.rows[column]), self.true[column] + self.texts[column]
                where = Where(column=name, sheet=sheet, rows=rows, count=self.texts[column], of=total)
                yield finding("workbook-dates-as-text", where)
