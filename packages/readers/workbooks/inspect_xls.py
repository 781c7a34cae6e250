"""Inspect an old Excel workbook (XLS, BIFF): its records are read once before any library opens it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packages.readers.workbooks.inspect_xlsb import ERRORS
from packages.readers.workbooks.inspection import MergedCells, SheetInspection, WorkbookInspection, inspection_of
from packages.readers.workbooks.leftovers import AUTHORS, COMMENTS, LISTS, NAMES, PICTURES
from packages.readers.workbooks.number_formats import BUILT_IN, NumberFormat, formats_of_styles
from packages.readers.workbooks.visibility import INDEXED, Colour, Look
from packages.refusal import refusal

# record types, by Microsoft's [MS-XLS]
BEGIN, END, SHEET, PROTECTED, EXTERNAL_VALUES = 0x809, 0x0A, 0x85, 0x2F, 0x5A
ROW, COLUMN, FILTER, MERGED = 0x208, 0x7D, 0x9B, 0xE5
FORMULA, ERROR, MANY_NUMBERS = 0x06, 0x205, 0xBD
FORMAT, CELL_STYLE, FONT, PALETTE = 0x41E, 0xE0, 0x31, 0x92
LEFT_OVER = {0x1C: COMMENTS, 0x1BE: LISTS}
"""Types of records of a sheet that are about something besides its cells."""

OBJECT, PICTURE_OR_TEXT = 0x5D, (0x06, 0x08)
NAME, IS_BUILT_IN = 0x18, 0x20

SOLID, OWN_COLOURS, AUTOMATIC = 1, 8, 64
NUMBERS = frozenset((FORMULA, 0x203, 0x27E))
"""Types of records of cells that may hold a number."""

VALUES = frozenset((FORMULA, ERROR, 0xFD, 0x203, 0x27E, 0x204, 0xD6))
"""Types of records of cells with a value."""

ROW_IS_HIDDEN, COLUMN_IS_HIDDEN = 0x20, 0x01
PIVOTS = ("_SX_DB_CUR", "_SX_DB")
EMBEDDED = ("MBD", "LNK")


def inspect_xls(path: Path) -> WorkbookInspection:
    """Return all worksheets and what they hide; FileProblem when the workbook must not be opened."""
    # imported here: few files need it
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as container:
            stream = next((name for name in ("Workbook", "Book") if container.exists(name)), "")
            if not stream:
                raise refusal("kind-unknown")
            data = container.openstream(stream).read()
            storages = [entry[0] for entry in container.listdir(storages=True)]
            summary = container.get_metadata()
        copies = ["workbook-pivot-cache"] if any(name in PIVOTS for name in storages) else []
        copies += ["workbook-embedded-files"] if any(name.startswith(EMBEDDED) for name in storages) else []
        # "Book" is the stream of Excel 5 and 95, whose names are in Windows-1252
        authors = [AUTHORS] if (summary.author or b"").strip() or (summary.last_saved_by or b"").strip() else []
        return _inspect_stream(data, copies, authors, is_unicode=stream == "Workbook")
    except (struct.error, IndexError, OSError, UnicodeDecodeError, ValueError) as error:
        raise refusal("file-damaged") from error


def _inspect_stream(data: bytes, copies: list[str], left_over: list[str], *, is_unicode: bool) -> WorkbookInspection:
    sheets = []
    codes, styles = dict(BUILT_IN), _Styles()
    for kind, record in _records(data, 0):
        if kind == PROTECTED:
            raise refusal("workbook-protected")
        if kind == EXTERNAL_VALUES and "workbook-external-links" not in copies:
            copies.append("workbook-external-links")
        if kind == FORMAT:
            (number,) = struct.unpack_from("<H", record)
            # the length takes two bytes where the text is Unicode
            codes[number] = _text(record[3 + is_unicode :], record[2], is_unicode=is_unicode)
        else:
            styles.take(kind, record)
        if kind == NAME and not struct.unpack_from("<H", record)[0] & IS_BUILT_IN:
            left_over.append(NAMES)
        # 0 is a worksheet; others are charts and macros
        if kind == SHEET and record[5] == 0:
            at, state, _, length = struct.unpack_from("<IBBB", record)
            name = _text(record[7:], length, is_unicode=is_unicode)
            sheets.append((at, SheetInspection(name, hidden=bool(state & 3))))
    formats = formats_of_styles(codes, [style.format for style in styles.cells])
    unseen = {place: hides for place, style in enumerate(styles.cells) if (hides := styles.look(style, codes).hides)}
    for at, sheet in sheets:
        _inspect_sheet(_records(data, at), sheet, formats, unseen)
    return inspection_of([sheet for _, sheet in sheets], copies, left_over)


@dataclass(frozen=True, slots=True)
class _CellStyle:
    """The numbers of a style's font and format, and the number of the colour of its ground (-1: none)."""

    font: int
    format: int
    ground: int


