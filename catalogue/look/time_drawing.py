"""Sums over time as plain geometry for a static SVG. Pure. Lengths are pixels from the top left corner."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.look.look import OverTime
from catalogue.look.periods import period_words

WIDTH, HEIGHT = 680, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 14, 28
"""Room around the plot: for the numbers at its left and the days below it."""

BAR_SHARE = 0.8
WIDEST_BAR = 48
LABEL_WIDTH = {"day": 84, "month": 64, "quarter": 96, "year": 44}
"""Room for the words of a period below the axis."""

SMALL_WIDTH, SMALL_HEIGHT = 220, 44

UNITS = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, or a day on the axis, with its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class TimeDrawing:
    """Everything that the template draws; `zero` is the height of the base line."""

    width: int
    height: int
    left: int
    zero: float
    bars: tuple[Bar, ...]
    grid: tuple[Tick, ...] = ()
    days: tuple[Tick, ...] = ()


def draw_over_time(over_time: OverTime) -> TimeDrawing:
    """Draw the sums as bars above a common axis; sums below zero hang from it."""
    values = [value for _, value, _ in over_time.sums]
    step = _round_step(max(0.0, *values) - min(0.0, *values))
    low, high = math.floor(min(0.0, *values) / step) * step, math.ceil(max(0.0, *values) / step) * step
    scale = (HEIGHT - TOP - BOTTOM) / ((high - low) or 1)
    zero = TOP + high * scale
    width = (WIDTH - LEFT - RIGHT) / len(values)
    texts = [period_words(day, over_time.step) for day, _, _ in over_time.sums]
    room = LABEL_WIDTH[over_time.step]
    every = max(1, math.ceil(room / width))
    bar = min(width * BAR_SHARE, WIDEST_BAR)
    return TimeDrawing(
        WIDTH,
        HEIGHT,
        LEFT,
        round(zero, 1),
        bars=tuple(
            Bar(
                round(LEFT + width * (index + 0.5) - bar / 2, 1),
                round(zero - max(value, 0.0) * scale, 1),
                round(bar, 1),
                round(abs(value) * scale, 1),
                f"{text}: {amount_words(value, over_time.unit)}",
            )
            for index, (value, text) in enumerate(zip(values, texts, strict=True))
        ),
        grid=tuple(
            Tick(round(zero - line * step * scale, 1), _short(line * step, over_time.unit))
            for line in range(round(low / step), round(high / step) + 1)
        ),
        days=tuple(
            Tick(round(LEFT + width * (index + 0.5), 1), text)
            for index, text in enumerate(texts)
            if index % every == 0 and LEFT + width * (index + 0.5) + room / 2 <= WIDTH
        ),
    )


def draw_small(over_time: OverTime, days: Iterable[str], highest: float) -> TimeDrawing:
    """Draw the sums in a common time and scale: `days` are all periods (ISO), `highest` the sum at full height."""
    sums = {day: value for day, value, _ in over_time.sums}
    shown = list(days)
    width = SMALL_WIDTH / max(1, len(shown))
    scale = (SMALL_HEIGHT - 1) / (highest or 1)
    bars = tuple(
        Bar(
            round(width * index + width * (1 - BAR_SHARE) / 2, 1),
            round(SMALL_HEIGHT - max(0.0, sums[day]) * scale, 1),
            round(width * BAR_SHARE, 1),
            round(max(0.0, sums[day]) * scale, 1),
            f"{period_words(day, over_time.step)}: {amount_words(sums[day], over_time.unit)}",
        )
        for index, day in enumerate(shown)
        if day in sums
    )
    return TimeDrawing(SMALL_WIDTH, SMALL_HEIGHT, 0, SMALL_HEIGHT, bars)


def amount_words(value: float, unit: str) -> str:
    """Return a sum with its unit: `£1,234,567`, `1,234 households`."""
    sign = "−" if value < 0 else ""
    if unit == "GBP":
        return f"{sign}£{abs(value):,.0f}"
    return f"{sign}{abs(value):,.0f} {unit}"


def _short(value: float, unit: str) -> str:
    """Return a number of the axis: `£1.5m`."""
    sign, pound = "−" if value < 0 else "", "£" if unit == "GBP" else ""
    for size, name in UNITS:
        if abs(value) >= size:
            return f"{sign}{pound}{abs(value) / size:g}{name}"
    return f"{sign}{pound}{abs(value):g}"


def _round_step(span: float) -> float:
    """Return the distance of grid lines, of which three to six cover the span: 1, 2 or 5 times a power of ten."""
    # less than a penny is nothing, and has no logarithm to speak of
    if span < 0.01:
        return 1.0
    rough = span / 4
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
