"""A publisher's table in the columns and the form of its dataset, while the rows stream by. Every change is counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from packages.model import Batch, ChangeLog, Rows
from packages.shaping.cells import CellShaper
from packages.shaping.date_order import date_orders, gather_evidence, order_findings
from packages.shaping.dates import DateOrder
from packages.shaping.grid import grid_to_degrees
from packages.shaping.headings import known_headings, normalise
from packages.shaping.layout import Arrangement, arrange
from packages.shaping.mapping_findings import mapping_findings
from packages.shaping.source_cells import SplitCheck, source_cells
from packages.shaping.totals import Totals, TotalsRule, totals_rule
from packages.spec import DatasetSpec, ResourceSpec

__all__ = ["known_headings", "normalise", "shape"]


def shape(rows: Rows, spec: DatasetSpec, resource: ResourceSpec, *, day: dt.date) -> Rows:
    """The rows of a file in the columns of the schema, their cells in our form; `day` chooses among dated layouts.

    Missing cells are empty. A cell that no rule can bring into form stays as it was, for conformance to judge, and
    one that its row did not have stays null. FileProblem when the file has not the columns of the dataset at all.
    """
    arrangement = arrange(rows, spec, resource, day)
    said = mapping_findings(arrangement, spec, resource)
    evidence = gather_evidence(rows, arrangement)
    said += tuple(order_findings(arrangement, evidence, resource))
    plan = _Plan(
        arrangement=arrangement,
        resource=resource.name,
        orders=date_orders(arrangement, evidence),
        totals=totals_rule(spec.reading_of(resource), arrangement, resource),
    )

    def start(log: ChangeLog) -> Iterator[Batch]:
        for one in said:
            log.find(one)
        yield from _shaped(rows.start(log), plan, log)

    return Rows(
        columns=resource.table_schema.names,
        headings={source.field.name: arrangement.heading(source) for source in arrangement.sources},
        start=start,
        sheet=rows.sheet,
        how_read=rows.how_read,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is decided before the first row is changed."""

    arrangement: Arrangement
    resource: str
    orders: Mapping[str, DateOrder]
    totals: TotalsRule


def _shaped(batches: Iterator[Batch], plan: _Plan, log: ChangeLog) -> Iterator[Batch]:
    totals, sources, grid = Totals(plan.totals), plan.arrangement.sources, plan.arrangement.grid
    splits = SplitCheck(sources)
    columns = {s.field.name: (s, CellShaper(s, plan.orders.get(s.field.name, DateOrder.DAY_FIRST))) for s in sources}
    for batch in totals.without(batches):
        splits.watch(batch)
        shaped = {
            name: cells.shaped(source_cells(source, batch, log), batch.numbers, log)
            for name, (source, cells) in columns.items()
        }
        if grid:
            shaped |= grid_to_degrees({name: shaped[name] for name in grid}, batch.numbers, log)
        totals.add(shaped)
        yield Batch(pa.RecordBatch.from_arrays(list(shaped.values()), names=list(shaped)), batch.numbers)
    totals.tell(log)
    for found in splits.findings(plan.arrangement, plan.resource):
        log.find(found)
