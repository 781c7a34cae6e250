"""Rows that are swallowed, broken, doubled, cut off, or no records at all."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from tests.truth.kinds import Unfit, as_arrival, damage, lines_of, one_of, single_lines, some_rows
from tests.truth.pipeline import Arrival
from tests.truth.tables import TrueTable, csv_of

DELIMITERS = (",", ";", "\t", "|")


def _from_lines(lines: list[str], truth: TrueTable, rows: Iterable[int]) -> Arrival:
    numbers = frozenset(row + 2 for row in rows)
    return Arrival("table.csv", ("\r\n".join(lines) + "\r\n").encode(), truth, numbers)


def _with_stray_quotes(table: TrueTable, rng: Random, apart: int, delimiter: str) -> Arrival:
    table = single_lines(table)
    name = one_of(table.texts, rng)
    place = table.names.index(name)
    filled = [n for n, row in enumerate(table.rows) if row[place]]
    opens = rng.choice([n for n in filled if n + apart in filled] or [filled[0]])
    closes = opens + apart if opens + apart in filled else filled[-1]
    if closes == opens:
        raise Unfit
    lines = [delimiter.join(row) for row in (table.names, *table.rows)]
    cells = [list(row) for row in table.rows]
    # texts that hold the delimiter would need quotation marks of their own
    if any(delimiter in cell or '"' in cell for row in cells for cell in row):
        raise Unfit
    cells[opens][place] = '"' + cells[opens][place]
    cells[closes][place] += '"'
    for row in (opens, closes):
        lines[row + 1] = delimiter.join(cells[row])
    return _from_lines(lines, table, range(opens, closes + 1))


@damage("rows", "Two stray quotation marks, many rows apart")
def stray_quotes_far(table: TrueTable, rng: Random) -> Arrival:
    return _with_stray_quotes(table, rng, rng.randint(6, 20), rng.choice(DELIMITERS))


@damage("rows", "Two stray quotation marks in neighbouring rows")
def stray_quotes_near(table: TrueTable, rng: Random) -> Arrival:
    return _with_stray_quotes(table, rng, rng.randint(1, 3), rng.choice(DELIMITERS))


@damage("rows", "A quotation mark that is never closed")
def quote_never_closed(table: TrueTable, rng: Random) -> Arrival:
    table = single_lines(table)
    row = rng.randrange(len(table.rows))
    lines = lines_of(table)
    lines[row + 1] = '"' + lines[row + 1].replace('"', "")
    return _from_lines(lines, table, range(row, len(table.rows)))


@damage("rows", "Quotation marks that belong to the text and are not doubled")
def bare_quotes(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.texts, rng)
    if not all(table.column(name)):
        raise Unfit
    rows = some_rows(table, rng)
    texts = list(table.column(name))
    for row in rows:
        texts[row] = rng.choice(['"Mobile" Unit', '"The Old" Hall and "New" Wing', '"A" Block Lets'])
    truth = single_lines(table.with_column(name, texts))
    place = table.names.index(name)
    lines = lines_of(truth)
    for row in rows:
        before = csv_of([truth.rows[row][:place]]).decode().strip() if place else ""
        after = csv_of([truth.rows[row][place + 1 :]]).decode().strip() if place + 1 < len(table.names) else ""
        lines[row + 1] = ",".join([*([before] if place else []), texts[row], *([after] if after else [])])
        if not after and place + 1 < len(table.names):
            raise Unfit
    return _from_lines(lines, truth, rows)


@damage("rows", "Inch marks within a cell")
def inch_marks(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.texts, rng)
    rows = some_rows(table, rng)
    truth = single_lines(table)
    for row in rows:
        truth = truth.with_cell(row, name, 'Pipes 12" and 15" wide')
    lines = lines_of(truth)
    for row in rows:
        lines[row + 1] = lines[row + 1].replace('"Pipes 12"" and 15"" wide"', 'Pipes 12" and 15" wide')
    return _from_lines(lines, truth, rows)


@damage("rows", "A delimiter in a text without quotation marks")
def delimiter_unquoted(table: TrueTable, rng: Random) -> Arrival:
    table = single_lines(table)
    name = one_of(table.texts, rng)
    rows = some_rows(table, rng, most=3)
    truth = table
    for row in rows:
        truth = truth.with_cell(row, name, "Paving, kerbs and drains")
    lines = [line.replace('"Paving, kerbs and drains"', "Paving, kerbs and drains") for line in lines_of(truth)]
    return _from_lines(lines, truth, rows)


@damage("rows", "A row broken in two by a line break")
def broken_row(table: TrueTable, rng: Random) -> Arrival:
    table = single_lines(table)
    name = one_of(table.texts, rng)
    row = rng.randrange(len(table.rows))
    truth = table.with_cell(row, name, "Paving and kerbs")
    lines = [line.replace("Paving and kerbs", "Paving\r\nand kerbs") for line in lines_of(truth)]
    return _from_lines(lines, truth, [row, row + 1])


@damage("rows", "The file ends in the middle of a row")
def cut_off(table: TrueTable, rng: Random) -> Arrival:
    table = single_lines(table)
    lines = lines_of(table)
    last = rng.randint(2, len(table.rows) - 1)
    cut = lines[last][: rng.randint(1, max(1, lines[last].index(",")))]
    text = "\r\n".join([*lines[:last], cut])
    return Arrival("table.csv", text.encode(), table, frozenset({last + 1, last}))


@damage("rows", "Cells moved one column to the right")
def shifted_cells(table: TrueTable, rng: Random) -> Arrival:
    # where every cell is needed and has a form of its own; among optional texts nobody can see it
    typed = [n for n, field in enumerate(table.fields) if field.type != "string" and field.required]
    if not typed:
        raise Unfit
    place, rows = rng.randint(0, typed[-1]), some_rows(table, rng)
    given = list(table.rows)
    for row in rows:
        given[row] = (*given[row][:place], "", *given[row][place:-1])
    if all(given[row] == table.rows[row] for row in rows):
        raise Unfit
    return Arrival("table.csv", csv_of([table.names, *given]), table, frozenset(row + 2 for row in rows))


@damage("rows", "The headings again in the middle")
def headings_again(table: TrueTable, rng: Random) -> Arrival:
    row = rng.randint(1, len(table.rows) - 1)
    given = [*table.rows[:row], table.names, *table.rows[row:]]
    return Arrival("table.csv", csv_of([table.names, *given]), table, frozenset({row + 2}))


@damage("rows", "Another table below the first")
def table_below(table: TrueTable, rng: Random) -> Arrival:
    width, typed = len(table.names), [n for n, f in enumerate(table.fields) if f.type in ("date", "number")]
    if not typed or width < 4:
        raise Unfit
    other = [["Summary by team", "", *[""] * (width - 2)], ["Team", *["Number"] * (width - 1)]]
    other += [[f"Team {n}", *[str(n * 7)] * (width - 1)] for n in range(1, 4)]
    first = len(table.rows) + 3
    given = [*table.rows, ("",) * width, *map(tuple, other)]
    return Arrival("table.csv", csv_of([table.names, *given]), table, frozenset(range(first, first + len(other))))


NOTES = (
    "Notes",
    "1. Figures exclude VAT where it can be recovered.",
    "Source: finance system, run on the first of the month",
    "Please contact the team with any questions",
    "* provisional",
)


@damage("rows", "Notes below the table")
def notes_below(table: TrueTable, rng: Random) -> Arrival:
    width, gap = len(table.names), rng.randint(0, 2)
    notes = rng.sample(NOTES, rng.randint(1, 4))
    given = [*table.rows, *[("",) * width] * gap, *[(note, *[""] * (width - 1)) for note in notes]]
    first = len(table.rows) + 2 + gap
    return Arrival("table.csv", csv_of([table.names, *given]), table, frozenset(range(first, first + len(notes))))


@damage("rows", "A ruler of dashes below the headings")
def ruler_row(table: TrueTable, rng: Random) -> Arrival:
    sign = rng.choice("-=")
    ruler = [sign * max(3, len(name)) for name in table.names]
    return Arrival("table.csv", csv_of([table.names, ruler, *table.rows]), table, frozenset({2}))


@damage("rows", "A second row of headings with units or other names")
def second_headings(table: TrueTable, rng: Random) -> Arrival:
    if not (table.dates or table.amounts or table.point):
        raise Unfit
    words = {"date": "(date)", "number": "(number)", "integer": "(count)"}
    second = [words.get(field.type, rng.choice(["(text)", "(see notes)"])) for field in table.fields]
    return Arrival("table.csv", csv_of([table.names, second, *table.rows]), table, frozenset({2}))


@damage("rows", "A line of a program below the table (“24 rows selected.”)")
def rows_selected(table: TrueTable, rng: Random) -> Arrival:
    line = rng.choice([f"{len(table.rows)} rows selected.", f"({len(table.rows)} rows affected)"])
    content = table.as_csv() + b"\r\n" * rng.randint(0, 1) + line.encode() + b"\r\n"
    numbers = frozenset({len(table.rows) + 2, len(table.rows) + 3})
    return Arrival("table.csv", content, table, numbers)


@damage("rows", "A block of rows pasted in twice")
def pasted_twice(table: TrueTable, rng: Random) -> Arrival:
    first = rng.randint(0, len(table.rows) - 6)
    block = table.rows[first : first + rng.randint(4, 6)]
    at = rng.randint(first + len(block), len(table.rows))
    given = [*table.rows[:at], *block, *table.rows[at:]]
    numbers = frozenset({*range(first + 2, first + 2 + len(block)), *range(at + 2, at + 2 + len(block))})
    return Arrival("table.csv", csv_of([table.names, *given]), table, numbers)


@damage("rows", "A column without a heading that holds something")
def unnamed_column(table: TrueTable, rng: Random) -> Arrival:
    rows = some_rows(table, rng)
    given = [[*row, "checked by the team" if n in rows else ""] for n, row in enumerate(table.rows)]
    content = csv_of([[*table.names, ""], *given])
    # the values of the named columns are as they were, but what is left out has to be said and decided
    return Arrival("table.csv", content, table)


@damage("rows", "Two columns with the same heading")
def heading_twice(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(tuple(f.name for f in table.fields if table.is_filled(f.name)), rng)
    assert name
    place = table.names.index(name)
    given = [[row[place] if n % 2 else "", *row] for n, row in enumerate(table.rows)]
    return Arrival("table.csv", csv_of([[name, *table.names], *given]), table)


@damage("rows", "No headings")
def no_headings(table: TrueTable, _rng: Random) -> Arrival:
    return Arrival("table.csv", csv_of(table.rows), table)


@damage("rows", "A required column is not there")
def column_missing(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(tuple(f.name for f in table.fields if f.required), rng)
    place = table.names.index(name)
    rows = [[cell for n, cell in enumerate(row) if n != place] for row in (table.names, *table.rows)]
    return Arrival("table.csv", csv_of(rows), table)


@damage("rows", "A totals row that does not agree: a row is missing")
def totals_disagree(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.amounts[:1], rng)
    if table.names[0] == name:
        raise Unfit
    total = sum(round(float(text) * 100) for text in table.column(name) if text)
    row = ["Total", *["" for _ in table.names[1:]]]
    row[table.names.index(name)] = f"{total / 100:.2f}"
    lost = rng.randrange(len(table.rows))
    if table.rows[lost][table.names.index(name)] in ("", "0.00"):
        raise Unfit
    given = [r for n, r in enumerate(table.rows) if n != lost]
    return Arrival("table.csv", csv_of([table.names, *given, row]), table, frozenset({len(table.rows) + 1}))


@damage("rows", "A totals row among the records")
def totals_inside(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.amounts, rng)
    if table.names[0] == name:
        raise Unfit
    row = ["Total", *["" for _ in table.names[1:]]]
    row[table.names.index(name)] = "12345.67"
    at = rng.randint(2, len(table.rows) - 2)
    given = [*table.rows[:at], row, *table.rows[at:]]
    return Arrival("table.csv", csv_of([table.names, *given]), table, frozenset({at + 2}))


@damage("rows", "A totals row that agrees")
def totals_agree(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.amounts[:1], rng)
    if table.names[0] == name:
        raise Unfit
    total = sum(round(float(text) * 100) for text in table.column(name) if text)
    row = ["Grand Total", *["" for _ in table.names[1:]]]
    row[table.names.index(name)] = f"{total / 100:,.2f}"
    return Arrival("table.csv", csv_of([table.names, *table.rows, row]), table, frozenset({len(table.rows) + 2}))


@damage("rows", "Required cells that are empty")
def cells_missing(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(tuple(f.name for f in table.fields if f.required), rng)
    rows = some_rows(table, rng)
    given = table
    for row in rows:
        given = given.with_cell(row, name, "")
    return as_arrival(given, table, rows)
