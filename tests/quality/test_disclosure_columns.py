"""Whole columns, headings and sheets that are about people; and that no report shows a value of one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from packages.messages import finding
from packages.model import Where
from quality.disclosure.screen import screen
from quality.report import for_public, issues_to_csv, report_to_html, report_to_json, report_to_text
from tests.quality.drafts import judged, make_draft, make_spec

PLANTED = "AB123456C"


def rules(tmp_path: Path, cells: dict[str, list[object]], **described: object) -> list[str]:
    spec = make_spec([{"name": name, **described} for name in cells])
    draft = make_draft(tmp_path, {name: pa.array(values) for name, values in cells.items()})
    return [f.rule for f in screen(draft, spec).findings]


@pytest.mark.parametrize(
    "heading", ["Ethnicity", "religion", "Sexual orientation", "Nationality", "Offence", "Diagnosis"]
)
def test_a_column_of_a_special_category_is_known_by_its_heading(tmp_path: Path, heading: str) -> None:
    assert "personal-special-category" in rules(tmp_path, {heading: ["a", "b"]})


@pytest.mark.parametrize(
    "values",
    [
        ["White British", "Black African", "Asian - Indian"],
        ["Muslim", "Christian", "Sikh"],
        ["Gay", "Bisexual", "Straight"],
    ],
)
def test_it_is_known_by_its_values_too(tmp_path: Path, values: list[object]) -> None:
    assert "personal-special-category" in rules(tmp_path, {"group_code": values * 5})


def test_a_table_of_counts_describes_nobody(tmp_path: Path) -> None:
    draft = make_draft(tmp_path, {"ethnicity": pa.array(["White", "Black", "Asian"]), "people": pa.array([10, 20, 30])})
    spec = make_spec([{"name": "ethnicity"}, {"name": "people", "type": "integer", "nature": "count"}])
    assert screen(draft, spec).findings == ()


def test_a_sort_code_beside_an_account_is_found_in_two_columns(tmp_path: Path) -> None:
    cells: dict[str, list[object]] = {"a": ["20-45-53", "60-83-71"] * 5, "b": ["55779911", "10203040"] * 5}
    assert "personal-account-columns" in rules(tmp_path, cells)


def test_a_nature_that_the_register_denies_is_told(tmp_path: Path) -> None:
    assert "personal-declared" in rules(tmp_path, {"a": ["x"]}, nature="person")


@pytest.mark.parametrize("kind", ["safe column", "heading", "sheet", "list"])
def test_no_byte_of_a_report_holds_what_is_personal(tmp_path: Path, kind: str) -> None:
    cells = ["Housing", PLANTED if kind in ("safe column", "list") else "Parks"] * 30
    draft = make_draft(tmp_path, {"service": pa.array(cells)}, headings={"service": "Service"})
    columns = tuple(replace(c, safe=True, top=((PLANTED, 30),), bars=((PLANTED, 30),)) for c in draft.tables[0].columns)
    if kind in ("safe column", "list"):
        draft = replace(draft, tables=(replace(draft.tables[0], columns=columns),))
    if kind == "heading":
        found = finding(
            "columns-blank", Where("things", column=PLANTED, count=1, unit="column"), columns=f"“{PLANTED}”"
        )
        draft = replace(draft, findings=(found,))
    if kind == "sheet":
        draft = replace(draft, how_read=f"the sheet “{PLANTED}”", findings=(finding("no-rows", Where(sheet=PLANTED)),))
    report = judged(draft, make_spec([{"name": "service", "safe": True}]))
    for shown in (report, for_public(report)):
        files = (
            report_to_json(shown),
            report_to_html(shown, "x"),
            issues_to_csv(shown),
            report_to_text(shown).encode(),
        )
        assert not any(PLANTED.encode() in file for file in files)
    assert any(f.rule.startswith("personal-") for f in report.findings)
    assert "“Service”" not in " ".join(f.what for f in for_public(report).findings if f.rule.startswith("personal-"))


BIRTHS = [dt.date(1938 + n * 3 % 68, 1 + n * 5 % 12, 1 + n * 7 % 28) for n in range(24)]
PEOPLE = [f"Person {n}" for n in range(24)]


@pytest.mark.parametrize("form", ["", "%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y"])
def test_dates_of_birth_are_known_by_their_values(tmp_path: Path, form: str) -> None:
    days = [day.strftime(form) for day in BIRTHS] if form else BIRTHS
    assert "personal-birth-column" in rules(tmp_path, {"ref": days, "client": PEOPLE})


@pytest.mark.parametrize(
    "days",
    [
        [dt.date(2023, 4, 1) + dt.timedelta(days=n) for n in range(24)],
        [dt.date(1950 + n * 3, 4, 1) for n in range(24)],
        [*BIRTHS, dt.date(2026, 10, 1)],
    ],
)
def test_dates_of_things_are_no_births(tmp_path: Path, days: list[object]) -> None:
    assert "personal-birth-column" not in rules(tmp_path, {"ref": days, "client": PEOPLE[:1] * len(days)})


def test_dates_of_places_are_no_births(tmp_path: Path) -> None:
    assert rules(tmp_path, {"listed_on": BIRTHS, "building": [f"Building {n}" for n in range(24)]}) == []


@pytest.mark.parametrize(("heading", "found"), [("age", True), ("age_of_building", False), ("min_age", False)])
def test_ages_are_known_by_heading_and_values(tmp_path: Path, heading: str, found: bool) -> None:
    assert ("personal-birth-column" in rules(tmp_path, {heading: [34, 71, 8, 19]})) is found
