"""Small files of kinds that no library here writes, made by hand."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

ODS_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "fo": "xsl-fo-compatible",
        "number": "datastyle",
    }.items()
)
ODS_KIND = "application/vnd.oasis.opendocument.spreadsheet"


def ods_cell(value: object, attributes: str = "") -> str:
    """One cell of an OpenDocument spreadsheet; numbers are numbers, None is an empty cell."""
    if value is None:
        return f"<table:table-cell {attributes}/>"
    if isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    elif str(value)[:4].isdigit() and str(value)[4:5] == "-":
        kind = f'office:value-type="date" office:date-value="{value}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind} {attributes}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def ods_row(values: Sequence[object], attributes: str = "") -> str:
    """One row."""
    return f"<table:table-row {attributes}>{''.join(ods_cell(v) for v in values)}</table:table-row>"


def ods_table(rows: Sequence[str], name: str = "Sheet1", attributes: str = "", columns: str = "") -> str:
    """One sheet of rows made with `ods_row`."""
    return f"<table:table table:name={quoteattr(name)} {attributes}>{columns}{''.join(rows)}</table:table>"


def write_ods(path: Path, *tables: str, before: str = "", manifest: str = "", parts: Sequence[str] = ()) -> Path:
    """A spreadsheet of tables; `before` stands before the body, `manifest` and `parts` are added to the archive."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {ODS_NAMES}>{before}'
        f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_KIND}"/>'
    names = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", ODS_KIND)
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest {names}>{entry}{manifest}</manifest:manifest>")
        archive.writestr("content.xml", content)
        for name in parts:
            archive.writestr(name, "x")
    return path


