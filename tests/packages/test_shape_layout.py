"""Which layout, which column; and what is said when columns are missing, repeated or left over."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from packages.errors import FileProblem
from packages.headings import SHOWN, shown_heading
from packages.model import Severity
from tests.packages.shape_examples import HEADINGS, a_field, a_spec, run, table

ROW = ["2026-03-31", "Quillstone Ltd", "goods", "5", "x"]


def test_a_file_in_our_own_names_needs_no_word(tmp_path: Path) -> None:
    shaped = run(table(HEADINGS, [ROW]), a_spec(tmp_path))
    assert list(shaped.rows[0].values()) == ROW
    assert (shaped.findings, shaped.changes) == ((), ())


LAYOUTS = [
    {"name": "new", "from": "2024-01-01", "columns": {"supplier": "Supplier Name", "note": "Remark"}},
    {"name": "old", "to": "2023-12-31", "columns": {"supplier": "Vendor Name", "note": "Comment"}},
]


@pytest.mark.parametrize(
    ("day", "supplier", "note"),
    [(dt.date(2026, 1, 1), "Supplier Name", "Remark"), (dt.date(2023, 12, 31), "Vendor Name", "Comment")],
)
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d/%m/%Y", "%d %B %Y"])
def test_of_layouts_that_fit_as_well_the_one_of_the_days_in_the_file_is_taken(
    tmp_path: Path, day: dt.date, supplier: str, note: str, form: str
) -> None:
    spec = a_spec(tmp_path, publisher={"layouts": LAYOUTS})
    headings = ["paid_on", "Supplier Name", "Vendor Name", "Remark", "Comment", "amount"]
    # whenever it is read
    for today in (day, dt.date(2026, 11, 20), dt.date(2020, 1, 1)):
        shaped = run(table(headings, [[day.strftime(form), "a", "b", "c", "d", "5"]] * 3), spec, today)
        assert (shaped.headings["supplier"], shaped.headings["note"]) == (supplier, note)


@pytest.mark.parametrize(
    ("day", "supplier", "note"),
    [(dt.date(2026, 1, 1), "Supplier Name", "Remark"), (dt.date(2023, 12, 31), "Vendor Name", "Comment")],
)
def test_without_a_day_in_the_file_the_layout_is_that_of_today(
    tmp_path: Path, day: dt.date, supplier: str, note: str
) -> None:
    spec = a_spec(tmp_path, publisher={"layouts": LAYOUTS})
    headings = ["paid_on", "Supplier Name", "Vendor Name", "Remark", "Comment", "amount"]
    shaped = run(table(headings, [["", "a", "b", "c", "d", "5"]]), spec, day)
    assert (shaped.headings["supplier"], shaped.headings["note"]) == (supplier, note)


OLD = "The file was read in the layout that its publisher used"


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"to": "2015-03-31"}, f"{OLD} until March 2015."),
        ({"from": "2013-04-01", "to": "2015-03-31"}, f"{OLD} from April 2013 to March 2015."),
        ({"from": "2030-04-01"}, f"{OLD} since April 2030."),
        ({}, ""),
    ],
)
def test_an_old_file_is_read_in_the_layout_of_its_time(tmp_path: Path, dates: dict[str, str], words: str) -> None:
    new = {
        "name": "new",
        "from": "2015-04-01",
        "to": "2029-12-31",
        "columns": {"supplier": "Supplier Name", "note": "Remark"},
    }
    old = {"name": "old", **dates, "columns": {"supplier": "Payee", "note": "Text"}}
    spec = a_spec(tmp_path, publisher={"layouts": [new, old]})
    shaped = run(table(["paid_on", "Payee", "Text", "amount"], [["2014-05-01", "a", "t", "5"]]), spec)
    assert (shaped.column("supplier"), shaped.column("note")) == (["a"], ["t"])
    said = [f for f in shaped.findings if f.rule == "layout-of-a-period"]
    assert [(f.what, f.severity) for f in said] == ([(words, Severity.FIXED)] if words else [])
    # and one of today in the layout of today, without a word
    shaped = run(table(["paid_on", "Supplier Name", "Remark", "amount"], [["2026-05-01", "a", "t", "5"]]), spec)
    assert shaped.column("supplier") == ["a"]
    assert "layout-of-a-period" not in shaped.rules()


def test_the_layout_that_finds_most_is_taken(tmp_path: Path) -> None:
    layouts = [{"columns": {"supplier": "Payee"}}, {"columns": {"supplier": "Payee", "note": "Remark"}}]
    spec = a_spec(tmp_path, publisher={"layouts": layouts})
    shaped = run(table(["Payee", "paid_on", "amount", "Remark"], [["a", "2026-03-31", "5", "r"]]), spec)
    assert shaped.column("note") == ["r"]


def test_a_required_field_weighs_more_than_another(tmp_path: Path) -> None:
    layouts = [
        {"columns": {"note": "Remark", "kind": "Sort", "supplier": "Nowhere"}, "ignore": ["Supplier"]},
        {"columns": {"supplier": "Supplier"}, "ignore": ["Remark", "Sort"]},
    ]
    spec = a_spec(tmp_path, publisher={"layouts": layouts})
    shaped = run(table(["Supplier", "paid_on", "amount", "Remark", "Sort"], [["a", "2026-03-31", "5", "r", "s"]]), spec)
    assert shaped.headings["supplier"] == "Supplier"


def test_of_layouts_that_find_as_much_the_one_that_knows_more_headings_is_taken(tmp_path: Path) -> None:
    layouts = [{"columns": {"note": "Remark"}}, {"columns": {"note": "Comment"}, "ignore": ["Remark"]}]
    spec = a_spec(tmp_path, publisher={"layouts": layouts})
    shaped = run(
        table(["supplier", "paid_on", "amount", "Remark", "Comment"], [["a", "2026-03-31", "5", "r", "c"]]), spec
    )
    assert shaped.headings["note"] == "Comment"
    assert "column-unmapped" not in shaped.rules()


def test_a_missing_required_column_is_blocked_with_the_nearest_heading(tmp_path: Path) -> None:
    shaped = run(table(["paid_on", "Suplier nam", "amount"], [["2026-03-31", "a", "5"]]), a_spec(tmp_path))
    found = shaped.found("column-missing")
    assert found.severity is Severity.BLOCK
    assert found.where.field == "supplier"
    assert "Is it “Suplier nam”?" in found.what
    assert shaped.column("supplier") == [""]
    assert "“Suplier nam” may be “Supplier”" in shaped.found("column-unmapped").what


def test_missing_columns_that_need_not_be_there_are_one_warning(tmp_path: Path) -> None:
    shaped = run(table(["paid_on", "supplier", "amount"], [["2026-03-31", "a", "5"]]), a_spec(tmp_path))
    found = shaped.found("columns-absent")
    assert found.severity is Severity.WARN
    assert found.where.count == 2
    assert "“kind”, “note”" in found.what


def test_a_missing_column_with_a_near_heading_has_a_warning_of_its_own(tmp_path: Path) -> None:
    shaped = run(table(["paid_on", "supplier", "amount", "Notes"], [["2026-03-31", "a", "5", "n"]]), a_spec(tmp_path))
    assert "Is it “Notes”?" in shaped.found("column-absent").what


def test_columns_that_nobody_mapped_wait_for_a_person_and_are_listed_up_to_ten(tmp_path: Path) -> None:
    extra = [f"Strange {letter}" for letter in "abcdefghijkl"]
    shaped = run(table([*HEADINGS, *extra], [[*ROW, *extra]]), a_spec(tmp_path))
    found = shaped.found("column-unmapped")
    assert (found.severity, found.where.count) == (Severity.HOLD, 12)
    assert found.what.startswith("12 columns are left out of the published files")
    assert "“Strange a”" in found.what
    assert "“Strange j” and 2 more" in found.what


def test_ignored_and_blank_headings_are_not_said_again(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, publisher={"layouts": [{"ignore": ["Body Name"]}]})
    assert run(table([*HEADINGS, "BODY_NAME", ""], [[*ROW, "Camden", ""]]), spec).findings == ()


def test_a_heading_that_stands_twice_over_a_field_is_blocked(tmp_path: Path) -> None:
    shaped = run(table([*HEADINGS, "Supplier", "supplier"], [[*ROW, "b", "c"]]), a_spec(tmp_path))
    found = shaped.found("column-repeated")
    assert (found.severity, found.where.field) == (Severity.BLOCK, "supplier")
    assert "3 columns" in found.what


def test_of_several_headings_for_a_field_the_first_named_is_taken_and_the_others_are_said(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, publisher={"layouts": [{"columns": {"note": ["Remark", "Comment"]}}]})
    headings = ["paid_on", "supplier", "amount", "Comment", "Remark"]
    shaped = run(table(headings, [["2026-03-31", "a", "5", "c", "r"]]), spec)
    assert shaped.column("note") == ["r"]
    assert "“Comment”" in shaped.found("column-second-choice").what
    assert "column-unmapped" not in shaped.rules()


def test_a_heading_used_or_left_out_by_the_layout_is_not_taken_for_another_field(tmp_path: Path) -> None:
    layout = {"columns": {"supplier": "Payee", "note": "Kind"}, "ignore": ["Supplier"]}
    spec = a_spec(tmp_path, publisher={"layouts": [layout]})
    headings = ["paid_on", "amount", "Kind", "Supplier", "Payee"]
    shaped = run(table(headings, [["2026-03-31", "5", "k", "before redaction", "REDACTED"]]), spec)
    assert shaped.column("supplier") == ["REDACTED"]
    assert (shaped.column("note"), shaped.column("kind")) == (["k"], [""])


def test_a_missing_part_of_a_join_is_said(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, publisher={"layouts": [{"columns": {"note": {"join": ["Street", "Town"]}}}]})
    shaped = run(table(["paid_on", "supplier", "amount", "Street"], [["2026-03-31", "a", "5", "High St"]]), spec)
    assert shaped.column("note") == ["High St"]
    assert "“Town”" in shaped.found("join-part-missing").what


def test_a_file_of_another_kind_is_one_block_that_lists_both_sides(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as problem:
        run(table(["Site", "Hectares"], [["a", "5"]]), a_spec(tmp_path))
    assert "Needed but not found: ‘Date of payment’, ‘Supplier’, ‘Amount (£)’" in problem.value.what
    assert "The file has: “Site”, “Hectares”" in problem.value.what


def test_constants_do_not_make_another_file_ours(tmp_path: Path) -> None:
    layout = {"columns": {"note": "Site"}, "constants": {"paid_on": "2026-01-01"}}
    with pytest.raises(FileProblem):
        run(table(["Site", "Hectares"], [["a", "5"]]), a_spec(tmp_path, publisher={"layouts": [layout]}))


def test_a_third_of_the_required_columns_is_enough_to_say_what_is_missing(tmp_path: Path) -> None:
    shaped = run(table(["Supplier", "Hectares"], [["a", "5"]]), a_spec(tmp_path))
    assert shaped.rules().count("column-missing") == 2


def test_a_file_without_headings_is_told_apart_and_shows_no_values(tmp_path: Path) -> None:
    first = ["31/03/2026", "Mrs A Example", "a.example@example.org", "1,234.50"]
    with pytest.raises(FileProblem, match="no headings") as problem:
        run(table(first, [first]), a_spec(tmp_path))
    assert "Example" not in problem.value.what + problem.value.fix


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Over £500 Report Ref", "Over £500 Report Ref"),
        ("GLA_Population_Estimate_2017", "GLA_Population_Estimate_2017"),
        ("Two\nlines\x00\u202e", "Two lines"),
        ("someone@example.org", "aaaaaaa@aaaaaaa.aaa"),
        ("x" * 80, "x" * (SHOWN - 1) + "…"),
    ],
)
def test_headings_are_shown_short_and_without_what_may_be_personal(heading: str, expected: str) -> None:
    assert shown_heading(heading) == expected


def test_without_required_fields_one_known_column_is_enough(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("string"))
    assert run(table(["Value"], [["a"]]), spec).column("value") == ["a"]
    with pytest.raises(FileProblem):
        run(table(["Other"], [["a"]]), spec)


@pytest.mark.parametrize("heading", ["kml_1", "Supplier ID", "Supplier no.", "supplier_code"])
def test_a_column_of_identifiers_is_not_suggested_for_a_name(tmp_path: Path, heading: str) -> None:
    shaped = run(table(["paid_on", heading, "amount"], [["2026-03-31", "7", "5"]]), a_spec(tmp_path))
    assert shaped.found("column-missing").what == "There is no column for “Supplier”."
    assert "may be" not in shaped.found("column-unmapped").what
