"""The kinds of damage, and of clean variants: each makes a file from a true table, at random places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from tests.truth.pipeline import Arrival
from tests.truth.tables import TrueTable, csv_of

Make = Callable[[TrueTable, Random], Arrival]


class Unfit(Exception):
    """Raised where a table cannot be damaged in a way, because it has no such column or cell."""


@dataclass(frozen=True)
class Kind:
    """A way in which a file differs from the plain one; `make` raises Unfit for a table to which it cannot be done."""

    name: str
    group: str
    title: str
    make: Make


DAMAGES: dict[str, Kind] = {}
CLEAN: dict[str, Kind] = {}


def damage(group: str, title: str) -> Callable[[Make], Make]:
    """Register a kind of damage under the name of its function."""
    return _register(DAMAGES, group, title)


def clean(group: str, title: str) -> Callable[[Make], Make]:
    """Register a kind of file that is right, and must be published as it is."""
    return _register(CLEAN, group, title)


def _register(kinds: dict[str, Kind], group: str, title: str) -> Callable[[Make], Make]:
    def register(make: Make) -> Make:
        name = make.__name__.replace("_", "-")
        assert name not in kinds
        kinds[name] = Kind(name, group, title, make)
        return make

    return register


def as_arrival(given: TrueTable, truth: TrueTable | None = None, rows: Iterable[int] = (), **how: str) -> Arrival:
    """A CSV file of the cells of `given`, which stand for those of `truth`; `rows` count from 0."""
    return Arrival("table.csv", given.as_csv(**how), truth or given, frozenset(row + 2 for row in rows))


def in_some_rows(truth: TrueTable, rng: Random, name: str, change: Callable[[str], str]) -> Arrival:
    """A CSV file in which the cells of a column are changed in some rows."""
    rows, given = some_rows(truth, rng), truth
    for row in rows:
        given = given.with_cell(row, name, change(truth.column(name)[row]))
    return as_arrival(given, truth, rows)


def lines_of(table: TrueTable, delimiter: str = ",") -> list[str]:
    """The rows as lines of a CSV file, the headings first; None of the cells may hold a line break."""
    return [csv_of([row], delimiter=delimiter).decode().removesuffix("\r\n") for row in (table.names, *table.rows)]


def single_lines(table: TrueTable) -> TrueTable:
    """The table without line breaks in its cells."""
    for name in table.names:
        table = table.changed(name, lambda text: " ".join(text.split("\n")))
    return table


def some_rows(table: TrueTable, rng: Random, least: int = 1, most: int = 5) -> list[int]:
    """The places of some rows, in their order."""
    return sorted(rng.sample(range(len(table.rows)), rng.randint(least, most)))


def one_of(names: tuple[str, ...], rng: Random) -> str:
    """One of the fields."""
    if not names:
        raise Unfit
    return rng.choice(names)
