"""Eastings and northings of the British National Grid, converted to longitude and latitude."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from packages.model import ChangeLog
from packages.shaping.cells import log_changes
from packages.shaping.numbers import PLAIN_NUMBER

LONDON_ON_GRID = (490_000, 140_000, 575_000, 215_000)
"""Bounds of London's eastings and northings in metres: west, south, east, north. No degrees are in them."""

DECIMALS = 6
"""Places of a degree: about ten centimetres, as exact as a grid reference in metres."""

_PLAIN = rf"\A{PLAIN_NUMBER}\z"


def grid_to_degrees(pair: dict[str, pa.Array], numbers: pa.Array, log: ChangeLog) -> dict[str, pa.Array]:
    """Return two fields of plain numbers, x first, with degrees wherever they held a place on London's grid.

    `numbers` are the row numbers of the cells; converted rows are logged.
    """
    (x_name, x), (y_name, y) = pair.items()
    west, south, east, north = LONDON_ON_GRID
    is_on_grid = pc.and_(_between(x, west, east), _between(y, south, north))
    if not pc.any(is_on_grid).as_py():
        return pair
    # imported here: the library and its grid of shifts take a moment to load, and few datasets need them
    from convertbng import cutil

    eastings, northings = (cells.filter(is_on_grid).cast(pa.float64()).to_pylist() for cells in (x, y))
    longitudes, latitudes = (
        pa.array([f"{degrees:.{DECIMALS}f}" for degrees in values], pa.string())
        for values in cutil.convert_osgb36_to_ll(eastings, northings)
    )
    for name in pair:
        log_changes(log, "grid", name, numbers.filter(is_on_grid))
    return {
        x_name: pc.replace_with_mask(x, is_on_grid, longitudes),
        y_name: pc.replace_with_mask(y, is_on_grid, latitudes),
    }


def _between(cells: pa.Array, minimum: int, maximum: int) -> pa.Array:
    plain = pc.fill_null(pc.match_substring_regex(cells, _PLAIN), False)
    numbers = pc.if_else(plain, cells, None).cast(pa.float64())
    return pc.fill_null(pc.and_(pc.greater_equal(numbers, minimum), pc.less_equal(numbers, maximum)), False)
