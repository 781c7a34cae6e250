"""Stamps with an offset, counts from 1970, ordinals and names of weekdays: every form becomes the day in London."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.model import Severity
from packages.shaping.dates import DateOrder, iso_date, iso_datetime
from packages.spec import DatasetSpec
from tests.packages.shape_examples import a_field, a_spec, values

LONDON = ZoneInfo("Europe/London")
FIRST, LAST = dt.datetime.fromisoformat("1990-01-01"), dt.datetime.fromisoformat("2060-01-01")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> DatasetSpec:
    return a_spec(tmp_path_factory.mktemp("spec"), fields=a_field("date"))


FORMS = {
    "31st July 2026": "2026-07-31",
    "1st Sept 2026": "2026-09-01",
    "2nd of March 2026": "2026-03-02",
    "3RD AUGUST 2026": "2026-08-03",
    "Friday 31 July 2026": "2026-07-31",
    "Fri, 31 Jul 2026": "2026-07-31",
    "Friday, July 31, 2026": "2026-07-31",
    "July 31, 2026": "2026-07-31",
    "July 31st 2026": "2026-07-31",
    "Jul. 31, 2026": "2026-07-31",
    "31/Jul/2026": "2026-07-31",
    "31.07.2026": "2026-07-31",
    "31-JUL-26": "2026-07-31",
    "2026.07.31": "2026-07-31",
    "2026-07-31 00:00": "2026-07-31",
    "2026-06-30T23:00:00Z": "2026-07-01",
    "2026-06-30 23:00:00+00": "2026-07-01",
    "2026-06-30T23:00:00.000Z": "2026-07-01",
    "2026-06-30T23:00:00.1234567Z": "2026-07-01",
    "2026-06-30 23:00:00 UTC": "2026-07-01",
    "2026-06-30 23:00:00 GMT": "2026-07-01",
    "2026-06-30 23:30:00 BST": "2026-06-30",
    "2026-12-31T23:00:00Z": "2026-12-31",
    "2026-07-01T00:00:00+01:00": "2026-07-01",
    "2026-07-01T02:00:00+0530": "2026-06-30",
    "2026-06-30T20:00:00-05:00": "2026-07-01",
    "30/06/2026 23:00:00Z": "2026-07-01",
    "/Date(1782860400000)/": "2026-07-01",
    "/Date(1782860400000+0100)/": "2026-07-01",
    "/Date(-52704000000)/": "1968-05-01",
    "/Date(0)/": "1970-01-01",
}


@pytest.mark.parametrize(("text", "day"), FORMS.items())
def test_every_form_of_a_date_is_read(text: str, day: str) -> None:
    assert iso_date(text, DateOrder.DAY_FIRST) == day


@pytest.mark.parametrize(
    "text",
    [
        "Monday 31 July 2026", "31st Julember 2026", "July 32, 2026", "July 2026", "31st 2026", "Some July 31, 2026",
        "2026-07-31T10:00:00+25:00", "2026-07-31T10:00:00 CET", "1782864000", "1782864000000", "31 July, 2026 or so",
        "0001-01-01T00:00:00+05:00",
    ],
)  # fmt: skip
def test_what_contradicts_itself_or_may_be_anything_is_left_alone(text: str) -> None:
    assert iso_date(text, DateOrder.DAY_FIRST) == text


@settings(max_examples=300)
@given(
    instant=st.datetimes(FIRST, LAST),
    minutes=st.integers(-14 * 60, 14 * 60),
    colon=st.sampled_from(["", ":"]),
)
def test_a_stamp_with_an_offset_is_the_day_in_london(instant: dt.datetime, minutes: int, colon: str) -> None:
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    stamp = instant.replace(microsecond=0, tzinfo=zone)
    sign, size = ("-" if minutes < 0 else "+"), abs(minutes)
    text = f"{stamp:%Y-%m-%dT%H:%M:%S}{sign}{size // 60:02}{colon}{size % 60:02}"
    assert iso_date(text, DateOrder.DAY_FIRST) == stamp.astimezone(LONDON).date().isoformat()


def test_stamps_are_counted_apart_from_other_dates(spec: DatasetSpec) -> None:
    shaped = values(["2026-06-30T23:00:00Z", "2026-07-02T00:00:00", "2026-07-03", "", None], spec)
    assert shaped.column("value") == ["2026-07-01", "2026-07-02", "2026-07-03", "", None]
    assert shaped.counts() == {("date-london", "value"): 1, ("date", "value"): 1}


def test_a_date_and_time_keeps_its_instant() -> None:
    assert iso_datetime("2026-06-30 23:00:00+00:00", DateOrder.DAY_FIRST) == "2026-06-30T23:00:00+00:00"
    assert iso_datetime("2026-06-30 23:00:00 UTC", DateOrder.DAY_FIRST) == "2026-06-30T23:00:00Z"


@pytest.mark.parametrize(("unit", "factor"), [("seconds", 1), ("milliseconds", 1000)])
@pytest.mark.parametrize("tail", ["", ".0"])
def test_counts_from_1970_are_days_where_all_cells_are(spec: DatasetSpec, unit: str, factor: int, tail: str) -> None:
    moments = [dt.datetime(2026, month, 1, tzinfo=LONDON) for month in range(1, 13)]
    shaped = values([*(f"{int(moment.timestamp()) * factor}{tail}" for moment in moments), ""], spec)
    assert shaped.column("value") == [*(f"{moment:%Y-%m-%d}" for moment in moments), ""]
    found = shaped.found("date-epoch")
    assert found.severity is Severity.FIXED
    assert unit in found.what


def test_milliseconds_reach_back_to_the_first_conservation_areas(spec: DatasetSpec) -> None:
    moments = [dt.datetime(1968, 5, 1, tzinfo=LONDON), dt.datetime(1990, 6, 10, tzinfo=LONDON)]
    shaped = values([str(int(moment.timestamp()) * 1000) for moment in moments], spec)
    assert shaped.column("value") == ["1968-05-01", "1990-06-10"]


@pytest.mark.parametrize(
    ("texts", "kind", "rows"),
    [
        (["2026-07-01", "1782864000000"], "milliseconds since 1970", (3,)),
        (["1782864000", "01/07/2026", "1782950400"], "seconds since 1970", (2, 4)),
        (["46112", "13/07/2026"], "days as a spreadsheet counts them", (2,)),
        (["1782864000000", "1782864000"], "milliseconds since 1970", (2,)),
    ],
)
def test_counts_among_other_dates_are_named(
    spec: DatasetSpec, texts: list[str], kind: str, rows: tuple[int, ...]
) -> None:
    shaped = values(texts, spec)
    found = shaped.found("date-counts-among-dates")
    assert found.severity is Severity.BLOCK
    assert kind in found.what
    assert found.where.rows == rows
    assert [shaped.column("value")[row - 2] for row in rows] == [texts[row - 2] for row in rows]


def test_a_described_order_turns_no_counts_into_days(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("date"), publisher={"rules": {"value": {"date": "month-first"}}})
    assert values(["1782864000000"], spec).found("date-counts-among-dates").severity is Severity.BLOCK
