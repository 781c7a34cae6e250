"""Delimited texts: every encoding and dialect, broken rows, spoilt cells, personal data, files of another kind."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator, Mapping

from tests.corpus.case import BLOCKED, HEADINGS, HELD, PUBLISH, Case, as_csv, payments, with_cell

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
NEWLINES = {"LF": "\n", "CRLF": "\r\n"}


def dialects() -> Iterator[Case]:
    """All of these are fine."""
    for encoding in ENCODINGS:
        for delimiter, sign in DELIMITERS.items():
            for newline, end in NEWLINES.items():
                content = as_csv(payments(), sign, end, encoding)
                rule = "encoding-windows-1252" if encoding == "cp1252" else ""
                yield Case("dialect", f"{encoding} {delimiter} {newline}.csv", content, PUBLISH, rule)


def encodings() -> Iterator[Case]:
    """Bytes that are no text, or text that was damaged before."""
    good = as_csv(payments())
    yield Case("encoding", "no encoding.csv", good.replace("é".encode(), b"\x81"), BLOCKED, "encoding-unknown")
    yield Case("encoding", "NUL.csv", good.replace(b"Library", b"Lib\0ary"), BLOCKED, "nul-characters")
    yield Case("encoding", "lost character.csv", good.replace("é".encode(), "\ufffd".encode()), HELD, "lost-characters")
    yield Case("encoding", "half a UTF-16.csv", as_csv(payments(), encoding="utf-16")[:-1], BLOCKED, "encoding-unknown")
    yield Case(
        "encoding", "random bytes.csv", bytes((i * 37 + i // 7) % 256 for i in range(4000)), BLOCKED, "kind-unknown"
    )


def structure() -> Iterator[Case]:
    """Rows that are too short or too long, quotation marks, rows above, below and between."""
    for delimiter, sign in DELIMITERS.items():
        for row in (2, 7, 13):
            short, long, open_quote = payments(), payments(), as_csv(payments(), sign).decode().split("\n")
            short[row - 1].pop(3)
            long[row - 1].insert(3, "extra")
            open_quote[row - 1] = (
                open_quote[row - 1].replace("Supplier", '"Supplier').replace("Supplier", "Supplier", 1)
            )
            open_quote[row - 1] = sign.join([f'"{c}' if i == 1 else c for i, c in enumerate(payments()[row - 1])])  # type: ignore[misc]
            yield Case("structure", f"short row {row} {delimiter}.csv", as_csv(short, sign), BLOCKED, "row-too-short")
            yield Case("structure", f"long row {row} {delimiter}.csv", as_csv(long, sign), BLOCKED, "row-too-long")
            text = "\n".join(open_quote).encode()
            yield Case("structure", f"open quote {row} {delimiter}.csv", text, BLOCKED, "quote-not-closed")
    for count in range(1, 6):
        above = [["Payments over 500 pounds"], *([[""]] * (count - 1))]
        yield Case("structure", f"{count} rows above.csv", as_csv(above + payments()), PUBLISH, "rows-above-header")
        between = payments()
        between[4:4] = [[""] * len(HEADINGS)] * count
        yield Case("structure", f"{count} blank rows.csv", as_csv(between), PUBLISH, "blank-rows")
    yield from _layout()


def _layout() -> Iterator[Case]:
    head, *rows = payments()
    beyond = [[*row, ""] for row in rows]
    yield Case("structure", "empty cells beyond.csv", as_csv([head, *beyond]), PUBLISH, "cells-beyond-headings")
    yield Case("structure", "pasted twice.csv", as_csv(payments() + payments()), BLOCKED, "headings-again")
    yield Case("structure", "two tables.csv", as_csv([*payments(), [""], *payments(3)]), BLOCKED, "headings-again")
    staff = [["Role", "Team", "Site"], ["Clerk", "Housing", "Depot"]]
    other = as_csv([*payments(), [""], *[[*row, "", "", ""] for row in staff]])
    yield Case("structure", "two different tables.csv", other, BLOCKED, "tables-below")
    yield Case(
        "structure",
        "repeated heading.csv",
        as_csv([[*head, "supplier"], *[[*r, "x"] for r in rows]]),
        BLOCKED,
        "column-repeated",
    )
    yield Case(
        "structure", "blank heading.csv", as_csv([[*head, ""], *[[*r, "x"] for r in rows]]), HELD, "blank-heading"
    )
    yield Case(
        "structure",
        "unknown heading.csv",
        as_csv([[*head, "colour"], *[[*r, "x"] for r in rows]]),
        HELD,
        "column-unmapped",
    )
    yield Case("structure", "no headings.csv", as_csv(rows), BLOCKED, "layout-unknown")
    yield Case("structure", "headings only.csv", as_csv([head]), BLOCKED, "no-rows")
    yield Case("structure", "other table.csv", as_csv([["a", "b"], [1, 2]]), BLOCKED, "layout-unknown")
    total = ["", "", "", "Total", "", ""]
    right = sum(1000 + 17 * i + 0.5 for i in range(12))
    for name, amount, verdict, rule in (
        ("right", right, PUBLISH, "totals-row-agrees"),
        ("wrong", right + 1, HELD, "totals-row-differs"),
    ):
        row = list(total)
        row[0], row[3], row[4] = "Grand Total", "", f"{amount:.2f}"
        yield Case("structure", f"{name} total.csv", as_csv([*payments(), row]), verdict, rule)
    for heading in ("payment_date", "supplier", "department", "amount_gbp"):
        at = HEADINGS.index(heading)
        without = [[c for i, c in enumerate(row) if i != at] for row in payments()]
        yield Case("structure", f"no column {heading}.csv", as_csv(without), BLOCKED, "column-missing")


CELLS: Mapping[str, tuple[tuple[str, object, str], ...]] = {
    "payment_date": (
        ("31/02/2026", BLOCKED, ""), ("2026-13-01", BLOCKED, ""), ("soon", BLOCKED, ""), ("", BLOCKED, ""),
        ("46200", BLOCKED, ""), ("2026", BLOCKED, ""), ("#N/A", BLOCKED, "error-cells"),
        ("######", BLOCKED, "cells-too-narrow"),
    ),
    "amount_gbp": (
        ("twelve", BLOCKED, ""), ("1.2.3", BLOCKED, ""), ("£", BLOCKED, ""), ("12,34", BLOCKED, ""),
        ("", BLOCKED, ""),
        ("12.345", BLOCKED, ""), ("#REF!", BLOCKED, "error-cells"), ("#####", BLOCKED, "cells-too-narrow"),
        ("nan", BLOCKED, ""),
        ("1e400", BLOCKED, ""), ("--5", BLOCKED, ""), ("1.23E+05", HELD, "number-shortened"),
        ("£1,234.50", PUBLISH, ""), ("(1,234.50)", PUBLISH, ""), ("1234.50-", PUBLISH, ""), ("-1,234", PUBLISH, ""),
    ),
    "supplier": (
        ("", BLOCKED, ""), ("#VALUE!", HELD, "error-cells"), ("########", BLOCKED, "cells-too-narrow"),
        ("=HYPERLINK(1)", PUBLISH, "cell-formula"), ("@cmd", PUBLISH, "cell-formula"),
        ("a,b", PUBLISH, ""), ('5" pipe', PUBLISH, ""), ("two\nlines", PUBLISH, ""), ("<script>", PUBLISH, ""),
        ("x" * 40_000, PUBLISH, ""),
        ("Mrs Example", HELD, "payee-person-like"),
    ),
    "department": (("", BLOCKED, ""), ("#NAME?", HELD, "error-cells")),
    "reference": (("1.00E+11", HELD, "number-shortened"), ("0012", PUBLISH, ""), ("#DIV/0!", HELD, "error-cells")),
    "purpose": (
        ("NI AB 12 34 56 C", BLOCKED, "personal-national-insurance"),
        ("paid ab123456c", BLOCKED, "personal-national-insurance"),
        ("NHS number 943 476 5919", BLOCKED, "personal-nhs-number"),
        ("card 4111 1111 1111 1111", BLOCKED, "personal-payment-card"),
        ("someone.example@gmail.com", BLOCKED, "personal-email"),
        ("someone@hotmail.co.uk", BLOCKED, "personal-email"),
        ("someone@camden.example", HELD, "personal-other-email"),
        ("call 07700 900123", HELD, "personal-mobile-phone"),
        ("care for Mr Example", HELD, "personal-title"),
        ("sort 12-34-56 account 12345678", HELD, "personal-bank-account"),
    ),
}  # fmt: skip


def cells() -> Iterator[Case]:
    """One cell each, in the second and in the last row."""
    for heading, kinds in CELLS.items():
        for number, (value, verdict, rule) in enumerate(kinds, start=1):
            for row in (3, 13):
                content = as_csv(with_cell(row, heading, value))
                yield Case("cell", f"{heading} {number} row {row}.csv", content, verdict, rule)  # type: ignore[arg-type]


def columns() -> Iterator[Case]:
    """What only shows in a whole column."""
    mixed = payments()
    for i, row in enumerate(mixed[1:]):
        row[0] = f"{13 + i}/04/2026" if i % 2 else f"04/{13 + i}/2026"
    yield Case("column", "mixed dates.csv", as_csv(mixed), BLOCKED, "date-order-mixed")
    either = payments()
    for i, row in enumerate(either[1:]):
        row[0] = f"{i % 9 + 1:02}/0{i % 7 + 2}/2026"
    yield Case("column", "ambiguous dates.csv", as_csv(either), PUBLISH, "date-order-ambiguous")
    serial = payments()
    for i, row in enumerate(serial[1:]):
        row[0] = str(46_200 + i)
    yield Case("column", "day numbers.csv", as_csv(serial), PUBLISH, "date-excel-serial")
    for heading in ("Date of birth", "Home address", "National Insurance Number"):
        table = [[*payments()[0], heading], *[[*r, ""] for r in payments()[1:]]]
        yield Case("column", f"{heading}.csv", as_csv(table), HELD, "column-unmapped")
    uprn = [[*payments()[0], "UPRN"], *[[*r, "1.00E+11"] for r in payments()[1:]]]
    yield Case("column", "shortened UPRN.csv", as_csv(uprn), BLOCKED, "number-damaged")


def zipped(**files: bytes) -> bytes:
    """An archive; two underscores stand for a dot."""
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", ".")), content, zipfile.ZIP_DEFLATED)
    return box.getvalue()


def kinds() -> Iterator[Case]:
    """Files of another kind under the name of a table, and archives."""
    good = as_csv(payments())
    locked = bytearray(zipped(spend__csv=good))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    contents = {
        "login page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web-page"),
        "html table": (b"<html><table><tr><td>payment_date</td></tr></table></html>", "html-table"),
        "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "kind-no-table"),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "kind-no-table"),
        "parquet": (b"PAR1" + b"\x15\x04" * 40, "kind-other-table"),
        "geopackage": (b"SQLite format 3\x00" + b"\0" * 200, "file-damaged"),
        "xml": (b'<?xml version="1.0"?><payments><payment/></payments>', "kind-no-table"),
        "word": (zipped(**{"word/document__xml": b"<w/>"}), "kind-no-table"),
        "empty": (b"", "file-empty"),
        "spaces": (b"\xef\xbb\xbf \r\n\r\n", "file-empty"),
        "two tables": (zipped(a__csv=good, b__csv=good), "archive-several"),
        "zip in zip": (zipped(a__zip=zipped(a__csv=good)), "archive-in-archive"),
        "nothing in zip": (zipped(), "file-empty"),
        "bomb": (zipped(a__csv=b"0" * 70_000_000), "workbook-too-large"),
        "locked zip": (bytes(locked), "workbook-protected"),
        "cut zip": (zipped(a__csv=good)[:-30], "file-damaged"),
        "cut gzip": (gzip.compress(good, mtime=0)[:-12], "file-damaged"),
        "locked workbook": (ole + "EncryptedPackage".encode("utf-16-le"), "workbook-protected"),
        "broken workbook": (ole, "file-damaged"),
        "lone shp": (b"\x00\x00\x27\x0a" + b"\0" * 96, "shapefile-alone"),
    }
    for name, (content, rule) in contents.items():
        for ending in ("csv", "xlsx"):
            yield Case("kind", f"{name}.{ending}", content, BLOCKED, rule)
    for ending in ("csv", "zip", "xlsx"):
        yield Case("kind", f"zipped table.{ending}", zipped(spend__csv=good, README__txt=b"x"), PUBLISH)
        yield Case("kind", f"gzipped table.{ending}", gzip.compress(good, mtime=0), PUBLISH)
        yield Case("kind", f"text called {ending}.{ending}", good, PUBLISH)
