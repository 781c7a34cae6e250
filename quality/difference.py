"""Compare the rows of two releases by their key: which were removed, added or changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.formats.parquet import same_columns
from packages.model import Table, TableChanges
from quality.disclosure.hidden_names import is_personal

MOST_ROWS = 5_000_000
"""Rows of a table up to which it is compared row by row: the keys of both releases must fit into memory."""

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

    def both(self, columns: Sequence[str]) -> tuple[pa.Table, pa.Table]:
        """Read some columns of both."""
        return pq.read_table(self.now, columns=list(columns)), pq.read_table(self.before, columns=list(columns))

    @property
    def common(self) -> list[str]:
        """The columns that both files have, with the same type."""
        now, before = pq.read_schema(self.now), pq.read_schema(self.before)
        return [
            field.name for field in now if field.name in before.names and before.field(field.name).type == field.type
        ]


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
    elif max(pq.read_metadata(path).num_rows for path in (pair.now, pair.before)) > MOST_ROWS:
        obstacle = TOO_LARGE
    keys = None if obstacle else _KeyMatch.of(pair, key)
    if keys is None:
        return TableChanges(table.name, key, obstacle or KEY_REPEATED, new=new, gone=gone)
    # most columns of a corrected table are unchanged, byte for byte
    same = same_columns(pair.now, pair.before) if keys.in_place else frozenset()
    # one column is in memory at a time
    differ = [(name, _differs(pair, keys, name)) for name in common if name not in key and name not in same]
    masks = [(name, mask) for name, mask in differ if mask is not None]
    # a row counts once, however many of its cells differ
    changed = _count(reduce(pc.or_, (mask for _, mask in masks))) if masks else 0
    fields = tuple((name, _count(mask)) for name, mask in masks)
    return TableChanges(
        table.name, key, added=keys.added, removed=keys.removed, changed=changed, fields=fields, new=new, gone=gone
    )


@dataclass(frozen=True, slots=True)
class _KeyMatch:
    """The positions of rows with the same key, now and before, and how many rows have no counterpart."""

    now: pa.Array
    before: pa.Array
    added: int
    removed: int

    @property
    def in_place(self) -> bool:
        """Whether both releases have the same rows in the same order."""
        return not (self.added or self.removed) and self.now.equals(self.before)

    @classmethod
    def of(cls, pair: FilePair, key: Sequence[str]) -> _KeyMatch | None:
        """Match the rows of both; None when a key is in several rows and their order differs.

        Joining repeated keys could make many times as many rows.
        """
        now, before = pair.both(key)
        shared = min(now.num_rows, before.num_rows)
        # a table that only grew, at its end (0) or at its beginning (1), needs no join
        for ends in (0, 1):
            starts = (ends * (now.num_rows - shared), ends * (before.num_rows - shared))
            if now.slice(starts[0], shared).equals(before.slice(starts[1], shared)):
                places_now, places_before = (_positions(start, shared) for start in starts)
                return cls(places_now, places_before, now.num_rows - shared, before.num_rows - shared)
        if not (_is_unique(now) and _is_unique(before)):
            return None
        numbered_now = now.append_column("now", _positions(0, now.num_rows))
        numbered_before = before.append_column("before", _positions(0, before.num_rows))
        joined = numbered_now.join(numbered_before, list(key), join_type="inner")
        # Arrow joins in threads, so the order of its rows is left to chance
        joined = joined.select(["now", "before"]).sort_by("now").combine_chunks()
        shared = joined.num_rows
        places = (joined["now"].combine_chunks(), joined["before"].combine_chunks())
        return cls(*places, now.num_rows - shared, before.num_rows - shared)


def _is_unique(keys: pa.Table) -> bool:
    # a grouping without any aggregate leaves one row for each key
    return bool(keys.group_by(keys.column_names, use_threads=False).aggregate([]).num_rows == keys.num_rows)


def _positions(start: int, count: int) -> pa.Array:
    return pa.array(np.arange(start, start + count, dtype=np.int32))


def _differs(pair: FilePair, keys: _KeyMatch, name: str) -> pa.Array | None:
    """Return for each row that both have whether the cells differ; None when no cell does."""
    # taking cells from many chunks costs ten times as much as from one
    now, before = (table[name].combine_chunks() for table in pair.both([name]))
    now, before = _take(now, keys.now), _take(before, keys.before)
    if now.equals(before):
        return None
    # comparing with a null gives null: a cell that is empty in one release only is compared apart
    is_empty_in_one = pc.xor(pc.is_null(now), pc.is_null(before))
    return pc.or_(pc.fill_null(pc.not_equal(now, before), False), is_empty_in_one)


def _take(cells: pa.Array, places: pa.Array) -> pa.Array:
    """Return the cells at some positions; consecutive ones, as in a table that only grew, are not copied."""
    if len(places) and pc.all(pc.equal(pc.subtract(places[1:], places[:-1]), 1)).as_py():
        return cells.slice(places[0].as_py(), len(places))
    return cells.take(places)


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
