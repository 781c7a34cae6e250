"""What nobody sees on a sheet, and what a workbook carries besides its cells."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from packages.model import Severity
from packages.readers.workbooks.visibility import contrast, hidden_by_format
from tests.packages.reader_examples import (
    ods_cell,
    ods_row,
    ods_table,
    write_ods,
    write_xlsb,
    xlsb_looks,
    xlsb_sheet,
    xml_cell,
    xml_rows,
    xml_sheet,
    xml_spreadsheet,
)
from tests.packages.test_readers_alike import told

pytestmark = pytest.mark.usefixtures("readers_in_process")

SECRET = "QQ123456C of Ottoline Quill"
ROWS = [
    ("Date", "Supplier", "Amount"),
    (dt.date(2026, 7, 1), SECRET, 12.5),
    (dt.date(2026, 7, 2), "Quillstone Ltd", 8.0),
]

WHITE, BLACK, NAVY = "FFFFFFFF", "FF000000", "FF000080"


def ground(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=colour)


def theme(number: int, tint: float = 0.0) -> Color:
    return Color(theme=number, tint=tint)


UNSEEN: Mapping[str, dict[str, Any]] = {
    "white letters": {"font": Font(color=WHITE)},
    "nearly white letters": {"font": Font(color="FFF6F6F6")},
    "the first colour of the theme": {"font": Font(color=theme(0))},
    "a tint of black that is white": {"font": Font(color=theme(1, 0.98))},
    "a colour by its number": {"font": Font(color=Color(indexed=9))},
    "black on black": {"font": Font(color=BLACK), "fill": ground(BLACK)},
    "usual letters on black": {"fill": ground(BLACK)},
    "yellow on yellow": {"font": Font(color="FFFFFF00"), "fill": ground("FFFFFF00")},
    "letters of one point": {"font": Font(size=1)},
    "a format that shows nothing": {"number_format": ";;;"},
    "a format of one blank": {"number_format": ';;;" "'},
    "a format that hides texts": {"number_format": "0;-0;0;"},
}
SEEN: Mapping[str, dict[str, Any]] = {
    "white on navy": {"font": Font(color=WHITE), "fill": ground(NAVY)},
    "light grey": {"font": Font(color="FFBFBFBF")},
    "small print": {"font": Font(size=6)},
    "numbers hidden, texts shown": {"number_format": ";;;@"},
    "nought hidden": {"number_format": "0;-0;;@"},
    "red": {"font": Font(color="FFFF0000")},
    "a pattern of dots": {"fill": PatternFill("gray125", fgColor=BLACK)},
}


def book_with(path: Path, change: Callable[[Any, Any], None]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ROWS:
        sheet.append(list(row))
    change(book, sheet)
    book.save(path)
    return path


def styled(style: Mapping[str, Any], cell: str = "B2") -> Callable[[Any, Any], None]:
    def change(_book: Any, sheet: Any) -> None:
        for name, value in style.items():
            setattr(sheet[cell], name, value)

    return change


@pytest.mark.parametrize("name", UNSEEN)
def test_text_that_nobody_sees_blocks(name: str, tmp_path: Path) -> None:
    found = told(book_with(tmp_path / "a.xlsx", styled(UNSEEN[name])))[1]
    hidden = found["workbook-unseen-cells"]
    assert (hidden.severity, hidden.where.rows, hidden.where.column) == (Severity.BLOCK, (2,), "Supplier")
    assert SECRET not in str(hidden)


@pytest.mark.parametrize("name", SEEN)
def test_what_can_be_seen_does_no_harm(name: str, tmp_path: Path) -> None:
    assert told(book_with(tmp_path / "a.xlsx", styled(SEEN[name])))[1] == {}


def test_a_number_hidden_by_its_format_blocks(tmp_path: Path) -> None:
    for place, code in enumerate((";;;@", '""', ";-0;0;@", "[White]0.00")):
        found = told(book_with(tmp_path / f"{place}.xlsx", styled({"number_format": code}, "C3")))[1]
        assert found["workbook-unseen-cells"].where.rows == (3,), code


def test_an_empty_cell_in_white_does_no_harm(tmp_path: Path) -> None:
    assert told(book_with(tmp_path / "a.xlsx", styled(UNSEEN["white letters"], "B9")))[1] == {}


def test_a_white_title_above_the_table_is_not_published(tmp_path: Path) -> None:
    def change(_book: Any, sheet: Any) -> None:
        sheet.insert_rows(1, 2)
        sheet["A1"], sheet["A1"].font = "Payments of July", Font(color=WHITE)

    assert "workbook-unseen-cells" not in told(book_with(tmp_path / "a.xlsx", change))[1]


def test_some_white_letters_within_a_cell_block(tmp_path: Path) -> None:
    def change(_book: Any, sheet: Any) -> None:
        sheet["B3"] = CellRichText("Quillstone Ltd ", TextBlock(InlineFont(color=Color(rgb=WHITE)), SECRET))

    assert told(book_with(tmp_path / "a.xlsx", change))[1]["workbook-unseen-cells"].where.rows == (3,)

    with xlsxwriter.Workbook(str(tmp_path / "b.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Date", "Supplier"])
        sheet.write_rich_string(1, 1, "Quillstone Ltd ", book.add_format({"font_size": 1}), SECRET)
        sheet.write(1, 0, "2026-07-01")
    assert told(tmp_path / "b.xlsx")[1]["workbook-unseen-cells"].where.rows == (2,)


@pytest.mark.parametrize(
    "style", [{"font": Font(color=WHITE)}, {"fill": PatternFill("solid", bgColor=BLACK, fgColor=BLACK)}]
)
def test_a_condition_that_hides_blocks(style: dict[str, Any], tmp_path: Path) -> None:
    def change(_book: Any, sheet: Any) -> None:
        rule = FormulaRule(formula=["$C2>10"])
        rule.dxf = DifferentialStyle(**style)
        sheet.conditional_formatting.add("B1:B500", rule)

    found = told(book_with(tmp_path / "a.xlsx", change))[1]["workbook-unseen-by-condition"]
    assert (found.severity, found.where.column, found.where.count) == (Severity.BLOCK, "Supplier", 2)


def test_a_condition_that_colours_does_no_harm(tmp_path: Path) -> None:
    def change(_book: Any, sheet: Any) -> None:
        rule = FormulaRule(formula=["$C2>10"], font=Font(color="FF9C0006"), fill=PatternFill(bgColor="FFFFC7CE"))
        sheet.conditional_formatting.add("B1:B500", rule)

    assert told(book_with(tmp_path / "a.xlsx", change))[1] == {}


def _comment(_book: Any, sheet: Any) -> None:
    sheet["B2"].comment = Comment(SECRET, "Ottoline Quill")


def _author(book: Any, _sheet: Any) -> None:
    book.properties.creator = "Ottoline Quill"


def _list(_book: Any, sheet: Any) -> None:
    sheet.add_data_validation(DataValidation(type="list", formula1=f'"{SECRET},other"', sqref="B2:B9"))


def _name(book: Any, _sheet: Any) -> None:
    book.defined_names["payee"] = DefinedName("payee", attr_text=f'"{SECRET}"', hidden=True)


LEFT_OVER = {
    "comments": _comment,
    "names of authors": _author,
    "lists of allowed values": _list,
    "named ranges": _name,
}


@pytest.mark.parametrize("kind", LEFT_OVER)
def test_what_a_workbook_carries_besides_its_cells_is_named(kind: str, tmp_path: Path) -> None:
    _, found, *_ = told(book_with(tmp_path / "a.xlsx", LEFT_OVER[kind]))
    carried = found["workbook-leftovers"]
    assert carried.severity is Severity.FIXED
    assert kind in carried.what
    assert SECRET not in str(carried)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("xl/media/image1.png", "pictures"), ("xl/charts/chart1.xml", "charts"), ("xl/connections.xml", "connections"),
        ("xl/slicerCaches/slicerCache1.xml", "filters"), ("customXml/item1.xml", "custom XML"),
        ("xl/threadedComments/threadedComment1.xml", "comments"), ("xl/vbaProject.bin", "macros"),
    ],
)  # fmt: skip
def test_parts_besides_the_sheets_are_named(part: str, kind: str, tmp_path: Path) -> None:
    path = book_with(tmp_path / "a.xlsx", lambda _book, _sheet: None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(part, b"<x/>")
    assert kind in told(path)[1]["workbook-leftovers"].what


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert contrast((9, 9, 9), (9, 9, 9)) == 1


@pytest.mark.parametrize(
    "code", ["General", "", "0.00", "@", "#,##0;[Red]-#,##0", '_-"£"* #,##0.00_-', "dd/mm/yyyy", "0;-0;;@"]
)
def test_the_usual_formats_hide_nothing(code: str) -> None:
    assert hidden_by_format(code) == ""


# --- the other kinds of workbooks -------------------------------------------------------------------------------------

TABLE = (("Date", "Supplier", "Amount"), ("2026-07-01", "Quillstone Ltd", 3), ("2026-07-02", SECRET, 4))


def old_book(path: Path, style: Any, hidden: tuple[int, int]) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Payments")
    for row, values in enumerate(TABLE):
        for column, value in enumerate(values):
            sheet.write(row, column, value, style if (row, column) == hidden else xlwt.easyxf("font: colour red"))
    book.save(path)
    return path


@pytest.mark.parametrize(
    "style", ["font: colour white", "font: height 20", "pattern: pattern solid, fore_colour black; font: colour black"]
)
@pytest.mark.parametrize("hidden", [(2, 1), (1, 2)])
def test_an_old_workbook_hides_like_a_new_one(style: str, hidden: tuple[int, int], tmp_path: Path) -> None:
    found = told(old_book(tmp_path / "a.xls", xlwt.easyxf(style), hidden))[1]
    assert found["workbook-unseen-cells"].where.rows == (hidden[0] + 1,)


def test_an_old_workbook_with_an_empty_format(tmp_path: Path) -> None:
    found = told(old_book(tmp_path / "a.xls", xlwt.easyxf(num_format_str=";;;"), (2, 1)))[1]
    assert found["workbook-unseen-cells"].where.rows == (3,)


@pytest.mark.parametrize(
    "style", ["font: colour white; pattern: pattern solid, fore_colour dark_blue", "font: height 120"]
)
def test_an_old_workbook_that_hides_nothing(style: str, tmp_path: Path) -> None:
    assert told(old_book(tmp_path / "a.xls", xlwt.easyxf(style), (2, 1)))[1] == {}


BINARY_WHITE, BINARY_BLACK = (
    bytes([2 << 1 | 1, 0, 0, 0, 255, 255, 255, 255]),
    bytes([2 << 1 | 1, 0, 0, 0, 0, 0, 0, 255]),
)
BINARY_THEME = bytes([3 << 1, 0, 0, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("fonts", "grounds", "rows"),
    [
        ([(220, BINARY_WHITE)], [], (2, 3)), ([(220, BINARY_THEME)], [], (2, 3)), ([(20, BINARY_BLACK)], [], (2, 3)),
        ([(220, BINARY_BLACK)], [BINARY_BLACK], (2, 3)), ([(220, BINARY_WHITE)], [BINARY_BLACK], ()),
    ],
)  # fmt: skip
def test_a_binary_workbook_hides_like_any_other(
    fonts: list[tuple[int, bytes]], grounds: list[bytes], rows: tuple[int, ...], tmp_path: Path
) -> None:
    sheet = xlsb_sheet(TABLE, styles=(0, 1, 0))
    write_xlsb(tmp_path / "a.xlsb", sheet, formats=xlsb_looks(fonts, grounds))
    found = told(tmp_path / "a.xlsb")[1]
    # the heading has the same style
    assert [f.where.count for f in found.values() if f.rule == "workbook-unseen-cells"] == ([3] if rows else [])


ODS_STYLES = {
    "white": '<style:text-properties fo:color="#ffffff"/>',
    "one point": '<style:text-properties fo:font-size="1pt"/>',
    "not displayed": '<style:text-properties text:display="none"/>',
    "black on black": '<style:table-cell-properties fo:background-color="#000000"/>'
    '<style:text-properties fo:color="#000000"/>',
}


def ods_style(name: str, inside: str, more: str = "", family: str = "table-cell") -> str:
    return f'<style:style style:name="{name}" style:family="{family}" {more}>{inside}</style:style>'


def ods_of(path: Path, styles: str, cell: str) -> Path:
    rows = [ods_row(TABLE[0]), ods_row(TABLE[1]), f"<table:table-row>{ods_cell('2026-07-02')}{cell}</table:table-row>"]
    before = f"<office:automatic-styles>{styles}</office:automatic-styles>"
    return write_ods(path, ods_table(rows), before=before)


@pytest.mark.parametrize("name", ODS_STYLES)
def test_an_open_document_hides_like_any_other(name: str, tmp_path: Path) -> None:
    cell = ods_cell(SECRET, 'table:style-name="ce1"')
    found = told(ods_of(tmp_path / "a.ods", ods_style("ce1", ODS_STYLES[name]), cell))[1]
    assert found["workbook-unseen-cells"].where.rows == (3,)
    inherited = ods_style("base", ODS_STYLES[name]) + ods_style("ce1", "", 'style:parent-style-name="base"')
    assert "workbook-unseen-cells" in told(ods_of(tmp_path / "b.ods", inherited, cell))[1]


def test_some_letters_of_an_open_document(tmp_path: Path) -> None:
    style = ods_style("T1", ODS_STYLES["white"], family="text")
    cell = (
        '<table:table-cell office:value-type="string"><text:p>Quillstone Ltd <text:span text:style-name="T1">'
        f"{SECRET}</text:span></text:p></table:table-cell>"
    )
    assert told(ods_of(tmp_path / "a.ods", style, cell))[1]["workbook-unseen-cells"].where.rows == (3,)


EMPTY = '<number:text-style style:name="N1"><number:text/></number:text-style>'
FULL = '<number:text-style style:name="N1"><number:text-content/></number:text-style>'


@pytest.mark.parametrize(("format_", "rows"), [(EMPTY, (3,)), (FULL, ())])
def test_a_format_of_an_open_document_that_shows_nothing(format_: str, rows: tuple[int, ...], tmp_path: Path) -> None:
    style = format_ + ods_style("ce1", "", 'style:data-style-name="N1"')
    found = told(ods_of(tmp_path / "a.ods", style, ods_cell(SECRET, 'table:style-name="ce1"')))[1]
    assert tuple(row for f in found.values() for row in f.where.rows) == rows


def test_an_open_document_with_a_comment(tmp_path: Path) -> None:
    cell = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation>'
        "<text:p>Quillstone Ltd</text:p></table:table-cell>"
    )
    assert "comments" in told(ods_of(tmp_path / "a.ods", "", cell))[1]["workbook-leftovers"].what


XML_STYLES = {
    "white": '<Font ss:Color="#FFFFFF"/>',
    "tiny": '<Font ss:Size="1"/>',
    "black on black": '<Font ss:Color="#000000"/><Interior ss:Color="#000000" ss:Pattern="Solid"/>',
    "a format that shows nothing": '<NumberFormat ss:Format=";;;"/>',
}


@pytest.mark.parametrize("name", XML_STYLES)
def test_an_xml_spreadsheet_hides_like_any_other(name: str, tmp_path: Path) -> None:
    styles = f'<Style ss:ID="s1">{XML_STYLES[name]}</Style>'
    hidden = xml_cell(SECRET, 'ss:StyleID="s1"')
    rows = xml_rows(TABLE[:2]) + f"<Row>{xml_cell('2026-07-02')}{hidden}</Row>"
    (tmp_path / "a.xml").write_text(xml_spreadsheet(sheets=xml_sheet(rows), styles=styles), encoding="utf-8")
    assert told(tmp_path / "a.xml")[1]["workbook-unseen-cells"].where.rows == (3,)
