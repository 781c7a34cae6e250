"""Turn an XML spreadsheet (Excel 2002 and 2003) into an XLSX workbook, which is then inspected and read like any other.

Values, kinds and number formats of cells, merged cells, and all that is hidden or that nobody sees come through; other
looks and formulas do not.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from packages.readers.workbooks.inspection import column_letters
from packages.readers.workbooks.visibility import Look, hex_colour, hidden_by_format
from packages.readers.xml_safety import local_name, run_parser
from packages.refusal import refusal

DAY_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001
"""The day from which spreadsheets count."""

FORMATS = {
    "General": "General", "General Number": "General", "General Date": "yyyy-mm-dd hh:mm", "Long Date": "yyyy-mm-dd",
    "Medium Date": "yyyy-mm-dd", "Short Date": "yyyy-mm-dd", "Long Time": "hh:mm:ss", "Medium Time": "hh:mm",
    "Short Time": "hh:mm", "Currency": "#,##0.00", "Euro Currency": "[$€-2] #,##0.00", "Fixed": "0.00",
    "Standard": "#,##0.00", "Percent": "0.00%", "Scientific": "0.00E+00", "Yes/No": "General",
    "True/False": "General", "On/Off": "General",
}  # fmt: skip
"""Number formats that an XML spreadsheet calls by a name."""

NOTHING = ";;;"
"""The format that shows nothing."""

DATE, DATE_TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
_IS_DATE_FORMAT = re.compile(r"[ymdhs]", re.IGNORECASE)

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass
class _Sheet:
    """One worksheet, as elements of an XLSX worksheet."""

    name: str
    state: str = "visible"
    columns: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    is_filtered: bool = False

    def write(self, archive: zipfile.ZipFile, number: int) -> None:
        """Write the worksheet into the archive of an XLSX workbook."""
        parts = [f"<cols>{''.join(self.columns)}</cols>"] if self.columns else []
        parts.append(f"<sheetData>{''.join(self.rows)}</sheetData>")
        if self.is_filtered:
            parts.append('<autoFilter ref="A1"><filterColumn colId="0"/></autoFilter>')
        if self.merged:
            parts.append(f"<mergeCells>{''.join(self.merged)}</mergeCells>")
        archive.writestr(f"xl/worksheets/sheet{number}.xml", f"<worksheet {NAMESPACE}>{''.join(parts)}</worksheet>")


def xlsx_of_xml_spreadsheet(path: Path, folder: Path) -> Path:
    """Write the spreadsheet as an XLSX workbook into a folder; FileProblem when it is damaged."""
    parser = _SpreadsheetParser()
    try:
        with path.open("rb") as file:
            run_parser(file, parser.expat)
    except (expat.ExpatError, ValueError, KeyError, IndexError) as error:
        raise refusal("file-damaged") from error
    target, parts = folder / "converted.xlsx", []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        sheets, links = [], [f'<Relationship Id="styles" Type="{RELATIONS}/styles" Target="styles.xml"/>']
        for number, sheet in enumerate(parser.sheets, start=1):
            sheet.write(archive, number)
            name, place = quoteattr(sheet.name), f"worksheets/sheet{number}.xml"
            sheets.append(f'<sheet name={name} sheetId="{number}" state="{sheet.state}" r:id="s{number}"/>')
            links.append(f'<Relationship Id="s{number}" Type="{RELATIONS}/worksheet" Target="{place}"/>')
            parts.append((f"/xl/{place}", "worksheet"))
        formats = [f'<numFmt numFmtId="{164 + n}" formatCode={quoteattr(f)}/>' for n, f in enumerate(parser.formats)]
        cells = [f'<xf numFmtId="{164 + n}" applyNumberFormat="1"/>' for n in range(len(formats))]
        styles = f"<numFmts>{''.join(formats)}</numFmts><cellXfs>{''.join(cells)}</cellXfs>"
        start = f'<Relationship Id="book" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        parts += [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
        types = [f'<Override PartName="{name}" ContentType="{CONTENT}.{kind}+xml"/>' for name, kind in parts]
        types.append(f'<Default Extension="rels" ContentType="{RELS_TYPE}"/>')
        book = f'xmlns:r="{RELATIONS}"><sheets>{"".join(sheets)}</sheets>'
        archive.writestr("xl/styles.xml", f"<styleSheet {NAMESPACE}>{styles}</styleSheet>")
        archive.writestr("xl/workbook.xml", f"<workbook {NAMESPACE} {book}</workbook>")
        for name, found in (("xl/_rels/workbook.xml.rels", links), ("_rels/.rels", [start])):
            archive.writestr(name, f'<Relationships xmlns="{PACKAGE}">{"".join(found)}</Relationships>')
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{TYPES}">{"".join(types)}</Types>')
    return target


class _SpreadsheetParser:
    """Fills a sheet for each worksheet. Rows, columns and cells may give their number; without it they follow."""

    def __init__(self) -> None:
        self.sheets: list[_Sheet] = []
        self.formats: dict[str, int] = {"General": 0}
        self._styles: dict[str, str] = {}
        self._looks: dict[str, Look] = {}
        self._inside: list[str] = []
        self._row = self._column = self._next_column = 0
        self._cell: dict[str, str] = {}
        self._cells: list[str] = []
        self._kind = self._text = self._row_hidden = ""
        self._is_unseen = False
        self.expat = expat.ParserCreate()
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._keep

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = local_name(name)
        self._inside.append(name)
        if handler := STARTS.get(name):
            handler(self, {local_name(k): v for k, v in attributes.items()})

    def _end(self, _name: str) -> None:
        name = self._inside.pop()
        if handler := ENDS.get(name):
            handler(self)

    def _keep(self, text: str) -> None:
        # the text of a cell, perhaps within marks of its looks; a comment has a text of its own
        if ("Data" in self._inside and "Comment" not in self._inside) or self._inside[-1:] == ["Visible"]:
            self._text += text

    def begin_style(self, attributes: Mapping[str, str]) -> None:
        self._kind = attributes.get("ID", "")
        self._styles[self._kind] = self._styles.get(attributes.get("Parent", ""), "General")
        self._looks[self._kind] = self._looks.get(attributes.get("Parent", ""), Look())

    def note_format(self, attributes: Mapping[str, str]) -> None:
        wanted = attributes.get("Format", "General")
        self._styles[self._kind] = FORMATS.get(wanted, wanted)

    def note_font(self, attributes: Mapping[str, str]) -> None:
        # letters within a cell have such an element, too
        look = Look(ink=hex_colour(attributes.get("Color", "")), points=float(attributes.get("Size", "11")))
        if "Data" in self._inside:
            self._is_unseen = self._is_unseen or bool(look.hides)
        elif self._kind in self._looks:
            self._looks[self._kind] = replace(look, ground=self._looks[self._kind].ground)

    def note_ground(self, attributes: Mapping[str, str]) -> None:
        if self._kind in self._looks and attributes.get("Pattern", "Solid") == "Solid":
            ground = hex_colour(attributes.get("Color", ""))
            self._looks[self._kind] = replace(self._looks[self._kind], ground=ground)

    def begin_sheet(self, attributes: Mapping[str, str]) -> None:
        self.sheets.append(_Sheet(attributes["Name"]))
        self._row = self._column = 0

    def note_column(self, attributes: Mapping[str, str]) -> None:
        first = int(attributes.get("Index", self._column + 1))
        self._column = first + int(attributes.get("Span", "0"))
        if attributes.get("Hidden") == "1" or float(attributes.get("Width", "1")) == 0:
            self.sheets[-1].columns.append(f'<col min="{first}" max="{self._column}" hidden="1"/>')

    def begin_row(self, attributes: Mapping[str, str]) -> None:
        self._row = int(attributes.get("Index", self._row + 1))
        is_hidden = attributes.get("Hidden") == "1" or float(attributes.get("Height", "1")) == 0
        self._row_hidden = ' hidden="1"' if is_hidden else ""
        self._next_column, self._cells = 1, []

    def end_row(self) -> None:
        self.sheets[-1].rows.append(f'<row r="{self._row}"{self._row_hidden}>{"".join(self._cells)}</row>')

    def begin_cell(self, attributes: Mapping[str, str]) -> None:
        self._cell, self._kind, self._text = dict(attributes), "", ""
        self._is_unseen = bool(self._looks.get(attributes.get("StyleID", ""), Look()).hides)
        column = int(attributes.get("Index", self._next_column))
        across, down = int(attributes.get("MergeAcross", "0")), int(attributes.get("MergeDown", "0"))
        self._cell["r"] = f"{column_letters(column)}{self._row}"
        self._next_column = column + across + 1
        if across or down:
            last = f"{column_letters(column + across)}{self._row + down}"
            self.sheets[-1].merged.append(f'<mergeCell ref="{self._cell["r"]}:{last}"/>')

    def begin_data(self, attributes: Mapping[str, str]) -> None:
        if "Comment" not in self._inside:
            self._kind = attributes.get("Type", "String")

    def end_cell(self) -> None:
        place, text = f'r="{self._cell["r"]}"', escape(self._text)
        # of a look that hides, only that it does comes through
        form = NOTHING if self._is_unseen else self._styles.get(self._cell.get("StyleID", ""), "General")
        if self._kind == "DateTime":
            moment = dt.datetime.fromisoformat(self._text)
            text = repr((moment - DAY_ZERO) / dt.timedelta(days=1))
            if not _IS_DATE_FORMAT.search(form):
                form = DATE_TIME if moment.time() > dt.time() else DATE
        if self._kind in ("Number", "DateTime"):
            style = self.formats.setdefault(form, len(self.formats))
            self._cells.append(f'<c {place} s="{style}"><v>{text}</v></c>')
        elif self._kind in ("Boolean", "Error"):
            self._cells.append(f'<c {place} t="{self._kind[0].lower()}"><v>{text}</v></c>')
        elif self._kind:
            if hidden_by_format(form):
                place += f' s="{self.formats.setdefault(form, len(self.formats))}"'
            self._cells.append(f'<c {place} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
        elif "Formula" in self._cell:
            self._cells.append(f"<c {place}><f>0</f></c>")

    def note_filter(self, _attributes: Mapping[str, str]) -> None:
        self.sheets[-1].is_filtered = True

    def begin_visible(self, _attributes: Mapping[str, str]) -> None:
        self._text = ""

    def end_visible(self) -> None:
        if self._text.strip() in ("SheetHidden", "SheetVeryHidden"):
            self.sheets[-1].state = "hidden"


STARTS: Mapping[str, Callable[[_SpreadsheetParser, Mapping[str, str]], None]] = {
    "Style": _SpreadsheetParser.begin_style,
    "NumberFormat": _SpreadsheetParser.note_format,
    "Font": _SpreadsheetParser.note_font,
    "Interior": _SpreadsheetParser.note_ground,
    "Worksheet": _SpreadsheetParser.begin_sheet,
    "Column": _SpreadsheetParser.note_column,
    "Row": _SpreadsheetParser.begin_row,
    "Cell": _SpreadsheetParser.begin_cell,
    "Data": _SpreadsheetParser.begin_data,
    "AutoFilterColumn": _SpreadsheetParser.note_filter,
    "Visible": _SpreadsheetParser.begin_visible,
}
ENDS: Mapping[str, Callable[[_SpreadsheetParser], None]] = {
    "Row": _SpreadsheetParser.end_row,
    "Cell": _SpreadsheetParser.end_cell,
    "Visible": _SpreadsheetParser.end_visible,
}
