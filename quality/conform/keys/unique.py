"""Rules between the rows of a release: keys that must differ, and references to the table itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import to_arrow
from quality.conform.keys.key_codes import KeyCodes, KeyLog, ValueLog, key_codes
from quality.conform.masks import Ints, null_mask

NUMBER = pa.field("row number", pa.int64())


class UniqueKey:
    """Fields whose values together must differ in every row: codes find the rows that may repeat, values confirm it."""

    def __init__(self, rule: str, names: tuple[str, ...], schema: pa.Schema) -> None:
        self.rule = rule
        self.names = names
        self._codes = KeyLog()
        self._values = ValueLog(pa.schema([*(pa.field(name, schema.field(name).type) for name in names), NUMBER]))

    def note(self, batch: pa.RecordBatch, keys: KeyCodes, numbers: Ints) -> list[int]:
        """Record a batch and the codes of its rows; return the numbers of rows that must have a key and have none."""
        self._codes.add(keys.codes, numbers[keys.places])
        columns = [*(batch.column(name) for name in self.names), to_arrow(numbers)]
        self._values.add(pa.RecordBatch.from_arrays(columns, schema=self._values.schema))
        return np.delete(numbers, keys.places).tolist() if self.rule == "key-repeated" else []

    def repeated(self) -> list[int]:
        """Return the numbers of the rows whose key an earlier row has."""
        seen: set[tuple[Any, ...]] = set()
        repeated = []
        shared = self._codes.shared()
        for *key, number in self._values.rows(shared) if len(shared) else ():
            if tuple(key) in seen:
                repeated.append(number)
            seen.add(tuple(key))
        return repeated

    def close(self) -> None:
        """Delete the temporary files."""
        self._codes.close()
        self._values.close()


class SelfReference:
    """Fields that refer to other fields of the same table: what exists is known only after the last row."""

    def __init__(self, names: tuple[str, ...], referenced: tuple[str, ...]) -> None:
        self.names = names
        self._referenced = referenced
        self._wanted = KeyLog()
        self._known = KeyLog()

    def note(self, batch: pa.RecordBatch, numbers: Ints) -> None:
        """Record what a batch refers to, and what it holds."""
        for log, names in ((self._wanted, self.names), (self._known, self._referenced)):
            keys = codes_of_fields(batch, names)
            log.add(keys.codes, numbers[keys.places])

    def unknown(self) -> list[int]:
        """Return the numbers of the rows whose reference does not exist."""
        return [int(number) for number in self._wanted.not_in(self._known)]

    def close(self) -> None:
        """Delete the temporary files."""
        self._wanted.close()
        self._known.close()


def codes_of_fields(batch: pa.RecordBatch, names: tuple[str, ...]) -> KeyCodes:
    """Return the codes of some fields together."""
    columns = [batch.column(name) for name in names]
    return key_codes(columns, [null_mask(column) for column in columns])
