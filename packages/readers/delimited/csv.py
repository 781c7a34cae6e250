"""Read delimited text as a stream of text cells, as a whole or in parts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packages.model import Batch, CannotBeCut, ChangeLog, Extract, Finding, PartPass, Rows
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.edges import WHOLE, EdgeRows, TablePlace
from packages.readers.checks.headings import UnnamedColumns, header_findings
from packages.readers.checks.rows import RowChecks, RowTally
from packages.readers.checks.swallowed import SwallowedRows
from packages.readers.delimited.csv_batches import batches_of_file
from packages.readers.delimited.csv_file import CsvFile, encoding_findings, open_csv
from packages.readers.delimited.parts import CsvPart, batches_of_part, cut_parts
from packages.spec import ReadingSpec


def read_csv(extract: Extract, reading: ReadingSpec, known: Collection[str]) -> Rows:
    """Read delimited text; FileProblem when it cannot be taken as a table.

    `known` are the normalised headings that the description recognises: they decide the delimiter and the heading row.
    """
    file = open_csv(extract.path, reading, known)
    findings = list(header_findings(file.header))
    if not reading.encoding:
        findings[:0] = encoding_findings(file)
    parts = CsvInParts(file, tuple(findings), frozenset(known))

    def start(log: ChangeLog) -> Iterator[Batch]:
        parts.begin(log)
        checks = CsvChecks(file, known)
        yield from checks.passed(batches_of_file(file, checks.tally))
        checks.report(log)

    return Rows(file.header.columns, file.header.headings, start, how_read=file.how_read, parts=parts)


class CsvChecks:
    """All that is looked for while the rows of a CSV file pass: as a whole, or in parts whose checks are joined."""

    def __init__(self, file: CsvFile, known: Collection[str], place: TablePlace = WHOLE) -> None:
        self.tally = RowTally()
        damage = DamageCheck(file.header.headings, cells=file.encoding.suspicious)
        self._rows = RowChecks(self.tally, damage, EdgeRows(place))
        self._unnamed = UnnamedColumns(file.header, known)
        self._swallowed = SwallowedRows(file.header.columns, file.dialect.delimiter)

    def passed(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield the rows that are kept, mended where that is certain."""
        for batch in self._rows.kept(batches):
            self._unnamed.watch(batch)
            self._swallowed.inspect(batch, self.tally.swallowing)
            yield batch

    def absorb(self, later: CsvChecks) -> None:
        """Add what was seen in the part that follows."""
        self._rows.absorb(later._rows)
        self._unnamed.absorb(later._unnamed)
        self._swallowed.absorb(later._swallowed)

    def report(self, log: ChangeLog) -> None:
        """Write the findings into the log, when all rows have passed; FileProblem when there were none."""
        self._rows.report(log, "")
        self._unnamed.report(log)
        self._swallowed.report(log, self.tally.rows)


@dataclass(frozen=True)
class CsvInParts:
    """The rows of a CSV file as parts that can be read anywhere; `known` are the headings that are recognised."""

    file: CsvFile
    findings: tuple[Finding, ...]
    known: frozenset[str]
    _cut: list[Sequence[CsvPart]] = field(default_factory=list, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # who reads a part has it already, and need not know of all others
        return CsvInParts, (self.file, self.findings, self.known)

    @property
    def bytes(self) -> int:
        return self.file.path.stat().st_size

    def cut(self, scratch: Path, least: int = 2) -> Sequence[CsvPart]:
        """Return the parts in their order, found by one scan; `scratch` is a folder for text in UTF-8.

        Raises CannotBeCut for a file that only a pass from the first row to the last reads rightly.
        """
        if not self._cut:
            self._cut.append(cut_parts(self.file, scratch))
        if len(self._cut[0]) < least:
            raise CannotBeCut("it is too small")
        return self._cut[0]

    def last_row(self, parts: Sequence[CsvPart]) -> int:
        """Return the number of the last row that is kept, found by reading the last pieces; 0 where there is none."""
        last = 0
        for batch in self.read(parts[-1].end()).batches:
            last = batch.numbers[-1].as_py()
        return last

    def begin(self, log: ChangeLog) -> None:
        """Write into the log what is known before the first row."""
        for found in self.findings:
            log.find(found)

    def read(self, part: CsvPart) -> PartPass:
        """Begin a pass over one part."""
        checks = CsvChecks(self.file, self.known, part.place)
        return PartPass(checks.passed(batches_of_part(self.file, part, checks.tally)), ChangeLog(), checks)
