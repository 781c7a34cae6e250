"""Quotation marks where RFC 4180 has none: what belongs to a text is kept, and what swallows rows stops the file."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.errors import FileProblem
from packages.model import Finding, Severity
from tests.packages.test_readers_csv import findings, rows_of, table

# the child that looks at a file first has tests of its own
pytestmark = pytest.mark.usefixtures("readers_in_process")

STOPS = (Severity.BLOCK, Severity.HOLD)
NAMES = ("Alder & Sons", "Birch Catering", "Cedar LLP", "Dogwood Ltd", "Elm Housing", "Fir Trust")


def payments(count: int) -> list[list[str]]:
    """Headings and rows: two columns of numbers, one of dates, the others words."""
    rows = [["Paid", "Reference", "Amount", "Supplier", "Purpose", "Team"]]
    for n in range(count):
        day = f"{n % 28 + 1:02}/07/2026"
        rows.append([day, f"{40_000 + n}", f"{500 + n}.00", NAMES[n % 6], ["Repairs", "Food"][n % 2], "Housing"])
    return rows


def naive(rows: list[list[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(row) + "\n" for row in rows)


def stops(rows: list[list[str]] | str, tmp_path: Path, delimiter: str = ",") -> list[Finding]:
    text = rows if isinstance(rows, str) else naive(rows, delimiter)
    return [f for f in findings(rows_of(text, tmp_path)).values() if f.severity in STOPS]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(("opens", "closes"), [(5, 6), (5, 25), (2, 60), (58, 60)])
@pytest.mark.parametrize("column", [0, 3, 5])
def test_rows_between_two_stray_marks(opens: int, closes: int, column: int, delimiter: str, tmp_path: Path) -> None:
    rows = payments(60)
    rows[opens - 1][column] = '"' + rows[opens - 1][column]
    rows[closes - 1][column] += '"'
    (found,) = stops(rows, tmp_path, delimiter)
    assert (found.rule, found.severity, found.where.rows) == ("rows-swallowed", Severity.HOLD, (opens,))
    breaks = "a line break" if closes - opens == 1 else f"{closes - opens} line breaks"
    assert (found.where.column, breaks in found.what) == (rows[0][column], True)


def test_two_marks_in_other_columns_are_one_cause(tmp_path: Path) -> None:
    rows = payments(30)
    rows[4][3] = '"' + rows[4][3]
    rows[14][4] += '"'
    (found,) = stops(rows, tmp_path)
    assert (found.rule, found.severity, found.where.rows) == ("rows-swallowed-uneven", Severity.BLOCK, (5,))


def test_a_mark_that_ends_at_the_quoted_amount_of_the_next_row(tmp_path: Path) -> None:
    rows = payments(30)
    for row in rows[1:]:
        row[2] = f'"1,{row[2]}"'
    rows[4][3] = '"' + rows[4][3]
    assert {f.where.rows for f in stops(rows, tmp_path)} == {(5,)}


def test_narrow_tables_of_words_and_of_numbers(tmp_path: Path) -> None:
    words = [["Name", "Ward", "Kind"], *[[name, "Canalside", "Shop"] for name in NAMES * 5]]
    words[3][0], words[20][0] = '"' + words[3][0], words[20][0] + '"'
    assert [f.where.rows for f in stops(words, tmp_path)] == [(4,)]
    pairs = [["Name", "Count"], *[[name, f"{n}"] for n, name in enumerate(NAMES * 5)]]
    pairs[3][0], pairs[4][0] = '"' + pairs[3][0], pairs[4][0] + '"'
    assert [f.where.rows for f in stops(pairs, tmp_path)] == [(4,)]


@pytest.mark.parametrize(
    "note",
    [
        "10 High Street,\nCamden,\nLondon,\nNW1 9ZZ, United Kingdom, Europe, Earth",
        "Open Monday, Tuesday, Friday\nClosed Saturday, Sunday, and on holidays",
        "See the plan, part 2, page 3, and the map, sheet 4,\nand the notes of 3 May 2026, 4 June 2026, 5 July 2026",
        "one\ntwo\nthree",
        "a,b\r\nc,d\r\ne,f\r\n",
        "Flat 1, 2 Mill Lane\nFlat 2, 2 Mill Lane\nFlat 3, 2 Mill Lane\nFlat 4, 2 Mill Lane",
    ],
)
@pytest.mark.parametrize("width", [2, 3, 4, 6])
def test_notes_and_addresses_of_several_lines_are_left_alone(note: str, width: int, tmp_path: Path) -> None:
    text = io.StringIO()
    rows = [row[:width] for row in payments(20)]
    for row in rows[1:]:
        row[-1] = note
    csv.writer(text).writerows(rows)
    assert stops(text.getvalue(), tmp_path) == []


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ('"Mobile" Unit', '"Mobile" Unit'),
        ('The "Mobile" Unit', 'The "Mobile" Unit'),
        ('"The "Mobile" Unit"', 'The "Mobile" Unit'),
        ('"Mobile" or "Fixed"', '"Mobile" or "Fixed"'),
        ('"Mobile"-Unit (the "old" one)', '"Mobile"-Unit (the "old" one)'),
        ('""Mobile"" Unit', '"Mobile" Unit'),
        (r'"The \"Mobile\" Unit"', 'The "Mobile" Unit'),
        ('"Smith, Jones" LLP', '"Smith, Jones" LLP'),
        ('5" pipe', '5" pipe'),
        ('Pipe 12" x 6"', 'Pipe 12" x 6"'),
        ('1 1/2" and 3.5" (½")', '1 1/2" and 3.5" (½")'),
        ("51° 30' 12.5\" N", "51° 30' 12.5\" N"),
        ('"Quoted" ', "Quoted "),
        ('"Said ""yes"""', 'Said "yes"'),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_marks_that_belong_to_a_text_are_kept(cell: str, meant: str, delimiter: str, tmp_path: Path) -> None:
    rows = payments(5)
    rows[2][3], meant = cell.replace(",", delimiter), meant.replace(",", delimiter)
    rows_read = rows_of(naive(rows, delimiter), tmp_path, delimiter="tab" if delimiter == "\t" else delimiter)
    assert table(rows_read)[1][4] == meant
    assert [f for f in findings(rows_read).values() if f.severity in STOPS] == []


