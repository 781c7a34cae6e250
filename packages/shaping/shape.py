"""A publisher's table brought into the columns and the form of its dataset, batch by batch, every change counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from packages.model import (
    Batch,
    CannotBeCut,
    ChangeLog,
    Finding,
    Part,
    PartedRows,
    PartPass,
    Rows,
    RowsSeen,
    Where,
)
from packages.parallel.spread import Spread
from packages.shaping.cells import CellEvidence, CellShaper
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


def shape(rows: Rows, spec: DatasetSpec, resource: ResourceSpec, *, day: dt.date, spread: Spread | None = None) -> Rows:
    """Return the rows of a file in the columns of the schema; `day` chooses among dated layouts.

    Missing cells are empty. A cell that no rule can bring into form stays as it was, for conformance to judge, and
    one that its row did not have stays null. What has to be found out of all rows before is found out by `spread`, if
    they come in parts. Raises FileProblem when the file is not one of the dataset at all.
    """
    arrangement = arrange(rows, spec, resource, day)
    # a pass of its own over the file, only where the order of some dates has to be found out
    evidence = gather_evidence(rows, arrangement, spread)
    findings = (
        *mapping_findings(arrangement, spec, resource),
        *order_findings(arrangement, evidence.dates, resource),
    )
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
        spec=spec,
        counts=counts,
        shapes={p.wkt: p.several for p in spec.quality.places if p.wkt and p.resource == resource.name},
    )

    def start(log: ChangeLog) -> Iterator[Batch]:
        for finding in findings:
            log.find(finding)
        shaping = ShapingPass(plan, log)
        yield from shaping.shaped(rows.start(log))
        shaping.seen.report(log)

    return Rows(
        columns=resource.table_schema.names,
        headings={source.field.name: arrangement.heading(source) for source in arrangement.sources},
        start=start,
        sheet=rows.sheet,
        how_read=rows.how_read,
        parts=ShapedInParts(plan, findings, rows.parts) if rows.parts else None,
    )


@dataclass(frozen=True, slots=True)
class ShapingPlan:
    """Everything that is decided before the first row is changed.

    `shapes` are the fields of shapes, and whether a single area among several has to be written like them. `counts`
    says which fields are numbers of people.
    """

    arrangement: Arrangement
    resource: ResourceSpec
    orders: Mapping[str, DateOrder]
    totals: TotalsRule
    spec: DatasetSpec
    shapes: Mapping[str, bool]
    counts: tuple[CountsSpec, ...] = ()
    commas: frozenset[str] = frozenset()

    def shaper(self, source: CellSource) -> CellShaper:
        """Return what brings the cells of one field into form."""
        name = source.field.name
        return CellShaper(source, self.orders.get(name, DateOrder.DAY_FIRST), comma=name in self.commas)


class ShapingSeen:
    """What the rows of one pass show while they are shaped: totals, doubts and contradictions."""

    def __init__(self, plan: ShapingPlan, *, is_end: bool) -> None:
        self._arrangement, self._resource = plan.arrangement, plan.resource
        self.totals = Totals(plan.totals, is_end=is_end)
        self.splits = SplitCheck(plan.arrangement.sources)
        self.described = DescribedOrders(plan.arrangement)
        self.others = Contradictions(plan.arrangement, plan.spec, plan.resource.name)
        self.marks = Marks(plan.counts, plan.arrangement)
        self.cells: dict[str, CellEvidence] = {}

    def absorb(self, later: ShapingSeen) -> None:
        """Add what the rows of the part that follows have shown."""
        self.totals.absorb(later.totals)
        self.splits.absorb(later.splits)
        self.described.absorb(later.described)
        self.others.absorb(later.others)
        for name, evidence in later.cells.items():
            self.cells[name].absorb(evidence)

    def report(self, log: ChangeLog) -> None:
        """Write the findings into the log, when all rows have passed."""
        resource = self._resource
        self.totals.report(log)
        found = [*self.splits.findings(self._arrangement, resource.name), *self.described.findings(resource)]
        for source in self._arrangement.sources:
            where = Where(resource.name, source.field.name, self._arrangement.heading(source))
            found += self.cells[source.field.name].findings(where)
        for finding in (*found, *self.marks.findings(resource.name), *self.others.findings()):
            log.find(finding)


class ShapingPass:
    """Brings batches of a file into the columns and form of the dataset. What they show is in `seen`, and in `log`."""

    def __init__(self, plan: ShapingPlan, log: ChangeLog, *, is_end: bool = True) -> None:
        self._plan, self._log = plan, log
        self._shapers = {source.field.name: (source, plan.shaper(source)) for source in plan.arrangement.sources}
        self.seen = ShapingSeen(plan, is_end=is_end)
        self.seen.cells = {name: shaper.evidence for name, (_, shaper) in self._shapers.items()}

    def shaped(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield the batches of a file in the columns and form of the dataset."""
        # totals are recognised by the file's own columns, so they go before shaping; amounts are summed after it
        for batch in self.seen.totals.without_totals(batches):
            yield self._shape_batch(batch)

    def _shape_batch(self, batch: Batch) -> Batch:
        seen, log, marks = self.seen, self._log, self.seen.marks
        arrangement, numbers = self._plan.arrangement, batch.numbers
        seen.splits.watch(batch)
        seen.described.watch(batch)
        cells = {name: source_cells(source, batch, log) for name, (source, _) in self._shapers.items()}
        reasons = {}
        for name in marks.measures:
            cells[name], reasons[name] = marks.without_marks(name, cells[name], numbers, log)
        shaped = {name: shaper.shape_cells(cells[name], numbers, log) for name, (_, shaper) in self._shapers.items()}
        shaped = marks.with_reasons(shaped, reasons)
        for source in arrangement.sources:
            if taken_out := source.field.redaction_of:
                beside = reasons_beside(cells[taken_out], shaped[taken_out])
                shaped[source.field.name] = pc.coalesce(beside, shaped[source.field.name])
        if arrangement.grid:
            shaped |= grid_to_degrees({name: shaped[name] for name in arrangement.grid}, numbers, log)
        shaped = seen.others.with_places(batch, shaped, log)
        seen.others.watch(batch, shaped, log)
        for name, several in self._plan.shapes.items():
            shaped[name] = shapes_in_form(shaped[name], name, numbers, log, several=several)
        seen.totals.add(shaped, {name for name, found in reasons.items() if pc.any(pc.not_equal(found, "")).as_py()})
        return Batch(pa.RecordBatch.from_arrays(list(shaped.values()), names=list(shaped)), numbers)


