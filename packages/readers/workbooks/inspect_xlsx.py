"""Inspect an XLSX workbook: its XML is streamed once before any library opens it."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from xml.parsers import expat

from packages.model import Where
from packages.readers.budget import current_budget
from packages.readers.opening.archive_limits import DAMAGED_ARCHIVE
from packages.readers.over_budget import over_budget
from packages.readers.workbooks.inspection import (
    MergedCells,
    SheetInspection,
    WorkbookInspection,
    column_number,
    inspection_of,
)
from packages.readers.workbooks.leftovers import LISTS, NAMES, left_over_in
from packages.readers.workbooks.xlsx_styles import SheetStyles, read_styles
from packages.readers.xml_safety import local_name, parse_start_tags, refuse_doctype, run_parser
from packages.refusal import refusal

HIDDEN_COPIES = {
    "workbook-pivot-cache": re.compile(r"xl/(pivotCache/pivotCache(Definition|Records)|model/)"),
    "workbook-external-links": re.compile(r"xl/externalLinks/externalLink"),
    "workbook-embedded-files": re.compile(r"xl/embeddings/."),
    "workbook-tracked-changes": re.compile(r"xl/revisions/revisionLog"),
}
"""Parts of the archive that hold copies of data which no sheet shows, by the rule that reports them."""


def inspect_xlsx(path: Path) -> WorkbookInspection:
    """Return all worksheets and what they hide; FileProblem when the workbook must not be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_doctypes(archive)
            sheets = _sheets(archive)
            styles = read_styles(archive)
            for part, sheet in sheets:
                with archive.open(part) as file:
                    run_parser(file, _SheetParser(sheet, styles).parser)
            return inspection_of([sheet for _, sheet in sheets], hidden_copies(archive), left_over_in(archive))
    except (expat.ExpatError, LookupError, *DAMAGED_ARCHIVE) as error:
        raise refusal("file-damaged") from error


def hidden_copies(archive: zipfile.ZipFile) -> list[str]:
    """Return the rules on hidden copies that parts of the archive break."""
    names = archive.namelist()
    return [rule for rule, mark in HIDDEN_COPIES.items() if any(mark.match(name) for name in names)]


def refuse_doctypes(archive: zipfile.ZipFile) -> None:
    """Raise FileProblem when a part declares a document type."""
    for name in archive.namelist():
        if name.casefold().endswith((".xml", ".rels")):
            with archive.open(name) as file:
                refuse_doctype(file)


def worksheet_parts(archive: zipfile.ZipFile, relations: str) -> dict[str, str]:
    """Return the part of each worksheet by the id of its relation."""
    targets: dict[str, str] = {}

    def relation(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")

    with archive.open(relations) as file:
        parse_start_tags(file, relation)
    return targets


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, SheetInspection]]:
    """Return the part of each worksheet, and the worksheet with its name, in their order."""
    targets = worksheet_parts(archive, "xl/_rels/workbook.xml.rels")
    found: list[tuple[str, SheetInspection]] = []

    def sheet(name: str, attributes: Mapping[str, str]) -> None:
        part = next((targets[v] for k, v in attributes.items() if local_name(k) == "id" and v in targets), "")
        if len(found) > current_budget().sheets:
            raise over_budget("sheets", "sheets")
        if name == "sheet" and part:
            hidden = attributes.get("state", "visible") != "visible"
            found.append((part, SheetInspection(attributes["name"], hidden)))
        # the names that programs give themselves hold print areas and filters
        elif name == "definedName" and found and not attributes.get("name", "").startswith("_xlnm."):
            found[0][1].left_over.add(NAMES)

    with archive.open("xl/workbook.xml") as file:
        parse_start_tags(file, sheet)
    return found


