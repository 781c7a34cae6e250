"""What a workbook hides, and whether it would break its reader: a look at its XML before any library opens it."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding, Where
from packages.readers.refusal import refusal

MOST_CELLS = 20_000_000
"""The rectangle around all cells of a sheet may have so many: readers keep all of it in memory."""
SPARSE = 0.05
"""Below this share of filled cells in a large rectangle, a cell far away is the reason and not much data."""
BLOCK = 1 << 18

HIDDEN_COPIES = {
    "workbook-pivot-cache": re.compile(r"xl/(pivotCache/pivotCache(Definition|Records)|model/)"),
    "workbook-external-links": re.compile(r"xl/externalLinks/externalLink"),
    "workbook-embedded-files": re.compile(r"xl/embeddings/."),
}
"""Parts of the archive that hold copies of data nobody sees in the sheets, by the rule that says so."""


@dataclass
class SheetLook:
    """What one sheet holds. Grows while its XML streams by.

    `errors` are the cells with an error such as #REF!, by (row, column) from 1, which the reading library would
    hand over as empty.
    """

    name: str
    hidden: bool = False
    filtered: bool = False
    cells: int = 0
    last_row: int = 0
    columns: set[int] = field(default_factory=set)
    hidden_rows: list[int] = field(default_factory=list)
    narrow: list[range] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def hidden_columns(self) -> list[int]:
        """The columns that hold something and are not shown."""
        return sorted(c for c in self.columns if any(c in span for span in self.narrow))


def look_into(path: Path) -> tuple[list[SheetLook], list[Finding]]:
    """All worksheets of a workbook and the findings on what it hides; FileProblem when it must not be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_entities(archive)
            sheets = [_look_at(archive, part, sheet) for part, sheet in _sheets(archive)]
            copies = [
                finding(rule)
                for rule, mark in HIDDEN_COPIES.items()
                if any(mark.match(name) for name in archive.namelist())
            ]
    except (expat.ExpatError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise refusal("file-damaged") from error
    return sheets, [one for sheet in sheets for one in _hidden_in(sheet)] + copies


def _hidden_in(sheet: SheetLook) -> list[Finding]:
    found = []
    if sheet.hidden and sheet.cells:
        found.append(finding("workbook-hidden-sheet", Where(sheet=sheet.name), sheet=sheet.name))
    if sheet.hidden_rows:
        rule = "workbook-filtered-rows" if sheet.filtered else "workbook-hidden-rows"
        where = Where(sheet=sheet.name, rows=tuple(sheet.hidden_rows[:ROWS_SHOWN]), count=len(sheet.hidden_rows))
        found.append(finding(rule, where, sheet=sheet.name))
    if sheet.hidden_columns:
        letters = [column_letters(c) for c in sheet.hidden_columns]
        where = Where(sheet=sheet.name, count=len(letters), unit="column")
        more = " and others" if len(letters) > ROWS_SHOWN else ""
        shown = ", ".join(letters[:ROWS_SHOWN]) + more
        found.append(finding("workbook-hidden-columns", where, sheet=sheet.name, letters=shown))
    return found


def column_letters(column: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


# --- XML --------------------------------------------------------------------------------------------------------------

Start = Callable[[str, Mapping[str, str]], None]


class _Enough(Exception):
    """Stops a parser that has seen what it is for."""


def _parse(file: IO[bytes], start: Start, parser: expat.XMLParserType | None = None) -> None:
    parser = parser or expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        while block := file.read(BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except _Enough:
        return


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _refuse_doctype(*_: object) -> None:
    raise refusal("workbook-doctype")


def _refuse_entities(archive: zipfile.ZipFile) -> None:
    """A DOCTYPE can only stand before the first element of a part."""

    def stop(_name: str, _attributes: Mapping[str, str]) -> None:
        raise _Enough

    for name in archive.namelist():
        if name.casefold().endswith((".xml", ".rels")):
            with archive.open(name) as file:
                _parse(file, stop)


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, SheetLook]]:
    """The part and the name of each worksheet, in their order."""
    targets: dict[str, str] = {}
    found: list[tuple[str, SheetLook]] = []

    def relation(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")

    def sheet(name: str, attributes: Mapping[str, str]) -> None:
        part = next((targets[v] for k, v in attributes.items() if _local(k) == "id" and v in targets), "")
        if name == "sheet" and part:
            hidden = attributes.get("state", "visible") != "visible"
            found.append((part, SheetLook(attributes["name"], hidden)))

    with archive.open("xl/_rels/workbook.xml.rels") as file:
        _parse(file, relation)
    with archive.open("xl/workbook.xml") as file:
        _parse(file, sheet)
    return found


def _look_at(archive: zipfile.ZipFile, part: str, sheet: SheetLook) -> SheetLook:
    with archive.open(part) as file:
        parser = expat.ParserCreate()
        _parse(file, _SheetParser(sheet, parser).start, parser)
    if sheet.last_row * max(sheet.columns, default=0) > MOST_CELLS:
        area = sheet.last_row * max(sheet.columns)
        rule = "workbook-far-cell" if sheet.cells < area * SPARSE else "workbook-too-large"
        raise refusal(rule, Where(sheet=sheet.name), sheet=sheet.name)
    return sheet


class _SheetParser:
    """Fills a SheetLook from the elements of a worksheet. Only cells with a value count."""

    def __init__(self, sheet: SheetLook, parser: expat.XMLParserType) -> None:
        self._sheet = sheet
        self._parser = parser
        self._cell: Mapping[str, str] = {}
        self._row = 0
        self._row_hidden = False
        self._letters: dict[str, int] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take one start tag."""
        if name == "c":
            self._cell = attributes
        elif name in ("v", "is"):
            self._value()
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._row_hidden = _is_true(attributes, "hidden") or _is_zero(attributes, "ht")
        elif name == "col" and (_is_true(attributes, "hidden") or _is_zero(attributes, "width")):
            self._sheet.narrow.append(range(int(attributes["min"]), int(attributes["max"]) + 1))
        elif name == "filterColumn":
            self._sheet.filtered = True
        elif name == "dimension":
            _refuse_dimension(attributes.get("ref", ""), self._sheet.name)

    def _value(self) -> None:
        sheet, reference = self._sheet, self._cell.get("r", "")
        letters = reference.rstrip("0123456789")
        row = int(reference[len(letters) :] or self._row)
        column = self._letters.get(letters) or self._letters.setdefault(letters, column_number(letters))
        sheet.cells += 1
        sheet.columns.add(column)
        sheet.last_row = max(sheet.last_row, row)
        if self._row_hidden and sheet.hidden_rows[-1:] != [row]:
            sheet.hidden_rows.append(row)
        if self._cell.get("t") == "e":
            self._keep_text((row, column))

    def _keep_text(self, cell: tuple[int, int]) -> None:
        def keep(text: str) -> None:
            self._sheet.errors[cell] = self._sheet.errors.get(cell, "") + text

        def end(_name: str) -> None:
            self._parser.CharacterDataHandler = None
            self._parser.EndElementHandler = None

        self._parser.CharacterDataHandler = keep
        self._parser.EndElementHandler = end


def _is_true(attributes: Mapping[str, str], name: str) -> bool:
    return attributes.get(name, "0") in ("1", "true", "on")


def _is_zero(attributes: Mapping[str, str], name: str) -> bool:
    return name in attributes and float(attributes[name]) == 0


def _refuse_dimension(reference: str, sheet: str) -> None:
    """A declared rectangle that no sheet can have; one as large as a sheet is common and harmless."""
    for letters, row in re.findall(r"([A-Z]+)(\d+)", reference):
        if len(letters) > 3 or column_number(letters) > 16_384 or len(row) > 7 or int(row) > 1_048_576:
            raise refusal("workbook-far-cell", Where(sheet=sheet), sheet=sheet)
