"""Are the places of a table where its publisher is? Exchanged axes, lost signs and other systems show on a map only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
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
"""Rows that are looked at together."""

MARGIN = 0.01
"""Degrees around London: the boxes of the boroughs have their margin already."""

GRID: Bounds = (490_000, 140_000, 575_000, 215_000)
MERCATOR: Bounds = (-70_000, 6_660_000, 50_000, 6_760_000)
"""Around London in metres, in the British National Grid and in Web Mercator."""

OTHERS = {"the British National Grid": GRID, "Web Mercator": MERCATOR}
"""Systems that numbers may be in instead of degrees."""

ON_GRID = ("OSGB36", "OSGB", "BNG", "EPSG:27700", "27700")
"""What a row says whose numbers are an easting and a northing."""

FIRST_POINT = r"(?P<x>-?[0-9]+(?:\.[0-9]+)?)\s+(?P<y>-?[0-9]+(?:\.[0-9]+)?)"
"""The first point of a shape as WKT."""


@dataclass(frozen=True, slots=True)
class ExpectedArea:
    """Where the places of a publisher should be, and where they are at least in London; degrees."""

    own: Bounds
    london: Bounds


def places_part(draft: Draft, spec: DatasetSpec) -> JudgedPart:
    """What is to be said of the places of every table that has some."""
    tables = {table.name: table for table in draft.tables}
    return JudgedPart.joined(_placed(draft, spec, one, tables.get(one.resource)) for one in spec.quality.places)


def area_of(spec: DatasetSpec) -> ExpectedArea:
    """The publisher's box from the vocabulary, and London with a margin."""
    west, south, east, north = LONDON
    london = (west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN)
    known = find_publisher(spec.identity.publisher)
    return ExpectedArea(known.bbox if known and known.bbox != LONDON else london, london)


def _placed(draft: Draft, spec: DatasetSpec, one: PlaceSpec, table: Table | None) -> JudgedPart:
    name, title = f"places/{one.resource}", "Every place lies where the publisher is"
    if table is None:
        return JudgedPart(checks=(Check(name, title, CheckOutcome.NOT_RUN, "The table was not made."),))
    found = _Found()
    for position, batch in _batches(draft.folder / table.parquet.name, one):
        found.add(position, misplaced_rows(*_numbers(batch, one), area_of(spec)))
    findings = tuple(found.findings(draft, one))
    return JudgedPart(findings, (Check(name, title, CheckOutcome.FAILED if findings else CheckOutcome.PASSED),))


def _batches(parquet: Path, one: PlaceSpec) -> Iterator[tuple[int, pa.RecordBatch]]:
    position = 0
    with pq.ParquetFile(parquet, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=BATCH, columns=list(one.fields)):
            yield position, batch
            position += batch.num_rows


def _numbers(batch: pa.RecordBatch, one: PlaceSpec) -> tuple[Floats, Floats, Mask]:
    """x, y (NaN where there is no place) and whether the row says that they are on the National Grid."""
    import numpy as np

    if one.wkt:
        point = pc.extract_regex(batch.column(one.wkt), pattern=FIRST_POINT)
        pair = (pc.struct_field(point, "x"), pc.struct_field(point, "y"))
    else:
        pair = (batch.column(one.x), batch.column(one.y))
    x, y = (cells.cast(pa.float64()).to_numpy(zero_copy_only=False) for cells in pair)
    if not one.system:
        return x, y, np.zeros(batch.num_rows, dtype=bool)
    said = pc.utf8_upper(pc.utf8_trim_whitespace(batch.column(one.system)))
    on_grid = pc.fill_null(pc.is_in(said, pa.array(ON_GRID)), False)
    return x, y, on_grid.to_numpy(zero_copy_only=False)


def misplaced_rows(x: Floats, y: Floats, on_grid: Mask, area: ExpectedArea) -> dict[tuple[str, str], Mask]:
    """Which rows lie where they should not, by rule and by the system that they are in instead (or "")."""
    import numpy as np

    x, y, moved = _in_degrees(x, y, on_grid)
    misnamed = on_grid & ~moved
    rest = ~(np.isnan(x) | np.isnan(y) | (_within(x, y, area.own) & ~misnamed))
    found: dict[tuple[str, str], Mask] = {}

    def take(rule: str, system: str, mask: Mask) -> None:
        nonlocal rest
        found[rule, system] = rest & mask
        rest = rest & ~mask

    take("place-turned", "", _within(y, x, area.london))
    take("place-sign-lost", "", _within(-x, y, area.own))
    for system, bounds in OTHERS.items():
        take("place-other-system", system, _within(x, y, bounds) | _within(y, x, bounds))
    take("place-other-system", "longitude and latitude", misnamed & _within(x, y, area.london))
    take("place-outside-borough", "", _within(x, y, area.london))
    take("place-outside-london", "", np.ones(len(x), dtype=bool))
    return {key: mask for key, mask in found.items() if mask.any()}


def _within(x: Floats, y: Floats, bounds: Bounds) -> Mask:
    west, south, east, north = bounds
    inside: Mask = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def _in_degrees(x: Floats, y: Floats, on_grid: Mask) -> tuple[Floats, Floats, Mask]:
    """The same with what is declared and lies on the National Grid as longitude and latitude, and which these are."""
    movable = on_grid & _within(x, y, GRID)
    if not movable.any():
        return x, y, movable
    # the library and its grid of shifts take a moment to load
    from convertbng import cutil

    longitudes, latitudes = cutil.convert_osgb36_to_ll(x[movable].tolist(), y[movable].tolist())
    x, y = x.copy(), y.copy()
    x[movable], y[movable] = longitudes, latitudes
    return x, y, movable


class _Found:
    """How many rows are wrong in each way, and the positions (from 0) of the first."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._first: dict[tuple[str, str], list[int]] = {}
        self._rows = 0

    def add(self, position: int, masks: dict[tuple[str, str], Mask]) -> None:
        for key, mask in masks.items():
            self._counts[key] = self._counts.get(key, 0) + int(mask.sum())
            first = self._first.setdefault(key, [])
            first += [position + int(place) for place in mask.nonzero()[0][: ROWS_SHOWN - len(first)]]

    def findings(self, draft: Draft, one: PlaceSpec) -> Iterator[Finding]:
        table = next(table for table in draft.tables if table.name == one.resource)
        numbers = draft.row_numbers.get(one.resource)
        fields = [one.wkt] if one.wkt else [one.x, one.y]
        for (rule, system), count in self._counts.items():
            rows = tuple(numbers.of(place) for place in self._first[rule, system]) if numbers and numbers.starts else ()
            where = Where(
                resource=one.resource,
                field=", ".join(fields),
                column=" + ".join(draft.heading(one.resource, name) or name for name in fields),
                rows=rows,
                count=count,
                of=table.rows,
            )
            yield finding(rule, where, system=system)
