"""Files that are nearly right: honest ones of every kind, changed where their structure is.

`mutated(kind, content, chance)` takes a file apart as its kind is built (members of an archive, elements of XML, values
of JSON, records of BIFF, fields of a header, pages of SQLite), changes a few of the parts, and puts it together again.
"""

from __future__ import annotations

import io
import json
import random
import re
import struct
import zipfile
from collections.abc import Callable
from typing import Any

Chance = random.Random
Mutator = Callable[[bytes, Chance], bytes]

TEXTS = (
    "", "0", "-1", "1e999", "NaN", "9" * 40, "99999999999", "4294967295", "true", "A1", "XFD1048576", "ZZZZ9", "A0",
    "\u202e", "\x1b[2J", "é", "Ã©", "\ufeff", "\u2028", "\ud7ff", "\U0010ffff", "a" * 500, "=1+1", "2026-02-30",
    "31/12/2026", "00:00", "1900-02-29", "£1,000.00", "(5)", "SW1A 1AA", "x@example.com", "POINT (0 0)", "EPSG:27700",
    "POLYGON EMPTY", "#REF!", "Total", "urn:ogc:def:crs:EPSG::4326", " ", "null", "1,5", "5%", "true;false", "'",
)  # fmt: skip
"""What a value becomes."""

BITS = (b"\0", b"\xff", b'"', b",", b"\n", b"\r", b";", b"\t", b"|", b"'", b"\x80", b"\xe2\x82", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\xd8\x00", b"<", b">", b"&", b"{", b"}", b"[", b"]", b"\x1a", b"\xed\xa0\x80", b"=", b"\x1b", b"PK\3\4", b"\x85")  # fmt: skip
"""What is put between bytes."""

EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Numbers at which a count or a length goes wrong."""


def mutated(kind: str, content: bytes, chance: Chance) -> bytes:
    """Return the file with one change, or several."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        mutator = chance.choice((*OF_KIND[kind], *OF_KIND[kind], any_bytes))
        try:
            content = mutator(content, chance)
        except Exception:  # noqa: BLE001 - whatever a library says of a file that is broken by now
            # an earlier change has left nothing of the structure
            content = any_bytes(content, chance)
    return content[: 1 << 20]


def any_bytes(content: bytes, chance: Chance) -> bytes:
    """Change bytes without regard to what they mean."""
    if not content:
        return chance.choice(BITS)
    at = chance.randrange(len(content))
    end = min(len(content), at + chance.choice((1, 2, 4, 8, 64, 512)))
    piece = content[at:end]
    match chance.randrange(8):
        case 0:
            return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
        case 1:
            return content[:at] + chance.choice(BITS) * chance.choice((1, 1, 2, 50)) + content[at:]
        case 2:
            return content[:at] + content[end:]
        case 3:
            return content[:at] + piece * chance.choice((2, 3, 40)) + content[end:]
        case 4:
            return content[:at]
        case 5:
            to = chance.randrange(len(content))
            return content[:to] + piece + content[to:]
        case 6:
            number = chance.choice(EDGES).to_bytes(4, chance.choice(("little", "big")))
            return content[:at] + number + content[at + 4 :]
        case _:
            return content[:at] + chance.randbytes(len(piece)) + content[end:]


def delimited(content: bytes, chance: Chance) -> bytes:
    """Change cells, rows and what stands between them."""
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    cells = lines[at].split(b",")
    place = chance.randrange(len(cells))
    match chance.randrange(10):
        case 0 | 1:
            cells[place] = chance.choice(TEXTS).encode("utf-8", "replace")
        case 2:
            cells[place] = b'"' + cells[place] + chance.choice((b'"', b'""', b'"x', b"", b'\n"'))
        case 3:
            cells.insert(place, chance.choice(TEXTS).encode("utf-8", "replace"))
        case 4:
            del cells[place]
        case 5:
            lines.insert(at, chance.choice(lines))
        case 6:
            return content.replace(b",", chance.choice((b";", b"\t", b"|", b", ", b",,", b"\0", b' "')))
        case 7:
            return content.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"\r\r\n", b"\x0b")))
        case 8:
            codec = chance.choice(
                ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp850", "utf-8-sig", "utf-7", "cp500")
            )
            return content.decode("utf-8", "replace").encode(codec, "replace")
        case 9:
            chance.shuffle(lines)
    lines[at] = b",".join(cells)
    return b"\n".join(lines)


_ATTRIBUTE, _TEXT = re.compile(rb'([\w:.-]+)=(["\'])([^"\'<]*)\2'), re.compile(rb">([^<>]+)<")
_ELEMENT = re.compile(rb"<([\w:.-]+)[^<>]*(?:/>|>[^<]*</\1>)")


