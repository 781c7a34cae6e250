"""Dates as people write them, rewritten in ISO 8601. The order of day and month is decided for a whole column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from packages.remembered import remembering

ISO_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
ISO_DATETIME = ISO_DATE + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?"

CENTURY_TURNS = 70
"""Two-digit years below it are in this century, the others in the last."""

# Excel counts 1 January 1900 as day 1 and, wrongly, has a 29 February 1900: from March on, day 0 is this one
SERIAL_START = dt.date(1899, 12, 30)
DAY = 86_400
"""Seconds of a day."""

SERIALS = range(20_000, 60_001)
"""Day numbers of a spreadsheet that are taken as dates: 1954 to 2064. Other numbers may be anything."""

LONGEST = 60
"""No date is longer; on text of any length the patterns would take too much time."""

REMEMBERED = 16_384
"""Texts whose date is remembered: a file has the same few thousand days in every batch."""

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_SECONDS, EPOCH_YEARS = range(631_152_000, 4_102_444_800), range(1900, 2100)
"""Seconds since 1970 that are taken as instants (1990 to 2099), and the years of the milliseconds that are."""

LONDON = "Europe/London"
_ZONE = r"Z|UTC|GMT|BST|[+-][0-9]{2}(?::?[0-9]{2})?"
_TIME = (
    r"(?:[T\s]\s*(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<fraction>\.[0-9]+)?)?"
    rf"\s*(?P<half>[AaPp][Mm])?\s?(?P<zone>{_ZONE})?)?"
)
_WEEKDAY = r"(?:(?P<weekday>[A-Za-z]{3,9})\.?,?\s+)?"
# the same separator twice in all forms below: 1/2-2026 is no date
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_NUMERIC = re.compile(rf"(?P<first>[0-9]{{1,2}})(?P<sep>[/.-])(?P<second_part>[0-9]{{1,2}})(?P=sep){_YEAR}{_TIME}")
_NAMED = re.compile(
    rf"{_WEEKDAY}(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?P<sep>[ ./-])(?:of )?"
    rf"(?P<name>[A-Za-z]{{3,9}})\.?,?(?P=sep){_YEAR}{_TIME}",
    re.IGNORECASE,
)
_NAME_FIRST = re.compile(
    rf"{_WEEKDAY}(?P<name>[A-Za-z]{{3,9}})\.? (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<year>[0-9]{{4}}){_TIME}",
    re.IGNORECASE,
)
_ISO = re.compile(rf"(?P<year>[0-9]{{4}})(?P<sep>[-/.])(?P<month>[0-9]{{1,2}})(?P=sep)(?P<day>[0-9]{{1,2}}){_TIME}")
_FORMS = (_ISO, _NUMERIC, _NAMED, _NAME_FIRST)
_SERIAL = re.compile(r"([0-9]{5})(\.[0-9]+)?")
SHORTEST = 11
"""Digits from which a number may be milliseconds, and not seconds."""
_SECONDS, _MILLISECONDS = re.compile(r"([0-9]{9,10})(?:\.0+)?"), re.compile(r"(-?[0-9]{11,13})(?:\.0+)?")

_DOTNET = re.compile(r"/Date\((-?[0-9]{1,14})(?:[+-][0-9]{4})?\)/")
"""How programs of Microsoft write milliseconds since 1970 in JSON: in this form they are nothing else."""

_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = {"sept": 9} | {form: n for n, name in enumerate(_NAMES, start=1) for form in (name, name[:3])}


class DateOrder(StrEnum):
    """The order of the numbers in a date column, or what its one number counts.

    `serial` are the day numbers of a spreadsheet, `seconds` and `milliseconds` are counted from 1970 in UTC.
    """

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    SERIAL = "serial"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"

    @property
    def other(self) -> DateOrder:
        """The order with day and month exchanged."""
        return DateOrder.DAY_FIRST if self is DateOrder.MONTH_FIRST else DateOrder.MONTH_FIRST


class OrderProof(StrEnum):
    """What one text proves about the order of its column; a date in words or in ISO 8601 is `settled`."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    EITHER = "either"
    SERIAL = "serial"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    SETTLED = "settled"
    OTHER = "other"
    NONE = "none"


class DateClue(NamedTuple):
    """What one text proves, with its year and its two numbers, in a settled date the day and the month."""

    proof: OrderProof
    year: int = 0
    first: int = 0
    second: int = 0

    def month(self, order: DateOrder) -> int:
        """Return its month in an order, counted from year 0."""
        return self.year * 12 + (self.first if order is DateOrder.MONTH_FIRST else self.second)

    def ordinal(self, order: DateOrder) -> int:
        """Return a number that grows with the day; only an open date has another in the other order."""
        if self.proof is not OrderProof.EITHER:
            order = DateOrder.MONTH_FIRST if self.proof is OrderProof.MONTH_FIRST else DateOrder.DAY_FIRST
        return self.month(order) * 31 + self.day(order)

    def day(self, order: DateOrder) -> int:
        """Return its day of the month in an order."""
        return self.second if order is DateOrder.MONTH_FIRST else self.first


