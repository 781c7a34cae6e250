from __future__ import annotations

from dataclasses import replace

from packages.model import Severity, Where
from quality.report import report_to_text, verdict_sentence
from tests.quality import report_examples as examples

BLOCKED = """\
■ Stopped: must be fixed
  Nothing is published before 1 thing is fixed, and before a person has decided on 1 more finding. 1
  thing should be fixed. 1 check did not run.

Must be fixed or decided
1. 3 cells in the column “Amount £” are not numbers.
   Where: Sheet “May”, column “Amount £”, rows 5, 9 and 12 (3 of 200)
   How to fix: Write the amount with digits and at most one point, for example 1250.00.
   Why: A cell that is not a number cannot be added up, so totals would be wrong.
   Who: Data officer
2. The column “Notes” may describe people: 41 cells look like an e-mail address.
   Where: Sheet “May”, column “Notes”, rows 17, 18, 40 and 38 more (41 of 200)
   How to fix: Take the column out, or ask the Data Protection Officer to approve it.
   Why: Publishing contact details of people without a reason breaks data protection law.
   Who: The information governance lead

Should be fixed
3. 12 rows have no service.
   Where: Column “Dept”, rows 3, 4, 88 and 9 more (12 of 200)
   How to fix: Fill the column “Dept” in these rows.
   Why: Readers look for spending by service.
   Who: Data officer

Checks that did not run
- Skipped with --quick. (No headings that describe people)

8 checks ran: 6 passed, 2 found something.
"""


def test_a_blocked_file_in_full() -> None:
    assert report_to_text(examples.blocked()) == BLOCKED


def test_what_was_repaired_is_said() -> None:
    lines = report_to_text(examples.published()).splitlines()
    assert lines[0] == "✓ Ready to publish"
    assert "- Payment date: Dates written as year-month-day, 200 cells (rows 2, 3, 4 and 197 more)" in lines


def test_no_line_is_longer_than_asked_for() -> None:
    assert max(map(len, report_to_text(examples.held(), width=60).splitlines())) <= 60


def test_no_value_of_an_unsafe_column() -> None:
    assert examples.CANARY.split()[0] not in report_to_text(examples.held())


def test_a_heading_cannot_act_on_the_terminal() -> None:
    place = Where("spend", "amount", "\x1b[2J\x07\N{RIGHT-TO-LEFT OVERRIDE}" + "y" * 10_000, rows=(5,), count=1)
    found = examples.found(Severity.BLOCK, f"“{place.column}” is not a number, at the end.", place)
    text = report_to_text(replace(examples.blocked(), findings=(found,)))
    assert not set("\x1b\x07\N{RIGHT-TO-LEFT OVERRIDE}") & set(text)
    assert "at the end." in text
    assert len(text) < 3_000


def test_very_many_findings_are_counted() -> None:
    text = report_to_text(replace(examples.blocked(), findings=(examples.NOT_NUMBERS,) * 50))
    assert "and 30 more findings, in the report" in text


def test_the_sentence_for_a_list_names_the_first_thing_to_do() -> None:
    assert verdict_sentence(examples.blocked()) == ("3 cells in the column “Amount £” are not numbers. 1 more finding.")


def test_the_sentence_for_a_list_of_a_published_file() -> None:
    assert verdict_sentence(examples.published()).startswith("200 rows in 7 columns, fit to publish.")
