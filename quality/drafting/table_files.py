"""The files of one table while they are written: CSV, Parquet, statistics, and which rows of the file they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from packages.formats.arrow import arrow_schema, released_schema
from packages.formats.csv import CsvWriter, lines_of
from packages.formats.parquet import ParquetWriter
from packages.model import OnRows, RowNumbers, Table
from packages.parallel.threads import feed_all
from packages.spec import ResourceSpec
from quality.conform import TypedBatch
from quality.profile.statistics import Statistics
from quality.suites.proofs.suite_proofs import SuiteProofs


class RowNumberLog:
    """Records, as the batches pass, where a run of consecutive row numbers begins."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._numbers: list[int] = []
        self._rows = 0
        self._next: int | None = None

    def add(self, numbers: pa.Array) -> None:
        """Record the row numbers of a batch."""
        if len(numbers):
            steps = pc.not_equal(pc.subtract(numbers[1:], numbers[:-1]), 1)
            begins = [place + 1 for place in pc.indices_nonzero(steps).to_pylist()]
            # a run may go on from the batch before
            if numbers[0].as_py() != self._next:
                begins.insert(0, 0)
            self._starts += [self._rows + place for place in begins]
            self._numbers += [numbers[place].as_py() for place in begins]
            self._rows += len(numbers)
            self._next = numbers[-1].as_py() + 1

    @property
    def result(self) -> RowNumbers:
        return RowNumbers(tuple(self._starts), tuple(self._numbers))


@dataclass(frozen=True, slots=True)
class RowsWithLines:
    """Some typed rows, their lines in the CSV file that is written, and their row numbers in the one received."""

    rows: pa.RecordBatch
    lines: pa.Buffer
    numbers: pa.Array


def with_lines(typed: TypedBatch) -> RowsWithLines:
    """Return typed rows with their lines."""
    return RowsWithLines(typed.batch, lines_of(typed.batch, typed.cells), typed.numbers)


class TableFiles:
    """The two files and the statistics that the typed rows of one resource go to.

    `row_numbers` is which rows of the received file these are.
    """

    def __init__(self, resource: ResourceSpec, period_field: str, staging: Path, proofs: SuiteProofs) -> None:
        self.row_numbers = RowNumberLog()
        self._name = resource.name
        self._schema = resource.table_schema
        self._parquet_path = staging / f"{resource.name}.parquet"
        self._csv = CsvWriter(staging / f"{resource.name}.csv", self._schema.names)
        self._parquet = ParquetWriter(self._parquet_path, arrow_schema(self._schema))
        self._statistics = Statistics(self._schema, period_field)
        self._sinks: Sequence[Callable[[RowsWithLines], None]] = (
            lambda part: self._csv.write_lines(part.lines),
            lambda part: self._parquet.write(part.rows),
            lambda part: self._statistics.add(part.rows),
            lambda part: proofs.add(part.rows),
        )

    def write(self, parts: Iterable[RowsWithLines], on_rows: OnRows) -> Table:
        """Write all rows, finish both files and return the table they hold."""
        rows = 0
        # each sink has a thread of its own, so files and statistics are written side by side
        for part in feed_all(parts, self._sinks):
            self.row_numbers.add(part.numbers)
            rows += part.rows.num_rows
            on_rows(rows)
        csv, parquet = self._csv.close(), self._parquet.close()
        # the histograms read the Parquet file again, so it has to be complete
        columns = self._statistics.finish(self._parquet_path)
        return Table(self._name, released_schema(self._schema), rows, csv, parquet, columns)
