"""Recognise the kind of a file by its bytes; the name and the media type that a sender gives are not to be trusted.

Runs in the confined child; `packages.readers.opening.ask` asks. It imports nothing large: most files need no more.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from packages.readers.file_kinds import FileKind

HEAD = 8192
"""Bytes from the start of a file that are inspected."""


def recognising(path: str) -> Callable[[Path], str]:
    """Return the task of the confined child: the media type of a kind."""
    return lambda _: recognise_kind(Path(path)).value


def recognise_kind(path: Path) -> FileKind:
    """Return the kind of a file by its content."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
            return _compound_kind(head, file)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path)
    known = (kind for start, kind in MAGIC if head.startswith(start))
    is_tape = head[257:262] == b"ustar"
    return next(known, None) or (FileKind.OTHER_ARCHIVE if is_tape else _dbase_kind(head)) or _by_text(head)


ESRI = re.compile(r'"esri(Geometry|FieldType)\w+"|"features"\s*:\s*\[\s*\{\s*"attributes"')
"""What only ESRI's own JSON has."""

MAGIC: tuple[tuple[bytes, FileKind], ...] = (
    (b"%PDF", FileKind.PDF),
    (b"PAR1", FileKind.PARQUET),
    (b"\x1f\x8b", FileKind.GZIP),
    (b"SQLite format 3\x00", FileKind.GEOPACKAGE),
    (b"\x00\x00\x27\x0a", FileKind.SHAPEFILE),
    (b"{\\rtf", FileKind.RTF),
    (b"$FL2", FileKind.SPSS),
    (b"$FL3", FileKind.SPSS),
    (b"<stata_dta>", FileKind.STATA),
    *((bytes([version, order, 1, 0]), FileKind.STATA) for version in range(0x69, 0x77) for order in (1, 2)),
    (b"\0" * 12 + b"\xc2\xea\x81\x60", FileKind.SAS),
    (b"HEADER RECORD*******L", FileKind.SAS),
    (b"\0\x01\0\0Standard ", FileKind.ACCESS),
    (b"\0\0\x1a\0\0\x10\x04\0", FileKind.LOTUS),
    (b"\0\0\x02\0\x06\x04\x06\0", FileKind.LOTUS),
    (b"7z\xbc\xaf\x27\x1c", FileKind.OTHER_ARCHIVE),
    (b"Rar!\x1a\x07", FileKind.OTHER_ARCHIVE),
    *((b"BZh%d1AY" % level, FileKind.OTHER_ARCHIVE) for level in range(1, 10)),
    (b"\xfd7zXZ\0", FileKind.OTHER_ARCHIVE),
    (b"\x28\xb5\x2f\xfd", FileKind.OTHER_ARCHIVE),
    (b"\x89PNG", FileKind.PICTURE),
    (b"\xff\xd8\xff", FileKind.PICTURE),
    (b"GIF87a", FileKind.PICTURE),
    (b"GIF89a", FileKind.PICTURE),
    (b"II*\0", FileKind.PICTURE),
    (b"MM\0*", FileKind.PICTURE),
    (b"!table\r\n!version", FileKind.MAPINFO),
    (b"!table\n!version", FileKind.MAPINFO),
)


def _compound_kind(head: bytes, file: BinaryIO) -> FileKind:
    """Return the kind of a file in the container of old Office programs, by the names in its directory."""
    # the sectors are as long as the header says, and the first follows the header
    size, first = 1 << int.from_bytes(head[30:32], "little") % 16, int.from_bytes(head[48:52], "little")
    file.seek((first + 1) * size)
    names = head + file.read(HEAD)
    marks = {
        # an encrypted XLSX hides in the same container as an old XLS
        "EncryptedPackage": FileKind.PROTECTED,
        "WordDocument": FileKind.OLD_WORD,
        "PowerPoint Document": FileKind.SLIDES,
        "__substg1.0_": FileKind.MAIL,
    }
    return next((kind for name, kind in marks.items() if name.encode("utf-16-le") in names), FileKind.XLS)


