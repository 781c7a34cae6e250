"""Dates of every shape that boroughs write, and one order for a whole column."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.model import Severity
from packages.shaping.dates import LONGEST, DateOrder, iso_date, iso_datetime
from tests.packages.shape_examples import a_field, a_spec, run, table, values

SHAPES = {
    "31/03/2026": "2026-03-31",
    "1/3/2026": "2026-03-01",
    "31/03/26": "2026-03-31",
    "31/03/71": "1971-03-31",
    "31/03/2026 00:00": "2026-03-31",
    "31/03/2026 14:05:09": "2026-03-31",
    "31/03/2026 02:22:02 PM": "2026-03-31",
    "31-03-2026": "2026-03-31",
    "31.03.2026": "2026-03-31",
    "31 March 2026": "2026-03-31",
    "1 Mar 2026": "2026-03-01",
    "31-Mar-26": "2026-03-31",
    "31-Mar-2026": "2026-03-31",
    "30-SEPT-2026": "2026-09-30",
    "2026-03-31": "2026-03-31",
    "2026-3-1": "2026-03-01",
    "2026/03/31": "2026-03-31",
    "2026-03-31T00:00:00": "2026-03-31",
    "2026-03-31 14:05": "2026-03-31",
    "2026-03-31T14:05:09.123Z": "2026-03-31",
    "2026-03-31T14:05:09+01:00": "2026-03-31",
}


@pytest.mark.parametrize(("text", "expected"), SHAPES.items())
def test_a_date_is_read_in_every_shape(text: str, expected: str) -> None:
    assert iso_date(text, DateOrder.DAY_FIRST) == expected


NO_DATES = [
    "", "n/a", "Total", "31/02/2026", "2026-02-30", "31/13/2026", "31/03", "31-03/2026", "March 2026", "1 Foo 2026",
    "31/03/202", "20260331", "46112", "31/03/2026 25:00", "31/03/2026 13:00 PM", "31/03/2026 10:75", "0/0/0000",
    "31/03/2026 and later", "٣١/٠٣/٢٠٢٦", "31/03/2026" + " " * LONGEST,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_comes_back_as_it_was(text: str) -> None:
    assert iso_date(text, DateOrder.DAY_FIRST) == text
    assert iso_datetime(text, DateOrder.DAY_FIRST) == text


def test_month_first_is_read_month_first() -> None:
    assert iso_date("08/01/2024 02:22:02 PM", DateOrder.MONTH_FIRST) == "2024-08-01"
    assert iso_date("13/01/2024", DateOrder.MONTH_FIRST) == "13/01/2024"


@pytest.mark.parametrize(
    ("text", "expected"),
    {
        "31/03/2026 02:22:02 PM": "2026-03-31T14:22:02",
        "31/03/2026 12:05 am": "2026-03-31T00:05:00",
        "31/03/2026": "2026-03-31T00:00:00",
        "2026-03-31 14:05": "2026-03-31T14:05:00",
        "2026-03-31 14:05:09.5Z": "2026-03-31T14:05:09.5Z",
    }.items(),
)
def test_a_date_and_time_keeps_its_time(text: str, expected: str) -> None:
    assert iso_datetime(text, DateOrder.DAY_FIRST) == expected


def test_one_value_proves_the_order_of_the_whole_column(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("date"))
    assert values(["03/04/2026", "12/31/2026"], spec, batch=1).column("value") == ["2026-03-04", "2026-12-31"]
    assert values(["03/04/2026", "31/12/2026"], spec, batch=1).column("value") == ["2026-04-03", "2026-12-31"]


def test_an_order_that_is_proven_needs_no_word(tmp_path: Path) -> None:
    shaped = values(["03/04/2026", "31/12/2026"], a_spec(tmp_path, fields=a_field("date")))
    assert shaped.findings == ()
    assert shaped.counts() == {("date", "value"): 2}


def test_an_order_that_nothing_proves_is_day_first_and_said(tmp_path: Path) -> None:
    shaped = values(["03/04/2026", "05/06/2026", "2026-12-31"], a_spec(tmp_path, fields=a_field("date")))
    assert shaped.column("value") == ["2026-04-03", "2026-06-05", "2026-12-31"]
    assert shaped.found("date-order-ambiguous").severity is Severity.WARN


def test_the_same_number_twice_is_no_doubt(tmp_path: Path) -> None:
    assert values(["05/05/2026", "1 March 2026"], a_spec(tmp_path, fields=a_field("date"))).findings == ()


def test_a_mixed_column_is_blocked_and_names_a_row_of_each(tmp_path: Path) -> None:
    shaped = values(["31/03/2026", "03/04/2026", "03/31/2026"], a_spec(tmp_path, fields=a_field("date")))
    found = shaped.found("date-order-mixed")
    assert found.severity is Severity.BLOCK
    assert "row 2" in found.what
    assert "row 4" in found.what
    assert shaped.column("value") == ["2026-03-31", "2026-04-03", "03/31/2026"]


def test_the_description_settles_the_order_without_a_look_at_the_values(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("date"), publisher={"rules": {"value": {"date": "month-first"}}})
    shaped = values(["03/04/2026"], spec)
    assert shaped.column("value") == ["2026-03-04"]
    assert shaped.findings == ()


def test_day_numbers_of_a_spreadsheet_are_dates_where_all_are(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("date"))
    shaped = values(["46112", "46113.0", ""], spec)
    assert shaped.column("value") == ["2026-03-31", "2026-04-01", ""]
    assert shaped.found("date-excel-serial").severity is Severity.FIXED


def test_day_numbers_with_a_time(tmp_path: Path) -> None:
    day, moment = (a_spec(tmp_path, fields=a_field(kind)) for kind in ("date", "datetime"))
    texts = ["46112.5", "46113.999999", "46114"]
    assert values(texts, day).column("value") == ["2026-03-31", "2026-04-01", "2026-04-02"]
    expected = ["2026-03-31T12:00:00", "2026-04-01T23:59:59", "2026-04-02T00:00:00"]
    assert values(texts, moment).column("value") == expected


@pytest.mark.parametrize("other", ["2026-03-31", "31/03/2026", "99999", "123"])
def test_a_day_number_among_other_values_is_left_alone(tmp_path: Path, other: str) -> None:
    assert values(["46112", other], a_spec(tmp_path, fields=a_field("date"))).column("value")[0] == "46112"


def test_a_field_with_a_format_of_its_own_is_left_alone(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("date", format="%d/%m/%Y"))
    assert values(["31/03/2026"], spec).column("value") == ["31/03/2026"]


def test_a_date_joined_from_two_columns_is_read_as_one(tmp_path: Path) -> None:
    layout = {"columns": {"value": {"join": ["Day", "Time"], "with": " "}}}
    spec = a_spec(tmp_path, fields=a_field("datetime"), publisher={"layouts": [layout]})
    shaped = run(table(["Day", "Time"], [["04/31/2026", "10:00"], ["03/31/2026", "14:05"]]), spec)
    assert shaped.column("value") == ["04/31/2026 10:00", "2026-03-31T14:05:00"]
