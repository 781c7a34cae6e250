"""A publisher's table brought into the columns and the form of its dataset, batch by batch, every change counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from packages.model import Batch, ChangeLog, Rows, Where
from packages.shaping.cells import CellShaper
from packages.shaping.contradictions.contradictions import Contradictions
from packages.shaping.date_order import DescribedOrders, date_orders, gather_evidence, order_findings
from packages.shaping.dates import DateOrder
from packages.shaping.evidence.number_forms import fields_with_comma
from packages.shaping.layout import Arrangement, CellSource, arrange
from packages.shaping.mapping_findings import mapping_findings
from packages.shaping.marks import Marks
from packages.shaping.places.grid import grid_to_degrees
from packages.shaping.places.wkt import shapes_in_form
from packages.shaping.redactions import reasons_beside
from packages.shaping.source_cells import SplitCheck, source_cells
from packages.shaping.texts import fold_text
from packages.shaping.totals import Totals, TotalsRule, totals_rule
from packages.spec import CountsSpec, DatasetSpec, ResourceSpec, counts_of


def shape(rows: Rows, spec: DatasetSpec, resource: ResourceSpec, *, day: dt.date) -> Rows:
    """Return the rows of a file in the columns of the schema; `day` chooses among dated layouts.

    Missing cells are empty. A cell that no rule can bring into form stays as it was, for conformance to judge, and
    one that its row did not have stays null. Raises FileProblem when the file is not one of the dataset at all.
    """
    arrangement = arrange(rows, spec, resource, day)
    findings = mapping_findings(arrangement, spec, resource)
    # a pass of its own over the file, only where the order of some dates has to be found out
    evidence = gather_evidence(rows, arrangement)
    findings += tuple(order_findings(arrangement, evidence.dates, resource))
    # a total that is one of the numbers of people is no checksum, and stays
    counts = counts_of(spec.quality.disclosure.counts, resource, spec.package)
    kept = {fold_text(label) for rule in counts for name in rule.by for label in rule.totals.get(name, ())}
    reading = spec.reading_of(resource)
    reading = reading.model_copy(update={"totals": [word for word in reading.totals if fold_text(word) not in kept]})
    plan = ShapingPlan(
        arrangement=arrangement,
        resource=resource,
        orders=date_orders(arrangement, evidence.dates),
        commas=fields_with_comma(evidence.numbers),
        totals=totals_rule(reading, arrangement, resource),
        contradictions=lambda: Contradictions(arrangement, spec, resource.name),
        counts=counts,
        shapes={p.wkt: p.several for p in spec.quality.places if p.wkt and p.resource == resource.name},
    )

    def start(log: ChangeLog) -> Iterator[Batch]:
        for finding in findings:
            log.find(finding)
        yield from plan.apply(rows.start(log), log)

    return Rows(
        columns=resource.table_schema.names,
        headings={source.field.name: arrangement.heading(source) for source in arrangement.sources},
        start=start,
        sheet=rows.sheet,
        how_read=rows.how_read,
    )


@dataclass(frozen=True, slots=True)
class ShapingPlan:
    """Everything that is decided before the first row is changed.

    `contradictions` begins to gather what columns say that no field takes. `shapes` are the fields of shapes, and
    whether a single area among several has to be written like them. `counts` says which fields are numbers of people.
    """

    arrangement: Arrangement
    resource: ResourceSpec
    orders: Mapping[str, DateOrder]
    totals: TotalsRule
    contradictions: Callable[[], Contradictions]
    shapes: Mapping[str, bool]
    counts: tuple[CountsSpec, ...] = ()
    commas: frozenset[str] = frozenset()

    def _shaper(self, source: CellSource) -> CellShaper:
        name = source.field.name
        return CellShaper(source, self.orders.get(name, DateOrder.DAY_FIRST), comma=name in self.commas)

    def apply(self, batches: Iterator[Batch], log: ChangeLog) -> Iterator[Batch]:
        """Yield the batches of a file in the columns and form of the dataset."""
        totals, sources, grid = Totals(self.totals), self.arrangement.sources, self.arrangement.grid
        splits, described, others = SplitCheck(sources), DescribedOrders(self.arrangement), self.contradictions()
        shapers = {source.field.name: (source, self._shaper(source)) for source in sources}
        marks = Marks(self.counts, self.arrangement)
        # totals are recognised by the file's own columns, so they go before shaping; amounts are summed after it
        for batch in totals.without_totals(batches):
            splits.watch(batch)
            described.watch(batch)
            cells = {name: source_cells(source, batch, log) for name, (source, _) in shapers.items()}
            reasons = {}
            for name in marks.measures:
                cells[name], reasons[name] = marks.without_marks(name, cells[name], batch.numbers, log)
            shaped = {
                name: shaper.shape_cells(cells[name], batch.numbers, log) for name, (_, shaper) in shapers.items()
            }
            shaped = marks.with_reasons(shaped, reasons)
            for source in sources:
                if taken_out := source.field.redaction_of:
                    beside = reasons_beside(cells[taken_out], shaped[taken_out])
                    shaped[source.field.name] = pc.coalesce(beside, shaped[source.field.name])
            if grid:
                shaped |= grid_to_degrees({name: shaped[name] for name in grid}, batch.numbers, log)
            shaped = others.with_places(batch, shaped, log)
            others.watch(batch, shaped, log)
            for name, several in self.shapes.items():
                shaped[name] = shapes_in_form(shaped[name], name, batch.numbers, log, several=several)
            totals.add(shaped, {name for name, found in reasons.items() if pc.any(pc.not_equal(found, "")).as_py()})
            yield Batch(pa.RecordBatch.from_arrays(list(shaped.values()), names=list(shaped)), batch.numbers)
        totals.report(log)
        found = [*splits.findings(self.arrangement, self.resource.name), *described.findings(self.resource)]
        for source, shaper in shapers.values():
            found += shaper.findings(Where(self.resource.name, source.field.name, self.arrangement.heading(source)))
        for finding in (*found, *marks.findings(self.resource.name), *others.findings()):
            log.find(finding)
