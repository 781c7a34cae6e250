"""What a file is, told from its bytes: names and headers of the sender are not to be trusted."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packages.errors import FileProblem
from packages.refusal import refusal

HEAD = 8192
"""Bytes that are looked at."""


class FileKind(StrEnum):
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


REFUSED: dict[FileKind, _Refused] = {
    FileKind.PROTECTED: _Refused("workbook-protected"),
    FileKind.PARQUET: _Refused("kind-other-table", "a Parquet file"),
    FileKind.XML: _Refused("kind-no-table", "an XML document"),
    FileKind.PDF: _Refused("kind-no-table", "a PDF document"),
    FileKind.WORD: _Refused("kind-no-table", "a Word document"),
    FileKind.DAMAGED_ZIP: _Refused("file-damaged"),
    FileKind.HTML: _Refused("web-page"),
    FileKind.EMPTY: _Refused("file-empty"),
    FileKind.BINARY: _Refused("kind-unknown"),
}


def refuse_kind(kind: FileKind) -> FileProblem:
    """Say what a file of this kind is and what to hand over instead; KeyError for a kind that can be read."""
    refused = REFUSED[kind]
    return refusal(refused.rule, kind=refused.name)


def recognise_kind(path: Path) -> FileKind:
    """Tell the kind of a file from its content."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path)
    return _by_magic(head) or _by_text(head)


MAGIC: tuple[tuple[bytes, FileKind], ...] = (
    (b"%PDF", FileKind.PDF),
    (b"PAR1", FileKind.PARQUET),
    (b"\x1f\x8b", FileKind.GZIP),
    (b"SQLite format 3\x00", FileKind.GEOPACKAGE),
    (b"\x00\x00\x27\x0a", FileKind.SHAPEFILE),
)


def _by_magic(head: bytes) -> FileKind | None:
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # an encrypted XLSX hides in the same container as an old XLS
        return FileKind.PROTECTED if "EncryptedPackage".encode("utf-16-le") in head else FileKind.XLS
    return next((kind for start, kind in MAGIC if head.startswith(start)), None)


def _zip_kind(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return FileKind.DAMAGED_ZIP
    marks = {
        "xl/workbook.xml": FileKind.XLSX,
        "xl/workbook.bin": FileKind.XLSB,
        "word/document.xml": FileKind.WORD,
        "doc.kml": FileKind.KML,
    }
    for name, kind in marks.items():
        if name in names:
            return kind
    if any(name.casefold().endswith(".shp") for name in names):
        return FileKind.SHAPEFILE
    return FileKind.ODS if {"content.xml", "META-INF/manifest.xml"} <= names else FileKind.ZIP


def _by_text(head: bytes) -> FileKind:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        return FileKind.EMPTY if len(head) < HEAD else FileKind.BINARY
    text = decoded_head(head)
    if text is None:
        return FileKind.BINARY
    start = text.lstrip("\ufeff \t\r\n")
    if _is_web_page(start):
        return FileKind.HTML
    if re.match(r"<[?!A-Za-z]", start):
        return _xml_kind(start)
    return _json_kind(start) if re.match(r'[\[{]\s*["\[{\]}]', start) else FileKind.CSV


def decoded_head(head: bytes) -> str | None:
    """The first bytes of a file as text, good enough to tell its kind; None when it is no text at all."""
    utf_16 = utf16_codec(head)
    if utf_16:
        return head.decode(utf_16, errors="replace")
    # NUL may be a stray character in a text file; many other control characters mean that it is none
    control = sum(head.count(bytes([c])) for c in (*range(9), *range(14, 32)) if c)
    if head.count(0) > len(head) // 20 or control > len(head) // 50:
        return None
    return head.decode("utf-8", errors="replace")


def utf16_codec(head: bytes) -> str:
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


def _xml_kind(start: str) -> FileKind:
    if "opengis.net/gml" in start and "FeatureCollection" in start:
        return FileKind.GML
    if "/kml/" in start or "<kml" in start:
        return FileKind.KML
    return FileKind.XML


def _json_kind(start: str) -> FileKind:
    is_map = re.search(r'"type"\s*:\s*"(Feature|FeatureCollection|GeometryCollection|Topology)"', start)
    return FileKind.GEOJSON if is_map else FileKind.JSON
