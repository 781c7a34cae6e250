"""Workbooks that show or hide something else, and files of another kind than their name says."""

from __future__ import annotations

import datetime as dt
import gzip
import html
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

from tests.packages.test_readers_geopackage import TABLES
from tests.truth.damage_numbers import with_amounts
from tests.truth.kinds import Unfit, damage, one_of, some_rows
from tests.truth.pipeline import Arrival
from tests.truth.tables import TrueTable

MADE = dt.datetime(2026, 8, 1)  # noqa: DTZ001 - workbooks know no zone
Typed = list[list[object]]


def typed(table: TrueTable) -> Typed:
    """The rows with true dates and numbers, as a system writes them into a workbook."""
    kinds = [field.type for field in table.fields]

    def value(text: str, kind: str) -> object:
        if not text:
            return None
        if kind == "date":
            return dt.date.fromisoformat(text)
        return float(text) if kind in ("number", "integer") else text

    return [[value(text, kind) for text, kind in zip(row, kinds, strict=True)] for row in table.rows]


def workbook(
    table: TrueTable,
    rows: Typed | None = None,
    sheets: dict[str, Typed] | None = None,
    change: Callable[[Any, Any], None] = lambda _book, _sheet: None,
) -> bytes:
    """A workbook of one sheet or several, each with the headings of the table."""
    box = io.BytesIO()
    with xlsxwriter.Workbook(box, {"in_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"created": MADE})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, records in (sheets or {"Data": rows or typed(table)}).items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, table.names)
            for number, record in enumerate(records, start=1):
                for column, cell in enumerate(record):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    elif cell is not None:
                        sheet.write(number, column, cell, day if isinstance(cell, dt.date) else None)
        change(book, book.worksheets()[0])
    return box.getvalue()


@damage("workbooks", "A sheet for each month, all with the same headings")
def sheet_per_month(table: TrueTable, rng: Random) -> Arrival:
    rows, cut = typed(table), rng.randint(5, len(table.rows) - 5)
    sheets = {"July 2026": rows[:cut], "August 2026": rows[cut:]}
    return Arrival("table.xlsx", workbook(table, sheets=sheets), table)


@damage("workbooks", "Codes whose zeros are only in the number format")
def zeros_by_format(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.free_codes, rng)
    truth = table.with_column(name, [f"{17 + 3 * n:07}" for n in range(len(table.rows))])
    rows, column = typed(truth), truth.names.index(name)

    def change(book: Any, sheet: Any) -> None:
        style = book.add_format({"num_format": "0000000"})
        for number, row in enumerate(rows, start=1):
            sheet.write_number(number, column, int(str(row[column])), style)

    return Arrival("table.xlsx", workbook(truth, rows, change=change), truth)


def _formatted(table: TrueTable, rng: Random, code: str, change_value: Callable[[float], float]) -> Arrival:
    truth, name = with_amounts(table, rng)
    chosen, rows, column = some_rows(truth, rng), typed(truth), truth.names.index(name)

    def change(book: Any, sheet: Any) -> None:
        style = book.add_format({"num_format": code})
        for row in chosen:
            sheet.write_number(row + 1, column, change_value(float(str(rows[row][column]))), style)

    content = workbook(truth, rows, change=change)
    return Arrival("table.xlsx", content, truth, frozenset(row + 2 for row in chosen))


@damage("workbooks", "Percentages in a column of amounts")
def percent_format(table: TrueTable, rng: Random) -> Arrival:
    return _formatted(table, rng, rng.choice(["0%", "0.00%"]), lambda _: 0.2)


@damage("workbooks", "Amounts in another currency by their number format")
def currency_format(table: TrueTable, rng: Random) -> Arrival:
    return _formatted(table, rng, rng.choice(["[$€-407]#,##0.00", '"$"#,##0.00', "[$EUR] 0.00"]), lambda x: x)


@damage("workbooks", "Hidden rows")
def hidden_rows(table: TrueTable, rng: Random) -> Arrival:
    chosen = some_rows(table, rng)

    def change(_book: Any, sheet: Any) -> None:
        for row in chosen:
            sheet.set_row(row + 1, None, None, {"hidden": True})

    return Arrival("table.xlsx", workbook(table, change=change), table, frozenset(row + 2 for row in chosen))


@damage("workbooks", "A hidden column or sheet")
def hidden_parts(table: TrueTable, rng: Random) -> Arrival:
    def change(book: Any, sheet: Any) -> None:
        if rng.random() < 0.5:
            filled = [n for n, field in enumerate(table.fields) if table.is_filled(field.name)]
            column = rng.choice(filled)
            sheet.set_column(column, column, None, None, {"hidden": True})
        else:
            other = book.add_worksheet("Working")
            other.write(0, 0, "not for the public")
            other.hide()

    return Arrival("table.xlsx", workbook(table, change=change), table)


@damage("workbooks", "Cells of several rows merged into one")
def merged_down(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.texts, rng)
    column, first = table.names.index(name), rng.randint(1, len(table.rows) - 4)

    def change(_book: Any, sheet: Any) -> None:
        sheet.merge_range(first, column, first + 2, column, table.rows[first - 1][column])

    rows = frozenset(range(first + 1, first + 4))
    return Arrival("table.xlsx", workbook(table, change=change), table, rows)


@damage("workbooks", "Formulas that were never calculated, or with an error")
def formulas(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_amounts(table, rng)
    column, chosen = truth.names.index(name), some_rows(truth, rng)
    error = rng.choice(["#REF!", "#N/A", "#DIV/0!"])

    def change(_book: Any, sheet: Any) -> None:
        for row in chosen:
            sheet.write_formula(row + 1, column, "=1/0", None, error)

    return Arrival("table.xlsx", workbook(truth, change=change), truth, frozenset(row + 2 for row in chosen))


@damage("workbooks", "True dates beside dates as text (American settings)")
def dates_beside_texts(table: TrueTable, rng: Random) -> Arrival:
    required = tuple(f.name for f in table.fields if f.name in table.dates and all(table.column(f.name)))
    name = one_of(required, rng)
    days = sorted(dt.date(2026, rng.randint(1, 10), rng.randint(1, 28)) for _ in table.rows)
    truth = table.with_column(name, [day.isoformat() for day in days])
    column, rows = truth.names.index(name), typed(truth)
    for row, day in zip(rows, days, strict=True):
        row[column] = dt.date(day.year, day.day, day.month) if day.day <= 12 else f"{day:%d/%m/%Y}"
    kinds = {type(row[column]) for row in rows}
    if len(kinds) < 2:
        raise Unfit
    return Arrival("table.xlsx", workbook(truth, rows), truth)


@damage("workbooks", "References of 16 digits and more, kept as numbers")
def long_numbers(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.free_codes, rng)
    codes = [str(4_929_000_000_000_000_000 + 7_654_321_017 * n + rng.randint(1, 998)) for n in range(len(table.rows))]
    truth = table.with_column(name, codes)
    rows, column = typed(truth), truth.names.index(name)
    for row in rows:
        # fifteen digits is what a spreadsheet keeps
        row[column] = float(str(row[column])[:15] + "0000")
    return Arrival("table.xlsx", workbook(truth, rows), truth)


def as_html(table: TrueTable) -> str:
    """The table as an HTML table, as many systems export it under the name .xls."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>\n"
        for row in (table.names, *table.rows)
    )
    return f"<html><head><meta charset='utf-8'></head><body><table>{rows}</table></body></html>"


@damage("containers", "A web table with the name of a workbook (.xls)")
def html_as_xls(table: TrueTable, _rng: Random) -> Arrival:
    return Arrival("table.xls", as_html(table).encode(), table)


@damage("containers", "A web archive (MHTML) with the name of a workbook")
def mhtml_as_xls(table: TrueTable, _rng: Random) -> Arrival:
    head = 'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="----=_Next"\r\n\r\n'
    part = "------=_Next\r\nContent-Location: file:///C:/x/sheet.htm\r\nContent-Type: text/html\r\n\r\n"
    return Arrival("table.xls", f"{head}{part}{as_html(table)}\r\n------=_Next--\r\n".encode(), table)


@damage("containers", "A login page in place of the file")
def login_page(table: TrueTable, _rng: Random) -> Arrival:
    page = (
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form><input type=password></form></body></html>"
    )
    return Arrival("table.csv", page.encode(), table)


@damage("containers", "A symbolic link file (SYLK)")
def sylk(table: TrueTable, _rng: Random) -> Arrival:
    lines = ["ID;PWXL;N;E"]
    for y, row in enumerate((table.names, *table.rows), start=1):
        lines += [f'C;Y{y};X{x};K"{cell}"' for x, cell in enumerate(row, start=1)]
    return Arrival("table.slk", "\r\n".join([*lines, "E"]).encode(), table)


@damage("containers", "XML Spreadsheet 2003")
def spreadsheet_2003(table: TrueTable, _rng: Random) -> Arrival:
    def cell(text: str, kind: str) -> str:
        if not text:
            return "<Cell/>"
        shown = {"date": ("DateTime", f"{text}T00:00:00.000"), "number": ("Number", text)}.get(kind, ("String", text))
        return f'<Cell><Data ss:Type="{shown[0]}">{html.escape(shown[1], quote=False)}</Data></Cell>'

    kinds = [field.type for field in table.fields]
    head = "".join(cell(name, "string") for name in table.names)
    rows = "".join(
        f"<Row>{''.join(cell(text, kind) for text, kind in zip(row, kinds, strict=True))}</Row>\n" for row in table.rows
    )
    text = (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Data"><Table>'
        f"<Row>{head}</Row>\n{rows}</Table></Worksheet></Workbook>"
    )
    return Arrival("table.xls", text.encode(), table)


def records(table: TrueTable) -> list[dict[str, str]]:
    """The rows as objects."""
    return [dict(zip(table.names, row, strict=True)) for row in table.rows]


@damage("containers", "A dump of CKAN’s datastore, or an answer of its interface")
def ckan_answers(table: TrueTable, rng: Random) -> Arrival:
    fields = [{"id": "_id", "type": "int"}, *({"id": name, "type": "text"} for name in table.names)]
    if rng.random() < 0.5:
        rows = [[n, *row] for n, row in enumerate(table.rows, start=1)]
        return Arrival("table.json", json.dumps({"fields": fields, "records": rows}).encode(), table)
    result = {"fields": fields, "records": [{"_id": n, **row} for n, row in enumerate(records(table), start=1)]}
    return Arrival("table.json", json.dumps({"success": True, "result": result}).encode(), table)


@damage("containers", "The records in a list within other objects")
def nested_records(table: TrueTable, rng: Random) -> Arrival:
    about = {"title": "Open data", "fields": [{"name": name, "kind": "text"} for name in table.names]}
    content = {"meta": about, "data": {rng.choice(["items", "rows", "results"]): records(table)}}
    return Arrival("table.json", json.dumps(content).encode(), table)


@damage("containers", "The answer of a server that it cannot serve")
def service_errors(table: TrueTable, rng: Random) -> Arrival:
    report = '<?xml version="1.0"?><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="2.0.0">'
    report += (
        '<ows:Exception exceptionCode="InvalidParameterValue"><ows:ExceptionText>Unknown layer</ows:ExceptionText>'
    )
    answers = {
        "table.gml": f"{report}</ows:Exception></ows:ExceptionReport>",
        "table.xml": '<ServiceExceptionReport version="1.3.0"><ServiceException>Unknown layer</ServiceException>'
        "</ServiceExceptionReport>",
        "table.json": '{"error":{"code":400,"message":"Invalid or missing input parameters.","details":[]}}',
        "answer.json": '{"success": false, "error": {"message": "Not found", "__type": "Not Found Error"}}',
    }
    name = rng.choice(list(answers))
    return Arrival(name, answers[name].encode(), table)


@damage("containers", "A document, a picture, an empty file")
def no_table(table: TrueTable, rng: Random) -> Arrival:
    contents = [
        b"",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"{\\rtf1\\ansi Payments}",
    ]
    return Arrival("table.csv", rng.choice(contents), table)


@damage("containers", "An archive with two tables of the same kind")
def archive_of_two(table: TrueTable, rng: Random) -> Arrival:
    box, cut = io.BytesIO(), rng.randint(5, len(table.rows) - 5)
    with zipfile.ZipFile(box, "w") as archive:
        for name, rows in (("july.csv", table.rows[:cut]), ("august.csv", table.rows[cut:])):
            archive.writestr(name, TrueTable(table.spec, rows).as_csv())
    return Arrival("table.zip", box.getvalue(), table)


@damage("containers", "A compressed file that is cut off")
def half_an_archive(table: TrueTable, rng: Random) -> Arrival:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.csv", table.as_csv())
    content = rng.choice([box.getvalue(), gzip.compress(table.as_csv()), workbook(table)])
    return Arrival("table.zip", content[: len(content) * 2 // 3], table)


@damage("containers", "Two layers of a map, an older and a newer one")
def two_layers(table: TrueTable, rng: Random) -> Arrival:
    import sqlite3

    def write(database: sqlite3.Connection, layer: str, rows: Sequence[Sequence[str]]) -> None:
        columns = ", ".join(f'"{name}" TEXT' for name in table.names)
        database.execute(f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY, {columns})')
        database.execute("INSERT INTO gpkg_contents VALUES (?, 'attributes', ?, 0)", (layer, layer))
        marks = ", ?" * len(table.names)
        database.executemany(f'INSERT INTO "{layer}" VALUES (NULL{marks})', rows)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.gpkg"
        with sqlite3.connect(path) as database:
            database.executescript(TABLES)
            write(database, "places_2020", table.rows[: rng.randint(5, len(table.rows) - 1)])
            write(database, "places_2026", table.rows)
        database.close()
        return Arrival("table.gpkg", path.read_bytes(), table)
