"""The stage between conformance and the files: small numbers are taken out before anything is written.

What is written, counted and reported after it never holds them. The whole table is in memory meanwhile, because which
numbers have to be hidden depends on all of them; tables of counts are small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.messages import finding
from packages.model import ROWS_SHOWN, SMALL_NUMBERS, ChangeLog, Identity, Where
from packages.spec import LONDON, SUPPRESSED, CountsSpec, ResourceSpec
from quality.conform import TypedBatch
from quality.suppression.hide import Hiding, hide_small_numbers


@dataclass(frozen=True, slots=True)
class CountsTask:
    """What is to be hidden in the rows of one table: by which descriptions, and given which earlier releases.

    `earlier` are their folders, `headings` those of the received file by field.
    """

    resource: ResourceSpec
    counts: Sequence[CountsSpec]
    identity: Identity
    earlier: Sequence[Path] = ()
    headings: Mapping[str, str] = field(default_factory=dict)

    def published_before(self, spec: CountsSpec) -> Iterator[pa.Table]:
        """Yield the publisher's rows of this table in each earlier release, in the columns that tell numbers."""
        wanted = (*spec.by, *spec.measure, *map(spec.status_of, spec.measure))
        for folder in self.earlier:
            path = folder / f"{self.resource.name}.parquet"
            if not path.is_file():
                continue
            names = set(pq.read_schema(path).names)
            table = pq.read_table(path, columns=sorted(names.intersection(("publisher", *wanted))))
            # all of London holds the rows of all publishers
            if folder.parent.name == LONDON and "publisher" in names:
                table = table.filter(pc.equal(table["publisher"], self.identity.publisher))
            if any(name in names for name in spec.measure):
                yield table


def without_small_numbers(typed: Iterable[TypedBatch], task: CountsTask, log: ChangeLog) -> Iterator[TypedBatch]:
    """Yield the batches with small numbers, and what they could be worked out from, hidden; findings go to `log`."""
    parts = list(typed)
    if not parts:
        return
    table = pa.Table.from_batches([part.batch for part in parts])
    numbers = pa.chunked_array([part.numbers for part in parts])
    changed: set[str] = set()
    for spec in task.counts:
        hiding = hide_small_numbers(table, spec, list(task.published_before(spec)))
        for name, mask in hiding.masks.items():
            hidden = pa.array(mask)
            rows = numbers.filter(hidden)
            log.change(SMALL_NUMBERS, name, len(rows), tuple(rows[:ROWS_SHOWN].to_pylist()))
            for emptied in (name, *spec.derived):
                table = _with_column(table, emptied, pc.if_else(hidden, None, table[emptied]))
            status = spec.status_of(name)
            table = _with_column(table, status, pc.if_else(hidden, SUPPRESSED, table[status]))
            changed |= {name, status, *spec.derived}
        _report(hiding, spec, task, log)
    # what only served to decide ends here
    table = table.select(list(task.resource.table_schema.names))
    start = 0
    for part in parts:
        (batch,) = table.slice(start, len(part.numbers)).combine_chunks().to_batches() or [part.batch]
        start += len(part.numbers)
        known = dict(zip(part.batch.schema.names, part.cells or [None] * part.batch.num_columns, strict=True))
        cells = [None if name in changed else known[name] for name in table.column_names]
        yield replace(part, batch=batch, cells=cells)


def _with_column(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    place = table.column_names.index(name)
    return table.set_column(place, table.schema.field(place), column)


def _report(hiding: Hiding, spec: CountsSpec, task: CountsTask, log: ChangeLog) -> None:
    """Log what was hidden, and what a person has to see; no message tells which number is a small one."""
    measure = spec.measure[0] if len(spec.measure) == 1 else ""
    place = Where(task.resource.name, measure, task.headings.get(measure, ""), unit="number", of=hiding.given)
    for rule, count in (
        ("counts-hidden", hiding.hidden),
        ("counts-mostly-hidden", hiding.hidden if hiding.hidden > spec.most_hidden * hiding.given else 0),
        ("counts-known-before", hiding.known),
        ("counts-exposed", hiding.exposed),
        ("counts-totals-differ", hiding.off),
        ("counts-totals-unclear", hiding.unclear),
        ("counts-repeated", hiding.repeated),
        ("counts-negative", hiding.negative),
        ("counts-too-many", hiding.given if hiding.too_many else 0),
        ("counts-not-compared", hiding.lost),
    ):
        # numbers of a table that is stopped are all kept back, and that is no repair
        is_stopped = hiding.repeated or hiding.negative or hiding.too_many
        if count and not (is_stopped and rule in ("counts-hidden", "counts-mostly-hidden")):
            log.find(finding(rule, replace(place, count=count), threshold=spec.threshold))
