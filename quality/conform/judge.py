"""All columns of a table judged together: which rows may have an error, and what their keys are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from packages.bytewise import as_arrow
from quality.conform.column import Column, Judge
from quality.conform.keys import Codes, codes, combined
from quality.conform.memo import Ints, Mask
from quality.conform.references import Group


@dataclass(frozen=True, slots=True)
class Key:
    """Fields whose values together must differ in every row. `is_primary`: a row without any of them is an error."""

    places: tuple[int, ...]
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Keyed:
    """The codes of one key in the rows that have it, and the places of these rows."""

    codes: Codes
    places: Ints


@dataclass(frozen=True, slots=True)
class Table:
    """The judges of all columns, the keys, and the references of several columns together."""

    judges: Sequence[Judge]
    keys: Sequence[Key] = ()
    groups: Sequence[Group] = ()

    def columns(self, cells: pa.RecordBatch) -> list[Column]:
        """The verdict on each column of a batch of text without nulls."""
        return [judge.judge(column) for judge, column in zip(self.judges, cells.columns, strict=True)]

    def suspects(self, cells: pa.RecordBatch, columns: Sequence[Column]) -> Mask:
        """The rows that may have an error of their own; all others surely have none."""
        suspect = without_any(columns, cells.num_rows)
        for column in columns:
            suspect[column.faulty] = True
        for key in self.keys:
            if key.is_primary:
                suspect |= without_any([columns[place] for place in key.places], cells.num_rows)
        for group in self.groups:
            suspect |= group.unknown(cells)
        return suspect

    def keyed(self, columns: Sequence[Column]) -> list[Keyed]:
        """The codes of every key."""
        chosen = [[columns[place] for place in key.places] for key in self.keys]
        return [keyed([column.values for column in own], [column.absent for column in own]) for own in chosen]


def without_any(columns: Sequence[Column], rows: int) -> Mask:
    """The rows in which none of the columns has a value."""
    nothing = np.ones(rows, bool)
    for column in columns:
        if column.absent is None:
            return np.zeros(rows, bool)
        nothing &= column.absent
    return nothing


def keyed(values: Sequence[pa.Array], absent: Sequence[Mask | None]) -> Keyed:
    """The codes of some columns together; `absent` are the cells of each that have no value, None when all have one."""
    found = combined([codes(column) for column in values], list(absent))
    empty = [mask for mask in absent if mask is not None]
    if len(empty) < len(absent) or not (nothing := np.logical_and.reduce(empty)).any():
        return Keyed(found, np.arange(len(found), dtype=np.int64))
    return Keyed(found[~nothing], np.flatnonzero(~nothing))


def cells_at(cells: pa.RecordBatch, places: Ints) -> list[list[str]]:
    """The cells of some rows as lists of text."""
    chosen = cells.take(as_arrow(places))
    return [list(row) for row in zip(*(column.to_pylist() for column in chosen.columns), strict=True)]