def test_kept_marks_are_counted(tmp_path: Path) -> None:
    rows = payments(30)
    for number in (2, 9, 30):
        rows[number - 1][3] = '"Mobile" Unit'
    found = findings(rows_of(naive(rows), tmp_path))["quotes-kept"]
    assert (found.severity, found.where.count, found.where.rows) == (Severity.FIXED, 3, (2, 9, 30))


@pytest.mark.parametrize("cell", ['"6" pipe"', '"Mobile"Unit', 'Mobile"', '""Mobile', 'O"Hara', '40713"', 'A "B'])
def test_marks_that_may_mean_either_hold_the_file(cell: str, tmp_path: Path) -> None:
    rows = payments(5)
    rows[2][3] = cell
    (found,) = stops(rows, tmp_path)
    assert (found.rule, found.where.rows) == ("quotes-doubtful", (3,))


def test_marks_after_a_space_behind_the_delimiter(tmp_path: Path) -> None:
    rows = rows_of('a, b\n1, "Mobile" Unit\n2, "x, y"\n', tmp_path)
    assert table(rows) == [(2, "1", '"Mobile" Unit'), (3, "2", "x, y")]
    assert findings(rows)["quotes-kept"].where.rows == (2,)


TEXT = st.text(alphabet='ab" ', min_size=1, max_size=8).filter(lambda text: text.strip() == text)


@settings(max_examples=400, deadline=None)
@given(cells=st.lists(TEXT, min_size=3, max_size=6))
def test_cells_written_without_any_quoting_are_right_or_stop_the_file(cells: list[str], tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    # a text between two marks alone cannot be told from one that was quoted
    true = [f"x{cell[1:]}" if cell[0] == cell[-1] == '"' else cell for cell in cells]
    rows = [["n", "text", "end"], *[[f"{n}", cell, "z"] for n, cell in enumerate(true)]]
    tmp_path = tmp_path_factory.mktemp("wild")
    try:
        found = stops(rows, tmp_path)
        read = table(rows_of(naive(rows), tmp_path))
    except FileProblem:
        return
    assert found or read == [(n, *row) for n, row in enumerate(rows[1:], start=2)]


@pytest.mark.parametrize("seed", range(60))
def test_two_marks_at_random_places_never_lose_a_row_in_silence(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    rows = payments(40)
    quoted = seed % 3 == 0
    for row in rows[1:]:
        row[2] = f'"1,{row[2]}"' if quoted else row[2]
    wanted = [tuple(row) for row in csv.reader(io.StringIO(naive(rows)))][1:]
    for _ in range(chance.choice([1, 2, 2, 3])):
        row, column = chance.randrange(1, 41), chance.randrange(6)
        cell = rows[row][column]
        at = chance.choice([0, len(cell), chance.randrange(len(cell) + 1)])
        rows[row][column] = cell[:at] + '"' + cell[at:]
    try:
        if stops(rows, tmp_path):
            return
        read = [row[1:] for row in table(rows_of(naive(rows), tmp_path))]
    except FileProblem:
        return
    # what is published is what stands in the file: stray marks made a pair, and are part of a text
    plain = [[tuple(str(cell).replace('"', "") for cell in row) for row in part] for part in (read, wanted)]
    assert plain[0] == plain[1]
    assert sum(str(cell).count('"') for row in read for cell in row) != 1
