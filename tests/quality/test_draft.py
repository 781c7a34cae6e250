from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packages.errors import SetupProblem
from packages.messages import finding, messages
from packages.model import Batch, ChangeLog, CheckOutcome, Draft, Extract, RowNumbers, Rows, Verdict, Where, no_progress
from packages.release.seal import RenderedReport, content_digest, prove_files_equal, seal
from quality.drafting.draft import READING, Staging, write_draft
from quality.drafting.table_files import RowNumberLog
from tests.packages.release_examples import NOW, report, spec

COLUMNS = ("reference", "amount", "paid", "count")
GOOD = [
    ("000123", "1234.50", "2026-04-01", "7"),
    ('Smith, "Bros"\r\nLtd', "-0.05", "2026-05-31", ""),
    ("=1+1", "600.00", "2026-06-30", "-1"),
]


def text_rows(cells: list[tuple[str | None, ...]], size: int = 2, log=lambda _: None) -> Rows:
    """Rows as a reader would give them: text, in batches of `size`, numbered from 2."""

    def start(into: ChangeLog) -> Iterator[Batch]:
        log(into)
        for first in range(0, len(cells), size):
            part = cells[first : first + size]
            columns = [pa.array(column, pa.string()) for column in zip(*part, strict=True)]
            numbers = pa.array(range(first + 2, first + 2 + len(part)), pa.int64())
            yield Batch(pa.RecordBatch.from_arrays(columns, names=list(COLUMNS)), numbers)

    return Rows(COLUMNS, {"amount": "Net Amount"}, start, sheet="April", how_read="a workbook")


def make(folder: Path, rows: Rows, on_rows=no_progress) -> Draft:
    folder.mkdir(exist_ok=True)
    extract = Extract(Path("in.csv"), "in.csv", "0" * 64, 1, "text/csv", "", NOW)
    return write_draft(rows, spec(), spec().resource, extract, Staging(folder, on_rows=on_rows))


def outcomes(made: Draft) -> dict[str, CheckOutcome]:
    return {check.name: check.outcome for check in made.checks}


def test_good_rows_become_two_files_with_the_same_cells(tmp_path):
    made = make(tmp_path, text_rows(GOOD))

    (table,) = made.tables
    assert table.rows == 3
    assert made.findings == ()
    assert set(outcomes(made).values()) == {CheckOutcome.PASSED}
    assert {"reading", "layout"} < set(outcomes(made))
    prove_files_equal(table, tmp_path)
    with (tmp_path / "spend-over-500.csv").open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file, strict=True)] == [COLUMNS, *GOOD]
    typed = pq.read_table(tmp_path / "spend-over-500.parquet").to_pylist()
    assert typed[1] == {
        "reference": 'Smith, "Bros"\r\nLtd',
        "amount": Decimal("-0.05"),
        "paid": dt.date(2026, 5, 31),
        "count": None,
    }


def test_another_engine_finds_no_difference_between_the_files(tmp_path):
    make(tmp_path, text_rows(GOOD * 50))
    options = "header=true, auto_detect=false, delim=',', quote='\"', escape='\"'"
    types = "{'reference': 'VARCHAR', 'amount': 'DECIMAL(38,2)', 'paid': 'DATE', 'count': 'BIGINT'}"
    one = f"read_csv('{tmp_path}/spend-over-500.csv', {options}, columns={types})"
    other = f"read_parquet('{tmp_path}/spend-over-500.parquet')"

    with duckdb.connect() as connection:
        query = f"(FROM {one} EXCEPT ALL FROM {other}) UNION ALL (FROM {other} EXCEPT ALL FROM {one})"
        assert connection.execute(query).fetchall() == []
        assert connection.execute(f"SELECT count(*) FROM {other}").fetchone() == (150,)


def test_a_draft_can_be_sealed(tmp_path):
    made = make(tmp_path / "staging", text_rows(GOOD))

    release = seal(
        made,
        RenderedReport(report(made, Verdict.PUBLISH), {"report.json": b"{}"}),
        spec(),
        releases=tmp_path / "releases",
        now=NOW,
    )

    assert release.descriptor["temporal"] == {"start": "2026-04-01", "end": "2026-06-30"}


