"""The places of some rows as numbers: points as they are, shapes by their extent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from packages.model import Where
from packages.spec import PlaceSpec
from quality.places.areas import ExpectedArea, within

if TYPE_CHECKING:
    import numpy as np

    from quality.places.areas import Floats, Mask

    Shapes = np.ndarray[Any, np.dtype[np.object_]]

ON_GRID = ("OSGB36", "OSGB", "BNG", "EPSG:27700", "27700")
"""Names of the National Grid in a column that gives the system of each row."""


WhereRows = Callable[[Sequence[int], int], Where]
"""Returns where rows stand in the file: their first positions in the table (from 0), and how many they are."""


@dataclass(frozen=True)
class PlacedRows:
    """Places of consecutive rows: x and y (NaN where there is none) and the rows that say they are on the grid.

    `shapes` are shapely geometries, None for a cell that is empty or no shape; there are none for points.
    """

    x: Floats
    y: Floats
    on_grid: Mask
    shapes: Shapes | None = None

    @property
    def are_there(self) -> Mask:
        """Return the rows that have a place."""
        import numpy as np

        placed: Mask = ~(np.isnan(self.x) | np.isnan(self.y))
        return placed


def points_of_rows(batch: pa.RecordBatch, place: PlaceSpec) -> PlacedRows:
    """Return the places of rows that give them as two numbers."""
    import numpy as np

    pair = (batch.column(place.x), batch.column(place.y))
    x, y = (cells.cast(pa.float64()).to_numpy(zero_copy_only=False) for cells in pair)
    # without a column that names the system, all rows are in degrees
    if not place.system:
        return PlacedRows(x, y, np.zeros(batch.num_rows, dtype=bool))
    system = pc.utf8_upper(pc.utf8_trim_whitespace(batch.column(place.system)))
    on_grid = pc.fill_null(pc.is_in(system, pa.array(ON_GRID)), False)
    return PlacedRows(x, y, on_grid.to_numpy(zero_copy_only=False))


def places_of_shapes(shapes: Shapes, area: ExpectedArea) -> PlacedRows:
    """Return the places of shapes: the middle of each, or a corner of its extent that lies outside London.

    One point that was mistyped draws the extent of a shape out of the area, where its first point would hide it.
    """
    import numpy as np
    import shapely

    west, south, east, north = shapely.bounds(shapes).T
    x, y = (west + east) / 2, (south + north) / 2
    for corner_x, corner_y in ((east, north), (west, south)):
        outside = ~within(corner_x, corner_y, area.london)
        x, y = np.where(outside, corner_x, x), np.where(outside, corner_y, y)
    return PlacedRows(x, y, np.zeros(len(shapes), dtype=bool), shapes)
