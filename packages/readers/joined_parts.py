"""Several files that are read as one table, in the parts of each: each says what it found as if it were read alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding, unquoted
from packages.model import Batch, CannotBeCut, ChangeLog, Finding, Part, PartedRows, PartPass, RowsSeen, Where
from packages.readers.checks.edges import LEAST_ROWS


@dataclass(frozen=True, slots=True)
class TableUnderHeadings:
    """The place of a table among all `columns`: its `own` column for each of these; None where it has none."""

    name: str
    columns: tuple[str, ...]
    own: tuple[str | None, ...]

    def placed(self, batch: Batch, before: int) -> Batch:
        """Return a batch of the table under the headings of all; `before` is the row number that it goes on from."""
        empty = pa.array([""] * batch.cells.num_rows, pa.string()) if None in self.own else None
        cells = [batch.cells.column(column) if column else empty for column in self.own]
        return Batch(pa.RecordBatch.from_arrays(cells, names=list(self.columns)), pc.add(batch.numbers, before))


@dataclass(frozen=True, slots=True)
class TableCount:
    """How many rows a table gave, and the number after which they are counted."""

    name: str
    rows: int
    before: int

    def __str__(self) -> str:
        begins = f", whose row 1 counts as row {self.before + 1:,}" if self.before else ""
        return f"“{unquoted(self.name)}” ({self.rows:,} {'row' if self.rows == 1 else 'rows'}{begins})"


def joined_finding(tables: Sequence[TableCount]) -> Finding:
    """Return the finding that says which tables became one."""
    return finding("tables-joined", Where(count=len(tables), unit="table"), tables=", ".join(map(str, tables)))


@dataclass(frozen=True, slots=True)
class JoinedPart:
    """A part of one of the files; `before` is the row number that the file goes on from."""

    file: int
    part: Part
    before: int
    is_end: bool

    def carried(self) -> JoinedPart:
        """Return the part with its text."""
        return JoinedPart(self.file, self.part.carried(), self.before, self.is_end)


@dataclass
class _FileSeen:
    """What was seen of one file."""

    file: int
    before: int
    seen: RowsSeen
    rows: int = 0


class JoinedSeen:
    """What was seen of some files, one after the other."""

    def __init__(self, joined: JoinedInParts, first: _FileSeen) -> None:
        self._joined = joined
        self._files = [first]

    def count(self, rows: int) -> None:
        """Count rows of the last file."""
        self._files[-1].rows += rows

    def absorb(self, later: JoinedSeen) -> None:
        """Add what was seen in the part that follows, of the same file or of the next."""
        for other in later._files:
            last = self._files[-1]
            if last.file == other.file:
                last.seen.absorb(other.seen)
                last.rows += other.rows
            else:
                self._files.append(other)

    def report(self, log: ChangeLog) -> None:
        """Write the findings of each file into the log, when all rows have passed, and how they were joined."""
        counts = []
        for own in self._files:
            self._joined.files[own.file].begin(log)
            own.seen.report(log)
            counts.append(TableCount(self._joined.places[own.file].name, own.rows, own.before))
        log.find(joined_finding(counts))


@dataclass(frozen=True, slots=True)
class JoinedInParts:
    """The parts of several files, one file after the other; `places` has the place of each among all columns."""

    places: tuple[TableUnderHeadings, ...]
    files: tuple[PartedRows, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    def cut(self, scratch: Path, least: int = 2) -> Sequence[JoinedPart]:
        """Return the parts of all files; CannotBeCut where one of them, or all together, cannot be passed in parts."""
        joined: list[JoinedPart] = []
        before = 0
        for number, file in enumerate(self.files):
            place = scratch / str(number)
            place.mkdir(exist_ok=True)
            parts = file.cut(place, 1)
            joined += (JoinedPart(number, part, before, is_end=False) for part in parts)
            before += file.last_row(parts)
        if len(joined) < least:
            raise CannotBeCut("they are too small")
        last = joined[-1]
        return [*joined[:-1], JoinedPart(last.file, last.part, last.before, is_end=True)]

    def last_row(self, parts: Sequence[Any]) -> int:
        """Return the number of the last row of all."""
        last = parts[-1]
        own = [joined.part for joined in parts if joined.file == last.file]
        return int(last.before + self.files[last.file].last_row(own))

    def begin(self, log: ChangeLog) -> None:
        """Leave to each file what is known before its first row: it is told with what is found in it."""

    def read(self, part: JoinedPart) -> PartPass:
        """Begin a pass over one part."""
        reading = self.files[part.file].read(part.part)
        seen = JoinedSeen(self, _FileSeen(part.file, part.before, reading.seen))
        return PartPass(self._placed(part, reading.batches, seen), reading.log, seen)

    def _placed(self, part: JoinedPart, batches: Iterator[Batch], seen: JoinedSeen) -> Iterator[Batch]:
        is_begin = True
        for batch in batches:
            if is_begin and part.before and batch.cells.num_rows < LEAST_ROWS:
                # the rows at the end of the table may reach into the file before
                raise CannotBeCut("a file has hardly any rows")
            is_begin = False
            seen.count(batch.cells.num_rows)
            yield self.places[part.file].placed(batch, part.before)
