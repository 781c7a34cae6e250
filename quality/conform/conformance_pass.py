"""Shaped rows are judged and typed: text in, typed batches out, and afterwards the findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import Mask
from packages.formats.arrow import arrow_schema, as_text
from packages.model import Batch, Check, CheckOutcome, Finding, Where
from packages.parallel.threads import SHARED, map_in_order
from packages.spec import TableSchema
from quality.conform.column_judge import ColumnJudge, ColumnVerdict
from quality.conform.fields import ConformField, conform_fields
from quality.conform.findings.extra_constraints import depends_on_today, extra_constraints
from quality.conform.findings.fault_tally import CELL_RULES, KEY_RULES, REFERENCE_RULES, FaultTally, fault_rule
from quality.conform.keys.key_codes import KeyCodes
from quality.conform.keys.references import ReferenceGroup, is_known_in
from quality.conform.keys.table_keys import KeysNoted, TableKeys, coded_keys, codes_by_row, primary_key, unique_keys
from quality.conform.keys.unique import codes_of_fields
from quality.conform.known_keys import KnownKeys
from quality.conform.masks import null_mask
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


class FaultsSeen:
    """How many rows a pass has judged, and which faults they have: it can be sent to another process."""

    def __init__(self) -> None:
        self.rows = 0
        self.tally = FaultTally()

    def absorb(self, later: FaultsSeen) -> None:
        """Add what was seen in the rows that follow."""
        self.rows += later.rows
        self.tally.absorb(later.tally)

    def findings(self, schema: TableSchema, headings: Mapping[str, str], resource: str) -> tuple[Finding, ...]:
        """Return one finding for each rule and field. `headings` gives the received heading of a field."""
        return self.tally.findings(schema, Where(resource=resource, of=self.rows), headings)

    def checks(self, schema: TableSchema, unresolved: Sequence[str], *, is_finished: bool) -> tuple[Check, ...]:
        """Return the checks that were due and how each ended. `unresolved` names the tables that were not at hand."""

        def check(name: str, title: str, rules: Collection[str], missing: str = "") -> Check:
            # one that lacked a table or did not read every row has not run
            if self.tally.broken(rules):
                return Check(name, title, CheckOutcome.FAILED)
            if missing or not is_finished:
                return Check(name, title, CheckOutcome.NOT_RUN, missing or "Not all rows were read.")
            return Check(name, title, CheckOutcome.PASSED)

        due = [check("cells", "Every cell has the form that its column asks for", CELL_RULES)]
        if unique_keys(schema):
            due.append(check("keys", "No key or unique value appears twice", KEY_RULES))
        if schema.points_to:
            missing = f"Not at hand: {', '.join(unresolved)}." if unresolved else ""
            due.append(check("references", "Everything that a row points to exists", REFERENCE_RULES, missing))
        return tuple(due)


class RowJudge:
    """Judges rows, batch by batch, and types them. It learns from all that it judges, but for the verdicts."""

    def __init__(self, schema: TableSchema, known: KnownKeys) -> None:
        self._schema = schema
        self._arrow = arrow_schema(schema)
        self._fields = conform_fields(schema)
        self._groups = [
            ReferenceGroup([schema.names.index(n) for n in names], [self._field(n) for n in names], theirs)
            for names, theirs in known.groups
        ]
        single = {name: is_known_in(theirs) for name, theirs in known.single.items()}
        self._judges = [ColumnJudge(field, extra_constraints(field, single.get(field.name))) for field in self._fields]
        self._coded, self._primary = coded_keys(schema), primary_key(schema)

    def _field(self, name: str) -> ConformField:
        return self._fields[self._schema.names.index(name)]

    def typed(self, batches: Iterable[Batch], seen: FaultsSeen, keys: KeysNoted) -> Iterator[TypedBatch]:
        """Yield the rows with the types of their fields; what they show goes to `seen`, and their keys to `keys`."""
        for field in filter(depends_on_today, self._fields):
            seen.tally.note("date-depends-on-today", (field.name,))
        # batches are judged in threads and recorded here, in their order
        for judged in map_in_order(self._judge, batches, SHARED):
            self._record(judged, seen)
            numbers = judged.batch.numbers.to_numpy(zero_copy_only=False)
            keys.note(codes_by_row(judged.keys, numbers), judged.typed, numbers)
            yield TypedBatch(judged.typed, judged.batch.numbers, [column.written for column in judged.columns])

    def _judge(self, batch: Batch) -> BatchVerdict:
        """Judge a batch in whatever thread: what depends on the order of rows is left to `_record`."""
        cells = [batch.cells.column(field.name) for field in self._fields]
        short = [null_mask(column) for column in cells]
        filled = [as_text(column) for column in cells]
        columns = [judge.judge(column) for judge, column in zip(self._judges, filled, strict=True)]
        typed = pa.RecordBatch.from_arrays([column.values for column in columns], schema=self._arrow)
        keys = [codes_of_fields(typed, names) for names in self._coded]
        texts = pa.RecordBatch.from_arrays(filled, names=list(self._schema.names))
        return BatchVerdict(batch, texts, columns, short, typed, keys)

    def _record(self, judged: BatchVerdict, seen: FaultsSeen) -> None:
        numbers = judged.batch.numbers.to_numpy(zero_copy_only=False)
        tally = seen.tally
        seen.rows += len(numbers)
        blank = rows_without_any(judged.columns, len(numbers))
        for column in judged.columns:
            # a cell with a fault has no value and yet holds something
            blank[column.faulty] &= False
        tally.add("row-blank", (), numbers[blank].tolist())
        for field, column, short in zip(self._fields, judged.columns, judged.short, strict=True):
            if short is not None:
                tally.add("row-short", (field.name,), numbers[short].tolist())
            # a cell beyond the end of a short row is reported as that, and not as missing too
            kept = [i for i, place in enumerate(column.faulty.tolist()) if short is None or not short[place]]
            for fault in dict.fromkeys(fault for i in kept for fault in column.verdicts[i].faults):
                with_fault = [i for i in kept if fault in column.verdicts[i].faults]
                rows, texts = numbers[column.faulty[with_fault]].tolist(), (column.texts[i] for i in with_fault)
                tally.add(fault_rule(fault, field.kind), (field.name,), rows, texts)
        if self._primary:
            # the codes of the primary key come first
            tally.add("key-missing", self._primary, np.delete(numbers, judged.keys[0].places).tolist())
        for group in self._groups:
            tally.add("reference-unknown", group.names, numbers[group.unknown(judged.filled)].tolist())


class ConformancePass:
    """A pass over rows. Iterate it once to the end; afterwards `findings`, `checks` and `rows` are complete."""

    def __init__(self, batches: Iterator[Batch], schema: TableSchema, known: KnownKeys) -> None:
        self._batches = batches
        self._schema = schema
        self._unresolved = known.unresolved
        self._keys = TableKeys(schema, arrow_schema(schema))
        self._judge = RowJudge(schema, known)
        self._seen = FaultsSeen()
        self._is_finished = False

    def __iter__(self) -> Iterator[TypedBatch]:
        with closing(self._keys):
            yield from self._judge.typed(self._batches, self._seen, self._keys)
            self._keys.report(self._seen.tally)
            self._is_finished = True

    @property
    def rows(self) -> int:
        return self._seen.rows

    def findings(self, headings: Mapping[str, str], resource: str) -> tuple[Finding, ...]:
        """Return one finding for each rule and field. `headings` gives the received heading of a field."""
        return self._seen.findings(self._schema, headings, resource)

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks that were due and how each ended."""
        return self._seen.checks(self._schema, self._unresolved, is_finished=self._is_finished)
