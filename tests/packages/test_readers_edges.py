"""Rows at the edges of a table that are no records are taken out and said once; records stay."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from packages.model import ChangeLog, Severity
from packages.readers.checks.rows import RowTally
from tests.packages.test_readers_csv import findings, rows_of, table
from tests.packages.test_readers_stray_quotes import naive, payments


def told(rows: list[list[str]], tmp_path: Path, delimiter: str = ",") -> dict[str, tuple[int, ...]]:
    found = findings(rows_of(naive(rows, delimiter), tmp_path))
    return {rule: f.where.rows for rule, f in found.items() if rule != "blank-rows"}


NOTES = (
    ["* Figures are provisional and unaudited", "", "", "", "", ""],
    ["Source: finance system", "", "", "", "", ""],
    ["Note that refunds are shown as negative amounts", "", "", "", "", ""],
    ["", "", "", "Prepared by the finance team", "", ""],
    ["Source:", "Finance system", "", "", "", ""],
    ["24 rows selected.", "", "", "", "", ""],
    ["1. Excludes payments below 500 pounds", "", "", "", "", ""],
    ["© Crown copyright and database rights 2026", "", "", "", "", ""],
    ["(23 rows affected)", "", "", "", "", ""],
)


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("is_apart", [True, False])
@pytest.mark.parametrize("is_ragged", [True, False])
def test_a_note_below_the_table(
    note: list[str], delimiter: str, is_apart: bool, is_ragged: bool, tmp_path: Path
) -> None:
    rows = [*payments(24), *([[""] * 6] * is_apart), [cell for cell in note if cell] if is_ragged else note]
    assert told(rows, tmp_path, delimiter) == {"notes-below": (len(rows),)}
    read = rows_of(naive(rows, delimiter), tmp_path)
    assert [list(row[1:]) for row in table(read)] == payments(24)[1:]
    assert findings(read)["notes-below"].severity is Severity.HOLD


def test_several_notes_are_one_finding(tmp_path: Path) -> None:
    rows = [*payments(24), [""], *NOTES[:4]]
    found = findings(rows_of(naive(rows), tmp_path))["notes-below"]
    assert (found.where.rows, found.where.count) == ((27, 28, 29), 4)


def test_a_note_with_commas_is_cut_into_cells(tmp_path: Path) -> None:
    text = naive(payments(24)) + "Figures are provisional, unaudited, and subject to change\n"
    assert {rule: f.where.rows for rule, f in findings(rows_of(text, tmp_path)).items()} == {"notes-below": (26,)}


@pytest.mark.parametrize(
    "row",
    [
        ["25/07/2026", "40024", "524.00", "Elm Housing", "Food", "Housing"],
        ["25/07/2026", "", "524.00", "", "", ""],
        ["25/07/2026", "40024", "524.00", "Elm Housing"],
        ["25/07/2026"],
        ["31 July 2026", "", "", "", "", ""],
        ["Total", "", "12288.00", "", "", ""],
        ["Total", "", "", "", "", ""],
        ["", "", "12288.00", "", "", ""],
        ["", "40024", "", "", "", ""],
    ],
)
def test_records_and_totals_are_no_notes(row: list[str], tmp_path: Path) -> None:
    rows = [*payments(24), row]
    assert "notes-below" not in told(rows, tmp_path)
    assert len(table(rows_of(naive(rows), tmp_path))) == 25


def test_a_name_alone_in_a_column_of_names_may_be_a_record_that_was_cut_off(tmp_path: Path) -> None:
    rows = [[row[3], *row[:3]] for row in payments(24)]
    assert told([*rows, ["Elm Housing Association"]], tmp_path) == {"row-too-short": (26,)}
    assert told([*rows, [""], ["Compiled for Elm Housing"]], tmp_path) == {"notes-below": (27,)}


def test_notes_in_narrow_tables_are_left_alone(tmp_path: Path) -> None:
    assert told([["Name", "Note"], *[["Elm", "open"]] * 20, ["Closed on public holidays", ""]], tmp_path) == {}


@pytest.mark.parametrize("line", ["------", "=====", "_____", "-- --", "+----+"])
@pytest.mark.parametrize("delimiter", [",", "|", "\t"])
def test_a_line_of_dashes(line: str, delimiter: str, tmp_path: Path) -> None:
    head, *rows = payments(24)
    lined = [head, [line] * 6, *rows, [line] * 6, ["24 rows selected."]]
    assert told(lined, tmp_path, delimiter) == {"ruler-row": (2, 27), "notes-below": (28,)}
    assert findings(rows_of(naive(lined, delimiter), tmp_path))["ruler-row"].severity is Severity.FIXED


def test_dashes_for_no_value_are_left_alone(tmp_path: Path) -> None:
    head, *rows = payments(24)
    assert told([head, ["-"] * 6, *rows], tmp_path) == {}
    assert told([head, rows[0], ["--", "", "", "", "", ""], *rows], tmp_path) == {}


@pytest.mark.parametrize(
    "second",
    [
        ["dd/mm/yyyy", "number", "GBP", "text", "text", "text"],
        ["", "", "£", "", "", ""],
        ["(date)", "(number)", "(number)", "(text)", "(text)", "(text)"],
        ["payment_date", "reference", "amount_gbp", "supplier_name", "purpose_text", "team_name"],
        ["Date of payment", "Our reference", "Net (£)", "", "", ""],
        ["dd/mm/yyyy", "no.", "£", "", "", ""],
        ["day", "", "£", "", "", ""],
    ],
)
def test_a_second_row_of_headings(second: list[str], tmp_path: Path) -> None:
    head, *rows = payments(24)
    found = told([head, second, *rows], tmp_path)
    if sum(bool(cell) for cell in second[:3]) > 1:
        assert found == {"heading-below": (2,)}
        assert len(table(rows_of(naive([head, second, *rows]), tmp_path))) == 24


@pytest.mark.parametrize(
    "first",
    [
        ["n/a", "N/A", "-", "Elm", "Food", "Housing"],
        ["01/07/2026", "TBC", "1.00", "Elm", "Food", "Housing"],
        ["", "", "", "Elm Housing", "Food", "Housing"],
        ["unknown", "unknown", "unknown", "Elm", "Food", "Housing"],
    ],
)
def test_a_first_record_without_values_is_no_heading(first: list[str], tmp_path: Path) -> None:
    head, *rows = payments(24)
    assert told([head, first, *rows], tmp_path) == {}


def test_the_headings_again_are_told_as_that(tmp_path: Path) -> None:
    head, *rows = payments(24)
    assert told([head, head, *rows], tmp_path) == {"headings-again": (2,)}


@pytest.mark.parametrize("seed", range(40))
def test_random_tables_lose_no_row(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    kinds = [chance.choice(["number", "word", "words", "code", "gap"]) for _ in range(chance.randrange(2, 8))]
    make = {
        "number": lambda: f"{chance.randrange(10_000)}",
        "word": lambda: chance.choice(["Housing", "Food", "Repairs"]),
        "words": lambda: chance.choice(["Elm Housing Association", "Note taking services.", "The Hall: hire of rooms"]),
        "code": lambda: f"AB{chance.randrange(99)}",
        "gap": lambda: chance.choice(["", "", "", "Open daily"]),
    }
    rows = [[f"{kind} {n}" for n, kind in enumerate(kinds)]]
    rows += [[make[kind]() for kind in kinds] for _ in range(chance.choice([3, 40]))]
    # a row that is blank but for one cell is a record only by chance
    rows = [row for row in rows if sum(map(bool, row)) > 1]
    if len(rows) > 1:
        assert {"notes-below", "heading-below", "ruler-row"}.isdisjoint(told(rows, tmp_path))


@pytest.mark.parametrize("block", [64, 200, 1_000])
def test_edges_do_not_depend_on_the_blocks(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packages.readers.delimited.csv_batches.BLOCK", block)
    rows = [*payments(80), [""], *NOTES[:3]]
    assert told(rows, tmp_path) == {"notes-below": (83, 84, 85)}
    assert len(table(rows_of(naive(rows), tmp_path))) == 80


def test_rows_that_were_not_counted_are_forgotten_as_well() -> None:
    """As in a damaged file, of which a row at the edge is short though no row was told to be."""
    tally, log = RowTally(), ChangeLog()
    tally.forget("row-too-short", {3})
    tally.note("row-too-short", 5)
    tally.forget("row-too-short", {3, 5, 7})
    tally.report(log, "")
    assert not log.findings
