"""Which rows are new, gone or different since the last release."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.model import ColumnStatistics, StagedFile, Table, TableChanges
from quality import difference
from quality.difference import table_changes

Columns = dict[str, Any]
SCHEMA = {"fields": [{"name": n} for n in ("id", "amount", "service")], "primaryKey": ["id"]}
BEFORE: Columns = {"id": ["a", "b", "c"], "amount": [1, 2, None], "service": ["Parks", "Parks", "Roads"]}


def compared(folder: Path, now: Columns, before: Columns, schema: dict[str, Any] = SCHEMA) -> TableChanges:
    for name, columns in (("now", now), ("before", before)):
        (folder / name).mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), folder / name / "t.parquet")
    columns = tuple(
        ColumnStatistics(n, "string", n, "", len(c), 0, len(set(c)), safe=n == "service") for n, c in now.items()
    )
    file = StagedFile("t.parquet", "", 0, "")
    table = Table("t", schema, len(now["id"]), file, file, columns)
    (found,) = table_changes([table], folder / "now", folder / "before")
    return found


def test_rows_are_told_apart_by_their_key(tmp_path: Path) -> None:
    now = {"id": ["d", "c", "a"], "amount": [9, 3, 1], "service": ["Art", "Roads", None]}
    found = compared(tmp_path, now, BEFORE)
    assert (found.added, found.removed, found.changed) == (1, 1, 2)
    assert found.fields == (("amount", 1), ("service", 1))
    assert (found.new, found.gone) == ((("service", "Art"),), (("service", "Parks"),))


def test_another_order_is_no_change(tmp_path: Path) -> None:
    found = compared(tmp_path, {name: cells[::-1] for name, cells in BEFORE.items()}, BEFORE)
    assert (found.added, found.removed, found.changed, found.fields) == (0, 0, 0, ())


@pytest.mark.parametrize(
    "key",
    [
        [1, 2, 3],
        [dt.date(2026, 1, d) for d in (1, 2, 3)],
        [Decimal("1.10"), Decimal("2.20"), Decimal("3.30")],
        [dt.datetime(2026, 1, 1, h, tzinfo=dt.UTC) for h in (1, 2, 3)],
        [dt.time(1), dt.time(2), dt.time(3)],
        [True, False, None],
    ],
    ids=lambda key: type(key[0]).__name__,
)
def test_keys_of_every_type(tmp_path: Path, key: list[Any]) -> None:
    found = compared(tmp_path, BEFORE | {"id": key}, BEFORE | {"id": key, "amount": [1, 5, None]})
    assert (found.note, found.changed) == ("", 1)


def test_what_cannot_be_compared_says_why(tmp_path: Path) -> None:
    keyless = SCHEMA | {"primaryKey": []}
    assert compared(tmp_path, BEFORE, BEFORE, keyless).note == difference.NO_KEY
    assert compared(tmp_path, BEFORE | {"id": [1, 2, 3]}, BEFORE).note == difference.OTHER_KEY
    assert compared(tmp_path, BEFORE | {"id": ["b", "a", "a"]}, BEFORE).note == difference.KEY_REPEATED


def test_columns_that_came_or_went_are_left_to_the_comparison_of_columns(tmp_path: Path) -> None:
    before = {name: cells for name, cells in BEFORE.items() if name != "amount"} | {"old": [1, 2, 3]}
    found = compared(tmp_path, BEFORE, before)
    assert (found.changed, found.fields) == (0, ())


rows = st.dictionaries(st.integers(0, 20), st.tuples(st.integers(0, 2) | st.none(), st.sampled_from("ab")), max_size=12)


@settings(max_examples=40, deadline=None)
@given(now=rows, before=rows, as_before=st.booleans(), batch=st.sampled_from([2, 65_536]))
def test_the_counts_are_those_of_a_loop(
    tmp_path_factory: pytest.TempPathFactory, now: dict[int, Any], before: dict[int, Any], as_before: bool, batch: int
) -> None:
    if as_before:
        # the same keys in the same order, but for those that came or went
        now = {key: now.get(key, value) for key, value in before.items()} | now

    def columns(table: dict[int, Any]) -> Columns:
        amounts, services = [v[0] for v in table.values()], [v[1] for v in table.values()]
        ids, text = pa.array(list(table), pa.int64()), pa.string()
        return {"id": ids, "amount": pa.array(amounts, pa.int64()), "service": pa.array(services, text)}

    with patch("quality.difference.BATCH", batch):
        found = compared(tmp_path_factory.mktemp("t"), columns(now), columns(before))
    both = now.keys() & before.keys()
    assert found.added == len(now.keys() - before.keys())
    assert found.removed == len(before.keys() - now.keys())
    assert found.changed == sum(now[key] != before[key] for key in both)
