"""Delimited text in, text cells with true row numbers out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.errors import FileProblem, SetupProblem
from packages.fetch import extract_file
from packages.model import ChangeLog, Finding, Rows, Severity
from packages.read import read
from packages.readers.delimited import csv_batches as reader_module
from packages.spec import ReadingSpec

# the child that looks at a file first has tests of its own
pytestmark = pytest.mark.usefixtures("readers_in_process")

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
SPEND = ("suppliername", "amount", "date")


def rows_of(content: bytes | str, tmp_path: Path, known: tuple[str, ...] = (), **reading: object) -> Rows:
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(extract_file(path, store=None, now=NOW), ReadingSpec(**reading), known)  # type: ignore[arg-type]


def table(rows: Rows, log: ChangeLog | None = None) -> list[tuple[object, ...]]:
    """Every row as (number, cell, cell, …)."""
    found: list[tuple[object, ...]] = []
    for batch in rows.start(log or ChangeLog()):
        cells = [column.to_pylist() for column in batch.cells.columns]
        found += zip(batch.numbers.to_pylist(), *cells, strict=True)
    return found


def findings(rows: Rows) -> dict[str, Finding]:
    log = ChangeLog()
    table(rows, log)
    return {f.rule: f for f in log.findings}


@pytest.mark.parametrize(
    ("content", "how"),
    [
        ("a,b\n£1,é\n".encode(), "CSV, UTF-8, comma, headings on row 1"),
        ("a,b\n£1,é\n".encode("utf-8-sig"), "CSV, UTF-8, comma, headings on row 1"),
        ("a;b\n£1;é\n".encode("cp1252"), "CSV, Windows-1252, semicolon, headings on row 1"),
        ("a\tb\n£1\té\n".encode("utf-16"), "CSV, UTF-16, tab, headings on row 1"),
        ("a|b\n£1|é\n".encode("utf-16-le"), "CSV, UTF-16, vertical bar, headings on row 1"),
        ("a,b\r\n£1,é\r\n".encode("utf-16-be"), "CSV, UTF-16, comma, headings on row 1"),
        (b"a,b\r\xc2\xa31,\xc3\xa9\r", "CSV, UTF-8, comma, headings on row 1"),
    ],
)
def test_encodings_and_delimiters(content: bytes, how: str, tmp_path: Path) -> None:
    rows = rows_of(content, tmp_path)
    assert (rows.how_read, rows.columns, table(rows)) == (how, ("a", "b"), [(2, "£1", "é")])


def test_windows_1252_is_said_aloud(tmp_path: Path) -> None:
    found = findings(rows_of("a\n£\n".encode("cp1252"), tmp_path))
    assert found["encoding-windows-1252"].severity is Severity.FIXED
    assert "encoding-windows-1252" not in findings(rows_of("a\n£\n".encode("cp1252"), tmp_path, encoding="cp1252"))


def test_one_late_byte_decides_the_encoding_of_the_whole_file(tmp_path: Path) -> None:
    body = "a,b\n" + "plain,text\n" * 200_000
    rows = rows_of(body.encode() + b"\xa3,\x96\n", tmp_path)
    assert table(rows)[-1] == (200_002, "£", "–")
    assert "Windows-1252" in rows.how_read


def test_an_encoding_that_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="does not fit the encoding utf-8"):
        rows_of(b"a\n\xa3\n", tmp_path, encoding="utf-8")
    with pytest.raises(FileProblem, match="neither UTF-8, UTF-16 nor Windows-1252"):
        rows_of(b"a\n\x81\xa3\n", tmp_path)
    with pytest.raises(SetupProblem, match="names no encoding"):
        rows_of(b"a\n1\n", tmp_path, encoding="latin-nine-and-a-half")


def test_quotes_line_breaks_and_spaces_are_kept_as_they_are(tmp_path: Path) -> None:
    rows = rows_of('a,b\n"x, ""y""","two\nlines"\n 1 ,\n,""\n"",3\n', tmp_path)
    assert table(rows) == [(2, 'x, "y"', "two\nlines"), (3, " 1 ", ""), (5, "", "3")]


def test_blank_rows_are_left_out_and_counted_but_keep_their_numbers(tmp_path: Path) -> None:
    rows = rows_of("a,b\n\n1,2\n , \n\n3,4\n,\n", tmp_path)
    assert [row[0] for row in table(rows)] == [3, 6]
    found = findings(rows)["blank-rows"]
    assert (found.severity, found.where.count, found.where.rows) == (Severity.FIXED, 4, (2, 4, 5))


