"""Eastings and northings of the British National Grid as longitude and latitude."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from packages.model import ChangeLog
from packages.shaping.cells import log_changes
from packages.shaping.numbers import PLAIN_NUMBER

HOME = (490_000, 140_000, 575_000, 215_000)
"""Where an easting and northing of London can be, and no longitude and latitude: west, south, east, north in metres."""

DECIMALS = 6
"""Of a degree: about ten centimetres, as exact as a grid reference in metres is."""

_PLAIN = rf"\A{PLAIN_NUMBER}\z"


def grid_to_degrees(pair: dict[str, pa.Array], numbers: pa.Array, log: ChangeLog) -> dict[str, pa.Array]:
    """Two fields of plain numbers, x first, with longitude and latitude wherever they held a place on the grid."""
    (x_name, x), (y_name, y) = pair.items()
    places = _on_grid(x, y)
    if not pc.any(places).as_py():
        return pair
    longitudes, latitudes = _converted(x.filter(places), y.filter(places))
    for name in pair:
        log_changes(log, "grid", name, numbers.filter(places))
    return {
        x_name: pc.replace_with_mask(x, places, longitudes),
        y_name: pc.replace_with_mask(y, places, latitudes),
    }


def _on_grid(x: pa.Array, y: pa.Array) -> pa.Array:
    """A mask of the rows whose both numbers lie in London's part of the grid."""
    west, south, east, north = HOME
    return pc.and_(_between(x, west, east), _between(y, south, north))


def _between(cells: pa.Array, least: int, most: int) -> pa.Array:
    plain = pc.fill_null(pc.match_substring_regex(cells, _PLAIN), False)
    numbers = pc.if_else(plain, cells, None).cast(pa.float64())
    return pc.fill_null(pc.and_(pc.greater_equal(numbers, least), pc.less_equal(numbers, most)), False)


def _converted(eastings: pa.Array, northings: pa.Array) -> tuple[pa.Array, pa.Array]:
    # the library and its grid of shifts take a moment to load
    from convertbng import cutil

    found = cutil.convert_osgb36_to_ll(*(cells.cast(pa.float64()).to_pylist() for cells in (eastings, northings)))
    longitudes, latitudes = (pa.array([f"{value:.{DECIMALS}f}" for value in values], pa.string()) for values in found)
    return longitudes, latitudes
