"""A made-up look at data, with a picture of every kind and markup where a text may stand."""

from __future__ import annotations

import datetime as dt

from catalogue.look.look import DataLook, FirstRows, OverTime, Place, Places

MARKUP = "<b>High Street</b> & “Yard”"


def look(release: str) -> DataLook:
    """A look with points, areas, sums over eighteen months of which one is below zero, and a table."""
    points = tuple(Place(f"{MARKUP} {i}", (((-0.14 + i * 0.003, 51.53 + i * 0.002),),)) for i in range(9))
    square = ((-0.16, 51.54), (-0.15, 51.54), (-0.15, 51.55), (-0.16, 51.55), (-0.16, 51.54))
    months = [dt.date(2025 + month // 12, month % 12 + 1, 1) for month in range(18)]
    return DataLook(
        release,
        tables=(
            FirstRows(
                "payments",
                "Payments",
                (("payment_date", "Payment date"), ("supplier", "Supplier"), ("amount", "Amount")),
                (("2026-01-05", MARKUP, "612.50"), ("2026-01-19", "", "-4800.00")),
                1_234,
            ),
        ),
        places=(
            Places("sites", "Sites", points, 9, 2),
            Places("areas", "Areas", (Place("Old Yard", (square,)),), 1, 0),
        ),
        over_time=OverTime(
            "Amount (£)",
            "GBP",
            "month",
            tuple((day.isoformat(), 1_000.0 * (index - 2), index + 1) for index, day in enumerate(months)),
            3,
        ),
    )