class _Styles:
    """The fonts, colours and cell styles of a workbook, in the order of their records."""

    def __init__(self) -> None:
        self.cells: list[_CellStyle] = []
        self._fonts: list[tuple[float, int]] = []
        self._palette = list(INDEXED)

    def take(self, kind: int, record: bytes) -> None:
        """Take a record; those of other types say nothing of styles."""
        if kind == FONT:
            height, _, colour = struct.unpack_from("<3H", record)
            # in twentieths of a point
            self._fonts.append((height / 20, colour))
        elif kind == PALETTE:
            colours = [tuple(record[at : at + 3]) for at in range(2, len(record) - 3, 4)]
            self._palette[OWN_COLOURS : OWN_COLOURS + len(colours)] = colours  # type: ignore[assignment]
        elif kind == CELL_STYLE and len(record) >= 20:
            font, code = struct.unpack_from("<2H", record)
            borders, colours = struct.unpack_from("<IH", record, 14)
            self.cells.append(_CellStyle(font, code, colours & 0x7F if borders >> 26 == SOLID else -1))
        elif kind == CELL_STYLE:
            # of Excel 5 and 95
            font, code = struct.unpack_from("<2H", record)
            ground = struct.unpack_from("<I", record, 8)[0]
            self.cells.append(_CellStyle(font, code, ground & 0x7F if ground >> 16 & 0x3F == SOLID else -1))

    def look(self, style: _CellStyle, codes: Mapping[int, str]) -> Look:
        """Return how a style writes."""
        # number 4 is left out for reasons of history
        place = style.font - (style.font > 4)
        points, ink = self._fonts[place] if place < len(self._fonts) else (11.0, AUTOMATIC)
        return Look(self._colour(ink), self._colour(style.ground), points, codes.get(style.format, ""))

    def _colour(self, number: int) -> Colour | None:
        return self._palette[number] if 0 <= number < AUTOMATIC else None


def _text(text: bytes, length: int, *, is_unicode: bool) -> str:
    if not is_unicode:
        return text[:length].decode("cp1252")
    # the first bit says whether the characters take two bytes or one
    return text[1 : 1 + 2 * length].decode("utf-16-le") if text[0] & 1 else text[1 : 1 + length].decode("latin-1")


def _records(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of the records of one substream; charts within it are left out."""
    depth = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        depth += (kind == BEGIN) - (kind == END)
        if depth <= 1:
            yield kind, data[at + 4 : at + 4 + size]
        if depth == 0:
            return
        at += 4 + size


def _inspect_sheet(
    records: Iterator[tuple[int, bytes]],
    sheet: SheetInspection,
    formats: Mapping[int, NumberFormat],
    unseen: Mapping[int, str],
) -> None:
    hidden_rows: set[int] = set()
    for kind, record in records:
        if kind == ROW:
            (row,) = struct.unpack_from("<H", record)
            (height,) = struct.unpack_from("<H", record, 6)
            if record[12] & ROW_IS_HIDDEN or not height & 0x7FFF:
                hidden_rows.add(row + 1)
        elif kind in VALUES:
            row, column = (n + 1 for n in struct.unpack_from("<HH", record))
            sheet.fill(row, column, row_hidden=row in hidden_rows)
            (style,) = struct.unpack_from("<H", record, 4)
            if kind in NUMBERS and (shown := formats.get(style)):
                sheet.formats[row, column] = shown
            if unseen.get(style) in ("all", "numbers" if kind in NUMBERS else "texts"):
                sheet.hide((row, column))
            if kind == ERROR and record[7]:
                sheet.errors[row, column] = ERRORS.get(record[6], "#ERROR!")
            # the result of a formula is a number unless its last two bytes are ff: then the first says what it is
            elif kind == FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2:
                sheet.errors[row, column] = ERRORS.get(record[8], "#ERROR!")
        elif kind == MANY_NUMBERS:
            row, first = struct.unpack_from("<HH", record)
            (last,) = struct.unpack_from("<H", record, len(record) - 2)
            for column in range(first, last + 1):
                sheet.fill(row + 1, column + 1, row_hidden=row + 1 in hidden_rows)
                (style,) = struct.unpack_from("<H", record, 4 + 6 * (column - first))
                if shown := formats.get(style):
                    sheet.formats[row + 1, column + 1] = shown
                if unseen.get(style) in ("all", "numbers"):
                    sheet.hide((row + 1, column + 1))
        elif kind == COLUMN:
            first, last, width = struct.unpack_from("<3H", record)
            if record[8] & COLUMN_IS_HIDDEN or not width:
                sheet.make_narrow(range(first + 1, last + 2))
        elif kind == FILTER:
            sheet.filtered = True
        elif kind in LEFT_OVER and record:
            sheet.left_over.add(LEFT_OVER[kind])
        elif kind == OBJECT and struct.unpack_from("<H", record, 4)[0] in PICTURE_OR_TEXT:
            sheet.left_over.add(PICTURES)
        elif kind == MERGED:
            for i in range(struct.unpack_from("<H", record)[0]):
                top, bottom, left, right = struct.unpack_from("<4H", record, 2 + 8 * i)
                sheet.merge(MergedCells(top + 1, left + 1, bottom + 1, right + 1))
