"""Inspect a binary workbook (XLSB): its records are read once before any library opens it."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.parsers import expat

from packages.readers.opening.archive_limits import DAMAGED_ARCHIVE
from packages.readers.workbooks.inspect_xlsx import hidden_copies, refuse_doctypes, worksheet_parts
from packages.readers.workbooks.inspection import MergedCells, SheetInspection, WorkbookInspection, inspection_of
from packages.readers.workbooks.leftovers import LISTS, NAMES, left_over_in
from packages.readers.workbooks.number_formats import BUILT_IN, NumberFormat, formats_of_styles
from packages.readers.workbooks.visibility import INDEXED, Colour, Look, tinted
from packages.readers.workbooks.xlsx_styles import theme_colours
from packages.refusal import refusal

# record types, by Microsoft's [MS-XLSB]
ROW, BLANK, ERROR, FORMULA_ERROR, RICH_TEXT = 0, 1, 3, 11, 62
VALUES = frozenset((*range(2, 12), RICH_TEXT))
"""Types of records of cells with a value."""

NUMBERS = frozenset((2, 5, 9))
"""Types of records of cells that hold a number."""

FORMAT, STYLE, BEGIN_CELL_STYLES, END_CELL_STYLES = 44, 47, 617, 618
FONT, FILL, SOLID = 43, 45, 1
NAME, IS_BUILT_IN, LIST = 39, 0x20, 64
STYLES = "xl/styles.bin"
COLUMN, SHEET, FILTER_COLUMN, MERGED = 60, 156, 163, 176
ROW_IS_HIDDEN, COLUMN_IS_HIDDEN = 0x10, 0x01
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def inspect_xlsb(path: Path) -> WorkbookInspection:
    """Return all worksheets and what they hide; FileProblem when the workbook must not be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_doctypes(archive)
            parts = worksheet_parts(archive, "xl/_rels/workbook.bin.rels")
            found = []
            for kind, data in _records(archive.read("xl/workbook.bin")):
                if kind == SHEET:
                    (state,) = struct.unpack_from("<I", data)
                    relation, at = _text(data, 8)
                    name, _ = _text(data, at)
                    # sheets of charts and macros have a relation of another type
                    if relation in parts:
                        found.append((parts[relation], SheetInspection(name, hidden=state != 0)))
                # names that programs give themselves hold print areas and filters
                elif kind == NAME and found and not struct.unpack_from("<I", data)[0] & IS_BUILT_IN:
                    found[0][1].left_over.add(NAMES)
            styles = _Styles(theme_colours(archive))
            if STYLES in archive.namelist():
                styles.take_all(archive.read(STYLES))
            for part, sheet in found:
                _inspect_sheet(archive.read(part), sheet, styles)
            return inspection_of([sheet for _, sheet in found], hidden_copies(archive), left_over_in(archive))
    except (struct.error, expat.ExpatError, LookupError, *DAMAGED_ARCHIVE) as error:
        raise refusal("file-damaged") from error


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of each record: both type and size take seven bits of a byte and go on in the next."""
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | data[at] << 7
            at += 1
        size = 0
        for shift in (0, 7, 14, 21):
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        if at + size > len(data):
            raise ValueError("a record ends before its end")
        yield kind, data[at : at + size]
        at += size


def _text(data: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * length
    return data[at + 4 : end].decode("utf-16-le"), end


class _Styles:
    """The number formats that matter and the styles that hide what a cell holds, by the number of the cell style."""

    def __init__(self, theme: tuple[Colour, ...]) -> None:
        self._theme = theme
        self.formats: dict[int, NumberFormat] = {}
        self.unseen: dict[int, str] = {}

    def take_all(self, data: bytes) -> None:
        """Take the records of the part with the styles."""
        codes, used, is_cell_style = dict(BUILT_IN), [], False
        fonts: list[Look] = []
        grounds: list[Colour | None] = []
        for kind, record in _records(data):
            if kind == FORMAT:
                codes[struct.unpack_from("<H", record)[0]], _ = _text(record, 2)
            elif kind == FONT:
                # in twentieths of a point; the colour comes after weight, family and character set
                fonts.append(Look(ink=self._colour(record[12:20]), points=struct.unpack_from("<H", record)[0] / 20))
            elif kind == FILL:
                is_solid = struct.unpack_from("<I", record)[0] == SOLID
                grounds.append(self._colour(record[4:12]) if is_solid else None)
            elif kind in (BEGIN_CELL_STYLES, END_CELL_STYLES):
                is_cell_style = kind == BEGIN_CELL_STYLES
            elif kind == STYLE and is_cell_style:
                used.append(struct.unpack_from("<3H", record.ljust(8, b"\0"), 2))
        self.formats = formats_of_styles(codes, [code for code, _, _ in used])
        for place, (code, font, fill) in enumerate(used):
            look = fonts[font] if font < len(fonts) else Look()
            ground = grounds[fill] if fill < len(grounds) else None
            if hides := replace(look, ground=ground, code=codes.get(code, "")).hides:
                self.unseen[place] = hides

    def _colour(self, data: bytes) -> Colour | None:
        """Return a colour by its kind: of the palette, its own, or of the theme; None where it is automatic."""
        kind, number, tint = data[0] >> 1, data[1], struct.unpack_from("<h", data, 2)[0] / 32767
        if kind == 1:
            return INDEXED[number] if number < len(INDEXED) else None
        if kind == 2:
            return tinted((data[4], data[5], data[6]), tint)
        return tinted(self._theme[number], tint) if kind == 3 and number < len(self._theme) else None


def _inspect_sheet(data: bytes, sheet: SheetInspection, styles: _Styles) -> None:
    row, is_row_hidden = 0, False
    for kind, record in _records(data):
        if kind == ROW:
            row = struct.unpack_from("<I", record)[0] + 1
            is_row_hidden = bool(record[11] & ROW_IS_HIDDEN) or record[8:10] == b"\0\0"
        elif kind in VALUES:
            column = struct.unpack_from("<I", record)[0] + 1
            sheet.fill(row, column, row_hidden=is_row_hidden)
            style = int.from_bytes(record[4:7], "little")
            if kind in NUMBERS and (shown := styles.formats.get(style)):
                sheet.formats[row, column] = shown
            if styles.unseen.get(style) in ("all", "numbers" if kind in NUMBERS else "texts"):
                sheet.hide((row, column))
            if kind in (ERROR, FORMULA_ERROR):
                sheet.errors[row, column] = ERRORS.get(record[8], "#ERROR!")
        elif kind == COLUMN:
            first, last, width = struct.unpack_from("<3I", record)
            if record[16] & COLUMN_IS_HIDDEN or not width:
                sheet.make_narrow(range(first + 1, last + 2))
        elif kind == FILTER_COLUMN:
            sheet.filtered = True
        elif kind == LIST:
            sheet.left_over.add(LISTS)
        elif kind == MERGED:
            top, bottom, left, right = struct.unpack_from("<4I", record)
            sheet.merge(MergedCells(top + 1, left + 1, bottom + 1, right + 1))
