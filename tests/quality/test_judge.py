"""The verdict follows from the findings, and nothing that did not run reads as passed."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from packages.errors import ExitCode, FileProblem
from packages.model import Check, CheckOutcome, Draft, Finding, Report, Severity, Verdict, Where
from quality.judge import refusal_report, report_exit_code
from quality.verdict import SKIPPED, decide_verdict
from tests.quality.drafts import CONFORMS, NOW, judged, make_draft, make_spec

FIELDS = [{"name": "kind"}]
SUITE = [
    {
        "resource": "things",
        "expectations": [
            {
                "type": "expect_column_values_to_not_be_null",
                "kwargs": {"column": "kind"},
                "severity": "hold",
                "title": "Kinds are given",
                "what": "Some kinds are missing.",
                "fix": "Fill them in.",
            }
        ],
    }
]

BLOCK, HOLD, WARN, FIXED = Severity.BLOCK, Severity.HOLD, Severity.WARN, Severity.FIXED


def found(severity: Severity, rule: str = "any") -> Finding:
    return Finding(rule, severity, Where(), "What.", "Fix.", "Why.", "data officer")


def ended(outcome: CheckOutcome, note: str = "") -> Check:
    return Check("name", "Title", outcome, note)


PASSED, FAILED, MISSED = ended(CheckOutcome.PASSED), ended(CheckOutcome.FAILED), ended(CheckOutcome.NOT_RUN, "Crashed.")
LEFT_OUT = ended(CheckOutcome.NOT_RUN, SKIPPED)


@pytest.mark.parametrize(
    ("severities", "checks", "unchanged", "approved", "expected"),
    [
        ([], [], False, False, "publish"),
        ([WARN, FIXED], [PASSED, FAILED], False, False, "publish"),
        ([HOLD], [], False, False, "held"),
        ([HOLD], [], False, True, "publish"),
        ([BLOCK], [], False, False, "blocked"),
        ([BLOCK, HOLD], [], False, True, "blocked"),
        ([BLOCK], [], True, True, "blocked"),
        ([], [], True, False, "unchanged"),
        ([HOLD], [MISSED], True, False, "unchanged"),
        ([], [PASSED, MISSED], False, False, "held"),
        ([], [MISSED], False, True, "publish"),
        ([WARN], [LEFT_OUT], False, False, "publish"),
        ([], [LEFT_OUT, MISSED], False, False, "held"),
    ],
)
def test_verdict(
    severities: list[Severity], checks: list[Check], unchanged: bool, approved: bool, expected: str
) -> None:
    findings = [found(s) for s in severities]
    assert decide_verdict(findings, checks, unchanged=unchanged, approved=approved) == Verdict(expected)


@pytest.mark.parametrize(
    ("outcome", "rule", "severity", "expected"),
    [
        (Verdict.PUBLISH, "any", WARN, ExitCode.DONE),
        (Verdict.PUBLISH, "personal-title", HOLD, ExitCode.DONE),
        (Verdict.UNCHANGED, "any", WARN, ExitCode.UNCHANGED),
        (Verdict.BLOCKED, "any", BLOCK, ExitCode.FIX_FILE),
        (Verdict.HELD, "any", HOLD, ExitCode.WAITING),
        (Verdict.HELD, "personal-title", HOLD, ExitCode.PERSONAL_DATA),
        (Verdict.BLOCKED, "personal-email", BLOCK, ExitCode.PERSONAL_DATA),
        (Verdict.BLOCKED, "cell-formula", BLOCK, ExitCode.FIX_FILE),
    ],
)
def test_exit_codes(clean: Draft, outcome: Verdict, rule: str, severity: Severity, expected: ExitCode) -> None:
    report: Report = judged(clean, make_spec(FIELDS))
    assert report_exit_code(replace(report, verdict=outcome, findings=(found(severity, rule),))) is expected


@pytest.fixture
def clean(tmp_path: Path) -> Draft:
    return make_draft(tmp_path, {"kind": pa.array(["chair", "table"])})


def test_a_clean_draft_is_published(clean: Draft) -> None:
    report = judged(clean, make_spec(FIELDS), digest="d2", previous_digest="d1")
    assert (report.verdict, report.findings, report.previous, report.created) == (Verdict.PUBLISH, (), "d1", NOW)
    assert report.checks[0] == CONFORMS
    assert {c.outcome for c in report.checks} == {CheckOutcome.PASSED}
    assert report.source["name"] == "received.csv"


def test_the_same_content_is_unchanged(clean: Draft) -> None:
    assert judged(clean, make_spec(FIELDS), digest="d1", previous_digest="d1").verdict is Verdict.UNCHANGED
    assert judged(clean, make_spec(FIELDS), digest="", previous_digest="").verdict is Verdict.PUBLISH


def test_findings_of_the_draft_come_first_and_decide(clean: Draft) -> None:
    report = judged(replace(clean, findings=(found(BLOCK),)), make_spec(FIELDS))
    assert (report.verdict, report.findings[0].rule) == (Verdict.BLOCKED, "any")


def test_quick_leaves_the_suite_out_and_says_so(clean: Draft) -> None:
    report = judged(clean, make_spec(FIELDS, suites=SUITE))
    assert report.verdict is Verdict.PUBLISH
    assert [(c.title, c.note) for c in report.checks if c.outcome is CheckOutcome.NOT_RUN] == [
        ("Kinds are given", SKIPPED)
    ]


@pytest.mark.slow
def test_the_suite_decides_too(tmp_path: Path) -> None:
    draft = make_draft(tmp_path, {"kind": pa.array(["chair", None])})
    report = judged(draft, make_spec(FIELDS, suites=SUITE), quick=False)
    assert (report.verdict, [f.rule for f in report.findings]) == (Verdict.HELD, ["expectation-not-met"])


def test_an_empty_table_is_not_passed_by_its_suite(tmp_path: Path) -> None:
    draft = make_draft(tmp_path, {"kind": pa.array([], pa.string())})
    report = judged(draft, make_spec(FIELDS, suites=SUITE), quick=False)
    assert report.verdict is Verdict.HELD
    assert [f.what for f in report.findings] == [
        "A check that was due did not run (The table has no rows): Kinds are given."
    ]


def test_a_check_that_crashes_holds_the_file_and_tells_no_cell(clean: Draft, caplog: pytest.LogCaptureFixture) -> None:
    (clean.folder / "things.parquet").write_bytes(b"AB123456C")
    with caplog.at_level(logging.ERROR):
        report = judged(clean, make_spec(FIELDS, suites=SUITE), quick=False)
    missed = [c.title for c in report.checks if c.outcome is CheckOutcome.NOT_RUN]
    assert missed == ["No personal data", "No rows are there twice", "Kinds are given"]
    assert report.verdict is Verdict.HELD
    assert [(f.rule, f.where.count) for f in report.findings] == [("privacy-not-checked", 0), ("check-not-run", 2)]
    assert "disclosure stopped with" in caplog.text
    assert "AB123456C" not in caplog.text


def test_a_blocked_file_is_not_told_of_checks_as_well(clean: Draft) -> None:
    (clean.folder / "things.parquet").unlink()
    report = judged(replace(clean, findings=(found(BLOCK),)), make_spec(FIELDS))
    assert [f.rule for f in report.findings] == ["any"]
    assert CheckOutcome.NOT_RUN in {c.outcome for c in report.checks}


@pytest.mark.parametrize(
    ("asked", "first", "rule"),
    [
        ("never", True, ""),
        ("first", True, "approval-first"),
        ("first", False, ""),
        ("always", True, "approval-always"),
        ("always", False, "approval-always"),
    ],
)
def test_approval(clean: Draft, asked: str, first: bool, rule: str) -> None:
    spec = make_spec(FIELDS, approval=asked)
    previous = None if first else judged(clean, make_spec(FIELDS))
    report = judged(clean, spec, previous=previous)
    assert [f.rule for f in report.findings] == ([rule] if rule else [])
    assert report.verdict is (Verdict.HELD if rule else Verdict.PUBLISH)


def test_progress_names_each_part_and_the_slow_one_last(clean: Draft) -> None:
    heard: list[str] = []
    judged(clean, make_spec(FIELDS), on_part=heard.append)
    assert heard == [
        "conformance",
        "disclosure",
        "drift",
        "places",
        "days",
        "doubles",
        "metadata",
        "approval",
        "suites",
    ]


def test_a_file_that_cannot_be_read_is_blocked_for_its_reason(clean: Draft) -> None:
    problem = FileProblem("This is a web page.", fix="Save the file itself.", why="There is no table in it.")
    report = refusal_report(problem, make_spec(FIELDS, suites=SUITE), clean.extract, now=NOW)
    assert report.verdict is Verdict.BLOCKED
    assert [(f.what, f.fix) for f in report.findings] == [("This is a web page.", "Save the file itself.")]
    assert {c.outcome for c in report.checks} == {CheckOutcome.NOT_RUN}
    assert report.checks[-1].title == "Kinds are given"
    assert report_exit_code(report) is ExitCode.FIX_FILE
