"""A column whose content moved under its right heading is held, and no value is kept to see it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from packages.model import Report, Table
from packages.profile import ignore_capitals, number_kind, profile_distance, text_kind
from packages.spec import DriftSpec, TableSchema
from quality.drift import drift
from quality.profile.statistics import Statistics
from quality.report.report_json import report_from_json, report_to_json
from tests.quality.drafts import judged, make_draft, make_spec, make_table

SCHEMA = TableSchema.model_validate(
    {
        "fields": [
            {"name": "supplier"},
            {"name": "purpose"},
            {"name": "directorate", "safe": True},
            {"name": "service", "safe": True},
            {"name": "reference"},
            {"name": "amount", "type": "number", "decimals": 2},
        ]
    }
)
DIRECTORATES = ("Adult Care", "Housing", "Environment", "Children")
SERVICES = ("Libraries", "Street Care", "Lettings", "Schools")


def things(rows: int, start: int = 0) -> dict[str, list[str]]:
    """Columns of plain payments."""
    numbers = range(start, start + rows)
    return {
        "supplier": [
            f"{['Quillstone', 'Brambleway', 'Tanner'][i % 3]} {['Ltd', 'Services', 'Group'][i % 3]}" for i in numbers
        ],
        "purpose": [f"Repair of {['doors', 'windows', 'roofs'][i % 3]} at the depot" for i in numbers],
        "directorate": [DIRECTORATES[i % 4] for i in numbers],
        "service": [SERVICES[i * 7 % 4] for i in numbers],
        "reference": [f"INV{i:06}" for i in numbers],
        "amount": [f"{500 + i % 200 * 13}.50" for i in numbers],
    }


def table_of(columns: dict[str, list[str]], tmp_path: Path) -> Table:
    statistics = Statistics(SCHEMA)
    arrays = {name: pa.array(cells, pa.string()) for name, cells in columns.items()}
    arrays["amount"] = arrays["amount"].cast(pa.decimal128(12, 2))
    batch = pa.RecordBatch.from_pydict(arrays)
    statistics.add(batch)
    return make_table(batch.num_rows, statistics.finish(tmp_path / "none.parquet"))


def found(before: Table, now: Table, report: Report) -> dict[str, str]:
    """The rule for each column of which something was said."""
    # what the last release knew was written down and read again
    previous = report_from_json(report_to_json(replace(report, tables=(before,))))
    part = drift(previous, (now,), DriftSpec())
    return {finding.where.field: finding.rule for finding in part.findings}


@pytest.fixture
def report(tmp_path: Path) -> Report:
    made: Report = judged(make_draft(tmp_path, {"a": pa.array(["x"])}), make_spec([{"name": "a"}]))
    return made


def test_the_same_kind_of_content_is_no_news(tmp_path: Path, report: Report) -> None:
    assert found(table_of(things(200), tmp_path), table_of(things(260, 5000), tmp_path), report) == {}


def test_columns_that_moved_under_their_headings_are_held(tmp_path: Path, report: Report) -> None:
    now = things(200, 1000)
    now["supplier"], now["purpose"] = now["purpose"], now["supplier"]
    assert found(table_of(things(200), tmp_path), table_of(now, tmp_path), report) == {
        "supplier": "drift-content-moved",
        "purpose": "drift-content-moved",
    }


def test_columns_that_look_alike_are_told_apart_by_their_frequent_words(tmp_path: Path, report: Report) -> None:
    now = things(200, 1000)
    now["directorate"], now["service"] = now["service"], now["directorate"]
    assert set(found(table_of(things(200), tmp_path), table_of(now, tmp_path), report)) == {"directorate", "service"}


def test_another_unit_is_another_content(tmp_path: Path, report: Report) -> None:
    now = things(200)
    now["amount"] = [f"{500_00 + i * 1300}.00" for i in range(200)]
    assert found(table_of(things(200), tmp_path), table_of(now, tmp_path), report) == {
        "amount": "drift-content-changed"
    }


def test_all_in_capitals_is_the_same_content(tmp_path: Path, report: Report) -> None:
    now = things(200)
    now["purpose"] = [text.upper() for text in now["purpose"]]
    assert found(table_of(things(200), tmp_path), table_of(now, tmp_path), report) == {}


def test_a_few_rows_say_nothing(tmp_path: Path, report: Report) -> None:
    now = things(9)
    now["supplier"], now["purpose"] = now["purpose"], now["supplier"]
    assert "drift-content-moved" not in found(table_of(things(200), tmp_path), table_of(now, tmp_path), report).values()


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("INV000123", "code 16 AA"),
        ("12/34", "number 8"),
        ("Quillstone Ltd", "words 16 Aa Aa"),
        ("Repair of doors", "words 16 Aa aa"),
        ("Flat 4, 12 High Street", "words and numbers 32 Aa Aa"),
        ("https://www.example.org/a", "link 32 aa"),
        ("opendata@camden.example", "address 32 aa"),
        ("–", "signs 1"),
        ("", "signs 0"),
    ],
)
def test_sorts_of_texts(text: str, sort: str) -> None:
    assert text_kind(text) == sort


@pytest.mark.parametrize(("value", "sort"), [(1234.5, "+3"), (-0.05, "-2"), (0, "0"), (float("nan"), "0"), (7, "+0")])
def test_sorts_of_numbers(value: float, sort: str) -> None:
    assert number_kind(value).replace("--", "-") == sort


def test_distances() -> None:
    assert profile_distance((("a", 1),), (("b", 5),)) == 1
    assert profile_distance((("a", 1), ("b", 1)), (("a", 100),)) == 0.5
    assert ignore_capitals((("word 4 AA", 1), ("word 4 Aa Aa", 2), ("+3", 1))) == (("+3", 1), ("word 4", 3))
