"""The order of day and month in each date column: as the description says, or as all its values together prove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from packages.messages import finding
from packages.model import Batch, CannotBeCut, ChangeLog, Finding, Part, PartedRows, Rows, Severity, Where
from packages.parallel.spread import Spread
from packages.shaping.cells import date_rule, has_number_rule
from packages.shaping.dates import DateOrder, OrderProof
from packages.shaping.evidence.date_evidence import PROOFS, OrderEvidence
from packages.shaping.evidence.number_forms import NumberForms
from packages.shaping.evidence.order_verdict import order_verdict
from packages.shaping.layout import Arrangement, CellSource
from packages.shaping.source_cells import source_cells
from packages.spec import ResourceSpec

COUNT_NAMES = {
    OrderProof.MILLISECONDS: "milliseconds since 1970",
    OrderProof.SECONDS: "seconds since 1970",
    OrderProof.SERIAL: "days as a spreadsheet counts them",
}

EvidenceByField = Mapping[str, OrderEvidence]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What all rows of a file show of the fields whose form has to be found out, by the names of the fields."""

    dates: EvidenceByField
    numbers: Mapping[str, NumberForms]

    def absorb(self, later: Evidence) -> None:
        """Add what the rows that follow show."""
        for name, dates in later.dates.items():
            self.dates[name].absorb(dates)
        for name, numbers in later.numbers.items():
            self.numbers[name].absorb(numbers)


def gather_evidence(rows: Rows, arrangement: Arrangement, spread: Spread | None = None) -> Evidence:
    """Read the whole file once for the evidence of its date columns; skipped when the description settles them all.

    Numbers are looked at on the way: without a decimal comma that is proven, theirs is a point.
    """
    sources = EvidenceSources(
        dates=tuple(s for s in arrangement.sources if s.columns and date_rule(s.field, s.rule) == "auto"),
        numbers=tuple(s for s in arrangement.sources if s.columns and has_number_rule(s)),
    )
    if not sources.dates:
        return sources.evidence_in(())
    if spread and rows.parts and (parts := spread.parts_of(rows.parts)):
        with suppress(CannotBeCut):
            evidence = sources.evidence_in(())
            for found in spread.over(parts, _evidence_of_part, (rows.parts, sources)):
                evidence.absorb(found)
            return evidence
    # a log of its own: this pass changes nothing, and the pass that follows logs the same changes again
    return sources.evidence_in(rows.start(ChangeLog()))


@dataclass(frozen=True, slots=True)
class EvidenceSources:
    """The columns whose form has to be found out of all their cells: dates, and numbers on the way."""

    dates: tuple[CellSource, ...]
    numbers: tuple[CellSource, ...]

    def evidence_in(self, batches: Iterable[Batch]) -> Evidence:
        """Return what some batches of the file show."""
        evidence = Evidence(
            {source.field.name: OrderEvidence() for source in self.dates},
            {source.field.name: NumberForms(source.field) for source in self.numbers},
        )
        for batch in batches:
            _add_evidence(self.dates, evidence.dates, batch)
            _add_evidence(self.numbers, evidence.numbers, batch)
        return evidence


def _evidence_of_part(common: tuple[PartedRows, EvidenceSources], part: Part) -> Evidence:
    rows, sources = common
    return sources.evidence_in(rows.read(part).batches)


def _add_evidence(
    sources: Iterable[CellSource], evidence: Mapping[str, OrderEvidence | NumberForms], batch: Batch
) -> None:
    for source in sources:
        evidence[source.field.name].add(source_cells(source, batch, ChangeLog()), batch.numbers)


class DescribedOrders:
    """Watches, during the one pass, the date columns whose order the description settles: their values may differ."""

    def __init__(self, arrangement: Arrangement) -> None:
        self._sources = [s for s in arrangement.sources if s.columns and described_order(s)]
        self._evidence = {source.field.name: OrderEvidence() for source in self._sources}
        self._arrangement = arrangement

    def watch(self, batch: Batch) -> None:
        """Add the cells of a batch of the file."""
        _add_evidence(self._sources, self._evidence, batch)

    def absorb(self, later: DescribedOrders) -> None:
        """Add the evidence of the rows that follow."""
        for name, evidence in later._evidence.items():
            self._evidence[name].absorb(evidence)

    def findings(self, resource: ResourceSpec) -> Iterator[Finding]:
        """Yield the doubts, when all rows have passed."""
        return order_findings(self._arrangement, self._evidence, resource)


