from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packages.model import DISTINCT_LIMIT, Where
from quality.report import wording
from quality.report.comparison import change_text, compare_reports, last_released
from quality.report.sanitise import sanitise
from tests.quality import report_examples as examples


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (Where(), "the file as a whole"),
        (Where(sheet="May"), "sheet “May”"),
        (Where(field="amount"), "column “amount”"),
        (Where(field="amount", column="Amount £"), "column “Amount £”"),
        (Where(rows=(5,), count=1), "row 5"),
        (Where(rows=(5,), count=1, of=200), "row 5"),
        (Where(rows=(5, 9), count=2), "rows 5 and 9"),
        (Where(rows=(5, 9, 12), count=3, of=200), "rows 5, 9 and 12 (3 of 200)"),
        (Where(rows=(5, 9, 12), count=1204, of=2000), "rows 5, 9, 12 and 1,201 more (1,204 of 2,000)"),
        (Where(rows=(2, 3, 4), count=200, of=200), "all 200 rows"),
        (Where(rows=(2,), count=1, of=1), "row 2"),
        (Where(count=7, of=200), "7 of 200 rows"),
        (Where(count=1), "1 row"),
        (Where(resource="sites", field="ref"), "column “ref”"),
    ],
)
def test_places(where: Where, said: str) -> None:
    assert wording.place_text(where) == said


def test_the_table_is_named_when_there_are_several() -> None:
    assert wording.place_text(Where(resource="sites", field="ref"), tables=2) == "table “sites”, column “ref”"


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 byte"), (820, "820 bytes"), (28_114, "28.1 kB"), (3_400_000, "3.4 MB"), (10**10, "10.0 GB")],
)
def test_sizes(count: int, said: str) -> None:
    assert wording.size_text(count) == said


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 0, "0%"), (5, 5, "100%"), (0, 5, "0%"), (99_999, 100_000, "99.9%"), (1, 10**6, "0.1%")],
)
def test_shares_never_round_to_all_or_nothing(part: int, whole: int, said: str) -> None:
    assert wording.share_text(part, whole) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [("1234.50", "1,234.50"), ("-1200", "-1,200"), ("-0.5", "-0.5"), ("1e9", "1e9"), ("", ""), ("12", "12")],
)
def test_numbers(text: str, said: str) -> None:
    assert wording.number_text(text) == said


def test_distinct_values_are_counted_only_so_far() -> None:
    column = replace(examples.SPEND[0], distinct=DISTINCT_LIMIT + 1)
    assert wording.distinct_text(column) == "more than 10,000"


def test_a_day_that_is_none_stays_as_it_is() -> None:
    column = replace(examples.SPEND[1], minimum="2026-02-31")
    assert wording.value_text(column, column.minimum) == "2026-02-31"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\tb\nc", "a b c"), ("\x1b[1m", "�[1m"), ("abcdef", "abcd…"), ("ab\N{ZERO WIDTH SPACE}", "ab�"), ("نام", "نام")],
)
def test_visible(text: str, shown: str) -> None:
    assert sanitise(text, 5) == shown


@given(st.text(max_size=200))
def test_every_character_is_shown_or_marked(text: str) -> None:
    shown = sanitise(text)
    assert len(shown) == len(text)
    for char, visible in zip(text, shown, strict=True):
        is_hidden = unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        assert visible == (" " if char in "\n\r\t" else "\ufffd" if is_hidden and char not in "\u200c\u200d" else char)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [("10", "10", "no change"), ("0", "5", "+5"), ("200", "100", "−100 (−50.0%)"), ("-10", "-5", "+5 (+50.0%)")],
)
def test_steps(before: str, now: str, said: str) -> None:
    assert change_text(Decimal(before), Decimal(now)) == said


def test_the_approval_is_told_of_what_it_let_pass() -> None:
    decided = "Approved by the asset owner on 3 April 2026, until 3 July 2026."
    let_pass, stopped = replace(examples.published(), decided=decided), replace(examples.blocked(), decided=decided)
    assert decided in wording.report_headline(let_pass, published=True).sentence
    assert "Approved" not in wording.report_headline(stopped, published=True).sentence


def test_the_last_release_is_the_newest_that_was_published_before() -> None:
    releases = examples.releases()
    later = replace(examples.published(), created=examples.NOW + dt.timedelta(days=1))
    waiting = replace(examples.held(), created=examples.NOW - dt.timedelta(days=1))
    assert last_released(examples.held(), (*releases, later, waiting)) == releases[-1]
    assert last_released(examples.held(), (waiting,)) is None


def test_what_changed() -> None:
    lines = {line.what: line.change for line in compare_reports(examples.held(), examples.releases()[-1])}
    assert lines == {
        "Rows": "−350 (−63.6%)",
        "Column “VAT got back”": "added",
        "Column “Notes”": "added",
        "Total of “Net amount”": "+800,000.00 (+38.0%)",
        "“Service”, filled": "−6 points",
        "“Highways” in “Service”": "gone",
        "“Transport” in “Service”": "new",
        "“Zebedee Quillfeather” in “Supplier”": "new",
    }


def test_totals_of_unsafe_columns_are_not_compared() -> None:
    unsafe = replace(examples.SPEND[2], safe=False)
    now, before = (replace(examples.held(), tables=(examples.table((unsafe,), n),), compared=()) for n in (200, 100))
    assert [line.what for line in compare_reports(now, before)] == ["Rows"]
