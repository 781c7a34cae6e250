"""Great Expectations on a staged table; in a module of its own, since its import alone takes seconds."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from packages.model import ROWS_KEPT

COLUMN_KEYS = ("column", "column_A", "column_B", "column_list", "column_set")
"""Settings of an expectation that name columns."""

DATE_KEYS = ("min_value", "max_value", "value_set")
"""Settings that hold dates in an expectation on dates: Great Expectations cannot compare them as text."""

ONE_AT_A_TIME = threading.Lock()
"""Great Expectations keeps its current context in a global, which two suites in two threads would share."""

NO_VALUES = "The column is empty."
NOT_KNOWN = "Great Expectations does not know {type} with these settings: see quality.yaml."
NOT_WORKED_OUT = "Great Expectations could not work out {type} on this column: see quality.yaml."


@dataclass(frozen=True, slots=True)
class ExpectationQuestion:
    """One expectation to check: the name of its check, its type and settings as in quality.yaml."""

    name: str
    type: str
    kwargs: Mapping[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the expectation names."""
        named = [self.kwargs.get(key, ()) for key in COLUMN_KEYS]
        return tuple(c for value in named for c in ([value] if isinstance(value, str) else value))


@dataclass(frozen=True, slots=True)
class ExpectationAnswer:
    """The result of one expectation: met, not met in `count` of `of` rows, or the problem that kept it from running.

    `places` are the first of those rows, counted from 0.
    """

    met: bool
    count: int = 0
    of: int = 0
    problem: str = ""
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameAnswer:
    """The answer about a frame, and how many of its rows the expectation considered: those that it does not ignore."""

    answer: ExpectationAnswer
    considered: int = 0


AskSuite = Callable[[Sequence[ExpectationQuestion], Path, frozenset[str]], dict[str, ExpectationAnswer]]
"""Checks expectations on a Parquet file, given the names of its date columns; returns the answers by name."""


def import_great_expectations() -> None:
    """Import Great Expectations, which takes seconds, and silence it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations  # noqa: F401

        # each of its loggers has a level of its own, so silencing their common parent is not enough
        for name in [name for name in logging.root.manager.loggerDict if name.startswith("great_expectations")]:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def ask_great_expectations(
    asked: Sequence[ExpectationQuestion], parquet: Path, dates: frozenset[str]
) -> dict[str, ExpectationAnswer]:
    """Check the expectations on the whole table in this process, one caller at a time."""
    frame = read_frame(parquet, needed_columns(asked, pq.read_schema(parquet).names))
    return {name: found.answer for name, found in ask_about_frame(asked, frame, dates).items()}


def ask_about_frame(asked: Sequence[ExpectationQuestion], frame: Any, dates: frozenset[str]) -> dict[str, FrameAnswer]:
    """Check expectations on a pandas frame, whose index holds the positions of its rows."""
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_great_expectations()
        import great_expectations as gx

        built = {q.name: _build(q, dates) for q in asked}
        # expectations that cannot be built keep this answer
        unknown = {q.name: ExpectationAnswer(False, problem=NOT_KNOWN.format(type=q.type)) for q in asked}
        answers = {name: FrameAnswer(answer) for name, answer in unknown.items()}
        suite = gx.ExpectationSuite(name="suite", expectations=[b for b in built.values() if b])
        if not suite.expectations:
            return answers
        # ephemeral: nothing is written to disk, and no configuration is looked for in the current folder
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("staged").add_dataframe_asset("table")
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
        results = batch.validate(suite, result_format="SUMMARY").results
        return answers | {r.expectation_config.meta["check"]: _answer(r) for r in results}


def _build(question: ExpectationQuestion, dates: frozenset[str]) -> Any | None:
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    kwargs = dict(question.kwargs)
    try:
        if dates.intersection(question.columns):
            kwargs = {k: _dated(v) if k in DATE_KEYS and v is not None else v for k, v in kwargs.items()}
        return ExpectationConfiguration(question.type, kwargs, meta={"check": question.name}).to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError):
        # an unknown type or setting is a mistake in quality.yaml, reported as a check that did not run
        return None


def _dated(value: Any) -> Any:
    import pandas as pd

    return [_dated(v) for v in value] if isinstance(value, list) else pd.Timestamp(value)


def needed_columns(asked: Sequence[ExpectationQuestion], names: Sequence[str]) -> list[str]:
    """Return which of the columns of a table expectations need, in their order."""
    # expectations on the set of columns need all of them
    if any(q.type.startswith("expect_table_column") for q in asked):
        return list(names)
    conditions = " ".join(str(q.kwargs.get("row_condition", "")) for q in asked)
    named = {c for q in asked for c in q.columns}
    # an expectation on rows alone still needs a column to have rows
    return [n for n in names if n in named or n in conditions] or list(names[:1])


def read_frame(parquet: Path, names: Sequence[str]) -> Any:
    """Read columns of a whole table into pandas."""
    return frame_of(pq.read_table(parquet, columns=list(names)))


def frame_of(table: pa.Table) -> Any:
    """Return rows as a pandas frame: dates as datetime64, and decimals as floats, exact enough for limits."""
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.float64()))
    return table.to_pandas(date_as_object=False)


def _answer(result: Any) -> FrameAnswer:
    kind = result.expectation_config.type
    info = result.exception_info
    # an exception is given once, or once for each metric of the expectation
    has_raised = any(i.get("raised_exception") for i in (info, *info.values()) if isinstance(i, Mapping))
    if has_raised or (not result.success and not result.result):
        return FrameAnswer(ExpectationAnswer(False, problem=NOT_WORKED_OUT.format(type=kind)))
    if not result.success and result.result.get("observed_value", 0) is None:
        return FrameAnswer(ExpectationAnswer(False, problem=NO_VALUES))
    count, of = result.result.get("unexpected_count", 0), result.result.get("element_count", 0)
    places = result.result.get("partial_unexpected_index_list") or ()
    answer = ExpectationAnswer(bool(result.success), count, of, places=tuple(int(p) for p in places[:ROWS_KEPT]))
    return FrameAnswer(answer, of - (result.result.get("missing_count") or 0))
