"""One pass over the rows that judges them cell by cell, writes them as CSV and Parquet, and counts them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from packages.formats.arrow import arrow_schema
from packages.headings import listed_names
from packages.messages import finding
from packages.model import (
    MARK,
    ROWS_SHOWN,
    SMALL_NUMBERS,
    CannotBeCut,
    ChangeLog,
    Check,
    CheckOutcome,
    Draft,
    Extract,
    Finding,
    OnRows,
    Part,
    PartedRows,
    Rows,
    Severity,
    Table,
    Where,
    no_progress,
)
from packages.parallel.spread import Spread
from packages.parallel.threads import SHARED, made_beside, map_in_order
from packages.spec import CountsSpec, DatasetSpec, ResourceSpec, TableSchema, counts_of, with_withheld
from quality.conform import ConformancePass, TypedBatch, conform
from quality.conform.known_keys import known_keys
from quality.drafting.parts import TableInParts
from quality.drafting.table_files import RowsWithLines, TableFiles, with_lines
from quality.suites.proofs.suite_proofs import SuiteProofs
from quality.suites.suite import provable_questions

READING = frozenset(
    {
        "nul-characters", "encoding-not-as-described", "lost-characters", "row-too-short", "row-too-long",
        "quote-not-closed", "no-rows", "rows-swallowed", "cells-moved", "rows-swallowed-uneven", "quotes-doubtful",
        "text-garbled", "notes-below", "heading-below",
    }
)  # fmt: skip
"""Rules on reading that a file can break and still have rows; all others in the log are about layout."""

OF_ROWS = ("headings-again", "totals-row-inside")
"""Blocking rules on rows that are no records: whatever else is wrong in those rows follows from it."""

UNEVEN = ("row-too-short", "rows-swallowed-uneven")
"""Rules on rows that end before the last column."""

READING_TITLE = "The whole file could be read"

NOT_A_DATE = ("cell-not-a-date", "cell-not-a-date-and-time")
NOT_A_NUMBER = ("cell-not-a-number", "cell-not-a-whole-number")
EXPLAINED: Mapping[str, tuple[str, ...]] = {
    "cells-too-narrow": (*NOT_A_DATE, *NOT_A_NUMBER),
    "column-missing": ("cell-missing",),
    "date-counts-among-dates": NOT_A_DATE,
    "date-order-lone": NOT_A_DATE,
    "date-order-mixed": NOT_A_DATE,
    "date-order-not-as-described": NOT_A_DATE,
    "number-thousands-point": ("number-precision", "cell-not-a-whole-number"),
}
"""Blocking rules on a whole column, and those on its cells that say no more than that."""

STOPPING = (Severity.BLOCK, Severity.HOLD)


def ignore() -> None:
    """Do nothing about expectations that are not proven."""


@dataclass(frozen=True, slots=True)
class Staging:
    """The folder that a draft is written to, the tables that it may refer to, and who follows the rows.

    `references` are the tables of foreign keys by resource name: a path, or a resource descriptor. `spread` takes large
    tables in parts. `on_rows` gets the number of rows written so far. `earlier` are the folders of what was published
    before, which may give numbers away. `proves` is False where nothing is to be proven of the quality suites;
    `on_unproven` is called as soon as one of their expectations is known to be left for Great Expectations.
    """

    folder: Path
    references: Mapping[str, Any] = field(default_factory=dict)
    on_rows: OnRows = no_progress
    earlier: Sequence[Path] = ()
    proves: bool = True
    on_unproven: Callable[[], None] = ignore
    spread: Spread | None = None


@dataclass(frozen=True, slots=True)
class _DraftInput:
    """What a draft is made of."""

    rows: Rows
    spec: DatasetSpec
    resource: ResourceSpec
    extract: Extract
    staging: Staging

    @property
    def counts(self) -> tuple[CountsSpec, ...]:
        """The numbers of people among the columns."""
        return counts_of(self.spec.quality.disclosure.counts, self.resource, self.spec.package)

    @property
    def schema(self) -> TableSchema:
        """The schema of the rows as they are read: with columns that serve to decide what is hidden."""
        return with_withheld(self.resource, self.counts).table_schema


def write_draft(rows: Rows, spec: DatasetSpec, resource: ResourceSpec, extract: Extract, staging: Staging) -> Draft:
    """Write a resource's rows as CSV and Parquet into the folder of `staging`; return them with all findings.

    A large table is passed in parts where `staging` has workers for them, and where it can be cut; the draft is the
    same. SetupProblem when the folder cannot be written; FileProblem when the file cannot be read to its end.
    """
    given = _DraftInput(rows, spec, resource, extract, staging)
    if staging.spread and rows.parts and (parts := staging.spread.parts_of(rows.parts)):
        # what is written by then is written over
        with suppress(CannotBeCut):
            return _draft_in_parts(given, rows.parts, parts, staging.spread)
    return _draft_in_one_pass(given)


def _draft_in_parts(given: _DraftInput, rows: PartedRows, parts: Sequence[Part], spread: Spread) -> Draft:
    log, known = ChangeLog(), known_keys(given.schema, given.staging.references)
    with closing(TableInParts(rows, given.schema, known, spread, log)) as table:
        return _write(table.rows(parts), table, log, given)


def _draft_in_one_pass(given: _DraftInput) -> Draft:
    log, counts = ChangeLog(), given.counts
    shaped = given.rows.start(log)
    # read and shaped in a thread of their own; not where two would write to the log
    shaped = shaped if counts else made_beside(shaped)
    conforming = conform(shaped, given.schema, references=given.staging.references)
    typed: Iterable[TypedBatch] = conforming
    if counts:
        # imported on use: it imports a solver, and few datasets hold numbers of people
        from quality.suppression.stage import CountsTask, without_small_numbers

        earlier, headings = given.staging.earlier, given.rows.headings
        task = CountsTask(given.resource, counts, given.spec.identity, earlier, headings)
        typed = without_small_numbers(conforming, task, log)
    # lines are made in threads
    return _write(map_in_order(with_lines, typed, SHARED), conforming, log, given)


def _write(
    written: Iterable[RowsWithLines], judged: ConformancePass | TableInParts, log: ChangeLog, given: _DraftInput
) -> Draft:
    """Write rows that are judged on their way, and return them with all that is known when they have passed."""
    rows, spec, resource, staging = given.rows, given.spec, given.resource, given.staging
    measures = {name for described in given.counts for name in described.measure}
    proofs = SuiteProofs(
        provable_questions(spec, resource.name) if staging.proves else (),
        arrow_schema(resource.table_schema),
        staging.on_unproven,
    )
    files = TableFiles(resource, spec.package.period_field, staging.folder, proofs)
    # one pass: whatever is read below is complete only after it
    with closing(proofs):
        table = files.write(written, staging.on_rows)
        proven = proofs.finish()
    if not table.rows and not any(logged.rule == "no-rows" for logged in log.findings):
        log.find(finding("no-rows", Where(resource=resource.name)))
    conformance = tuple(_unexplained(judged.findings(rows.headings, resource.name), log.findings))
    odd = (*_blank_columns(table, rows.headings, conformance), *_same_columns(table, resource, rows.headings))
    findings = (*log.findings, *conformance, *odd)
    return Draft(
        identity=spec.identity,
        folder=staging.folder,
        extract=given.extract,
        tables=(table,),
        findings=tuple(f if f.where.sheet else replace(f, where=replace(f.where, sheet=rows.sheet)) for f in findings),
        checks=(*_log_checks(log), *judged.checks),
        # a comma that was taken out tells how large a number is that is hidden now
        changes=tuple(c for c in log.changes if c.rule in (SMALL_NUMBERS, MARK) or c.field not in measures),
        headings={resource.name: rows.headings},
        how_read=rows.how_read,
        row_numbers={resource.name: files.row_numbers.result},
        vouched=frozenset(log.vouched),
        proven=proven,
    )


def _unexplained(findings: Iterable[Finding], causes: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings about cells but for those whose cause is told already, for as many rows."""
    stopping = [cause for cause in causes if cause.severity is Severity.BLOCK]
    # a reader knows the column of the file, and not yet whose field it becomes
    told = {
        (rule, place): cause.where.count
        for cause in stopping
        for rule in EXPLAINED.get(cause.rule, ())
        for place in (cause.where.field, cause.where.column)
        if place
    }
    # what the reader says of a whole row is not said again for each of its columns
    is_uneven = any(cause.rule in UNEVEN for cause in stopping)
    no_records = [cause.where for cause in stopping if cause.rule in OF_ROWS]
    for found in findings:
        if is_uneven and found.rule == "row-short":
            continue
        first = set(found.where.rows[:ROWS_SHOWN])
        if first and any(first <= set(where.rows) and found.where.count <= where.count for where in no_records):
            continue
        count = told.get((found.rule, found.where.field), told.get((found.rule, found.where.column)))
        # a cause without a count is about every row
        if count is None or 0 < count < found.where.count:
            yield found


