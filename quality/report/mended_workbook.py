"""The officer's own rows as a workbook: repairs written in, cells to mend marked, and a sheet with all issues.

Every cell is text, so that none becomes a formula. What a mark says is never told by its colour alone: it is a note at
the cell, and letters and borders differ. Row numbers are those of the received file.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import xlsxwriter

from packages.model import ISSUES_SHEET, MADE_BY_US, Report, Severity
from packages.refusal import refusal
from quality.report.items import NumberedFinding, number_findings
from quality.report.sanitise import NAME, sanitise

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_576, 16_384, 32_767
"""What the format has room for."""

LONGEST_NOTE = 1_500
"""Characters of a note at a cell."""

WHOLE_ROW = -1
"""In place of a column: what was found is about the row as a whole."""

COLUMNS = ("Issue", "What to do", "Row", "Column", "What", "How to fix it", "Why", "Who")

MUST = {"bold": True, "bg_color": "#F8CBAD", "border": 2}
SHOULD = {"bg_color": "#FFE699", "border": 4}
REPAIRED = {"italic": True, "bg_color": "#DDEBF7"}
HEADING = {"bold": True, "bottom": 1}
LEGEND = (
    ("Must be fixed or decided: bold, in a thick frame, with a note", MUST),
    ("Should be fixed: in a broken frame, with a note", SHOULD),
    ("Repaired by us: in italics; nothing to do", REPAIRED),
)

_NOT_IN_A_SHEET = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class CellMark:
    """What is to be done about a cell: `is_must` tells must from should, `note` says how."""

    is_must: bool
    note: str


class MendedWorkbook:
    """A workbook in the making, row by row in memory that does not grow with the rows. Used as a context manager.

    FileProblem when the format has no room for what it is given.
    """

    def __init__(self, path: Path, headings: Sequence[str], sheet: str, folder: Path) -> None:
        if len(headings) > MOST_COLUMNS:
            raise refusal("mended-too-large")
        options: dict[str, Any] = {"constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"comments": MADE_BY_US})
        # no name that the program refuses, nor that of the issues
        name = _NOT_IN_A_SHEET.sub(" ", sheet).strip()[:31].strip()
        is_free = name and name.casefold() not in (ISSUES_SHEET.casefold(), "history")
        self._sheet = self._book.add_worksheet(name if is_free else "Data")
        # text in columns of numbers is meant
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
        self._sheet.set_column(0, max(len(headings) - 1, 0), 18)
        self._formats = {
            name: self._book.add_format(look | {"num_format": "@"})
            for name, look in (("plain", {}), ("heading", HEADING), ("must", MUST), ("should", SHOULD))
        }
        self._formats["repaired"] = self._book.add_format(REPAIRED | {"num_format": "@"})
        self._headings = headings
        self._last = 0

    def __enter__(self) -> MendedWorkbook:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._book.close()

    def write_headings(self, number: int, notes: Mapping[int, CellMark]) -> None:
        """Write the headings on a row (from 1), with what is to be done about whole columns."""
        self._write(number, self._headings, frozenset(), notes, "heading")

    def write_row(
        self, number: int, cells: Sequence[str], repaired: Collection[int], marks: Mapping[int, CellMark]
    ) -> None:
        """Write one row under its number in the received file; `repaired` and `marks` go by column, from 0."""
        self._write(number, cells, repaired, marks, "plain")

    def write_issues(self, report: Report) -> None:
        """Write the sheet of all issues, and what the marks mean. No value of the data is on it."""
        sheet = self._book.add_worksheet(ISSUES_SHEET)
        for first, last, width in ((0, 0, 7), (1, 1, 22), (2, 2, 12), (3, 3, 24), (4, 6, 60), (7, 7, 24)):
            sheet.set_column(first, last, width)
        for place, (words, look) in enumerate(LEGEND):
            sheet.write_string(place, 0, words, self._book.add_format(look))
        first = len(LEGEND) + 1
        for column, heading in enumerate(COLUMNS):
            sheet.write_string(first, column, heading, self._formats["heading"])
        wrap = self._book.add_format({"text_wrap": True, "valign": "top"})
        for row, line in enumerate(issue_lines(report), first + 1):
            for column, text in enumerate(line):
                sheet.write_string(row, column, text[:LONGEST_CELL], wrap)

    def _write(
        self,
        number: int,
        cells: Sequence[str],
        repaired: Collection[int],
        marks: Mapping[int, CellMark],
        plain: str,
    ) -> None:
        if number > MOST_ROWS or number <= self._last or any(len(cell) > LONGEST_CELL for cell in cells):
            raise refusal("mended-too-large")
        self._last = number
        whole = marks.get(WHOLE_ROW)
        for column, text in enumerate(cells):
            mark = marks.get(column) or whole
            look = ("must" if mark.is_must else "should") if mark else "repaired" if column in repaired else plain
            self._sheet.write_string(number - 1, column, text, self._formats[look])
            noted = marks.get(column) or (whole if column == 0 else None)
            if noted:
                self._sheet.write_comment(number - 1, column, noted.note, {"author": "londata", "x_scale": 3})


def cell_marks(report: Report, columns: Mapping[str, int]) -> dict[int, dict[int, CellMark]]:
    """Return what is to be done about cells: by row number (0 stands for the headings), then by column.

    `columns` are the places of columns by field and by heading. Findings without a place are on the sheet of issues.
    """
    found: dict[int, dict[int, list[NumberedFinding]]] = {}
    for item in number_findings(report):
        where = item.finding.where
        if item.finding.severity is Severity.FIXED or where.unit != "row":
            continue
        named = [columns[name] for name in (where.field, where.column) if name and name in columns]
        column = named[0] if named else WHOLE_ROW
        for row in where.rows:
            found.setdefault(row, {}).setdefault(column, []).append(item)
        # the first rows are marked; a column with more of them says so at its heading
        if named and where.count > len(where.rows):
            found.setdefault(0, {}).setdefault(column, []).append(item)

    def mark(items: Sequence[NumberedFinding]) -> CellMark:
        words = "\n\n".join(f"{item.number}. {item.tag}: {item.what} {item.fix}" for item in items)
        is_must = any(item.finding.severity in (Severity.BLOCK, Severity.HOLD) for item in items)
        return CellMark(is_must, words[:LONGEST_NOTE])

    return {row: {column: mark(items) for column, items in marks.items()} for row, marks in found.items()}


def issue_lines(report: Report) -> Iterator[tuple[str, ...]]:
    """Yield a line for each row of each issue, and one for each repair, in reading order."""
    for item in number_findings(report):
        where = item.finding.where
        rows = [str(row) for row in where.rows] if where.unit == "row" else []
        if rows and where.count > len(rows):
            rows.append(f"and {where.count - len(rows):,} more")
        before = (str(item.number), item.tag)
        after = (sanitise(where.column or where.field, NAME), item.what, item.fix, item.why, item.who)
        if item.finding.severity is Severity.FIXED:
            rows = []
        for row in rows or [""]:
            yield (*before, row, *after)


def is_mended_workbook(path: Path) -> bool:
    """Return whether a file is a workbook that we made."""
    try:
        with zipfile.ZipFile(path) as book:
            return MADE_BY_US.encode() in book.read("docProps/core.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
