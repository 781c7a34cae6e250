"""Expectations from YAML, told apart: met, not met, and not looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from packages.messages import finding
from packages.model import CheckOutcome, Draft, Finding, Severity, Where
from packages.spec import DatasetSpec
from quality.suites.expectations import ExpectationAnswer, ExpectationQuestion
from quality.suites.suite import ASKED, PROVEN, due_expectations, provable_questions, run_suites, skipped_suites
from quality.suites.versions import suites_digest
from quality.verdict import SKIPPED, JudgedPart
from tests.quality.drafts import make_draft, make_spec

COLUMNS = {
    "bought": pa.array([dt.date(2020, 1, 1), dt.date(2030, 1, 1), None], pa.date32()),
    "price": pa.array([Decimal("10.00"), Decimal("-5.00"), None], pa.decimal128(38, 2)),
    "kind": pa.array(["chair", "Chair", None]),
    "room": pa.array([None, None, None], pa.string()),
}
FIELDS = [
    {"name": "bought", "type": "date"},
    {"name": "price", "type": "number", "decimals": 2},
    {"name": "kind"},
    {"name": "room"},
]


def expectation(kind: str, title: str = "Title", **kwargs: Any) -> dict[str, Any]:
    words = {"title": title, "what": "$count of $of are wrong.", "fix": "Mend them.", "why": "Because."}
    return words | {"type": f"expect_{kind}", "kwargs": kwargs}


def spec_of(*expectations: Mapping[str, Any]) -> DatasetSpec:
    return make_spec(FIELDS, suites=[{"resource": "things", "expectations": list(expectations)}])


def outcomes(part: JudgedPart) -> dict[str, CheckOutcome]:
    return {c.title: c.outcome for c in part.checks}


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return make_draft(tmp_path, COLUMNS, headings={"price": "Price (£)"})


def test_met_not_met_and_not_looked_at(draft: Draft, capfd: pytest.CaptureFixture[str]) -> None:
    spec = spec_of(
        expectation("column_values_to_be_between", "early date", column="bought", max_value="2025-01-01"),
        expectation("column_values_to_be_between", "date in order", column="bought", min_value="2010-01-01T00:00:00"),
        expectation("column_max_to_be_between", "last date", column="bought", max_value="2031-01-01"),
        expectation("column_values_to_be_in_set", "date in set", column="bought", value_set=["2020-01-01"], mostly=0.5),
        expectation("column_values_to_be_between", "price", column="price", min_value=0),
        expectation("column_values_to_be_in_set", "kind", column="kind", value_set=["chair"], mostly=0.5),
        expectation("column_values_to_match_regex", "empty room", column="room", regex="^R"),
        expectation("column_max_to_be_between", "largest of nothing", column="room", max_value=3),
        expectation("column_sum_to_be_between", "sum of words", column="kind", max_value=3),
        expectation("column_values_to_be_between", "no bounds", column="price"),
        expectation("column_values_to_be_wonderful", "not known", column="price"),
        expectation("column_values_to_not_be_null", "no such column", column="wheels"),
        expectation("table_row_count_to_be_between", "rows", min_value=1),
        expectation(
            "column_values_to_not_be_null",
            "price of a chair",
            column="price",
            row_condition='kind == "chair"',
            condition_parser="pandas",
        ),
    )
    part = run_suites(draft, spec)
    assert outcomes(part) == {
        "early date": CheckOutcome.FAILED,
        "date in order": CheckOutcome.PASSED,
        "last date": CheckOutcome.PASSED,
        "date in set": CheckOutcome.PASSED,
        "price": CheckOutcome.FAILED,
        "kind": CheckOutcome.PASSED,
        "empty room": CheckOutcome.PASSED,
        "largest of nothing": CheckOutcome.NOT_RUN,
        "sum of words": CheckOutcome.NOT_RUN,
        "no bounds": CheckOutcome.NOT_RUN,
        "not known": CheckOutcome.NOT_RUN,
        "no such column": CheckOutcome.NOT_RUN,
        "rows": CheckOutcome.PASSED,
        "price of a chair": CheckOutcome.PASSED,
    }
    assert all(c.note for c in part.checks if c.outcome is CheckOutcome.NOT_RUN)
    assert [(f.rule, f.what, f.fix, f.why) for f in part.findings] == [
        ("expectation-not-met", "1 of 3 are wrong.", "Mend them.", "Because.")
    ] * 2
    assert part.findings[1].where == Where("things", "price", "Price (£)", count=1, of=3)
    assert capfd.readouterr() == ("", "")


def test_what_the_draft_has_proven_is_not_asked_and_a_failure_is_the_answer_that_was_given(draft: Draft) -> None:
    spec = spec_of(
        expectation("column_values_to_not_be_null", "room", column="room"),
        expectation("column_values_to_be_between", "price", column="price", min_value=0),
        expectation("column_values_to_not_be_null", "kind", column="kind"),
    )
    seen: list[list[str]] = []

    def ask(asked: Sequence[ExpectationQuestion], *_: object) -> dict[str, ExpectationAnswer]:
        seen.append([question.name for question in asked])
        price, kind = seen[-1]
        return {price: ExpectationAnswer(True), kind: ExpectationAnswer(False, 1, 3)}

    part = run_suites(replace(draft, proven=frozenset({"things/room/expect_column_values_to_not_be_null"})), spec, ask)
    assert [(c.title, c.outcome, c.note, c.settled) for c in part.checks] == [
        ("room", CheckOutcome.PASSED, "", PROVEN),
        ("price", CheckOutcome.PASSED, "", ASKED),
        ("kind", CheckOutcome.FAILED, "1 of 3 rows", ASKED),
    ]
    assert [f.where.field for f in part.findings] == ["kind"]
    assert len(seen) == 1


def test_two_expectations_of_one_name_in_two_suites_are_both_asked() -> None:
    suites = [
        {"resource": "things", "expectations": [expectation("column_values_to_not_be_null", column=name)]}
        for name in ("kind", "kind", "room")
    ]
    questions = provable_questions(make_spec(FIELDS, suites=suites), "things")
    assert [question.columns for question in questions] == [("room",)]


def test_a_digest_of_suites_changes_with_what_they_ask_and_who_runs_them() -> None:
    plain = spec_of(expectation("column_values_to_not_be_null", column="kind"))
    wider = spec_of(expectation("column_values_to_not_be_null", column="kind", mostly=0.5))
    typed = make_spec([{"name": "bought"}, *FIELDS[1:]]).model_copy(update={"quality": plain.quality})
    digests = [suites_digest(*given) for given in ((plain, "1"), (wider, "1"), (plain, "2"), (typed, "1"))]
    assert len(set(digests)) == 4
    assert suites_digest(plain, "1") == digests[0]
    assert suites_digest(make_spec(FIELDS), "1") == ""


@pytest.mark.slow
def test_a_suite_of_nothing_but_mistakes_runs_nothing(draft: Draft) -> None:
    part = run_suites(draft, spec_of(expectation("nonsense", column="price")))
    assert outcomes(part) == {"Title": CheckOutcome.NOT_RUN}


def test_an_empty_table_is_not_looked_at(tmp_path: Path) -> None:
    empty = make_draft(tmp_path, {"kind": pa.array([], pa.string())})
    part = run_suites(empty, spec_of(expectation("column_values_to_not_be_null", column="kind")))
    assert [(c.outcome, c.note) for c in part.checks] == [(CheckOutcome.NOT_RUN, "The table has no rows.")]


def test_a_column_of_which_nothing_could_be_read_is_not_looked_at(tmp_path: Path) -> None:
    unread = Finding("any", Severity.BLOCK, Where("things", "room"), "What.", "Fix.", "Why.", "data officer")
    draft = make_draft(tmp_path, COLUMNS, findings=(unread,))
    part = run_suites(draft, spec_of(expectation("column_values_to_match_regex", column="room", regex="^R")))
    assert [(c.outcome, c.note) for c in part.checks] == [
        (CheckOutcome.NOT_RUN, "Nothing in the column room could be read.")
    ]


def test_what_is_left_out_says_so() -> None:
    part = skipped_suites(spec_of(expectation("column_values_to_not_be_null", column="kind")))
    assert [(c.outcome, c.note) for c in part.checks] == [(CheckOutcome.NOT_RUN, SKIPPED)]


def test_names_of_checks_are_stable_and_apart() -> None:
    spec = spec_of(
        expectation("column_values_to_not_be_null", column="kind"),
        expectation("column_values_to_not_be_null", column="kind", mostly=0.5),
        expectation("compound_columns_to_be_unique", column_list=["kind", "room"]),
    )
    assert [d.name for d in due_expectations(spec)] == [
        "things/kind/expect_column_values_to_not_be_null",
        "things/kind/expect_column_values_to_not_be_null/2",
        "things/kind/room/expect_compound_columns_to_be_unique",
    ]


@pytest.mark.parametrize(("severity", "told"), [("warn", 0), ("hold", 1)])
def test_a_column_that_the_file_does_not_have_is_told_once_and_without_rows(
    draft: Draft, severity: str, told: int
) -> None:
    spec = spec_of(expectation("column_values_to_not_be_null", "room", column="room") | {"severity": severity})
    absent = finding("columns-absent", Where("things", count=1, unit="column"), columns="“Room”")
    part = run_suites(replace(draft, findings=(absent,)), spec)
    assert outcomes(part) == {"room": CheckOutcome.FAILED}
    assert [(f.severity, f.where.rows, f.where.count) for f in part.findings] == [(severity, (), 3)] * told
    # without a word on the layout it is told here
    assert len(run_suites(draft, spec).findings) == 1
