"""Publishers side by side in the order of names, never as a ranking: numbers on a map, sums in one scale. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from catalogue.look.look import LookSummary, OverTime
from catalogue.look.map_drawing import MapDrawing, draw_numbers
from catalogue.look.periods import STEPS, first_day, periods_between
from catalogue.look.time_drawing import TimeDrawing, draw_small

MOST_PERIODS = 40
"""Periods in a small chart: of a longer time they are wider ones."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """What pages about several publishers draw, by slug. `sums` are the whole sums; `first` and `last` are ISO days."""

    numbers: Mapping[str, int]
    numbers_map: MapDrawing | None
    charts: Mapping[str, TimeDrawing]
    sums: Mapping[str, float]
    unit: str = ""
    title: str = ""
    step: str = ""
    first: str = ""
    last: str = ""
    highest: float = 0


def side_by_side(summaries: Mapping[str, LookSummary]) -> SideBySide:
    """Draw the summaries of publishers (by slug) in one map and one scale; empty where there is nothing to draw."""
    numbers = {slug: summary.places for slug, summary in summaries.items() if summary.places is not None}
    texts = {slug: f"{number:,}" for slug, number in numbers.items()}
    alone = SideBySide(numbers, draw_numbers(texts) if numbers else None, {}, {})
    series = {slug: summary.over_time for slug, summary in summaries.items() if summary.over_time}
    if not series:
        return alone
    days = [dt.date.fromisoformat(day) for sums in series.values() for day, _, _ in sums.sums]
    first, last = min(days), max(days)
    step = _common_step(series.values(), first, last)
    common = {slug: _in_steps(sums, step) for slug, sums in series.items()}
    periods = [day.isoformat() for day in periods_between(first, last, step)]
    highest = max(value for sums in common.values() for _, value, _ in sums.sums)
    one = next(iter(series.values()))
    return replace(
        alone,
        charts={slug: draw_small(sums, periods, highest) for slug, sums in common.items()},
        sums={slug: sum(value for _, value, _ in sums.sums) for slug, sums in common.items()},
        unit=one.unit,
        title=one.title,
        step=step,
        first=first.isoformat(),
        last=last.isoformat(),
        highest=highest,
    )


def _common_step(series: Iterable[OverTime], first: dt.date, last: dt.date) -> str:
    """Return the widest step of all, or a wider one that leaves few enough periods."""
    widest = max((sums.step for sums in series), key=STEPS.index)
    wide_enough = STEPS[STEPS.index(widest) :]
    return next((s for s in wide_enough if len(list(periods_between(first, last, s))) <= MOST_PERIODS), STEPS[-1])


def _in_steps(sums: OverTime, step: str) -> OverTime:
    """Return the same sums in steps that are as wide or wider."""
    values: defaultdict[str, float] = defaultdict(float)
    rows: Counter[str] = Counter()
    for day, value, count in sums.sums:
        period = first_day(dt.date.fromisoformat(day), step).isoformat()
        values[period] += value
        rows[period] += count
    return replace(sums, step=step, sums=tuple((day, values[day], rows[day]) for day in sorted(rows)))
