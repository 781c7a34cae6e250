"""Decide the coordinate system of a file, and transform its points to longitude and latitude (WGS84)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from packages.messages import finding
from packages.model import Finding
from packages.readers.records.geometry import Move, Position
from packages.refusal import refusal


class CoordinateSystem(StrEnum):
    """A coordinate system that can be read; the value is its name in reports."""

    DEGREES = "longitude and latitude (WGS84)"
    NATIONAL_GRID = "the British National Grid"
    MERCATOR = "Web Mercator"


CODES = {
    # EPSG codes, and the older codes of Esri for Web Mercator
    # ETRS89 and WGS84 are within a metre of each other in Britain
    **dict.fromkeys((4326, 4258, 4979, 4937), CoordinateSystem.DEGREES),
    **dict.fromkeys((27700, 7405), CoordinateSystem.NATIONAL_GRID),
    **dict.fromkeys((3857, 900913, 102100, 102113, 3785), CoordinateSystem.MERCATOR),
}
NAMES = (
    (r"CRS:?84|WGS[ _]?1984$|WGS[ _]?84$", CoordinateSystem.DEGREES),
    (r"Auxiliary_Sphere|Pseudo.?Mercator", CoordinateSystem.MERCATOR),
    (r"British_?\s?National_?\s?Grid|OSGB", CoordinateSystem.NATIONAL_GRID),
)


def system_named(name: str) -> CoordinateSystem:
    """Return the system of a name such as `urn:ogc:def:crs:EPSG::27700`; FileProblem for any other system."""
    for pattern, system in NAMES:
        if re.search(pattern, name.strip(), re.IGNORECASE):
            return system
    digits = re.findall(r"\d{4,6}", name)
    if digits and int(digits[-1]) in CODES:
        return CODES[int(digits[-1])]
    raise refusal("coordinates-unknown")


def system_of_projection(text: str) -> CoordinateSystem:
    """Return the system of the text of a shapefile's .prj; FileProblem for any other system."""
    if re.match(r"\s*GEOGCS", text) and re.search(r"WGS_?\s?(19)?84|ETRS", text, re.IGNORECASE):
        return CoordinateSystem.DEGREES
    for pattern, system in NAMES[1:]:
        if re.match(r"\s*PROJCS", text) and re.search(pattern, text, re.IGNORECASE):
            return system
    raise refusal("coordinates-unknown")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in the units of its system; `west` to `east` is along x."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, other: Box) -> bool:
        """Whether the other box is entirely inside."""
        across = self.west <= other.west and other.east <= self.east
        return across and self.south <= other.south and other.north <= self.north

    @property
    def turned(self) -> Box:
        """Return the box with x and y exchanged."""
        return Box(self.south, self.west, self.north, self.east)


WORLD = {
    CoordinateSystem.DEGREES: Box(-180, -90, 180, 90),
    CoordinateSystem.NATIONAL_GRID: Box(0, 0, 700_000, 1_300_000),
    CoordinateSystem.MERCATOR: Box(-20_037_509, -20_048_967, 20_037_509, 20_048_967),
}
HOME = {
    CoordinateSystem.DEGREES: Box(-9, 49, 3, 62),
    CoordinateSystem.NATIONAL_GRID: Box(490_000, 140_000, 575_000, 215_000),
    CoordinateSystem.MERCATOR: Box(-1_000_000, 6_200_000, 330_000, 8_900_000),
}
"""Where a point of a London borough can be (degrees: of Great Britain). It never also holds the exchanged point."""


class PointExtent:
    """The box around all points of a file; grows while they are streamed."""

    def __init__(self) -> None:
        self.box: Box | None = None

    def add(self, points: Iterable[Position]) -> None:
        """Include more points."""
        for x, y in points:
            old = self.box or Box(x, y, x, y)
            self.box = Box(min(old.west, x), min(old.south, y), max(old.east, x), max(old.north, y))


@dataclass(frozen=True, slots=True)
class Georeference:
    """The system of a file, whether y comes before x in it, and the findings on both."""

    system: CoordinateSystem
    turned: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def move(self) -> Move | None:
        """Return the transformation to longitude and latitude; None when the points need none."""
        if self.system is CoordinateSystem.DEGREES and not self.turned:
            return None
        return self._transform

    def _transform(self, x: Sequence[float], y: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
        # imported here: the library and its grid of shifts take a moment to load
        from convertbng import cutil

        x, y = (y, x) if self.turned else (x, y)
        if self.system is CoordinateSystem.DEGREES:
            return x, y
        convert = (
            cutil.convert_osgb36_to_ll
            if self.system is CoordinateSystem.NATIONAL_GRID
            else cutil.convert_epsg3857_to_wgs84
        )
        longitudes, latitudes = convert(list(x), list(y))
        return longitudes.tolist(), latitudes.tolist()


def georeference(declared: CoordinateSystem | None, box: Box | None, *, may_turn: bool = False) -> Georeference:
    """Decide the system by the declared one and the box of all points. FileProblem when they fit nowhere.

    `may_turn` is whether the format puts latitude first in some systems, so that exchanged axes need no finding.
    """
    system = declared or CoordinateSystem.DEGREES
    if box is None:
        return Georeference(system)
    if not WORLD[system].holds(box):
        # outside the declared system: the right one is the one that puts all points near London
        for other in (CoordinateSystem.NATIONAL_GRID, CoordinateSystem.MERCATOR, CoordinateSystem.DEGREES):
            for turned in (False, True):
                if HOME[other].holds(box.turned if turned else box):
                    rule = "coordinates-not-as-declared" if declared else "coordinates-undeclared"
                    return Georeference(other, turned, (finding(rule, system=other.value),))
        raise refusal("coordinates-unknown")
    if not HOME[system].holds(box) and HOME[system].holds(box.turned):
        return Georeference(system, turned=True, findings=() if may_turn else (finding("coordinates-turned"),))
    return Georeference(system)
