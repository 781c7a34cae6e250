"""Compare the rows of two releases by their key: which were removed, added or changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.formats.parquet import same_columns
from packages.model import Table, TableChanges
from quality.disclosure.hidden_names import is_personal
from quality.equal_rows import codes_of_all

if TYPE_CHECKING:
    from quality.conform.keys.key_codes import Codes
    from quality.conform.masks import Ints

MOST_ROWS = 5_000_000
"""Rows of a table up to which it is compared row by row: eight bytes of each must fit into memory a few times."""

BATCH = 65_536
"""Rows that are looked at together."""

CATEGORIES = 200
"""Distinct values up to which the values of a column count as categories."""

CATEGORIES_KEPT = 20
"""New or lost categories of a column that are named."""

NO_KEY = "The table has no key, so its rows cannot be told apart."
OTHER_KEY = "The key is not that of the last release."
KEY_REPEATED = "The key is not different in every row."
TOO_LARGE = f"Tables of more than {MOST_ROWS:,} rows are not compared row by row."


@dataclass(frozen=True, slots=True)
class FilePair:
    """The Parquet files of a table: as it is now, and of the last release."""

    now: Path
    before: Path

    @property
    def common(self) -> list[str]:
        """The columns that both files have, with the same type."""
        now, before = pq.read_schema(self.now), pq.read_schema(self.before)
        return [
            field.name for field in now if field.name in before.names and before.field(field.name).type == field.type
        ]

    @property
    def rows(self) -> tuple[int, int]:
        """The number of rows of either file."""
        return pq.read_metadata(self.now).num_rows, pq.read_metadata(self.before).num_rows

    def codes(self, columns: Sequence[str]) -> tuple[Codes, Codes]:
        """Return the codes of the values of some columns in all rows of either file."""
        with _opened(self.now) as now, _opened(self.before) as before:
            first, second = (codes_of_all(file, columns) for file in (now, before))
        return first, second

    def side_by_side(self, run: RowRun, columns: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """Yield the rows of a run from both files, a batch of the same rows at a time."""
        with _opened(self.now) as now, _opened(self.before) as before:
            left, right = (
                _rows_from(file, start, run.count, columns) for file, start in ((now, run.now), (before, run.before))
            )
            a, b = next(left, None), next(right, None)
            while a is not None and b is not None:
                rows = min(a.num_rows, b.num_rows)
                yield a.slice(0, rows), b.slice(0, rows)
                a = a.slice(rows) if rows < a.num_rows else next(left, None)
                b = b.slice(rows) if rows < b.num_rows else next(right, None)


@dataclass(frozen=True, slots=True)
class RowRun:
    """So many rows in the same order in both files: the positions (from 0) of the first one now and before."""

    now: int
    before: int
    count: int


def _opened(path: Path) -> pq.ParquetFile:
    # pre_buffer would keep all that was read in memory until the file is closed
    return pq.ParquetFile(path, pre_buffer=False)


def _rows_from(file: pq.ParquetFile, start: int, count: int, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield so many rows of a file from a position on."""
    for batch in file.iter_batches(BATCH, columns=list(columns)):
        due = batch.slice(min(start, batch.num_rows), count)
        start, count = max(start - batch.num_rows, 0), count - due.num_rows
        if due.num_rows:
            # the columns come in the order of the file
            yield due.select(list(columns))


def table_changes(tables: Iterable[Table], folder: Path, released: Path) -> tuple[TableChanges, ...]:
    """Return the changes of each table in `folder` that the release in the folder `released` has too."""
    pairs = ((table, FilePair(folder / table.parquet.name, released / table.parquet.name)) for table in tables)
    return tuple(_changes(table, pair) for table, pair in pairs if pair.before.is_file())


def _changes(table: Table, pair: FilePair) -> TableChanges:
    primary = table.schema.get("primaryKey", ())
    key = (primary,) if isinstance(primary, str) else tuple(primary)
    common = pair.common
    new, gone = _category_changes(table, pair, common)
    obstacle = ""
    if not key:
        obstacle = NO_KEY
    elif not set(key) <= set(common):
        obstacle = OTHER_KEY
    elif max(pair.rows) > MOST_ROWS:
        obstacle = TOO_LARGE
    keys = None if obstacle else _KeyMatch.of(pair, key)
    if keys is None:
        return TableChanges(table.name, key, obstacle or KEY_REPEATED, new=new, gone=gone)
    # most columns of a corrected table are unchanged, byte for byte
    same = same_columns(pair.now, pair.before) if keys.in_place else frozenset()
    changed, fields = keys.changed_cells(pair, [name for name in common if name not in key and name not in same])
    return TableChanges(
        table.name, key, added=keys.added, removed=keys.removed, changed=changed, fields=fields, new=new, gone=gone
    )


CellChanges = tuple[int, tuple[tuple[str, int], ...]]
"""The rows that have changed, however many of their cells differ, and the changed cells of each field that has some."""