@pytest.mark.parametrize("share", [0.001, 0.002, 0.3, 0.9])
def test_few_blank_rows_or_many_are_left_out(share: float, tmp_path: Path) -> None:
    chosen = random.Random(f"{share}").choices(
        ["x,1", "", " , ", ",", "\u00a0,"], [1 - share] + [share / 4] * 4, k=5_000
    )
    rows = rows_of("a,b\n" + "".join(f"{line}\n" for line in chosen), tmp_path)
    wanted = [(number, "x", "1") for number, line in enumerate(chosen, 2) if line == "x,1"]
    assert table(rows) == wanted
    assert findings(rows)["blank-rows"].where.count == len(chosen) - len(wanted) > 0


def test_a_piece_with_nothing_but_blank_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "BLOCK", 64)
    rows = rows_of("a,b\nx,1\n" + " ,\n" * 100 + "y,2\n", tmp_path)
    assert table(rows) == [(2, "x", "1"), (103, "y", "2")]
    assert findings(rows)["blank-rows"].where.count == 100


def test_uneven_rows_are_found_and_fitted(tmp_path: Path) -> None:
    rows = rows_of("a,b,c\n1,2,3\n4,5\n\n6,7,8,9\n10,11,12,,\n   \n13,14,15\n", tmp_path)
    assert table(rows) == [
        (2, "1", "2", "3"),
        (3, "4", "5", None),
        (5, "6", "7", "8"),
        (6, "10", "11", "12"),
        (8, "13", "14", "15"),
    ]
    found = findings(rows)
    told = {rule: (f.severity, f.where.count, f.where.rows) for rule, f in found.items()}
    assert told == {
        "row-too-short": (Severity.BLOCK, 1, (3,)),
        "row-too-long": (Severity.BLOCK, 1, (5,)),
        "cells-beyond-headings": (Severity.FIXED, 1, (6,)),
        "blank-rows": (Severity.FIXED, 2, (4, 7)),
    }


def test_an_uneven_row_far_down_is_found_at_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "BLOCK", 4_096)
    lines = [f"{n},x" for n in range(2, 20_000)]
    lines[15_000] = "short"
    rows = rows_of("a,b\n" + "\n".join(lines), tmp_path)
    assert [row[:2] for row in table(rows)] == [(n, str(n) if n != 15_002 else "short") for n in range(2, 20_000)]
    assert findings(rows)["row-too-short"].where.rows == (15_002,)


def test_a_pass_can_be_started_again(tmp_path: Path) -> None:
    rows = rows_of("a\n1\n2\n", tmp_path)
    assert table(rows) == table(rows) == [(2, "1"), (3, "2")]


def test_a_cell_longer_than_a_block_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "BLOCK", 4_096)
    rows = rows_of(f"a,b\n1,2\n{'x' * 200_000},3\n", tmp_path)
    assert [len(str(row[1])) for row in table(rows)] == [1, 200_000]


def test_a_space_after_the_delimiter_before_a_quoted_text(tmp_path: Path) -> None:
    assert table(rows_of('a, b\n1, "x, y"\n2, "z"\n', tmp_path)) == [(2, "1", "x, y"), (3, "2", "z")]


def test_an_open_quotation_is_named_with_its_row(tmp_path: Path) -> None:
    rows = rows_of('a,b\n1,2\n3,"four\n5,6\n7,8\n', tmp_path)
    with pytest.raises(FileProblem, match="opened near row 3 is never closed"):
        table(rows)


def test_a_single_quotation_mark_inside_a_text_does_no_harm(tmp_path: Path) -> None:
    assert table(rows_of('a,b\n5" pipe,2\n3,4\n', tmp_path)) == [(2, '5" pipe', "2"), (3, "3", "4")]


def test_nul_characters_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="NUL"):
        rows_of(b"a,b\n1,2\n3,\x004\n" + b"5,6\n" * 100, tmp_path)


def test_lost_characters_are_counted(tmp_path: Path) -> None:
    found = findings(rows_of("a\n\ufffd5\n\ufffd\n", tmp_path))["lost-characters"]
    assert (found.severity, found.where.column, found.where.count, found.where.rows) == (Severity.HOLD, "a", 2, (2, 3))


@pytest.mark.parametrize("content", ["a,b\n", "a,b", "a,b\n\n , \n"])
def test_headings_alone_are_no_data(content: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="headings but no rows"):
        table(rows_of(content, tmp_path))


# --- headings ---------------------------------------------------------------------------------------------------------


def test_the_row_with_most_known_headings_is_the_heading_row(tmp_path: Path) -> None:
    content = "Payments over £500,,\n\nSupplier only,,\nSupplier Name,AMOUNT ,date\nAlpha,1,2026-01-01\n"
    rows = rows_of(content, tmp_path, SPEND)
    assert rows.columns == ("Supplier Name", "AMOUNT", "date")
    assert table(rows) == [(5, "Alpha", "1", "2026-01-01")]
    found = findings(rows)["rows-above-header"]
    assert (found.where.count, found.where.rows) == (2, (1, 3))


