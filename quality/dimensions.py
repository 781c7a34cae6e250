"""The six dimensions of the UK Government Data Quality Framework, each measured by named checks.

There is no score: a dimension is the list of its checks. Checks of privacy, approval and the description of a dataset
measure no quality of its data, so they belong to no dimension.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from packages.model import Check, CheckOutcome
from packages.spec import DatasetSpec
from quality.suites.suite import due_expectations


class Dimension(StrEnum):
    """The six dimensions in the framework's order."""

    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    VALIDITY = "validity"
    ACCURACY = "accuracy"

    @property
    def meaning(self) -> str:
        """The question that the dimension asks."""
        return MEANINGS[self]


MEANINGS: Mapping[Dimension, str] = {
    Dimension.COMPLETENESS: "Is everything there that should be?",
    Dimension.UNIQUENESS: "Is each thing there once?",
    Dimension.CONSISTENCY: "Do the data agree with themselves and with the last release?",
    Dimension.TIMELINESS: "Are they there when they are needed?",
    Dimension.VALIDITY: "Do they have the form, type and range that is agreed?",
    Dimension.ACCURACY: "Do they match the world?",
}

NAMED: Mapping[str, Dimension | None] = {
    "reading": Dimension.COMPLETENESS,
    "layout": Dimension.VALIDITY,
    "cells": Dimension.VALIDITY,
    "keys": Dimension.UNIQUENESS,
    "references": Dimension.CONSISTENCY,
    "conformance": Dimension.VALIDITY,
    "drift-rows": Dimension.CONSISTENCY,
    "drift-total": Dimension.CONSISTENCY,
    "drift-columns": Dimension.COMPLETENESS,
    "drift-content": Dimension.CONSISTENCY,
    "drift": Dimension.CONSISTENCY,
    "places": Dimension.ACCURACY,
    "days": Dimension.ACCURACY,
    "doubles": Dimension.UNIQUENESS,
    "in-time": Dimension.TIMELINESS,
    "not-overdue": Dimension.TIMELINESS,
    "metadata": None,
    "metadata-complete": None,
    "approval": None,
    "declaration": None,
    "disclosure": None,
    "payees": None,
    "taken-away": None,
    "small-numbers": None,
    "cell-formula": None,
}
"""The dimension of each check of ours, by the part of its name before a slash; None where it measures no quality."""

EXPECTATIONS: tuple[tuple[str, Dimension], ...] = (
    ("_not_be_null", Dimension.COMPLETENESS),
    ("_be_null", Dimension.CONSISTENCY),
    ("_row_count", Dimension.COMPLETENESS),
    ("unique", Dimension.UNIQUENESS),
    ("_pair_values", Dimension.CONSISTENCY),
    ("multicolumn_sum", Dimension.CONSISTENCY),
    ("increasing", Dimension.CONSISTENCY),
    ("decreasing", Dimension.CONSISTENCY),
)
"""The dimension of an expectation by a text in its type, the first that fits; validity otherwise."""

PUBLISHING = dt.timedelta(days=31)
"""Time to publish after the end of a period: the Transparency Code allows one month."""


@dataclass(frozen=True, slots=True)
class MeasuredDimension:
    """A dimension and its checks, in their order; empty when no check measures it."""

    dimension: Dimension
    checks: tuple[Check, ...]


def measure_dimensions(checks: Iterable[Check], spec: DatasetSpec | None = None) -> tuple[MeasuredDimension, ...]:
    """Return the six dimensions of one release or attempt; `spec` may assign a dimension to an expectation."""
    named = {d.name: Dimension(d.spec.dimension) for d in due_expectations(spec) if d.spec.dimension} if spec else {}
    measured: dict[Dimension, list[Check]] = {dimension: [] for dimension in Dimension}
    for check in checks:
        dimension = named.get(check.name, dimension_of(check.name))
        if dimension:
            measured[dimension].append(check)
    return tuple(MeasuredDimension(dimension, tuple(of_it)) for dimension, of_it in measured.items())


def dimension_of(name: str) -> Dimension | None:
    """Return what a check measures, by its name; None where it measures no quality of the data, or is unknown."""
    first, expectation = name.split("/")[0], name.partition("/expect_")[2]
    if expectation:
        return next((dimension for text, dimension in EXPECTATIONS if text in expectation), Dimension.VALIDITY)
    return NAMED.get(first)


def published_in_time(covers_to: str, sealed: dt.date) -> Check:
    """Return the check that a release came out within a month of the end (ISO day) of its period."""
    title = "It came out within a month of the period that it covers"
    if not covers_to:
        return Check("in-time", title, CheckOutcome.NOT_RUN, "The data do not say which period they cover.")
    end = dt.date.fromisoformat(covers_to[:10])
    late = sealed - end > PUBLISHING
    note = f"The period ended on {end.isoformat()}, the release was made on {sealed.isoformat()}."
    return Check("in-time", title, CheckOutcome.FAILED if late else CheckOutcome.PASSED, note)


def not_overdue(due_on: str, *, overdue: bool) -> Check:
    """Return the check that no newer release is due; `due_on` (ISO day) is empty for data without a cadence."""
    title = "No newer release is overdue"
    if not due_on:
        return Check("not-overdue", title, CheckOutcome.PASSED, "It appears when something changes.")
    outcome = CheckOutcome.FAILED if overdue else CheckOutcome.PASSED
    return Check("not-overdue", title, outcome, f"{'Was' if overdue else 'Is'} due by {due_on}.")
