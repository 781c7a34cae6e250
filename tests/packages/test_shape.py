"""A publisher's table in our columns and our form: texts, joins, constants, row numbers, more than one pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.headings import known_headings, normalise
from packages.model import ChangeLog
from packages.shaping.shape import shape
from tests.packages.shape_examples import DAY, HEADINGS, a_field, a_spec, run, table, values


@pytest.mark.parametrize(
    "heading", ["Payment_Date ", "payment date", "PAYMENT-DATE", "£ Payment Date �", "Payment\u00a0Date", "PaymentDate"]
)
def test_headings_are_compared_without_case_spaces_and_punctuation(heading: str) -> None:
    assert normalise(heading) == "paymentdate"


def test_known_headings_are_names_titles_and_all_that_layouts_name(tmp_path: Path) -> None:
    layout = {
        "to": "2001-01-01",
        "columns": {"supplier": ["Payee", "Vendor Name"], "note": {"join": ["Street", "Town"]}},
        "ignore": ["Body Name"],
    }
    spec = a_spec(tmp_path, publisher={"layouts": [layout]})
    assert known_headings(spec, spec.resource) == {
        "paidon", "dateofpayment", "supplier", "kind", "amount", "note",
        "payee", "vendorname", "street", "town", "bodyname",
    }  # fmt: skip


def test_columns_come_in_the_order_of_the_schema_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    rows = table(["Amount (£)", "Supplier", "Date of payment"], [["5", "Quillstone Ltd", "2026-03-31"]] * 3, batch=2)
    shaped = run(rows, a_spec(tmp_path))
    assert tuple(shaped.rows[0]) == HEADINGS
    assert shaped.rows[0] == {
        "paid_on": "2026-03-31", "supplier": "Quillstone Ltd", "kind": "", "amount": "5", "note": "",
    }  # fmt: skip
    assert shaped.numbers == [2, 3, 4]
    assert shaped.headings == {
        "paid_on": "Date of payment", "supplier": "Supplier", "kind": "", "amount": "Amount (£)", "note": "",
    }  # fmt: skip


def test_what_the_reader_said_is_passed_on(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("string"))
    shaped = shape(table(["value"], [["x"]]), spec, spec.resource, day=DAY)
    assert (shaped.sheet, shaped.how_read, shaped.columns) == ("Sheet1", "by hand", ("value",))


def test_every_pass_says_the_same(tmp_path: Path) -> None:
    spec = a_spec(tmp_path)
    rows = table(["supplier", "paid_on", "amount", "extra"], [["a", "03/04/2026", "£1", "x"], ["Total", "", "£1", ""]])
    shaped, logs = shape(rows, spec, spec.resource, day=DAY), (ChangeLog(), ChangeLog())
    first, second = ([batch.cells.to_pylist() for batch in shaped.start(log)] for log in logs)
    assert first == second
    assert logs[0].findings == logs[1].findings
    assert logs[0].changes == logs[1].changes


def test_outer_space_is_removed_and_counted_unless_there_is_nothing_else(tmp_path: Path) -> None:
    shaped = values([" a b ", "c\u00a0", "  ", "", None, "d"], a_spec(tmp_path, fields=a_field("string")))
    assert shaped.column("value") == ["a b", "c", "", "", None, "d"]
    assert shaped.counts() == {("trim", "value"): 2}


def test_outer_space_stays_where_the_description_says_so(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("string"), mapping={"rules": {"value": {"trim": False}}})
    assert values([" a "], spec).column("value") == [" a "]


def test_words_for_nothing_become_empty(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("string"), mapping={"rules": {"value": {"blank": ["n/a", "null"]}}})
    shaped = values(["N/A", " null ", "nullable", "none"], spec)
    assert shaped.column("value") == ["", "", "nullable", "none"]
    assert shaped.counts()["blank", "value"] == 2


def test_values_are_mapped_then_matched_with_the_code_list(tmp_path: Path) -> None:
    fields = a_field("string", constraints={"enum": ["Female and Male", "None"]})
    spec = a_spec(tmp_path, fields=fields, mapping={"rules": {"value": {"values": {"both  sexes": "female and MALE"}}}})
    shaped = values(["Both Sexes", "female  and male", "NONE", "Female and Male", "Unisexx"], spec)
    assert shaped.column("value") == ["Female and Male", "Female and Male", "None", "Female and Male", "Unisexx"]
    assert shaped.counts() == {("values", "value"): 1, ("code-list", "value"): 3}


def test_a_code_list_can_be_switched_off(tmp_path: Path) -> None:
    fields = a_field("string", constraints={"enum": ["yes"]})
    spec = a_spec(tmp_path, fields=fields, mapping={"rules": {"value": {"code_list": False}}})
    assert values(["YES"], spec).column("value") == ["YES"]


def test_codes_that_differ_only_in_case_stay_apart(tmp_path: Path) -> None:
    fields = a_field("string", constraints={"enum": ["a", "A"]})
    assert values(["a", "A"], a_spec(tmp_path, fields=fields)).column("value") == ["a", "A"]


def test_yes_and_no_become_true_and_false_only_in_a_boolean(tmp_path: Path) -> None:
    words = ["Yes", "n", "TRUE", "false", "1", "0", "maybe"]
    boolean = values(words, a_spec(tmp_path / "a", fields=a_field("boolean")))
    text = values(words, a_spec(tmp_path / "b", fields=a_field("string")))
    assert boolean.column("value") == ["true", "false", "true", "false", "true", "false", "maybe"]
    assert boolean.counts() == {("boolean", "value"): 5}
    assert text.column("value") == words


def test_a_boolean_with_words_of_its_own_is_left_alone(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("boolean", trueValues=["Yes"], falseValues=["No"]))
    assert values(["Yes", "No"], spec).column("value") == ["Yes", "No"]


def test_several_columns_become_one_without_their_empty_parts(tmp_path: Path) -> None:
    layout = {"columns": {"value": {"join": ["Name", "Number", "Street"], "with": ", "}}}
    rules = {"value": {"blank": ["null"]}}
    spec = a_spec(tmp_path, fields=a_field("string"), publisher={"layouts": [layout], "rules": rules})
    rows = [[" Library ", "", "High St"], ["", "5", "null"], [None, "", None], ["", "", "NULL"]]
    shaped = run(table(["Name", "Number", "Street"], rows), spec)
    assert shaped.column("value") == ["Library, High St", "5", "", ""]
    assert shaped.counts() == {("join", "value"): 2}
    assert shaped.headings == {"value": "Name + Number + Street"}


def test_a_constant_fills_its_field_and_is_counted(tmp_path: Path) -> None:
    layout = {"columns": {"supplier": "Payee"}, "constants": {"kind": "goods"}}
    spec = a_spec(tmp_path, publisher={"layouts": [layout]})
    shaped = run(table(["Payee", "paid_on", "amount"], [["a", "2026-03-31", "1"]] * 2), spec)
    assert shaped.column("kind") == ["goods", "goods"]
    assert shaped.counts() == {("constant", "kind"): 2}
    assert shaped.headings["kind"] == ""


def test_the_nearest_rule_holds(tmp_path: Path) -> None:
    layout = {"columns": {"value": "Answer"}, "rules": {"value": {"blank": ["layout"]}}}
    spec = a_spec(
        tmp_path,
        fields=a_field("string"),
        publisher={"layouts": [layout], "rules": {"value": {"blank": ["publisher"]}}},
        mapping={"rules": {"value": {"blank": ["dataset"]}}},
    )
    shaped = run(table(["Answer"], [["layout"], ["publisher"], ["dataset"]]), spec)
    assert shaped.column("value") == ["", "publisher", "dataset"]
