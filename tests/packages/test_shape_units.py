"""Columns split and joined, other units, the National Grid, and notes of redaction: all as data with dates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from packages.errors import SetupProblem
from packages.model import Severity
from packages.shaping.numbers import multiply
from tests.packages.shape_examples import a_field, a_spec, run, table, values

PLACES = (
    {"name": "lon", "type": "number", "constraints": {"required": True}},
    {"name": "lat", "type": "number", "constraints": {"required": True}},
)


def split(part: int) -> dict[str, object]:
    return {"split": "Location", "at": ",", "part": part, "of": 2, "strip": "()"}


def test_a_column_with_two_numbers_becomes_two_fields(tmp_path: Path) -> None:
    layout = {"columns": {"lat": split(1), "lon": split(2)}}
    spec = a_spec(tmp_path, fields=PLACES, publisher={"layouts": [layout]})
    shaped = run(table(["Location"], [["(51.54, -0.14)"], [""], [None]]), spec)
    assert (shaped.column("lon"), shaped.column("lat")) == (["-0.14", "", None], ["51.54", "", None])
    assert shaped.counts() == {("split", "lon"): 1, ("split", "lat"): 1}
    assert "split-uneven" not in shaped.rules()


def test_a_cell_with_other_parts_is_left_whole_and_waits_for_a_person(tmp_path: Path) -> None:
    layout = {"columns": {"value": {"split": "Place", "part": 1, "of": 2}}}
    spec = a_spec(tmp_path, fields=a_field("string"), publisher={"layouts": [layout]})
    shaped = run(table(["Place"], [["High Street, Camden"], ["Camden"], ["a, b, c"]], batch=2), spec)
    assert shaped.column("value") == ["High Street", "Camden", "a, b, c"]
    found = shaped.found("split-uneven")
    assert (found.severity, found.where.rows, found.where.count) == (Severity.HOLD, (3, 4), 2)


@pytest.mark.parametrize(
    ("text", "factor", "expected"),
    [
        ("12500", "0.0001", "1.25"),
        ("100", "0.0001", "0.01"),
        ("-7", "1000", "-7000"),
        ("1.23456789012345678901234567890", "0.01", "0.012345678901234567890123456789"),
        ("about 5", "2", "about 5"),
        ("", "2", ""),
    ],
)
def test_units_are_exact(text: str, factor: str, expected: str) -> None:
    assert multiply(Decimal(factor))(text) == expected


def test_a_layout_of_its_time_has_its_own_unit(tmp_path: Path) -> None:
    old = {"to": "2023-12-31", "columns": {"value": "Area"}, "rules": {"value": {"multiply": 0.0001}}}
    new = {"from": "2024-01-01", "columns": {"value": "Area"}}
    spec = a_spec(tmp_path, fields=a_field("number"), publisher={"layouts": [new, old]})
    rows = table(["Area"], [["12,500"], ["unknown"]])
    assert run(rows, spec, dt.date(2023, 5, 1)).column("value") == ["1.25", "unknown"]
    assert run(rows, spec, dt.date(2024, 5, 1)).column("value") == ["12500", "unknown"]


def test_a_total_is_compared_in_the_unit_of_the_file(tmp_path: Path) -> None:
    fields = ({"name": "who", "constraints": {"required": True}}, {"name": "amount", "type": "number"})
    publisher = {"reading": {"total_field": "amount"}, "rules": {"amount": {"multiply": 1000}}}
    spec = a_spec(tmp_path, fields=fields, publisher=publisher)
    shaped = run(table(["who", "amount"], [["a", "1.5"], ["b", "2"], ["Total", "3.5"]]), spec)
    assert shaped.column("amount") == ["1500", "2000"]
    assert "totals-row-agrees" in shaped.rules()


def test_notes_of_redaction_become_one_word_and_nothing_in_a_number(tmp_path: Path) -> None:
    words = {"value": {"redacted": ["REDACTED PERSONAL DATA", "withheld"]}}
    text = a_spec(tmp_path, fields=a_field("string"), mapping={"rules": words})
    shaped = values(["redacted  personal data", "Quillstone Ltd", "Withheld"], text)
    assert shaped.column("value") == ["Redacted", "Quillstone Ltd", "Redacted"]
    assert shaped.counts() == {("redacted", "value"): 2}
    number = a_spec(tmp_path, fields=a_field("number"), mapping={"rules": words})
    assert values(["5", "withheld"], number).column("value") == ["5", ""]


def test_places_on_the_national_grid_become_degrees_and_others_stay(tmp_path: Path) -> None:
    layout = {"columns": {"lon": "X", "lat": "Y"}, "grid": ["lon", "lat"]}
    spec = a_spec(tmp_path, fields=PLACES, publisher={"layouts": [layout]})
    rows = [["530034", "180381"], ["-0.14", "51.54"], ["530034", ""], ["180381", "530034"], ["far", "away"]]
    shaped = run(table(["X", "Y"], rows), spec)
    lon, lat = shaped.column("lon"), shaped.column("lat")
    # Charing Cross by the Ordnance Survey's own grid of shifts
    assert abs(float(lon[0] or 0) + 0.1276) < 0.0005
    assert abs(float(lat[0] or 0) - 51.5073) < 0.0005
    assert list(zip(lon[1:], lat[1:], strict=True)) == [(a, b) for a, b in rows[1:]]
    assert shaped.counts() == {("grid", "lon"): 1, ("grid", "lat"): 1}


@pytest.mark.parametrize(
    "layout",
    [
        {"columns": {"value": {"split": "Place", "part": 3, "of": 2}}},
        {"rules": {"value": {"multiply": 0}}},
        {"grid": ["value", "nowhere"]},
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path: Path, layout: dict[str, object]) -> None:
    with pytest.raises(SetupProblem):
        a_spec(tmp_path, fields=a_field("string"), publisher={"layouts": [layout]})
