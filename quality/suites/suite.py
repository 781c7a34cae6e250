"""The quality suites: expectations from YAML, proven while the rows passed or asked of Great Expectations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from string import Template

from packages.model import Check, CheckOutcome, Draft, Finding, Severity, Table, Where
from packages.spec import DatasetSpec, ExpectationSpec, SuiteSpec
from quality.suites.expectations import AskSuite, ExpectationAnswer, ExpectationQuestion
from quality.suites.gx_worker import WORKER
from quality.verdict import SKIPPED, JudgedPart

EMPTY_TABLE = "The table has no rows."
NO_TABLE = "The table is not there."
ABSENT = ("column-absent", "columns-absent", "column-missing")
"""Findings on the layout that tell which columns are not there."""

NOT_THERE = "The table has no column {column}."
NOTHING_READ = "Nothing in the column {column} could be read."

PROVEN = "Proven while reading."
ASKED = "Asked of Great Expectations."
"""How an expectation was settled."""


@dataclass(frozen=True, slots=True)
class DueExpectation:
    """One expectation on one table, and the name of its check."""

    name: str
    spec: ExpectationSpec
    table: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the expectation names."""
        return self.question.columns

    @property
    def question(self) -> ExpectationQuestion:
        """The expectation as it is put to Great Expectations."""
        return ExpectationQuestion(self.name, self.spec.type, self.spec.kwargs)

    def passed(self, settled: str) -> Check:
        """Return its check as passed, settled in this way."""
        return Check(self.name, self.spec.title, CheckOutcome.PASSED, settled=settled)

    def not_run(self, note: str) -> Check:
        """Return its check, not run for the reason in `note`."""
        return Check(self.name, self.spec.title, CheckOutcome.NOT_RUN, note)


def due_expectations(spec: DatasetSpec) -> tuple[DueExpectation, ...]:
    """Return every expectation of every suite, with a name for its check that is stable between releases."""
    return tuple(d for suite in spec.quality.suites for d in _due_expectations_of(suite))


def _due_expectations_of(suite: SuiteSpec) -> Iterator[DueExpectation]:
    used: Counter[str] = Counter()
    for expectation in suite.expectations:
        unnamed = DueExpectation("", expectation, suite.resource)
        name = "/".join((suite.resource, *unnamed.columns, expectation.type))
        used[name] += 1
        yield replace(unnamed, name=name if used[name] == 1 else f"{name}/{used[name]}")


def skipped_suites(spec: DatasetSpec) -> JudgedPart:
    """Return the checks of all expectations as left out on request."""
    return JudgedPart(checks=tuple(d.not_run(SKIPPED) for d in due_expectations(spec)))


def provable_questions(spec: DatasetSpec, resource: str) -> tuple[ExpectationQuestion, ...]:
    """Return the expectations on one table, to be proven while its rows pass."""
    due = due_expectations(spec)
    # two suites on one table may name two expectations alike, and then a proof could not tell which is meant
    names = Counter(d.name for d in due)
    return tuple(d.question for d in due if d.table == resource and names[d.name] == 1)


def run_suites(draft: Draft, spec: DatasetSpec, ask: AskSuite = WORKER.ask) -> JudgedPart:
    """Run every suite over the staged tables: Great Expectations is asked for what the draft has not proven.

    Call it last, as Great Expectations takes seconds to start.
    """
    parts = []
    for suite in spec.quality.suites:
        expectations = tuple(_due_expectations_of(suite))
        table = next((t for t in draft.tables if t.name == suite.resource), None)
        if table is None or not table.rows:
            # Great Expectations would call nearly every expectation on no rows met
            note = EMPTY_TABLE if table else NO_TABLE
            parts.append(JudgedPart(checks=tuple(d.not_run(note) for d in expectations)))
            continue
        problems = {d.name: problem for d in expectations if (problem := _problem(d, table, draft.findings))}
        questions = [d.question for d in expectations if d.name not in problems and d.name not in draft.proven]
        dates = _dates(spec, suite.resource)
        answers = ask(questions, draft.folder / table.parquet.name, dates) if questions else {}
        problems |= {name: answer.problem for name, answer in answers.items() if answer.problem}
        for d in expectations:
            if d.name in problems:
                parts.append(JudgedPart(checks=(d.not_run(problems[d.name]),)))
            elif d.name not in answers:
                parts.append(JudgedPart(checks=(d.passed(PROVEN),)))
            else:
                parts.append(_judge_answer(d, answers[d.name], draft))
    return JudgedPart.joined(parts)


def _dates(spec: DatasetSpec, resource: str) -> frozenset[str]:
    fields = [f for r in spec.package.resources if r.name == resource for f in r.table_schema.fields]
    return frozenset(f.name for f in fields if f.type in ("date", "datetime"))


def _problem(d: DueExpectation, table: Table, findings: Iterable[Finding]) -> str:
    """Return why an expectation cannot be checked: an unreadable column is empty, and would meet nearly all; or ""."""
    names = {str(f["name"]) for f in table.schema["fields"]}
    empty = {c.name for c in table.columns if not c.filled}
    blocked = {f.where.field for f in findings if f.severity is Severity.BLOCK}
    for column in d.columns:
        if column not in names:
            return NOT_THERE.format(column=column)
        if column in empty and column in blocked:
            return NOTHING_READ.format(column=column)
    return ""


def _judge_answer(d: DueExpectation, answer: ExpectationAnswer, draft: Draft) -> JudgedPart:
    if answer.met:
        return JudgedPart(checks=(d.passed(ASKED),))
    field = d.columns[0] if len(d.columns) == 1 else ""
    note = f"{answer.count:,} of {answer.of:,} rows" if answer.count else ""
    failed = Check(d.name, d.spec.title, CheckOutcome.FAILED, note, ASKED)
    # a field that is in no column of the file is called by its title, and its rows do not differ
    is_absent = field in _absent_fields(draft, d.table)
    if is_absent and d.spec.severity is Severity.WARN and any(f.rule in ABSENT for f in draft.findings):
        # the layout has said it already
        return JudgedPart(checks=(failed,))
    titles = (c.title for t in draft.tables if t.name == d.table for c in t.columns if c.name == field)
    column = draft.heading(d.table, field) or next(titles, field)
    # Great Expectations counts the rows of the table; a person looks for the numbers of the file
    rows = () if is_absent else draft.rows_at(d.table, answer.places)
    where = Where(resource=d.table, field=field, column=column, rows=rows, count=answer.count, of=answer.of)
    what = Template(d.spec.what).safe_substitute(count=f"{answer.count:,}", of=f"{answer.of:,}")
    not_met = Finding("expectation-not-met", d.spec.severity, where, what, d.spec.fix, d.spec.why, who="data officer")
    return JudgedPart((not_met,), (failed,))


def _absent_fields(draft: Draft, table: str) -> set[str]:
    """Return the fields of a table that no column of the file holds and no constant fills."""
    columns = (c for t in draft.tables if t.name == table for c in t.columns)
    return {c.name for c in columns if not c.filled and not draft.heading(table, c.name)}