@remembering(REMEMBERED, LONGEST)
def date_clue(text: str) -> DateClue:
    """Return the evidence of one text: 31/03/2026 proves day first, 03/04/2026 might be either."""
    stripped = text.strip()
    numeric = _NUMERIC.fullmatch(stripped) if len(stripped) <= LONGEST else None
    if not numeric:
        for counted in COUNTED:
            if _counted(stripped, counted):
                return DateClue(OrderProof(counted))
        if moment := _moment(stripped, DateOrder.DAY_FIRST):
            return DateClue(OrderProof.SETTLED, moment.day.year, moment.day.day, moment.day.month)
        # a word such as “Total” is no date at all and proves nothing
        return DateClue(OrderProof.OTHER if any(char.isdigit() for char in stripped) else OrderProof.NONE)
    first, second = int(numeric["first"]), int(numeric["second_part"])
    if first > 12 and second > 12:
        return DateClue(OrderProof.OTHER)
    proof = OrderProof.EITHER
    if max(first, second) > 12:
        proof = OrderProof.DAY_FIRST if first > 12 else OrderProof.MONTH_FIRST
    elif first == second:
        # 04/04/2026 is the same day in either order
        proof = OrderProof.OTHER
    return DateClue(proof, _full_year(numeric["year"]), first, second)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A day that exists, the time of day as ISO text, empty when none was given, and the offset from UTC, or ""."""

    day: dt.date
    time: str = ""
    zone: str = ""

    @property
    def london_day(self) -> dt.date:
        """The day in London; without an offset it is the day as written."""
        if not self.zone:
            return self.day
        # fractions of a second move no day, and those of Python are shorter than those of other programs
        instant = dt.datetime.fromisoformat(f"{self.day.isoformat()}T{self.time[:8]}{self.zone}")
        return instant.astimezone(ZoneInfo(LONDON)).date()


@remembering(REMEMBERED, LONGEST)
def iso_date(text: str, order: DateOrder) -> str:
    """Return the day as 2026-03-31, without its time of day; what is no date is returned unchanged.

    Of an instant with an offset from UTC it is London's day: 2026-06-30T23:00:00Z is 1 July.
    """
    moment = _moment(text, order)
    try:
        return moment.london_day.isoformat() if moment else text
    except (ValueError, OverflowError):
        # an offset of more than a day, or the first day of all
        return text


def iso_datetime(text: str, order: DateOrder) -> str:
    """Return day and time as 2026-03-31T14:05:00, with the offset it has; what is no date is returned unchanged."""
    moment = _moment(text, order)
    return f"{moment.day.isoformat()}T{moment.time or '00:00:00'}{moment.zone}" if moment else text


@remembering(REMEMBERED, LONGEST)
def day_of_instant(text: str, order: DateOrder) -> str:
    """Return London's day of a stamp with an offset from UTC; all else unchanged."""
    moment = _moment(text, order)
    return iso_date(text, order) if moment and moment.zone else text


def _moment(text: str, order: DateOrder) -> _Moment | None:
    if len(text) > LONGEST:
        return None
    # only where the whole column proves it: such digits may be any number
    if order in COUNTED and (counted := _counted(text, order)):
        return counted
    if dotnet := _DOTNET.fullmatch(text):
        return _counted(dotnet[1].rjust(SHORTEST, "0"), DateOrder.MILLISECONDS)
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    time = _time(parts)
    if time is None:
        return None
    zone = (parts["zone"] or "").upper()
    zone = {"UTC": "Z", "GMT": "Z", "BST": "+01:00"}.get(zone, zone)
    try:
        day = _day(parts, order)
    except ValueError:
        # there is no 31 February
        return None
    return _Moment(day, time, zone) if _fits_weekday(day, parts.get("weekday") or "") else None


def _counted(text: str, order: DateOrder) -> _Moment | None:
    """Return the moment that a count of days, seconds or milliseconds means; None outside plausible years."""
    found = COUNTED[order].fullmatch(text)
    count = int(found[1]) if found else 0
    if not found or order is DateOrder.SERIAL:
        # a part of a day is the time, which a spreadsheet keeps to about a second
        second = min(round(float((found and found[2]) or 0) * DAY), DAY - 1)
        time = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" if second else ""
        return _Moment(SERIAL_START + dt.timedelta(days=count), time) if count in SERIALS else None
    unit = dt.timedelta(seconds=1) if order is DateOrder.SECONDS else dt.timedelta(milliseconds=1)
    instant = EPOCH + count * unit
    is_plausible = count in EPOCH_SECONDS if order is DateOrder.SECONDS else instant.year in EPOCH_YEARS
    return _Moment(instant.date(), instant.time().isoformat(), "Z") if is_plausible else None


COUNTED = {DateOrder.SERIAL: _SERIAL, DateOrder.SECONDS: _SECONDS, DateOrder.MILLISECONDS: _MILLISECONDS}
"""The form of the numbers that count days, seconds or milliseconds."""


def _fits_weekday(day: dt.date, name: str) -> bool:
    """Whether a day is that day of the week; a name that contradicts the day makes both doubtful."""
    return not name or _WEEKDAYS[day.weekday()].startswith(name.casefold())


def _day(parts: Mapping[str, str | None], order: DateOrder) -> dt.date:
    """Return the day of a matched date; ValueError when the calendar has none."""
    year = _full_year(parts["year"] or "")
    if name := parts.get("name"):
        # a month that is not known becomes 0, which no date has
        return dt.date(year, MONTHS.get(name.casefold(), 0), int(parts["day"] or 0))
    if month := parts.get("month"):
        return dt.date(year, int(month), int(parts["day"] or 0))
    first, second = int(parts["first"] or 0), int(parts["second_part"] or 0)
    return dt.date(year, first, second) if order is DateOrder.MONTH_FIRST else dt.date(year, second, first)


def _full_year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if int(digits) < CENTURY_TURNS else 1900)


def _time(parts: Mapping[str, str | None]) -> str | None:
    """Return the time of day as ISO text, empty when there is none; None when the clock has no such time."""
    if parts["hour"] is None:
        return ""
    hour, half = int(parts["hour"]), (parts["half"] or "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        # 12 am is midnight, 12 pm is noon
        hour = hour % 12 + (12 if half == "pm" else 0)
    minute, second = int(parts["minute"] or 0), int(parts["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return f"{hour:02}:{minute:02}:{second:02}{parts['fraction'] or ''}"
