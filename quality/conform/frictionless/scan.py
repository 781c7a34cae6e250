"""One pass over a file that finds the records which may have an error, and a second one that fetches just those."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import to_arrow
from packages.parallel.threads import map_in_order
from packages.readers.delimited.pieces import Piece
from packages.readers.delimited.tokenise import tokenise
from quality.conform.column_judge import ColumnVerdict
from quality.conform.frictionless.opened_file import OpenedFile
from quality.conform.keys.key_codes import Codes, KeyLog
from quality.conform.masks import Ints
from quality.conform.table_judge import TableJudge


@dataclass(frozen=True, slots=True)
class PieceScan:
    """The suspect records of one piece, by their positions in it, and the codes and positions of its keys."""

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
        """Read until `most` suspects are found (0: to the end); each has an error, and the report holds no more."""
        logs = [KeyLog() for _ in self.table.keys]
        try:
            for scanned in map_in_order(self._scan_piece, self.file.pieces()):
                # positions in a piece become record numbers, and records above the data are left out
                base = self.records + 1
                numbers = scanned.suspects + base
                self.suspects.extend(numbers[numbers >= self.file.first].tolist())
                for log, (keys, places) in zip(logs, scanned.keys, strict=True):
                    is_data = places + base >= self.file.first
                    log.add(keys[is_data], places[is_data] + base)
                self.sizes.append(scanned.records)
                if most and len(self.suspects) >= most:
                    self.is_whole = False
                    break
            shared = [numbers.tolist() for numbers in map_in_order(KeyLog.shared, logs)]
        finally:
            for log in logs:
                log.close()
        self.suspects = sorted({*self.suspects, *(number for numbers in shared for number in numbers)})

    def fetch(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the suspect records with their numbers, in order."""
        wanted = np.array(self.suspects, np.int64)
        base = 0
        # the sizes end where the first pass ended, which may be before the last piece
        for size, piece in zip(self.sizes, self.file.pieces(), strict=False):
            places = wanted[(wanted > base) & (wanted <= base + size)] - base - 1
            if len(places):
                text = tokenise(piece, self.file.names, self.file.dialect)
                regular = places[np.isin(places, text.numbers)]
                chosen = text.cells.take(to_arrow(np.searchsorted(text.numbers, regular)))
                rows = zip(*(column.to_pylist() for column in chosen.columns), strict=True)
                found: dict[int, Any] = dict(zip(regular.tolist(), map(list, rows), strict=True))
                for place in places.tolist():
                    yield base + 1 + place, found[place] if place in found else list(text.odd[place])
            base += size

    def _scan_piece(self, piece: Piece) -> PieceScan:
        text = tokenise(piece, self.file.names, self.file.dialect)
        columns = self.table.columns(text.cells)
        suspects = text.numbers[self.table.suspects(text.cells, columns)].tolist()
        keys = self._keys(columns, text.numbers)
        if text.odd and self.table.keys:
            # records that are too short or too long have keys too: they are cut or filled up to the width
            width = self.file.width
            rows = [(record + [None] * width)[:width] for record in text.odd.values()]
            arrays = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
            filled = pa.RecordBatch.from_arrays([pc.fill_null(cells, "") for cells in arrays], names=self.file.names)
            verdicts = []
            for column, cells in zip(self.table.columns(filled), arrays, strict=True):
                is_null = cells.is_null().to_numpy(zero_copy_only=False)
                verdicts.append(replace(column, absent=is_null if column.absent is None else column.absent | is_null))
            odd_keys = self._keys(verdicts, np.array(list(text.odd), np.int64))
            # for each key the codes of both, and their positions
            keys = [(np.concatenate(codes), np.concatenate(places)) for codes, places in map(zip, keys, odd_keys)]
        return PieceScan(text.records, np.array(sorted([*suspects, *text.odd]), np.int64), keys)

    def _keys(self, columns: list[ColumnVerdict], places: Ints) -> list[tuple[Codes, Ints]]:
        return [(keyed.codes, places[keyed.places]) for keyed in self.table.keyed(columns)]