def _xlsb_record(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(data)
    while length >= 128:
        size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
    return head + size + bytes([length]) + data


def _xlsb_text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb_sheet(
    rows: Sequence[Sequence[object]],
    *,
    hidden_rows: Sequence[int] = (),
    hidden_columns: Sequence[int] = (),
    styles: Sequence[int] = (),
) -> bytes:
    """The records of a sheet; hidden rows and columns count from 1, `styles` is one cell style for each column."""
    width = max(len(row) for row in rows)
    out = _xlsb_record(129) + _xlsb_record(148, struct.pack("<4I", 0, len(rows) - 1, 0, width - 1))
    if hidden_columns:
        columns = (_xlsb_record(60, struct.pack("<4IH", c - 1, c - 1, 2048, 0, 1)) for c in hidden_columns)
        out += _xlsb_record(390) + b"".join(columns) + _xlsb_record(391)
    out += _xlsb_record(145)
    for i, row in enumerate(rows):
        flags = 0x10 if i + 1 in hidden_rows else 0
        out += _xlsb_record(0, struct.pack("<IIHBBBI", i, 0, 300, 0, flags, 0, 0))
        cells = enumerate(row)
        out += b"".join(_xlsb_cell(column, value, styles[column] if styles else 0) for column, value in cells)
    return out + _xlsb_record(146) + _xlsb_record(130)


def xlsb_formats(codes: Sequence[str]) -> bytes:
    """The records of styles: cell style 0 is plain, the others have the number formats in their order."""
    formats = b"".join(_xlsb_record(44, struct.pack("<H", 164 + n) + _xlsb_text(c)) for n, c in enumerate(codes))
    # named styles come first, and are not those of cells
    named = _xlsb_record(626, struct.pack("<I", 1)) + _xlsb_record(47, struct.pack("<HH", 0xFFFF, 164))
    named += _xlsb_record(627)
    styles = b"".join(_xlsb_record(47, struct.pack("<HH", 0, n)) for n in (0, *range(164, 164 + len(codes))))
    formats = _xlsb_record(615, struct.pack("<I", len(codes))) + formats + _xlsb_record(616)
    styles = _xlsb_record(617, struct.pack("<I", len(codes) + 1)) + styles + _xlsb_record(618)
    return _xlsb_record(278) + formats + named + styles + _xlsb_record(279)


def xlsb_looks(fonts: Sequence[tuple[int, bytes]], grounds: Sequence[bytes] = ()) -> bytes:
    """The records of styles: style 0 is plain, style 1 has the first font (height, colour) and the first ground."""
    plain = (220, bytes(8))
    out = _xlsb_record(611, struct.pack("<I", 1 + len(fonts)))
    for height, colour in (plain, *fonts):
        out += _xlsb_record(
            43, struct.pack("<4H4B", height, 0, 400, 0, 0, 0, 0, 0) + colour + b"\0" + _xlsb_text("Arial")
        )
    out += _xlsb_record(612) + _xlsb_record(603, struct.pack("<I", 1 + len(grounds)))
    out += _xlsb_record(45, struct.pack("<I", 0) + bytes(60))
    for colour in grounds:
        out += _xlsb_record(45, struct.pack("<I", 1) + colour + bytes(52))
    out += _xlsb_record(604) + _xlsb_record(617, struct.pack("<I", 2))
    for font, fill in ((0, 0), (1, len(grounds[:1]))):
        out += _xlsb_record(47, struct.pack("<5H6x", 0, 0, font, fill, 0))
    return _xlsb_record(278) + out + _xlsb_record(618) + _xlsb_record(279)


def _xlsb_cell(column: int, value: object, style: int = 0) -> bytes:
    head = struct.pack("<II", column, style)
    if value is None:
        return b""
    if isinstance(value, int | float):
        return _xlsb_record(5, head + struct.pack("<d", value))
    if str(value).startswith("#"):
        return _xlsb_record(3, head + bytes([0x17]))
    return _xlsb_record(6, head + _xlsb_text(str(value)))


def write_xlsb(
    path: Path, *sheets: bytes, states: Sequence[int] = (), parts: Sequence[str] = (), formats: bytes = b""
) -> Path:
    """A binary workbook of sheets called Sheet1, Sheet2 …; a state of 1 hides one."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="worksheets/sheet{n}.bin"/>' for n in range(1, len(sheets) + 1)
    )
    book = _xlsb_record(131) + _xlsb_record(143)
    for n in range(1, len(sheets) + 1):
        state = states[n - 1] if states else 0
        book += _xlsb_record(156, struct.pack("<II", state, n) + _xlsb_text(f"rId{n}") + _xlsb_text(f"Sheet{n}"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/_rels/workbook.bin.rels", f"<Relationships>{relations}</Relationships>")
        archive.writestr("xl/workbook.bin", book + _xlsb_record(144) + _xlsb_record(132))
        for n, sheet in enumerate(sheets, start=1):
            archive.writestr(f"xl/worksheets/sheet{n}.bin", sheet)
        if formats:
            archive.writestr("xl/styles.bin", formats)
        for name in parts:
            archive.writestr(name, "x")
    return path


SPREADSHEET_NAMES = (
    'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)


def xml_cell(value: object, attributes: str = "") -> str:
    """One cell of an XML spreadsheet; None is an empty cell."""
    if value is None:
        return f"<Cell {attributes}/>"
    kind = "Number" if isinstance(value, int | float) else "String"
    if str(value)[:2] == "20" and "T" in str(value):
        kind = "DateTime"
    return f'<Cell {attributes}><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>'


def xml_rows(rows: Sequence[Sequence[object]], attributes: str = "") -> str:
    """Rows of an XML spreadsheet."""
    return "".join(f"<Row {attributes}>{''.join(map(xml_cell, row))}</Row>" for row in rows)


def xml_sheet(rows: str, name: str = "Sheet1", *, hidden: bool = False, columns: str = "", after: str = "") -> str:
    """A worksheet of rows made with `xml_rows`."""
    options = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>" if hidden else ""
    return f"<Worksheet ss:Name={quoteattr(name)}><Table>{columns}{rows}</Table>{options}{after}</Worksheet>"


def xml_spreadsheet(rows: Sequence[Sequence[object]] = (), sheets: str = "", styles: str = "") -> str:
    """An XML spreadsheet of Excel 2003: one sheet of rows, or sheets made with `xml_sheet`."""
    body = sheets or xml_sheet(xml_rows(rows))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        f"<Workbook {SPREADSHEET_NAMES}><Styles>{styles}</Styles>{body}</Workbook>"
    )


SQUARE = [[531000, 181000], [531000, 181200], [531200, 181200], [531200, 181000], [531000, 181000]]
"""A ring that runs clockwise, as outer rings of ESRI do, on the National Grid."""


def esri_json(count: int = 3, geometry: object = None, **more: object) -> str:
    """The answer of an ArcGIS server with some features."""
    names = {"name": "esriFieldTypeString", "opened": "esriFieldTypeDate"}
    features = [
        {"attributes": {"name": f"Area {n}", "opened": 1_782_860_400_000}, "geometry": geometry or {"rings": [SQUARE]}}
        for n in range(count)
    ]
    layer = {
        "displayFieldName": "name",
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 27700},
        "fields": [{"name": name, "type": kind, "alias": name.title()} for name, kind in names.items()],
        "features": features,
    }
    return json.dumps(layer | more)