def markup(content: bytes, chance: Chance) -> bytes:
    """Change elements, attributes and texts of XML."""

    def put(start: int, end: int, new: bytes) -> bytes:
        return content[:start] + new + content[end:]

    text = chance.choice(TEXTS).encode("utf-8", "replace").replace(b"<", b"&lt;").replace(b'"', b"&quot;")
    elements, attributes = list(_ELEMENT.finditer(content)), list(_ATTRIBUTE.finditer(content))
    choice = chance.randrange(9)
    if choice <= 2 and attributes:
        found = chance.choice(attributes)
        return put(found.start(3), found.end(3), text)
    if choice == 3 and (texts := list(_TEXT.finditer(content))):
        found = chance.choice(texts)
        return put(found.start(1), found.end(1), text)
    if choice == 4 and elements:
        found = chance.choice(elements)
        return put(found.start(), found.end(), b"")
    if choice == 5 and elements:
        found = chance.choice(elements)
        return put(found.start(), found.end(), found[0] * chance.choice((2, 2, 100)))
    if choice == 6 and elements:
        found, to = chance.choice(elements), chance.choice(elements)
        return put(to.start(), to.end(), b"<" + to[1] + b">" + found[0] + b"</" + to[1] + b">")
    if choice == 7 and attributes:
        found, other = chance.choice(attributes), chance.choice(attributes)
        return put(found.start(), found.end(), other[0])
    names = re.findall(rb"<([\w:.-]+)", content)
    old, new = chance.choice(names), chance.choice(names)
    return content.replace(b"<" + old, b"<" + new, 1)


