"""Inspect an old Excel workbook (XLS, BIFF): its records are read once before any library opens it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from packages.readers.workbooks.inspect_xlsb import ERRORS
from packages.readers.workbooks.inspection import MergedCells, SheetInspection, WorkbookInspection, inspection_of
from packages.readers.workbooks.number_formats import BUILT_IN, NumberFormat, formats_of_styles
from packages.refusal import refusal

# record types, by Microsoft's [MS-XLS]
BEGIN, END, SHEET, PROTECTED, EXTERNAL_VALUES = 0x809, 0x0A, 0x85, 0x2F, 0x5A
ROW, COLUMN, FILTER, MERGED = 0x208, 0x7D, 0x9B, 0xE5
FORMULA, ERROR, MANY_NUMBERS = 0x06, 0x205, 0xBD
FORMAT, CELL_STYLE = 0x41E, 0xE0
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
        copies = ["workbook-pivot-cache"] if any(name in PIVOTS for name in storages) else []
        copies += ["workbook-embedded-files"] if any(name.startswith(EMBEDDED) for name in storages) else []
        # "Book" is the stream of Excel 5 and 95, whose names are in Windows-1252
        return _inspect_stream(data, copies, is_unicode=stream == "Workbook")
    except (struct.error, IndexError, OSError, UnicodeDecodeError, ValueError) as error:
        raise refusal("file-damaged") from error


def _inspect_stream(data: bytes, copies: list[str], *, is_unicode: bool) -> WorkbookInspection:
    sheets = []
    codes, used = dict(BUILT_IN), []
    for kind, record in _records(data, 0):
        if kind == PROTECTED:
            raise refusal("workbook-protected")
        if kind == EXTERNAL_VALUES and "workbook-external-links" not in copies:
            copies.append("workbook-external-links")
        if kind == FORMAT:
            (number,) = struct.unpack_from("<H", record)
            # the length takes two bytes where the text is Unicode
            codes[number] = _text(record[3 + is_unicode :], record[2], is_unicode=is_unicode)
        elif kind == CELL_STYLE:
            used.append(struct.unpack_from("<H", record, 2)[0])
        # 0 is a worksheet; others are charts and macros
        if kind == SHEET and record[5] == 0:
            at, state, _, length = struct.unpack_from("<IBBB", record)
            name = _text(record[7:], length, is_unicode=is_unicode)
            sheets.append((at, SheetInspection(name, hidden=bool(state & 3))))
    formats = formats_of_styles(codes, used)
    for at, sheet in sheets:
        _inspect_sheet(_records(data, at), sheet, formats)
    return inspection_of([sheet for _, sheet in sheets], copies)


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
    records: Iterator[tuple[int, bytes]], sheet: SheetInspection, formats: Mapping[int, NumberFormat]
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
            if kind in NUMBERS and (shown := formats.get(struct.unpack_from("<H", record, 4)[0])):
                sheet.formats[row, column] = shown
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
                if shown := formats.get(struct.unpack_from("<H", record, 4 + 6 * (column - first))[0]):
                    sheet.formats[row + 1, column + 1] = shown
        elif kind == COLUMN:
            first, last, width = struct.unpack_from("<3H", record)
            if record[8] & COLUMN_IS_HIDDEN or not width:
                sheet.narrow.append(range(first + 1, last + 2))
        elif kind == FILTER:
            sheet.filtered = True
        elif kind == MERGED:
            for i in range(struct.unpack_from("<H", record)[0]):
                top, bottom, left, right = struct.unpack_from("<4H", record, 2 + 8 * i)
                sheet.merged.append(MergedCells(top + 1, left + 1, bottom + 1, right + 1))
