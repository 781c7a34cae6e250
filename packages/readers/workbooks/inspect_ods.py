"""Inspect an OpenDocument spreadsheet: its content is streamed once before any library opens it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

from packages.readers.budget import current_budget
from packages.readers.opening.archive_limits import DAMAGED_ARCHIVE
from packages.readers.over_budget import over_budget
from packages.readers.workbooks.inspect_xlsx import refuse_doctypes
from packages.readers.workbooks.inspection import (
    MOST_UNSEEN,
    MergedCells,
    SheetInspection,
    WorkbookInspection,
    inspection_of,
)
from packages.readers.workbooks.leftovers import COMMENTS, LISTS, NAMES, PICTURES, left_over_in
from packages.readers.workbooks.number_formats import DIGIT, POUNDS, NumberFormat
from packages.readers.workbooks.visibility import Look, hex_colour
from packages.readers.xml_safety import local_name, parse_start_tags, run_parser
from packages.refusal import refusal

FORMATS = frozenset(
    """number-style currency-style percentage-style date-style time-style boolean-style text-style""".split()  # noqa: SIM905
)
SHOWN = frozenset(
    """number scientific-number fraction text-content day month year day-of-week quarter hours minutes seconds boolean
    era week-of-year am-pm""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Elements of number formats, and those in them that show something of the value."""

NOTHING = ";;;"
"""The format code that shows nothing, as other workbooks have it."""

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
            named = _StyleParser()
            if "styles.xml" in archive.namelist():
                with archive.open("styles.xml") as file:
                    parse_start_tags(file, named.take)
            content = _ContentParser(named)
            with archive.open("content.xml") as file:
                run_parser(file, content.parser)
            left_over = left_over_in(archive)
    except (expat.ExpatError, LookupError, *DAMAGED_ARCHIVE) as error:
        raise refusal("file-damaged") from error
    has_embedded = any(manifest.count(mark) > (mark == EMBEDDED[0]) for mark in EMBEDDED)
    copies = [*content.copies, *(["workbook-embedded-files"] if has_embedded else [])]
    return inspection_of(content.sheets, copies, [*left_over, *sorted(content.left_over)])


class _StyleParser:
    """How each style writes, by its name; a style goes on from its parent, which comes before it."""

    def __init__(self, looks: Mapping[str, Look] | None = None) -> None:
        self.looks: dict[str, Look] = dict(looks or {})
        self._shown_formats: set[str] = set()
        self._name = self._format = ""

    def take(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take a start tag; those that say nothing of styles are passed over."""
        values = {local_name(key): value for key, value in attributes.items()}
        if name == "style":
            self._name = values.get("name", "")
            code = values.get("data-style-name", "")
            look = self.looks.get(values.get("parent-style-name", ""), Look())
            # a format that shows neither a number nor the text shows nothing of a value
            self.looks[self._name] = replace(look, code=NOTHING if code and code not in self._shown_formats else "")
        elif name in FORMATS:
            self._format = values.get("name", "")
        elif name in SHOWN or (name == "map" and values.get("apply-style-name", "") in self._shown_formats):
            self._shown_formats.add(self._format)
        elif name in ("text-properties", "table-cell-properties") and self._name in self.looks:
            self.looks[self._name] = replace(self.looks[self._name], **_look_of(values))


def _look_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Return what the properties of a style say of its look."""
    look: dict[str, Any] = {}
    if colour := hex_colour(values.get("color", "")):
        look["ink"] = colour
    if ground := hex_colour(values.get("background-color", "")):
        look["ground"] = ground
    if values.get("display") == "none":
        look["points"] = 0.0
    elif size := re.fullmatch(r"([0-9.]+)pt", values.get("font-size", "")):
        look["points"] = float(size[1])
    return look


class _ContentParser:
    """Fills a SheetInspection for each table. Rows, columns and cells come with a number of repetitions."""

    def __init__(self, named: _StyleParser) -> None:
        self.sheets: list[SheetInspection] = []
        self.copies: list[str] = []
        self.left_over: set[str] = set()
        self._styles = _StyleParser(named.looks)
        self._cell = (0, 0)
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
        elif not self.sheets:
            self._styles.take(name, attributes)
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
        style = attributes.get("default-cell-style-name", "")
        if style in self._cell_styles or self._styles.looks.get(style, Look()).hides:
            self._column_styles |= dict.fromkeys(range(first, min(self._column, MOST_COLUMNS) + 1), style)
        if self.sheets and attributes.get("visibility", "visible") != "visible":
            self.sheets[-1].make_narrow(range(first, self._column + 1))

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
        self._cell = (self._row, first)
        if attributes.get("value-type"):
            self._fill(sheet, range(first, first + times))
            self._note_unseen(sheet, range(first, first + times), attributes)
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
            sheet.merge(MergedCells(self._row, first, self._row + down - 1, first + across - 1))

    def _note_unseen(self, sheet: SheetInspection, columns: range, attributes: Mapping[str, str]) -> None:
        for column in columns:
            style = attributes.get("style-name") or self._column_styles.get(column, "")
            if self._styles.looks.get(style, Look()).hides:
                for row in range(self._row, self._row + min(self._rows, MOST_UNSEEN - len(sheet.unseen))):
                    sheet.hide((row, column))

    def note_letters(self, attributes: Mapping[str, str]) -> None:
        """Look at some letters within a cell, which may have a style of their own."""
        if self.sheets and self._styles.looks.get(attributes.get("style-name", ""), Look()).hides:
            self.sheets[-1].hide(self._cell)

    def note_comment(self, _attributes: Mapping[str, str]) -> None:
        self.left_over.add(COMMENTS)

    def note_picture(self, _attributes: Mapping[str, str]) -> None:
        self.left_over.add(PICTURES)

    def note_list(self, _attributes: Mapping[str, str]) -> None:
        self.left_over.add(LISTS)

    def note_name(self, _attributes: Mapping[str, str]) -> None:
        self.left_over.add(NAMES)

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
                if len(sheet.formats) + self._rows > current_budget().noted_cells:
                    raise over_budget("percentages, currencies and codes on one sheet", "noted_cells")
                sheet.formats.update({(row, column): found for row in range(self._row, self._row + self._rows)})

    def _fill(self, sheet: SheetInspection, columns: range) -> None:
        last = self._row + self._rows - 1
        if last > MOST_ROWS or columns[-1] > MOST_COLUMNS or self._rows * len(columns) > current_budget().sheet_cells:
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
    "span": _ContentParser.note_letters,
    "annotation": _ContentParser.note_comment,
    "frame": _ContentParser.note_picture,
    "content-validation": _ContentParser.note_list,
    "named-range": _ContentParser.note_name,
    "named-expression": _ContentParser.note_name,
}


def _repetitions(attributes: Mapping[str, str], name: str) -> int:
    return max(1, int(attributes.get(name, "1")))
