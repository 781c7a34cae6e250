"""Rules between the rows of a release: keys that must differ, and references to the table itself."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from packages.arrow_bytes import to_arrow
from quality.conform.keys.key_codes import Each, KeyCodes, KeyLog, ValueLog, key_codes
from quality.conform.masks import Ints, null_mask

NUMBER = pa.field("row number", pa.int64())


class UniqueKey:
    """Fields whose values together must differ in every row: codes find the rows that may repeat, values confirm it."""

    def __init__(self, rule: str, names: tuple[str, ...], schema: pa.Schema) -> None:
        self.rule = rule
        self.names = names
        self.codes = KeyLog()
        self._values = ValueLog(pa.schema([*(pa.field(name, schema.field(name).type) for name in names), NUMBER]))

    def add_values(self, batch: pa.RecordBatch, numbers: Ints) -> None:
        """Record the values of the key in a batch, whose codes are added to `codes`."""
        columns = [*(batch.column(name) for name in self.names), to_arrow(numbers)]
        self._values.add(pa.RecordBatch.from_arrays(columns, schema=self._values.schema))

    def repeated(self, each: Each = map) -> list[int]:
        """Return the numbers of the rows whose key an earlier row has; `each` applies a function, as `map` does."""
        seen: set[tuple[Any, ...]] = set()
        repeated = []
        shared = self.codes.shared(each)
        for *key, number in self._values.rows(shared) if len(shared) else ():
            if tuple(key) in seen:
                repeated.append(number)
            seen.add(tuple(key))
        return repeated

    def close(self) -> None:
        """Delete the temporary files."""
        self.codes.close()
        self._values.close()


class SelfReference:
    """Fields that refer to other fields of the same table: what exists is known only after the last row."""

    def __init__(self, names: tuple[str, ...], referenced: tuple[str, ...]) -> None:
        self.names = names
        self.referenced = referenced
        self.wanted = KeyLog()
        self.known = KeyLog()

    def unknown(self) -> list[int]:
        """Return the numbers of the rows whose reference does not exist."""
        return [int(number) for number in self.wanted.not_in(self.known)]

    def close(self) -> None:
        """Delete the temporary files."""
        self.wanted.close()
        self.known.close()


def codes_of_fields(batch: pa.RecordBatch, names: tuple[str, ...]) -> KeyCodes:
    """Return the codes of some fields together."""
    columns = [batch.column(name) for name in names]
    return key_codes(columns, [null_mask(column) for column in columns])
