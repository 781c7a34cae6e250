"""A release that differs from the last one more than it should is held."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from packages.model import CheckOutcome, ColumnStatistics, Report, Table
from packages.spec import DriftSpec
from quality.drift import FIRST_RELEASE, drift
from tests.quality.drafts import judged, make_draft, make_spec, make_table

LIMITS = DriftSpec(rows_below=0.5, rows_above=3.0, totals=["amount"], filled_drop=0.3)


@pytest.fixture
def last(tmp_path: Path) -> Report:
    """A report to hang the tables of the last release on."""
    report: Report = judged(make_draft(tmp_path, {"a": pa.array(["x"])}), make_spec([{"name": "a"}]))
    return report


def column(name: str, filled: int, of: int, total: str = "") -> ColumnStatistics:
    return ColumnStatistics(name, "number", name, "", filled, of - filled, 1, total=total)


def table(rows: int = 100, total: str = "1000", filled: int = 100) -> Table:
    share = min(filled, rows)
    return make_table(rows, [column("amount", rows, rows, total), column("purpose", share, rows)])


@pytest.mark.parametrize(
    ("now", "rules"),
    [
        (table(), []),
        (table(rows=50, filled=50), []),
        (table(rows=49, filled=49), ["drift-rows-fewer"]),
        (table(rows=300, filled=300), []),
        (table(rows=301, filled=301), ["drift-rows-more"]),
        (table(rows=0), ["drift-rows-fewer"]),
        (table(total="499.99"), ["drift-total"]),
        (table(total="3000.01"), ["drift-total"]),
        (table(total="-1000"), ["drift-total"]),
        (table(filled=70), []),
        (table(filled=69), ["drift-columns-filled"]),
        (table(filled=0), ["drift-columns-empty"]),
        (make_table(100, [column("amount", 100, 100, "1000")]), ["drift-columns-removed"]),
    ],
)
def test_limits(last: Report, now: Table, rules: list[str]) -> None:
    found = drift(replace(last, tables=(table(),)), (now,), LIMITS)
    assert [f.rule for f in found.findings] == rules


def test_a_total_of_nothing_has_no_ratio(last: Report) -> None:
    found = drift(replace(last, tables=(table(total="0"),)), (table(total="5"),), LIMITS)
    assert found.findings == ()


def test_a_watched_total_that_nobody_knows_did_not_run(last: Report) -> None:
    found = drift(replace(last, tables=(table(),)), (table(total=""),), LIMITS)
    assert [c.name for c in found.checks if c.outcome is CheckOutcome.NOT_RUN] == ["drift-total/things"]


def test_the_first_release_has_nothing_to_compare_with() -> None:
    found = drift(None, (table(),), LIMITS)
    assert found.findings == ()
    assert {(c.outcome, c.note) for c in found.checks} == {(CheckOutcome.PASSED, FIRST_RELEASE)}


def test_a_table_that_is_gone_is_found_and_a_new_one_is_not(last: Report) -> None:
    new = make_table(5, [column("amount", 5, 5)], name="others")
    found = drift(replace(last, tables=(table(),)), (new,), LIMITS)
    assert [(f.rule, f.where.resource) for f in found.findings] == [("drift-table-gone", "things")]
    assert {c.outcome for c in found.checks} == {CheckOutcome.PASSED}


def test_what_failed_is_a_failed_check_and_the_message_has_the_numbers(last: Report) -> None:
    found = drift(replace(last, tables=(table(),)), (table(rows=40, filled=40),), LIMITS)
    failed = [c.name for c in found.checks if c.outcome is CheckOutcome.FAILED]
    assert failed == ["drift-rows/things"]
    assert found.findings[0].what == ("The table has 40 rows and the last release had 100, so only 40% are left.")
