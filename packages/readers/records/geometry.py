"""Geometries in the form of GeoJSON: checked, transformed to another coordinate system, written as WKT."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from packages.readers.budget import current_budget
from packages.readers.over_budget import over_budget

Geometry = Mapping[str, Any]
"""`type`, and `coordinates` or (in a collection) `geometries`."""

Position = tuple[float, float]
Move = Callable[[Sequence[float], Sequence[float]], tuple[Sequence[float], Sequence[float]]]
"""Transforms x and y of many points into longitudes and latitudes."""

DEPTH = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How deep the positions are nested in the coordinates."""

RINGS = ("Polygon", "MultiPolygon")
DECIMALS = 8
"""Decimals of a degree after a change of system: about a millimetre."""

DEEPEST = 10
"""Collections within collections that are followed."""


DRAWN = "drawn"
"""Key of a geometry in which curves were drawn as short straight lines."""

CURVE = {"type": "curve", "coordinates": [None]}
"""Stands for a geometry with a curve of a kind that cannot be drawn."""

STEP = math.radians(5)
"""Angle of one straight piece of an arc: of a circle of 100 metres, 10 centimetres are cut off."""


class BrokenGeometry(Exception):
    """A geometry that is invalid: an open ring, a word instead of a number, an unknown type."""


class UnknownCurve(BrokenGeometry):
    """A geometry with a curve of a kind that cannot be drawn."""


def is_empty_geometry(geometry: Geometry | None) -> bool:
    """Whether the geometry has no coordinates."""
    return not geometry or not (geometry.get("coordinates") or geometry.get("geometries"))


def points_of(geometry: Geometry, level: int = 0) -> list[Position]:
    """Return all points of a geometry in their order; BrokenGeometry when it is invalid."""
    if geometry.get("type") == "GeometryCollection":
        if level > DEEPEST:
            raise BrokenGeometry
        return [p for part in geometry["geometries"] for p in points_of(part, level + 1)]
    if geometry.get("type") == CURVE["type"]:
        raise UnknownCurve
    depth = DEPTH.get(str(geometry.get("type")))
    if depth is None:
        raise BrokenGeometry
    try:
        found = list(_walk(geometry["coordinates"], depth))
        _check_rings(geometry["coordinates"], depth if geometry["type"] in RINGS else 0)
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise BrokenGeometry from error
    if len(found) > current_budget().geometry_points:
        raise over_budget("points in one shape", "geometry_points")
    if not found or not all(math.isfinite(x) and math.isfinite(y) for x, y in found):
        raise BrokenGeometry
    return found


def require_few_points(positions: str) -> None:
    """FileProblem when a text of positions, with spaces between its numbers, has more than a shape may have."""
    if sum(map(positions.count, " \n\t\r")) > 3 * current_budget().geometry_points:
        raise over_budget("points in one shape", "geometry_points")


def _walk(coordinates: Any, depth: int) -> Iterator[Position]:
    if depth == 0:
        # a text can be indexed like a position, and would give its first two letters
        if isinstance(coordinates, str | Mapping):
            raise BrokenGeometry
        yield float(coordinates[0]), float(coordinates[1])
        return
    for inner in coordinates:
        yield from _walk(inner, depth - 1)


def _check_rings(coordinates: Any, depth: int) -> None:
    if depth > 1:
        for inner in coordinates:
            _check_rings(inner, depth - 1)
    elif depth == 1 and (len(coordinates) < 4 or list(_walk(coordinates[0], 0)) != list(_walk(coordinates[-1], 0))):
        raise BrokenGeometry


def straight_arcs(points: Sequence[Sequence[float]]) -> list[Position]:
    """Return arcs as short straight lines: each arc has a first, a middle and a last point, which the next begins with.

    BrokenGeometry when the points make no arcs. An arc that ends where it began is a whole circle.
    """
    if len(points) < 3 or len(points) % 2 == 0:
        raise BrokenGeometry
    drawn = [(points[0][0], points[0][1])]
    for place in range(0, len(points) - 2, 2):
        first, middle, last = ((p[0], p[1]) for p in points[place : place + 3])
        if first == last:
            x, y = (first[0] + middle[0]) / 2, (first[1] + middle[1]) / 2
        elif centre := centre_of_arc(first, middle, last):
            x, y = centre
        else:
            # on one line
            drawn += [middle, last]
            continue
        radius, begin = math.hypot(first[0] - x, first[1] - y), math.atan2(first[1] - y, first[0] - x)
        turns = [(math.atan2(p[1] - y, p[0] - x) - begin) % math.tau for p in (middle, last)]
        # anticlockwise when the middle point comes before the last one in that direction
        turn = math.tau if first == last else turns[1] - (math.tau if turns[0] > turns[1] else 0)
        pieces = max(2, math.ceil(abs(turn) / STEP))
        angles = [begin + turn * piece / pieces for piece in range(1, pieces)]
        drawn += [
            (round(x + radius * math.cos(a), DECIMALS), round(y + radius * math.sin(a), DECIMALS)) for a in angles
        ]
        drawn.append(last)
    return drawn


def centre_of_arc(first: Position, middle: Position, last: Position) -> Position | None:
    """Return the centre of the circle through three points; None when they lie on one line."""
    # relative to the first point, for exactness
    bx, by, cx, cy = middle[0] - first[0], middle[1] - first[1], last[0] - first[0], last[1] - first[1]
    twice = 2 * (bx * cy - by * cx)
    if not twice:
        return None
    b, c = bx**2 + by**2, cx**2 + cy**2
    return first[0] + (cy * b - by * c) / twice, first[1] + (bx * c - cx * b) / twice


def as_wkt(geometry: Geometry, move: Move | None) -> str:
    """Return the geometry as WKT, transformed; BrokenGeometry when a point has no place in the new system."""
    points = transform_points(points_of(geometry), move)
    return _wkt(geometry, iter([f"{x} {y}" for x, y in points]))


def transform_points(points: Sequence[Position], move: Move | None) -> list[tuple[str, str]]:
    """Return points as texts of longitude and latitude; BrokenGeometry when one has no place in the new system."""
    if move is None:
        return [(_exact(x), _exact(y)) for x, y in points]
    longitudes, latitudes = move([x for x, _ in points], [y for _, y in points])
    pairs = list(zip(longitudes, latitudes, strict=True))
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in pairs):
        raise BrokenGeometry

    def rounded(value: float) -> str:
        return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")

    return [(rounded(x), rounded(y)) for x, y in pairs]


def _exact(value: float) -> str:
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _wkt(geometry: Geometry, texts: Iterator[str]) -> str:
    kind = str(geometry["type"])
    if kind == "GeometryCollection":
        return f"GEOMETRYCOLLECTION ({', '.join(_wkt(part, texts) for part in geometry['geometries'])})"
    if kind == "Point":
        return f"POINT ({next(texts)})"
    if kind == "MultiPoint":
        return f"MULTIPOINT ({', '.join(f'({next(texts)})' for _ in geometry['coordinates'])})"
    return f"{kind.upper()} {_nested(geometry['coordinates'], DEPTH[kind], texts)}"


def _nested(coordinates: Any, depth: int, texts: Iterator[str]) -> str:
    inside = (next(texts) if depth == 1 else _nested(inner, depth - 1, texts) for inner in coordinates)
    return f"({', '.join(inside)})"
