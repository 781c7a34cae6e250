"""What became of the rows of the last release: which are gone, new or different, told apart by their key."""

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

MOST_ROWS = 5_000_000
"""Tables with more rows are compared by their counts alone: the keys of both must fit into memory."""

CATEGORIES = 200
"""A column with more different values than this has no categories."""

CATEGORIES_KEPT = 20
"""So many new or lost categories of a column are named."""

NO_KEY = "The table has no key, so its rows cannot be told apart."
OTHER_KEY = "The key is not that of the last release."
KEY_REPEATED = "The key is not different in every row."
TOO_LARGE = f"Tables of more than {MOST_ROWS:,} rows are not compared row by row."


@dataclass(frozen=True, slots=True)
class FilePair:
    """The Parquet file of a table as it is and as it was in the last release."""

    now: Path
    before: Path

    def both(self, columns: Sequence[str]) -> tuple[pa.Table, pa.Table]:
        """These columns of both."""
        return pq.read_table(self.now, columns=list(columns)), pq.read_table(self.before, columns=list(columns))

    @property
    def common(self) -> list[str]:
        """The columns that both have, of the same type."""
        now, before = pq.read_schema(self.now), pq.read_schema(self.before)
        return [
            field.name for field in now if field.name in before.names and before.field(field.name).type == field.type
        ]


def table_changes(tables: Iterable[Table], folder: Path, released: Path) -> tuple[TableChanges, ...]:
    """The changes of each table in `folder` that the release in the folder `released` has too."""
    pairs = ((table, FilePair(folder / table.parquet.name, released / table.parquet.name)) for table in tables)
    return tuple(_changes(table, pair) for table, pair in pairs if pair.before.is_file())


def _changes(table: Table, pair: FilePair) -> TableChanges:
    key = _key(table)
    common = pair.common
    new, gone = _categories(table, pair, common)
    why_not = _why_not(key, common, pair)
    keys = None if why_not else _Keys.of(pair, key)
    if keys is None:
        return TableChanges(table.name, key, why_not or KEY_REPEATED, new=new, gone=gone)
    fields, changed = _compared(pair, keys, [name for name in common if name not in key])
    return TableChanges(
        table.name, key, added=keys.added, removed=keys.removed, changed=changed, fields=fields, new=new, gone=gone
    )


def _key(table: Table) -> tuple[str, ...]:
    key = table.schema.get("primaryKey", ())
    return (key,) if isinstance(key, str) else tuple(key)


def _why_not(key: tuple[str, ...], common: Sequence[str], pair: FilePair) -> str:
    if not key:
        return NO_KEY
    if not set(key) <= set(common):
        return OTHER_KEY
    rows = max(pq.read_metadata(path).num_rows for path in (pair.now, pair.before))
    return TOO_LARGE if rows > MOST_ROWS else ""


@dataclass(frozen=True, slots=True)
class _Keys:
    """Where the rows with the same key are, now and before, and how many have no counterpart."""

    now: pa.Array
    before: pa.Array
    added: int
    removed: int

    @property
    def in_place(self) -> bool:
        """Whether both have the same rows in the same order."""
        return not (self.added or self.removed) and self.now.equals(self.before)

    @classmethod
    def of(cls, pair: FilePair, key: Sequence[str]) -> _Keys | None:
        """None when the order differs and a key stands in several rows: joining could make many times as many."""
        now, before = pair.both(key)
        shared = min(now.num_rows, before.num_rows)
        # a table that only grew, at its end or at its beginning, needs no join
        for ends in (0, 1):
            starts = (ends * (now.num_rows - shared), ends * (before.num_rows - shared))
            if now.slice(starts[0], shared).equals(before.slice(starts[1], shared)):
                here, there = (_places(start, shared) for start in starts)
                return cls(here, there, now.num_rows - shared, before.num_rows - shared)
        return cls._joined(now, before, key)

    @classmethod
    def _joined(cls, now: pa.Table, before: pa.Table, key: Sequence[str]) -> _Keys | None:
        if not (_is_unique(now) and _is_unique(before)):
            return None
        joined = _numbered(now, "now").join(_numbered(before, "before"), list(key), join_type="inner")
        joined = joined.select(["now", "before"]).sort_by("now").combine_chunks()
        shared = joined.num_rows
        places = (joined["now"].combine_chunks(), joined["before"].combine_chunks())
        return cls(*places, now.num_rows - shared, before.num_rows - shared)


def _is_unique(keys: pa.Table) -> bool:
    return bool(keys.group_by(keys.column_names, use_threads=False).aggregate([]).num_rows == keys.num_rows)


def _numbered(keys: pa.Table, name: str) -> pa.Table:
    return keys.append_column(name, _places(0, keys.num_rows))


def _places(start: int, count: int) -> pa.Array:
    return pa.array(np.arange(start, start + count, dtype=np.int32))


def _compared(pair: FilePair, keys: _Keys, names: Sequence[str]) -> tuple[tuple[tuple[str, int], ...], int]:
    """How many cells of each field differ, and how many rows have such a cell; one column is in memory at a time."""
    # most columns of a corrected table are as they were, byte for byte
    same = same_columns(pair.now, pair.before) if keys.in_place else frozenset()
    differ = [(name, _differs(pair, keys, name)) for name in names if name not in same]
    found = [(name, mask) for name, mask in differ if mask is not None]
    rows = reduce(pc.or_, (mask for _, mask in found)) if found else pa.array([], pa.bool_())
    return tuple((name, _count(mask)) for name, mask in found), _count(rows)


def _differs(pair: FilePair, keys: _Keys, name: str) -> pa.Array | None:
    """For each row that both have whether the cells differ; None when no cell does."""
    # in one piece: cells are taken from many pieces at ten times the cost
    now, before = (table[name].combine_chunks() for table in pair.both([name]))
    now, before = _taken(now, keys.now), _taken(before, keys.before)
    if now.equals(before):
        return None
    one_is_empty = pc.xor(pc.is_null(now), pc.is_null(before))
    return pc.or_(pc.fill_null(pc.not_equal(now, before), False), one_is_empty)


def _taken(cells: pa.Array, places: pa.Array) -> pa.Array:
    """The cells at these places; those that stand together, as in a table that only grew, are not copied."""
    if len(places) and pc.all(pc.equal(pc.subtract(places[1:], places[:-1]), 1)).as_py():
        return cells.slice(places[0].as_py(), len(places))
    return cells.take(places)


def _count(mask: pa.Array) -> int:
    return pc.sum(mask).as_py() or 0


Named = tuple[tuple[str, str], ...]


def _categories(table: Table, pair: FilePair, common: Sequence[str]) -> tuple[Named, Named]:
    """(field, category) of those that are new and of those that are gone, in columns whose values may be shown."""
    few = (c.name for c in table.columns if c.safe and c.type == "string" and 0 < c.distinct <= CATEGORIES)
    steps = {name: _step(pair, name) for name in few if name in common}
    new = tuple((name, text) for name, (added, _) in steps.items() for text in added)
    return new, tuple((name, text) for name, (_, lost) in steps.items() for text in lost)


def _step(pair: FilePair, name: str) -> tuple[list[str], list[str]]:
    """The values that only the new column has, and those that only the old one had."""
    now, before = (set(table[name].unique().drop_null().to_pylist()) for table in pair.both([name]))
    if len(before) > CATEGORIES:
        return [], []
    return sorted(now - before)[:CATEGORIES_KEPT], sorted(before - now)[:CATEGORIES_KEPT]
