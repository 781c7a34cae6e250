"""Six dimensions, each from named checks: nothing is measured that no check looked at."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from packages.model import Check, CheckOutcome
from packages.spec import list_identities, load_spec
from quality.dimensions import (
    MEANINGS,
    NAMED,
    Dimension,
    dimension_of,
    measure_dimensions,
    not_overdue,
    published_in_time,
)
from quality.judge import TITLES, JudgeInput, judge
from quality.suites.suite import due_expectations
from tests.quality.drafts import NOW, make_draft, make_spec


@pytest.mark.parametrize(
    ("name", "dimension"),
    [
        ("reading", "completeness"),
        ("cells", "validity"),
        ("keys", "uniqueness"),
        ("drift-total/payments", "consistency"),
        ("drift-columns/payments", "completeness"),
        ("payments/purpose/expect_column_values_to_not_be_null", "completeness"),
        ("sites/PermissionType/expect_column_values_to_be_null", "consistency"),
        ("payments/date/supplier/expect_compound_columns_to_be_unique", "uniqueness"),
        ("sites/A/B/expect_column_pair_values_a_to_be_greater_than_b", "consistency"),
        ("sites/Postcode/expect_column_values_to_match_regex/2", "validity"),
        ("keys/column/expect_column_values_to_match_regex", "validity"),
        ("personal-email/payments", None),
        ("metadata-complete", None),
        ("approval", None),
    ],
)
def test_what_a_check_measures(name: str, dimension: str | None) -> None:
    assert dimension_of(name) == dimension


def test_every_check_of_ours_is_sorted(tmp_path: Path) -> None:
    draft = make_draft(tmp_path, {"a": pa.array(["x"])})
    report = judge(draft, make_spec([{"name": "a"}]), JudgeInput(NOW, ""))
    names = {check.name.split("/")[0] for check in report.checks} | set(TITLES)
    assert {name for name in names if name not in NAMED and not name.startswith("personal-")} == set()


def test_all_six_are_there_in_the_order_of_the_framework_also_when_nothing_measures_them() -> None:
    found = measure_dimensions(
        [Check("cells", "Cells", CheckOutcome.PASSED), Check("personal-email/a", "E-mail", CheckOutcome.FAILED)]
    )
    assert [m.dimension for m in found] == list(MEANINGS)
    assert {m.dimension: len(m.checks) for m in found if m.checks} == {Dimension.VALIDITY: 1}


def test_what_a_dataset_says_of_an_expectation_goes_first() -> None:
    spec = load_spec(next(i for i in list_identities() if i.dataset == "spend-over-500"))
    checks = [Check(d.name, d.spec.title, CheckOutcome.PASSED) for d in due_expectations(spec)]
    titles = {m.dimension: [c.title for c in m.checks] for m in measure_dimensions(checks, spec)}
    assert titles[Dimension.ACCURACY][:2] == [
        "Payment dates are from 2010 or later",
        "No single payment is over £100 million",
    ]


@pytest.mark.parametrize(
    ("covers_to", "sealed", "outcome"),
    [
        ("2026-07-31", dt.date(2026, 8, 31), CheckOutcome.PASSED),
        ("2026-07-31", dt.date(2026, 9, 1), CheckOutcome.FAILED),
        ("2026-07-31T10:00:00", dt.date(2026, 8, 1), CheckOutcome.PASSED),
        ("", dt.date(2026, 8, 1), CheckOutcome.NOT_RUN),
    ],
)
def test_a_release_is_in_time_within_a_month(covers_to: str, sealed: dt.date, outcome: CheckOutcome) -> None:
    assert published_in_time(covers_to, sealed).outcome is outcome


def test_overdue_or_not() -> None:
    assert not_overdue("2026-10-01", overdue=True).outcome is CheckOutcome.FAILED
    assert not_overdue("2026-10-01", overdue=False).outcome is CheckOutcome.PASSED
    assert not_overdue("", overdue=False).note == "It appears when something changes."
