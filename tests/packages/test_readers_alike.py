"""Several tables of the same kind in one file: shown and held, or read as one where the description says so."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.errors import FileProblem
from packages.fetch import extract_file
from packages.model import Batch, ChangeLog, Finding, Rows, Severity
from packages.read import read
from packages.readers.joined import NamedRows, join_tables
from packages.spec import ReadingSpec
from tests.corpus.case import as_csv
from tests.packages.reader_examples import ods_row, ods_table, write_ods
from tests.packages.test_readers_geopackage import POINT, geopackage

pytestmark = pytest.mark.usefixtures("readers_in_process")

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
KNOWN = ("supplier", "amount", "date", "code")
Cells = Sequence[Sequence[object]]

JULY: Cells = [["Date", "Supplier", "Amount"], ["2026-07-01", "Alpha", 1.5], ["2026-07-02", "Beta", 2]]
AUGUST: Cells = [["Supplier", "Date", "Amount", "Notes"], ["Gamma", "2026-08-01", 3, "late"]]
CODES: Cells = [["Code", "Meaning"], ["A", "Agency"], ["B", "Books"]]
COVER: Cells = [["Payments of the council, by month"], ["Amount is net of VAT"]]


def xlsx(path: Path, sheets: Mapping[str, Cells]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                sheet.write_row(row, 0, cells)
    return path


def xls(path: Path, sheets: Mapping[str, Cells]) -> Path:
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
    book.save(str(path))
    return path


def ods(path: Path, sheets: Mapping[str, Cells]) -> Path:
    return write_ods(path, *(ods_table([ods_row(r) for r in rows], name) for name, rows in sheets.items()))


def zipped(path: Path, files: Mapping[str, Cells]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in files.items():
            archive.writestr(name, as_csv(rows))
    return path


def told(path: Path, **reading: Any) -> tuple[list[dict[str, object]], dict[str, Finding], Rows]:
    rows = read(extract_file(path, store=None, now=NOW), ReadingSpec(**reading), KNOWN)
    log = ChangeLog()
    found: list[dict[str, object]] = []
    for batch in rows.start(log):
        cells = batch.cells.to_pylist()
        found += [{"row": n, **c} for n, c in zip(batch.numbers.to_pylist(), cells, strict=True)]
    return found, {f.rule: f for f in log.findings}, rows


@pytest.mark.parametrize("make", [xlsx, xls, ods])
@pytest.mark.parametrize("other", [AUGUST, [["Date", "Supplier", "Amount"], ["2026-08-01", "Gamma", 3]]])
def test_a_second_sheet_of_the_kind_holds_the_file(make: Any, other: Cells, tmp_path: Path) -> None:
    _, said, rows = told(make(tmp_path / "a", {"Cover": COVER, "July": JULY, "August": other, "Codes": CODES}))
    assert said["tables-alike"].severity is Severity.HOLD
    assert "“July” (2 rows), “August” (1 row)" in said["tables-alike"].what
    assert said["sheets-left-out"].where.count == 2
    assert rows.sheet == "July"


@pytest.mark.parametrize(
    "others",
    [
        {"Codes": CODES},
        {"Cover": COVER, "Codes": CODES},
        {"Template": [["Date", "Supplier", "Amount"]]},
        {"Summary": [["Department", "Sum of Amount"], ["Parks", 3.5]]},
    ],
)
def test_a_sheet_of_another_kind_does_not(others: Mapping[str, Cells], tmp_path: Path) -> None:
    _, said, rows = told(xlsx(tmp_path / "a", {"July": JULY, **others}))
    assert set(said) == {"sheets-left-out"}
    assert rows.sheet == "July"


def test_of_unequal_sheets_that_fit_as_well_none_is_simply_taken(tmp_path: Path) -> None:
    paid = [["Supplier", "Paid on", "Team", "Cost"], ["Alpha", "x", "y", 1]]
    owed = [["Supplier", "Due", "Reason", "Sum"], ["Beta", "x", "y", 1]]
    _, said, _ = told(xlsx(tmp_path / "a", {"Paid": paid, "Owed": owed}))
    assert "“Paid” (1 row), “Owed” (1 row)" in said["tables-alike"].what


def test_a_named_sheet_is_a_decision(tmp_path: Path) -> None:
    found, said, _ = told(xlsx(tmp_path / "a", {"July": JULY, "August": AUGUST}), sheet="August")
    assert [row["Supplier"] for row in found] == ["Gamma"]
    assert said == {}


@pytest.mark.parametrize("make", [xlsx, xls, ods])
def test_all_sheets_become_one_table_where_the_description_says_so(make: Any, tmp_path: Path) -> None:
    path = make(tmp_path / "a", {"July": JULY, "Codes": CODES, "August": AUGUST})
    found, said, rows = told(path, sheets="all")
    assert rows.columns == ("Date", "Supplier", "Amount", "Notes")
    assert [tuple(row.values()) for row in found] == [
        (2, "2026-07-01", "Alpha", "1.5", ""),
        (3, "2026-07-02", "Beta", "2", ""),
        (5, "2026-08-01", "Gamma", "3", "late"),
    ]
    assert "“July” (2 rows), “August” (1 row, whose row 1 counts as row 4)" in said["tables-joined"].what
    assert "tables-alike" not in said


def test_layers_like_sheets(tmp_path: Path) -> None:
    path = tmp_path / "m.gpkg"
    geopackage(path, [("a", 1, POINT)], name="areas_2020")
    geopackage(path, [("b", 1, POINT), ("c", 2, POINT)], name="areas_2026")
    _, said, _ = told(path)
    assert "“areas_2020” (1 row), “areas_2026” (2 rows)" in said["tables-alike"].what
    found, said, _ = told(path, sheets="all")
    assert [(row["row"], row["code"]) for row in found] == [(1, "a"), (2, "b"), (3, "c")]
    assert "tables-joined" in said


def test_files_of_an_archive(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"july.csv": JULY, "august.csv": AUGUST})
    with pytest.raises(FileProblem) as problem:
        told(path)
    assert "“july.csv”, “august.csv”" in problem.value.what
    found, said, _ = told(path, sheets="all")
    assert [(row["row"], row["Supplier"]) for row in found] == [(2, "Alpha"), (3, "Beta"), (5, "Gamma")]
    assert "tables-joined" in said
    with pytest.raises(FileProblem):
        told(zipped(tmp_path / "b.zip", {"july.csv": JULY, "codes.csv": CODES}), sheets="all")


def test_an_archive_within_is_refused_among_several_too(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.csv", as_csv(JULY))
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("july.csv", as_csv(JULY))
        archive.writestr("more.zip", inner.getvalue())
    with pytest.raises(FileProblem, match="another archive"):
        told(path, sheets="all")


@given(
    st.lists(
        st.tuples(st.permutations(["a", "b", "c", "d"]), st.integers(1, 4), st.lists(st.integers(1, 5), max_size=6)),
        min_size=1,
        max_size=4,
    )
)
@settings(deadline=None)
def test_every_cell_of_every_part_is_there_once_and_in_its_order(
    parts: list[tuple[list[str], int, list[int]]],
) -> None:
    import pyarrow as pa

    def rows_of(number: int, names: list[str], steps: list[int]) -> Rows:
        cells = {name: [f"{number}{name}{i}" for i in range(len(steps))] for name in names}
        numbers = [sum(steps[: i + 1]) for i in range(len(steps))]

        def start(_log: ChangeLog) -> Any:
            if steps:
                yield Batch(pa.RecordBatch.from_pydict(cells), pa.array(numbers, pa.int64()))

        return Rows(tuple(names), {name: name.upper() for name in names}, start)

    made = [rows_of(n, order[:width], steps) for n, (order, width, steps) in enumerate(parts)]
    joined = join_tables([NamedRows(f"part {n}", rows) for n, rows in enumerate(made)])
    found = [row for batch in joined.start(ChangeLog()) for row in batch.cells.to_pylist()]
    wanted = [row for rows in made for batch in rows.start(ChangeLog()) for row in batch.cells.to_pylist()]
    assert [{k: v for k, v in row.items() if v} for row in found] == wanted
    numbers = [n for batch in joined.start(ChangeLog()) for n in batch.numbers.to_pylist()]
    assert numbers == sorted(set(numbers))