def _nowhere() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class _KeyMatch:
    """Which rows of both files have the same key: a run of them, or their positions now and before, in order.

    `added` and `removed` rows have no counterpart.
    """

    added: int
    removed: int
    run: RowRun | None = None
    now: Ints = field(default_factory=_nowhere)
    before: Ints = field(default_factory=_nowhere)

    @property
    def in_place(self) -> bool:
        """Whether both releases have the same rows in the same order."""
        return self.run is not None and not (self.added or self.removed)

    @classmethod
    def of(cls, pair: FilePair, key: Sequence[str]) -> _KeyMatch | None:
        """Match the rows of both; None when a key is in several rows and their order differs.

        Joining repeated keys could make many times as many rows.
        """
        now, before = pair.rows
        shared = min(now, before)
        # a table that only grew, at its end or at its beginning, needs no join
        for run in (RowRun(0, 0, shared), RowRun(now - shared, before - shared, shared)):
            if all(left.equals(right) for left, right in pair.side_by_side(run, key)):
                return cls(now - shared, before - shared, run)
        # a key that has no value is nobody's
        codes, known = pair.codes(key)
        order = np.argsort(known, kind="stable")
        known = known[order]
        again = np.sort(codes)
        if (again[1:] == again[:-1]).any() or (known[1:] == known[:-1]).any():
            return None
        if not len(known):
            return cls(now, before)
        places = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        found = np.flatnonzero(known[places] == codes)
        return cls(now - len(found), before - len(found), None, found, order[places[found]])

    def changed_cells(self, pair: FilePair, columns: Sequence[str]) -> CellChanges:
        """Count the changed rows, and the changed cells of each column."""
        if not columns:
            return 0, ()
        return self._changed_in_run(pair, self.run, columns) if self.run else self._changed_by_code(pair, columns)

    def _changed_in_run(self, pair: FilePair, run: RowRun, columns: Sequence[str]) -> CellChanges:
        changed, fields = 0, dict.fromkeys(columns, 0)
        for now, before in pair.side_by_side(run, columns):
            masks = {name: _differs(now.column(name), before.column(name)) for name in columns}
            found = {name: mask for name, mask in masks.items() if mask is not None}
            for name, mask in found.items():
                fields[name] += _count(mask)
            changed += _count(reduce(pc.or_, found.values())) if found else 0
        # cells that are no number differ from themselves
        return changed, tuple((name, count) for name, count in fields.items() if count)

    def _changed_by_code(self, pair: FilePair, columns: Sequence[str]) -> CellChanges:
        rows, fields = np.zeros(len(self.now), bool), []
        for name in columns:
            # eight bytes for a cell, however long it is, and of one column at a time
            codes, known = pair.codes([name])
            differ = codes[self.now] != known[self.before]
            rows |= differ
            if differ.any():
                fields.append((name, int(differ.sum())))
        return int(rows.sum()), tuple(fields)


def _differs(now: pa.Array, before: pa.Array) -> pa.Array | None:
    """Return for each cell whether it differs; None when no cell does."""
    if now.equals(before):
        return None
    # comparing with a null gives null: a cell that is empty in one release only is compared apart
    is_empty_in_one = pc.xor(pc.is_null(now), pc.is_null(before))
    return pc.or_(pc.fill_null(pc.not_equal(now, before), False), is_empty_in_one)


def _count(mask: pa.Array) -> int:
    return pc.sum(mask).as_py() or 0


FieldCategories = tuple[tuple[str, str], ...]
"""(field, category) pairs."""


def _category_changes(table: Table, pair: FilePair, common: Sequence[str]) -> tuple[FieldCategories, FieldCategories]:
    """Return the categories that are new and those that are gone, in columns whose values may be shown."""
    new: list[tuple[str, str]] = []
    gone: list[tuple[str, str]] = []
    categorical = (c.name for c in table.columns if c.safe and c.type == "string" and 0 < c.distinct <= CATEGORIES)
    for name in categorical:
        if name not in common:
            continue
        now, before = (_categories(path, name) for path in (pair.now, pair.before))
        if len(before) <= CATEGORIES:
            # what is gone may have gone because it named somebody, and no finding is about it
            new += [(name, text) for text in sorted(now - before)[:CATEGORIES_KEPT] if not is_personal(text)]
            gone += [(name, text) for text in sorted(before - now)[:CATEGORIES_KEPT] if not is_personal(text)]
    return tuple(new), tuple(gone)


def _categories(path: Path, name: str) -> set[str]:
    """Return the different texts of a column; of too many only so many that it shows."""
    found: set[str] = set()
    # a column that repeats is stored with its different texts; pre_buffer would keep all that was read
    with pq.ParquetFile(path, read_dictionary=[name], pre_buffer=False) as file:
        for batch in file.iter_batches(BATCH, columns=[name]):
            found.update(pc.unique(batch.column(0)).cast(pa.string()).drop_null().to_pylist())
            if len(found) > CATEGORIES:
                break
    return found
