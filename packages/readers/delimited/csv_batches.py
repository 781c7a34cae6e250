"""The rows of delimited text in batches, tokenised piece by piece on all cores."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice, pairwise
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import to_arrow
from packages.model import Batch, Where
from packages.parallel.threads import SHARED, map_in_order
from packages.readers.budget import BUDGET
from packages.readers.checks.headings import is_blank
from packages.readers.checks.rows import RowTally
from packages.readers.delimited.csv_file import CsvFile
from packages.readers.delimited.pieces import END, OutsideFastPath, Piece, bounded_lines, csv_reader, cut_pieces
from packages.readers.delimited.stray_quotes import QuotedCells
from packages.readers.delimited.tokenise import PieceText, tokenise_roughly
from packages.readers.delimited.utf8_blocks import utf8_blocks
from packages.refusal import refusal

BLOCK = 6 << 20
"""Bytes that are tokenised at once."""

BATCH_ROWS = 16_384
"""Rows of a batch where the exact reader makes them."""

FEW_ODD = 200
"""Records of another width in a piece up to which it is copied between them, which is faster."""

# the standard library stops at 128 kB, and a polygon in one cell may be longer
LONGEST_CELL = BUDGET.cell_characters
csv.field_size_limit(LONGEST_CELL)


def batches_of_file(file: CsvFile, tally: RowTally) -> Iterator[Batch]:
    """Yield all rows below the headings, and count odd ones; FileProblem where a quotation is never closed."""
    first = file.header.row + 1
    if file.dialect.can_be_cut:
        try:
            with closing(utf8_stream(file)) as stream:
                for batch, records in batches_of_pieces(file, first, pieces_of(file, stream), tally):
                    first += records
                    yield batch
            return
        except (OutsideFastPath, csv.Error):
            # a cell longer than any that is cut in bulk: the exact reader goes on where this one stopped
            pass
    # the exact reader starts below the headings again, and leaves out what has been passed on already
    exact_records = islice(_exact_records(file), first - file.header.row - 1, None)
    while piece := list(islice(exact_records, BATCH_ROWS)):
        quoted = QuotedCells(len(file.header.columns))
        for record, line in piece:
            quoted.add(record, line, file.dialect)
        quoted.note(tally, first)
        even = [_fitted(record, number, file, tally) for number, record in enumerate(quoted.records, start=first)]
        yield Batch(_batch(even, file), to_arrow(np.arange(first, first + len(piece))))
        first += len(piece)


def utf8_stream(file: CsvFile) -> BinaryIO:
    """Open a file at the end of its heading row, as a stream of UTF-8 bytes."""
    if not file.is_utf_8:
        return io.BufferedReader(_Transcoded(file), buffer_size=BLOCK)
    stream = file.path.open("rb")
    # `start_bytes` counts from the first character, and a byte-order mark is none
    mark = len(codecs.BOM_UTF8) if stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0
    stream.seek(mark + file.start_bytes)
    return stream


def pieces_of(file: CsvFile, stream: BinaryIO) -> Iterator[Piece]:
    """Yield what is left of a stream of UTF-8 bytes in pieces; where they end follows from the bytes alone."""
    return cut_pieces(utf8_blocks(stream, "utf-8", BLOCK), file.dialect)


def batches_of_pieces(
    file: CsvFile, first: int, pieces: Iterable[Piece], tally: RowTally
) -> Iterator[tuple[Batch, int]]:
    """Yield a batch and its number of records for each piece, in their order, tokenised on all cores.

    `first` is the row number of the first record. Raises OutsideFastPath where the text needs the exact reader.
    """
    names = list(file.header.columns)

    def tokenised(piece: Piece) -> tuple[Piece, QuotedCells, PieceText]:
        quoted = QuotedCells(len(names))
        for record, text in zip(piece.records or (), piece.texts, strict=True):
            quoted.add(record, text, file.dialect)
        if piece.records is not None:
            piece = replace(piece, records=quoted.records)
        # lines of nothing and rows of blanks are dropped together further on, so they need no telling apart here
        return piece, quoted, tokenise_roughly(piece, names, file.dialect, is_utf_8=True)

    for piece, quoted, text in map_in_order(tokenised, pieces, SHARED):
        quoted.note(tally, first)
        if piece.is_open:
            raise refusal("quote-not-closed", Where(rows=(first + text.records - 1,), count=1))
        yield _fit_in_odd_records(text, first, file, tally), text.records
        first += text.records


def _fit_in_odd_records(text: PieceText, first: int, file: CsvFile, tally: RowTally) -> Batch:
    """Return all records in their order; those with too few or too many cells are cut or filled to the header's width.

    `first` is the row number of the first record.
    """
    places = [place for place, record in sorted(text.odd.items()) if not is_blank(record)]
    for place in text.odd.keys() - set(places):
        tally.note("blank-rows", first + place)
    if not places:
        return Batch(text.cells, to_arrow(text.numbers + first))
    fitted = _batch([_fitted(text.odd[place], first + place, file, tally) for place in places], file)
    if len(places) > FEW_ODD:
        # a slice for each of many rows takes more memory than all of them
        numbers = np.concatenate([text.numbers, places])
        order = np.argsort(numbers, kind="stable")
        cells = pa.concat_batches([text.cells, fitted]).take(to_arrow(order))
        return Batch(cells, to_arrow(numbers[order] + first))
    before = np.searchsorted(text.numbers, places)
    parts = [
        text.cells.slice(start, end - start) for start, end in pairwise([0, *before.tolist(), text.cells.num_rows])
    ]
    between = (fitted.slice(number, 1) for number in range(len(places)))
    cells = pa.concat_batches([*chain.from_iterable(zip(parts[:-1], between, strict=True)), parts[-1]])
    return Batch(cells, to_arrow(np.insert(text.numbers, before, places) + first))


def _batch(records: Sequence[list[str | None]], file: CsvFile) -> pa.RecordBatch:
    arrays = [pa.array(column, type=pa.string()) for column in zip(*records, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=list(file.header.columns))


class _Transcoded(io.RawIOBase):
    """Text of another encoding as a stream of UTF-8 bytes, a piece at a time."""

    def __init__(self, file: CsvFile) -> None:
        self._text = file.path.open(encoding=file.encoding.codec, newline="")
        self._text.read(file.start)
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._ready:
            self._ready = memoryview(self._text.read(1 << 16).encode())
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        self._text.close()
        super().close()


def _exact_records(file: CsvFile) -> Iterator[tuple[list[str], str]]:
    """Yield the records below the headings with Python's own reader, which takes whatever stands in the file.

    Each comes with its text in the file.
    """
    number = file.header.row
    # in one buffer: a list of a million short lines takes ten times the memory of their texts
    lines = io.StringIO(newline="")

    def watched(text: Iterable[str]) -> Iterator[str]:
        for line in text:
            # any library may have changed the limit that Python's reader has for the whole process
            if lines.write(line) and lines.tell() > LONGEST_CELL:
                raise refusal("quote-not-closed", Where(rows=(number + 1,), count=1))
            yield line

    with file.path.open(encoding=file.encoding.codec, newline="") as text:
        text.read(file.start)
        try:
            # the mark behind the last line shows whether a quotation was still open there
            records = csv_reader(watched(chain(bounded_lines(text), [END])), file.dialect)
            for number, record in enumerate(records, start=file.header.row + 1):
                if not record or not record[-1].endswith(END):
                    yield record, lines.getvalue()
                    lines.seek(0)
                    lines.truncate()
                elif record != [END]:
                    raise refusal("quote-not-closed", Where(rows=(number,), count=1))
        except csv.Error as error:
            raise refusal("quote-not-closed", Where(rows=(number + 1,), count=1)) from error


def _fitted(record: list[str], number: int, file: CsvFile, tally: RowTally) -> list[str | None]:
    """Return the record with exactly as many cells as there are columns, and count what was odd about it."""
    width = len(file.header.columns)
    if len(record) == width:
        return [*record]
    if is_blank(record):
        return [""] * width
    rule = "row-too-short" if len(record) < width else "row-too-long"
    if len(record) > width and is_blank(record[width:]):
        # in prose a space follows the comma, and a whole file in which cells begin with one is padded
        spaced = sum(cell[:1] == " " and not cell.isspace() for cell in record[1:])
        rule = "cells-moved" if 0 < spaced <= len(record) - width else "cells-beyond-headings"
    elif any(cell.count(file.dialect.delimiter) >= width - 1 and len(cell.splitlines()) > 1 for cell in record):
        # one cause: the row is uneven because of the rows in its cell
        rule = "rows-swallowed-uneven"
        tally.swallowing.add(number)
    tally.note(rule, number)
    return [*record[:width], *[None] * (width - len(record))]
