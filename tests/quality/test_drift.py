"""A release that differs from the last one more than it should is held."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from packages.model import CheckOutcome, ColumnStatistics, Report, Severity, Table
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


def numbers(profile: dict[str, int], kind: str = "number") -> ColumnStatistics:
    kinds = tuple(sorted(profile.items()))
    size = sum(profile.values())
    return ColumnStatistics("price", kind, "Price", "", size, 0, min(size, 50), profile=kinds)


SPREAD = {"+1": 5, "+2": 50, "+3": 35, "+4": 8, "-2": 2}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"+2": 5, "+3": 50, "+4": 35, "+5": 8, "-3": 2}, "10 times greater"),
        ({"+3": 6, "+4": 48, "+5": 36, "+6": 8, "-4": 2}, "100 times greater"),
        ({"-1": 5, "+-1": 50, "+0": 36, "+1": 8, "--1": 1}, "1,000 times smaller"),
        ({"+1": 8, "+2": 48, "+3": 34, "+4": 10}, ""),
        ({"+2": 20, "+3": 60, "+4": 20}, ""),
        ({"+3": 4, "+4": 5}, ""),
    ],
)
def test_numbers_that_changed_their_scale_are_said(last: Report, now: dict[str, int], said: str) -> None:
    before, after = make_table(100, [numbers(SPREAD)]), make_table(100, [numbers(now)])
    found = drift(replace(last, tables=(before,)), (after,), LIMITS).findings
    # numbers that have nothing in common with those before are held already
    assert [f.rule == "drift-content-changed" or said in f.what for f in found] == ([True] if said else [])


@pytest.mark.parametrize(
    ("before", "now", "filled", "rules"),
    [
        (40, 1, 100, ["drift-values-same"]),
        (3, 1, 10, ["drift-values-same"]),
        (2, 1, 100, []),
        (1, 1, 100, []),
        (40, 2, 100, []),
        (40, 1, 9, []),
    ],
)
def test_a_column_that_has_become_the_same_everywhere_is_said(
    last: Report, before: int, now: int, filled: int, rules: list[str]
) -> None:
    def of(distinct: int) -> Table:
        return make_table(filled, [ColumnStatistics("area", "string", "Area", "", filled, 0, distinct)])

    found = drift(replace(last, tables=(of(before),)), (of(now),), LIMITS)
    assert [(f.rule, f.severity) for f in found.findings] == [(rule, Severity.WARN) for rule in rules]