def test_the_digest_does_not_depend_on_how_the_rows_came(tmp_path):
    one = make(tmp_path / "one", text_rows(GOOD, size=1))
    two = make(tmp_path / "two", text_rows(GOOD, size=3))

    assert content_digest(one, spec()) == content_digest(two, spec())


def test_cells_that_do_not_fit_are_findings_at_the_row_and_sheet_of_the_file(tmp_path):
    made = make(tmp_path, text_rows([*GOOD, ("R4", "much", "2026-07-01", "1"), ("", "1.00", "2026-07-01", "1")]))

    found = {f.rule: f.where for f in made.findings}
    assert set(found) == {"cell-not-a-number", "cell-missing"}
    number = found["cell-not-a-number"]
    assert (number.resource, number.field, number.column, number.sheet) == (
        "spend-over-500", "amount", "Net Amount", "April",
    )  # fmt: skip
    assert (number.rows, number.count, number.of) == ((5,), 1, 5)
    assert found["cell-missing"].rows == (6,)
    assert CheckOutcome.FAILED in outcomes(made).values()
    # the files are there for the checks that follow, the faulty cells empty
    assert pq.read_table(tmp_path / "spend-over-500.parquet").column("amount").null_count == 1
    prove_files_equal(made.tables[0], tmp_path)


def test_a_table_without_rows_is_a_finding(tmp_path):
    made = make(tmp_path, text_rows([]))

    assert [f.rule for f in made.findings] == ["no-rows"]
    assert outcomes(made)["reading"] is CheckOutcome.FAILED
    assert made.tables[0].rows == 0
    assert (tmp_path / "spend-over-500.csv").read_bytes() == b"reference,amount,paid,count\r\n"


def test_what_reading_and_shaping_noted_comes_first(tmp_path):
    def note(log: ChangeLog) -> None:
        log.find(finding("quote-not-closed", Where(rows=(9,), count=1)))
        log.change("number", "amount", 4, (2, 3, 4))

    made = make(tmp_path, text_rows(GOOD, log=note))

    assert [f.rule for f in made.findings] == ["quote-not-closed"]
    assert (made.changes[0].rule, made.changes[0].count) == ("number", 4)
    assert outcomes(made)["reading"] is CheckOutcome.FAILED
    assert outcomes(made)["layout"] is CheckOutcome.PASSED
    assert made.how_read == "a workbook"
    assert made.heading("spend-over-500", "amount") == "Net Amount"


def test_every_rule_of_reading_has_words():
    assert set(messages()) >= READING


def test_statistics_come_with_the_draft(tmp_path):
    made = make(tmp_path, text_rows(GOOD))

    columns = {column.name: column for column in made.tables[0].columns}
    assert list(columns) == list(COLUMNS)
    assert columns["amount"].total == "1834.45"
    assert columns["paid"].bars == (("2026-04", 1), ("2026-05", 1), ("2026-06", 1))
    assert (columns["count"].filled, columns["count"].missing, columns["count"].total) == (2, 1, "")


def test_progress_is_told_in_rows_done(tmp_path):
    told: list[int] = []

    make(tmp_path, text_rows(GOOD), told.append)

    assert told == [2, 3]


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([[2, 3, 4], [5, 6]], RowNumbers((0,), (2,))),
        ([[2, 3], [5, 6], [9]], RowNumbers((0, 2, 4), (2, 5, 9))),
        ([[2, 4, 5], [], [6]], RowNumbers((0, 1), (2, 4))),
        ([], RowNumbers()),
    ],
)
def test_every_row_of_a_table_knows_its_row_in_the_file(batches, expected):
    numbered = RowNumberLog()
    for batch in batches:
        numbered.add(pa.array(batch, pa.int64()))
    assert numbered.result == expected
    numbers = [number for batch in batches for number in batch]
    assert [expected.of(place) for place in range(len(numbers))] == numbers


def test_a_folder_that_cannot_be_written_is_a_set_up_problem(tmp_path):
    extract = Extract(Path("in.csv"), "in.csv", "0" * 64, 1, "text/csv", "", NOW)

    with pytest.raises(SetupProblem, match="could not be written"):
        write_draft(text_rows(GOOD), spec(), spec().resource, extract, Staging(tmp_path / "missing"))


