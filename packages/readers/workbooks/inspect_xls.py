"""A look into an old Excel workbook (XLS): its records pass by once before any library opens it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from packages.readers.workbooks.inspect_xlsb import ERRORS
from packages.readers.workbooks.inspection import MergedCells, SheetInspection, WorkbookInspection, inspection_of
from packages.refusal import refusal

BEGIN, END, SHEET, PROTECTED, EXTERNAL_VALUES = 0x809, 0x0A, 0x85, 0x2F, 0x5A
ROW, COLUMN, FILTER, MERGED = 0x208, 0x7D, 0x9B, 0xE5
FORMULA, ERROR, MANY_NUMBERS = 0x06, 0x205, 0xBD
VALUES = frozenset((FORMULA, ERROR, 0xFD, 0x203, 0x27E, 0x204, 0xD6))
"""Records of a cell that holds something."""
ROW_IS_HIDDEN, COLUMN_IS_HIDDEN = 0x20, 0x01
PIVOTS = ("_SX_DB_CUR", "_SX_DB")
EMBEDDED = ("MBD", "LNK")


def inspect_xls(path: Path) -> WorkbookInspection:
    """All worksheets and what is hidden; FileProblem when the workbook must not be opened."""
    # a library that few files need
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as box:
            stream = next((name for name in ("Workbook", "Book") if box.exists(name)), "")
            if not stream:
                raise refusal("kind-unknown")
            data = box.openstream(stream).read()
            copies = _copies([entry[0] for entry in box.listdir(storages=True)])
        return _look(data, copies, wide=stream == "Workbook")
    except (struct.error, IndexError, OSError, UnicodeDecodeError, ValueError) as error:
        raise refusal("file-damaged") from error


def _copies(storages: list[str]) -> list[str]:
    copies = ["workbook-pivot-cache"] if any(name in PIVOTS for name in storages) else []
    return copies + (["workbook-embedded-files"] if any(name.startswith(EMBEDDED) for name in storages) else [])


def _look(data: bytes, copies: list[str], *, wide: bool) -> WorkbookInspection:
    sheets = []
    for kind, record in _records(data, 0):
        if kind == PROTECTED:
            raise refusal("workbook-protected")
        if kind == EXTERNAL_VALUES and "workbook-external-links" not in copies:
            copies.append("workbook-external-links")
        if kind == SHEET and record[5] == 0:
            at, state, _, length = struct.unpack_from("<IBBB", record)
            sheets.append((at, SheetInspection(_name(record[7:], length, wide=wide), hidden=bool(state & 3))))
    for at, sheet in sheets:
        _look_at(_records(data, at), sheet)
    return inspection_of([sheet for _, sheet in sheets], copies)


def _name(data: bytes, length: int, *, wide: bool) -> str:
    if not wide:
        return data[:length].decode("cp1252")
    return data[1 : 1 + 2 * length].decode("utf-16-le") if data[0] & 1 else data[1 : 1 + length].decode("latin-1")


def _records(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part of the stream; charts within it are left out."""
    depth = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        depth += (kind == BEGIN) - (kind == END)
        if depth <= 1:
            yield kind, data[at + 4 : at + 4 + size]
        if depth == 0:
            return
        at += 4 + size


def _look_at(records: Iterator[tuple[int, bytes]], sheet: SheetInspection) -> None:
    hidden: set[int] = set()
    for kind, record in records:
        if kind == ROW:
            (row,) = struct.unpack_from("<H", record)
            (height,) = struct.unpack_from("<H", record, 6)
            if record[12] & ROW_IS_HIDDEN or not height & 0x7FFF:
                hidden.add(row + 1)
        elif kind in VALUES:
            _take_cell(kind, record, sheet, hidden)
        elif kind == MANY_NUMBERS:
            _take_numbers(record, sheet, hidden)
        elif kind == COLUMN:
            _take_column(record, sheet)
        elif kind == FILTER:
            sheet.filtered = True
        elif kind == MERGED:
            _take_merged(record, sheet)


def _take_cell(kind: int, record: bytes, sheet: SheetInspection, hidden: set[int]) -> None:
    row, column = (n + 1 for n in struct.unpack_from("<HH", record))
    sheet.fill(row, column, row_hidden=row in hidden)
    if kind == ERROR and record[7]:
        sheet.errors[row, column] = ERRORS.get(record[6], "#ERROR!")
    elif kind == FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2:
        sheet.errors[row, column] = ERRORS.get(record[8], "#ERROR!")


def _take_numbers(record: bytes, sheet: SheetInspection, hidden: set[int]) -> None:
    row, first = struct.unpack_from("<HH", record)
    (last,) = struct.unpack_from("<H", record, len(record) - 2)
    for column in range(first, last + 1):
        sheet.fill(row + 1, column + 1, row_hidden=row + 1 in hidden)


def _take_column(record: bytes, sheet: SheetInspection) -> None:
    first, last, width = struct.unpack_from("<3H", record)
    if record[8] & COLUMN_IS_HIDDEN or not width:
        sheet.narrow.append(range(first + 1, last + 2))


def _take_merged(record: bytes, sheet: SheetInspection) -> None:
    for i in range(struct.unpack_from("<H", record)[0]):
        top, bottom, left, right = struct.unpack_from("<4H", record, 2 + 8 * i)
        sheet.merged.append(MergedCells(top + 1, left + 1, bottom + 1, right + 1))
