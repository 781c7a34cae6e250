"""Cut a CSV file into parts at the ends of pieces, so that each part can be read anywhere as the whole would be."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from packages.model import Batch, CannotBeCut
from packages.readers.checks.edges import Edges, TablePlace, edges_of
from packages.readers.checks.rows import RowTally, without_blank_rows
from packages.readers.delimited.csv_batches import batches_of_pieces, pieces_of, utf8_stream
from packages.readers.delimited.csv_file import CsvFile
from packages.readers.delimited.pieces import CR, LF, Dialect, OutsideFastPath, Piece, exact_piece

LARGEST_PART = 32 << 20
"""Bytes from which a part holds no further piece: what comes of it is in memory where it is joined."""

MANY_PARTS = 64
"""Parts of a smaller file, as far as it has pieces for them: enough that many workers have some each."""

ENOUGH_ROWS = 1_000
"""Records at the end of a file by which its last row is found."""


@dataclass(frozen=True, slots=True)
class PieceSize:
    """How much of a file one piece takes; `is_even` is whether it was cut by counting quotes."""

    bytes: int
    records: int
    is_even: bool


@dataclass(frozen=True, slots=True)
class CsvPart:
    """Some consecutive pieces of a file in UTF-8, from the byte `begin` on; `row` is the number of the first row.

    `place` is which edges of the table they have. `content` is their text for those who do not see the file.
    """

    path: Path
    begin: int
    row: int
    pieces: tuple[PieceSize, ...]
    place: TablePlace
    content: bytes | None = None

    @property
    def is_end(self) -> bool:
        return self.place.is_end

    @property
    def bytes(self) -> int:
        return sum(piece.bytes for piece in self.pieces)

    def carried(self) -> CsvPart:
        """Return the part with its text."""
        with self.path.open("rb") as file:
            file.seek(self.begin)
            return replace(self, content=file.read(self.bytes))

    def end(self) -> CsvPart:
        """Return the last pieces of the part, as a part: they have rows enough to stand alone, or are all it has."""
        kept = len(self.pieces)
        while kept > 1 and sum(piece.records for piece in self.pieces[kept - 1 :]) < ENOUGH_ROWS:
            kept -= 1
        before, pieces = self.pieces[: kept - 1], self.pieces[kept - 1 :]
        if not before:
            return self
        return replace(
            self,
            begin=self.begin + sum(piece.bytes for piece in before),
            row=self.row + sum(piece.records for piece in before),
            pieces=pieces,
            place=replace(self.place, is_begin=False),
        )


def cut_parts(file: CsvFile, scratch: Path) -> list[CsvPart]:
    """Cut a file into parts, by one scan that finds the ends of records and counts them.

    Text in another encoding is written to `scratch` as UTF-8. Raises CannotBeCut where it has no records, or some that
    only a pass from the first row to the last reads rightly.
    """
    if not file.dialect.can_be_cut:
        raise CannotBeCut("its cells are not separated plainly")
    path = file.path if file.is_utf_8 else _in_utf_8(file, scratch)
    with closing(utf8_stream(file) if file.is_utf_8 else path.open("rb")) as stream:
        begin, row = stream.tell(), file.header.row + 1
        try:
            sizes = [_size_of(piece, file.dialect) for piece in pieces_of(file, stream)]
        except (OutsideFastPath, csv.Error) as problem:
            raise CannotBeCut("a record is too long") from problem
    parts: list[CsvPart] = []
    for pieces in _runs(sizes):
        parts.append(CsvPart(path, begin, row, pieces, TablePlace(is_begin=not parts, is_end=False)))
        begin, row = begin + parts[-1].bytes, row + sum(piece.records for piece in pieces)
    if not parts:
        raise CannotBeCut("it has no records")
    end = replace(parts[-1].place, is_end=True, edges=_edges_of(file, parts[0]))
    return [*parts[:-1], replace(parts[-1], place=end)]


def batches_of_part(file: CsvFile, part: CsvPart, tally: RowTally) -> Iterator[Batch]:
    """Yield the rows of one part, in the batches in which a pass over the whole file has them; count odd ones.

    Raises CannotBeCut where the part does not hold the records that the scan has counted.
    """
    counted = (piece.records for piece in part.pieces)
    try:
        for batch, records in batches_of_pieces(file, part.row, _pieces(part, file.dialect), tally):
            if records != next(counted):
                raise CannotBeCut("its lines cannot be told apart by their ends")
            yield batch
    except (OutsideFastPath, csv.Error) as problem:
        raise CannotBeCut("a record needs the exact reader") from problem


def _in_utf_8(file: CsvFile, scratch: Path) -> Path:
    path = scratch / "received-in-utf-8.csv"
    with closing(utf8_stream(file)) as stream, path.open("wb") as copy:
        shutil.copyfileobj(stream, copy)
    return path


def _size_of(piece: Piece, dialect: Dialect) -> PieceSize:
    if piece.is_open:
        raise CannotBeCut("a quotation is never closed")
    if piece.records is not None:
        return PieceSize(sum(len(text.encode()) for text in piece.texts), len(piece.records), is_even=False)
    return PieceSize(len(piece.text), _count_records(piece.text, dialect), is_even=True)


def _count_records(text: memoryview, dialect: Dialect) -> int:
    """Return the number of records in a text that ends with one, and in which quotes stand where they belong."""
    chars = np.frombuffer(text, np.uint8)
    if not len(chars):
        return 0
    breaks = chars == LF
    if (chars == CR).any():
        # a carriage return ends a line, unless a line feed follows and ends it
        alone = np.flatnonzero(chars == CR)
        breaks[alone[chars[np.minimum(alone + 1, len(chars) - 1)] != LF]] = True
    ends_open = not breaks[-1]
    quotes = np.flatnonzero(chars == ord(dialect.quote))
    if not len(quotes):
        return int(np.count_nonzero(breaks)) + ends_open
    outside = np.searchsorted(quotes, np.flatnonzero(breaks)) % 2 == 0
    return int(np.count_nonzero(outside)) + ends_open


def _runs(sizes: list[PieceSize]) -> Iterator[tuple[PieceSize, ...]]:
    """Yield the pieces of each part; what is left over at the end goes with the last one."""
    run: list[PieceSize] = []
    left = sum(size.bytes for size in sizes)
    enough = min(LARGEST_PART, left // MANY_PARTS)
    for size in sizes:
        run.append(size)
        left -= size.bytes
        if sum(piece.bytes for piece in run) >= enough and left >= enough:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _edges_of(file: CsvFile, first: CsvPart) -> Edges:
    """Return how to tell rows at the edges of the table, as its first rows show it."""
    for batch in batches_of_part(file, replace(first, pieces=first.pieces[:1]), RowTally()):
        filled = without_blank_rows(batch, RowTally()).cells
        if filled.num_rows:
            return edges_of(filled)
    raise CannotBeCut("it begins with no rows")


def _pieces(part: CsvPart, dialect: Dialect) -> Iterator[Piece]:
    with io.BytesIO(part.content) if part.content is not None else part.path.open("rb") as file:
        file.seek(part.begin if part.content is None else 0)
        for size in part.pieces:
            text = memoryview(pa.allocate_buffer(size.bytes)).cast("B")
            if file.readinto(text) != size.bytes:
                raise CannotBeCut("the file has changed")
            yield Piece(text) if size.is_even else exact_piece(text, dialect)
