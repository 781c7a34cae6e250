"""Eastings and northings, and names of coordinate systems, beside the places that are published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import Batch, ChangeLog, Finding, Where
from packages.shaping.contradictions.flagged_columns import ObjectionLog, columns_called, rows_by_word
from packages.shaping.layout import Arrangement, grid_columns
from packages.shaping.places.grid import grid_to_degrees
from packages.spec import PlaceSpec
from packages.vocabulary import LONDON, find_publisher

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

SYSTEMS = frozenset({
    "coordinatereferencesystem", "coordinatesystem", "crs", "srs", "srid", "epsg", "epsgcode", "spatialreference",
    "spatialreferencesystem", "projection", "geocrs",
})  # fmt: skip
"""Headings of columns that name the coordinate system of each row."""

SHAPES = frozenset({"geometry", "wkt", "shape", "thegeom", "geom", "wktgeometry"})
"""Headings of columns of shapes."""

NO_POINT = r"(?i)^\s*(MULTI|POLYGON|LINESTRING|GEOMETRYCOLLECTION|CURVE|COMPOUND)"
METRES, DEGREES, ANOTHER, SHAPE = "metres", "degrees", "another", "shape"

_NAMES = {
    METRES: re.compile(r"(epsg:* ?)?27700|osgb ?(19)?36|osgb|bng|(british )?national grid|os grid", re.IGNORECASE),
    DEGREES: re.compile(r"(epsg:* ?)?(4326|4258)|wgs ?(19)?84|etrs ?(19)?89|crs:?84|lat.{0,10}lon.*", re.IGNORECASE),
    ANOTHER: re.compile(r"(epsg:* ?)?\d{4,6}|.*mercator.*|utm.*|irish.*|ed50|nad.*|.*urn:ogc:def:crs.*", re.IGNORECASE),
}  # fmt: skip

NUMBER = r"\A\s*-?[0-9]+(\.[0-9]+)?\s*\z"
LARGEST_DEGREE = 1_000
"""No degree is as large, and no grid reference in London as small."""

SAME, APART = 150, 1_000
"""Metres within which two places are the same, and beyond which they contradict each other."""

MOSTLY, ELSEWHERE, FEW = 0.5, 0.1, 3
"""Share of rows whose two places agree, from which the others stand out; share and number outside the borough."""

DEGREE_NORTH, DEGREE_EAST = 111_200, 69_300
"""Metres of a degree of latitude and longitude in London."""


class SecondPlaces:
    """Fills places from eastings and northings where there are no others, and gathers where the two disagree."""

    def __init__(self, arrangement: Arrangement, place: PlaceSpec, publisher: str) -> None:
        self._place = place
        self._headings = arrangement.headings
        sources = {source.field.name: source for source in arrangement.sources}
        pair = [sources[name].columns for name in (place.x, place.y) if name in sources]
        self._given = [columns[0] for columns in pair if len(columns) == 1]
        system = sources.get(place.system)
        has_system = system is not None and bool(system.columns)
        self._grid = () if has_system else grid_columns(arrangement)
        named = columns_called(arrangement, SYSTEMS)
        self._systems = () if has_system or len(self._given) < 2 else named
        taken = {column for source in arrangement.sources for column in source.columns}
        self._shapes = [column for column in columns_called(arrangement, SHAPES) if column not in taken]
        known = find_publisher(publisher)
        self._box = known.bbox if known else LONDON
        self._log = ObjectionLog()
        self._apart: list[tuple[int, float, bool]] = []

    def watch(self, batch: Batch, shaped: Mapping[str, pa.Array], _log: ChangeLog) -> None:
        """Look at the rows of a batch of the file, and at its places as they will be published."""
        self._log.rows += len(batch.numbers)
        for column in self._systems:
            for word, rows in rows_by_word(batch.cells.column(column), _system):
                large = pc.greater(pc.abs(_numbers(batch.cells.column(self._given[0]))), LARGEST_DEGREE)
                filled = pc.is_valid(large)
                fits = large if word == METRES else pc.invert(large) if word == DEGREES else pa.scalar(False)
                doubtful = pc.and_(pc.and_(rows, filled), pc.invert(pc.fill_null(fits, False)))
                self._log.note(column, word, batch.numbers.filter(doubtful))
        if self._grid:
            self._compare(batch, shaped)
        for column in self._shapes:
            other = pc.fill_null(pc.match_substring_regex(batch.cells.column(column), NO_POINT), False)
            blank = pc.equal(pc.fill_null(shaped[self._place.x], ""), "")
            self._log.note(column, SHAPE, batch.numbers.filter(pc.and_(other, blank)))

    def filled(self, batch: Batch, shaped: Mapping[str, pa.Array], log: ChangeLog) -> dict[str, pa.Array]:
        """Return the two fields with the place by easting and northing in the rows that give no other."""
        x, y = shaped[self._place.x], shaped[self._place.y]
        blank = pc.and_(pc.equal(pc.fill_null(x, ""), ""), pc.equal(pc.fill_null(y, ""), ""))
        if not self._grid or not pc.any(blank).as_py():
            return {}
        raw = [pc.if_else(blank, pc.utf8_trim_whitespace(batch.cells.column(column)), "") for column in self._grid]
        pair = dict(zip((self._place.x, self._place.y), raw, strict=True))
        degrees = grid_to_degrees(pair, batch.numbers, log)
        found = pc.fill_null(pc.not_equal(degrees[self._place.x], raw[0]), False)
        return {name: pc.if_else(found, degrees[name], shaped[name]) for name in pair}

    def _compare(self, batch: Batch, shaped: Mapping[str, pa.Array]) -> None:
        """Note how far the two places of each row are apart, in metres."""
        import numpy as np

        x, y = (_numbers(shaped[name]) for name in (self._place.x, self._place.y))
        raw = [pc.utf8_trim_whitespace(batch.cells.column(column)) for column in self._grid]
        pair = dict(zip((self._place.x, self._place.y), raw, strict=True))
        degrees = [_numbers(cells) for cells in grid_to_degrees(pair, batch.numbers, ChangeLog()).values()]
        there = [cells.to_numpy(zero_copy_only=False) for cells in (x, y, *degrees)]
        both = np.flatnonzero(~np.isnan(there).any(axis=0) & (np.abs(there).max(axis=0) < LARGEST_DEGREE))
        x, y, east, north = (values[both] for values in there)
        apart = np.hypot((x - east) * DEGREE_EAST, (y - north) * DEGREE_NORTH)
        w, s, e, n = self._box
        outside = (east < w) | (east > e) | (north < s) | (north > n)
        at_home = (x >= w) & (x <= e) & (y >= s) & (y <= n)
        rows = batch.numbers.take(pa.array(both)).to_pylist()
        self._apart += zip(rows, apart.tolist(), (outside & at_home).tolist(), strict=True)

    def absorb(self, later: SecondPlaces) -> None:
        """Add what was gathered in the rows that follow."""
        self._log.absorb(later._log)
        self._apart += later._apart

    def findings(self) -> Iterator[Finding]:
        """Yield the findings on systems that do not fit the numbers, and on places that lie elsewhere by the grid."""
        for word, where in self._log.places(self._headings, self._place.resource):
            if word == SHAPE:
                yield finding("shape-without-point", where)
            else:
                named = {METRES: "the National Grid", DEGREES: "degrees", ANOTHER: "another system"}[word]
                yield finding("system-contradicts", where, named=named)
        same = sum(metres <= SAME for _, metres, _ in self._apart)
        apart = [row for row, metres, _ in self._apart if metres > APART]
        outside = [row for row, _, is_outside in self._apart if is_outside]
        doubtful = apart if same > len(self._apart) * MOSTLY else outside
        if doubtful is outside and len(outside) < max(FEW, len(self._apart) * ELSEWHERE):
            return
        if doubtful:
            column = " + ".join(self._headings[column] for column in self._grid)
            where = Where(self._place.resource, column=column, rows=tuple(doubtful[:3]), count=len(doubtful))
            yield finding("grid-contradicts", where)


def _numbers(cells: pa.Array) -> pa.Array:
    """Return the cells that are plain numbers as such; null for all others."""
    plain = pc.fill_null(pc.match_substring_regex(cells, NUMBER), False)
    return pc.utf8_trim_whitespace(pc.if_else(plain, cells, None)).cast(pa.float64())


def _system(text: str) -> str:
    return next((kind for kind, names in _NAMES.items() if names.fullmatch(text.strip())), "")
