"""Workbooks of four kinds: what they hide, what they leave out, and how they are broken."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt

from packages.model import Verdict
from tests.corpus.case import BLOCKED, HELD, PUBLISH, Case, payments
from tests.packages.reader_examples import ods_row, ods_table, write_ods, write_xlsb, xlsb_sheet

Fill = Callable[[Any, Any], None]
MADE = dt.datetime(2026, 8, 1)  # noqa: DTZ001 - workbooks know no zone


def _typed(table: list[list[object]]) -> list[list[object]]:
    """Amounts as numbers, dates as text: what a system's export holds."""
    head, *rows = table
    return [head, *[[*row[:4], float(str(row[4])), row[5]] for row in rows]]


TABLE = _typed(payments())


def xlsx(fill: Fill = lambda _b, _s: None, down: int = 0) -> bytes:
    box = io.BytesIO()
    with xlsxwriter.Workbook(box, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        sheet = book.add_worksheet("Spend")
        for row, values in enumerate(TABLE, start=down):
            sheet.write_row(row, 0, values)
        fill(book, sheet)
    return box.getvalue()


def _other(hide: Callable[[Any], None]) -> Fill:
    def fill(book: Any, _sheet: Any) -> None:
        sheet = book.add_worksheet("Working")
        sheet.write(0, 0, "x")
        hide(sheet)

    return fill


def _filter(_book: Any, sheet: Any) -> None:
    sheet.autofilter("A1:F13")
    sheet.filter_column("B", "x == Supplier A Ltd")
    sheet.set_row(4, None, None, {"hidden": True})


def _dates(book: Any, sheet: Any) -> None:
    style = book.add_format({"num_format": "dd/mm/yyyy"})
    for row in range(1, 13):
        if row % 2:
            sheet.write_datetime(row, 0, dt.datetime(2026, row, 7), style)  # noqa: DTZ001
        else:
            sheet.write(row, 0, f"{row + 12}/07/2026")


def _true_dates(book: Any, sheet: Any) -> None:
    style = book.add_format({"num_format": "dd/mm/yyyy"})
    for row in range(1, 13):
        sheet.write_datetime(row, 0, dt.datetime(2026, 7, row), style)  # noqa: DTZ001


def _again(_book: Any, sheet: Any) -> None:
    for row, values in enumerate(TABLE, start=16):
        sheet.write_row(row, 0, values)


XLSX: dict[str, tuple[Fill, Verdict, str]] = {
    "plain": (lambda _b, _s: None, PUBLISH, ""),
    "true dates": (_true_dates, PUBLISH, ""),
    "hidden sheet": (_other(lambda s: s.hide()), BLOCKED, "workbook-hidden-sheet"),
    "very hidden sheet": (_other(lambda s: s.very_hidden()), BLOCKED, "workbook-hidden-sheet"),
    "another sheet": (_other(lambda _s: None), PUBLISH, "sheets-left-out"),
    "hidden row": (lambda _b, s: s.set_row(5, None, None, {"hidden": True}), BLOCKED, "workbook-hidden-rows"),
    "flat row": (lambda _b, s: s.set_row(5, 0), BLOCKED, "workbook-hidden-rows"),
    "hidden column": (
        lambda _b, s: s.set_column("D:D", None, None, {"hidden": True}),
        BLOCKED,
        "workbook-hidden-columns",
    ),
    "narrow column": (lambda _b, s: s.set_column("D:D", 0), BLOCKED, "workbook-hidden-columns"),
    "filter": (_filter, BLOCKED, "workbook-filtered-rows"),
    "merged down": (lambda _b, s: s.merge_range("C2:C5", "Environment"), BLOCKED, "workbook-merged-down"),
    "merged across": (lambda _b, s: s.merge_range("A14:F14", "Environment"), BLOCKED, "workbook-merged-across"),
    "error cell": (lambda _b, s: s.write_formula("D3", "=1/0", None, "#DIV/0!"), HELD, "error-cells"),
    "error amount": (lambda _b, s: s.write_formula("E3", "=1/0", None, "#DIV/0!"), BLOCKED, "error-cells"),
    "dates as text": (_dates, HELD, "workbook-dates-as-text"),
    "second table": (_again, BLOCKED, "headings-again"),
    "amount as text": (lambda _b, s: s.write_string("E3", "£1,000.50"), PUBLISH, ""),
    "boolean amount": (lambda _b, s: s.write_boolean("E3", True), BLOCKED, ""),
    "personal data": (lambda _b, s: s.write("D3", "NI AB 12 34 56 C"), BLOCKED, "personal-national-insurance"),
    "shortened": (lambda _b, s: s.write_string("F3", "1.00E+11"), HELD, "number-shortened"),
    "comment": (lambda _b, s: s.write_comment("F3", "look"), PUBLISH, ""),
    "far cell": (lambda _b, s: s.write(1_048_575, 16_383, "x"), BLOCKED, "workbook-far-cell"),
}

PARTS = {
    "xl/pivotCache/pivotCacheRecords1.xml": "workbook-pivot-cache",
    "xl/pivotCache/pivotCacheDefinition1.xml": "workbook-pivot-cache",
    "xl/model/item.data": "workbook-pivot-cache",
    "xl/externalLinks/externalLink1.xml": "workbook-external-links",
    "xl/embeddings/oleObject1.bin": "workbook-embedded-files",
    "xl/revisions/revisionLog1.xml": "workbook-tracked-changes",
}


def changed(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, change(text) if name == part else text)
    return box.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


def modern() -> Iterator[Case]:
    """XLSX."""
    for name, (fill, verdict, rule) in XLSX.items():
        yield Case("xlsx", f"{name}.xlsx", xlsx(fill), verdict, rule)
    plain = xlsx()
    for part, rule in PARTS.items():
        box = io.BytesIO(plain)
        with zipfile.ZipFile(box, "a") as archive:
            archive.writestr(part, "<x/>")
        yield Case("xlsx", f"{part.rpartition('/')[2]}.xlsx", box.getvalue(), BLOCKED, rule)
    titled = xlsx(lambda _b, s: s.write(0, 0, "Payments"), down=3)
    yield Case("xlsx", "title rows.xlsx", titled, PUBLISH, "rows-above-header")
    for part in (SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"):
        content = changed(plain, part, lambda x: x.replace("?>", "?>" + LAUGHS, 1))
        yield Case("xlsx", f"document type in {part.rpartition('/')[2]}.xlsx", content, BLOCKED, "workbook-doctype")
    never = changed(plain, SHEET, lambda x: x.replace('<c r="E3"><v>1017.5</v></c>', '<c r="E3"><f>1</f><v></v></c>'))
    yield Case("xlsx", "never calculated.xlsx", never, BLOCKED, "workbook-formulas-unvalued")
    wide = changed(plain, SHEET, lambda x: x.replace('ref="A1:F13"', 'ref="A1:ZZZZ99999999"'))
    yield Case("xlsx", "impossible size.xlsx", wide, BLOCKED, "workbook-far-cell")
    yield Case("xlsx", "half a sheet.xlsx", changed(plain, SHEET, lambda x: x[: len(x) // 2]), BLOCKED, "file-damaged")
    yield Case("xlsx", "cut.xlsx", plain[: len(plain) // 2], BLOCKED, "file-damaged")
    yield Case("xlsx", "plain.csv", plain, PUBLISH)


def _xls(fill: Fill = lambda _b, _s: None) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Spend", cell_overwrite_ok=True)
    for row, values in enumerate(TABLE):
        for column, value in enumerate(values):
            sheet.write(row, column, value)
    fill(book, sheet)
    box = io.BytesIO()
    book.save(box)
    return box.getvalue()


def _xls_other(visibility: int) -> Fill:
    def fill(book: Any, _sheet: Any) -> None:
        sheet = book.add_sheet("Working")
        sheet.write(0, 0, "x")
        sheet.visibility = visibility

    return fill


def _set(name: str, value: object, of: Callable[[Any], Any]) -> Fill:
    return lambda _book, sheet: setattr(of(sheet), name, value)


def old() -> Iterator[Case]:
    """XLS."""
    yield Case("xls", "plain.xls", _xls(), PUBLISH)
    yield Case("xls", "plain.csv", _xls(), PUBLISH)
    yield Case("xls", "another sheet.xls", _xls(_xls_other(0)), PUBLISH, "sheets-left-out")
    yield Case("xls", "hidden sheet.xls", _xls(_xls_other(1)), BLOCKED, "workbook-hidden-sheet")
    yield Case("xls", "very hidden sheet.xls", _xls(_xls_other(2)), BLOCKED, "workbook-hidden-sheet")
    yield Case("xls", "hidden row.xls", _xls(_set("hidden", True, lambda s: s.row(3))), BLOCKED, "workbook-hidden-rows")
    yield Case(
        "xls", "hidden column.xls", _xls(_set("hidden", True, lambda s: s.col(3))), BLOCKED, "workbook-hidden-columns"
    )
    yield Case(
        "xls", "narrow column.xls", _xls(_set("width", 0, lambda s: s.col(3))), BLOCKED, "workbook-hidden-columns"
    )
    yield Case("xls", "merged down.xls", _xls(lambda _b, s: s.merge(1, 4, 2, 2)), BLOCKED, "workbook-merged-down")
    yield Case("xls", "cut.xls", _xls()[:3000], BLOCKED, "")
    yield Case("xls", "bad amount.xls", _xls(lambda _b, s: s.write(2, 4, "twelve")), BLOCKED, "")


def _made(write: Callable[..., Path], *parts: Any, **words: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "made", *parts, **words).read_bytes()


def free() -> Iterator[Case]:
    """ODS."""
    rows = [ods_row(row) for row in TABLE]
    hidden = (
        '<office:automatic-styles><style:style style:name="t" style:family="table"><style:table-properties '
        'table:display="false"/></style:style></office:automatic-styles>'
    )
    collapsed = [
        *rows[:3],
        rows[3].replace("<table:table-row ", '<table:table-row table:visibility="collapse"'),
        *rows[4:],
    ]
    filtered = [
        *rows[:3],
        rows[3].replace("<table:table-row ", '<table:table-row table:visibility="filter"'),
        *rows[4:],
    ]
    columns = '<table:table-column table:number-columns-repeated="3"/><table:table-column table:visibility="collapse"/>'
    embedded = '<manifest:file-entry manifest:media-type="application/vnd.oasis.opendocument.text"/>'
    merged = [
        rows[0],
        rows[1].replace("<table:table-cell ", '<table:table-cell table:number-rows-spanned="3" ', 1),
        *rows[2:],
    ]
    unvalued = [*rows, '<table:table-row><table:table-cell table:formula="of:=1"/></table:table-row>']
    far = [*rows, ods_row(["x"], 'table:number-rows-repeated="1000000000"')]
    other = ods_table([ods_row(["x"])], "Working", 'table:style-name="t"')
    made: dict[str, tuple[bytes, Verdict, str]] = {
        "plain": (_made(write_ods, ods_table(rows)), PUBLISH, ""),
        "hidden sheet": (_made(write_ods, ods_table(rows), other, before=hidden), BLOCKED, "workbook-hidden-sheet"),
        "hidden row": (_made(write_ods, ods_table(collapsed)), BLOCKED, "workbook-hidden-rows"),
        "filter": (_made(write_ods, ods_table(filtered)), BLOCKED, "workbook-filtered-rows"),
        "hidden column": (_made(write_ods, ods_table(rows, columns=columns)), BLOCKED, "workbook-hidden-columns"),
        "embedded": (_made(write_ods, ods_table(rows), manifest=embedded), BLOCKED, "workbook-embedded-files"),
        "locked": (
            _made(write_ods, ods_table(rows), manifest="<manifest:encryption-data/>"),
            BLOCKED,
            "workbook-protected",
        ),
        "changes": (_made(write_ods, "<table:tracked-changes/>", ods_table(rows)), BLOCKED, "workbook-tracked-changes"),
        "merged down": (_made(write_ods, ods_table(merged)), BLOCKED, "workbook-merged-down"),
        "never calculated": (_made(write_ods, ods_table(unvalued)), BLOCKED, "workbook-formulas-unvalued"),
        "far cell": (_made(write_ods, ods_table(far)), BLOCKED, "workbook-far-cell"),
        "document type": (
            changed(_made(write_ods, ods_table(rows)), "content.xml", lambda x: x.replace("?>", "?>" + LAUGHS, 1)),
            BLOCKED,
            "workbook-doctype",
        ),
        "again": (_made(write_ods, ods_table(rows + rows)), BLOCKED, "headings-again"),
    }
    for name, (content, verdict, rule) in made.items():
        yield Case("ods", f"{name}.ods", content, verdict, rule)


def binary() -> Iterator[Case]:
    """XLSB."""
    good = xlsb_sheet(TABLE)
    other = xlsb_sheet([["x"]])
    made: dict[str, tuple[bytes, Verdict, str]] = {
        "plain": (_made(write_xlsb, good), PUBLISH, ""),
        "another sheet": (_made(write_xlsb, good, other), PUBLISH, "sheets-left-out"),
        "hidden sheet": (_made(write_xlsb, good, other, states=[0, 1]), BLOCKED, "workbook-hidden-sheet"),
        "very hidden sheet": (_made(write_xlsb, good, other, states=[0, 2]), BLOCKED, "workbook-hidden-sheet"),
        "hidden row": (_made(write_xlsb, xlsb_sheet(TABLE, hidden_rows=[4])), BLOCKED, "workbook-hidden-rows"),
        "hidden column": (_made(write_xlsb, xlsb_sheet(TABLE, hidden_columns=[4])), BLOCKED, "workbook-hidden-columns"),
        "pivot": (
            _made(write_xlsb, good, parts=["xl/pivotCache/pivotCacheRecords1.bin"]),
            BLOCKED,
            "workbook-pivot-cache",
        ),
        "embedded": (_made(write_xlsb, good, parts=["xl/embeddings/a.bin"]), BLOCKED, "workbook-embedded-files"),
        "cut": (_made(write_xlsb, good[: len(good) // 2]), BLOCKED, "file-damaged"),
    }
    for name, (content, verdict, rule) in made.items():
        yield Case("xlsb", f"{name}.xlsb", content, verdict, rule)
