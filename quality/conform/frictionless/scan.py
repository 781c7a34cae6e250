"""One pass over a file that finds the rows which may have an error, and a second one that fetches just those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.parallel import map_in_order
from packages.readers.delimited.pieces import Dialect, Piece, cut_pieces
from packages.readers.delimited.tokenise import PieceText, tokenise
from packages.readers.delimited.utf8_blocks import utf8_blocks
from quality.conform.column_judge import ColumnVerdict
from quality.conform.keys.key_codes import Codes, KeyLog
from quality.conform.proofs.verdict_cache import Ints, Mask
from quality.conform.table_judge import TableJudge, cells_at


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A CSV file as frictionless opened it. Records count from 1; the first with data is `first`."""

    path: Path
    encoding: str
    dialect: Dialect
    first: int
    width: int
    piece: int

    @property
    def names(self) -> list[str]:
        """Names for the columns, by place."""
        return [str(place) for place in range(self.width)]

    def pieces(self) -> Iterator[Piece]:
        """The file cut at the ends of records."""
        with self.path.open("rb") as file:
            yield from cut_pieces(utf8_blocks(file, self.encoding, self.piece), self.dialect)


@dataclass(frozen=True, slots=True)
class PieceScan:
    """What the judges saw in one piece: places of suspect records among all of the piece, and the keys."""

    records: int
    suspects: Ints
    keys: list[tuple[Codes, Ints]]


@dataclass(slots=True)
class Scan:
    """A pass over a file. Afterwards: the suspect records, how many there are in all, and whether it ended early."""

    file: OpenedFile
    table: TableJudge
    suspects: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    is_whole: bool = True

    @property
    def records(self) -> int:
        """Records read so far, those above the data included."""
        return sum(self.sizes)

    def run(self, most: int) -> None:
        """Read until `most` suspects are found (0: to the end). Each of them has an error, so nobody reads further."""
        logs = [KeyLog() for _ in self.table.keys]
        try:
            for seen in map_in_order(self._look, self.file.pieces()):
                self._note(seen, logs)
                if most and len(self.suspects) >= most:
                    self.is_whole = False
                    break
            shared = [numbers.tolist() for numbers in map_in_order(KeyLog.shared, logs)]
        finally:
            for log in logs:
                log.close()
        self.suspects = sorted({*self.suspects, *(number for numbers in shared for number in numbers)})

    def fetch(self) -> Iterator[tuple[int, list[str]]]:
        """The suspect records with their numbers, in order."""
        wanted = np.array(self.suspects, np.int64)
        for base, piece in zip(self._bases(), self.file.pieces(), strict=False):
            here = wanted[(wanted > base[0]) & (wanted <= base[1])] - base[0] - 1
            if len(here):
                text = tokenise(piece, self.file.names, self.file.dialect)
                yield from ((base[0] + 1 + place, cells) for place, cells in _records_at(text, here))

    def _bases(self) -> Iterator[tuple[int, int]]:
        total = 0
        for size in self.sizes:
            yield total, total + size
            total += size

    def _look(self, piece: Piece) -> PieceScan:
        text = tokenise(piece, self.file.names, self.file.dialect)
        columns = self.table.columns(text.cells)
        suspects = text.numbers[self.table.suspects(text.cells, columns)].tolist()
        keys = self._keys(columns, text.numbers)
        if text.odd and self.table.keys:
            odd = np.array(list(text.odd), np.int64)
            keys = _joined(keys, self._keys(self._odd_columns(text), odd))
        return PieceScan(text.records, np.array(sorted([*suspects, *text.odd]), np.int64), keys)

    def _keys(self, columns: list[ColumnVerdict], places: Ints) -> list[tuple[Codes, Ints]]:
        return [(keyed.codes, places[keyed.places]) for keyed in self.table.keyed(columns)]

    def _odd_columns(self, text: PieceText) -> list[ColumnVerdict]:
        """The verdict on the cells of records that are too short or too long: their keys count too."""
        width = self.file.width
        rows = [(record + [None] * width)[:width] for record in text.odd.values()]
        arrays = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
        filled = pa.RecordBatch.from_arrays([pc.fill_null(cells, "") for cells in arrays], names=self.file.names)
        return [
            replace(column, absent=_either(column.absent, cells.is_null().to_numpy(zero_copy_only=False)))
            for column, cells in zip(self.table.columns(filled), arrays, strict=True)
        ]

    def _note(self, seen: PieceScan, logs: list[KeyLog]) -> None:
        base = self.records + 1
        numbers = seen.suspects + base
        self.suspects.extend(numbers[numbers >= self.file.first].tolist())
        for log, (keys, places) in zip(logs, seen.keys, strict=True):
            is_data = places + base >= self.file.first
            log.add(keys[is_data], places[is_data] + base)
        self.sizes.append(seen.records)


def distinct_cells(file: OpenedFile, places: list[int]) -> set[tuple[str | None, ...]]:
    """The different texts that some columns hold together; None where a row is too short."""
    found: set[tuple[str | None, ...]] = set()
    base = 0
    for piece in file.pieces():
        text = tokenise(piece, file.names, file.dialect)
        skipped = int(np.searchsorted(text.numbers, file.first - 1 - base))
        cells = text.cells.slice(skipped)
        found.update(zip(*(cells.column(place).to_pylist() for place in places), strict=True))
        odd = (row for number, row in text.odd.items() if base + number + 1 >= file.first)
        found.update(tuple(row[place] if place < len(row) else None for place in places) for row in odd)
        base += text.records
    return found


def _either(absent: Mask | None, not_there: Mask) -> Mask:
    return not_there if absent is None else absent | not_there


def _joined(some: list[tuple[Codes, Ints]], more: list[tuple[Codes, Ints]]) -> list[tuple[Codes, Ints]]:
    return [(np.concatenate(codes), np.concatenate(places)) for codes, places in map(zip, some, more)]


def _records_at(text: PieceText, places: Ints) -> Iterable[tuple[int, list[str]]]:
    regular = places[np.isin(places, text.numbers)]
    cells = cells_at(text.cells, np.searchsorted(text.numbers, regular))
    found: dict[int, Any] = dict(zip(regular.tolist(), cells, strict=True))
    return ((int(place), found[place] if place in found else list(text.odd[place])) for place in places.tolist())