@pytest.mark.parametrize("name", ["spend-over-500.csv", "spend-over-500.parquet"])
def test_a_full_disk_is_a_set_up_problem(tmp_path, name):
    (tmp_path / name).symlink_to("/dev/full")

    with pytest.raises(SetupProblem, match="No space left"):
        make(tmp_path, text_rows(GOOD * 2000, size=1000))


def test_a_surprise_in_the_rows_is_not_swallowed(tmp_path):
    def surprise(_log: ChangeLog) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make(tmp_path, text_rows(GOOD, log=surprise))


def test_starting_is_quick(tmp_path):
    heavy = {"pandas", "great_expectations", "prefect", "frictionless", "rdflib", "jinja2"}
    code = "import sys, quality.drafting.draft, packages.release; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert heavy.isdisjoint(loaded)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(tmp_path):
    """Ten times the rows, hardly more memory: measured in a process of its own each."""
    small, large = (_peak_megabytes(tmp_path / str(batches), batches) for batches in (10, 100))

    assert large < small + 100


def _peak_megabytes(folder: Path, batches: int) -> int:
    code = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from packages.release.equality_proof import prove_files_equal
from tests.quality.test_draft import GOOD, make, text_rows
part = text_rows([(r + str(i), *rest) for i in range(5000) for r, *rest in GOOD], size=15000)
def many(log):
    for _ in range(int(sys.argv[2])):
        yield from part.start(log)
folder = Path(sys.argv[1])
prove_files_equal(make(folder, replace(part, start=many)).tables[0], folder)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    command = [sys.executable, "-c", code, str(folder), str(batches)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


BAD_DATES = [("1", "2.00", "31/31/2026", "7"), ("2", "3.00", "2026-05-31", "8"), ("3", "4.00", "7", "8")]


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (("date-order-mixed", "paid", 2), []),
        (("date-order-mixed", "paid", 1), ["cell-not-a-date"]),
        (("date-order-mixed", "amount", 2), ["cell-not-a-date"]),
        (("date-order-lone", "paid", 2), ["cell-not-a-date"]),
    ],
)
def test_a_cause_that_stops_the_file_is_told_once(tmp_path, cause: tuple[str, str, int], told: list[str]):
    rule, field, count = cause
    words = {"day_first": "2", "month_first": "4", "proven": "month", "others": "1"}
    where = Where("spend-over-500", field, count=count)
    made = make(tmp_path, text_rows(BAD_DATES, log=lambda log: log.find(finding(rule, where, **words))))
    assert [f.rule for f in made.findings] == [rule, *told]
    assert outcomes(made)["cells"] is CheckOutcome.FAILED


def test_a_column_that_is_not_there_is_not_missing_in_every_row_as_well(tmp_path):
    rows = [("", "2.00", "2026-05-31", "7"), (None, "3.00", "2026-05-31", "8")]
    where = Where("spend-over-500", "reference", "Reference")
    made = make(tmp_path, text_rows(rows, log=lambda log: log.find(finding("column-missing", where, suggestion=""))))
    assert [f.rule for f in made.findings if f.where.field == "reference"] == ["column-missing", "row-short"]


def test_names_and_amounts_that_are_the_same_in_every_row_are_said(tmp_path):
    rows = [(f"R{n % 5}", "12.50", "2026-04-01", "") for n in range(20)]
    (found,) = [f for f in make(tmp_path / "a", text_rows(rows)).findings if f.rule == "values-same"]
    assert (found.where.field, found.where.count) == ("amount", 20)
    for right in (rows[:19], [(n, "0.00", day, "") for n, _, day, _ in rows]):
        assert "values-same" not in [f.rule for f in make(tmp_path / "b", text_rows(right)).findings]


def test_what_follows_from_a_row_that_is_no_record_is_not_told_again(tmp_path):
    rows = [*GOOD, COLUMNS, ("", "x", "2026-06-31", "")]
    again = finding("headings-again", Where(rows=(5,), count=1))
    told = [f.rule for f in make(tmp_path / "a", text_rows(rows[:4], log=lambda log: log.find(again))).findings]
    assert [rule for rule in told if rule.startswith("cell-")] == []
    # another row has faults of its own
    told = [f.rule for f in make(tmp_path / "b", text_rows(rows, log=lambda log: log.find(again))).findings]
    assert {"cell-not-a-number", "cell-not-a-date"} <= set(told)