class _SheetParser:
    """Fills a SheetInspection from the elements of a worksheet. Only cells with a value count.

    It is called for every element of what may be millions of cells, so it tests for the commonest first, and handles
    texts and end tags only where they matter.
    """

    def __init__(self, sheet: SheetInspection, styles: SheetStyles) -> None:
        self._sheet = sheet
        self._formats = styles.formats
        self._styles = styles
        self._area = ""
        self._cell: Mapping[str, str] = {}
        self._row = 0
        self._digits = 0
        self._is_row_hidden = False
        self._columns: dict[str, int] = {}
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self._handlers: dict[str, Callable[[Mapping[str, str]], None]] = {
            "row": self._begin_row,
            "f": self._formula,
            "is": self._value,
            "col": self._column,
            "filterColumn": self._filter,
            "dimension": self._dimension,
            "mergeCell": self._merge,
            "conditionalFormatting": self._begin_condition,
            "cfRule": self._condition,
            "color": partial(self._letters, "color"),
            "sz": partial(self._letters, "sz"),
            "dataValidation": self._list_of_values,
        }

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._cell = attributes
        elif name == "v":
            self._value(attributes)
        elif handler := self._handlers.get(name):
            handler(attributes)
        elif ":" in name:
            self._start(local_name(name), attributes)

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        self._row = int(attributes.get("r", self._row + 1))
        self._digits = len(str(self._row))
        self._is_row_hidden = _is_true(attributes, "hidden") or _is_zero(attributes, "ht")

    def _value(self, _attributes: Mapping[str, str]) -> None:
        reference = self._cell.get("r", "")
        # nearly always the letters of a known column, and the number of the current row
        column = self._columns.get(reference[: -self._digits or None])
        sheet = self._sheet
        if column and not self._is_row_hidden and reference.endswith(str(self._row)):
            sheet.cells += 1
            sheet.last_row = max(sheet.last_row, self._row)
        else:
            row, column = _cell_of(reference, self._row)
            self._columns[reference.rstrip("0123456789")] = column
            sheet.fill(row, column, row_hidden=self._is_row_hidden)
        kind = self._cell.get("t", "n")
        style = self._cell.get("s", "")
        if kind == "n" and (shown := self._formats.get(style)):
            sheet.formats[_cell_of(reference, self._row)] = shown
        if self._styles.unseen.get(style) in ("all", "numbers" if kind in ("n", "b", "d") else "texts"):
            sheet.hide(_cell_of(reference, self._row))
        if kind == "s" and self._styles.unseen_texts:
            self._watch_text(_cell_of(reference, self._row))
        if kind == "e":
            cell = _cell_of(reference, self._row)

            # expat may hand out one text in several pieces
            def keep(text: str) -> None:
                sheet.errors[cell] = sheet.errors.get(cell, "") + text

            self.parser.CharacterDataHandler = keep
            self.parser.EndElementHandler = self._ignore_texts

    def _watch_text(self, cell: tuple[int, int]) -> None:
        """Note the cell when the shared text that it names has letters that nobody sees."""
        number: list[str] = []

        def end(name: str) -> None:
            if "".join(number) in self._styles.unseen_texts:
                self._sheet.hide(cell)
            self._ignore_texts(name)

        self.parser.CharacterDataHandler = number.append
        self.parser.EndElementHandler = end

    def _letters(self, name: str, attributes: Mapping[str, str]) -> None:
        """Look at the letters of a text that stands in the cell itself."""
        if self._cell.get("t") == "inlineStr" and self._styles.letters(name, attributes).hides:
            self._sheet.hide(_cell_of(self._cell.get("r", ""), self._row))

    def _begin_condition(self, attributes: Mapping[str, str]) -> None:
        # conditions come after all cells, and have colours of their own
        self._cell, self._area = {}, attributes.get("sqref", "")

    def _condition(self, attributes: Mapping[str, str]) -> None:
        if attributes.get("dxfId", "") in self._styles.unseen_rules:
            self._sheet.unseen_areas += map(_area_of, self._area.split())
            if len(self._sheet.unseen_areas) > current_budget().hiding_areas:
                raise over_budget("conditional formats that may hide cells", "hiding_areas")

    def _list_of_values(self, attributes: Mapping[str, str]) -> None:
        if attributes.get("type") == "list":
            self._sheet.left_over.add(LISTS)

    def _formula(self, _attributes: Mapping[str, str]) -> None:
        """Note a formula without a value: no program has calculated it. An empty text is a value, too."""
        if self._cell.get("t") in ("str", "e"):
            return
        texts: list[str] = []
        inside = ["f"]

        def start(name: str, attributes: dict[str, str]) -> None:
            inside.append(local_name(name))
            self._start(name, attributes)

        def keep(text: str) -> None:
            if inside[-1] == "v":
                texts.append(text)

        def end(name: str) -> None:
            inside[:] = inside[:-1] or [""]
            if local_name(name) == "c":
                self._ignore_texts(name)
                if not texts:
                    self._sheet.unvalued.append(_cell_of(self._cell.get("r", ""), self._row))

        self.parser.StartElementHandler = start
        self.parser.CharacterDataHandler = keep
        self.parser.EndElementHandler = end

    def _ignore_texts(self, _name: str) -> None:
        self.parser.StartElementHandler = self._start
        self.parser.CharacterDataHandler = None
        self.parser.EndElementHandler = None

    def _column(self, attributes: Mapping[str, str]) -> None:
        if _is_true(attributes, "hidden") or _is_zero(attributes, "width"):
            self._sheet.make_narrow(range(int(attributes["min"]), int(attributes["max"]) + 1))

    def _filter(self, _attributes: Mapping[str, str]) -> None:
        self._sheet.filtered = True

    def _merge(self, attributes: Mapping[str, str]) -> None:
        self._sheet.merge(_area_of(attributes.get("ref", "")))

    def _dimension(self, attributes: Mapping[str, str]) -> None:
        """Refuse a declared rectangle that no sheet can have; one as large as a sheet is common and harmless."""
        for letters, row in re.findall(r"([A-Z]+)(\d+)", attributes.get("ref", "")):
            if len(letters) > 3 or column_number(letters) > 16_384 or len(row) > 7 or int(row) > 1_048_576:
                raise refusal("workbook-far-cell", Where(sheet=self._sheet.name), sheet=self._sheet.name)


def _area_of(reference: str) -> MergedCells:
    """Return the rectangle of a reference such as B2:C7."""
    first, _, last = reference.partition(":")
    (top, left), (bottom, right) = _cell_of(first, 1), _cell_of(last or first, 1)
    return MergedCells(top, left, bottom, right)


def _cell_of(reference: str, row: int) -> tuple[int, int]:
    """Return row and column of a reference such as B7; `row` when it names none."""
    letters = reference.rstrip("0123456789")
    return int(reference[len(letters) :] or row), column_number(letters.upper())


def _is_true(attributes: Mapping[str, str], name: str) -> bool:
    return attributes.get(name, "0") in ("1", "true", "on")


def _is_zero(attributes: Mapping[str, str], name: str) -> bool:
    return name in attributes and float(attributes[name]) == 0
