"""One sheet of a workbook of any kind as a table of texts; runs in the child process."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import python_calamine as calamine

from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding, Where
from packages.readers.checks.headings import LOOKED_AT, Header, find_header, known_headings_in
from packages.readers.recognise import FileKind
from packages.readers.sandbox.child_protocol import ReadJob, ReadTable, write_rows
from packages.readers.workbooks.cell_text import workbook_cell_text
from packages.readers.workbooks.inspect_ods import inspect_ods
from packages.readers.workbooks.inspect_xls import inspect_xls
from packages.readers.workbooks.inspect_xlsb import inspect_xlsb
from packages.readers.workbooks.inspect_xlsx import inspect_xlsx
from packages.readers.workbooks.inspection import SheetInspection, WorkbookInspection
from packages.refusal import refusal

LOOKS: dict[FileKind, Callable[[Path], WorkbookInspection]] = {
    FileKind.XLSX: inspect_xlsx,
    FileKind.XLSB: inspect_xlsb,
    FileKind.XLS: inspect_xls,
    FileKind.ODS: inspect_ods,
}
TITLES = {
    FileKind.XLSX: "Excel workbook",
    FileKind.XLSB: "Binary Excel workbook (XLSB)",
    FileKind.XLS: "Old Excel workbook (XLS)",
    FileKind.ODS: "OpenDocument spreadsheet",
}
DATE_TEXT = re.compile(r"\s*[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}(\s.*)?")

Values = Sequence[object]
Record = list[str]


def read_sheet(job: ReadJob) -> ReadTable:
    """Read the sheet that was asked for, or the likeliest; FileProblem when the workbook cannot be opened safely."""
    look = LOOKS[job.kind](Path(job.path))
    try:
        with calamine.CalamineWorkbook.from_path(job.path) as book:
            sheet, left_out = _choose(book, look.sheets, job)
            return _table(book, sheet, job, (*look.findings, *_left_out(sheet, left_out, job)))
    except calamine.PasswordError as error:
        raise refusal("workbook-protected") from error
    except calamine.CalamineError as error:
        raise refusal("workbook-unreadable") from error


def _table(
    book: calamine.CalamineWorkbook, sheet: SheetInspection, job: ReadJob, found: Sequence[Finding]
) -> ReadTable:
    rows = _rows(book, sheet)
    first = list(islice(rows, max(LOOKED_AT, job.header_row or 0)))
    header = find_header([_texts(values) for values in first], job.known, job.header_row)
    dates = _Dates(len(header.columns))
    numbered = enumerate(chain(first[header.row :], rows), start=header.row + 1)
    filled = write_rows(((n, dates.seen(n, values)) for n, values in numbered), len(header.columns), job.rows)
    return ReadTable(
        sheet=sheet.name,
        row=header.row,
        headings=_texts(first[header.row - 1]),
        above=header.above,
        filled=filled,
        findings=(*found, *_in_cells(sheet, header), *dates.findings(header, sheet.name)),
        how_read=f"{TITLES[job.kind]}, sheet “{sheet.name}”, headings on row {header.row}",
    )


def _left_out(sheet: SheetInspection, left_out: int, job: ReadJob) -> list[Finding]:
    if not left_out or job.sheet:
        return []
    where = Where(sheet=sheet.name, count=left_out, unit="sheet")
    return [finding("sheets-left-out", where, sheet=sheet.name)]


def _in_cells(sheet: SheetInspection, header: Header) -> list[Finding]:
    """What single cells of the sheet hold that a reader of texts would not see."""
    data = [m for m in sheet.merged if m.bottom > header.row]
    down = [m.top for m in data if m.bottom > m.top and m.bottom > header.row + (m.top <= header.row)]
    across = [m.top for m in data if m.bottom == m.top and m.right > m.left]
    rows = {
        "workbook-formulas-unvalued": [row for row, _ in sheet.unvalued],
        "workbook-merged-down": down,
        "workbook-merged-across": across,
    }
    return [finding(rule, _where(sheet, found), sheet=sheet.name) for rule, found in rows.items() if found]


def _where(sheet: SheetInspection, rows: Sequence[int]) -> Where:
    return Where(sheet=sheet.name, rows=tuple(sorted(set(rows))[:ROWS_SHOWN]), count=len(rows))


def _choose(
    book: calamine.CalamineWorkbook, looks: Sequence[SheetInspection], job: ReadJob
) -> tuple[SheetInspection, int]:
    """The sheet to read, and how many others hold something."""
    if job.sheet:
        for look in looks:
            if look.name.strip().casefold() == job.sheet.strip().casefold():
                return look, 0
        raise refusal("sheet-missing", asked=job.sheet)
    filled = [look for look in looks if look.cells]
    if not filled:
        raise refusal("file-empty")
    # a hidden sheet is chosen only when no other will do; max() keeps the first of equals
    best = filled[0] if len(filled) == 1 else max(filled, key=lambda s: (not s.hidden, _promise(book, s, job)))
    return best, len(filled) - 1


def _promise(book: calamine.CalamineWorkbook, look: SheetInspection, job: ReadJob) -> int:
    first = islice(_rows(book, look), LOOKED_AT)
    return max((known_headings_in(_texts(values), job.known) for values in first), default=0)


def _texts(values: Values) -> Record:
    return [workbook_cell_text(value) for value in values]


def _rows(book: calamine.CalamineWorkbook, look: SheetInspection) -> Iterator[Values]:
    """The rows of a sheet from row 1 and column A on; errors are put back where the library has left them out."""
    sheet = book.get_sheet_by_name(look.name)
    side = sheet.start[1] if sheet.start else 0
    left: list[object] = [""] * side
    width = max(max(look.columns, default=0), side + (sheet.width if sheet.start else 0))
    errors: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in look.errors.items():
        errors.setdefault(row, []).append((column, text))
    rows = sheet.iter_rows() if sheet.start else iter([])
    for number in range(1, look.last_row + 1):
        record = left + next(rows, [])
        record += [""] * (width - len(record))
        for column, text in errors.get(number, ()):
            record[column - 1] = text
        yield record


@dataclass
class _Dates:
    """Counts, for each column, true dates and texts that look like one: a spreadsheet has then read some of them."""

    width: int
    true: list[int] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    texts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.true = [0] * self.width
        self.texts = [0] * self.width
        self.rows = [[] for _ in range(self.width)]

    def seen(self, number: int, values: Values) -> Record:
        """The texts of a row, which is counted."""
        record = []
        for column, value in enumerate(values):
            if isinstance(value, dt.date):
                self.true[column] += 1
            elif isinstance(value, str) and value[:1].isdigit() and DATE_TEXT.fullmatch(value):
                self.texts[column] += 1
                self.rows[column] = [*self.rows[column], number][:ROWS_SHOWN]
            record.append(workbook_cell_text(value))
        return record

    def findings(self, header: Header, sheet: str) -> Iterator[Finding]:
        """One for each column in which both stand."""
        for column, name in enumerate(header.columns):
            if self.true[column] and self.texts[column]:
                rows, total = tuple(self.rows[column]), self.true[column] + self.texts[column]
                where = Where(column=name, sheet=sheet, rows=rows, count=self.texts[column], of=total)
                yield finding("workbook-dates-as-text", where)
