"""Recognise the kind of a file by its bytes; the name and the media type that a sender gives are not to be trusted."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from packages.readers.file_kinds import FileKind

HEAD = 8192
"""Bytes from the start of a file that are inspected."""


def recognise_kind(path: Path) -> FileKind:
    """Return the kind of a file by its content."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # an encrypted XLSX hides in the same container as an old XLS
        return FileKind.PROTECTED if "EncryptedPackage".encode("utf-16-le") in head else FileKind.XLS
    return next((kind for start, kind in MAGIC if head.startswith(start)), None) or _by_text(head)


MAGIC: tuple[tuple[bytes, FileKind], ...] = (
    (b"%PDF", FileKind.PDF),
    (b"PAR1", FileKind.PARQUET),
    (b"\x1f\x8b", FileKind.GZIP),
    (b"SQLite format 3\x00", FileKind.GEOPACKAGE),
    (b"\x00\x00\x27\x0a", FileKind.SHAPEFILE),
)


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
    # the index or the projection alone tells that the shapes should be there
    if any(name.casefold().endswith((".shp", ".shx", ".prj")) for name in names):
        return FileKind.SHAPEFILE
    return FileKind.ODS if {"content.xml", "META-INF/manifest.xml"} <= names else FileKind.ZIP


def _by_text(head: bytes) -> FileKind:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        return FileKind.EMPTY if len(head) < HEAD else FileKind.BINARY
    text = decoded_head(head)
    if text is None:
        return FileKind.BINARY
    start = text.lstrip("\ufeff \t\r\n")
    # comments and an XML declaration may stand before a web page
    markup = re.sub(r"^(<\?xml[^>]*>|<!--.*?-->|\s)+", "", start, flags=re.DOTALL).casefold()
    if re.match(r"<(!doctype html|html|head|body|script|title|meta)\b", markup):
        return FileKind.HTML
    if re.match(r"<[?!A-Za-z]", start):
        if "opengis.net/gml" in start and "FeatureCollection" in start:
            return FileKind.GML
        return FileKind.KML if "/kml/" in start or "<kml" in start else FileKind.XML
    if re.match(r'[\[{]\s*["\[{\]}]', start):
        is_map = re.search(r'"type"\s*:\s*"(Feature|FeatureCollection|GeometryCollection|Topology)"', start)
        return FileKind.GEOJSON if is_map else FileKind.JSON
    return FileKind.CSV


def decoded_head(head: bytes) -> str | None:
    """Return the first bytes of a file as text, good enough to tell its kind; None when they are not text."""
    utf_16 = utf16_codec(head)
    if utf_16:
        return head.decode(utf_16, errors="replace")
    # a text file may hold a stray NUL; many control characters of other kinds mean that it is no text
    control = sum(head.count(bytes([c])) for c in (*range(9), *range(14, 32)) if c)
    if head.count(0) > len(head) // 20 or control > len(head) // 50:
        return None
    return head.decode("utf-8", errors="replace")


def utf16_codec(head: bytes) -> str:
    """Return the name of the UTF-16 codec, by the byte-order mark or the pattern of NUL bytes; empty for other text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if odd > pairs * 0.6 and even < pairs * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > pairs * 0.6 and odd < pairs * 0.05 else ""
