"""The list of issues that goes back to the officer."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from packages.model import Report, Severity, Where
from quality.report import issues_to_csv
from tests.quality import report_examples as examples


def lines(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(issues_to_csv(report).decode("utf-8-sig"), newline="")))


def test_a_line_for_each_row_that_must_be_mended() -> None:
    found = lines(examples.blocked())
    amounts = [line for line in found if line["Column"] == "Amount £"]
    assert [(line["Row"], line["Sheet"], line["What to do"]) for line in amounts] == [
        ("5", "May", "Must be fixed"),
        ("9", "May", "Must be fixed"),
        ("12", "May", "Must be fixed"),
    ]
    assert amounts[0]["Shape of the cells"] == "9,999.99 aa  AA/A  '£-".replace("'", "")
    assert [line["Row"] for line in found if line["Column"] == "Notes"] == ["17", "18", "40", "and 38 more rows"]


def test_what_concerns_the_whole_file_has_a_line_without_a_row() -> None:
    (line,) = lines(examples.unreadable())
    assert (line["Row"], line["What"]) == ("", "The file is a web page, not a table.")


def test_what_was_repaired_is_no_issue() -> None:
    assert not [line for line in lines(examples.published()) if "left out" in line["What"]]


def test_a_heading_cannot_become_a_formula() -> None:
    found = examples.found(Severity.BLOCK, "=1+1 is no heading.", Where("spend", "a", "=HYPERLINK(1)", "@x", (2,), 1))
    (line,) = lines(replace(examples.blocked(), findings=(found,)))
    assert (line["Column"], line["Sheet"], line["What"][:2]) == ("'=HYPERLINK(1)", "'@x", "'=")


def test_no_value_of_a_cell() -> None:
    assert examples.CANARY.encode() not in issues_to_csv(examples.held())