def _log_checks(log: ChangeLog) -> Iterator[Check]:
    """Yield the checks of reading and of layout: the readers log findings, and no checks of their own."""
    reading = [f for f in log.findings if f.rule in READING]
    layout = [f for f in log.findings if f.rule not in READING and not f.rule.startswith("counts-")]
    for name, title, found in (
        ("reading", READING_TITLE, reading),
        ("layout", "The columns are those that the description of the dataset names", layout),
    ):
        stopping = [f for f in found if f.severity in STOPPING]
        outcome = CheckOutcome.FAILED if stopping else CheckOutcome.PASSED
        yield Check(name, title, outcome, stopping[0].what if stopping else "")


def _blank_columns(table: Table, headings: Mapping[str, str], findings: Iterable[Finding]) -> Iterator[Finding]:
    """Find columns of the file that are empty in every row, unless another finding is about them already."""
    known = {f.where.field for f in findings}
    blank = [c for c in table.columns if table.rows and not c.filled and headings.get(c.name) and c.name not in known]
    if blank:
        names = listed_names([headings[c.name] for c in blank])
        yield finding("columns-blank", Where(table.name, count=len(blank), unit="column"), columns=names)


MANY_ROWS = 20
"""Rows from which a name or an amount that is the same in all of them is odd."""


def _same_columns(table: Table, resource: ResourceSpec, headings: Mapping[str, str]) -> Iterator[Finding]:
    """Find names and amounts that are the same in every row; dates, words of lists and zeros often are."""
    for column, field_spec in zip(table.columns, resource.table_schema.fields, strict=True):
        is_amount = field_spec.decimals is not None and column.minimum.strip("-0.") != ""
        is_name = field_spec.type == "string" and field_spec.required and not field_spec.safe
        if column.distinct == 1 and column.filled == table.rows >= MANY_ROWS and (is_amount or is_name):
            where = Where(table.name, column.name, headings.get(column.name, ""), count=table.rows, of=table.rows)
            yield finding("values-same", where)
