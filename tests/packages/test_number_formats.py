"""Number formats of workbooks: what a sheet shows that its number does not say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from packages.model import Severity
from packages.readers.workbooks.number_formats import DIGIT, NumberFormat, number_format
from tests.packages.reader_examples import ods_table, write_ods, write_xlsb, xlsb_formats, xlsb_sheet
from tests.packages.test_readers_alike import told

pytestmark = pytest.mark.usefixtures("readers_in_process")

MASKS = {
    "000000000": ("7", "000000007"),
    "00000": ("123456", "123456"),
    "00-00-00": ("10203", "01-02-03"),
    '"INV-"0000': ("7", "INV-0007"),
    "\\A\\B00000": ("12", "AB00012"),
    "000 0000": ("1234567", "123 4567"),
    "0000;-0000;0000;@": ("12", "0012"),
    '"A0"000': ("5", "A0005"),
}
CURRENCIES = {
    "[$€-407]#,##0.00": "€",
    '#,##0.00 "€"': "€",
    "[$$-409]#,##0.00": "$",
    '"$"#,##0': "$",
    "[$USD] #,##0": "USD",
    "#,##0 [$CHF]": "CHF",
    '_-[$€-2]* #,##0.00_-;-[$€-2]* #,##0.00_-;_-[$€-2]* "-"??_-': "€",
}
PERCENTS = ("0%", "0.00%", "#,##0.0 %", "0%;[Red]-0%", '0.0"x"%')
HARMLESS = (
    "General", "0", "0.00", "#,##0", "#,##0.00", "@", "[$-809]dd mmmm yyyy", "£#,##0.00", "[$£-809]#,##0.00",
    '_-"£"* #,##0.00_-;-"£"* #,##0.00_-', "0.00E+00", '0.0" miles"', "# ?/?", "[h]:mm", "yyyy-mm-dd", "mmm-yy",
    '#,##0,"k"', "00.00", "", '"100%"0',
)  # fmt: skip


@pytest.mark.parametrize(("code", "example"), MASKS.items())
def test_codes_are_written_as_they_are_shown(code: str, example: tuple[str, str]) -> None:
    number, shown = example
    found = number_format(code)
    assert found
    assert found.shown(number) == shown
    assert found.shown("-7") == "-7"
    assert found.shown("1.5") == "1.5"


@pytest.mark.parametrize(("code", "sign"), CURRENCIES.items())
def test_other_currencies(code: str, sign: str) -> None:
    assert number_format(code) == NumberFormat(currency=sign)


@pytest.mark.parametrize("code", PERCENTS)
def test_percentages(code: str) -> None:
    assert number_format(code) == NumberFormat(percent=True)


@pytest.mark.parametrize("code", HARMLESS)
def test_formats_that_change_nothing(code: str) -> None:
    assert number_format(code) is None


@given(st.integers(1, 12), st.integers(0, 10**14))
def test_no_digit_is_lost(places: int, number: int) -> None:
    shown = NumberFormat(mask="A" + DIGIT * places).shown(str(number))
    assert shown == "A" + str(number).zfill(places)


CELLS: Mapping[str, tuple[object, str]] = {"Code": (7, "00000"), "Share": (0.2, "0%"), "Euro": (5.5, "[$€-407]0.00")}


def xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Supplier", *CELLS])
    for row in (2, 3):
        sheet.cell(row, 1, "Alpha")
        for column, (value, code) in enumerate(CELLS.values(), start=2):
            sheet.cell(row, column, value).number_format = code  # type: ignore[arg-type]
    book.save(path)
    return path


def xls(path: Path) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for column, name in enumerate(["Supplier", *CELLS]):
        sheet.write(0, column, name)
    for row in (1, 2):
        sheet.write(row, 0, "Alpha")
        for column, (value, code) in enumerate(CELLS.values(), start=1):
            sheet.write(row, column, value, xlwt.easyxf(num_format_str=code))
    book.save(str(path))
    return path


def ods(path: Path) -> Path:
    styles = (
        '<number:number-style style:name="N1"><number:number number:decimal-places="0" number:min-integer-digits="5"/>'
        '</number:number-style><style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>'
    )

    def cell(value: object, kind: str, more: str = "") -> str:
        return f'<table:table-cell office:value-type="{kind}" office:value="{value}" {more}/>'

    def text(value: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    row = text("Alpha") + cell(7, "float", 'table:style-name="ce1"') + cell(0.2, "percentage")
    row += cell(5.5, "currency", 'office:currency="EUR"')
    head = "".join(text(name) for name in ["Supplier", *CELLS])
    rows = [f"<table:table-row>{cells}</table:table-row>" for cells in (head, row, row)]
    return write_ods(path, ods_table(rows), before=styles)


def xlsb(path: Path) -> Path:
    rows: list[list[object]] = [["Supplier", *CELLS], *[["Alpha", *(value for value, _ in CELLS.values())]] * 2]
    styles = {name: number for number, name in enumerate(CELLS, start=1)}
    sheet = xlsb_sheet(rows, styles=[0, *styles.values()])
    return write_xlsb(path, sheet, formats=xlsb_formats([code for _, code in CELLS.values()]))


@pytest.mark.parametrize("make", [xlsx, xls, ods, xlsb])
def test_every_kind_of_workbook(make: Any, tmp_path: Path) -> None:
    found, said, _ = told(make(tmp_path / "book"))
    assert [row["Code"] for row in found] == ["00007", "00007"]
    assert said["zeros-shown"].where.column == "Code"
    assert said["zeros-shown"].where.rows == (2, 3)
    assert (said["percent-cells"].where.column, said["percent-cells"].severity) == ("Share", Severity.HOLD)
    assert (said["currency-cells"].where.column, said["currency-cells"].severity) == ("Euro", Severity.HOLD)


def test_a_format_by_column_of_a_plain_workbook_says_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Date", "Amount"])
    sheet.append([dt.date(2026, 7, 1), 12.5])
    sheet.cell(2, 2).number_format = "£#,##0.00"
    book.save(tmp_path / "a.xlsx")
    assert told(tmp_path / "a.xlsx")[1] == {}
