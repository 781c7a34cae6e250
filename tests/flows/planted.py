"""Files that cannot be published, full of values that must never be seen outside: names, addresses, numbers, tokens."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter

from packages.vocabulary import publishers
from tests.flows.city import DATAPACKAGE, PUBLISHER, QUALITY

EACH = 20
"""Values in every file."""

Values = list[str]
HEADINGS = ["Tag", "Species", "Planting date", "Height (m)"]


def values(seed: int) -> Values:
    """EACH values of all kinds that occur nowhere else, always the same for the same seed."""
    dice = random.Random(seed)
    kinds = (_person, _mailbox, _nhs_number, _token)
    return [kinds[i % len(kinds)](dice) for i in range(EACH)]


def _word(dice: random.Random) -> str:
    return "".join(dice.choice("bdfgklmnprstvz") + dice.choice("aeiou") for _ in range(4))


def _person(dice: random.Random) -> str:
    return f"{_word(dice).title()} {_word(dice).title()}"


def _mailbox(dice: random.Random) -> str:
    return f"{_word(dice)}.{_word(dice)}@gmail.com"


def _nhs_number(dice: random.Random) -> str:
    while True:
        digits = "".join(dice.choice("0123456789") for _ in range(9))
        check = 11 - sum(int(d) * (10 - i) for i, d in enumerate(digits)) % 11
        if check < 10 and digits[0] == "4":
            return f"{digits[:3]} {digits[3:6]} {digits[6:]}{check}"


def _token(dice: random.Random) -> str:
    return "ghp_" + "".join(dice.choice("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(24))


# --- ways to fail: each takes its values and gives the end of the name of the file and its bytes ----------------------

Made = tuple[str, bytes]


def _rows(found: Values) -> list[list[str]]:
    """Good rows of which the text columns hold the values."""
    pairs = zip(found[::2], found[1::2], strict=True)
    return [[one, other, "01/03/2019", "12.5"] for one, other in pairs]


def _csv(table: list[list[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(table)
    return out.getvalue().encode(encoding)


def no_numbers(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *([f"T{i}", "Acer", "01/03/2019", v] for i, v in enumerate(found))])


def no_dates(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *([f"T{i}", "Acer", v, "12.5"] for i, v in enumerate(found))])


def unknown_columns(found: Values) -> Made:
    return ".csv", _csv([HEADINGS + found, *([*row, *found] for row in _rows(found))])


def other_columns(found: Values) -> Made:
    return ".csv", _csv([found, *([v] * len(found) for v in found)])


def no_headings(found: Values) -> Made:
    return ".csv", _csv(_rows(found))


def two_headings_alike(found: Values) -> Made:
    return ".csv", _csv([[*HEADINGS, *found[:5], *found[:5]], *([*row, *found[:10]] for row in _rows(found))])


def rows_too_long(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *([*row, *found[:3]] for row in _rows(found))])


def rows_too_short(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *(row[:3] for row in _rows(found))])


def an_open_quote(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *_rows(found)]) + f'T9,"{found[0]},01/03/2019,1\nT8,{found[1]},,2\n'.encode()


def keys_twice(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *_rows(found), *_rows(found)])


def no_keys(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *(["", *row[1:]] for row in _rows(found))])


def nul_characters(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *_rows(found)]).replace(b"12.5", b"12\0.5")


def no_encoding(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *_rows(found)]) + b"T9,\x81\x8d\x8f\x90\x9d,,\n"


def another_encoding(found: Values) -> Made:
    return ".csv", _csv([["Tag", f"Spécies {found[0]}", *HEADINGS[2:]], *_rows(found)], "cp1252", ";")


def titles_above(found: Values) -> Made:
    return ".csv", _csv([[found[0]], [found[1], found[2]], HEADINGS, *_rows(found)])


def formulas(found: Values) -> Made:
    return ".csv", _csv([HEADINGS, *(["T1", f"=1+{v}", "01/03/2019", "1"] for v in found)])


def a_web_page(found: Values) -> Made:
    return ".csv", f"<!doctype html><title>{found[0]}</title><p>{'<p>'.join(found)}".encode()


def broken_json(found: Values) -> Made:
    return ".json", ('[{"Tag": "' + '", "Species": "'.join(found) + '",, }]').encode()


def nested_json(found: Values) -> Made:
    inside = ", ".join(f'"{v}": {{"{v}": ["{v}"]}}' for v in found)
    return ".json", f'[{{"Tag": "T1", {inside}}}]'.encode()


def several_in_an_archive(found: Values) -> Made:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        for value in found:
            archive.writestr(f"{value}.csv", _csv([HEADINGS, *_rows(found)]))
    return ".zip", box.getvalue()


def broken_map(found: Values) -> Made:
    return ".geojson", ('{"type": "FeatureCollection", "features": [{"properties": {"' + '": 1, "'.join(found)).encode()


def _workbook(found: Values, change: Callable[[Any, Any], None]) -> Made:
    box = io.BytesIO()
    with xlsxwriter.Workbook(box, {"in_memory": True}) as book:
        sheet = book.add_worksheet(found[0])
        for number, row in enumerate([HEADINGS, *_rows(found)]):
            sheet.write_row(number, 0, row)
        change(book, sheet)
    return ".xlsx", box.getvalue()


def a_hidden_sheet(found: Values) -> Made:
    def hide(book: Any, _sheet: Any) -> None:
        other = book.add_worksheet(found[1])
        other.write_row(0, 0, found)
        other.hide()

    return _workbook(found, hide)


def hidden_rows_and_columns(found: Values) -> Made:
    def hide(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 4, found)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(5, 7, None, None, {"hidden": True})

    return _workbook(found, hide)


def a_far_cell(found: Values) -> Made:
    return _workbook(found, lambda _book, sheet: sheet.write(1_000_000, 9_000, found[1]))


def merged_and_unknown(found: Values) -> Made:
    def merge(book: Any, sheet: Any) -> None:
        book.add_worksheet(found[1]).write_row(0, 0, found)
        sheet.write_row(0, 4, found)
        sheet.merge_range(2, 1, 5, 1, found[2])

    return _workbook(found, merge)


WAYS: tuple[Callable[[Values], Made], ...] = (
    no_numbers, no_dates, unknown_columns, other_columns, no_headings, two_headings_alike, rows_too_long,
    rows_too_short, an_open_quote, keys_twice, no_keys, nul_characters, no_encoding, another_encoding, titles_above,
    formulas, a_web_page, broken_json, nested_json, several_in_an_archive, broken_map, a_hidden_sheet,
    hidden_rows_and_columns, a_far_cell, merged_and_unknown,
)  # fmt: skip


def plant(root: Path) -> dict[str, Values]:
    """A city below `root` in which every publisher hands over one failing file; the values of each publisher."""
    folder = root / "datasets" / "street-trees"
    (folder / "publishers").mkdir(parents=True)
    (folder / "datapackage.yaml").write_text(DATAPACKAGE)
    (folder / "quality.yaml").write_text(QUALITY)
    return dict(_planted(root, folder))


def _planted(root: Path, folder: Path) -> Iterator[tuple[str, Values]]:
    for seed, (way, publisher) in enumerate(zip(WAYS, publishers(), strict=False)):
        found = values(seed)
        drop = root / "drop" / publisher
        drop.mkdir(parents=True)
        ending, content = way(found)
        (drop / f"{found[-1]} {found[-4]}{ending}").write_bytes(content)
        described = PUBLISHER.format(publisher=publisher, folder=drop).replace("trees.csv", '"*"')
        (folder / "publishers" / f"{publisher}.yaml").write_text(described)
        yield publisher, found
