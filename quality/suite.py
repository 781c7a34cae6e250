"""The quality suites: expectations from YAML, run by Great Expectations over the staged Parquet."""

from __future__ import annotations

import logging
import threading
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from packages.model import ROWS_SHOWN, Check, Draft, Finding, Outcome, Severity, Table, Where
from packages.spec import DatasetSpec, ExpectationSpec, SuiteSpec
from quality.verdict import SKIPPED, Part

COLUMN_KEYS = ("column", "column_A", "column_B", "column_list", "column_set")
"""Where an expectation names the columns that it looks at."""

DATE_KEYS = ("min_value", "max_value", "value_set")
"""Where an expectation on dates holds dates: Great Expectations cannot compare them as text."""

ONE_AT_A_TIME = threading.Lock()
"""Great Expectations keeps the context in use in a global; two suites in two threads would share it."""

EMPTY_TABLE = "The table has no rows."
NO_TABLE = "The table is not there."
NOT_THERE = "The table has no column {column}."
NOTHING_READ = "Nothing in the column {column} could be read."
NO_VALUES = "The column is empty."
NOT_KNOWN = "Great Expectations does not know {type} with these settings: see quality.yaml."
NOT_WORKED_OUT = "Great Expectations could not work out {type} on this column: see quality.yaml."


@dataclass(frozen=True, slots=True)
class Due:
    """One expectation that is due on one table, and the name of its check."""

    name: str
    spec: ExpectationSpec
    table: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names."""
        named = [self.spec.kwargs.get(key, ()) for key in COLUMN_KEYS]
        return tuple(c for value in named for c in ([value] if isinstance(value, str) else value))

    def not_run(self, note: str) -> Check:
        """Its check, when it could not be looked at."""
        return Check(self.name, self.spec.title, Outcome.NOT_RUN, note)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Great Expectations said of one expectation: met, not met in `count` of `of` rows, or why it cannot tell.

    `places` are the first few of those rows, counted from 0.
    """

    met: bool
    count: int = 0
    of: int = 0
    problem: str = ""
    places: tuple[int, ...] = ()


def due(spec: DatasetSpec) -> tuple[Due, ...]:
    """Every expectation of every suite, with a name for its check that stays from release to release."""
    return tuple(d for suite in spec.quality.suites for d in _due_of(suite))


def _due_of(suite: SuiteSpec) -> Iterator[Due]:
    used: Counter[str] = Counter()
    for expectation in suite.expectations:
        made = Due("", expectation, suite.resource)
        name = "/".join((suite.resource, *made.columns, expectation.type))
        used[name] += 1
        yield replace(made, name=name if used[name] == 1 else f"{name}/{used[name]}")


def skipped(spec: DatasetSpec) -> Part:
    """All expectations as left out on purpose."""
    return Part(checks=tuple(d.not_run(SKIPPED) for d in due(spec)))


def suites(draft: Draft, spec: DatasetSpec) -> Part:
    """Run every suite over the staged tables; slow to start (seconds), so call it last."""
    return Part.joined(_suite(draft, spec, suite) for suite in spec.quality.suites)


def _suite(draft: Draft, spec: DatasetSpec, suite: SuiteSpec) -> Part:
    expectations = tuple(_due_of(suite))
    table = next((t for t in draft.tables if t.name == suite.resource), None)
    if table is None or not table.rows:
        note = EMPTY_TABLE if table else NO_TABLE
        return Part(checks=tuple(d.not_run(note) for d in expectations))
    hindered = {d.name: note for d in expectations if (note := _hindrance(d, table, draft.findings))}
    asked = [d for d in expectations if d.name not in hindered]
    answers = _ask(asked, draft.folder / table.parquet.name, _dates(spec, suite.resource)) if asked else {}
    problems = {name: a.problem for name, a in answers.items() if a.problem} | hindered
    return Part.joined(
        Part(checks=(d.not_run(problems[d.name]),)) if d.name in problems else _judged(d, answers[d.name], draft)
        for d in expectations
    )


def _hindrance(d: Due, table: Table, findings: Iterable[Finding]) -> str:
    """Why an expectation cannot be looked at: an unreadable column is empty, and would meet nearly everything."""
    names = {str(f["name"]) for f in table.schema["fields"]}
    empty = {c.name for c in table.columns if not c.filled}
    blocked = {f.where.field for f in findings if f.severity is Severity.BLOCK}
    for column in d.columns:
        if column not in names:
            return NOT_THERE.format(column=column)
        if column in empty and column in blocked:
            return NOTHING_READ.format(column=column)
    return ""


