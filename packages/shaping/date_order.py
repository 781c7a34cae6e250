"""The order of day and month in each date column: as the description says, or as all its values together prove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packages.messages import finding
from packages.model import ChangeLog, Finding, Rows, Where
from packages.shaping.cells import date_rule
from packages.shaping.dates import DateOrder, OrderEvidence, OrderProof
from packages.shaping.layout import Arrangement
from packages.shaping.source_cells import source_cells
from packages.spec import ResourceSpec

EvidenceByField = Mapping[str, OrderEvidence]


def gather_evidence(rows: Rows, arrangement: Arrangement) -> EvidenceByField:
    """Read the whole file once for the evidence of its date columns; skipped when the description settles them all."""
    unsettled = [s for s in arrangement.sources if s.columns and date_rule(s.field, s.rule) == "auto"]
    evidence = {source.field.name: OrderEvidence() for source in unsettled}
    if not unsettled:
        return evidence
    # logs of their own: this pass changes nothing, and the pass that follows logs the same changes again
    for batch in rows.start(ChangeLog()):
        for source in unsettled:
            evidence[source.field.name].add(source_cells(source, batch, ChangeLog()), batch.numbers)
    return evidence


def date_orders(arrangement: Arrangement, evidence: EvidenceByField) -> dict[str, DateOrder]:
    """Return the order of every date field of the file: the described one, or the proven one where it is `auto`."""
    orders = {}
    for source in arrangement.sources:
        described = date_rule(source.field, source.rule)
        if described == "auto":
            proven = evidence.get(source.field.name)
            orders[source.field.name] = proven.order if proven else DateOrder.DAY_FIRST
        elif described:
            orders[source.field.name] = DateOrder(described)
    return orders


def order_findings(arrangement: Arrangement, evidence: EvidenceByField, resource: ResourceSpec) -> Iterator[Finding]:
    """Yield what people should know about how the dates were read."""
    for source in arrangement.sources:
        column = evidence.get(source.field.name)
        if column is None:
            continue
        where = Where(resource.name, source.field.name, arrangement.heading(source))
        if column.is_mixed:
            day_first, month_first = (column.rows(p)[0] for p in (OrderProof.DAY_FIRST, OrderProof.MONTH_FIRST))
            yield finding("date-order-mixed", where, day_first=f"{day_first:,}", month_first=f"{month_first:,}")
        elif column.is_ambiguous:
            yield finding("date-order-ambiguous", where)
        elif column.order is DateOrder.SERIAL:
            yield finding("date-excel-serial", where)
