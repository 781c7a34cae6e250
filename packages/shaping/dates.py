"""Dates as people write them, into ISO 8601. The order of day and month is decided once for a whole column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from packages.model import ROWS_SHOWN

ISO_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
ISO_DATETIME = ISO_DATE + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?"

CENTURY_TURNS = 70
"""Two-digit years below it are in this century."""

SERIAL_START = dt.date(1899, 12, 30)
SERIALS = range(20_000, 60_001)
"""Day numbers of a spreadsheet that are meant as dates: 1954 to 2064."""

LONGEST = 60
"""No date is longer; text of any length would cost the patterns too much time."""

_TIME = (
    r"(?:[T\s]\s*(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<fraction>\.[0-9]+)?)?"
    r"\s*(?P<half>[AaPp][Mm])?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_NUMERIC = re.compile(rf"(?P<first>[0-9]{{1,2}})(?P<sep>[/.-])(?P<second_part>[0-9]{{1,2}})(?P=sep){_YEAR}{_TIME}")
_NAMED = re.compile(rf"(?P<day>[0-9]{{1,2}})(?P<sep>[ -])(?P<name>[A-Za-z]{{3,9}})(?P=sep){_YEAR}{_TIME}")
_ISO = re.compile(rf"(?P<year>[0-9]{{4}})(?P<sep>[-/])(?P<month>[0-9]{{1,2}})(?P=sep)(?P<day>[0-9]{{1,2}}){_TIME}")
_SERIAL = re.compile(r"([0-9]{5})(?:\.0+)?")

_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTHS = {"sept": 9} | {form: n for n, name in enumerate(_NAMES, start=1) for form in (name, name[:3])}


class DateOrder(StrEnum):
    """How the numbers of a date column are to be read; `serial` are the day numbers of a spreadsheet."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    SERIAL = "serial"


class OrderProof(StrEnum):
    """What one text says about the order of its column."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    EITHER = "either"
    SERIAL = "serial"
    OTHER = "other"
    NONE = "none"


def order_proof(text: str) -> OrderProof:
    """Read the evidence of one text: 31/03/2026 proves day first, 03/04/2026 might be either."""
    stripped = text.strip()
    numeric = _NUMERIC.fullmatch(stripped) if len(stripped) <= LONGEST else None
    if numeric:
        return _order_proof(int(numeric["first"]), int(numeric["second_part"]))
    serial = _SERIAL.fullmatch(stripped)
    if serial and int(serial[1]) in SERIALS:
        return OrderProof.SERIAL
    # a word such as “Total” is no date at all and speaks for nothing
    return OrderProof.OTHER if any(char.isdigit() for char in stripped) else OrderProof.NONE


def _order_proof(first: int, second: int) -> OrderProof:
    if first > 12 and second > 12:
        return OrderProof.OTHER
    if first > 12:
        return OrderProof.DAY_FIRST
    if second > 12:
        return OrderProof.MONTH_FIRST
    return OrderProof.OTHER if first == second else OrderProof.EITHER


class OrderEvidence:
    """What all values of one column say about its order. Keeps counts and first row numbers, never values."""

    def __init__(self) -> None:
        self._rows: dict[OrderProof, tuple[int, ...]] = {}

    def add(self, cells: pa.Array, numbers: pa.Array) -> None:
        """Take more cells of the column into account; `numbers` are their row numbers."""
        encoded = pc.fill_null(cells, "").dictionary_encode()
        proofs = [order_proof(text) for text in encoded.dictionary.to_pylist()]
        for one in set(proofs):
            has = pa.array([found is one for found in proofs]).take(encoded.indices)
            rows = tuple(numbers.filter(has)[:ROWS_SHOWN].to_pylist())
            self._rows[one] = (*self._rows.get(one, ()), *rows)[:ROWS_SHOWN]

    def rows(self, one: OrderProof) -> tuple[int, ...]:
        """The first rows that say so."""
        return self._rows.get(one, ())

    @property
    def mixed(self) -> bool:
        return OrderProof.DAY_FIRST in self._rows and OrderProof.MONTH_FIRST in self._rows

    @property
    def ambiguous(self) -> bool:
        return OrderProof.EITHER in self._rows and not {OrderProof.DAY_FIRST, OrderProof.MONTH_FIRST} & set(self._rows)

    @property
    def order(self) -> DateOrder:
        """Day first unless the column proves another; a mixed column is read day first and reported."""
        if OrderProof.SERIAL in self._rows and set(self._rows) <= {OrderProof.SERIAL, OrderProof.NONE}:
            return DateOrder.SERIAL
        if OrderProof.MONTH_FIRST in self._rows and OrderProof.DAY_FIRST not in self._rows:
            return DateOrder.MONTH_FIRST
        return DateOrder.DAY_FIRST


@dataclass(frozen=True, slots=True)
class _Moment:
    """A day that exists, and the time of day as ISO text, empty when none was given."""

    day: dt.date
    time: str


def iso_date(text: str, order: DateOrder) -> str:
    """The day as 2026-03-31, its time of day left out; what is no date comes back as it was."""
    moment = _moment(text, order)
    return moment.day.isoformat() if moment else text


def iso_datetime(text: str, order: DateOrder) -> str:
    """Day and time as 2026-03-31T14:05:00; what is no date comes back as it was."""
    moment = _moment(text, order)
    return f"{moment.day.isoformat()}T{moment.time or '00:00:00'}" if moment else text


def _moment(text: str, order: DateOrder) -> _Moment | None:
    if len(text) > LONGEST:
        return None
    serial = _SERIAL.fullmatch(text) if order is DateOrder.SERIAL else None
    if serial and int(serial[1]) in SERIALS:
        return _Moment(SERIAL_START + dt.timedelta(days=int(serial[1])), "")
    for pattern in (_ISO, _NUMERIC, _NAMED):
        found = pattern.fullmatch(text)
        if found:
            return _built(found.groupdict(), order)
    return None


def _built(parts: Mapping[str, str | None], order: DateOrder) -> _Moment | None:
    month, day = _month_and_day(parts, order)
    time = _time(parts)
    if time is None:
        return None
    try:
        return _Moment(dt.date(_year(parts["year"] or ""), month, day), time)
    except ValueError:
        return None  # there is no 31 February


def _month_and_day(parts: Mapping[str, str | None], order: DateOrder) -> tuple[int, int]:
    """Month and day as numbers; month 0, which no date has, when its name is unknown."""
    if name := parts.get("name"):
        return MONTHS.get(name.casefold(), 0), int(parts["day"] or 0)
    if month := parts.get("month"):
        return int(month), int(parts["day"] or 0)
    first, second = int(parts["first"] or 0), int(parts["second_part"] or 0)
    return (first, second) if order is DateOrder.MONTH_FIRST else (second, first)


def _year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if int(digits) < CENTURY_TURNS else 1900)


def _time(parts: Mapping[str, str | None]) -> str | None:
    """The time of day as ISO text, empty when there is none; None when the clock has no such time."""
    if parts["hour"] is None:
        return ""
    hour, half = int(parts["hour"]), (parts["half"] or "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    minute, second = int(parts["minute"] or 0), int(parts["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return f"{hour:02}:{minute:02}:{second:02}{parts['fraction'] or ''}{parts['zone'] or ''}"
