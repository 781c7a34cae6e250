"""All columns of a table judged together: which rows may have an error, and what their keys are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import to_arrow
from quality.conform.column_judge import ColumnJudge, ColumnVerdict
from quality.conform.keys.key_codes import Codes, combine_codes, value_codes
from quality.conform.keys.references import ReferenceGroup
from quality.conform.proofs.verdict_cache import Ints, Mask


@dataclass(frozen=True, slots=True)
class TableKey:
    """Fields whose values together must differ in every row. `is_primary`: a row without any of them is an error."""

    places: tuple[int, ...]
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class KeyCodes:
    """The codes of one key in the rows that have it, and the places of these rows."""

    codes: Codes
    places: Ints


@dataclass(frozen=True, slots=True)
class TableJudge:
    """The judges of all columns, the keys, and the references of several columns together."""

    judges: Sequence[ColumnJudge]
    keys: Sequence[TableKey] = ()
    groups: Sequence[ReferenceGroup] = ()

    def columns(self, cells: pa.RecordBatch) -> list[ColumnVerdict]:
        """The verdict on each column of a batch of text without nulls."""
        return [judge.judge(column) for judge, column in zip(self.judges, cells.columns, strict=True)]

    def suspects(self, cells: pa.RecordBatch, columns: Sequence[ColumnVerdict]) -> Mask:
        """The rows that may have an error of their own; all others surely have none."""
        suspect = rows_without_any(columns, cells.num_rows)
        for column in columns:
            suspect[column.faulty] = True
        for key in self.keys:
            if key.is_primary:
                suspect |= rows_without_any([columns[place] for place in key.places], cells.num_rows)
        for group in self.groups:
            suspect |= group.unknown(cells)
        return suspect

    def keyed(self, columns: Sequence[ColumnVerdict]) -> list[KeyCodes]:
        """The codes of every key."""
        chosen = [[columns[place] for place in key.places] for key in self.keys]
        return [key_codes([column.values for column in own], [column.absent for column in own]) for own in chosen]


def rows_without_any(columns: Sequence[ColumnVerdict], rows: int) -> Mask:
    """The rows in which none of the columns has a value."""
    nothing = np.ones(rows, bool)
    for column in columns:
        if column.absent is None:
            return np.zeros(rows, bool)
        nothing &= column.absent
    return nothing


def key_codes(values: Sequence[pa.Array], absent: Sequence[Mask | None]) -> KeyCodes:
    """The codes of some columns together; `absent` are the cells of each that have no value, None when all have one."""
    found = combine_codes([value_codes(column) for column in values], list(absent))
    empty = [mask for mask in absent if mask is not None]
    if len(empty) < len(absent) or not (nothing := np.logical_and.reduce(empty)).any():
        return KeyCodes(found, np.arange(len(found), dtype=np.int64))
    return KeyCodes(found[~nothing], np.flatnonzero(~nothing))


def cells_at(cells: pa.RecordBatch, places: Ints) -> list[list[str]]:
    """The cells of some rows as lists of text."""
    chosen = cells.take(to_arrow(places))
    return [list(row) for row in zip(*(column.to_pylist() for column in chosen.columns), strict=True)]
