"""Places that are exchanged, moved, rounded or cut; shapes that cannot be drawn."""

from __future__ import annotations

from random import Random

from packages.vocabulary import publisher
from tests.truth.kinds import Unfit, as_arrival, damage, some_rows
from tests.truth.pipeline import Arrival
from tests.truth.tables import TrueTable

CELL_LIMIT = 32_767


@damage("places", "Longitude and latitude in each other’s column")
def axes_exchanged(table: TrueTable, rng: Random) -> Arrival:
    if not table.point:
        raise Unfit
    x, y = table.point
    rows = some_rows(table, rng) if rng.random() < 0.5 else list(range(len(table.rows)))
    given = table
    for row in rows:
        given = given.with_cell(row, x, table.column(y)[row]).with_cell(row, y, table.column(x)[row])
    return as_arrival(given, table, rows)


@damage("places", "Longitudes without their minus sign")
def sign_lost(table: TrueTable, rng: Random) -> Arrival:
    if not table.point or not table.column(table.point[0])[0].startswith("-"):
        raise Unfit
    x, _ = table.point
    rows, given = some_rows(table, rng), table
    for row in rows:
        given = given.with_cell(row, x, table.column(x)[row].lstrip("-"))
    return as_arrival(given, table, rows)


@damage("places", "Eastings and northings in columns of degrees")
def eastings_as_degrees(table: TrueTable, rng: Random) -> Arrival:
    if not table.point or table.name == "brownfield-land":
        raise Unfit
    x, y = table.point
    rows, given = some_rows(table, rng), table
    for row in rows:
        given = given.with_cell(row, x, str(530_000 + row)).with_cell(row, y, str(180_000 + row))
    return as_arrival(given, table, rows)


@damage("places", "Zeros for unknown places")
def zeros_for_places(table: TrueTable, rng: Random) -> Arrival:
    if not table.point:
        raise Unfit
    rows, given = some_rows(table, rng), table
    for row in rows:
        given = given.with_cell(row, table.point[0], "0").with_cell(row, table.point[1], "0")
    return as_arrival(given, table, rows)


@damage("places", "The same point in every row")
def same_point(table: TrueTable, rng: Random) -> Arrival:
    if not table.point:
        raise Unfit
    x, y = table.point
    row = rng.randrange(len(table.rows))
    given = table.changed(x, lambda _: table.column(x)[row]).changed(y, lambda _: table.column(y)[row])
    return as_arrival(given, table)


@damage("places", "Coordinates cut to one decimal")
def one_decimal(table: TrueTable, _rng: Random) -> Arrival:
    if not table.point:
        raise Unfit
    given = table
    for name in table.point:
        given = given.changed(name, lambda text: f"{float(text):.1f}")
    return as_arrival(given, table)


@damage("places", "The places of another borough")
def another_borough(table: TrueTable, rng: Random) -> Arrival:
    if not table.point:
        raise Unfit
    own = table.spec.identity.publisher
    far = {"camden": ("bromley", "sutton", "havering"), "barking-and-dagenham": ("ealing", "sutton", "harrow")}.get(own)
    if not far:
        raise Unfit
    west, south, east, north = publisher(rng.choice(far)).bbox
    x, y = (west + east) / 2, (south + north) / 2
    given = table.changed(table.point[0], lambda text: repr(round(x + (float(text) % 0.01), 6)))
    given = given.changed(table.point[1], lambda text: repr(round(y + (float(text) % 0.01), 6)))
    return as_arrival(given, table, range(len(table.rows)))


def _with_shapes(table: TrueTable, rng: Random, texts: tuple[str, ...]) -> Arrival:
    if not table.shape:
        raise Unfit
    rows, given = some_rows(table, rng), table
    for row in rows:
        given = given.with_cell(row, table.shape, rng.choice(texts))
    return as_arrival(given, table, rows)


@damage("places", "A shape that crosses itself")
def crossing_shape(table: TrueTable, rng: Random) -> Arrival:
    text = "POLYGON ((-0.0997 51.5103, -0.0957 51.5133, -0.0957 51.5103, -0.0997 51.5133, -0.0997 51.5103))"
    return _with_shapes(table, rng, (text,))


@damage("places", "A shape that is cut off, at the limit of a spreadsheet’s cell or before")
def cut_shape(table: TrueTable, rng: Random) -> Arrival:
    corners = ", ".join(f"-0.09{n % 90:02}{n:04} 51.51{n % 30:02}{n:04}" for n in range(1_500))
    long = f"POLYGON (({corners}, -0.0900000 51.5100000))"
    return _with_shapes(
        table, rng, (long[:CELL_LIMIT], "POLYGON ((-0.0997 51.5103, -0.0957 51.51", "POLYGON ((-0.0997")
    )


@damage("places", "A shape without points, or words in its place")
def no_shape(table: TrueTable, rng: Random) -> Arrival:
    return _with_shapes(
        table, rng, ("POLYGON EMPTY", "MULTIPOLYGON EMPTY", "see map", "POLYGON ((0 0, 0 0, 0 0, 0 0))")
    )


@damage("places", "Latitude before longitude within a shape")
def shape_turned(table: TrueTable, rng: Random) -> Arrival:
    text = "POLYGON ((51.5103 -0.0997, 51.5103 -0.0957, 51.5133 -0.0957, 51.5133 -0.0997, 51.5103 -0.0997))"
    return _with_shapes(table, rng, (text,))
