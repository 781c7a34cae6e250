"""One pass over shaped rows: text in, typed batches out, and afterwards the findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from packages.arrow_bytes import Mask
from packages.formats.arrow import arrow_schema, as_text
from packages.model import Batch, Check, CheckOutcome, Finding, Where
from packages.parallel import SHARED, map_in_order
from packages.spec import TableSchema
from quality.conform.column_judge import ColumnJudge, ColumnVerdict
from quality.conform.fields import ConformField, conform_fields
from quality.conform.findings.extra_constraints import depends_on_today, extra_constraints, unique_groups
from quality.conform.findings.fault_tally import CELL_RULES, KEY_RULES, REFERENCE_RULES, FaultTally, fault_rule
from quality.conform.keys.key_codes import KeyCodes
from quality.conform.keys.references import ReferenceGroup, is_known_in
from quality.conform.keys.unique import SelfReference, UniqueKey, codes_of_fields
from quality.conform.masks import null_mask
from quality.conform.proofs.verdict_cache import MoreFaults
from quality.conform.table_judge import rows_without_any


@dataclass(frozen=True, slots=True)
class TypedBatch:
    """Rows whose columns have the types of `packages.formats.arrow.arrow_schema`.

    A cell that is missing, or that is not a value of its field, is null. `numbers` (int64) are the row numbers.
    `cells` holds, for columns where it is known, what `packages.formats.csv.cells_of` would return.
    """

    batch: pa.RecordBatch
    numbers: pa.Array
    cells: Sequence[pa.Array | None] = ()


@dataclass(frozen=True, slots=True)
class BatchVerdict:
    """The verdict on a batch: its columns, for each the cells that are beyond the end of a short row, and its keys.

    `filled` are the cells as text, empty where a row is short; `typed` their values.
    """

    batch: Batch
    filled: pa.RecordBatch
    columns: list[ColumnVerdict]
    short: list[Mask | None]
    typed: pa.RecordBatch
    keys: list[KeyCodes]


class ConformancePass:
    """A pass over rows. Iterate it once to the end; afterwards `findings`, `checks` and `rows` are complete."""

    def __init__(self, batches: Iterator[Batch], schema: TableSchema, references: Mapping[str, Any]) -> None:
        self.rows = 0
        self._is_finished = False
        self._batches = batches
        self._schema = schema
        self._arrow = arrow_schema(schema)
        self._fields = conform_fields(schema)
        known, self._groups, self._unresolved = _references(schema, self._fields, references)
        self._judges = [ColumnJudge(field, extra_constraints(field, known.get(field.name))) for field in self._fields]
        self._keys = [UniqueKey(rule, names, self._arrow) for rule, names in _keys(schema)]
        # a foreign key without a resource refers to its own table
        self._self_references = [SelfReference(names, theirs) for names, table, theirs in schema.points_to if not table]
        self._tally = FaultTally()
        for field in filter(depends_on_today, self._fields):
            self._tally.note("date-depends-on-today", (field.name,))

    def __iter__(self) -> Iterator[TypedBatch]:
        try:
            # batches are judged in threads and recorded here, in their order
            for judged in map_in_order(self._judge, self._batches, SHARED):
                yield self._record(judged)
            for key, repeated in zip(self._keys, map_in_order(UniqueKey.repeated, self._keys), strict=True):
                self._tally.add(key.rule, key.names, repeated)
            for reference in self._self_references:
                self._tally.add("reference-unknown", reference.names, reference.unknown())
            self._is_finished = True
        finally:
            for key in self._keys:
                key.close()
            for reference in self._self_references:
                reference.close()

    def findings(self, headings: Mapping[str, str], resource: str) -> tuple[Finding, ...]:
        """Return one finding for each rule and field. `headings` gives the received heading of a field."""
        return self._tally.findings(self._schema, Where(resource=resource, of=self.rows), headings)

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks that were due and how each ended."""
        due = [self._check("cells", "Every cell has the form that its column asks for", CELL_RULES)]
        if self._keys:
            due.append(self._check("keys", "No key or unique value appears twice", KEY_RULES))
        if self._schema.points_to:
            missing = f"Not at hand: {', '.join(self._unresolved)}." if self._unresolved else ""
            due.append(self._check("references", "Everything that a row points to exists", REFERENCE_RULES, missing))
        return tuple(due)

    def _check(self, name: str, title: str, rules: Collection[str], missing: str = "") -> Check:
        """Return how a check ended; one that lacked a table or did not read every row has not run."""
        if self._tally.broken(rules):
            return Check(name, title, CheckOutcome.FAILED)
        if missing or not self._is_finished:
            return Check(name, title, CheckOutcome.NOT_RUN, missing or "Not all rows were read.")
        return Check(name, title, CheckOutcome.PASSED)

    def _judge(self, batch: Batch) -> BatchVerdict:
        """Judge a batch in whatever thread: what depends on the order of rows is left to `_record`."""
        cells = [batch.cells.column(field.name) for field in self._fields]
        short = [null_mask(column) for column in cells]
        filled = [as_text(column) for column in cells]
        columns = [judge.judge(column) for judge, column in zip(self._judges, filled, strict=True)]
        typed = pa.RecordBatch.from_arrays([column.values for column in columns], schema=self._arrow)
        keys = [codes_of_fields(typed, key.names) for key in self._keys]
        texts = pa.RecordBatch.from_arrays(filled, names=list(self._schema.names))
        return BatchVerdict(batch, texts, columns, short, typed, keys)

    def _record(self, judged: BatchVerdict) -> TypedBatch:
        numbers = judged.batch.numbers.to_numpy(zero_copy_only=False)
        self.rows += len(numbers)
        blank = rows_without_any(judged.columns, len(numbers))
        for column in judged.columns:
            # a cell with a fault has no value and yet holds something
            blank[column.faulty] &= False
        self._tally.add("row-blank", (), numbers[blank].tolist())
        for field, column, short in zip(self._fields, judged.columns, judged.short, strict=True):
            if short is not None:
                self._tally.add("row-short", (field.name,), numbers[short].tolist())
            # a cell beyond the end of a short row is reported as that, and not as missing too
            kept = [i for i, place in enumerate(column.faulty.tolist()) if short is None or not short[place]]
            for fault in dict.fromkeys(fault for i in kept for fault in column.verdicts[i].faults):
                with_fault = [i for i in kept if fault in column.verdicts[i].faults]
                rows, texts = numbers[column.faulty[with_fault]].tolist(), (column.texts[i] for i in with_fault)
                self._tally.add(fault_rule(fault, field.kind), (field.name,), rows, texts)
        for key, keys in zip(self._keys, judged.keys, strict=True):
            self._tally.add("key-missing", key.names, key.note(judged.typed, keys, numbers))
        for reference in self._self_references:
            reference.note(judged.typed, numbers)
        for group in self._groups:
            self._tally.add("reference-unknown", group.names, numbers[group.unknown(judged.filled)].tolist())
        return TypedBatch(judged.typed, judged.batch.numbers, [column.written for column in judged.columns])


