"""Amounts in other notations, currencies and units."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.truth.kinds import Unfit, as_arrival, damage, in_some_rows, one_of, some_rows
from tests.truth.pipeline import Arrival
from tests.truth.tables import TrueTable


def with_amounts(table: TrueTable, rng: Random) -> tuple[TrueTable, str]:
    """The table with an amount of four or five digits and pence in every row of a column, and its name."""
    name = one_of(table.amounts, rng)
    return table.with_column(name, [f"{rng.randint(1_000, 99_999)}.{rng.randint(1, 99):02}" for _ in table.rows]), name


def _rewritten(table: TrueTable, rng: Random, write: Callable[[float], str], **how: str) -> Arrival:
    truth, name = with_amounts(table, rng)
    return as_arrival(truth.changed(name, lambda t: write(float(t))), truth, range(len(truth.rows)), **how)


def _in_some(table: TrueTable, rng: Random, write: Callable[[float], str]) -> Arrival:
    truth, name = with_amounts(table, rng)
    return in_some_rows(truth, rng, name, lambda text: write(float(text)))


def _swapped(text: str) -> str:
    return text.translate({ord(","): ".", ord("."): ","})


@damage("numbers", "Amounts with a decimal comma (1.234,56)")
def decimal_comma(table: TrueTable, rng: Random) -> Arrival:
    return _rewritten(table, rng, lambda x: _swapped(f"{x:,.2f}"), delimiter=rng.choice(",;"))


@damage("numbers", "Whole amounts with a point for thousands (1.234)")
def thousands_point(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_amounts(table, rng)
    truth = truth.changed(name, lambda text: text.partition(".")[0] + ".00")
    given = truth.changed(name, lambda text: _swapped(f"{float(text):,.0f}"))
    return as_arrival(given, truth, range(len(truth.rows)), delimiter=rng.choice(",;"))


@damage("numbers", "Whole thousands with a point for thousands, beside decimal commas (1.000)")
def thousands_point_among_commas(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_amounts(table, rng)
    rows = some_rows(truth, rng)
    for row in rows:
        truth = truth.with_cell(row, name, f"{rng.randint(1, 99)}000.00")
    given = truth.changed(name, lambda text: _swapped(f"{float(text):,.2f}").removesuffix(",00"))
    return as_arrival(given, truth, range(len(truth.rows)), delimiter=";")


@damage("numbers", "Amounts in another currency")
def other_currency(table: TrueTable, rng: Random) -> Arrival:
    form = rng.choice(["€{:,.2f}", "{:.2f} €", "${:.2f}", "EUR {:.2f}", "US${:,.2f}"])
    return _in_some(table, rng, form.format)


@damage("numbers", "Percentages among amounts")
def percentages(table: TrueTable, rng: Random) -> Arrival:
    return _in_some(table, rng, lambda _: rng.choice(["20%", "17.5 %", "5.00%"]))


@damage("numbers", "Pounds, commas and brackets for what is negative")
def accountants_notation(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_amounts(table, rng)
    if any(f.name == name and "minimum" in f.constraints for f in table.fields):
        raise Unfit
    for row in some_rows(truth, rng):
        truth = truth.with_cell(row, name, "-" + truth.column(name)[row])
    form = rng.choice(["(£{:,.2f})", "({:,.2f})", "{:,.2f}-", "-£{:,.2f}"])
    given = truth.changed(name, lambda t: form.format(-float(t)) if t[0] == "-" else f"£{float(t):,.2f}")
    return as_arrival(given, truth, range(len(truth.rows)))


@damage("numbers", "Letters in place of digits")
def letters_in_numbers(table: TrueTable, rng: Random) -> Arrival:
    return _in_some(table, rng, lambda x: f"{x:.2f}".replace("1", "l").replace("0", "O") + "O")


@damage("numbers", "Two amounts in one cell")
def two_amounts(table: TrueTable, rng: Random) -> Arrival:
    return _in_some(table, rng, lambda x: f"{x:.2f} / {x + 10:.2f}")


@damage("numbers", "Amounts shortened with a letter (1.2k)")
def thousands_letter(table: TrueTable, rng: Random) -> Arrival:
    return _in_some(table, rng, lambda x: rng.choice([f"{x / 1000:.1f}k", f"£{x / 1000:.0f}K", f"{x / 1e6:.3f}m"]))


@damage("numbers", "Amounts that a spreadsheet shortened (1.23E+04)")
def shortened_amounts(table: TrueTable, rng: Random) -> Arrival:
    return _in_some(table, rng, lambda x: f"{x:.2{rng.choice('eE')}}")


@damage("numbers", "Amounts with more decimals than pence")
def too_many_decimals(table: TrueTable, rng: Random) -> Arrival:
    return _in_some(table, rng, lambda x: f"{x:.2f}{rng.randint(1, 999):03}1")


@damage("numbers", "“Not a number” and infinite")
def not_finite(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(tuple(n for n in table.amounts if next(f for f in table.fields if f.name == n).required), rng)
    return in_some_rows(table, rng, name, lambda _: rng.choice(["NaN", "inf", "-Infinity", "nan"]))
