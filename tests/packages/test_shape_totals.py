"""Rows that state a total: left out at the end, compared with the sum, blocked in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.model import Severity
from packages.spec import DatasetSpec
from tests.packages.shape_examples import Shaped, a_field, a_spec, run, table

HEADINGS = ("paid_on", "supplier", "amount", "Cost centre")
LAYOUT = {"ignore": ["Cost centre"]}
RECORDS = [["2026-03-31", "a", "£1,000.10", "x"], ["2026-03-31", "b", "(0.10)", "x"], ["2026-03-31", "c", "5", ""]]
"""1,005.00 in all, on rows 2 to 4."""


@pytest.fixture
def spec(tmp_path: Path) -> DatasetSpec:
    return a_spec(tmp_path, mapping={"reading": {"total_field": "amount"}}, publisher={"layouts": [LAYOUT]})


def shaped(spec: DatasetSpec, rows: list[list[str]], batch: int = 1000) -> Shaped:
    return run(table(HEADINGS, rows, batch=batch), spec)


TOTALS = [
    ["Grand Total", "", "1,005.00", ""],
    ["", "Total", "£1,005", ""],
    ["", "TOTAL:", "1005.00", ""],
    ["", "Total for March", "1005.00", ""],
    ["", "", "1005.00", "grand  total"],
    ["", "", "1005.0000000001", ""],
]


@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_a_total_at_the_end_is_left_out_and_agrees(spec: DatasetSpec, total: list[str], batch: int) -> None:
    result = shaped(spec, [*RECORDS, total], batch)
    assert result.column("supplier") == ["a", "b", "c"]
    assert result.numbers == [2, 3, 4]
    found = result.found("totals-row-agrees")
    assert (found.severity, found.where.rows, found.where.count) == (Severity.FIXED, (5,), 1)


def test_a_total_that_differs_is_held_without_showing_either(spec: DatasetSpec) -> None:
    found = shaped(spec, [*RECORDS, ["Grand Total", "", "1,006.00", ""]]).found("totals-row-differs")
    assert (found.severity, found.where.field) == (Severity.HOLD, "amount")
    assert "1,00" not in found.what + found.fix


def test_several_totals_at_the_end_agree_when_one_does(spec: DatasetSpec) -> None:
    result = shaped(spec, [*RECORDS, ["Total", "", "7", ""], ["Grand Total", "", "1,005.00", ""]])
    assert result.numbers == [2, 3, 4]
    assert result.found("totals-row-agrees").where.count == 2


def test_a_total_is_not_compared_when_an_amount_cannot_be_read(spec: DatasetSpec) -> None:
    result = shaped(spec, [*RECORDS, ["2026-03-31", "d", "?", ""], ["Grand Total", "", "1,005.00", ""]])
    assert result.found("totals-row").severity is Severity.FIXED


def test_a_total_without_a_described_field_is_compared_with_the_first_amounts(tmp_path: Path) -> None:
    result = run(table(HEADINGS, [*RECORDS, ["Grand Total", "", "1,005.00", ""]]), a_spec(tmp_path))
    assert result.numbers == [2, 3, 4]
    assert "totals-row-agrees" in result.rules()
    lost = run(table(HEADINGS, [*RECORDS[1:], ["Grand Total", "", "1,005.00", ""]]), a_spec(tmp_path))
    assert lost.found("totals-row-differs").severity is Severity.HOLD


def test_a_total_without_amounts_to_compare_is_left_out(tmp_path: Path) -> None:
    headings = ("paid_on", "supplier", "Cost centre")
    records = [["2026-03-31", "a", "x"], ["2026-03-31", "b", "x"]]
    result = run(table(headings, [*records, ["Grand Total", "", "2"]]), a_spec(tmp_path))
    assert result.numbers == [2, 3]
    assert "totals-row" in result.rules()


def test_a_total_among_the_records_is_blocked_and_stays(spec: DatasetSpec) -> None:
    result = shaped(spec, [RECORDS[0], ["Total", "", "1,000.10", ""], *RECORDS[1:]])
    found = result.found("totals-row-inside")
    assert (found.severity, found.where.rows) == (Severity.BLOCK, (3,))
    assert len(result.rows) == 4


def test_a_total_with_a_note_below_is_among_the_records(spec: DatasetSpec) -> None:
    result = shaped(spec, [*RECORDS, ["Total", "", "1,005.00", ""], ["Redacted rows are marked", "", "", ""]])
    assert result.found("totals-row-inside").where.rows == (5,)


def test_a_supplier_called_total_is_a_record(spec: DatasetSpec) -> None:
    records = [*RECORDS, ["2026-03-31", "Total Gas and Power", "5", "x"], ["2026-03-31", "Total", "5", "x"]]
    result = shaped(spec, records)
    assert len(result.rows) == 5
    assert result.findings == shaped(spec, RECORDS).findings


def test_a_table_of_one_required_column_keeps_its_records(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("string", constraints={"required": True}))
    rows = [["a"], ["Total"], ["b"], ["Total"]]
    result = run(table(["value"], rows), spec)
    assert result.column("value") == ["a", "Total", "b"]
    assert result.found("totals-row-inside").where.rows == (3,)


def test_a_table_without_required_columns_is_not_cut_for_a_lonely_number(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("number"), mapping={"reading": {"total_field": "value"}})
    assert run(table(["value"], [["1"], ["1"]]), spec).column("value") == ["1", "1"]


def test_sums_beyond_arrows_decimals_are_exact(spec: DatasetSpec) -> None:
    big = "9" * 40
    result = shaped(
        spec, [["2026-03-31", "a", big, ""], ["2026-03-31", "b", "1", ""], ["Total", "", "1" + "0" * 40, ""]]
    )
    assert "totals-row-agrees" in result.rules()


@pytest.mark.parametrize("zeros", [20, 37, 46, 48, 60, 1000, 20_000, 900_000])
def test_amounts_of_any_length_are_added_exactly(spec: DatasetSpec, zeros: int) -> None:
    """Arrow 26.0.1 reads beyond a table where a number has many digits: a sum may be wrong, or the process end."""
    tiny = f"0.{'0' * zeros}1"
    plenty = [["2026-03-31", "d", tiny, ""]] * 3 + [["2026-03-31", "e", f"1{'0' * min(zeros, 48)}.5", ""]]
    total = f"{1005 + 10 ** min(zeros, 48)}.50"
    result = shaped(spec, [*RECORDS, *plenty, ["Grand Total", "", total, ""]])
    assert result.found("totals-row-agrees").where.rows == (9,)