def _judged(d: Due, answer: Answer, draft: Draft) -> Part:
    if answer.met:
        return Part(checks=(Check(d.name, d.spec.title, Outcome.PASSED),))
    field = d.columns[0] if len(d.columns) == 1 else ""
    column = draft.headings.get(field) or _title(draft, d.table, field)
    rows = tuple(draft.row_numbers.of(place) for place in answer.places) if draft.row_numbers.starts else ()
    where = Where(resource=d.table, field=field, column=column, rows=rows, count=answer.count, of=answer.of)
    note = f"{answer.count:,} of {answer.of:,} rows" if answer.count else ""
    what = Template(d.spec.what).safe_substitute(count=f"{answer.count:,}", of=f"{answer.of:,}")
    found = Finding("expectation-not-met", d.spec.severity, where, what, d.spec.fix, d.spec.why, who="data officer")
    return Part((found,), (Check(d.name, d.spec.title, Outcome.FAILED, note),))


def _title(draft: Draft, table: str, field: str) -> str:
    """What a field that is in no column of the file is called."""
    return next((c.title for t in draft.tables if t.name == table for c in t.columns if c.name == field), field)


def _dates(spec: DatasetSpec, resource: str) -> frozenset[str]:
    fields = [f for r in spec.package.resources if r.name == resource for f in r.table_schema.fields]
    return frozenset(f.name for f in fields if f.type in ("date", "datetime"))


# --- Great Expectations -----------------------------------------------------------------------------------------------


def _ask(asked: Sequence[Due], parquet: Path, dates: frozenset[str]) -> dict[str, Answer]:
    """One answer for each expectation, by the name of its check."""
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx

        _hush()

        built = {d.name: _build(d, dates) for d in asked}
        answers = {d.name: Answer(False, problem=NOT_KNOWN.format(type=d.spec.type)) for d in asked}
        suite = gx.ExpectationSuite(name=parquet.stem, expectations=[b for b in built.values() if b])
        if not suite.expectations:
            return answers
        results = _batch(gx, _frame(parquet, asked)).validate(suite, result_format="SUMMARY").results
        return answers | {r.expectation_config.meta["check"]: _answer(r) for r in results}


def _hush() -> None:
    """Its loggers set levels of their own, so each one is told to say nothing below a fault."""
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("great_expectations")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _build(d: Due, dates: frozenset[str]) -> Any | None:
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    kwargs = _with_dates(d.spec.kwargs) if dates.intersection(d.columns) else d.spec.kwargs
    try:
        return ExpectationConfiguration(d.spec.type, dict(kwargs), meta={"check": d.name}).to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError):
        # an unknown type or setting: a mistake in quality.yaml, told as a check that did not run
        return None


def _with_dates(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    import pandas as pd

    def dated(value: Any) -> Any:
        return [dated(v) for v in value] if isinstance(value, list) else pd.Timestamp(value)

    return {k: dated(v) if k in DATE_KEYS and v is not None else v for k, v in kwargs.items()}


def _frame(parquet: Path, asked: Sequence[Due]) -> Any:
    """The needed columns for pandas: dates as datetime64, exact decimals as floats, which are good enough here."""
    table = pq.read_table(parquet, columns=_needed(asked, pq.read_schema(parquet).names))
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.float64()))
    return table.to_pandas(date_as_object=False)


def _needed(asked: Sequence[Due], names: Sequence[str]) -> list[str]:
    if any(d.spec.type.startswith("expect_table_column") for d in asked):
        return list(names)
    conditions = " ".join(str(d.spec.kwargs.get("row_condition", "")) for d in asked)
    named = {c for d in asked for c in d.columns}
    return [n for n in names if n in named or n in conditions] or list(names[:1])


def _batch(gx: Any, frame: Any) -> Any:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("staged").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})


def _answer(result: Any) -> Answer:
    kind = result.expectation_config.type
    if _raised(result.exception_info) or (not result.success and not result.result):
        return Answer(False, problem=NOT_WORKED_OUT.format(type=kind))
    if not result.success and result.result.get("observed_value", 0) is None:
        return Answer(False, problem=NO_VALUES)
    count, of = result.result.get("unexpected_count", 0), result.result.get("element_count", 0)
    places = result.result.get("partial_unexpected_index_list") or ()
    return Answer(bool(result.success), count, of, places=tuple(int(place) for place in places[:ROWS_SHOWN]))


def _raised(info: Mapping[str, Any]) -> bool:
    """Whether an expectation stopped with a fault; the fault is told once, or once for each of its metrics."""
    return any(i.get("raised_exception") for i in (info, *info.values()) if isinstance(i, Mapping))