class ShapedSeen:
    """What was seen of some rows while they were read, and while they were shaped."""

    def __init__(self, reading: RowsSeen, shaping: ShapingSeen) -> None:
        self._reading, self._shaping = reading, shaping

    def absorb(self, later: ShapedSeen) -> None:
        """Add what was seen in the part that follows."""
        self._reading.absorb(later._reading)
        self._shaping.absorb(later._shaping)

    def report(self, log: ChangeLog) -> None:
        """Write the findings into the log, when all rows have passed."""
        self._reading.report(log)
        self._shaping.report(log)


@dataclass(frozen=True, slots=True)
class ShapedInParts:
    """The parts of a file, in the columns and form of the dataset."""

    plan: ShapingPlan
    findings: tuple[Finding, ...]
    received: PartedRows

    @property
    def bytes(self) -> int:
        return self.received.bytes

    def cut(self, scratch: Path, least: int = 2) -> Sequence[Part]:
        """Return the parts in their order; CannotBeCut where all rows are needed to shape one."""
        if self.plan.counts:
            raise CannotBeCut("what is hidden among numbers of people depends on all of them")
        return self.received.cut(scratch, least)

    def last_row(self, parts: Sequence[Part]) -> int:
        """Return the number of the last row that is kept, before totals."""
        return self.received.last_row(parts)

    def begin(self, log: ChangeLog) -> None:
        """Write into the log what is known before the first row."""
        for finding in self.findings:
            log.find(finding)
        self.received.begin(log)

    def read(self, part: Part) -> PartPass:
        """Begin a pass over one part."""
        reading = self.received.read(part)
        shaping = ShapingPass(self.plan, reading.log, is_end=part.is_end)
        return PartPass(shaping.shaped(reading.batches), reading.log, ShapedSeen(reading.seen, shaping.seen))
