"""Archives that cost much to list or unpack, or that say one thing in two places."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from pathlib import Path

from tests.corpus.case import as_csv, payments
from tests.enemy.hostile import hostile

TABLE = as_csv(payments())
END = struct.Struct("<4sHHHHIIH")
CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
LOCAL = struct.Struct("<4sHHHHHIIIHH")


def local_header(name: bytes, content: bytes, packed: bytes | None = None, method: int = 0, flags: int = 0) -> bytes:
    """The bytes of one member before its content."""
    packed = content if packed is None else packed
    crc = zlib.crc32(content)
    return LOCAL.pack(b"PK\3\4", 20, flags, method, 0, 33, crc, len(packed), len(content), len(name), 0) + name


def central_header(
    name: bytes, at: int, crc: int = 0, packed: int = 0, size: int = 0, method: int = 0, extra: bytes = b""
) -> bytes:
    """The entry of one member in the list at the end."""
    return (
        CENTRAL.pack(b"PK\1\2", 20, 20, 0, method, 0, 33, crc, packed, size, len(name), len(extra), 0, 0, 0, 0, at)
        + name
        + extra
    )


def write_zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """An honest archive of members, always with the same date."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 8, 1, 0, 0, 0)), content, method)
    return path


@hostile(3_000_000, 1_000_000, 300_000, 70_000, 20_000)
def zip_of_many_entries(folder: Path, count: int) -> Path:
    path = folder / "many.zip"
    with path.open("wb") as file:
        head = local_header(b"a.csv", TABLE) + TABLE
        file.write(head)
        begin = size = 0
        begin = file.tell()
        for first in range(0, count, 50_000):
            block = b"".join(central_header(b"%07d.csv" % n, 0) for n in range(first, min(count, first + 50_000)))
            file.write(block)
            size += len(block)
        # more than 65,535 entries need the larger form of the end
        file.write(struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, begin))
        file.write(struct.pack("<4sIQI", b"PK\6\7", 0, begin + size, 1))
        file.write(END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    return path


@hostile(1_000_000, 300_000, 100_000, 10_000)
def gzip_of_many_members(folder: Path, count: int) -> Path:
    path = folder / "many.csv.gz"
    member = gzip.compress(b"a,b\n1,2\n", mtime=0)
    with path.open("wb") as file:
        for _ in range(count // 10_000):
            file.write(member * 10_000)
    return path


@hostile(1_000_000, 100_000, 10_000)
def gzip_of_empty_members(folder: Path, count: int) -> Path:
    path = folder / "empty.csv.gz"
    member = gzip.compress(b"", mtime=0)
    with path.open("wb") as file:
        for _ in range(count // 10_000):
            file.write(member * 10_000)
        file.write(gzip.compress(TABLE, mtime=0))
    return path


@hostile((10 << 30, b"\0"), (10 << 30, b"a,b\n"), (4 << 30, b"0"), (1 << 30, b"x"))
def gzip_bomb(folder: Path, parameter: tuple[int, bytes]) -> Path:
    size, filling = parameter
    path = folder / "bomb.csv.gz"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = filling * ((16 << 20) // len(filling))
    with path.open("wb") as file:
        file.write(packer.compress(b"a,b\n"))
        # a full flush makes all blocks the same, so that one is packed and then repeated
        file.write(packer.flush(zlib.Z_FULL_FLUSH))
        packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
        for _ in range(size // len(block)):
            file.write(packed)
        file.write(packer.flush())
    return path


@hostile((4 << 30, "bomb.csv"), (2 << 30, "xl/workbook.xml"), (2 << 30, "content.xml"), (1 << 30, "doc.kml"))
def zip_bomb(folder: Path, parameter: tuple[int, str]) -> Path:
    size, name = parameter
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if name == "content.xml":
            archive.writestr("META-INF/manifest.xml", "<manifest/>")
        with archive.open(zipfile.ZipInfo(name, (2026, 8, 1, 0, 0, 0)), "w", force_zip64=True) as member:
            block = b" " * (4 << 20)
            for _ in range(size // 16 // len(block)):
                member.write(block)
    return path


@hostile(2, 3, 5, 20, 200, quick=True)
def nested_zip(folder: Path, depth: int) -> Path:
    content = TABLE
    for level in range(depth):
        box = io.BytesIO()
        with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(f"{level}.zip" if level else "a.csv", (2026, 8, 1, 0, 0, 0)), content)
        content = box.getvalue()
    path = folder / "nested.zip"
    path.write_bytes(content)
    return path


@hostile(2, 5, 50, quick=True)
def nested_gzip(folder: Path, depth: int) -> Path:
    content = TABLE
    for _ in range(depth):
        content = gzip.compress(content, mtime=0)
    path = folder / "nested.gz"
    path.write_bytes(content)
    return path


@hostile(100, 2_000, 9_000, quick=True)
def zip_of_overlapping_members(folder: Path, count: int) -> Path:
    """Every entry of the list names the same bytes, so a small file unpacks to gigabytes."""
    content = b"a,b\n" + b"1,2\n" * 200_000
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    body = local_header(b"0.csv", content, packed, 8) + packed
    entries = b"".join(
        central_header(b"%d.csv" % n, 0, zlib.crc32(content), len(packed), len(content), 8) for n in range(count)
    )
    path = folder / "overlap.zip"
    path.write_bytes(body + entries + END.pack(b"PK\5\6", 0, 0, count, count, len(entries), len(body), 0))
    return path


@hostile("count", "size", "offset", "crc", "name", "method", "twice", "negative", "comment", quick=True)
def zip_with_a_lying_list(folder: Path, lie: str) -> Path:
    name, crc, size, at, method, count, comment = b"a.csv", zlib.crc32(TABLE), len(TABLE), 0, 0, 1, b""
    match lie:
        case "count":
            count = 60_000
        case "size":
            size = 0xFFFFFFF0
        case "offset":
            at = 0x7FFFFFFF
        case "crc":
            crc = 1
        case "name":
            name = b"../../etc/a.csv"
        case "method":
            method = 97
        case "negative":
            at = 0xFFFFFFFE
        case "comment":
            comment = b"PK\5\6" * 10_000
    entry = central_header(name, at, crc, size, size, method)
    if lie == "twice":
        entry, count = entry * 2, 2
    body = local_header(b"a.csv", TABLE) + TABLE
    path = folder / "lies.zip"
    path.write_bytes(
        body + entry + END.pack(b"PK\5\6", 0, 0, count, count, len(entry), len(body), len(comment)) + comment
    )
    return path


@hostile("sizes", "offset", "locator", "count", "extra", quick=True)
def zip64_tricks(folder: Path, trick: str) -> Path:
    extra = struct.pack("<HHQQQ", 1, 24, 1 << 62, 1 << 62, 0)
    if trick == "extra":
        extra = struct.pack("<HH", 1, 60_000)
    entry = central_header(b"a.csv", 0xFFFFFFFF, zlib.crc32(TABLE), 0xFFFFFFFF, 0xFFFFFFFF, 0, extra)
    body = local_header(b"a.csv", TABLE) + TABLE
    count = 1 << 60 if trick == "count" else 1
    begin = 1 << 61 if trick == "offset" else len(body)
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(entry), begin)
    at = (1 << 62) if trick == "locator" else len(body) + len(entry)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)
    end = END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path = folder / "zip64.zip"
    path.write_bytes(body + entry + end64 + locator + end)
    return path


NAMES = (
    "../../../../etc/passwd.csv",
    "/etc/a.csv",
    "C:\\windows\\a.csv",
    "a\nb\r.csv",
    "\x1b[2J\x1b]0;owned\x07.csv",
    "\u202egnp.csv",
    "x" * 60_000 + ".csv",
    "<script>alert(1)</script>.csv",
    "`rm -rf`$(id).csv",
    "“quoted”.csv",
    "a.csv/",
    "CON.csv",
    ".csv",
    " .csv",
)
"""Names of members that mean harm somewhere."""


@hostile(*NAMES, quick=True)
def zip_with_an_odd_name(folder: Path, name: str) -> Path:
    return write_zip(folder / "names.zip", {name: TABLE, "other.csv": TABLE})


@hostile("bzip2", "lzma", "encrypted", "stored-bomb", quick=True)
def zip_with_an_odd_method(folder: Path, how: str) -> Path:
    path = folder / "odd.zip"
    method = {"bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}.get(how, zipfile.ZIP_STORED)
    write_zip(path, {"a.csv": TABLE}, method)
    if how == "encrypted":
        content = bytearray(path.read_bytes())
        content[6] |= 1
        content[content.index(b"PK\1\2") + 8] |= 1
        path.write_bytes(bytes(content))
    if how == "stored-bomb":
        path.write_bytes(b"\x50\x4b\x03\x04" + b"\x00" * 100_000)
    return path


@hostile(9_000, 2_000, 200)
def zip_of_many_tables(folder: Path, count: int) -> Path:
    """Within the limit of members, but each of them is looked into."""
    return write_zip(folder / "tables.zip", {f"{n:05}.csv": TABLE for n in range(count)})


@hostile("pdf", "html", "gif", "sqlite", quick=True)
def polyglot(folder: Path, kind: str) -> Path:
    """One file that is two: an archive behind the beginning of something else."""
    before = {"pdf": b"%PDF-1.7\n", "html": b"<html><body>", "gif": b"GIF89a", "sqlite": b"SQLite format 3\0"}[kind]
    inner = write_zip(folder / "inner.zip", {"a.csv": TABLE}).read_bytes()
    path = folder / "polyglot.zip"
    path.write_bytes(before + inner)
    return path
