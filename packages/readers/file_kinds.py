"""Every kind of file that may arrive, and how it is read or why it is refused: the one place to add a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

from packages.errors import FileProblem
from packages.refusal import refusal


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
    XML = "application/xml"
    JSON = "application/json"
    HTML = "text/html"
    PDF = "application/pdf"
    WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ZIP = "application/zip"
    DAMAGED_ZIP = "application/zip; damaged"
    GZIP = "application/gzip"
    EMPTY = "application/x-empty"
    BINARY = "application/octet-stream"


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
class Records:
    """Records with names instead of a heading row (JSON, maps), read in the child process by the class `source`."""

    source: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A kind that holds no table we read: the rule of messages.yaml, and the name of the kind where the rule asks."""

    rule: str
    name: str = ""


# references are "module:name" and are imported only by the child process: the parsers must not load in its parent
FILE_KINDS: Mapping[FileKind, DelimitedText | Archive | Workbook | Records | Refused] = {
    FileKind.CSV: DelimitedText(),
    FileKind.ZIP: Archive(),
    FileKind.GZIP: Archive(),
    FileKind.XLSX: Workbook("Excel workbook", "packages.readers.workbooks.inspect_xlsx:inspect_xlsx"),
    FileKind.XLSB: Workbook("Binary Excel workbook (XLSB)", "packages.readers.workbooks.inspect_xlsb:inspect_xlsb"),
    FileKind.XLS: Workbook("Old Excel workbook (XLS)", "packages.readers.workbooks.inspect_xls:inspect_xls"),
    FileKind.ODS: Workbook("OpenDocument spreadsheet", "packages.readers.workbooks.inspect_ods:inspect_ods"),
    FileKind.JSON: Records("packages.readers.records.json_records:JsonSource"),
    FileKind.GEOJSON: Records("packages.readers.records.json_records:GeoJsonSource"),
    FileKind.KML: Records("packages.readers.records.kml:KmlSource"),
    FileKind.GML: Records("packages.readers.records.gml:GmlSource"),
    FileKind.SHAPEFILE: Records("packages.readers.records.shapefile:ShapefileSource"),
    FileKind.GEOPACKAGE: Records("packages.readers.records.geopackage:GeopackageSource"),
    FileKind.PROTECTED: Refused("workbook-protected"),
    FileKind.PARQUET: Refused("kind-other-table", "a Parquet file"),
    FileKind.XML: Refused("kind-no-table", "an XML document"),
    FileKind.PDF: Refused("kind-no-table", "a PDF document"),
    FileKind.WORD: Refused("kind-no-table", "a Word document"),
    FileKind.DAMAGED_ZIP: Refused("file-damaged"),
    FileKind.HTML: Refused("web-page"),
    FileKind.EMPTY: Refused("file-empty"),
    FileKind.BINARY: Refused("kind-unknown"),
}


def load_reference(reference: str) -> Any:
    """Import what a reference `module:name` of the registry names."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


def refuse_kind(kind: FileKind) -> FileProblem:
    """Return the problem that names a refused kind and what to send instead; KeyError for a kind that can be read."""
    refused = FILE_KINDS[kind]
    if not isinstance(refused, Refused):
        raise KeyError(kind)
    return refusal(refused.rule, kind=refused.name)
