"""What must hold between the rows of a release: keys that differ, and references to the table itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from quality.conform.keys import Codes, KeyLog, ValueLog, codes, combined
from quality.conform.memo import Ints, Mask

NUMBER = pa.field("row number", pa.int64())


class UniqueKey:
    """Fields whose values together must differ in every row: codes find the rows that may repeat, values confirm it."""

    def __init__(self, rule: str, names: tuple[str, ...], schema: pa.Schema) -> None:
        self.rule = rule
        self.names = names
        self._codes = KeyLog()
        self._values = ValueLog(pa.schema([*(pa.field(name, schema.field(name).type) for name in names), NUMBER]))

    def note(self, batch: pa.RecordBatch, numbers: Ints) -> list[int]:
        """Note the keys of a batch; the answer is the numbers of rows that must have a key and have none."""
        columns = [batch.column(name) for name in self.names]
        found, nothing = _codes(columns)
        self._codes.add(found[~nothing], numbers[~nothing])
        self._values.add(pa.RecordBatch.from_arrays([*columns, pa.array(numbers)], schema=self._values.schema))
        return numbers[nothing].tolist() if self.rule == "key-repeated" else []

    def repeated(self) -> list[int]:
        """The numbers of the rows whose key an earlier row has."""
        seen: set[tuple[Any, ...]] = set()
        again = []
        shared = self._codes.shared()
        for *key, number in self._values.rows(shared) if len(shared) else ():
            if tuple(key) in seen:
                again.append(number)
            seen.add(tuple(key))
        return again

    def close(self) -> None:
        """Give the disk space back."""
        self._codes.close()
        self._values.close()


class SelfReference:
    """Fields that point to other fields of the same table: only when all rows have passed is it clear what exists."""

    def __init__(self, names: tuple[str, ...], theirs: tuple[str, ...]) -> None:
        self.names = names
        self._theirs = theirs
        self._wanted = KeyLog()
        self._known = KeyLog()

    def note(self, batch: pa.RecordBatch, numbers: Ints) -> None:
        """Note what a batch points to, and what it holds."""
        for log, names in ((self._wanted, self.names), (self._known, self._theirs)):
            found, nothing = _codes([batch.column(name) for name in names])
            log.add(found[~nothing], numbers[~nothing])

    def unknown(self) -> list[int]:
        """The numbers of the rows that point to nothing."""
        return [int(number) for number in self._wanted.not_in(self._known)]

    def close(self) -> None:
        """Give the disk space back."""
        self._wanted.close()
        self._known.close()


def _codes(columns: list[Any]) -> tuple[Codes, Mask]:
    """The code of every row, and the rows in which no column has a value."""
    absent: list[Mask] = [column.is_null().to_numpy(zero_copy_only=False) for column in columns]
    nothing: Mask = np.logical_and.reduce(absent)
    return combined([codes(column) for column in columns], list(absent)), nothing
