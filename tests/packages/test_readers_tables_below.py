"""A second table below the first is seen, also where one batch ends and the next begins."""

from __future__ import annotations

import pyarrow as pa
import pytest

from packages.model import Batch, ChangeLog
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.edges import EdgeRows
from packages.readers.checks.rows import RowChecks, RowTally

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
