"""Inspect an OpenDocument spreadsheet: its content is streamed once before any library opens it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from packages.readers.workbooks.inspect_xlsx import refuse_doctypes
from packages.readers.workbooks.inspection import (
    MOST_CELLS,
    MergedCells,
    SheetInspection,
    WorkbookInspection,
    inspection_of,
)
from packages.readers.workbooks.number_formats import DIGIT, POUNDS, NumberFormat
from packages.readers.xml_safety import local_name, run_parser
from packages.refusal import refusal

MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14
# the spreadsheet names its own kind once, for the root: a second time means a file within
EMBEDDED = (b"opendocument.spreadsheet", b"opendocument.text", b"application/vnd.sun.star.oleobject")


def inspect_ods(path: Path) -> WorkbookInspection:
    """Return all sheets and what they hide; FileProblem when the spreadsheet must not be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = archive.read("META-INF/manifest.xml")
            if b"encryption-data" in manifest:
                raise refusal("workbook-protected")
            refuse_doctypes(archive)
            content = _ContentParser()
            with archive.open("content.xml") as file:
                run_parser(file, content.parser)
    except (expat.ExpatError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise refusal("file-damaged") from error
    has_embedded = any(manifest.count(mark) > (mark == EMBEDDED[0]) for mark in EMBEDDED)
    return inspection_of(content.sheets, [*content.copies, *(["workbook-embedded-files"] if has_embedded else [])])


class _ContentParser:
    """Fills a SheetInspection for each table. Rows, columns and cells come with a number of repetitions."""

    def __init__(self) -> None:
        self.sheets: list[SheetInspection] = []
        self.copies: list[str] = []
        self._hidden_styles: set[str] = set()
        self._digits: dict[str, int] = {}
        self._cell_styles: dict[str, NumberFormat] = {}
        self._column_styles: dict[int, str] = {}
        self._style = ""
        self._depth = 0
        self._row = self._rows = self._column = self._at_column = 0
        self._is_row_hidden = False
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = local_name(name)
        if name == "table":
            self._depth += 1
        # a table within a cell is shown as part of that cell
        if self._depth > 1:
            return
        handler = _HANDLERS.get(name)
        if handler:
            handler(self, {local_name(k): v for k, v in attributes.items()})

    def _end(self, name: str) -> None:
        name = local_name(name)
        if name == "table":
            self._depth -= 1
        elif name in ("table-cell", "covered-table-cell"):
            self.parser.CharacterDataHandler = None

    def note_style(self, attributes: Mapping[str, str]) -> None:
        self._style = attributes.get("name", "")
        if digits := self._digits.get(attributes.get("data-style-name", "")):
            self._cell_styles[self._style] = NumberFormat(mask=DIGIT * digits)

    def note_digits(self, attributes: Mapping[str, str]) -> None:
        digits = int(attributes.get("min-integer-digits", "1"))
        # with decimals or thousands it is an amount, not a code
        is_code = attributes.get("decimal-places", "0") == "0" and attributes.get("grouping", "false") == "false"
        if digits > 1 and is_code:
            self._digits[self._style] = digits

    def note_display(self, attributes: Mapping[str, str]) -> None:
        if attributes.get("display") == "false":
            self._hidden_styles.add(self._style)

    def begin_table(self, attributes: Mapping[str, str]) -> None:
        name = attributes.get("name", "")
        if name.startswith("'file:"):
            self.copies.append("workbook-external-links")
        self.sheets.append(SheetInspection(name, attributes.get("style-name", "") in self._hidden_styles))
        self._row, self._rows, self._column = 0, 1, 0
        self._column_styles = {}

    def note_column(self, attributes: Mapping[str, str]) -> None:
        first = self._column + 1
        self._column += _repetitions(attributes, "number-columns-repeated")
        # a sheet declares thousands of columns at once, and a style that matters only for a few
        if attributes.get("default-cell-style-name", "") in self._cell_styles:
            self._column_styles |= dict.fromkeys(range(first, self._column + 1), attributes["default-cell-style-name"])
        if self.sheets and attributes.get("visibility", "visible") != "visible":
            self.sheets[-1].narrow.append(range(first, self._column + 1))

    def begin_row(self, attributes: Mapping[str, str]) -> None:
        self._row += self._rows
        self._rows = _repetitions(attributes, "number-rows-repeated")
        visibility = attributes.get("visibility", "visible")
        self._is_row_hidden = visibility != "visible"
        if self.sheets and visibility == "filter":
            self.sheets[-1].filtered = True
        self._at_column = 0

    def note_cell(self, attributes: Mapping[str, str]) -> None:
        times = _repetitions(attributes, "number-columns-repeated")
        first = self._at_column + 1
        self._at_column += times
        sheet = self.sheets[-1]
        if attributes.get("value-type"):
            self._fill(sheet, range(first, first + times))
            self._note_formats(sheet, range(first, first + times), attributes)
            if "formula" in attributes:
                cell = (self._row, first)

                # an error is only in the text of the cell, which comes after its attributes
                def keep(text: str) -> None:
                    if text.startswith(("#", "Err:")):
                        sheet.errors[cell] = text

                self.parser.CharacterDataHandler = keep
        elif "formula" in attributes:
            # no value type: no program has calculated it
            sheet.unvalued.append((self._row, first))
        across = int(attributes.get("number-columns-spanned", "1"))
        down = int(attributes.get("number-rows-spanned", "1"))
        if across > 1 or down > 1:
            sheet.merged.append(MergedCells(self._row, first, self._row + down - 1, first + across - 1))

    def _note_formats(self, sheet: SheetInspection, columns: range, attributes: Mapping[str, str]) -> None:
        kind, currency = attributes["value-type"], attributes.get("currency", "")
        shown = None
        if kind == "percentage":
            shown = NumberFormat(percent=True)
        elif kind == "currency" and currency not in ("", *POUNDS):
            shown = NumberFormat(currency=currency)
        for column in columns:
            style = attributes.get("style-name") or self._column_styles.get(column, "")
            found = shown or (self._cell_styles.get(style) if kind == "float" else None)
            if found:
                sheet.formats.update({(row, column): found for row in range(self._row, self._row + self._rows)})

    def _fill(self, sheet: SheetInspection, columns: range) -> None:
        last = self._row + self._rows - 1
        if last > MOST_ROWS or columns[-1] > MOST_COLUMNS or self._rows * len(columns) > MOST_CELLS:
            raise refusal("workbook-far-cell", sheet=sheet.name)
        sheet.cells += self._rows * len(columns)
        sheet.columns.update(columns)
        sheet.last_row = max(sheet.last_row, last)
        if self._is_row_hidden and (not sheet.hidden_rows or sheet.hidden_rows[-1] < self._row):
            sheet.hidden_rows.extend(range(self._row, last + 1))

    def note_tracked(self, _attributes: Mapping[str, str]) -> None:
        self.copies.append("workbook-tracked-changes")


_HANDLERS = {
    "style": _ContentParser.note_style,
    "number-style": _ContentParser.note_style,
    "number": _ContentParser.note_digits,
    "table-properties": _ContentParser.note_display,
    "table": _ContentParser.begin_table,
    "table-column": _ContentParser.note_column,
    "table-row": _ContentParser.begin_row,
    "table-cell": _ContentParser.note_cell,
    "covered-table-cell": _ContentParser.note_cell,
    "tracked-changes": _ContentParser.note_tracked,
}


def _repetitions(attributes: Mapping[str, str], name: str) -> int:
    return max(1, int(attributes.get(name, "1")))
