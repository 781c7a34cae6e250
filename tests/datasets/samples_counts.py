"""Counts of people by area: raw, with marks of suppression, with totals and without."""

from __future__ import annotations

from collections.abc import Callable

from tests.datasets.made_up import WardCount, households, wards_only
from tests.datasets.sample import Linked, Row, Sample


def raw(ward: WardCount) -> Row:
    """All numbers as they are, the total in its own words."""
    return {
        "As at": ward.day.strftime("%d/%m/%Y"),
        "Ward code": ward.code,
        "Ward": ward.ward if ward.code else "Borough total",
        "Working age": f"{ward.working:,}",
        "Pension age": f"{ward.pension:,}",
        "All claimants": f"{ward.working + ward.pension:,}",
    }


def true_numbers(ward: WardCount) -> Row:
    """The same in a workbook."""
    return {
        "Quarter end": ward.day,
        "Ward GSS code": ward.code,
        "Electoral ward": ward.ward if ward.code else "Total",
        "CTS caseload": ward.working + ward.pension,
        "Working age claimants": ward.working,
        "Pension age claimants": ward.pension,
    }


def marked(mark: str, *, with_sum: bool) -> Callable[[WardCount], Row]:
    """Numbers below five as a mark; `with_sum` also the number from which they could be worked out."""

    def row(ward: WardCount) -> Row:
        is_small = 0 < ward.pension < 5
        return {
            "Snapshot date": ward.day.isoformat(),
            "Ward code": ward.code,
            "Ward name": ward.ward,
            "Live claims": mark if is_small and with_sum else ward.working + ward.pension,
            "WA": ward.working,
            "PA": mark if is_small else ward.pension,
        }

    return row


SAMPLES: dict[str, Sample | Linked] = {
    "council-tax-support/camden": Sample("council-tax-support.csv", households, raw, 24),
    "council-tax-support/brent": Sample("council-tax-support.xlsx", households, true_numbers, 28),
    "council-tax-support/hackney": Sample("cts-by-ward.csv", wards_only, marked("[c]", with_sum=True), 26),
    "council-tax-support/lewisham": Sample("cts-by-ward.csv", households, marked("<5", with_sum=False), 20),
}