def _dbase_kind(head: bytes) -> FileKind | None:
    """Return DBASE for the table of a shapefile: a version, a date, and sizes that fit each other."""
    month, day, begin, length = head[2:3], head[3:4], head[8:10], head[10:12]
    is_dated = b"\x01" <= month <= b"\x0c" and b"\x01" <= day <= b"\x1f"
    if not is_dated or head[0] not in (0x02, 0x03, 0x04, 0x30, 0x31, 0x83, 0x8B, 0xF5) or b"\0\0" not in head[12:32]:
        return None
    fits = int.from_bytes(begin, "little") % 32 in (0, 1, 8) and int.from_bytes(length, "little") > 1
    return FileKind.DBASE if fits else None


def _zip_kind(path: Path) -> FileKind:
    # where there is no archive, there need be nothing to open one with
    from packages.readers.opening.archive_limits import DAMAGED_ARCHIVE, has_too_many_entries

    try:
        if has_too_many_entries(path):
            return FileKind.ENDLESS_ZIP
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except DAMAGED_ARCHIVE:
        return FileKind.DAMAGED_ZIP
    marks = {
        "xl/workbook.xml": FileKind.XLSX,
        "xl/workbook.bin": FileKind.XLSB,
        "word/document.xml": FileKind.WORD,
        "ppt/presentation.xml": FileKind.SLIDES,
        "Index/Document.iwa": FileKind.NUMBERS,
        "doc.kml": FileKind.KML,
    }
    for name, kind in marks.items():
        if name in names:
            return kind
    suffixes = {PurePosixPath(name).suffix.casefold() for name in names}
    if ".shp" in suffixes:
        return FileKind.SHAPEFILE
    # the parts of a shapefile beside its shapes, which have no use without them
    if ".dbf" in suffixes and suffixes & {".shx", ".prj", ".cpg", ".sbn", ".qpj"} and not suffixes & {".csv", ".xlsx"}:
        return FileKind.SHAPEFILE_PART
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
    if re.match(r"<(!doctype html|html|head|body|script|title|meta|table|style|div)\b", markup):
        # what people see on a page that is more than a table
        is_page = re.search(r"<(form|input|script|nav|iframe|button)\b|password|sign in|log ?in\b", markup)
        # a workbook begins with pages of styles, but says at once which program made it
        is_table = "<table" in markup or "urn:schemas-microsoft-com:office:excel" in markup
        return FileKind.HTML_TABLE if is_table and not is_page else FileKind.HTML
    if re.match(r"<[?!A-Za-z]", start):
        return _xml_kind(start)
    if re.match(r'[\[{]\s*["\[{\]}]', start):
        if re.search(r'"type"\s*:\s*"(Feature|FeatureCollection|GeometryCollection|Topology)"', start):
            return FileKind.GEOJSON
        return FileKind.ESRI_JSON if ESRI.search(start) else FileKind.JSON
    return next((kind for form, kind in TEXTS.items() if re.match(form, start)), FileKind.CSV)


TEXTS: Mapping[str, FileKind] = {
    r"(?i)(MIME-Version:|From: <Saved by|Content-Type: multipart/related)": FileKind.MHTML,
    # headings may begin the same way, but its second line is a record of its own form too
    r"(?s)ID;P.*?\nC;[XY]\d": FileKind.SYLK,
    r"TABLE\r?\n0,1\r?\n": FileKind.DIF,
}


def _xml_kind(start: str) -> FileKind:
    root = re.search(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)", re.sub(r"<!--.*?-->", "", start, flags=re.DOTALL))
    name = root[1] if root else ""
    if name == "Workbook" and "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return FileKind.XML_SPREADSHEET
    is_fault = name == "Envelope" and re.search(r"<(?:[\w.-]+:)?Fault\b", start)
    if is_fault or re.fullmatch(r"(Service)?ExceptionReport|ServiceException|Error|Fault|error", name):
        return FileKind.SERVER_ERROR
    if "opengis.net/gml" in start and "FeatureCollection" in start:
        return FileKind.GML
    return FileKind.KML if "/kml/" in start or "<kml" in start else FileKind.XML


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