def described_order(source: CellSource) -> DateOrder | None:
    """Return the order that the description settles for a field; None where it is found out, or is no date."""
    described = date_rule(source.field, source.rule)
    return DateOrder(described) if described not in ("", "auto") else None


def date_orders(arrangement: Arrangement, evidence: EvidenceByField) -> dict[str, DateOrder]:
    """Return the order of every date field of the file: the described one, or the proven one where it is `auto`."""
    orders = {}
    for source in arrangement.sources:
        if date_rule(source.field, source.rule):
            proven = evidence.get(source.field.name)
            found = order_verdict(proven).order if proven else DateOrder.DAY_FIRST
            orders[source.field.name] = described_order(source) or found
    return orders


def order_findings(arrangement: Arrangement, evidence: EvidenceByField, resource: ResourceSpec) -> Iterator[Finding]:
    """Yield what people should know about how the dates were read."""
    for source in arrangement.sources:
        column = evidence.get(source.field.name)
        weighed = order_verdict(column, described_order(source)) if column else None
        if column and weighed and weighed.rule:
            where, words = _place_and_words(column, weighed.rule, weighed.order)
            place = Where(resource.name, source.field.name, arrangement.heading(source), **where)
            # with the day first, the lone month-first date is no day at all
            is_no_day = weighed.rule == "date-order-lone" and bool(column.count(OrderProof.MONTH_FIRST))
            yield finding(weighed.rule, place, severity=Severity.BLOCK if is_no_day else None, **words)


def _place_and_words(column: OrderEvidence, rule: str, order: DateOrder) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the rows of a doubt and the words of its message."""
    names = {DateOrder.DAY_FIRST: "day", DateOrder.MONTH_FIRST: "month"}
    proofs = sorted(row for proof in PROOFS for row in column.rows(proof))
    open_rows, open_count = column.rows(OrderProof.EITHER), column.count(OrderProof.EITHER)
    match rule:
        case "date-order-mixed":
            day_first, month_first = (column.rows(proof)[0] for proof in PROOFS)
            unread = OrderProof.DAY_FIRST if order is DateOrder.MONTH_FIRST else OrderProof.MONTH_FIRST
            words = {"day_first": f"{day_first:,}", "month_first": f"{month_first:,}"}
            return {"rows": column.rows(unread), "count": column.count(unread)}, words
        case "date-order-lone" | "date-order-not-as-described":
            proven = next(DateOrder(proof) for proof in PROOFS if column.count(proof))
            count = column.count(*PROOFS)
            words = {"proven": names[proven], "read": names[order], "others": f"{open_count:,}"}
            return {"rows": tuple(proofs), "count": count, "of": count + open_count}, words
        case "date-order-doubtful":
            words = {"read": names[order], "months": f"{len(column.months(order)):,}"}
            return {"rows": open_rows, "count": open_count}, words
        case "date-order-clustered":
            run = column.longest
            return {"rows": (run.first, run.last)}, {"first": f"{run.first:,}", "last": f"{run.last:,}"}
        case "date-order-turned":
            turned = column.turned[order]
            return {"rows": turned.rows, "count": turned.count}, {"read": names[order]}
        case "date-epoch":
            return {}, {"unit": order.value}
        case "date-counts-among-dates":
            kind = next(kind for kind in COUNT_NAMES if column.count(kind))
            return {"rows": column.rows(kind), "count": column.count(kind)}, {"kind": COUNT_NAMES[kind]}
        case "date-order-split":
            return {"rows": column.rows(OrderProof.SETTLED), "count": column.count(OrderProof.SETTLED)}, {}
    return {}, {}
