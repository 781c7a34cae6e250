"""The period that a file is about, as far as its title or address tells, to find the newest of several files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from packages.shaping.dates import MONTHS

T = TypeVar("T")
Period = tuple[int, int, int]
"""Year, month and day of its end. Days are compared only, so every month ends on 31."""

_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_LONG = r"(?<![0-9])(?P<year>20[0-9]{2})(?![0-9])"
_SHORT = r"(?<![0-9])(?P<year>20[0-9]{2}|[0-9]{2})(?![0-9])"
_SPAN = r"(?<![0-9])(?P<year>20[0-9]{2}) ?(?:-|/|to|–) ?(?:20)?(?P<next>[0-9]{2})(?![0-9])"
_GAP = "[ ,_.-]{0,3}"


def period_of(text: str) -> Period | None:
    """Return the latest period that a text names, or None: “July 2026”, “Q2 2026/27”, “31-07-2026”, “2026-27”.

    The first form of the table that matches anywhere decides: “Q2 2026/27” must not be read as the year 2026.
    """
    # in addresses “_”, “+” and “%20” stand for spaces
    plain = re.sub(r"[_%+]|%20", " ", text.casefold())
    for pattern, read in _FORMS:
        found = [period for match in pattern.finditer(plain) if (period := read(match))]
        if found:
            return max(found)
    return None


def newest_period(items: Sequence[T], texts: Callable[[T], Sequence[str]]) -> T:
    """Return the item with the latest period, else the first; of its texts the first that names a period counts."""
    dated = [(next((p for text in texts(item) if (p := period_of(text))), None), item) for item in items]
    known = [(period, item) for period, item in dated if period]
    return max(known, key=lambda pair: pair[0])[1] if known else items[0]


def _day(match: re.Match[str]) -> Period | None:
    year, month, day = int(match["year"]), int(match["number"]), int(match["day"])
    return (year, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _month(match: re.Match[str]) -> Period:
    year = int(match["year"])
    return (year if year > 99 else 2000 + year, MONTHS[match["month"]], 31)


def _named_day(match: re.Match[str]) -> Period:
    return (int(match["year"]), MONTHS[match["month"]], int(match["day"]))


def _month_of_council_year(match: re.Match[str]) -> Period | None:
    return _in_council_year(match, (MONTHS[match["month"]] - 4) % 12 + 1)


def _month_number(match: re.Match[str]) -> Period | None:
    month = int(match["number"])
    return (int(match["year"]), month, 31) if 1 <= month <= 12 else None


def _in_council_year(match: re.Match[str], months: int) -> Period | None:
    """Return the end of so many months of a council's year, which begins on the first of April."""
    year = int(match["year"])
    # “2026-28” is no council year
    if int(match["next"]) != (year + 1) % 100:
        return None
    return (year, 3 + months, 31) if months <= 9 else (year + 1, months - 9, 31)


def _quarter(match: re.Match[str]) -> Period | None:
    return _in_council_year(match, 3 * int(match["quarter"]))


def _council_month(match: re.Match[str]) -> Period | None:
    number = int(match["number"])
    return _in_council_year(match, number) if 1 <= number <= 12 else None


def _plain_quarter(match: re.Match[str]) -> Period:
    return (int(match["year"]), 3 * int(match["quarter"]), 31)


def _council_year(match: re.Match[str]) -> Period | None:
    return _in_council_year(match, 12)


def _year(match: re.Match[str]) -> Period:
    return (int(match["year"]), 12, 31)


_QUARTER = "(?:q|qtr|quarter) ?(?P<quarter>[1-4])"
_NUMBERED = "(?:p|period|month) ?(?P<number>[0-9]{1,2})"

_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Period | None]], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"(?<![0-9])(?P<year>20[0-9]{2})[ .-](?P<number>[0-9]{2})[ .-](?P<day>[0-9]{2})(?![0-9])", _day),
        (r"(?<![0-9])(?P<year>20[0-9]{2})(?P<number>[0-9]{2})(?P<day>[0-9]{2})(?![0-9])", _day),
        (r"(?<![0-9])(?P<day>[0-9]{1,2})[ ./-](?P<number>[0-9]{1,2})[ ./-](?P<year>20[0-9]{2})(?![0-9])", _day),
        (rf"(?<![0-9])(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?{_GAP}{_MONTH}{_GAP}{_LONG}", _named_day),
        (rf"(?<![a-z]){_MONTH} (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? {_LONG}", _named_day),
        (rf"(?<![a-z]){_MONTH}{_GAP}{_SPAN}", _month_of_council_year),
        (rf"(?<![a-z]){_MONTH}{_GAP}{_SHORT}", _month),
        (rf"{_LONG}{_GAP}{_MONTH}(?![a-z])", _month),
        (rf"(?<![a-z]){_QUARTER}(?:{_GAP}|.{{0,12}}? ){_SPAN}", _quarter),
        (rf"{_SPAN}(?:{_GAP}|.{{0,12}}? ){_QUARTER}(?![0-9])", _quarter),
        (rf"(?<![a-z]){_NUMBERED}{_GAP}{_SPAN}", _council_month),
        (rf"{_SPAN}{_GAP}{_NUMBERED}(?![0-9])", _council_month),
        (rf"(?<![a-z]){_QUARTER}{_GAP}{_LONG}", _plain_quarter),
        (rf"{_LONG}{_GAP}{_QUARTER}(?![0-9])", _plain_quarter),
        (_SPAN, _council_year),
        (r"(?<![0-9])(?P<year>20[0-9]{2})[/ .-](?P<number>0[1-9]|1[0-2])(?![0-9])", _month_number),
        (_LONG, _year),
    )
)
"""The forms in which a period is written, with their readers, from the most exact to the least."""