def _keys(schema: TableSchema) -> list[tuple[str, tuple[str, ...]]]:
    """Return the rule and the fields of each key of a schema: primary, unique fields, unique groups."""
    extra = schema.model_extra or {}
    primary = extra.get("primaryKey", [])
    primary = [primary] if isinstance(primary, str) else primary
    keys = [("key-repeated", tuple(primary))] if primary else []
    keys += [("value-repeated", (field.name,)) for field in schema.fields if field.constraints.get("unique")]
    return keys + [("group-repeated", group) for group in unique_groups(extra)]


def _references(
    schema: TableSchema, fields: tuple[ConformField, ...], references: Mapping[str, Any]
) -> tuple[dict[str, MoreFaults], list[ReferenceGroup], list[str]]:
    """Return the check of each field that refers alone, the groups that refer together, and the tables not given."""
    single: dict[str, list[Any]] = {}
    groups, unresolved = [], []
    for names, resource, theirs in schema.points_to:
        if not resource:
            continue
        if resource not in references:
            unresolved.append(resource)
            continue
        # imported on use: it imports the tables of frictionless, and few schemas refer to another table
        from quality.conform.frictionless.referenced_keys import referenced_keys

        known = referenced_keys(references[resource], theirs)
        if len(names) == 1:
            single.setdefault(names[0], []).append(known)
        else:
            places = [schema.names.index(name) for name in names]
            groups.append(ReferenceGroup(places, [fields[place] for place in places], known))
    return {name: is_known_in(known) for name, known in single.items()}, groups, unresolved
