"""Delimited text that is too wide, too long, badly quoted or badly encoded, and cells that make expressions slow."""

from __future__ import annotations

import codecs
import os
import random
from collections.abc import Iterable
from pathlib import Path

from tests.corpus.case import as_csv, payments, with_cell
from tests.enemy.hostile import hostile

TABLE = as_csv(payments())
HEAD = b"payment_date,supplier,department,purpose,amount_gbp,transaction_number\n"


def streamed(path: Path, blocks: Iterable[bytes]) -> Path:
    """Write blocks one after the other."""
    with path.open("wb") as file:
        for block in blocks:
            file.write(block)
    return path


@hostile(1_000_000, 100_000, 20_000, 5_000)
def csv_of_many_columns(folder: Path, count: int) -> Path:
    rows = (",".join(f"{letter}{n}" for n in range(count)).encode() + b"\n" for letter in "hab")
    return streamed(folder / "wide.csv", rows)


@hostile(16_000, 4_000, 1_000)
def csv_of_many_columns_and_rows(folder: Path, count: int) -> Path:
    row = b",".join([b"1"] * count) + b"\n"
    return streamed(folder / "wide.csv", [b",".join(b"h%d" % n for n in range(count)) + b"\n", *[row] * 500])


@hostile(300 << 20, 30 << 20, 2 << 20)
def one_long_line(folder: Path, size: int) -> Path:
    return streamed(folder / "line.csv", [HEAD + b"1,2,3,4,5,6\n", *[b"x" * (1 << 20)] * (size >> 20)])


@hostile(300 << 20, 60 << 20, 2 << 20)
def one_long_quotation(folder: Path, size: int) -> Path:
    return streamed(folder / "quoted.csv", [HEAD + b'2026-07-01,"', *[b"x,y\n" * (1 << 18)] * (size >> 20)])


@hostile(60 << 20, 4 << 20)
def one_long_comma_line(folder: Path, size: int) -> Path:
    return streamed(folder / "commas.csv", [HEAD + b"1,2,3,4,5,6\n", *[b"," * (1 << 20)] * (size >> 20)])


