"""Maps as plain geometry for a static SVG: places on the outlines of the boroughs. Pure.

Lengths are pixels from the top left corner. The outlines are those of `packages.vocabulary`, with their attribution.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from catalogue.look.look import Place
from packages.vocabulary import publishers
from packages.vocabulary.outlines import outlines

WIDTH = 680
TALLEST = 560
MARGIN = 0.05
"""Share of the width and height of what is shown that stays free around it."""

SMALLEST = 0.01
"""Degrees: a map of one place still shows where in the borough it is."""

LETTER = 6.4
LINE = 11
"""Width of a letter and height of a line of the names on the map, in pixels."""

NAMED = 300
"""A map of more points than these does not carry the name of each."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A borough: its name, its path, and whether the map is about it."""

    name: str
    path: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class MapLabel:
    """A text in the middle of (x, y)."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DrawnPoint:
    """A place that is a point; its label is empty where there are very many."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class DrawnArea:
    """A place that is an area."""

    path: str
    label: str


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """Everything that the template draws."""

    width: int
    height: int
    outlines: tuple[Outline, ...]
    labels: tuple[MapLabel, ...]
    points: tuple[DrawnPoint, ...] = ()
    areas: tuple[DrawnArea, ...] = ()


@dataclass(frozen=True, slots=True)
class _Frame:
    """The part of the earth on a map, in degrees, and how degrees become pixels."""

    west: float
    south: float
    east: float
    north: float

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels for a degree of longitude and of latitude."""
        narrower = math.cos(math.radians((self.south + self.north) / 2))
        wide, high = (self.east - self.west) * narrower, self.north - self.south
        per_degree = min(WIDTH / wide, TALLEST / high)
        return per_degree * narrower, per_degree

    @property
    def size(self) -> tuple[int, int]:
        x, y = self.scale
        return round((self.east - self.west) * x), round((self.north - self.south) * y)

    def filling_the_page(self) -> _Frame:
        """Return it as wide as the page: of a tall borough more is seen at both sides."""
        missing = (WIDTH / self.scale[0] - (self.east - self.west)) / 2
        return replace(self, west=self.west - missing, east=self.east + missing)

    def pixel(self, longitude: float, latitude: float) -> tuple[float, float]:
        x, y = self.scale
        return round((longitude - self.west) * x, 1), round((self.north - latitude) * y, 1)

    def path(self, rings: Iterable[Iterable[tuple[float, ...]]]) -> str:
        """Return closed rings as the `d` of an SVG path."""
        parts = []
        for ring in rings:
            pixels = (self.pixel(longitude, latitude) for longitude, latitude, *_ in ring)
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in pixels) + "Z")
        return "".join(parts)


def draw_places(places: Iterable[Place], slug: str) -> MapDrawing:
    """Draw the places of a publisher on its outline and those of its neighbours; all of London for one without."""
    shown = list(places)
    own = outlines().get(slug)
    frame = _frame_around(shown, own)
    seen = _seen_in(frame)
    points = [place for place in shown if place.is_point]
    areas = [place for place in shown if not place.is_point]
    return MapDrawing(
        *frame.size,
        outlines=_outlines_in(frame, seen, slug),
        labels=_names_in(frame, seen, slug),
        points=tuple(
            DrawnPoint(*frame.pixel(*place.rings[0][0]), place.label if len(points) <= NAMED else "")
            for place in points
        ),
        areas=tuple(DrawnArea(frame.path(place.rings), place.label) for place in areas),
    )


def draw_numbers(texts: Mapping[str, str]) -> MapDrawing:
    """Draw all of London with a text on the outline of each authority, by its slug."""
    frame = _frame_around((), None)
    middles = {slug: shape.representative_point() for slug, shape in outlines().items()}
    labels = (
        MapLabel(text, *frame.pixel(middles[slug].x, middles[slug].y))
        for slug, text in texts.items()
        if slug in middles
    )
    # those with a text are the ones that the map is about
    shapes = tuple(
        Outline(publishers()[slug].name, frame.path(_rings(shape)), slug in texts)
        # those on top are drawn with a broader line
        for slug, shape in sorted(outlines().items(), key=lambda item: (item[0] in texts, item[0]))
    )
    return MapDrawing(*frame.size, outlines=shapes, labels=tuple(labels))


def _frame_around(places: Iterable[Place], own: Any) -> _Frame:
    """Return the frame of a borough, or of London, with the places in or near it."""
    shapes = [own] if own is not None else list(outlines().values())
    bounds = [shape.bounds for shape in shapes]
    west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
    east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
    # a place far away (a depot in Kent) would shrink the borough to a dot: it is in the table
    reach = max(east - west, north - south)
    for longitude, latitude in (pair for place in places for ring in place.rings for pair in ring):
        if west - reach <= longitude <= east + reach and south - reach <= latitude <= north + reach:
            west, south, east, north = (
                min(west, longitude), min(south, latitude), max(east, longitude), max(north, latitude),
            )  # fmt: skip
    x, y = max((east - west) * MARGIN, SMALLEST), max((north - south) * MARGIN, SMALLEST)
    return _Frame(west - x, south - y, east + x, north + y).filling_the_page()


def _seen_in(frame: _Frame) -> dict[str, Any]:
    """Return the part of each outline that lies in the frame, by slug; those outside are left out."""
    import shapely

    window = shapely.box(frame.west, frame.south, frame.east, frame.north)
    parts = {name: shape.intersection(window) for name, shape in outlines().items()}
    return {name: part for name, part in parts.items() if not part.is_empty}


def _outlines_in(frame: _Frame, seen: Mapping[str, Any], slug: str) -> tuple[Outline, ...]:
    """Return the outlines that are seen, those of the publisher last, so that it lies on top."""
    order = sorted(seen, key=lambda name: (name == slug, name))
    return tuple(Outline(publishers()[name].name, frame.path(_rings(seen[name])), name == slug) for name in order)


def _names_in(frame: _Frame, seen: Mapping[str, Any], slug: str) -> tuple[MapLabel, ...]:
    """Return the names of the neighbours, where there is room for them."""
    labels: list[MapLabel] = []
    # the widest first: they have room, and a small one beside them is left out
    for name in sorted(seen.keys() - {slug}, key=lambda name: (-seen[name].area, name)):
        label = _name_within(seen[name], publishers()[name].name, frame)
        if label and not any(_overlap(label, other) for other in labels):
            labels.append(label)
    return tuple(labels)


def _name_within(shape: Any, text: str, frame: _Frame) -> MapLabel | None:
    """Return a name in the middle of an area; None where it is broader than the area is there."""
    import shapely

    middle = shape.representative_point()
    x, y = frame.pixel(middle.x, middle.y)
    across = shape.intersection(shapely.LineString([(frame.west, middle.y), (frame.east, middle.y)]))
    broadest = max(shapely.get_parts(across), key=lambda part: part.length, default=None)
    half = len(text) * LETTER / 2
    if broadest is None or broadest.length * frame.scale[0] < 2 * half:
        return None
    width, height = frame.size
    return MapLabel(text, round(min(max(x, half), width - half), 1), round(min(max(y, LINE), height - LINE), 1))


def _overlap(one: MapLabel, other: MapLabel) -> bool:
    room = (len(one.text) + len(other.text)) * LETTER / 2
    return abs(one.x - other.x) < room and abs(one.y - other.y) < LINE * 1.5


def _rings(shape: Any) -> list[list[tuple[float, ...]]]:
    import shapely

    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return [list(ring.coords) for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
