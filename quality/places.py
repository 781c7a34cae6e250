"""Whether the places of a table lie where its publisher is: exchanged axes, lost signs, other coordinate systems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.messages import finding
from packages.model import ROWS_SHOWN, Check, CheckOutcome, Draft, Finding, Table, Where
from packages.spec import DatasetSpec, PlaceSpec
from packages.vocabulary import LONDON, find_publisher
from quality.verdict import JudgedPart

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Mask = np.ndarray[Any, np.dtype[np.bool_]]

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

BATCH = 65_536
"""Rows that are checked together."""

MARGIN = 0.01
"""Degrees added around London; the boxes of the boroughs include a margin already."""

GRID: Bounds = (490_000, 140_000, 575_000, 215_000)
MERCATOR: Bounds = (-70_000, 6_660_000, 50_000, 6_760_000)
"""Around London in metres, in the British National Grid and in Web Mercator."""

OTHERS = {"the British National Grid": GRID, "Web Mercator": MERCATOR}
"""Coordinate systems that numbers may be in instead of degrees."""

ON_GRID = ("OSGB36", "OSGB", "BNG", "EPSG:27700", "27700")
"""Names of the National Grid in a column that gives the system of each row."""

FIRST_POINT = r"(?P<x>-?[0-9]+(?:\.[0-9]+)?)\s+(?P<y>-?[0-9]+(?:\.[0-9]+)?)"
"""The first point of a shape in WKT (well-known text)."""


@dataclass(frozen=True, slots=True)
class ExpectedArea:
    """The area of a publisher and that of London, in degrees."""

    own: Bounds
    london: Bounds


def places_part(draft: Draft, spec: DatasetSpec) -> JudgedPart:
    """Check the places of every table for which the description names columns of places."""
    tables = {table.name: table for table in draft.tables}
    area = area_of(spec)
    return JudgedPart.joined(
        _check_places(draft, area, place, tables.get(place.resource)) for place in spec.quality.places
    )


def area_of(spec: DatasetSpec) -> ExpectedArea:
    """Return the publisher's box from the vocabulary, and that of London with a margin."""
    west, south, east, north = LONDON
    london = (west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN)
    known = find_publisher(spec.identity.publisher)
    return ExpectedArea(known.bbox if known and known.bbox != LONDON else london, london)


def _check_places(draft: Draft, area: ExpectedArea, place: PlaceSpec, table: Table | None) -> JudgedPart:
    name, title = f"places/{place.resource}", "Every place lies where the publisher is"
    if table is None:
        return JudgedPart(checks=(Check(name, title, CheckOutcome.NOT_RUN, "The table was not made."),))
    tally = _MisplacedTally()
    position = 0
    # pre_buffer would keep all that was read in memory until the file is closed
    with pq.ParquetFile(draft.folder / table.parquet.name, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=BATCH, columns=list(place.fields)):
            tally.add(position, misplaced_rows(*_coordinates(batch, place), area))
            position += batch.num_rows
    findings = tuple(tally.findings(draft, place))
    return JudgedPart(findings, (Check(name, title, CheckOutcome.FAILED if findings else CheckOutcome.PASSED),))


def _coordinates(batch: pa.RecordBatch, place: PlaceSpec) -> tuple[Floats, Floats, Mask]:
    """Return x, y (NaN where there is no place) and the rows that declare them to be on the National Grid."""
    import numpy as np

    if place.wkt:
        point = pc.extract_regex(batch.column(place.wkt), pattern=FIRST_POINT)
        pair = (pc.struct_field(point, "x"), pc.struct_field(point, "y"))
    else:
        pair = (batch.column(place.x), batch.column(place.y))
    x, y = (cells.cast(pa.float64()).to_numpy(zero_copy_only=False) for cells in pair)
    # without a column that names the system, all rows are in degrees
    if not place.system:
        return x, y, np.zeros(batch.num_rows, dtype=bool)
    system = pc.utf8_upper(pc.utf8_trim_whitespace(batch.column(place.system)))
    on_grid = pc.fill_null(pc.is_in(system, pa.array(ON_GRID)), False)
    return x, y, on_grid.to_numpy(zero_copy_only=False)


def misplaced_rows(x: Floats, y: Floats, on_grid: Mask, area: ExpectedArea) -> dict[tuple[str, str], Mask]:
    """Return the rows outside the area, by rule and by the system that they are probably in (or "").

    Rules are tried from the most specific explanation to the least; a row belongs to the first that fits.
    """
    import numpy as np

    x, y, moved = _in_degrees(x, y, on_grid)
    misnamed = on_grid & ~moved
    rest = ~(np.isnan(x) | np.isnan(y) | (_within(x, y, area.own) & ~misnamed))
    by_rule: dict[tuple[str, str], Mask] = {}

    def take(rule: str, system: str, mask: Mask) -> None:
        nonlocal rest
        by_rule[rule, system] = rest & mask
        rest = rest & ~mask

    take("place-turned", "", _within(y, x, area.london))
    take("place-sign-lost", "", _within(-x, y, area.own))
    for system, bounds in OTHERS.items():
        take("place-other-system", system, _within(x, y, bounds) | _within(y, x, bounds))
    take("place-other-system", "longitude and latitude", misnamed & _within(x, y, area.london))
    take("place-outside-borough", "", _within(x, y, area.london))
    take("place-outside-london", "", np.ones(len(x), dtype=bool))
    return {key: mask for key, mask in by_rule.items() if mask.any()}


def _within(x: Floats, y: Floats, bounds: Bounds) -> Mask:
    west, south, east, north = bounds
    inside: Mask = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def _in_degrees(x: Floats, y: Floats, on_grid: Mask) -> tuple[Floats, Floats, Mask]:
    """Return the coordinates with those declared and lying on the National Grid in degrees, and which these are."""
    movable = on_grid & _within(x, y, GRID)
    if not movable.any():
        return x, y, movable
    # imported on use: the library loads a grid of shifts, and few files have eastings
    from convertbng import cutil

    longitudes, latitudes = cutil.convert_osgb36_to_ll(x[movable].tolist(), y[movable].tolist())
    x, y = x.copy(), y.copy()
    x[movable], y[movable] = longitudes, latitudes
    return x, y, movable


class _MisplacedTally:
    """Counts of misplaced rows by rule and system, and the positions (from 0) of the first."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._first: dict[tuple[str, str], list[int]] = {}

    def add(self, position: int, masks: dict[tuple[str, str], Mask]) -> None:
        for key, mask in masks.items():
            self._counts[key] = self._counts.get(key, 0) + int(mask.sum())
            first = self._first.setdefault(key, [])
            first += [position + int(row) for row in mask.nonzero()[0][: ROWS_SHOWN - len(first)]]

    def findings(self, draft: Draft, place: PlaceSpec) -> Iterator[Finding]:
        table = next(table for table in draft.tables if table.name == place.resource)
        numbers = draft.row_numbers.get(place.resource)
        fields = [place.wkt] if place.wkt else [place.x, place.y]
        for (rule, system), count in self._counts.items():
            rows = tuple(numbers.of(row) for row in self._first[rule, system]) if numbers and numbers.starts else ()
            where = Where(
                resource=place.resource,
                field=", ".join(fields),
                column=" + ".join(draft.heading(place.resource, name) or name for name in fields),
                rows=rows,
                count=count,
                of=table.rows,
            )
            yield finding(rule, where, system=system)
