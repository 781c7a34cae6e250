"""What an inspection finds before a library opens a workbook: what is hidden, and what the library would not say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding, Where
from packages.readers.budget import current_budget
from packages.readers.over_budget import over_budget
from packages.readers.workbooks.number_formats import NumberFormat
from packages.refusal import refusal

SPARSE = 0.05
"""Share of filled cells in a large rectangle below which a single far cell is the reason, not much data."""

FAR_AREA, FAR_SHARE = 8_000_000, 0.005
"""Cells in the rectangle from which, and share of filled ones below which, a far cell alone makes the sheet large."""

MOST_UNSEEN = 100_000
"""Cells with unseen letters that are noted for a sheet."""

Cell = tuple[int, int]
"""Row and column, both from 1."""


@dataclass(frozen=True, slots=True)
class MergedCells:
    """A rectangle of cells shown as one; all numbers from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class SheetInspection:
    """What one sheet holds; grows while it is streamed.

    `narrow` are columns without width. `errors` are the cells with an error such as #REF!, which the reading library
    gives as empty; `unvalued` those with a formula that no program has calculated; `formats` the numbers that a format
    shows as something else. `unseen` are cells whose letters nobody sees, `unseen_areas` those in which a condition may
    hide them; `left_over` says in words what the sheet carries besides its cells.
    """

    name: str
    hidden: bool = False
    filtered: bool = False
    cells: int = 0
    last_row: int = 0
    columns: set[int] = field(default_factory=set)
    hidden_rows: list[int] = field(default_factory=list)
    narrow: list[range] = field(default_factory=list)
    errors: dict[Cell, str] = field(default_factory=dict)
    unvalued: list[Cell] = field(default_factory=list)
    merged: list[MergedCells] = field(default_factory=list)
    formats: dict[Cell, NumberFormat] = field(default_factory=dict)
    unseen: list[Cell] = field(default_factory=list)
    unseen_areas: list[MergedCells] = field(default_factory=list)
    left_over: set[str] = field(default_factory=set)

    def hide(self, cell: Cell) -> None:
        """Note a cell whose letters nobody sees; enough of them to name rows, not all of a hostile file."""
        if len(self.unseen) < MOST_UNSEEN:
            self.unseen.append(cell)

    @property
    def hidden_columns(self) -> list[int]:
        """Return the columns that are filled and not shown."""
        return sorted(c for c in self.columns if any(c in span for span in self.narrow))

    def merge(self, area: MergedCells) -> None:
        """Note cells that are shown as one; FileProblem for more of them than any table needs."""
        self.merged.append(area)
        if len(self.merged) > current_budget().sheet_areas:
            raise over_budget("merged cells", "sheet_areas")

    def make_narrow(self, columns: range) -> None:
        """Note columns without width; FileProblem for more groups of them than any table needs."""
        self.narrow.append(columns)
        if len(self.narrow) > current_budget().columns:
            raise over_budget("groups of hidden columns", "columns")

    def fill(self, row: int, column: int, *, row_hidden: bool) -> None:
        """Count a filled cell."""
        self.cells += 1
        self.columns.add(column)
        self.last_row = max(self.last_row, row)
        if row_hidden and self.hidden_rows[-1:] != [row]:
            self.hidden_rows.append(row)


@dataclass(frozen=True, slots=True)
class WorkbookInspection:
    """All sheets of a workbook in their order, and the findings on what it hides."""

    sheets: tuple[SheetInspection, ...]
    findings: tuple[Finding, ...]


def inspection_of(
    sheets: list[SheetInspection], copies: list[str], left_over: Iterable[str] = ()
) -> WorkbookInspection:
    """Return the findings on all sheets; FileProblem when a sheet is too large to open.

    `copies` are the rules on hidden copies that the workbook breaks, `left_over` what it carries besides its sheets.
    """
    if len(sheets) > current_budget().sheets:
        raise over_budget("sheets", "sheets")
    for sheet in sheets:
        area = sheet.last_row * max(sheet.columns, default=0)
        if len(sheet.columns) > current_budget().columns:
            raise over_budget("columns", "columns")
        # divided, not multiplied: a number of a row may be too large for a float
        if area > FAR_AREA and sheet.cells / FAR_SHARE < area:
            raise refusal("workbook-far-cell", Where(sheet=sheet.name), sheet=sheet.name)
        if area > current_budget().sheet_cells:
            rule = "workbook-far-cell" if sheet.cells / SPARSE < area else "workbook-too-large"
            raise refusal(rule, Where(sheet=sheet.name), sheet=sheet.name)
    found = []
    for sheet in sheets:
        if sheet.hidden and sheet.cells:
            found.append(finding("workbook-hidden-sheet", Where(sheet=sheet.name), sheet=sheet.name))
        if sheet.hidden_rows:
            # a filter hides rows that its owner knows of; hidden by hand, they may be forgotten
            rule = "workbook-filtered-rows" if sheet.filtered else "workbook-hidden-rows"
            where = Where(sheet=sheet.name, rows=tuple(sheet.hidden_rows[:ROWS_SHOWN]), count=len(sheet.hidden_rows))
            found.append(finding(rule, where, sheet=sheet.name))
        if hidden_columns := sheet.hidden_columns:
            letters = [column_letters(column) for column in hidden_columns]
            where = Where(sheet=sheet.name, count=len(letters), unit="column")
            more = " and others" if len(letters) > ROWS_SHOWN else ""
            shown = ", ".join(letters[:ROWS_SHOWN]) + more
            found.append(finding("workbook-hidden-columns", where, sheet=sheet.name, letters=shown))
    kinds = [*left_over, *sorted(kind for sheet in sheets for kind in sheet.left_over)]
    if kinds:
        found.append(finding("workbook-leftovers", what=", ".join(dict.fromkeys(kinds))))
    return WorkbookInspection(tuple(sheets), (*found, *(finding(rule) for rule in copies)))


def column_letters(column: int) -> str:
    """Return the letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
