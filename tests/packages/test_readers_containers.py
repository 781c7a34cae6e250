"""Files that come under a wrong name, or in a form that is read by few: read rightly, or called by their own name."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path

import pytest

from packages.errors import FileProblem
from packages.fetch import extract_file
from packages.model import Finding, Rows, Severity
from packages.read import read
from packages.spec import ReadingSpec
from tests.corpus.case import HEADINGS, as_csv, payments
from tests.packages.reader_examples import (
    SQUARE,
    esri_json,
    xml_cell,
    xml_rows,
    xml_sheet,
    xml_spreadsheet,
)
from tests.packages.test_readers_csv import findings, table

pytestmark = pytest.mark.usefixtures("readers_in_process")

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
KNOWN = frozenset(heading.replace("_", "") for heading in HEADINGS)


def reading(content: bytes | str, tmp_path: Path, known: frozenset[str] = KNOWN) -> Rows:
    path = tmp_path / "file.xls"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(extract_file(path, store=None, now=NOW), ReadingSpec(), known)


def refused(content: bytes | str, tmp_path: Path) -> str:
    with pytest.raises(FileProblem) as caught:
        table(reading(content, tmp_path))
    return f"{caught.value.what} {caught.value.fix}"


def html(rows: list[list[object]], tag: str = "td") -> str:
    return "<table>" + "".join(f"<tr>{''.join(f'<{tag}>{c}</{tag}>' for c in row)}</tr>" for row in rows) + "</table>"


# --- called by their own name -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        html(payments()),
        f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><body>{html(payments())}</body></html>',
        f"<!DOCTYPE html><html><head><meta charset=utf-8><style>td {{}}</style></head><body>{html(payments())}",
        f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><style>{"td {}" * 3_000}</style>{html(payments())}',
        f"<!-- export --><HTML><BODY><TABLE border=1>{html(payments())}</TABLE></BODY></HTML>",
    ],
)
def test_a_table_in_html(page: str, tmp_path: Path) -> None:
    said = refused(page, tmp_path)
    assert "This is a table in HTML" in said
    assert "XLSX" in said


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><h1>Not found</h1></body></html>",
        "<html><form action=/login><table><tr><td>Password<td><input type=password></table></form></html>",
        f"<!doctype html><html><head><script>var a</script></head><body><nav></nav>{html(payments())}</body></html>",
    ],
)
def test_a_page_for_people_is_still_a_web_page(page: str, tmp_path: Path) -> None:
    assert "This is a web page, not data" in refused(page, tmp_path)


SYLK = 'ID;PWXL;N;E\r\nP;PGeneral\r\nB;Y3;X2\r\nC;Y1;X1;K"Paid"\r\nC;X2;K"Amount"\r\nC;Y2;X1;K46112\r\nE\r\n'
BOUNDARY = 'Content-Type: multipart/related; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n'


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SYLK, "a SYLK file"),
        (SYLK.replace("\r\n", "\n").replace("ID;PWXL;N;E", "ID;PCALCOOO32"), "a SYLK file"),
        (f"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n{BOUNDARY}{html(payments())}", "a web archive (MHTML)"),
        (f"From: <Saved by Blink>\r\nSubject: x\r\nMIME-Version: 1.0\r\n{BOUNDARY}", "a web archive (MHTML)"),
        (f"{BOUNDARY}{html(payments())}", "a web archive (MHTML)"),
        ('TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n0,2\r\n""\r\n', "a DIF file"),
        (b"$FL2@(#) SPSS DATA FILE" + b"\0" * 60, "an SPSS file"),
        (b"<stata_dta><header><release>118</release>", "a Stata file"),
        (b"\x72\x02\x01\x00" + b"\0" * 200, "a Stata file"),
        (b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14" + b"\0" * 90, "a SAS file"),
        (b"\0\x01\0\0Standard Jet DB\0" + b"\0" * 90, "an Access database"),
        (b"\0\x01\0\0Standard ACE DB\0" + b"\0" * 90, "an Access database"),
        (rb"{\rtf1\ansi Payments}", "a document of a word processor"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "a picture"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "an archive of a kind that is not supported"),
        (b"Rar!\x1a\x07\x01\x00", "an archive of a kind that is not supported"),
        (b"x.csv" + b"\0" * 252 + b"ustar\x0000", "an archive of a kind that is not supported"),
        (b"!table\r\n!version 300\r\n!charset WindowsLatin1\r\n", "a MapInfo map"),
    ],
)
def test_other_kinds_are_named(content: bytes | str, name: str, tmp_path: Path) -> None:
    assert name in refused(content, tmp_path)


@pytest.mark.parametrize("text", ["ID;Price;Name\nC;Yellow;x\n", "ID;P;N\nB;X;1\n", "Table,b\n0,1\n", "MIME,b\n1,2\n"])
def test_headings_that_begin_like_another_kind_are_headings(text: str, tmp_path: Path) -> None:
    assert len(table(reading(text, tmp_path))) == 1


def dbase() -> bytes:
    head = bytes([3, 126, 7, 1]) + (1).to_bytes(4, "little") + (65).to_bytes(2, "little") + (11).to_bytes(2, "little")
    return head + bytes(20) + b"NAME\0\0\0\0\0\0\0C" + bytes(4) + bytes([10]) + bytes(15) + b"\r" + b" " + b"x" * 10


def test_the_table_of_a_shapefile_alone(tmp_path: Path) -> None:
    assert "a dBASE table (DBF)" in refused(dbase(), tmp_path)


@pytest.mark.parametrize("parts", [("a.dbf", "a.shx"), ("a.DBF", "a.prj"), ("map/a.dbf", "map/a.cpg", "map/a.shx")])
def test_a_shapefile_without_its_shapes(parts: tuple[str, ...], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "parts.zip", "w") as archive:
        for part in parts:
            archive.writestr(part, dbase())
    assert "A shapefile has several parts" in refused((tmp_path / "parts.zip").read_bytes(), tmp_path)


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        ("WordDocument", "an old Word document"),
        ("PowerPoint Document", "a presentation"),
        ("__substg1.0_", "a message"),
    ],
)
def test_other_files_in_the_container_of_old_workbooks(stream: str, name: str, tmp_path: Path) -> None:
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    head[30:32], head[48:52] = (9).to_bytes(2, "little"), (40).to_bytes(4, "little")
    directory = stream.encode("utf-16-le").ljust(128, b"\0")
    assert name in refused(bytes(head) + bytes(40 * 512) + directory, tmp_path)


# --- answers of servers that are errors -------------------------------------------------------------------------------


OGC = '<ServiceException code="LayerNotDefined">Layer <![CDATA[not]]> found</ServiceException>'


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (f'<?xml version="1.0"?><ServiceExceptionReport version="1.2.0">{OGC}</ServiceExceptionReport>', "not found"),
        (
            f'<ogc:ServiceExceptionReport xmlns:ogc="http://www.opengis.net/ogc">{OGC}</ogc:ServiceExceptionReport>',
            "Layer",
        ),
        (
            '<?xml version="1.0"?>\n<!-- x --><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1">'
            '<ows:Exception exceptionCode="InvalidParameterValue"><ows:ExceptionText>Unknown type &lt;a&gt;'
            "</ows:ExceptionText></ows:Exception></ows:ExceptionReport>",
            "Unknown type <a>",
        ),
        (
            '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
            "<faultcode>soap:Server</faultcode><faultstring>Timed out</faultstring></soap:Fault></soap:Body>"
            "</soap:Envelope>",
            "“Timed out”",
        ),
        (
            "<Error><Code>AccessDenied</Code><Message>Expired</Message><RequestId>9</RequestId></Error>",
            "“AccessDenied Expired”",
        ),
        ('{"error": {"code": 400, "message": "Invalid URL", "details": []}}', "“400 Invalid URL”"),
        (
            '{"success": false, "error": {"__type": "Not Found Error", "message": "Not found"}, "help": "x"}',
            "Not found",
        ),
        ('{"version": "1.0.0", "exceptions": [{"code": "x", "text": "No such layer"}]}', "No such layer"),
        ('{"message": "API rate limit", "status": 429}', "API rate limit"),
        ('{"success": false, "help": "say “more”"}', 'say "more"'),
    ],
)
def test_the_error_of_a_server_is_told_in_its_words(answer: str, words: str, tmp_path: Path) -> None:
    said = refused(answer, tmp_path)
    assert "The server answered with an error" in said
    assert "Nothing was received" in said
    assert words in said


def test_the_words_of_a_server_are_short_and_not_in_the_text_of_the_exception(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        reading(f"<ServiceException>secret {'words ' * 999}</ServiceException>", tmp_path)
    assert len(caught.value.what) < 300
    assert "secret" not in str(caught.value)


# --- JSON in other forms ----------------------------------------------------------------------------------------------

RECORDS = [dict(zip(HEADINGS, row, strict=True)) for row in payments()[1:]]
FIELDS = [{"id": "_id", "type": "int"}, *({"id": name, "type": "text"} for name in HEADINGS)]
SOCRATA = [{"name": "sid", "dataTypeName": "meta_data"}, *({"name": name, "id": 7} for name in HEADINGS)]
NUMBERED = [{"_id": n, **record} for n, record in enumerate(RECORDS)]


@pytest.mark.parametrize(
    "document",
    [
        {"fields": FIELDS[1:], "records": RECORDS},
        {"fields": FIELDS, "records": NUMBERED},
        {"records": NUMBERED, "fields": FIELDS},
        {"fields": FIELDS, "records": [[*record.values()] for record in NUMBERED]},
        {"records": [[*record.values()] for record in NUMBERED], "fields": FIELDS},
        {"help": "x", "success": True, "result": {"fields": FIELDS, "records": NUMBERED, "total": 12, "_links": {}}},
        {"fields": [{"id": name, "supplier": "x"} for name in HEADINGS], "records": [[*r.values()] for r in RECORDS]},
        {"meta": {"columns": [{"name": "x"}]}, "data": {"other": [{"a": 1}] * 99, "items": RECORDS}},
        {"contacts": [{"name": "a", "phone": "b"}], "payments": RECORDS},
        {"odata.metadata": "x", "value": RECORDS},
        {"meta": {"view": {"columns": SOCRATA}}, "data": [["row-1", *record.values()] for record in RECORDS]},
        {"data": [["row-1", *record.values()] for record in RECORDS], "meta": {"view": {"columns": SOCRATA}}},
    ],
)
def test_the_list_whose_records_know_most_headings_is_read(document: object, tmp_path: Path) -> None:
    rows = reading(json.dumps(document), tmp_path)
    assert rows.columns == HEADINGS
    assert [list(row[1:]) for row in table(rows)] == payments()[1:]
    assert findings(rows) == {}


def test_a_table_of_an_arcgis_server_without_shapes(tmp_path: Path) -> None:
    features = [{"attributes": record} for record in RECORDS]
    rows = reading(json.dumps({"features": features}), tmp_path)
    assert [list(row[1:]) for row in table(rows)] == payments()[1:]
    part = reading(json.dumps({"exceededTransferLimit": True, "features": features}), tmp_path)
    assert findings(part)["features-left-out"].severity is Severity.BLOCK


def test_a_page_of_a_datastore_is_not_the_whole(tmp_path: Path) -> None:
    answer = {"success": True, "result": {"fields": FIELDS, "records": NUMBERED, "total": 240}}
    assert findings(reading(json.dumps(answer), tmp_path))["features-left-out"].severity is Severity.BLOCK


@pytest.mark.parametrize("document", [{"a": [[1, 2]]}, {"fields": FIELDS, "records": [[1, 2]]}, {"a": {"b": {"c": 1}}}])
def test_lists_without_names_are_no_table(document: object, tmp_path: Path) -> None:
    assert "no list of records" in refused(json.dumps(document), tmp_path)


@pytest.mark.parametrize("between", ["\n", "", "\r\n\r\n"])
def test_objects_one_after_the_other(between: str, tmp_path: Path) -> None:
    rows = reading(between.join(json.dumps(record, indent=2) for record in RECORDS), tmp_path)
    assert [list(row[1:]) for row in table(rows)] == payments()[1:]


# --- ESRI JSON --------------------------------------------------------------------------------------------------------


def test_esri_json_is_read(tmp_path: Path) -> None:
    rows = reading(esri_json(), tmp_path)
    found = table(rows)
    assert rows.columns == ("name", "opened", "geometry")
    assert [row[1:3] for row in found] == [(f"Area {n}", "2026-06-30T23:00:00Z") for n in range(3)]
    assert str(found[0][3]).startswith("MULTIPOLYGON (((-0.11")
    assert "British National Grid, 3 features" in rows.how_read


def test_holes_and_parts_of_esri_json(tmp_path: Path) -> None:
    hole = [[531050, 181050], [531100, 181050], [531100, 181100], [531050, 181050]]
    far = [[x + 5_000, y] for x, y in SQUARE]
    rows = reading(esri_json(1, {"rings": [hole, SQUARE, far]}), tmp_path)
    ((*_, wkt),) = table(rows)
    assert str(wkt).count("((") == 2
    assert str(wkt).count("(") == 6


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [
        ({"x": 531000, "y": 181000}, "POINT"),
        ({"points": [[531000, 181000]]}, "MULTIPOINT"),
        ({"paths": [[[531000, 181000], [531100, 181000]]]}, "MULTILINESTRING"),
    ],
)
def test_other_geometries_of_esri_json(geometry: dict[str, object], kind: str, tmp_path: Path) -> None:
    assert str(table(reading(esri_json(1, geometry), tmp_path))[0][3]).startswith(kind)


def test_curves_and_missing_features_of_esri_json_stop_the_file(tmp_path: Path) -> None:
    curves = {"curveRings": [[[0, 0], {"c": [[1, 1], [2, 2]]}]]}
    assert "shape-broken" in findings(reading(esri_json(2, curves), tmp_path))
    found = findings(reading(esri_json(exceededTransferLimit=True), tmp_path))
    assert found["features-left-out"].severity is Severity.BLOCK


# --- XML spreadsheets -------------------------------------------------------------------------------------------------


FAR = xml_cell(1, 'ss:Index="900"')


def told(sheets: str, tmp_path: Path, styles: str = "") -> dict[str, Finding]:
    return findings(reading(xml_spreadsheet(sheets=sheets, styles=styles), tmp_path))


def test_an_xml_spreadsheet_is_read(tmp_path: Path) -> None:
    rows = reading(xml_spreadsheet(payments()), tmp_path)
    assert rows.how_read == "XML spreadsheet (Excel 2003), sheet “Sheet1”, headings on row 1"
    assert [list(row[1:]) for row in table(rows)] == payments()[1:]
    assert findings(rows) == {}


def test_kinds_of_cells_and_places_of_an_xml_spreadsheet(tmp_path: Path) -> None:
    date = '<Style ss:ID="d"><NumberFormat ss:Format="dd/mm/yyyy"/></Style><Style ss:ID="e" ss:Parent="d"/>'
    styled = 'ss:StyleID="e"'
    body = (
        xml_rows([["Paid", "Supplier", "Amount", "Note"]])
        + '<Row ss:Index="4">'
        + xml_cell("2026-07-01T00:00:00.000", 'ss:StyleID="d"')
        + xml_cell("Café & <Co>", 'ss:Index="2"')
        + xml_cell(1234.5)
        + '<Cell><Data ss:Type="String">a<B>b</B></Data><Comment><Data>c</Data></Comment></Cell></Row>'
        + xml_rows([["2026-07-02T13:30:00.000", "x", 7, None]])
        + f"<Row>{xml_cell(46204, styled)}</Row>"
    )
    rows = reading(xml_spreadsheet(sheets=xml_sheet(body), styles=date), tmp_path)
    assert table(rows) == [
        (4, "2026-07-01", "Café & <Co>", "1234.5", "ab"),
        (5, "2026-07-02T13:30:00", "x", "7", ""),
        (6, "2026-07-01", "", "", ""),
    ]


def test_what_an_xml_spreadsheet_hides_stops_it(tmp_path: Path) -> None:
    good = xml_rows(payments())
    hidden = xml_rows([payments()[1]], 'ss:Hidden="1"')
    narrow = '<Column ss:Index="3" ss:Hidden="1"/>'
    assert "workbook-hidden-rows" in told(xml_sheet(good + hidden), tmp_path)
    assert "workbook-hidden-columns" in told(xml_sheet(good, columns=narrow), tmp_path)
    two = xml_sheet(good, "A") + xml_sheet(good, "B", hidden=True)
    assert "workbook-hidden-sheet" in told(two, tmp_path)
    filtered = '<AutoFilter x:Range="R1C1:R9C6"><AutoFilterColumn x:Type="All"/></AutoFilter>'
    assert "workbook-filtered-rows" in told(xml_sheet(good + hidden, after=filtered), tmp_path)
    merged = good + "<Row>" + xml_cell("2026-07-30", 'ss:MergeDown="1"') + "</Row>"
    assert "workbook-merged-down" in told(xml_sheet(merged), tmp_path)
    formula = good + '<Row><Cell ss:Formula="=R[-1]C"/></Row>'
    assert "workbook-formulas-unvalued" in told(xml_sheet(formula), tmp_path)
    error = good + '<Row><Cell ss:Index="4"><Data ss:Type="Error">#REF!</Data></Cell></Row>'
    assert "error-cells" in told(xml_sheet(error), tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (xml_spreadsheet(payments())[:-200], "damaged or cut off"),
        (xml_spreadsheet(payments()).replace("<Workbook", "<!DOCTYPE a [<!ENTITY b 'c'>]><Workbook"), "document type"),
        (xml_spreadsheet([["a"], ["2026-99-01T00:00:00"]]), "damaged or cut off"),
        (xml_spreadsheet(sheets=xml_sheet(xml_rows([["a"]]) + f'<Row ss:Index="1048576">{FAR}</Row>')), "far below"),
    ],
)
def test_an_xml_spreadsheet_that_cannot_be_read(content: str, words: str, tmp_path: Path) -> None:
    assert words in refused(content, tmp_path)


def test_a_csv_file_is_still_a_csv_file(tmp_path: Path) -> None:
    assert len(table(reading(as_csv(payments()), tmp_path))) == 12
