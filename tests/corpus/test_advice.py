"""Whoever knows only the message, its row and its column can mend the file; then the check is clean."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from packages.model import Report, Verdict
from quality.report.items import NumberedFinding, number_findings
from quality.report.wording import MUST
from tests.corpus.case import BLOCKED, Case, Table, as_csv, payments, with_cell
from tests.corpus.test_corpus import examined
from tests.corpus.workbooks import _other, xlsx


@dataclass(frozen=True)
class Told:
    """What the message says of the place: rows and column as a spreadsheet shows them, and the sheet."""

    rows: tuple[int, ...]
    column: str
    sheet: str

    @classmethod
    def by(cls, item: NumberedFinding) -> Told:
        """Read out of the sentences alone."""
        where = item.where + " " + item.what
        numbers = re.search(r"rows? ([\d, and]+)", where)
        named = re.search(r"column “([^”]+)”", where, re.IGNORECASE)
        sheet = re.search(r"sheet “([^”]+)”", item.what)
        rows = tuple(int(n) for n in re.findall(r"\d+", numbers[1])) if numbers else ()
        return cls(rows, named[1] if named else "", sheet[1] if sheet else "")


Mend = Callable[[bytes, Told], bytes]
"""Does to the file what the message advises."""


def table_of(content: bytes) -> Table:
    return [list(row) for row in csv.reader(io.StringIO(content.decode()))]


def put(value: str) -> Mend:
    def mend(content: bytes, told: Told) -> bytes:
        table = table_of(content)
        at = table[0].index(told.column)
        for row in told.rows:
            table[row - 1][at] = value
        return as_csv(table)

    return mend


def in_the_row(change: Callable[[list[object]], None]) -> Mend:
    def mend(content: bytes, told: Told) -> bytes:
        table = table_of(content)
        for row in told.rows:
            change(table[row - 1])
        return as_csv(table)

    return mend


def leave_out_from_there(content: bytes, told: Told) -> bytes:
    return as_csv(table_of(content)[: told.rows[0] - 1])


def close_the_quotation_mark(content: bytes, told: Told) -> bytes:
    lines = content.decode().split("\n")
    lines[told.rows[0] - 1] = lines[told.rows[0] - 1].replace('"', "")
    return "\n".join(lines).encode()


def in_the_workbook(change: Callable[[openpyxl.Workbook, Told], None]) -> Mend:
    def mend(content: bytes, told: Told) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(content))
        change(book, told)
        box = io.BytesIO()
        book.save(box)
        return box.getvalue()

    return mend


def delete_the_sheet(book: openpyxl.Workbook, told: Told) -> None:
    del book[told.sheet]


def show_the_rows(book: openpyxl.Workbook, told: Told) -> None:
    for row in told.rows:
        book[told.sheet].row_dimensions[row].hidden = False


def _short() -> Table:
    table = payments()
    table[6].pop(3)
    return table


def _long() -> Table:
    table = payments()
    table[6].insert(3, "extra")
    return table


def _cell(heading: str, value: str) -> bytes:
    return as_csv(with_cell(7, heading, value))


OPEN_QUOTE = as_csv(payments()).replace(b"Supplier F", b'"Supplier F')
HIDDEN_SHEET = xlsx(_other(lambda sheet: sheet.hide()))
HIDDEN_ROW = xlsx(lambda _book, sheet: sheet.set_row(6, None, None, {"hidden": True}))

PAIRS = {
    # what is wrong in row 7: the file, the rule of the message, what its reader does
    "an amount in words": ("a.csv", _cell("amount_gbp", "twelve"), "cell-not-a-number", put("-1234.50")),
    "a day that does not exist": ("a.csv", _cell("payment_date", "soon"), "cell-not-a-date", put("2026-04-30")),
    "a date that is not there": ("a.csv", _cell("payment_date", ""), "cell-missing", put("2026-04-30")),
    "three decimals": ("a.csv", _cell("amount_gbp", "12.345"), "number-precision", put("12.35")),
    "a column too narrow": ("a.csv", _cell("supplier", "########"), "cells-too-narrow", put("Supplier F Ltd")),
    "an error of a formula": ("a.csv", _cell("amount_gbp", "#REF!"), "error-cells", put("1250.00")),
    "a number of the NHS": ("a.csv", _cell("purpose", "943 476 5919"), "personal-nhs-number", put("Home care")),
    "a personal mailbox": ("a.csv", _cell("purpose", "someone@gmail.com"), "personal-email", put("Home care")),
    "a bank account": ("a.csv", _cell("purpose", "12-34-56 12345678"), "personal-bank-account", put("Home care")),
    "a cell too few": ("a.csv", as_csv(_short()), "row-too-short", in_the_row(lambda row: row.insert(3, ""))),
    "a cell too many": ("a.csv", as_csv(_long()), "row-too-long", in_the_row(lambda row: row.__delitem__(3))),
    "headings in between": ("a.csv", as_csv(payments(5) + payments()), "headings-again", leave_out_from_there),
    "an open quotation mark": ("a.csv", OPEN_QUOTE, "quote-not-closed", close_the_quotation_mark),
    "a hidden sheet": ("a.xlsx", HIDDEN_SHEET, "workbook-hidden-sheet", in_the_workbook(delete_the_sheet)),
    "a hidden row": ("a.xlsx", HIDDEN_ROW, "workbook-hidden-rows", in_the_workbook(show_the_rows)),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_who_does_what_the_message_says_gets_a_clean_check(pair: tuple[str, bytes, str, Mend], tmp_path: Path) -> None:
    name, content, rule, mend = pair
    before = check(name, content, tmp_path / "before")
    told = Told.by(item_of(before, rule))
    if told.rows:
        assert told.rows[0] == 7
    after = check(name, mend(content, told), tmp_path / "after")
    assert [f.what for f in after.with_severity(*MUST)] == []
    assert after.verdict is Verdict.PUBLISH


def check(name: str, content: bytes, folder: Path) -> Report:
    folder.mkdir()
    return examined(Case("advice", name, content, BLOCKED), folder)


def item_of(report: Report, rule: str) -> NumberedFinding:
    """The message of the rule; a file that could not be read has one message."""
    must = [item for item in number_findings(report) if item.finding.severity in MUST]
    return next(item for item in must if item.finding.rule in (rule, "file-not-readable"))