def _values(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    for key, inner in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
        found.append((value, key))
        if isinstance(inner, dict | list):
            _values(inner, found)
    return found


def values(content: bytes, chance: Chance) -> bytes:
    """Change names and values of JSON."""
    tree = json.loads(content)
    places = _values(tree, [])
    holder, key = chance.choice(places)
    other, name = chance.choice(places)
    match chance.randrange(7):
        case 0 | 1:
            holder[key] = chance.choice((*TEXTS, None, True, 0, -1, 1e308, 10**30, [], {}, [[]], {"": {}}, [None]))
        case 2:
            holder[key] = json.loads(json.dumps(other[name]))
        case 3:
            del holder[key]
        case 4 if isinstance(holder, dict):
            holder[chance.choice(TEXTS)] = holder.pop(key)
        case 4 | 5:
            holder[key] = [holder[key]] * chance.choice((1, 2, 30))
        case _:
            return content.replace(
                *chance.choice(((b"}", b'},{"a":', 1), (b"1", b"NaN"), (b":", b"::"), (b"]", b"]]")))
            )  # type: ignore[arg-type]
    return json.dumps(tree, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def numbers(content: bytes, chance: Chance) -> bytes:
    """Put an edge of two, four or eight bytes in place of others, more often near the beginning."""
    at = int(len(content) * chance.random() ** 3)
    size = chance.choice((1, 2, 4, 8))
    number = (chance.choice(EDGES) % (1 << 8 * size)).to_bytes(size, chance.choice(("little", "big")))
    return content[:at] + number + content[at + size :]


def members(content: bytes, chance: Chance) -> bytes:
    """Change a member of an archive as its own kind is built, or its name, and pack all again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(list(parts))
    match chance.randrange(12):
        case 0:
            del parts[name]
        case 1:
            parts[name + chance.choice(("", "x", ".zip", "/../y", "/"))] = parts[chance.choice(list(parts))]
        case 2:
            parts[chance.choice(list(parts))] = parts[name]
        case _:
            inner = {".xml": markup, ".rels": markup, ".kml": markup, ".bin": records, ".csv": delimited}
            parts[name] = chance.choice((inner.get(name[name.rfind(".") :], numbers),) * 3 + (any_bytes,))(
                parts[name], chance
            )
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for each, part in parts.items():
            archive.writestr(zipfile.ZipInfo(each, (2026, 8, 1, 0, 0, 0)), part)
    return box.getvalue()


_MARKS = (b"PK\1\2", b"PK\3\4", b"PK\5\6")


def archive_fields(content: bytes, chance: Chance) -> bytes:
    """Put an edge into a field of a header of an archive."""
    places = [found.start() for mark in _MARKS for found in re.finditer(re.escape(mark), content)]
    at = chance.choice(places) + chance.randrange(4, 46)
    size = chance.choice((2, 4))
    return content[:at] + (chance.choice(EDGES) % (1 << 8 * size)).to_bytes(size, "little") + content[at + size :]


def records(content: bytes, chance: Chance) -> bytes:
    """Change records of a binary workbook: their type, their length, or what is in them."""
    starts, at = [], 0
    while at < len(content):
        starts.append(at)
        at += 1 + (content[at] >> 7)
        size = shift = 0
        while True:
            byte = content[at]
            size |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80 or shift > 21:
                break
        at += size
    place = chance.randrange(len(starts))
    start, end = starts[place], starts[place + 1] if place + 1 < len(starts) else len(content)
    record = content[start:end]
    match chance.randrange(4):
        case 0:
            record *= chance.choice((0, 2, 50))
        case 1:
            record = bytes([chance.randrange(256)]) + record[1:]
        case 2 if len(record) > 3:
            inner = chance.randrange(2, len(record))
            record = (
                record[:inner]
                + (chance.choice(EDGES).to_bytes(4, "little") + record[inner + 4 :])[: len(record) - inner]
            )
        case _:
            other = chance.choice(starts)
            return content[:other] + record + content[other:]
    return content[:start] + record + content[end:]


def old_records(content: bytes, chance: Chance) -> bytes:
    """Change records of an old workbook where they stand in their container."""
    at = content.index(b"\x09\x08")
    starts = []
    while at + 4 <= len(content) and len(starts) < 5_000:
        _, size = struct.unpack_from("<HH", content, at)
        starts.append((at, size))
        at += 4 + size
    start, size = chance.choice(starts)
    kinds = (
        0x06,
        0x203,
        0x27E,
        0xFD,
        0x204,
        0xE5,
        0x205,
        0xBD,
        0x208,
        0x7D,
        0x809,
        0x0A,
        0x85,
        0x31,
        0xE0,
        0x41E,
        0x92,
        0x3C,
    )
    match chance.randrange(3):
        case 0:
            return content[:start] + struct.pack("<H", chance.choice(kinds)) + content[start + 2 :]
        case 1:
            return (
                content[:start]
                + struct.pack("<HH", chance.choice(kinds), chance.choice(EDGES) % 65_536)
                + content[start + 4 :]
            )
        case _:
            inner = start + 4 + chance.randrange(max(1, size))
            return content[:inner] + struct.pack("<H", chance.choice(EDGES) % 65_536) + content[inner + 2 :]


def pages(content: bytes, chance: Chance) -> bytes:
    """Change pages of a database: their headers, cells and the texts of the schema."""
    size = 4096 if len(content) >= 4096 else len(content)
    page = chance.randrange(max(1, len(content) // size)) * size
    match chance.randrange(5):
        case 0:
            at = page + (100 if page == 0 else 0) + chance.randrange(12)
        case 1:
            at = page + 108 + chance.randrange(80)
        case 2:
            at = chance.randrange(100)
        case 3:
            words = (
                b"CREATE TABLE",
                b"INTEGER",
                b"PRIMARY KEY",
                b"features",
                b"GEOMETRY",
                b"geom",
                b"areas",
                b"BLOB",
                b"TEXT",
            )
            old = chance.choice(words)
            new = chance.choice((*words, b"CREATE VIEW ", b"NULL", b"\xff\xfe"))
            return content.replace(old, new[: len(old)].ljust(len(old)), chance.choice((1, 1, -1)))
        case _:
            other = chance.randrange(max(1, len(content) // size)) * size
            return content[:page] + content[other : other + size] + content[page + size :]
    return content[:at] + bytes([chance.choice(EDGES) % 256]) + content[at + 1 :]


def shapes(content: bytes, chance: Chance) -> bytes:
    """Change the shape of a GeoPackage behind its mark."""
    at = chance.choice([found.start() for found in re.finditer(b"GP\0", content)]) + chance.randrange(3, 40)
    return (
        content[:at]
        + chance.choice((bytes([chance.randrange(20)]), struct.pack("<I", chance.choice(EDGES))))
        + content[at + 4 :]
    )


OF_KIND: dict[str, tuple[Mutator, ...]] = {
    "csv": (delimited,),
    "xlsx": (members, members, archive_fields),
    "xlsb": (members, members, archive_fields),
    "ods": (members, members, archive_fields),
    "shp": (members, members, archive_fields),
    "zip": (members, archive_fields),
    "xls": (old_records, numbers),
    "xml": (markup,),
    "kml": (markup,),
    "gml": (markup,),
    "json": (values,),
    "geojson": (values,),
    "esri": (values,),
    "gpkg": (pages, shapes),
}
"""The mutators of each kind of file."""
