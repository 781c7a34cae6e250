"""Periods of the calendar: days, months, quarters and years. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

STEPS = ("day", "month", "quarter", "year")
"""From the shortest to the longest."""

LONGEST = {"day": 1, "month": 31, "quarter": 92, "year": 366}
"""The days that a period may have."""

DAYS_SHOWN, MONTHS_SHOWN, QUARTERS_SHOWN = 45, 36, 40
"""So many of them fit on a chart: a longer time is drawn in wider ones."""


def step_for(first: dt.date, last: dt.date) -> str:
    """Return the step in which a time from `first` to `last` is drawn."""
    days = (last - first).days
    if days <= DAYS_SHOWN:
        return "day"
    if days <= MONTHS_SHOWN * LONGEST["month"]:
        return "month"
    return "quarter" if days <= QUARTERS_SHOWN * LONGEST["quarter"] else "year"


def first_day(day: dt.date, step: str) -> dt.date:
    """Return the first day of the period in which a day lies."""
    match step:
        case "day":
            return day
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case _:
            return day.replace(month=1, day=1)


def periods_between(first: dt.date, last: dt.date, step: str) -> Iterator[dt.date]:
    """Yield the first day of every period from that of `first` to that of `last`."""
    day = first_day(first, step)
    while day <= last:
        yield day
        day = first_day(day + dt.timedelta(days=LONGEST[step]), step)


def period_words(day: str, step: str) -> str:
    """Return a period by its first day (ISO) as people say it: `3 Mar 2026`, `Mar 2026`, `Jan–Mar 2026`, `2026`."""
    first = dt.date.fromisoformat(day)
    match step:
        case "day":
            return f"{first.day} {first:%b %Y}"
        case "month":
            return f"{first:%b %Y}"
        case "quarter":
            return f"{first:%b}–{first.replace(month=first.month + 2):%b %Y}"
        case _:
            return f"{first.year}"
