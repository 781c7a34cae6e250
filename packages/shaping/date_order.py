"""The order of day and month in each date column: as the description says, or as all its values together prove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packages.messages import finding
from packages.model import ChangeLog, Finding, Rows, Where
from packages.shaping.cells import date_rule
from packages.shaping.dates import DateOrder, OrderEvidence, OrderProof
from packages.shaping.layout import Arrangement, CellSource
from packages.shaping.source_cells import source_cells
from packages.spec import ResourceSpec

EvidenceByField = Mapping[str, OrderEvidence]


def gather_evidence(rows: Rows, arrangement: Arrangement) -> EvidenceByField:
    """Look through the whole file once for what its dates say; not at all when the description settles their order."""
    unsettled = [s for s in arrangement.sources if s.columns and date_rule(s.field, s.rule) == "auto"]
    evidence = {source.field.name: OrderEvidence() for source in unsettled}
    if not unsettled:
        return evidence
    for batch in rows.start(ChangeLog()):
        for source in unsettled:
            evidence[source.field.name].add(source_cells(source, batch, ChangeLog()), batch.numbers)
    return evidence


def date_orders(arrangement: Arrangement, evidence: EvidenceByField) -> dict[str, DateOrder]:
    """The order of every date field of the file."""
    return {s.field.name: _order(s, evidence) for s in arrangement.sources if date_rule(s.field, s.rule)}


def _order(source: CellSource, evidence: EvidenceByField) -> DateOrder:
    said = date_rule(source.field, source.rule)
    found = evidence.get(source.field.name)
    if said == "auto":
        return found.order if found else DateOrder.DAY_FIRST
    return DateOrder(said)


def order_findings(arrangement: Arrangement, evidence: EvidenceByField, resource: ResourceSpec) -> Iterator[Finding]:
    """What people should know of how the dates were read."""
    for source in arrangement.sources:
        found = evidence.get(source.field.name)
        if found:
            yield from _said(found, Where(resource.name, source.field.name, arrangement.heading(source)))


def _said(found: OrderEvidence, where: Where) -> Iterator[Finding]:
    if found.mixed:
        day_first, month_first = (found.rows(p)[0] for p in (OrderProof.DAY_FIRST, OrderProof.MONTH_FIRST))
        yield finding("date-order-mixed", where, day_first=f"{day_first:,}", month_first=f"{month_first:,}")
    elif found.ambiguous:
        yield finding("date-order-ambiguous", where)
    elif found.order is DateOrder.SERIAL:
        yield finding("date-excel-serial", where)
