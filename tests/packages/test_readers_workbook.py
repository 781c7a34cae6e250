"""Workbooks: cells as text with true row numbers, what they hide, and those made to break a reader."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from packages.errors import FileProblem
from packages.fetch import extract_file
from packages.model import ChangeLog, Finding, Rows, Severity
from packages.read import read
from packages.readers.budget import ReadingBudget, current_budget, put_budget_in_force
from packages.readers.cell_text import workbook_cell_text
from packages.readers.confined_rows import read_confined
from packages.readers.opening.archive_limits import check_archive
from packages.spec import ReadingSpec

pytestmark = pytest.mark.usefixtures("readers_in_process")

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
Fill = Callable[[Any], None]


def workbook(path: Path, fill: Fill) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        fill(book)
    return path


def plain(book: Any) -> None:
    sheet = book.add_worksheet("Spend")
    for row, cells in enumerate([["Supplier", "Amount"], ["Alpha", 1.5], ["Beta", 2]]):
        sheet.write_row(row, 0, cells)


def large(book: Any) -> None:
    """More than a process has lying about: its cells need memory of their own."""
    sheet = book.add_worksheet("Spend")
    for row in range(15_000):
        sheet.write_row(row, 0, [f"Supplier {row} {place}" for place in range(10)])


def rows_of(path: Path, known: tuple[str, ...] = (), **reading: object) -> Rows:
    return read(extract_file(path, store=None, now=NOW), ReadingSpec(**reading), known)  # type: ignore[arg-type]


def table(rows: Rows, log: ChangeLog | None = None) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for batch in rows.start(log or ChangeLog()):
        cells = [column.to_pylist() for column in batch.cells.columns]
        found += zip(batch.numbers.to_pylist(), *cells, strict=True)
    return found


def findings(path: Path) -> dict[str, Finding]:
    log = ChangeLog()
    table(rows_of(path), log)
    return {f.rule: f for f in log.findings}


def changed(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """The workbook with one part rewritten."""
    target = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, change(text) if name == part else text)
    return target


SHEET = "xl/worksheets/sheet1.xml"


def test_a_plain_sheet(tmp_path: Path) -> None:
    rows = rows_of(workbook(tmp_path / "a.xlsx", plain))
    assert (rows.columns, rows.sheet) == (("Supplier", "Amount"), "Spend")
    assert rows.how_read == "Excel workbook, sheet “Spend”, headings on row 1"
    assert table(rows) == table(rows) == [(2, "Alpha", "1.5"), (3, "Beta", "2")]
    assert findings(tmp_path / "a.xlsx") == {}


def test_the_temporary_folder_goes_with_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    rows = rows_of(workbook(tmp_path / "a.xlsx", plain))
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    del rows
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("007", "007"),
        (7.0, "7"),
        (7, "7"),
        (0.1, "0.1"),
        (1234.56, "1234.56"),
        (1e-7, "0.0000001"),
        (1.5e20, "150000000000000000000"),
        (-0.0, "-0"),
        (True, "true"),
        (dt.date(2024, 1, 5), "2024-01-05"),
        (dt.datetime(2024, 1, 5, 10, 30), "2024-01-05T10:30:00"),  # noqa: DTZ001
        (dt.time(9, 5), "09:05:00"),
        (dt.timedelta(hours=26, minutes=5), "26:05:00"),
        ("", ""),
    ],
)
def test_cells_as_text(value: object, text: str) -> None:
    assert workbook_cell_text(value) == text


def test_rows_and_columns_keep_their_places(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write(0, 0, "Payments over £500")
        sheet.write_row(3, 1, ["Supplier", "Paid on", "", "Code"])
        sheet.write(5, 1, "Alpha")
        sheet.write_datetime(5, 2, dt.datetime(2024, 1, 5), date)  # noqa: DTZ001
        sheet.write(5, 4, "007")
        sheet.write_formula(6, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(6, 4, '=B6&"x"', None, "Alphax")
        sheet.write(7, 5, "beyond")

    path = workbook(tmp_path / "a.xlsx", fill)
    rows = rows_of(path, header_row=4)
    assert rows.columns == ("column 1", "Supplier", "Paid on", "Code", "column 6")[1:]
    assert table(rows) == [
        (6, "Alpha", "2024-01-05", "007", ""),
        (7, "#DIV/0!", "", "Alphax", ""),
        (8, "", "", "", "beyond"),
    ]
    log = ChangeLog()
    table(rows, log)
    told = [(f.rule, f.where.rows) for f in log.findings]
    assert told == [
        ("rows-above-header", (1,)),
        ("blank-rows", (5,)),
        ("error-cells", (7,)),
        ("blank-heading", (8,)),
    ]


def test_the_sheet_with_most_known_headings_is_read(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("Notes").write(0, 0, "Amount is net")
        plain(book)
        book.add_worksheet("Empty")

    path = workbook(tmp_path / "a.xlsx", fill)
    rows = rows_of(path, known=("supplier", "amount"))
    log = ChangeLog()
    assert (rows.sheet, table(rows, log)[0]) == ("Spend", (2, "Alpha", "1.5"))
    assert [(f.rule, f.where.count) for f in log.findings] == [("sheets-left-out", 1)]
    assert rows_of(path, sheet="spend ").sheet == "Spend"
    with pytest.raises(FileProblem) as problem:
        rows_of(path, sheet="Spending")
    assert "no sheet called “Spending”" in problem.value.what


def test_a_workbook_without_content(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="empty"):
        rows_of(workbook(tmp_path / "a.xlsx", lambda book: book.add_worksheet()))
    only_headings = workbook(tmp_path / "b.xlsx", lambda book: book.add_worksheet().write_row(0, 0, ["a", "b"]))
    with pytest.raises(FileProblem, match="headings but no rows"):
        table(rows_of(only_headings))


# --- what is hidden ---------------------------------------------------------------------------------------------------


def _hidden_sheet(book: Any) -> None:
    plain(book)
    sheet = book.add_worksheet("Working")
    sheet.write(0, 0, "Private name")
    sheet.hide()


def _very_hidden_sheet(book: Any) -> None:
    _hidden_sheet(book)
    book.worksheets()[1].very_hidden()


def _hidden_rows(book: Any) -> None:
    plain(book)
    book.worksheets()[0].set_row(2, None, None, {"hidden": True})
    book.worksheets()[0].set_row(90, None, None, {"hidden": True})


def _rows_without_height(book: Any) -> None:
    plain(book)
    book.worksheets()[0].set_row(2, 0)


def _filtered_rows(book: Any) -> None:
    _hidden_rows(book)
    book.worksheets()[0].autofilter("A1:B3")
    book.worksheets()[0].filter_column("A", "x == Alpha")


def _hidden_columns(book: Any) -> None:
    plain(book)
    book.worksheets()[0].set_column("B:B", None, None, {"hidden": True})
    book.worksheets()[0].set_column("G:XFD", None, None, {"hidden": True})


@pytest.mark.parametrize(
    ("fill", "rule", "words"),
    [
        (_hidden_sheet, "workbook-hidden-sheet", "“Working” is hidden"),
        (_very_hidden_sheet, "workbook-hidden-sheet", "“Working” is hidden"),
        (_hidden_rows, "workbook-hidden-rows", "One row of the sheet “Spend” is hidden and holds data (row 3)"),
        (_rows_without_height, "workbook-hidden-rows", "(row 3)"),
        (_filtered_rows, "workbook-filtered-rows", "(row 3)"),
        (_hidden_columns, "workbook-hidden-columns", "(B)"),
    ],
)
def test_hidden_data_blocks(fill: Fill, rule: str, words: str, tmp_path: Path) -> None:
    found = findings(workbook(tmp_path / "a.xlsx", fill))[rule]
    assert found.severity is Severity.BLOCK
    assert words in found.what


def test_what_is_hidden_and_empty_does_no_harm(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        plain(book)
        book.add_worksheet("Working").hide()
        book.worksheets()[0].set_default_row(hide_unused_rows=True)
        book.worksheets()[0].set_column("C:XFD", None, None, {"hidden": True})

    assert findings(workbook(tmp_path / "a.xlsx", fill)) == {}


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ("xl/pivotCache/pivotCacheRecords1.xml", "workbook-pivot-cache"),
        ("xl/pivotCache/pivotCacheDefinition1.xml", "workbook-pivot-cache"),
        ("xl/model/item.data", "workbook-pivot-cache"),
        ("xl/externalLinks/externalLink1.xml", "workbook-external-links"),
        ("xl/embeddings/oleObject1.bin", "workbook-embedded-files"),
    ],
)
def test_hidden_copies_block(part: str, rule: str, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", plain)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(part, "<x/>")
    assert findings(path)[rule].severity is Severity.BLOCK


# --- made to break a reader -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "words"),
    [("XFD1048576", "far below or far to the right"), ("A1048576", None), ("ZZZZZ9999999999", "far below")],
)
def test_one_far_cell(cell: str, words: str | None, tmp_path: Path) -> None:
    far = f'<row r="1048576"><c r="{cell}"><v>1</v></c></row></sheetData>'
    path = changed(workbook(tmp_path / "a.xlsx", plain), SHEET, lambda x: x.replace("</sheetData>", far))
    if words is None:
        assert table(rows_of(path))[-1] == (1_048_576, "1", "")
        return
    with pytest.raises(FileProblem, match=words):
        rows_of(path)


def test_a_far_cell_without_a_value_does_no_harm(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576"/></row></sheetData>'
    path = changed(workbook(tmp_path / "a.xlsx", plain), SHEET, lambda x: x.replace("</sheetData>", far))
    assert len(table(rows_of(path))) == 2


@pytest.mark.parametrize("reference", ["A1:XFD1048576", "A1:A1"])
def test_a_declared_rectangle_is_not_believed(reference: str, tmp_path: Path) -> None:
    path = changed(
        workbook(tmp_path / "a.xlsx", plain), SHEET, lambda x: x.replace('ref="A1:B3"', f'ref="{reference}"')
    )
    assert len(table(rows_of(path))) == 2


def test_a_declared_rectangle_beyond_any_sheet_is_refused(tmp_path: Path) -> None:
    reference = 'ref="A1:ZZZZ999999999"'
    path = changed(workbook(tmp_path / "a.xlsx", plain), SHEET, lambda x: x.replace('ref="A1:B3"', reference))
    with pytest.raises(FileProblem, match="far below"):
        rows_of(path)


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_document_type_is_refused_in_every_part(part: str, tmp_path: Path) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    path = changed(workbook(tmp_path / "a.xlsx", plain), part, lambda x: x.replace("?>", "?>" + laughs, 1))
    with pytest.raises(FileProblem, match="document type"):
        rows_of(path)


def test_broken_xml_is_a_damaged_file(tmp_path: Path) -> None:
    path = changed(workbook(tmp_path / "a.xlsx", plain), SHEET, lambda x: x[: len(x) // 2])
    with pytest.raises(FileProblem, match="damaged"):
        rows_of(path)


def _zip(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = _zip(tmp_path / "a.xlsx", {"xl/workbook.xml": b"0" * 5_000_000})
    check_archive(bomb)
    many = _zip(tmp_path / "b.xlsx", {str(i): b"" for i in range(9)})
    for path, budget, said in (
        (bomb, ReadingBudget(unpacked=1_000_000), "unpacks to more"),
        (bomb, ReadingBudget(small=1_000_000), "unpacks to more"),
        (many, ReadingBudget(entries=8), "more entries in the archive than can be read safely: 8 at most"),
    ):
        with within(budget), pytest.raises(FileProblem, match=said):
            check_archive(path)


@contextmanager
def within(budget: ReadingBudget) -> Iterator[None]:
    before = current_budget()
    put_budget_in_force(budget)
    try:
        yield
    finally:
        put_budget_in_force(before)


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.xlsx", {"xl/workbook.xml": b"<a/>", "xl/Workbook.xml": b"<b/>"})
    with pytest.raises(FileProblem, match="damaged"):
        check_archive(path)


def test_an_encrypted_part_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.xlsx", {"xl/workbook.xml": b"<a/>"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(FileProblem, match="password"):
        check_archive(path)


def test_a_file_that_was_cut_off_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", plain)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FileProblem, match="damaged or cut off"):
        rows_of(path)


@pytest.mark.child_process
@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (ReadingBudget(wall=0), "0 seconds"),
        (ReadingBudget(memory_base=1 << 20, memory_per_byte=0), "1 MiB of memory"),
        (ReadingBudget(unpacked=1 << 20), "unpacks to more|1 MiB of space"),
    ],
)
def test_a_reader_that_takes_too_much_is_stopped(budget: ReadingBudget, said: str, tmp_path: Path) -> None:
    extract = extract_file(workbook(tmp_path / "a.xlsx", large), store=None, now=NOW)
    with pytest.raises(FileProblem, match=said):
        read_confined(extract, ReadingSpec(), (), budget=budget)


@pytest.mark.child_process
def test_how_far_a_large_workbook_has_come_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packages.readers.sandbox.confined.LOOK_SECONDS", 0.02)
    extract = extract_file(workbook(tmp_path / "a.xlsx", large), store=None, now=NOW)
    heard: list[int] = []
    rows = read(extract, ReadingSpec(), (), heard.append)
    whole = sum(batch.cells.num_rows for batch in rows.start(ChangeLog()))
    assert heard[0] == 0
    assert heard == sorted(heard)
    assert any(0 < count <= whole for count in heard)


def test_nothing_of_the_cells_is_in_the_findings(tmp_path: Path) -> None:
    for finding in findings(workbook(tmp_path / "a.xlsx", _very_hidden_sheet)).values():
        assert "Private name" not in finding.what + finding.fix + finding.why