def test_a_title_of_another_width_above_the_headings(tmp_path: Path) -> None:
    rows = rows_of("Title; with a semicolon\nSupplier Name,Amount\nA,1\n", tmp_path, SPEND)
    assert (rows.columns, table(rows)) == (("Supplier Name", "Amount"), [(3, "A", "1")])


def test_without_known_headings_the_first_row_with_content_is_taken(tmp_path: Path) -> None:
    rows = rows_of("\n,\nx,y\n1,2\n", tmp_path)
    assert (rows.columns, table(rows)) == (("x", "y"), [(4, "1", "2")])


def test_headings_of_two_lines_do_no_harm(tmp_path: Path) -> None:
    rows = rows_of(" Sum of Amount ,\n Supplier Name , Total\n A ,1.00\n Grand Total ,1.00\n", tmp_path, SPEND)
    assert (rows.columns, table(rows)[0]) == (("Supplier Name", "Total"), (3, " A ", "1.00"))


def test_a_heading_row_that_is_given_is_taken(tmp_path: Path) -> None:
    rows = rows_of("a,b\nc,d\n1,2\n", tmp_path, header_row=2)
    assert (rows.columns, table(rows)) == (("c", "d"), [(3, "1", "2")])
    with pytest.raises(FileProblem, match="no headings on row 9"):
        rows_of("a,b\nc,d\n", tmp_path, header_row=9)


def test_a_heading_row_beyond_the_first_thirty(tmp_path: Path) -> None:
    rows = rows_of("note\n" * 39 + "a,b\n1,2\n", tmp_path, header_row=40, delimiter=",")
    assert (rows.columns, table(rows)) == (("a", "b"), [(41, "1", "2")])


def test_repeated_and_blank_headings_get_names(tmp_path: Path) -> None:
    rows = rows_of("Amount,, Amount,Amount (2),\n1,2,3,4,5\n", tmp_path)
    assert rows.columns == ("Amount", "column 2", "Amount (3)", "Amount (2)", "column 5")
    assert rows.headings["Amount (3)"] == "Amount"
    log = ChangeLog()
    assert table(rows, log) == [(2, "1", "2", "3", "4", "5")]
    told = [(f.rule, f.where.column, f.severity) for f in log.findings]
    assert told == [
        ("duplicate-heading", "Amount", Severity.WARN),
        ("blank-heading", "column 2", Severity.HOLD),
        ("blank-heading", "column 5", Severity.HOLD),
    ]


@pytest.mark.parametrize("end", [",,,", ";;;", "\t\t\t"])
def test_a_column_without_heading_is_told_by_what_it_holds(end: str, tmp_path: Path) -> None:
    lines = [f"a{end[0]}b{end}", *(f"{n}{end[0]}x{end}" for n in range(30))]
    assert findings(rows_of("\n".join(lines), tmp_path)) == {}
    lines[7] = f"6{end[0]}x{end[:2]}check this{end[0]}"
    found = findings(rows_of("\n".join(lines), tmp_path))["blank-heading"]
    assert (found.severity, found.where.column, found.where.count, found.where.rows) == (
        Severity.HOLD,
        "column 4",
        1,
        (8,),
    )
    assert "holds one cell (row 8), and is left out" in found.what
    assert findings(rows_of("\n".join(lines), tmp_path, ("a", "column4"))) == {}


def test_a_heading_with_a_line_break_does_not_shift_the_rows(tmp_path: Path) -> None:
    rows = rows_of('"Supplier\nName",b\n1,2\n', tmp_path)
    assert (rows.columns, table(rows)) == (("Supplier\nName", "b"), [(2, "1", "2")])


# --- against the standard library -------------------------------------------------------------------------------------

