from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packages.errors import SetupProblem
from packages.model import CheckOutcome, Finding, Report, Severity, Where
from quality.report import for_public, report_from_json, report_to_json
from quality.report.redaction import without_unsafe_values
from tests.quality import report_examples as examples

ALL = [examples.published(), examples.held(), examples.blocked(), examples.unreadable()]


@pytest.mark.parametrize("report", ALL)
def test_what_is_written_is_read_back(report: Report) -> None:
    assert report_from_json(report_to_json(report)) == without_unsafe_values(report)


@pytest.mark.parametrize("report", ALL)
def test_the_same_report_gives_the_same_bytes(report: Report) -> None:
    assert report_to_json(report_from_json(report_to_json(report))) == report_to_json(report)


def test_a_report_of_an_earlier_version_is_read_and_written_as_it_was() -> None:
    """The sample was written before the conversion was pydantic's."""
    sample = Path(__file__).with_name("report_sample.json").read_bytes()
    assert report_from_json(sample) == without_unsafe_values(examples.published())
    assert report_to_json(report_from_json(sample)) == sample
    assert report_to_json(examples.published()) == sample


@given(st.builds(Finding, st.text(), st.sampled_from(Severity), st.builds(Where), *[st.text()] * 4))
def test_any_text_survives(finding: Finding) -> None:
    report = replace(examples.published(), findings=(finding,))
    assert report_from_json(report_to_json(report)).findings == (finding,)


def test_a_file_name_that_is_not_unicode_survives() -> None:
    report = replace(examples.unreadable(), source={"name": "caf\udce9.csv"})
    assert report_from_json(report_to_json(report)).source == {"name": "caf\udce9.csv"}
    assert report_to_json(report).decode("utf-8")


def test_the_format_is_named_first_and_the_order_is_that_of_the_page() -> None:
    found = json.loads(report_to_json(examples.published()))
    assert found["format"] == "londata-report/1"
    assert list(found)[:4] == ["format", "identity", "verdict", "created"]


def test_no_value_of_an_unsafe_column() -> None:
    assert examples.CANARY.split()[0] not in report_to_json(examples.published()).decode()


def test_a_safe_column_keeps_its_values() -> None:
    (table,) = report_from_json(report_to_json(examples.published())).tables
    assert table.columns[2].total == "2904311.27"
    assert table.columns[4].top[0] == ("Adult Social Care", 64)


def test_a_check_that_did_not_run_is_read_as_that() -> None:
    assert report_from_json(report_to_json(examples.published())).checks[-1].outcome is CheckOutcome.NOT_RUN


def test_how_a_check_was_settled_is_read_and_may_be_missing() -> None:
    report = examples.published()
    settled = replace(report, checks=tuple(replace(check, settled="Proven while reading.") for check in report.checks))
    assert report_from_json(report_to_json(settled)).checks == settled.checks
    assert b"settled" not in report_to_json(report)


def test_the_public_form_has_no_shapes() -> None:
    assert examples.blocked().findings[1].shapes
    assert not any(finding.shapes for finding in for_public(examples.blocked()).findings)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b'{"format": "londata-report/2"}', b'{"format": ', b'{"format": "londata-report/1"}'],
)
def test_anything_else_is_refused_in_plain_words(content: bytes) -> None:
    with pytest.raises(SetupProblem, match="not a report"):
        report_from_json(content)


def test_it_is_small() -> None:
    assert len(report_to_json(examples.held())) < 10_000
