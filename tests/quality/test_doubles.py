"""Rows that were pasted in twice are held; payments that are alike are not."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.model import RowNumbers, Severity
from packages.spec.table import TableSchema
from quality.doubles import doubles_part
from quality.equal_rows import equal_rows
from quality.verdict import JudgedPart
from tests.quality.drafts import make_draft, make_spec

FIELDS: list[dict[str, Any]] = [
    {"name": "paid_on", "type": "date"},
    {"name": "supplier"},
    {"name": "amount", "type": "number", "decimals": 2},
    {"name": "reference"},
]
Row = tuple[dt.date, str, Decimal, str | None]


def payment(number: int, reference: str | None = None) -> Row:
    day = dt.date(2026, 7, 1) + dt.timedelta(days=number % 30)
    return day, f"Supplier {number % 7}", Decimal(100 + number * 13 % 5000), reference or f"R{number:05}"


def columns(rows: Sequence[Row]) -> dict[str, pa.Array]:
    types = (pa.date32(), pa.string(), pa.decimal128(38, 2), pa.string())
    return {
        field["name"]: pa.array(values, kind)
        for field, values, kind in zip(FIELDS, zip(*rows, strict=True), types, strict=True)
    }


def judge_rows(folder: Path, rows: Sequence[Row], **schema: Any) -> JudgedPart:
    made = replace(make_draft(folder, columns(rows)), row_numbers={"things": RowNumbers((0,), (2,))})
    spec = make_spec(FIELDS)
    resource = spec.package.resources[0]
    described = TableSchema.model_validate({"fields": FIELDS} | schema)
    resource = resource.model_copy(update={"table_schema": described})
    package = spec.package.model_copy(update={"resources": [resource]})
    return doubles_part(made, spec.model_copy(update={"package": package}))


@pytest.mark.parametrize(
    ("copied", "at", "first"),
    [(range(300), 300, 302), (range(40, 60), 300, 302), (range(10, 13), 100, 102), (range(290, 300), 0, None)],
)
def test_a_block_that_was_pasted_twice_is_held(tmp_path: Path, copied: range, at: int, first: int | None) -> None:
    # every reference stands for several rows, so that it tells nothing apart
    rows = [payment(number, f"R{number // 10}") for number in range(300)]
    rows[at:at] = [rows[number] for number in copied]
    (found,) = judge_rows(tmp_path, rows).findings
    assert (found.rule, found.severity) == ("rows-pasted-twice", Severity.HOLD)
    assert found.where.count == len(copied)
    if first:
        assert found.where.rows[0] == first


def test_a_row_that_repeats_another_with_its_reference_is_held(tmp_path: Path) -> None:
    rows = [payment(number) for number in range(100)]
    rows.insert(50, rows[7])
    (found,) = judge_rows(tmp_path, rows).findings
    assert (found.rule, found.severity) == ("rows-repeated", Severity.HOLD)
    assert (found.where.rows, found.where.column) == ((52,), "reference")


def test_payments_that_are_alike_are_no_doubles(tmp_path: Path) -> None:
    alike = [payment(5, "FOSTER")] * 20
    rows = [payment(number, f"R{number // 10}") for number in range(100)]
    for part in (rows, [*rows, *alike], [*alike[:2], *rows, *alike[:2]], [payment(1, None), *rows[:3]] * 1):
        assert judge_rows(tmp_path, part).findings == ()


def test_a_table_with_a_key_has_no_doubles_to_look_for(tmp_path: Path) -> None:
    rows = [payment(1), payment(2), payment(3)] * 2
    assert judge_rows(tmp_path, rows).findings
    for key in ({"primaryKey": "reference"}, {"uniqueKeys": [["reference"]]}):
        assert judge_rows(tmp_path, rows, **key) == JudgedPart()


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 200),
    kinds=st.integers(1, 5),
    nulls=st.booleans(),
    many=st.sampled_from([0, 10, 500_000]),
)
def test_equal_rows_are_those_that_python_finds(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, kinds: int, nulls: bool, many: int
) -> None:
    chance = random.Random(seed)
    # beyond the length that the codes of keys look at
    long = "x" * chance.choice((0, 300))
    rows = [
        (
            dt.date(2026, 7, 1 + chance.randrange(kinds)),
            None if nulls and chance.random() < 0.3 else f"{long}S{chance.randrange(kinds)}",
            None if nulls and chance.random() < 0.3 else Decimal(chance.randrange(-kinds, kinds)),
            f"R{chance.randrange(kinds * 3)}",
        )
        for _ in range(count)
    ]
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pq.write_table(pa.table(columns(rows)), path, row_group_size=64)  # type: ignore[arg-type]
    with pq.ParquetFile(path) as file, patch("quality.equal_rows.MANY", many), patch("quality.equal_rows.BATCH", 50):
        found = equal_rows(file, ["amount", "paid_on", "reference", "supplier"])
    last: dict[Any, int] = {}
    expected = []
    for place, row in enumerate(rows):
        if row in last:
            expected.append((place, last[row]))
        last[row] = place
    assert list(zip(found.places.tolist(), found.earlier.tolist(), strict=True)) == expected


def test_many_lines_of_one_payee_may_come_in_the_same_order_again(tmp_path: Path) -> None:
    day = dt.date(2026, 7, 3)
    lines = [(day, "Larkmead Nursing Home", Decimal(560 + number % 3), f"R{number % 2}") for number in range(24)]
    assert judge_rows(tmp_path, lines).findings == ()
    payees = [(day, f"Nursery {number % 4}", Decimal(560), None) for number in range(8)]
    assert judge_rows(tmp_path, payees).findings[0].rule == "rows-pasted-twice"
