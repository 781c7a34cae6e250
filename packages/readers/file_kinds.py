"""Every kind of file that may arrive, and how it is read or why it is refused: the one place to add a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any


class FileKind(StrEnum):
    """What a file is, by its content; the value is its media type."""

    CSV = "text/csv"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PROTECTED = "application/vnd.ms-office.encrypted"
    XLS = "application/vnd.ms-excel"
    XLSB = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    PARQUET = "application/vnd.apache.parquet"
    GML = "application/gml+xml"
    KML = "application/vnd.google-earth.kml+xml"
    GEOJSON = "application/geo+json"
    SHAPEFILE = "application/vnd.shp"
    GEOPACKAGE = "application/geopackage+sqlite3"
    SHAPEFILE_PART = "application/vnd.shp; part"
    DBASE = "application/vnd.dbf"
    MAPINFO = "application/vnd.mapinfo"
    XML = "application/xml"
    XML_SPREADSHEET = "application/vnd.ms-excel; xml"
    SERVER_ERROR = "application/xml; error"
    JSON = "application/json"
    ESRI_JSON = "application/vnd.esri+json"
    HTML = "text/html"
    HTML_TABLE = "text/html; table"
    MHTML = "multipart/related"
    SYLK = "application/vnd.sylk"
    DIF = "application/vnd.dif"
    LOTUS = "application/vnd.lotus-1-2-3"
    NUMBERS = "application/vnd.apple.numbers"
    SPSS = "application/vnd.spss"
    STATA = "application/vnd.stata"
    SAS = "application/vnd.sas"
    ACCESS = "application/vnd.ms-access"
    PDF = "application/pdf"
    RTF = "application/rtf"
    WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    OLD_WORD = "application/msword"
    SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    MAIL = "application/vnd.ms-outlook"
    PICTURE = "image/*"
    OTHER_ARCHIVE = "application/x-archive"
    ZIP = "application/zip"
    DAMAGED_ZIP = "application/zip; damaged"
    ENDLESS_ZIP = "application/zip; too many entries"
    GZIP = "application/gzip"
    EMPTY = "application/x-empty"
    BINARY = "application/octet-stream"


KIND_NAMES = frozenset(kind.name.lower() for kind in FileKind)


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """Text with delimiters, streamed in this process."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive: unpacked within limits, then read as the one table inside."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook, read in the child process. `inspect` finds what it hides before a library opens it."""

    title: str
    inspect: str


@dataclass(frozen=True, slots=True)
class ConvertedWorkbook:
    """A workbook of a kind that no library opens: `convert` turns it into an XLSX workbook in the child process."""

    title: str
    convert: str
    inspect: str


@dataclass(frozen=True, slots=True)
class Records:
    """Records with names instead of a heading row (JSON, maps), read in the child process by the class `source`."""

    source: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A kind that holds no table we read: the rule of messages.yaml, and the name of the kind where the rule asks."""

    rule: str
    name: str = ""


# references are "module:name" and are imported only by the child process: the parsers must not load in its parent
FILE_KINDS: Mapping[FileKind, DelimitedText | Archive | Workbook | ConvertedWorkbook | Records | Refused] = {
    FileKind.CSV: DelimitedText(),
    FileKind.ZIP: Archive(),
    FileKind.GZIP: Archive(),
    FileKind.XLSX: Workbook("Excel workbook", "packages.readers.workbooks.inspect_xlsx:inspect_xlsx"),
    FileKind.XLSB: Workbook("Binary Excel workbook (XLSB)", "packages.readers.workbooks.inspect_xlsb:inspect_xlsb"),
    FileKind.XLS: Workbook("Old Excel workbook (XLS)", "packages.readers.workbooks.inspect_xls:inspect_xls"),
    FileKind.ODS: Workbook("OpenDocument spreadsheet", "packages.readers.workbooks.inspect_ods:inspect_ods"),
    FileKind.XML_SPREADSHEET: ConvertedWorkbook(
        "XML spreadsheet (Excel 2003)",
        "packages.readers.workbooks.xml_spreadsheet:xlsx_of_xml_spreadsheet",
        "packages.readers.workbooks.inspect_xlsx:inspect_xlsx",
    ),
    FileKind.JSON: Records("packages.readers.records.json_records:JsonSource"),
    FileKind.GEOJSON: Records("packages.readers.records.json_records:GeoJsonSource"),
    FileKind.ESRI_JSON: Records("packages.readers.records.esri_json:EsriJsonSource"),
    FileKind.KML: Records("packages.readers.records.kml:KmlSource"),
    FileKind.GML: Records("packages.readers.records.gml:GmlSource"),
    FileKind.SHAPEFILE: Records("packages.readers.records.shapefile:ShapefileSource"),
    FileKind.GEOPACKAGE: Records("packages.readers.records.geopackage:GeopackageSource"),
    FileKind.PROTECTED: Refused("workbook-protected"),
    FileKind.PARQUET: Refused("kind-other-table", "a Parquet file"),
    FileKind.XML: Refused("kind-no-table", "an XML document"),
    FileKind.PDF: Refused("kind-no-table", "a PDF document"),
    FileKind.WORD: Refused("kind-no-table", "a Word document"),
    FileKind.OLD_WORD: Refused("kind-no-table", "an old Word document"),
    FileKind.RTF: Refused("kind-no-table", "a document of a word processor (RTF)"),
    FileKind.SLIDES: Refused("kind-no-table", "a presentation"),
    FileKind.MAIL: Refused("kind-no-table", "a message of a mail program"),
    FileKind.PICTURE: Refused("kind-no-table", "a picture"),
    FileKind.SHAPEFILE_PART: Refused("shapefile-alone"),
    FileKind.DBASE: Refused("kind-other-table", "a dBASE table (DBF), as in a shapefile without its shapes"),
    FileKind.MAPINFO: Refused("kind-other-map", "a MapInfo map"),
    FileKind.MHTML: Refused("kind-other-table", "a web archive (MHTML) under the name of a workbook"),
    FileKind.SYLK: Refused("kind-other-table", "a SYLK file (SLK)"),
    FileKind.DIF: Refused("kind-other-table", "a DIF file"),
    FileKind.LOTUS: Refused("kind-other-table", "a Lotus 1-2-3 sheet"),
    FileKind.NUMBERS: Refused("kind-other-table", "a Numbers spreadsheet"),
    FileKind.SPSS: Refused("kind-other-table", "an SPSS file"),
    FileKind.STATA: Refused("kind-other-table", "a Stata file"),
    FileKind.SAS: Refused("kind-other-table", "a SAS file"),
    FileKind.ACCESS: Refused("kind-other-table", "an Access database"),
    FileKind.OTHER_ARCHIVE: Refused("kind-other-archive"),
    FileKind.HTML_TABLE: Refused("html-table"),
    FileKind.SERVER_ERROR: Refused("server-error"),
    FileKind.DAMAGED_ZIP: Refused("file-damaged"),
    FileKind.ENDLESS_ZIP: Refused("over-budget"),
    FileKind.HTML: Refused("web-page"),
    FileKind.EMPTY: Refused("file-empty"),
    FileKind.BINARY: Refused("kind-unknown"),
}


def load_reference(reference: str) -> Any:
    """Import what a reference `module:name` of the registry names."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)
