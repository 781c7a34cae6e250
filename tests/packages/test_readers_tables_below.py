"""A second table below the first is seen, also where one batch ends and the next begins."""

from __future__ import annotations

import pyarrow as pa
import pytest

from packages.model import Batch, ChangeLog
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.edges import EdgeRows
from packages.readers.checks.rows import RowChecks, RowTally
from packages.readers.checks.tables_below import TablesBelow

COLUMNS = ("date", "who", "amount")
PAID = ["2026-03-31", "Quillstone Ltd", "5"]
BLANK = ["", " ", ""]


def found(rows: list[list[str]], size: int) -> list[tuple[str, tuple[int, ...], int]]:
    batches = []
    for first in range(0, len(rows), size):
        part = rows[first : first + size]
        arrays = [pa.array(column, pa.string()) for column in zip(*part, strict=True)]
        numbers = pa.array(range(first + 2, first + 2 + len(part)), pa.int64())
        batches.append(Batch(pa.RecordBatch.from_arrays(arrays, names=list(COLUMNS)), numbers))
    log = ChangeLog()
    checks = RowChecks(RowTally(), DamageCheck({c: c for c in COLUMNS}), EdgeRows())
    for _ in checks.kept(batches):
        pass
    checks.report(log, "")
    return [(f.rule, f.where.rows, f.where.count) for f in log.findings if f.rule == "tables-below"]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([PAID, PAID, BLANK, ["Role", "Team", ""], ["Clerk", "Housing", ""]], (5,)),
        ([PAID, BLANK, BLANK, ["Role", "Team", "Site"], PAID, BLANK, ["Role", "Team", ""]], (5, 8)),
        ([PAID, PAID, ["Role", "Team", "Site"]], ()),
        ([PAID, BLANK, PAID, BLANK, PAID], ()),
        ([PAID, BLANK, ["Adult care", "", ""], PAID], ()),
        ([PAID, BLANK, ["Total", "", "1,234.50"]], ()),
        ([["a", "b", "c"], BLANK, ["d", "e", "f"]], ()),
        ([BLANK, ["a", "b", "c"], PAID], ()),
        ([PAID, BLANK, ["", "Prepared by", "Finance team"]], (4,)),
    ],
)
def test_words_after_a_blank_row_where_numbers_stood(
    rows: list[list[str]], expected: tuple[int, ...], size: int
) -> None:
    assert found(rows, size) == ([("tables-below", expected, len(expected))] if expected else [])


@pytest.mark.parametrize("cut", range(1, 5))
def test_the_same_in_two_parts(cut: int) -> None:
    rows = [PAID, BLANK, BLANK, ["Role", "Team", "Site"], ["Clerk", "Housing", ""]]
    kept = [(number, row) for number, row in enumerate(rows, start=2) if row is not BLANK]
    parts = []
    for part in ([pair for pair in kept if pair[0] < cut + 2], [pair for pair in kept if pair[0] >= cut + 2]):
        parts.append(TablesBelow())
        if part:
            arrays = [pa.array(column, pa.string()) for column in zip(*(row for _, row in part), strict=True)]
            cells = pa.RecordBatch.from_arrays(arrays, names=list(COLUMNS))
            parts[-1].inspect(Batch(cells, pa.array([number for number, _ in part], pa.int64())))
    first, second = parts
    first.absorb(second)
    log = ChangeLog()
    first.report(log, "")
    assert [(f.rule, f.where.rows) for f in log.findings] == [("tables-below", (5,))]