CELL = st.text(alphabet='ab",\n\r ;£\t', max_size=6)
WILD = st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(records=WILD, codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
def test_well_formed_text_comes_out_cell_by_cell(records: list[list[str]], codec: str, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    text = io.StringIO()
    csv.writer(text).writerows([["head", "line"], *records])
    rows = rows_of(text.getvalue().encode(codec), tmp_path_factory.mktemp("wild"), delimiter=",")
    expected = [
        (n, *[*r, None, None][:2]) for n, r in enumerate(records, start=2) if any(cell.strip() for cell in r[:2])
    ]
    if expected:
        assert table(rows) == expected


@settings(max_examples=300, deadline=None)
@given(body=st.text(alphabet='ab",\n\r ', max_size=40))
def test_malformed_text_comes_out_as_the_standard_library_reads_it(body: str, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of("h,i\n" + body, tmp_path_factory.mktemp("wild"), delimiter=",", header_row=1)
    expected = [
        (n, *[*r, None, None][:2])
        for n, r in enumerate(csv.reader(io.StringIO(body, newline="")), start=2)
        if any(cell.strip() for cell in r[:2])
    ]
    try:
        found = table(rows)
    except FileProblem as problem:
        assert "no rows" in problem.what or "never closed" in problem.what  # noqa: PT017
        return
    assert found == expected or only_kept_quotes(found, expected, body)


def only_kept_quotes(found: list[tuple[object, ...]], expected: list[tuple[object, ...]], body: str) -> bool:
    """Text stands behind a closing mark, where the standard library drops marks, and nothing but marks differs.

    Spaces at the end of such a cell, where no field begins or ends with a mark, are of no account either.
    """
    plain = [[[str(cell).replace('"', "").strip() for cell in row] for row in rows] for rows in (found, expected)]
    return re.search(r'"[^",\r\n]', body) is not None and plain[0] == plain[1]


LINE = st.one_of(
    st.sampled_from(
        ["a,b", "1,2", '"x,y",z', "", "one", "1,2,3", '"two\nlines",b', '"only"', ",", ",,,", 'a"b,c"d', "é,ü"]
    ),
    st.text(alphabet='ab",\r ', max_size=8),
)


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(LINE, min_size=1, max_size=60), block=st.sampled_from([64, 128, 1 << 20]))
def test_uneven_rows_come_back_in_their_places(lines: list[str], block: int, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    body = "\n".join(lines) + "\n"
    expected = [
        (n, *[*r, None, None][:2])
        for n, r in enumerate(csv.reader(io.StringIO(body, newline="")), start=2)
        if any(cell.strip() for cell in r[:2])
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("packages.readers.delimited.csv_batches.BLOCK", block)
        try:
            found = table(rows_of("h,i\n" + body, tmp_path_factory.mktemp("wild"), delimiter=",", header_row=1))
        except FileProblem as problem:
            assert "no rows" in problem.what or "never closed" in problem.what  # noqa: PT017
            return
    assert found == expected or only_kept_quotes(found, expected, body)


def test_one_uneven_row_does_not_slow_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packages.readers.delimited.csv_batches._exact_records", None)
    lines = [f"{n},x" for n in range(200_000)]
    lines[1000] = "short"
    found = table(rows_of("h,i\n" + "\n".join(lines), tmp_path))
    assert (len(found), found[1000], found[-1]) == (200_000, (1002, "short", None), (200_001, "199999", "x"))


@pytest.mark.parametrize(
    "above",
    ["Payments over £500,,,", "Payments over £500\n", "Borough of Camden,,,\nApril 2026,,,", ",,,Page 1"],
)
def test_a_title_above_headings_that_nobody_knows_is_no_heading(above: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{above}\nId,Paid to,When,How much\n1,Quillstone Ltd,2026-04-03,5.00\n")
    rows = read(extract_file(path, store=None, now=dt.datetime(2026, 3, 1, tzinfo=dt.UTC)), ReadingSpec(), ())
    assert rows.columns == ("Id", "Paid to", "When", "How much")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Paving, kerbs and drains,3,", "cells-moved"),
        ("a, b,,", "cells-moved"),
        ("a,b,c,", "cells-beyond-headings"),
        ("a, b, c, ", "cells-beyond-headings"),
        ("a,b,c,,,", "cells-beyond-headings"),
    ],
)
def test_a_row_whose_text_was_cut_at_a_comma_is_held(line: str, rule: str, tmp_path: Path) -> None:
    found = findings(rows_of(f"text,number,note\nx,1,y\n{line}\nz,2,\n", tmp_path))
    assert (found[rule].where.rows, found[rule].severity is Severity.HOLD) == ((3,), rule == "cells-moved")


def test_a_question_mark_inside_a_word_stands_for_what_was_lost(tmp_path: Path) -> None:
    lines = [
        "Tomorrow?s People",
        "Caf?s",
        "BARNARDO?S",
        "Who knows? Ltd",
        "https://a.example/b?c=1",
        "what?",
        "x?1",
        "a/b?c",
    ]
    found = findings(rows_of("name,number\n" + "\n".join(f"{line},1" for line in lines), tmp_path))
    assert (found["characters-replaced"].where.rows, found["characters-replaced"].severity) == (
        (2, 3, 4),
        Severity.HOLD,
    )
    assert found["characters-replaced"].where.count == 3


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_line_of_more_cells_than_any_table_has(tmp_path: Path, end: str) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("payment_date,supplier\n" + '"a"b,' * 1_000_001 + end)
    with pytest.raises(FileProblem, match="delimiters in one line"):
        list(
            read(extract_file(path, store=None, now=dt.datetime.now(dt.UTC)), ReadingSpec(), frozenset()).start(
                ChangeLog()
            )
        )
