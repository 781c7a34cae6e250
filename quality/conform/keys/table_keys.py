"""Everything about a table that is known only when all its rows have passed: keys that repeat, references to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa

from packages.parallel.spread import Workers
from packages.parallel.threads import map_in_order
from packages.spec import TableSchema
from quality.conform.findings.extra_constraints import unique_groups
from quality.conform.findings.fault_tally import FaultTally
from quality.conform.keys.key_codes import CodesByRow, KeyCodes
from quality.conform.keys.unique import SelfReference, UniqueKey
from quality.conform.masks import Ints

Names = tuple[str, ...]
"""The fields of a key."""


class KeysNoted(Protocol):
    """Takes the codes of the keys of some rows: one for each of `coded_keys`, in that order."""

    def note(self, codes: Sequence[CodesByRow], typed: pa.RecordBatch, numbers: Ints) -> None: ...


def primary_key(schema: TableSchema) -> Names:
    """Return the fields of the primary key of a schema; none where it has no such key."""
    primary = (schema.model_extra or {}).get("primaryKey", [])
    return (primary,) if isinstance(primary, str) else tuple(primary)


def unique_keys(schema: TableSchema) -> list[tuple[str, Names]]:
    """Return the rule and the fields of each key of a schema: primary, unique fields, unique groups."""
    primary = primary_key(schema)
    keys = [("key-repeated", primary)] if primary else []
    keys += [("value-repeated", (field.name,)) for field in schema.fields if field.constraints.get("unique")]
    return keys + [("group-repeated", group) for group in unique_groups(schema.model_extra or {})]


def self_references(schema: TableSchema) -> list[tuple[Names, Names]]:
    """Return the fields that refer to fields of the same table: a foreign key without a resource."""
    return [(names, theirs) for names, table, theirs in schema.points_to if not table]


def coded_keys(schema: TableSchema) -> list[Names]:
    """Return the fields of every key whose codes are compared between rows."""
    return [names for _, names in unique_keys(schema)] + [names for pair in self_references(schema) for names in pair]


class TableKeys:
    """The keys of all rows, in temporary files. Close it after use."""

    def __init__(self, schema: TableSchema, arrow: pa.Schema) -> None:
        self._unique = [UniqueKey(rule, names, arrow) for rule, names in unique_keys(schema)]
        self._references = [SelfReference(*pair) for pair in self_references(schema)]
        self._logs = [key.codes for key in self._unique]
        self._logs += [log for reference in self._references for log in (reference.wanted, reference.known)]

    def note(self, codes: Sequence[CodesByRow], typed: pa.RecordBatch, numbers: Ints) -> None:
        """Record the keys of a batch; `numbers` are its row numbers."""
        self.add_codes(codes)
        self.add_values(typed, numbers)

    def add_codes(self, codes: Sequence[CodesByRow]) -> None:
        """Record the codes of some rows, those of one key after the other."""
        for log, own in zip(self._logs, codes, strict=True):
            log.add(own.codes, own.numbers)

    def add_values(self, typed: pa.RecordBatch, numbers: Ints) -> None:
        """Record what the codes of a batch stand for."""
        for key in self._unique:
            key.add_values(typed, numbers)

    def report(self, tally: FaultTally, workers: Workers | None = None) -> None:
        """Count the rows whose key an earlier row has, and those that refer to nothing; workers may do the search."""
        if workers:
            each = _by_workers(workers)
            found: Iterator[list[int]] = (key.repeated(each) for key in self._unique)
        else:
            found = map_in_order(UniqueKey.repeated, self._unique)
        for key, repeated in zip(self._unique, found, strict=True):
            tally.add(key.rule, key.names, repeated)
        for reference in self._references:
            tally.add("reference-unknown", reference.names, reference.unknown())

    def close(self) -> None:
        """Delete the temporary files."""
        for key in self._unique:
            key.close()
        for reference in self._references:
            reference.close()


def _by_workers(workers: Workers) -> Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]:
    return lambda work, items: workers.map(_call, work, items)


def _call(work: Callable[[Any], Any], item: Any) -> Any:
    return work(item)


class PartKeys:
    """The codes of all keys in the rows of a part: it can be sent to where the table's are compared."""

    def __init__(self) -> None:
        self.noted: list[Sequence[CodesByRow]] = []

    def note(self, codes: Sequence[CodesByRow], _typed: pa.RecordBatch, _numbers: Ints) -> None:
        """Record the keys of a batch. What the codes stand for is in its rows, wherever these go."""
        self.noted.append(codes)


def codes_by_row(keys: Iterable[KeyCodes], numbers: Ints) -> list[CodesByRow]:
    """Return the codes of each key with row numbers instead of places."""
    return [CodesByRow(own.codes, numbers[own.places]) for own in keys]
