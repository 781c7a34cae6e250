"""The order of day and month that all values of a column together speak for, and the doubt that is left."""

from __future__ import annotations

from dataclasses import dataclass

from packages.shaping.dates import COUNTED, DateOrder, OrderProof
from packages.shaping.evidence.date_evidence import PROOFS, VARIED, OrderEvidence

FEW = 0.1
"""Share of the dates with day and month as numbers below which their proofs decide nothing alone."""


@dataclass(frozen=True, slots=True)
class OrderVerdict:
    """The order in which a column is read, and the rule of messages.yaml that tells the doubt, or ""."""

    order: DateOrder
    rule: str = ""


def order_verdict(column: OrderEvidence, described: DateOrder | None = None) -> OrderVerdict:
    """Weigh the evidence; a column that proves nothing, or both orders, is read day first, and that is said.

    `described` is the order of the description, which is never changed, and may yet be doubtful.
    """
    counts = [order for order in COUNTED if column.count(OrderProof(order))]
    if described is None and counts and column.found_only(OrderProof(counts[0])):
        return OrderVerdict(counts[0], "date-excel-serial" if counts[0] is DateOrder.SERIAL else "date-epoch")
    if counts:
        return OrderVerdict(described or DateOrder.DAY_FIRST, "date-counts-among-dates")
    if column.is_mixed:
        return OrderVerdict(described or DateOrder.DAY_FIRST, "date-order-mixed")
    proven = next((DateOrder(proof) for proof in PROOFS if column.count(proof)), None)
    order = described or proven or DateOrder.DAY_FIRST
    if proven and order is not proven:
        return OrderVerdict(order, "date-order-not-as-described")
    if column.is_split:
        return OrderVerdict(order, "date-order-split")
    if not column.count(OrderProof.EITHER):
        return OrderVerdict(order)
    if proven and described is None and _is_lone(column, proven):
        return OrderVerdict(DateOrder.DAY_FIRST, "date-order-lone")
    if column.speaks_for(order.other) or (not proven and column.is_scattered(order)):
        return OrderVerdict(order, "date-order-doubtful")
    if proven and column.has_odd_run(order):
        return OrderVerdict(order, "date-order-clustered")
    if column.turned[order].count:
        return OrderVerdict(order, "date-order-turned")
    return OrderVerdict(order, "" if proven or described else "date-order-ambiguous")


def _is_lone(column: OrderEvidence, proven: DateOrder) -> bool:
    """Whether only a few rows speak for an order; for day first they do beside a monthly run."""
    proofs = column.count(*PROOFS)
    if column.speaks_for(proven) or proofs >= FEW * (proofs + column.count(OrderProof.EITHER)):
        return False
    return proven is DateOrder.MONTH_FIRST or len(column.days(proven)) >= VARIED