@hostile(10_000_000, 1_000_000, 100_000)
def empty_lines(folder: Path, count: int) -> Path:
    return streamed(folder / "empty.csv", [HEAD + b"1,2,3,4,5,6\n", *[b"\n" * 100_000] * (count // 100_000), b"1,2\n"])


@hostile(10_000_000, 1_000_000)
def empty_lines_before(folder: Path, count: int) -> Path:
    return streamed(folder / "before.csv", [*[b"\n" * 100_000] * (count // 100_000), TABLE])


@hostile(5_000_000, 500_000)
def rows_of_commas(folder: Path, count: int) -> Path:
    return streamed(folder / "blank.csv", [HEAD, *[b",,,,,\n" * 10_000] * (count // 10_000), b"1,2,3,4,5,6\n"])


@hostile(b'"', b'""', b'"a"b,', b'a"b"c,', b'"\n', b'","', b"'\"")
def quotes_everywhere(folder: Path, unit: bytes) -> Path:
    return streamed(folder / "quotes.csv", [HEAD, unit * (6 << 20 >> 1)])


@hostile("one", "many", "first", "utf-16", quick=True)
def nul_characters(folder: Path, how: str) -> Path:
    content = {
        "one": TABLE.replace(b"Library", b"Lib\0rary", 1),
        "many": TABLE + b"\0" * (5 << 20),
        "first": b"\0" + TABLE,
        "utf-16": TABLE.decode().encode("utf-16") + b"\0\0" * 1000,
    }[how]
    return streamed(folder / "nul.csv", [content])


MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-8-twice": codecs.BOM_UTF8 * 2,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
    "utf-7": b"+/v8",
    "utf-1": b"\xf7\x64\x4c",
    "scsu": b"\x0e\xfe\xff",
    "gb18030": b"\x84\x31\x95\x33",
}


@hostile(*MARKS, quick=True)
def byte_order_mark(folder: Path, mark: str) -> Path:
    """A mark of one encoding before a text in another."""
    return streamed(folder / "mark.csv", [MARKS[mark] + TABLE])


ENCODED = {
    "mixed": b"".join(
        line + b"\n" for line in (b"a,b", "é,1".encode(), "é,2".encode("latin-1"), "é,3".encode("cp437"))
    ),
    "utf-7": TABLE.decode().encode("utf-7"),
    "utf-16-lone-surrogate": "a,b\n1,\n".encode("utf-16-le") + b"\x00\xd8" + ",2\n".encode("utf-16-le"),
    "utf-16-odd": TABLE.decode().encode("utf-16")[:-1],
    "utf-32": TABLE.decode().encode("utf-32"),
    "utf-8-surrogate": TABLE + b"\xed\xa0\x80,1,2,3,4,5\n",
    "utf-8-overlong": TABLE + b"\xc0\xaf,1,2,3,4,5\n",
    "utf-8-too-high": TABLE + b"\xf5\x80\x80\x80,1,2,3,4,5\n",
    "ebcdic": TABLE.decode().encode("cp500", "replace"),
    "all-bytes": TABLE + bytes(range(1, 256)) * 100,
    "shift-jis": "名前,値\n東京,1\n".encode("shift-jis") * 50,
    "latin-1-million": b"a,b\n" + b"\xe9\xe8,\xc3\xa9\n" * 500_000,
}


@hostile(*ENCODED, quick=True)
def odd_encoding(folder: Path, how: str) -> Path:
    return streamed(folder / "encoded.csv", [ENCODED[how]])


NUMBERS = ("1e999999", "9" * 1_000_000, "-1e-999999", "NaN", "Infinity", "0x" + "f" * 1000, "1" + ",000" * 200_000,
    "1_000", "٣٤٥", "1e" + "9" * 4000, "0." + "0" * 1_000_000 + "1", "--5", "£" * 100_000)  # fmt: skip


@hostile(*NUMBERS, quick=True)
def huge_number(folder: Path, number: str) -> Path:
    return streamed(folder / "number.csv", [as_csv(with_cell(3, "amount_gbp", number))])


DATES = ("0000-00-00", "9999999999-01-01", "2026-13-45", "31/02/2026", "1" * 100_000, "1/" * 50_000, "-2026-01-01",
    "/Date(99999999999999)/", "99999.9", "2026-01-01T99:99:99", "1 January " * 10_000, "२०२६-०१-०१")  # fmt: skip


@hostile(*DATES, quick=True)
def odd_date(folder: Path, date: str) -> Path:
    return streamed(folder / "date.csv", [as_csv(with_cell(3, "payment_date", date))])


BAIT = {
    "letters": "a" * 200_000,
    "capitals": "A" * 200_000,
    "words": "ab " * 70_000,
    "names": "John Smith " * 20_000,
    "titles": "Mr " * 70_000,
    "title-names": "Mrs Jane Smith, " * 13_000,
    "at-signs": "a@" * 100_000,
    "emails": "john.smith@example.com " * 9_000,
    "dots": "a." * 100_000,
    "digits": "1" * 200_000,
    "spaced-digits": "1 " * 100_000,
    "postcodes": "NW1 1AA " * 25_000,
    "homes": "Flat 1, 22 High Street, " * 9_000,
    "plates": "AB12 CDE " * 22_000,
    "pay": "salary £20,000 " * 14_000,
    "brackets": "(" * 200_000,
    "closed-brackets": "()" * 100_000,
    "quotes": "'’" * 100_000,
    "spaces": "x" + " " * 200_000 + "x",
    "no-break-spaces": "\u00a0" * 200_000,
    "entities": "&amp;" * 40_000,
    "half-entities": "&" * 200_000,
    "formula": '="' + '""' * 100_000,
    "equals": "=" * 200_000,
    "hyphens": "a-" * 100_000,
    "garbled": "Ã©" * 100_000,
    "garbled-old": "├®" * 70_000,
    "guillemets": "«" * 200_000,
    "low-quotes": "„" * 200_000,
    "combining": "e\u0301" * 100_000,
    "one-base": "e" + "\u0301" * 200_000,
    "joiners": "\u200d" * 100_000,
    "lines": "\u2028" * 100_000,
    "expanding": "\ufdfa" * 60_000,
    "cards": "4111 1111 1111 1111 " * 10_000,
    "phones": "07700 900123 " * 15_000,
    "births": "born 1 1 1970 aged 5 " * 10_000,
    "cases": "case ref no " * 16_000,
    "dob": "d o b " * 30_000,
    "colons": "0:" * 100_000,
    "hash": "#" * 200_000,
    "crossed": "xxx " * 50_000,
    "wkt": "POLYGON ((" + "0 0, " * 40_000 + "0 0))",
    "wkt-open": "POLYGON " + "(" * 200_000,
    "slashes": "a/b/" * 50_000,
    "urls": "https://a.example/?q= " * 9_000,
}
"""Texts that make a badly written expression go back and forth."""


@hostile(*BAIT)
def bait_for_expressions(folder: Path, bait: str) -> Path:
    """The same text in every column of texts, a few times."""
    table = payments()
    for row in (2, 3, 5, 8):
        table[row][1] = table[row][3] = BAIT[bait]
    return streamed(folder / "bait.csv", [as_csv(table)])


@hostile(*BAIT)
def bait_in_many_cells(folder: Path, bait: str) -> Path:
    """Shorter texts of the same kind, in each of three thousand rows, each different."""
    table = payments(12)
    rows = []
    for n in range(3_000):
        row = list(table[1 + n % 12])
        row[1] = row[3] = f"{BAIT[bait][:400]} {n}"
        rows.append(row)
    return streamed(folder / "baits.csv", [as_csv([table[0], *rows])])


def wards(count: int, bait: str) -> list[list[str]]:
    """Rows of council tax support: a ward each, with numbers above five, and a text where others have a name."""
    head = ["As at", "Ward code", "Ward", "Working age", "Pension age", "All claimants"]
    return [head, *(["30/06/2026", "E05099001", f"{bait} {n}", "80", "120", "200"] for n in range(count))]


@hostile(*BAIT, dataset="council-tax-support")
def bait_beside_counts(folder: Path, bait: str) -> Path:
    return streamed(folder / "wards.csv", [as_csv(wards(3_000, BAIT[bait][:400]))])


@hostile((900, 1), (4_000, 1), (9_900, 1), (4_000, 200), (9_900, 9_900), dataset="council-tax-support")
def small_numbers(folder: Path, parameter: tuple[int, int]) -> Path:
    """Small numbers in every row, and totals over so many rows: what must be hidden besides takes long to work out."""
    count, together = parameter
    table = wards(count, "Ward")
    for n, row in enumerate(table[1:]):
        working, pension = 1 + n % 4, 1 + n * 7 % 300
        row[0] = f"{1 + n // max(together, count // 28 + 1):02}/06/2026"
        row[3:] = map(str, (working, pension, working + pension))
    if together > 1:
        days: dict[str, list[int]] = {}
        for day, _, _, *numbers in table[1:]:
            days[day] = [a + int(b) for a, b in zip(days.get(day, [0, 0, 0]), numbers, strict=True)]
        table += [[day, "", "Borough total", *map(str, sums)] for day, sums in days.items()]
    return streamed(folder / "wards.csv", [as_csv(table)])


@hostile(*BAIT, quick=True)
def bait_in_headings(folder: Path, bait: str) -> Path:
    table = payments()
    table[0][1] = BAIT[bait][:20_000]
    return streamed(folder / "headings.csv", [as_csv(table)])


HEADINGS = ("=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\x1b[2Jgone", "\u202eecirp", "a\nb", "${7*7}", "{{7*7}}",
    "%s%s%s%n", "'; DROP TABLE x;--", "__proto__", "“", "](javascript:alert(1))", "\u2066x", "\ufeff", "x" * 100_000,
    "nul", "�", "a\tb", "../../x")  # fmt: skip


@hostile(*HEADINGS, quick=True)
def odd_heading(folder: Path, heading: str) -> Path:
    table = payments()
    table[0].append(heading)
    return streamed(folder / "heading.csv", [as_csv([[*row, "x"] if n else row for n, row in enumerate(table)])])


@hostile(50_000, 5_000)
def same_heading(folder: Path, count: int) -> Path:
    """Every column has the same heading, which is made unique."""
    return streamed(folder / "same.csv", [b",".join([b"Amount"] * count) + b"\n", b",".join([b"1"] * count) + b"\n"])


@hostile(400_000, 50_000)
def ragged_rows(folder: Path, count: int) -> Path:
    rest = random.Random(7)
    block = b"".join(b",".join([b"x"] * rest.randrange(1, 12)) + b"\n" for _ in range(50_000))
    return streamed(folder / "ragged.csv", [HEAD, *[block] * (count // 50_000)])


@hostile(b"\r", b"\n\r", b"\r\r\n", b"\x0b", b"\x0c", b"\xc2\x85", b"\xe2\x80\xa8", quick=True)
def odd_line_end(folder: Path, end: bytes) -> Path:
    return streamed(folder / "ends.csv", [TABLE.replace(b"\n", end) * 20])


FILE_NAMES = ("-rf.csv", "--help", "a\nb.csv", "\x1b[31mred.csv", "\u202evsc.csv", "x" * 240 + ".csv", "$(id).csv",
    "<b>.csv", "CON", "a;b.csv", "“.csv", ".csv", "%00.csv", "a.csv.exe")  # fmt: skip


@hostile(*FILE_NAMES, quick=True)
def odd_file_name(folder: Path, name: str) -> Path:
    return streamed(folder / name, [TABLE])


@hostile("link", "loop", "dangling", "fifo", "folder", "device", "zero", "sparse", "unreadable")
def no_plain_file(folder: Path, what: str) -> Path:
    path = folder / "odd.csv"
    match what:
        case "link":
            (folder / "real.csv").write_bytes(TABLE)
            path.symlink_to("real.csv")
        case "loop":
            path.symlink_to("odd.csv")
        case "dangling":
            path.symlink_to("nowhere.csv")
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "device":
            path = Path("/dev/full")
        case "zero":
            path = Path("/dev/zero")
        case "sparse":
            with path.open("wb") as file:
                file.truncate(100 << 30)
        case "unreadable":
            path = Path("/proc/self/mem")
    return path
