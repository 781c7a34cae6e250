"""The verdict on all columns of a table together: which rows may have an error, and what their keys are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import Mask
from quality.conform.column_judge import ColumnJudge, ColumnVerdict
from quality.conform.keys.key_codes import KeyCodes, key_codes
from quality.conform.keys.references import ReferenceGroup


@dataclass(frozen=True, slots=True)
class TableKey:
    """Fields whose values together must differ in every row. `is_primary`: a row without any of them is an error."""

    places: tuple[int, ...]
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class TableJudge:
    """The judges of all columns, the keys, and the references that several columns make together."""

    judges: Sequence[ColumnJudge]
    keys: Sequence[TableKey] = ()
    groups: Sequence[ReferenceGroup] = ()

    def columns(self, cells: pa.RecordBatch) -> list[ColumnVerdict]:
        """Return the verdict on each column of a batch of text without nulls."""
        return [judge.judge(column) for judge, column in zip(self.judges, cells.columns, strict=True)]

    def suspects(self, cells: pa.RecordBatch, columns: Sequence[ColumnVerdict]) -> Mask:
        """Return the rows that may have an error of their own; no other row has one."""
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
        """Return the codes of every key."""
        of_keys = [[columns[place] for place in key.places] for key in self.keys]
        return [key_codes([column.values for column in own], [column.absent for column in own]) for own in of_keys]


def rows_without_any(columns: Sequence[ColumnVerdict], rows: int) -> Mask:
    """Return the rows in which none of the columns has a value."""
    without = np.ones(rows, bool)
    for column in columns:
        if column.absent is None:
            return np.zeros(rows, bool)
        without &= column.absent
    return without
