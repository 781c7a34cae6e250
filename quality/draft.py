"""One pass over the rows: judged cell by cell, written as CSV and Parquet, and counted, all while they stream by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from packages.formats.arrow import arrow_schema, released_schema
from packages.formats.csv import CsvWriter, lines_of
from packages.formats.parquet import ParquetWriter
from packages.headings import listed_names
from packages.messages import finding
from packages.model import (
    ChangeLog,
    Check,
    CheckOutcome,
    Draft,
    Extract,
    Finding,
    OnRows,
    RowNumbers,
    Rows,
    Severity,
    Table,
    Where,
    no_progress,
)
from packages.parallel import SHARED, feed_all, map_in_order
from packages.spec import DatasetSpec, ResourceSpec
from quality.conform import TypedBatch, conform
from quality.profile.statistics import Statistics

READING = frozenset(
    {
        "nul-characters", "encoding-not-as-described", "lost-characters", "row-too-short", "row-too-long",
        "quote-not-closed", "no-rows",
    }
)  # fmt: skip
"""Rules of the reader that can be broken by a file that still gives rows; all others in the log are about layout."""

STOPPING = (Severity.BLOCK, Severity.HOLD)


def write_draft(
    rows: Rows,
    spec: DatasetSpec,
    resource: ResourceSpec,
    extract: Extract,
    staging: Path,
    on_rows: OnRows = no_progress,
    references: Mapping[str, Any] | None = None,
) -> Draft:
    """Write a resource's rows as CSV and Parquet into the folder `staging`, with all that was found on the way.

    `references` are the tables that this one may point to: a path, or a resource descriptor, by the resource's name.
    SetupProblem when the folder cannot be written; FileProblem when the file cannot be read to its end.
    """
    log = ChangeLog()
    conforming = conform(rows.start(log), resource.table_schema, references=references)
    numbered = _Numbered()
    files = _Files(resource, spec.package.period_field, staging)
    table = _write(numbered.passing(conforming), files, on_rows)
    if not table.rows and not any(found.rule == "no-rows" for found in log.findings):
        log.find(finding("no-rows", Where(resource=resource.name)))
    conformance = conforming.findings(rows.headings, resource.name)
    return Draft(
        identity=spec.identity,
        folder=staging,
        extract=extract,
        tables=(table,),
        findings=tuple(
            _on_sheet(found, rows.sheet)
            for found in (*log.findings, *conformance, *_blank(table, rows.headings, conformance))
        ),
        checks=(*_checks(log.findings), *conforming.checks),
        changes=log.changes,
        headings={resource.name: rows.headings},
        how_read=rows.how_read,
        row_numbers={resource.name: numbered.found},
    )


def _blank(table: Table, headings: Mapping[str, str], said: Iterable[Finding]) -> Iterator[Finding]:
    """The columns that the file has and that hold nothing, unless something else was said of them already."""
    spoken = {found.where.field for found in said}
    blank = [c for c in table.columns if table.rows and not c.filled and headings.get(c.name) and c.name not in spoken]
    if blank:
        names = listed_names([headings[c.name] for c in blank])
        yield finding("columns-blank", Where(table.name, count=len(blank), unit="column"), columns=names)


class _Numbered:
    """Notes, as the batches pass, where a run of consecutive row numbers begins."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._numbers: list[int] = []
        self._rows = 0
        self._next: int | None = None

    def passing(self, typed: Iterable[TypedBatch]) -> Iterator[TypedBatch]:
        """The same batches."""
        for part in typed:
            if len(part.numbers):
                self._note(part.numbers)
            yield part

    def _note(self, numbers: pa.Array) -> None:
        steps = pc.not_equal(pc.subtract(numbers[1:], numbers[:-1]), 1)
        begins = [place + 1 for place in pc.indices_nonzero(steps).to_pylist()]
        if numbers[0].as_py() != self._next:
            begins.insert(0, 0)
        self._starts += [self._rows + place for place in begins]
        self._numbers += [numbers[place].as_py() for place in begins]
        self._rows += len(numbers)
        self._next = numbers[-1].as_py() + 1

    @property
    def found(self) -> RowNumbers:
        return RowNumbers(tuple(self._starts), tuple(self._numbers))


@dataclass(frozen=True, slots=True)
class _Part:
    """Some typed rows, and the lines that they are in the CSV file."""

    rows: pa.RecordBatch
    lines: pa.Buffer


def _part(typed: TypedBatch) -> _Part:
    return _Part(typed.batch, lines_of(typed.batch, typed.cells))


class _Files:
    """Where the typed rows of one resource go: both files and the statistics."""

    def __init__(self, resource: ResourceSpec, period_field: str, staging: Path) -> None:
        self._name = resource.name
        self._schema = resource.table_schema
        self._parquet_path = staging / f"{resource.name}.parquet"
        self._csv = CsvWriter(staging / f"{resource.name}.csv", self._schema.names)
        self._parquet = ParquetWriter(self._parquet_path, arrow_schema(self._schema))
        self._statistics = Statistics(self._schema, period_field)
        self.sinks: Sequence[Callable[[_Part], None]] = (
            lambda part: self._csv.write_lines(part.lines),
            lambda part: self._parquet.write(part.rows),
            lambda part: self._statistics.add(part.rows),
        )

    def close(self, rows: int) -> Table:
        """Finish the files."""
        csv, parquet = self._csv.close(), self._parquet.close()
        columns = self._statistics.finish(self._parquet_path)
        return Table(self._name, released_schema(self._schema), rows, csv, parquet, columns)


def _write(typed: Iterable[TypedBatch], files: _Files, on_rows: OnRows) -> Table:
    rows = 0
    for part in feed_all(map_in_order(_part, typed, SHARED), files.sinks):
        rows += part.rows.num_rows
        on_rows(rows)
    return files.close(rows)


def _on_sheet(found: Finding, sheet: str) -> Finding:
    return found if found.where.sheet else replace(found, where=replace(found.where, sheet=sheet))


def _checks(found: Sequence[Finding]) -> tuple[Check, Check]:
    reading = [f for f in found if f.rule in READING]
    layout = [f for f in found if f.rule not in READING]
    return (
        _check("reading", "The whole file could be read", reading),
        _check("layout", "The columns are those that the description of the dataset names", layout),
    )


def _check(name: str, title: str, found: Sequence[Finding]) -> Check:
    stopping = [f for f in found if f.severity in STOPPING]
    return Check(
        name, title, CheckOutcome.FAILED if stopping else CheckOutcome.PASSED, stopping[0].what if stopping else ""
    )
