"""What a file is, told from its bytes: names and headers of the sender are not to be trusted."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packages.errors import FileProblem
from packages.readers.refusal import refusal

HEAD = 8192
"""Bytes that are looked at."""


class Kind(StrEnum):
    """What a file turned out to be; the value is its media type."""

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
class _Refused:
    rule: str
    name: str = ""


REFUSED: dict[Kind, _Refused] = {
    Kind.PROTECTED: _Refused("workbook-protected"),
    Kind.PARQUET: _Refused("kind-other-table", "a Parquet file"),
    Kind.XML: _Refused("kind-no-table", "an XML document"),
    Kind.PDF: _Refused("kind-no-table", "a PDF document"),
    Kind.WORD: _Refused("kind-no-table", "a Word document"),
    Kind.DAMAGED_ZIP: _Refused("file-damaged"),
    Kind.HTML: _Refused("web-page"),
    Kind.EMPTY: _Refused("file-empty"),
    Kind.BINARY: _Refused("kind-unknown"),
}


def refuse(kind: Kind) -> FileProblem:
    """Say what a file of this kind is and what to hand over instead; KeyError for a kind that can be read."""
    refused = REFUSED[kind]
    return refusal(refused.rule, kind=refused.name)


def recognise(path: Path) -> Kind:
    """Tell the kind of a file from its content."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path)
    return _by_magic(head) or _by_text(head)


MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF", Kind.PDF),
    (b"PAR1", Kind.PARQUET),
    (b"\x1f\x8b", Kind.GZIP),
    (b"SQLite format 3\x00", Kind.GEOPACKAGE),
    (b"\x00\x00\x27\x0a", Kind.SHAPEFILE),
)


def _by_magic(head: bytes) -> Kind | None:
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # an encrypted XLSX hides in the same container as an old XLS
        return Kind.PROTECTED if "EncryptedPackage".encode("utf-16-le") in head else Kind.XLS
    return next((kind for start, kind in MAGIC if head.startswith(start)), None)


def _zip_kind(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return Kind.DAMAGED_ZIP
    marks = {
        "xl/workbook.xml": Kind.XLSX,
        "xl/workbook.bin": Kind.XLSB,
        "word/document.xml": Kind.WORD,
        "doc.kml": Kind.KML,
    }
    for name, kind in marks.items():
        if name in names:
            return kind
    if any(name.casefold().endswith(".shp") for name in names):
        return Kind.SHAPEFILE
    return Kind.ODS if {"content.xml", "META-INF/manifest.xml"} <= names else Kind.ZIP


def _by_text(head: bytes) -> Kind:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        return Kind.EMPTY if len(head) < HEAD else Kind.BINARY
    text = decoded_head(head)
    if text is None:
        return Kind.BINARY
    start = text.lstrip("\ufeff \t\r\n")
    if _is_web_page(start):
        return Kind.HTML
    if re.match(r"<[?!A-Za-z]", start):
        return _xml_kind(start)
    return _json_kind(start) if re.match(r'[\[{]\s*["\[{\]}]', start) else Kind.CSV


def decoded_head(head: bytes) -> str | None:
    """The first bytes of a file as text, good enough to tell its kind; None when it is no text at all."""
    utf_16 = utf_16_of(head)
    if utf_16:
        return head.decode(utf_16, errors="replace")
    # NUL may be a stray character in a text file; many other control characters mean that it is none
    control = sum(head.count(bytes([c])) for c in (*range(9), *range(14, 32)) if c)
    if head.count(0) > len(head) // 20 or control > len(head) // 50:
        return None
    return head.decode("utf-8", errors="replace")


def utf_16_of(head: bytes) -> str:
    """The codec name when the bytes are UTF-16, by mark or by the pattern of NUL bytes; else empty."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if odd > pairs * 0.6 and even < pairs * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > pairs * 0.6 and odd < pairs * 0.05 else ""


def _is_web_page(start: str) -> bool:
    text = re.sub(r"^(<\?xml[^>]*>|<!--.*?-->|\s)+", "", start, flags=re.DOTALL).casefold()
    return re.match(r"<(!doctype html|html|head|body|script|title|meta)\b", text) is not None


def _xml_kind(start: str) -> Kind:
    if "opengis.net/gml" in start and "FeatureCollection" in start:
        return Kind.GML
    if "/kml/" in start or "<kml" in start:
        return Kind.KML
    return Kind.XML


def _json_kind(start: str) -> Kind:
    is_map = re.search(r'"type"\s*:\s*"(Feature|FeatureCollection|GeometryCollection|Topology)"', start)
    return Kind.GEOJSON if is_map else Kind.JSON
