"""XLS, ODS and XLSB are read like XLSX, and looked into like it; findings on single cells of a sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt

from packages.errors import FileProblem
from packages.fetch import extract_file
from packages.model import ChangeLog, Finding, Rows, Severity
from packages.read import read
from packages.spec import ReadingSpec
from tests.packages.reader_examples import ods_cell, ods_row, ods_table, write_ods, write_xlsb, xlsb_sheet

pytestmark = pytest.mark.usefixtures("readers_in_process")

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DATA: list[list[object]] = [["Supplier", "Amount"], ["Alpha", 1.5], ["Beta", 2]]
EXPECTED = [(2, "Alpha", "1.5"), (3, "Beta", "2")]


def rows_of(path: Path) -> Rows:
    return read(extract_file(path, store=None, now=NOW), ReadingSpec(), ("supplier", "amount"))


def told(path: Path) -> tuple[list[tuple[object, ...]], dict[str, Finding]]:
    log = ChangeLog()
    found: list[tuple[object, ...]] = []
    for batch in rows_of(path).start(log):
        found += zip(batch.numbers.to_pylist(), *(c.to_pylist() for c in batch.cells.columns), strict=True)
    return found, {f.rule: f for f in log.findings}


def xls(path: Path, change: Callable[[Any, Any], None] = lambda _book, _sheet: None) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1", cell_overwrite_ok=True)
    for row, values in enumerate(DATA):
        for column, value in enumerate(values):
            sheet.write(row, column, value)
    change(book, sheet)
    book.save(str(path))
    return path


def ods(path: Path, rows: list[str] | None = None, **words: Any) -> Path:
    table_words = {k: words.pop(k) for k in ("attributes", "columns") if k in words}
    return write_ods(path, ods_table(rows or [ods_row(r) for r in DATA], **table_words), **words)


def test_the_same_table_from_every_kind(tmp_path: Path) -> None:
    for path in (xls(tmp_path / "a"), ods(tmp_path / "b"), write_xlsb(tmp_path / "c", xlsb_sheet(DATA))):
        assert told(path) == (EXPECTED, {})
        assert "sheet “Sheet1”, headings on row 1" in rows_of(path).how_read


def _hide_sheet(book: Any, _sheet: Any) -> None:
    other = book.add_sheet("Working")
    other.write(0, 0, "x")
    other.visibility = 2


def _hide_row(_book: Any, sheet: Any) -> None:
    sheet.row(2).hidden = True


def _hide_column(_book: Any, sheet: Any) -> None:
    sheet.col(1).hidden = True


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (_hide_sheet, "workbook-hidden-sheet"),
        (_hide_row, "workbook-hidden-rows"),
        (_hide_column, "workbook-hidden-columns"),
        (lambda _, sheet: sheet.merge(1, 2, 0, 0), "workbook-merged-down"),
    ],
)
def test_what_an_xls_hides(change: Callable[[Any, Any], None], rule: str, tmp_path: Path) -> None:
    assert told(xls(tmp_path / "a.xls", change))[1][rule].severity is Severity.BLOCK


HIDDEN_STYLE = (
    '<office:automatic-styles><style:style style:name="ta2" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)
ROWS = [ods_row(r) for r in DATA]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"before": HIDDEN_STYLE, "attributes": 'table:style-name="ta2"'}, "workbook-hidden-sheet"),
        ({"rows": [*ROWS[:2], ods_row(DATA[2], 'table:visibility="collapse"')]}, "workbook-hidden-rows"),
        ({"rows": [*ROWS[:2], ods_row(DATA[2], 'table:visibility="filter"')]}, "workbook-filtered-rows"),
        (
            {"columns": '<table:table-column/><table:table-column table:visibility="collapse"/>'},
            "workbook-hidden-columns",
        ),
        ({"rows": ["<table:tracked-changes/>", *ROWS]}, "workbook-tracked-changes"),
        (
            {"manifest": '<manifest:file-entry manifest:media-type="application/vnd.oasis.opendocument.text"/>'},
            "workbook-embedded-files",
        ),
    ],
)
def test_what_an_ods_hides(words: dict[str, Any], rule: str, tmp_path: Path) -> None:
    assert told(ods(tmp_path / "a.ods", **words))[1][rule].severity is Severity.BLOCK


def test_repeated_and_empty_rows_of_an_ods_keep_their_numbers(tmp_path: Path) -> None:
    rows = [
        ROWS[0],
        '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>',
        ods_row(["Alpha", 1], 'table:number-rows-repeated="2"'),
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>',
    ]
    found, findings = told(ods(tmp_path / "a.ods", rows))
    assert found == [(5, "Alpha", "1"), (6, "Alpha", "1")]
    assert findings["blank-rows"].where.count == 3


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ({"manifest": "<manifest:encryption-data/>"}, "password"),
        ({"rows": [ods_row(["a"], 'table:number-rows-repeated="1000000000"')]}, "far below"),
        ({"before": "<unclosed>"}, "damaged"),
    ],
)
def test_an_ods_that_must_not_be_opened(words: dict[str, Any], match: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=match):
        rows_of(ods(tmp_path / "a.ods", **words))


def test_what_an_xlsb_hides(tmp_path: Path) -> None:
    sheet = xlsb_sheet([*DATA, ["#REF!", 3]], hidden_rows=[3], hidden_columns=[2])
    path = write_xlsb(tmp_path / "a.xlsb", sheet, xlsb_sheet([["x"]]), states=[0, 1], parts=["xl/embeddings/a.bin"])
    found, findings = told(path)
    assert found[-1] == (4, "#REF!", "3")
    assert {
        "workbook-hidden-rows", "workbook-hidden-columns", "workbook-hidden-sheet", "workbook-embedded-files",
        "error-cells",
    } <= set(findings)  # fmt: skip


def test_a_binary_workbook_that_was_cut_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="damaged"):
        rows_of(write_xlsb(tmp_path / "a.xlsb", xlsb_sheet(DATA)[:40]))
    path = xls(tmp_path / "a.xls")
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(FileProblem, match=r"damaged|cannot be read"):
        rows_of(path)


# --- single cells -----------------------------------------------------------------------------------------------------


def xlsx(path: Path, change: Callable[[Any, Any], None]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Spend")
        for row, values in enumerate(DATA):
            sheet.write_row(row, 0, values)
        change(book, sheet)
    return path


def _dates(book: Any, sheet: Any) -> None:
    sheet.write(0, 2, "Paid on")
    sheet.write_datetime(1, 2, dt.datetime(2026, 4, 3), book.add_format({"num_format": "dd/mm/yyyy"}))  # noqa: DTZ001
    sheet.write(2, 2, "31/03/2026")


@pytest.mark.parametrize(
    ("change", "rule", "severity", "rows"),
    [
        (lambda _, s: s.merge_range("A2:A3", "Alpha"), "workbook-merged-down", Severity.BLOCK, (2,)),
        (lambda _, s: s.merge_range("A3:B3", "Directorate"), "workbook-merged-across", Severity.WARN, (3,)),
        (_dates, "workbook-dates-as-text", Severity.HOLD, (3,)),
        (lambda _, s: s.write_formula("B2", "=1/0", None, "#DIV/0!"), "error-cells", Severity.HOLD, (2,)),
        (lambda _, s: s.write_row(3, 0, ["Supplier", "Amount"]), "headings-again", Severity.BLOCK, (4,)),
        (lambda _, s: s.write(2, 1, "1.00E+11"), "number-shortened", Severity.HOLD, (3,)),
    ],
)
def test_findings_in_cells(
    change: Callable[[Any, Any], None], rule: str, severity: Severity, rows: tuple[int, ...], tmp_path: Path
) -> None:
    found = told(xlsx(tmp_path / "a.xlsx", change))[1][rule]
    assert (found.severity, found.where.rows) == (severity, rows)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ('<c r="B3"><f>1+1</f></c>', True),
        ('<c r="B3"><f>1+1</f><v></v></c>', True),
        ('<c r="B3"><f>1+1</f><v/></c>', True),
        ('<c r="B3"><f>1+1</f><v>2</v></c>', False),
        ('<c r="B3" t="str"><f>""</f><v></v></c>', False),
        ('<c r="B3"><f t="shared" si="0"/><v>2</v></c>', False),
    ],
)
def test_a_formula_that_was_never_calculated(cell: str, found: bool, tmp_path: Path) -> None:
    from tests.packages.test_readers_workbook import SHEET, changed

    path = changed(
        xlsx(tmp_path / "a.xlsx", lambda _b, _s: None), SHEET, lambda x: x.replace('<c r="B3"><v>2</v></c>', cell)
    )
    assert ("workbook-formulas-unvalued" in told(path)[1]) is found


def test_a_merged_title_above_the_table_is_no_fault(tmp_path: Path) -> None:
    def title(_book: Any, sheet: Any) -> None:
        for row, values in enumerate(DATA):
            sheet.write_row(row + 2, 0, values)
        sheet.merge_range("A1:B2", "Payments")

    assert set(told(xlsx(tmp_path / "a.xlsx", title))[1]) == {"rows-above-header"}


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("UPRN", "1.00E+11", "number-damaged"),
        ("uprn_1", " 5.3E+09", "number-damaged"),
        ("Invoice no", "1.23457E+11", "number-shortened"),
        ("Invoice no", "1.00e+11", "number-shortened"),
        ("uprn", "1.00e+11", "number-damaged"),
        ("Supplier", "####", "cells-too-narrow"),
        ("Supplier", "#N/A", "error-cells"),
        ("Supplier", "SIZE E+", None),
        ("Supplier", "#1 Cleaning", None),
    ],
)
def test_cells_spoiled_by_a_spreadsheet(column: str, cell: str, rule: str | None, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{column},b\nx,1\n{cell},2\n")
    findings = told(tmp_path / "a.csv")[1]
    assert list(findings) == ([rule] if rule else [])
    if rule:
        assert (findings[rule].where.column, findings[rule].where.rows) == (column, (3,))


def test_an_ods_formula_error_comes_as_its_text(tmp_path: Path) -> None:
    cell = ods_cell("#REF!", 'table:formula="of:=1"')
    row = f"<table:table-row>{cell}{ods_cell(3)}</table:table-row>"
    found, findings = told(ods(tmp_path / "a.ods", [*ROWS, row]))
    assert found[-1] == (4, "#REF!", "3")
    assert "error-cells" in findings
