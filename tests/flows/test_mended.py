"""Files handed back as workbooks: read with openpyxl, and checked again as if the officer had sent them in."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from flows.checking.mended import CheckedFile, require_writable, write_mended
from flows.examine import ExaminationInput, examine
from packages.errors import FileProblem, SetupProblem
from packages.fetch import extract_file
from packages.model import ISSUES_SHEET, Identity, Severity, Verdict
from packages.spec import DatasetSpec, load_spec
from quality.report.mended_workbook import MOST_ROWS, MendedWorkbook, is_mended_workbook
from tests.corpus.case import HEADINGS, as_csv, payments
from tests.corpus.test_corpus import spec_of
from tests.flows.test_cli import londata

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
CONDITIONS = ExaminationInput(NOW, quick=True)
SAMPLES = Path(__file__).parents[2] / "packages/datasets"

pytestmark = pytest.mark.usefixtures("readers_in_process")

Table = list[list[object]]


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., CheckedFile]:
    """Check a file by a description."""

    def check(path: Path, spec: DatasetSpec) -> CheckedFile:
        folder = tmp_path / f"staging-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        extract = extract_file(path, store=None, now=NOW)
        return CheckedFile(extract, spec, examine(spec, extract, folder, CONDITIONS))

    return check


def to_decide(checked: CheckedFile) -> list[tuple[str, int]]:
    found = checked.report.with_severity(Severity.BLOCK, Severity.HOLD)
    return sorted((finding.rule, finding.where.count) for finding in found)


def spoilt(row: int, heading: str, value: object, *more: tuple[int, str, object]) -> bytes:
    table = payments()
    for at, name, text in ((row, heading, value), *more):
        table[at - 1][HEADINGS.index(name)] = text
    return as_csv(table)


def headed(**cells: Callable[[Any], Any]) -> bytes:
    """The payments with every cell of some columns written otherwise."""
    table = payments()
    for name, write in cells.items():
        at = HEADINGS.index(name)
        for row in table[1:]:
            row[at] = write(row[at])
    return as_csv(table)


SPOILT: dict[str, tuple[bytes, list[tuple[int, str]]]] = {
    "an amount in words": (spoilt(5, "amount_gbp", "about a thousand"), [(5, "amount_gbp")]),
    "a cell that is missing": (spoilt(3, "supplier", ""), [(3, "supplier")]),
    "a day that is none": (spoilt(9, "payment_date", "2026-02-31"), [(9, "payment_date")]),
    "number signs": (spoilt(4, "payment_date", "########", (7, "payment_date", "########")),
                     [(4, "payment_date"), (7, "payment_date")]),
    "an error of a spreadsheet": (spoilt(6, "amount_gbp", "#REF!"), [(6, "amount_gbp")]),
    "two faults in one row": (spoilt(8, "amount_gbp", "n.k.", (8, "supplier", "")),
                              [(8, "amount_gbp"), (8, "supplier")]),
    "days as people write them, and one fault": (
        headed(payment_date=lambda day: "/".join(reversed(str(day).split("-")))).replace(b"1017.50", b'"1,017.5O"'),
        [(3, "amount_gbp")],
    ),
    "pounds and commas, and one fault": (
        headed(amount_gbp=lambda text: f"£ {float(text):,.2f}").replace(b"Supplier C Ltd", b""), [(4, "supplier")],
    ),
    "spaces all about, and one fault": (
        headed(supplier=lambda text: f"  {text}\u00a0 ").replace(b"2026-07-05", b"2026-17-05"), [(6, "payment_date")],
    ),
    "Windows-1252, and one fault": (
        spoilt(10, "amount_gbp", "1.2.3").decode().encode("cp1252"), [(10, "amount_gbp")],
    ),
    "a total below, and one fault": (
        as_csv([*payments(), ["Total", "", "", "", "13128.00", ""]]).replace(b"1034.50", b"l034.50"),
        [(4, "amount_gbp")],
    ),
    "a title above, and one fault": (
        as_csv([["Payments of July", *[""] * 5], *payments()]).replace(b"1034.50", b"l034.50"), [(5, "amount_gbp")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOILT)
def test_what_is_left_in_a_mended_file_is_what_a_person_must_decide(
    kind: str, look: Callable[..., CheckedFile], tmp_path: Path
) -> None:
    content, places = SPOILT[kind]
    received, out = tmp_path / "july.csv", tmp_path / "mended.xlsx"
    received.write_bytes(content)
    checked = look(received, spec_of("spend-over-500"))
    write_mended(checked, out, CONDITIONS)
    again = look(out, checked.spec)
    assert to_decide(again) == to_decide(checked) != []
    assert again.examination.digest == checked.examination.digest

    book = openpyxl.load_workbook(out)
    sheet = book.worksheets[0]
    heading_row = min(row for row, _ in places)
    heading_row = next(row for row in range(1, heading_row) if sheet.cell(row, 1).value == HEADINGS[0])
    assert [cell.value for cell in sheet[heading_row]][:6] == list(HEADINGS)
    noted = {(cell.row, HEADINGS[cell.column - 1]) for row in sheet.iter_rows() for cell in row if cell.comment}
    assert set(places) <= noted
    for row, name in places:
        cell = sheet.cell(row, HEADINGS.index(name) + 1)
        # not by colour alone
        assert cell.font.b
        assert cell.border.left.style == "medium"
        assert cell.fill.fgColor.rgb == "FFF8CBAD"
        assert "Must be fixed" in cell.comment.text or "Must be decided" in cell.comment.text

    # the officer does what the notes say, in the workbook itself
    for row, name in places:
        at = HEADINGS.index(name)
        sheet.cell(row, at + 1).value = payments()[row - heading_row][at]
    sent = tmp_path / "sent.xlsx"
    book.save(sent)
    clean = look(sent, checked.spec)
    assert to_decide(clean) == []
    assert clean.report.verdict == Verdict.PUBLISH


def test_what_was_repaired_is_written_in_and_needs_no_repair_again(
    look: Callable[..., CheckedFile], tmp_path: Path
) -> None:
    content = headed(
        payment_date=lambda day: "/".join(reversed(str(day).split("-"))), amount_gbp=lambda text: f"£{float(text):,.2f}"
    )
    (tmp_path / "july.csv").write_bytes(content)
    checked = look(tmp_path / "july.csv", spec_of("spend-over-500"))
    out = tmp_path / "mended.xlsx"
    write_mended(checked, out, CONDITIONS)
    assert sum(change.count for change in checked.report.changes) >= 24
    again = look(out, checked.spec)
    assert sum(change.count for change in again.report.changes) == 0
    assert again.report.verdict == checked.report.verdict == Verdict.PUBLISH
    sheet = openpyxl.load_workbook(out).worksheets[0]
    assert [cell.value for cell in sheet[2]] == [str(cell) for cell in payments()[1]]
    assert sheet["A2"].font.i
    assert not sheet["B2"].font.i


@pytest.mark.parametrize("publisher", ["camden", "bexley", "bromley", "wandsworth"])
def test_files_in_the_layouts_of_publishers_come_back_as_they_were(
    publisher: str, look: Callable[..., CheckedFile], tmp_path: Path
) -> None:
    spec = load_spec(Identity("spend-over-500", publisher))
    sample = next(path for path in sorted((SAMPLES / "spend-over-500/samples" / publisher).iterdir()))
    checked = look(sample, spec)
    out = tmp_path / "mended.xlsx"
    write_mended(checked, out, CONDITIONS)
    again = look(out, spec)
    assert again.examination.digest == checked.examination.digest
    assert to_decide(again) == to_decide(checked)


def test_no_cell_becomes_a_formula_and_no_value_is_on_the_sheet_of_issues(
    look: Callable[..., CheckedFile], tmp_path: Path
) -> None:
    evil = ("=1+1", "+44 20 7946 0000", "@SUM(A1)", "-5+cmd|' /C calc'!A0", '=HYPERLINK("http://x.example")')
    table = payments()
    for number, text in enumerate(evil, 1):
        table[number][1] = text
    table[7][HEADINGS.index("amount_gbp")] = "Zanzibar-canary"
    (tmp_path / "july.csv").write_bytes(as_csv(table))
    checked = look(tmp_path / "july.csv", spec_of("spend-over-500"))
    out = tmp_path / "mended.xlsx"
    write_mended(checked, out, CONDITIONS)
    book = openpyxl.load_workbook(out)
    for sheet in book.worksheets:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
        assert not any(isinstance(cell.value, (int, float)) for row in sheet.iter_rows() for cell in row)
    assert [book.worksheets[0].cell(row, 2).value for row in range(2, 7)] == list(evil)
    shown = json.dumps([[cell.value for cell in row] for row in book[ISSUES_SHEET].iter_rows()])
    notes = " ".join(cell.comment.text for row in book.worksheets[0].iter_rows() for cell in row if cell.comment)
    for text in (*evil, "Zanzibar"):
        assert text not in shown + notes


def test_whatever_is_found_is_on_the_sheet_of_issues(look: Callable[..., CheckedFile], tmp_path: Path) -> None:
    (tmp_path / "july.csv").write_bytes(spoilt(5, "amount_gbp", "x", (6, "amount_gbp", "y"), (9, "supplier", "")))
    checked = look(tmp_path / "july.csv", spec_of("spend-over-500"))
    write_mended(checked, tmp_path / "mended.xlsx", CONDITIONS)
    rows = list(openpyxl.load_workbook(tmp_path / "mended.xlsx")[ISSUES_SHEET].iter_rows(values_only=True))
    places = {(row[2], row[3]) for row in rows if row[1] == "Must be fixed"}
    assert {("5", "amount_gbp"), ("6", "amount_gbp"), ("9", "supplier")} <= places
    assert all(row[5] and row[6] and row[7] for row in rows if row[1] == "Must be fixed")


def test_more_rows_than_are_marked_are_told_at_the_heading(look: Callable[..., CheckedFile], tmp_path: Path) -> None:
    table = payments()
    table += [[*table[1][:4], "much", f"INV-{1000 + number}"] for number in range(150)]
    (tmp_path / "july.csv").write_bytes(as_csv(table))
    checked = look(tmp_path / "july.csv", spec_of("spend-over-500"))
    write_mended(checked, tmp_path / "mended.xlsx", CONDITIONS)
    book = openpyxl.load_workbook(tmp_path / "mended.xlsx")
    sheet, at = book.worksheets[0], HEADINGS.index("amount_gbp") + 1
    assert "150" in sheet.cell(1, at).comment.text
    marked = [row for row in range(2, sheet.max_row + 1) if sheet.cell(row, at).comment]
    assert len(marked) == 100
    assert "and 50 more" in {row[2] for row in book[ISSUES_SHEET].iter_rows(values_only=True)}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "cannot be read as a table"),
        (as_csv([row[: 6 - (n == 4)] for n, row in enumerate(payments())]), "another result there"),
        (as_csv([[*row, "extra"] if n == 4 else row for n, row in enumerate(payments())]), "another result there"),
    ],
    ids=["no table", "a short row", "a long row"],
)
def test_a_file_that_a_workbook_would_make_look_better_is_not_handed_back(
    content: bytes, words: str, look: Callable[..., CheckedFile], tmp_path: Path
) -> None:
    (tmp_path / "july.csv").write_bytes(content)
    checked = look(tmp_path / "july.csv", spec_of("spend-over-500"))
    with pytest.raises(FileProblem, match=words):
        write_mended(checked, tmp_path / "mended.xlsx", CONDITIONS)
    assert not (tmp_path / "mended.xlsx").exists()


def test_hidden_rows_do_not_come_out_as_rows(look: Callable[..., CheckedFile], tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in payments():
        book.active.append(row)
    book.active.row_dimensions[5].hidden = True
    book.save(tmp_path / "july.xlsx")
    checked = look(tmp_path / "july.xlsx", spec_of("spend-over-500"))
    with pytest.raises(FileProblem, match="hidden"):
        write_mended(checked, tmp_path / "mended.xlsx", CONDITIONS)
    assert not (tmp_path / "mended.xlsx").exists()


def test_what_somebody_works_in_is_never_written_over(look: Callable[..., CheckedFile], tmp_path: Path) -> None:
    received = tmp_path / "july.xlsx"
    book = openpyxl.Workbook()
    book.save(received)
    theirs = tmp_path / "theirs.xlsx"
    shutil.copy(received, theirs)
    link = tmp_path / "link.xlsx"
    link.symlink_to(received)
    for out in (received, theirs, link):
        with pytest.raises(SetupProblem, match="is there already"):
            require_writable(out, received)
    with pytest.raises(SetupProblem, match="no name of a workbook"):
        require_writable(tmp_path / "out.csv", received)
    (tmp_path / "july.csv").write_bytes(as_csv(payments()))
    ours = tmp_path / "ours.xlsx"
    write_mended(look(tmp_path / "july.csv", spec_of("spend-over-500")), ours, CONDITIONS)
    assert is_mended_workbook(ours)
    require_writable(ours, received)
    # its own rows, sent in again: what was received is not written over either
    with pytest.raises(SetupProblem, match="is there already"):
        require_writable(ours, ours)


def test_a_folder_that_cannot_be_written_to(look: Callable[..., CheckedFile], tmp_path: Path) -> None:
    (tmp_path / "july.csv").write_bytes(as_csv(payments()))
    checked = look(tmp_path / "july.csv", spec_of("spend-over-500"))
    with pytest.raises(SetupProblem, match="cannot be written"):
        write_mended(checked, tmp_path / "nowhere/out.xlsx", CONDITIONS)
    assert not list(tmp_path.glob(".londata-*"))


def test_what_the_format_has_no_room_for(tmp_path: Path) -> None:
    def book() -> MendedWorkbook:
        return MendedWorkbook(tmp_path / "out.xlsx", ["a"], "Data", tmp_path)

    for number, text in ((MOST_ROWS + 1, "x"), (2, "x" * 32_768)):
        with pytest.raises(FileProblem, match="no room"), book() as made:
            made.write_row(number, [text], (), {})
    with pytest.raises(FileProblem, match="no room"):
        MendedWorkbook(tmp_path / "out.xlsx", ["a"] * 16_385, "Data", tmp_path)


def test_the_command_writes_it_and_says_where(tmp_path: Path) -> None:
    file, out = tmp_path / "july.csv", tmp_path / "mended.xlsx"
    file.write_bytes(spoilt(5, "amount_gbp", "x"))
    command = ["check", str(file), "--dataset", "spend-over-500", "--quick"]
    # the shipped descriptions
    known = {"LONDATA_DATASETS": str(SAMPLES)}
    asked = londata(tmp_path, *command, **known)
    assert (asked.code, "--mended" in asked.out) == (20, True)
    done = londata(tmp_path, *command, "--mended", str(out), **known)
    assert (done.code, f"marked: {out}" in done.words) == (20, True)
    assert is_mended_workbook(out)
    before = file.read_bytes()
    refused = londata(tmp_path, *command, "--mended", str(file), **known)
    assert (refused.code, "Traceback" in refused.err) == (60, False)
    assert file.read_bytes() == before
