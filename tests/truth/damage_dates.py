"""Dates in two orders, in other zones, as numbers, of no calendar."""

from __future__ import annotations

import datetime as dt
from random import Random
from zoneinfo import ZoneInfo

from tests.truth.kinds import Unfit, as_arrival, damage, in_some_rows, one_of, some_rows
from tests.truth.pipeline import Arrival
from tests.truth.tables import TrueTable

LONDON = ZoneInfo("Europe/London")
Days = list[dt.date]


def with_days(table: TrueTable, rng: Random, most_day: int = 28, first_month: int = 1) -> tuple[TrueTable, str]:
    """The table with dates of 2026 in a required column, none later in its month than `most_day`, and its name."""
    required = tuple(f.name for f in table.fields if f.name in table.dates and all(table.column(f.name)))
    name = one_of(required, rng)
    days = [dt.date(2026, rng.randint(first_month, 10), rng.randint(1, most_day)) for _ in table.rows]
    # in the order of time, as most files are
    return table.with_column(name, [day.isoformat() for day in sorted(days)]), name


def _days(table: TrueTable, name: str) -> Days:
    return [dt.date.fromisoformat(text) for text in table.column(name)]


def _day_first(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"


def _month_first(day: dt.date) -> str:
    return f"{day:%m/%d/%Y}"


@damage("dates", "One date with the month first in a column that proves nothing else")
def one_slip_of_order(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng, most_day=12)
    row = rng.randrange(len(truth.rows))
    day = dt.date(2026, rng.randint(1, 9), rng.randint(13, 28))
    truth = truth.with_cell(row, name, day.isoformat())
    texts = [_month_first(d) if n == row else _day_first(d) for n, d in enumerate(_days(truth, name))]
    return as_arrival(truth.with_column(name, texts), truth, [row])


@damage("dates", "Some dates with the month first among many with the day first")
def mixed_orders(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    rows = set(some_rows(truth, rng, 2, 8))
    days = _days(truth, name)
    # at least one of them proves it
    row = min(rows)
    days[row] = days[row].replace(day=rng.randint(13, 28))
    truth = truth.with_column(name, [day.isoformat() for day in days])
    texts = [_month_first(day) if n in rows else _day_first(day) for n, day in enumerate(days)]
    proofs = [n for n, day in enumerate(days) if day.day > 12]
    return as_arrival(truth.with_column(name, texts), truth, {*rows, *proofs})


@damage("dates", "A pasted block with the month first, the rest with the day first")
def pasted_block_of_order(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng, most_day=12)
    size = rng.randint(len(truth.rows) // 4, len(truth.rows) // 2)
    first = rng.choice([0, len(truth.rows) - size])
    days = _days(truth, name)
    block = range(first, first + size)
    for row in block:
        days[row] = days[row].replace(day=rng.randint(1, 28))
    days[first] = days[first].replace(day=27)
    truth = truth.with_column(name, [day.isoformat() for day in days])
    texts = [_month_first(day) if n in block else _day_first(day) for n, day in enumerate(days)]
    # nobody can know which of the two parts has the other order
    return as_arrival(truth.with_column(name, texts), truth, range(len(texts)))


@damage("dates", "ISO dates with day and month exchanged, the other dates as text (American settings)")
def american_settings(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    days = _days(truth, name)
    turned = [n for n, day in enumerate(days) if day.day <= 12]
    if not 2 <= len(turned) <= len(days) - 2:
        raise Unfit
    texts = [f"{d:%Y-%d-%m}" if n in turned else _day_first(d) for n, d in enumerate(days)]
    return as_arrival(truth.with_column(name, texts), truth, range(len(days)))


@damage("dates", "Stamps in universal time: the evening before is the day in London")
def universal_time(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng, first_month=4)
    hours = [rng.choice([0, 0, 9, 23]) for _ in truth.rows]
    stamps = [
        dt.datetime(d.year, d.month, d.day, h, tzinfo=LONDON) for d, h in zip(_days(truth, name), hours, strict=True)
    ]
    form = rng.choice(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z", "%Y-%m-%dT%H:%M:%S+00:00"])
    texts = [stamp.astimezone(dt.UTC).strftime(form) for stamp in stamps]
    return as_arrival(truth.with_column(name, texts), truth, range(len(texts)))


@damage("dates", "Stamps with the offset of another zone")
def other_zone(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng, first_month=4)
    zone = ZoneInfo(rng.choice(["Europe/Paris", "America/New_York", "Asia/Kolkata"]))
    stamps = [dt.datetime(d.year, d.month, d.day, rng.randint(0, 23), 30, tzinfo=LONDON) for d in _days(truth, name)]
    texts = [stamp.astimezone(zone).isoformat(timespec="seconds") for stamp in stamps]
    return as_arrival(truth.with_column(name, texts), truth, range(len(texts)))


@damage("dates", "Seconds or milliseconds since 1970")
def epoch(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    scale = rng.choice([1, 1000])
    midnights = [dt.datetime(d.year, d.month, d.day, tzinfo=LONDON) for d in _days(truth, name)]
    texts = [str(int(stamp.timestamp()) * scale) for stamp in midnights]
    return as_arrival(truth.with_column(name, texts), truth, range(len(texts)))


@damage("dates", "Some seconds or milliseconds since 1970 among dates")
def some_epoch(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    rows, scale = some_rows(truth, rng), rng.choice([1, 1000])
    given = truth
    for row in rows:
        stamp = dt.datetime.fromisoformat(truth.column(name)[row]).replace(tzinfo=LONDON).timestamp()
        given = given.with_cell(row, name, str(int(stamp) * scale))
    return as_arrival(given, truth, rows)


@damage("dates", "The day numbers of a spreadsheet")
def serials(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    texts = [str((day - dt.date(1899, 12, 30)).days) for day in _days(truth, name)]
    return as_arrival(truth.with_column(name, texts), truth, range(len(texts)))


@damage("dates", "Some day numbers of a spreadsheet among dates")
def some_serials(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    rows, given = some_rows(truth, rng), truth
    for row in rows:
        day = dt.date.fromisoformat(truth.column(name)[row])
        given = given.with_cell(row, name, str((day - dt.date(1899, 12, 30)).days))
    return as_arrival(given, truth, rows)


@damage("dates", "Days that no calendar has")
def no_such_day(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    return in_some_rows(truth, rng, name, lambda _: rng.choice(["31/02/2026", "2026-06-31", "30/02/26", "00/05/2026"]))


@damage("dates", "Payments that are dated in the future")
def in_the_future(table: TrueTable, rng: Random) -> Arrival:
    name = table.spec.package.period_field
    if not name.endswith(("payment_date", "transaction_date")) or name not in table.dates:
        raise Unfit
    rows, given = some_rows(table, rng), table
    for row in rows:
        year = rng.choice([2027, 2028, 2036, 2062])
        given = given.with_cell(row, name, table.column(name)[row].replace("2026", str(year)))
    return as_arrival(given, table, rows)


@damage("dates", "Days written out, with ordinals and names of months")
def written_out(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    form = rng.choice(["{o} {d:%B} {d:%Y}", "{d:%A} {o} {d:%B} {d:%Y}", "{o} {d:%b} {d:%Y}", "{d:%B} {o}, {d:%Y}"])

    def ordinal(day: int) -> str:
        ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
        return f"{day}{ending}"

    texts = [form.format(o=ordinal(day.day), d=day) for day in _days(truth, name)]
    return as_arrival(truth.with_column(name, texts), truth, range(len(texts)))


@damage("dates", "Days without their year")
def without_year(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    rows, given = some_rows(truth, rng), truth
    for row in rows:
        day = dt.date.fromisoformat(truth.column(name)[row])
        given = given.with_cell(row, name, rng.choice([f"{day:%d-%b}", f"{day:%d/%m}", f"{day:%B %d}"]))
    return as_arrival(given, truth, rows)


@damage("dates", "Words in place of a date")
def words_for_dates(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    return in_some_rows(truth, rng, name, lambda _: rng.choice(["ongoing", "tbc", "July 2026", "2026", "Q2"]))
