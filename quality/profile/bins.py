"""Bins for charts: the edges of a histogram and the spans of a calendar, at round sizes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

BINS = 12
"""Greatest number of bars of a histogram."""

SPANS = 24
"""Greatest number of bars of a calendar."""

SKEWED = 20
"""Ratio of the largest value to the middle one from which equal steps would put nearly all rows into one bar."""

YEARS = (1, 2, 5, 10, 20, 25, 50, 100, 500, 1000)


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The smallest, largest and middle value of a number column; `whole` for whole numbers."""

    low: Decimal
    high: Decimal
    middle: Decimal
    whole: bool = False

    @property
    def skewed(self) -> bool:
        return self.middle > 0 and self.high > SKEWED * self.middle


def bin_edges(spread: NumberRange) -> list[Decimal]:
    """Return at least two ascending round numbers that enclose all values.

    A bar goes from one edge up to, not including, the next; the last bar includes its end.
    """
    if spread.skewed:
        return _growing_edges(spread)
    for step in _round_numbers((spread.high - spread.low) / BINS):
        if spread.whole and step != step.to_integral_value():
            continue
        first = (spread.low / step).to_integral_value("ROUND_FLOOR")
        # where all values are equal, both ends may be the same edge
        last = max((spread.high / step).to_integral_value("ROUND_CEILING"), first + 1)
        if last - first <= BINS:
            return [step * (first + i) for i in range(int(last - first) + 1)]
    raise AssertionError("steps grow without end")


def _round_numbers(smallest: Decimal) -> Iterator[Decimal]:
    """Yield 1, 2, 5, 10, 20, 50 …, from the power of ten at or below `smallest`, or from 1 if that is 0."""
    power = smallest.adjusted() if smallest else 0
    for exponent in itertools.count(power):
        for digit in (1, 2, 5):
            yield Decimal(digit).scaleb(exponent)


def _growing_edges(spread: NumberRange) -> list[Decimal]:
    """Return edges that grow by 1-2-5, or tenfold where the range is too wide, below them 0 and one negative edge."""
    below = [Decimal(0)] if spread.low <= 0 else []
    if spread.low < 0:
        below.insert(0, -next(step for step in _round_numbers(-spread.low) if step >= -spread.low))
    # on this chart a thousandth of the middle value cannot be distinguished from 0
    floor = spread.low if spread.low > 0 else spread.middle / 1000
    edges: list[Decimal] = []
    for digits in ((1, 2, 5), (1,)):
        edges = []
        steps = (Decimal(digit).scaleb(power) for power in itertools.count(floor.adjusted()) for digit in digits)
        for edge in steps:
            edges = [edge] if edge <= floor else [*edges, edge]
            if edge >= spread.high:
                break
        if len(below) + len(edges) <= BINS + 1:
            return below + edges
    # too wide even for tenfold steps: the lowest bars are joined into one that begins at 0
    return (below or [Decimal(0)]) + edges[-(BINS - 1) :]


def bin_label(low: Decimal, high: Decimal) -> str:
    """Return the label of a bar: `500 to 1,000`."""
    return f"{bin_number(low)} to {bin_number(high)}"


def bin_number(value: Decimal) -> str:
    """Return a number with thousands commas and without trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def calendar_bins(months: Mapping[int, int]) -> tuple[tuple[str, int], ...]:
    """Return the bars of a date column from its rows in each month (year * 12 + month - 1), gaps included.

    A bar is a month where there are few enough, otherwise the shortest round span of years.
    """
    if not months:
        return ()
    first, last = min(months), max(months)
    if last - first < SPANS:
        return tuple((f"{m // 12:04d}-{m % 12 + 1:02d}", months.get(m, 0)) for m in range(first, last + 1))
    years: dict[int, int] = {}
    for month, count in months.items():
        years[month // 12] = years.get(month // 12, 0) + count
    return year_bins(years)


def year_bins(years: Mapping[int, int]) -> tuple[tuple[str, int], ...]:
    """Return bars from the rows in each year, gaps included."""
    if not years:
        return ()
    first, last = min(years), max(years)
    span = next(s for s in YEARS if last // s - first // s < SPANS)
    bars = dict.fromkeys(range(first // span * span, last + 1, span), 0)
    for year, count in years.items():
        bars[year // span * span] += count
    return tuple((f"{start}–{start + span - 1}" if span > 1 else str(start), n) for start, n in bars.items())
