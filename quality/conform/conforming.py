"""One pass over shaped rows: text in, typed batches out, and afterwards everything that was wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.model import Batch, Check, Finding, Outcome, Where
from packages.spec import TableSchema
from quality.conform.fields import Field, fields_of
from quality.conform.findings import FAULT_RULES, TYPE_RULES, Tally, rule_of
from quality.conform.memo import Memo, Verdict

KEY_RULES = ("key-repeated", "key-missing", "value-repeated", "group-repeated")
REFERENCE_RULES = ("reference-unknown",)


@dataclass(frozen=True, slots=True)
class Typed:
    """Rows whose columns have the types of `packages.formats.arrow.arrow_schema`.

    A cell that is missing, or that is not a value of its field, is null. `numbers` (int64) are the row numbers.
    """

    batch: pa.RecordBatch
    numbers: pa.Array


class Conforming:
    """A pass over rows. Iterate it once to the end; then `findings`, `checks` and `rows` tell what was seen."""

    def __init__(
        self, batches: Iterator[Batch], schema: TableSchema, references: Mapping[str, Any] | None = None
    ) -> None:
        from packages.formats.arrow import arrow_schema

        self._batches = batches
        self._schema = schema
        self._arrow = arrow_schema(schema)
        self._fields = fields_of(schema)
        self._memos = {field.name: Memo(field) for field in self._fields}
        self._tally = Tally()
        self._keys = _keys(schema)
        self._seen: list[set[Any]] = [set() for _ in self._keys]
        self._references = references or {}
        self.rows = 0

    def __iter__(self) -> Iterator[Typed]:
        for batch in self._batches:
            yield self._typed(batch)

    def findings(self, headings: Mapping[str, str], resource: str) -> tuple[Finding, ...]:
        """What was wrong, one finding for each rule and field. `headings` gives the received heading of a field."""
        return self._tally.findings(self._schema, Where(resource=resource, of=self.rows), headings)

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks that were due and how each ended."""
        cells = (*TYPE_RULES.values(), *FAULT_RULES.values(), "cell-not-of-its-type", "row-blank")
        due = [_check("cells", "Every cell has the form that its column asks for", self._tally.broken(cells))]
        if self._keys:
            due.append(_check("keys", "No key or unique value appears twice", self._tally.broken(KEY_RULES)))
        return tuple(due)

    def _typed(self, batch: Batch) -> Typed:
        numbers = batch.numbers.to_numpy(zero_copy_only=False)
        columns, values = [], {}
        for field in self._fields:
            column, verdicts, indices = self._column(field, batch.cells.column(field.name), numbers)
            columns.append(column)
            values[field.name] = (verdicts, indices)
        self._watch_keys(values, numbers)
        self.rows += len(numbers)
        return Typed(pa.RecordBatch.from_arrays(columns, schema=self._arrow), batch.numbers)

    def _column(self, field: Field, cells: pa.Array, numbers: np.ndarray) -> tuple[pa.Array, list[Verdict], np.ndarray]:
        self._tally.add("row-short", (field.name,), numbers[cells.is_null().to_numpy(zero_copy_only=False)].tolist())
        encoded = pc.fill_null(cells, "").dictionary_encode()
        verdicts = self._memos[field.name].verdicts(encoded.dictionary)
        indices = encoded.indices.to_numpy(zero_copy_only=False)
        for fault in dict.fromkeys(fault for verdict in verdicts for fault in verdict.faults):
            bad = np.array([fault in verdict.faults for verdict in verdicts])
            texts = [text for text, is_bad in zip(encoded.dictionary.to_pylist(), bad, strict=True) if is_bad]
            self._tally.add(rule_of(fault, field.spec.type), (field.name,), numbers[bad[indices]].tolist(), texts)
        kept = pa.array([verdict.stored for verdict in verdicts], field.type)
        return kept.take(encoded.indices), verdicts, indices

    def _watch_keys(self, values: dict[str, tuple[list[Verdict], np.ndarray]], numbers: np.ndarray) -> None:
        for (rule, names), seen in zip(self._keys, self._seen, strict=True):
            columns = [[values[name][0][i].value for i in values[name][1]] for name in names]
            repeated, missing = [], []
            for number, key in zip(numbers.tolist(), zip(*columns, strict=True), strict=True):
                if all(part is None for part in key):
                    missing.append(number)
                elif key in seen:
                    repeated.append(number)
                seen.add(key)
            self._tally.add(rule, names, repeated)
            if rule == "key-repeated":
                self._tally.add("key-missing", names, missing)


def _keys(schema: TableSchema) -> tuple[tuple[str, tuple[str, ...]], ...]:
    extra = schema.model_extra or {}
    primary = extra.get("primaryKey", [])
    primary = [primary] if isinstance(primary, str) else primary
    keys = [("key-repeated", tuple(primary))] if primary else []
    keys += [("value-repeated", (f.name,)) for f in schema.fields if f.constraints.get("unique")]
    return tuple(keys + [("group-repeated", tuple(group)) for group in extra.get("uniqueKeys", [])])


def _check(name: str, title: str, broken: int) -> Check:
    return Check(name, title, Outcome.FAILED if broken else Outcome.PASSED)
