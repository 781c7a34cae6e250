"""Dates in the future, and dates read in another order than those of the last release, are held."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.messages import finding
from packages.model import Change, ColumnStatistics, Draft, Report, RowNumbers, Severity, Where
from packages.spec import DatasetSpec
from quality.days import days_part, quantile
from tests.quality.drafts import NOW, judged, make_draft, make_spec, make_table

FIELDS = [{"name": "paid_on", "type": "date", "safe": True}]


def spec(**quality: Any) -> DatasetSpec:
    return make_spec(FIELDS, **{"past": ["paid_on"]} | quality)


def draft_of(folder: Path, days: list[dt.date | None]) -> Draft:
    made = make_draft(folder, {"paid_on": pa.array(days, pa.date32())})
    told = sorted(f"{day:%Y-%m-%d}" for day in days if day) or [""]
    filled = {"minimum": told[0], "maximum": told[-1]}
    column = ColumnStatistics("paid_on", "date", "Paid on", "", len(days), 0, 1, True, **filled)
    table = make_table(len(days), [column])
    return replace(made, tables=(table,), row_numbers={"things": RowNumbers((0,), (2,))})


TODAY = NOW.date()


@pytest.mark.parametrize(
    ("ahead", "held"), [([0, -3], []), ([31, -1], []), ([32, -1], [2]), ([-1, 400, 3000], [3, 4]), ([36_000], [2])]
)
def test_a_date_after_the_day_of_the_file_is_held(tmp_path: Path, ahead: list[int], held: list[int]) -> None:
    days: list[dt.date | None] = [None if days is None else TODAY + dt.timedelta(days=days) for days in ahead]
    part = days_part(draft_of(tmp_path, days), spec(), NOW, None)
    assert [list(f.where.rows) for f in part.findings] == ([held] if held else [])
    assert all(f.rule == "date-in-future" and f.severity is Severity.HOLD for f in part.findings)


def test_a_description_says_which_dates_are_past_and_how_far_they_may_lie_ahead(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, [TODAY + dt.timedelta(days=20)])
    assert days_part(draft, spec(past=[]), NOW, None).checks == ()
    assert days_part(draft, spec(), NOW, None).findings == ()
    assert [f.rule for f in days_part(draft, spec(days_ahead=7), NOW, None).findings] == ["date-in-future"]
    assert spec(past=None).quality.past_fields("paid_on") == ("paid_on",)


def doubtful(folder: Path, first: str, last: str) -> Draft:
    draft = draft_of(folder, [dt.date(2026, 7, 3)])
    column = ColumnStatistics("paid_on", "date", "Paid on", "", 1, 0, 1, True, minimum=first, maximum=last)
    doubt = finding("date-order-ambiguous", Where("things", "paid_on", "Paid on"))
    return replace(draft, tables=(make_table(9, [column]),), findings=(doubt,))


def last_release(folder: Path, first: str, last: str, *changes: Change) -> Report:
    report: Report = judged(doubtful(folder, first, last), spec())
    return replace(report, changes=changes)


def test_dates_that_prove_nothing_are_held_where_the_last_release_had_the_month_first(tmp_path: Path) -> None:
    draft = doubtful(tmp_path, "2026-07-01", "2026-07-12")
    before = ("2026-06-01", "2026-06-30")
    same = last_release(tmp_path, *before, Change("date", "paid_on", 3))
    other = last_release(tmp_path, *before, Change("date-month-first", "paid_on", 3))
    elsewhere = last_release(tmp_path, *before, Change("date-month-first", "ended_on", 3))
    assert [f.rule for f in days_part(draft, spec(), NOW, other).findings] == ["date-order-changed"]
    for previous in (None, same, elsewhere):
        assert days_part(draft, spec(), NOW, previous).findings == ()


def test_dates_that_prove_nothing_are_held_where_they_cover_much_more_than_the_last_release(tmp_path: Path) -> None:
    month, year = ("2026-06-01", "2026-06-30"), ("2026-01-07", "2026-12-07")
    found = days_part(doubtful(tmp_path, *year), spec(days_ahead=90), NOW, last_release(tmp_path, *month))
    assert [f.rule for f in found.findings] == ["date-order-wider"]
    assert "cover 335 days, and the last release covered 30" in found.findings[0].what
    for before, now in ((year, year), (month, month), (month, ("2026-04-01", "2026-06-30"))):
        part = days_part(doubtful(tmp_path, *now), spec(days_ahead=90), NOW, last_release(tmp_path, *before))
        assert part.findings == ()


def rules(folder: Path, days: list[dt.date | None]) -> list[tuple[str, tuple[int, ...]]]:
    return [(f.rule, f.where.rows) for f in days_part(draft_of(folder, days), spec(), NOW, None).findings]


JULY: list[dt.date | None] = [dt.date(2025, 7, 1 + number % 28) for number in range(60)]


@pytest.mark.parametrize("year", [1926, 2006, 2015])
def test_a_year_that_was_mistyped_is_held(tmp_path: Path, year: int) -> None:
    days = [*JULY[:7], dt.date(year, 7, 3), None, *JULY[7:]]
    assert rules(tmp_path, days) == [("date-far-off", (9,))]


def test_years_that_vary_are_no_mistake(tmp_path: Path) -> None:
    decades: list[dt.date | None] = [dt.date(1990 + number % 35, 1 + number % 12, 5) for number in range(60)]
    assert rules(tmp_path, decades) == []
    assert rules(tmp_path, [*JULY, dt.date(2022, 7, 3)]) == []


def test_dates_whose_year_comes_first_are_held(tmp_path: Path) -> None:
    # 26/07/03 and its like, read with the day first
    turned: list[dt.date | None] = [dt.date(2000 + day, 7, 26) for day in range(1, 25)]
    assert [rule for rule, _ in rules(tmp_path, turned)] == ["date-years-scattered"]


@pytest.mark.parametrize(("day", "month"), [(31, 3), (1, 4), (31, 12), (30, 9)])
def test_one_day_of_every_year_is_the_day_of_a_yearly_list(tmp_path: Path, day: int, month: int) -> None:
    yearly: list[dt.date | None] = [dt.date(year, month, day) for year in range(2014, 2025)]
    assert rules(tmp_path, yearly) == []


@settings(max_examples=200, deadline=None)
@given(days=st.lists(st.integers(-50, 20_000), min_size=1, max_size=60), share=st.sampled_from([0.05, 0.5, 0.95]))
def test_a_share_of_the_days_lies_where_arrow_says(days: list[int], share: float) -> None:
    assert quantile(Counter(days), share) == pc.quantile(pa.array(days, pa.int32()), share)[0].as_py()
