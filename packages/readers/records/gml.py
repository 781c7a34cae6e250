"""Read GML maps, mostly the answers of web feature services, as records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from packages.messages import finding
from packages.model import Finding, Where
from packages.readers.child_protocol import ReadJob
from packages.readers.records.coordinates import CoordinateSystem, system_named
from packages.readers.records.geometry import (
    CURVE,
    DRAWN,
    BrokenGeometry,
    UnknownCurve,
    centre_of_arc,
    require_few_points,
    straight_arcs,
)
from packages.readers.records.record import FEATURE_NUMBER, Record, RecordSource
from packages.readers.xml_safety import local_name, record_elements
from packages.refusal import refusal

MEMBERS = ("member", "featureMember", "featureMembers")
MULTIPLE = {
    "MultiPoint": "MultiPoint",
    "MultiLineString": "MultiLineString",
    "MultiCurve": "MultiLineString",
    "MultiPolygon": "MultiPolygon",
    "MultiSurface": "MultiPolygon",
    "CompositeSurface": "MultiPolygon",
}
ARCS = ("Arc", "ArcString", "Circle", "CircleByCenterPoint")
"""Curves that are drawn as short straight lines."""

UNKNOWN_CURVES = (
    "ArcByBulge", "ArcStringByBulge", "ArcByCenterPoint", "BSpline", "Bezier", "CubicSpline", "Clothoid", "OffsetCurve"
)  # fmt: skip
SOLIDS = ("TriangulatedSurface", "Tin", "Solid")
PATCHES = ("PolygonPatch", "Triangle", "Rectangle")
JOINED = ("segments", "Ring", "CompositeCurve")
DEGREES = 360
"""Numbers up to this may be degrees."""

SINGLE = (
    "Point",
    "LineString",
    "Curve",
    "CompositeCurve",
    "OrientableCurve",
    "Polygon",
    "Surface",
    "LinearRing",
    "PolyhedralSurface",
    "TriangulatedSurface",
    "Tin",
    "Solid",
)
GEOMETRIES = (*SINGLE, *MULTIPLE, "MultiGeometry")


class GmlSource(RecordSource):
    """Features with the texts of their elements; `srsName` gives the coordinate system."""

    title = "GML map"
    noun = "feature"

    def __init__(self, job: ReadJob) -> None:
        self._path = Path(job.path)
        self._systems: dict[str, None] = {}
        self._stated_count = ""

    def records(self) -> Iterator[Record]:
        """Yield every feature, counted from 1."""
        for number, element in enumerate(record_elements(self._path, _is_feature, self._begin), start=1):
            identifier = next((v for k, v in element.attrib.items() if local_name(k) in ("id", "fid")), "")
            values = {FEATURE_NUMBER: identifier} if identifier else {}
            for child in element:
                values |= dict(_texts(child, local_name(child.tag)))
            yield Record(number, values, _first_geometry(element))

    def _begin(self, names: Sequence[str], element: Element) -> None:
        if len(names) == 1:
            self._stated_count = element.get("numberMatched", "")
        if name := element.get("srsName"):
            self._systems[name] = None

    @property
    def system(self) -> CoordinateSystem | None:
        """Return the one system that all geometries name; FileProblem when there are several."""
        systems = {system_named(name) for name in self._systems}
        if len(systems) > 1:
            raise refusal("coordinates-unknown")
        return systems.pop() if systems else None

    @property
    def may_turn(self) -> bool:
        """Whether a name is in the long form, which promises the standard's order: latitude first for degrees."""
        return any(name.startswith(("urn:", "http://www.opengis.net/def/")) for name in self._systems)

    def findings(self, count: int) -> Sequence[Finding]:
        """Return a finding when the server states that there are more features."""
        if self._stated_count.isdecimal() and int(self._stated_count) > count:
            return (finding("features-left-out", Where(count=count, unit="feature")),)
        return ()


def _is_feature(names: Sequence[str]) -> bool:
    return len(names) == 3 and names[1] in MEMBERS


def _texts(element: Element, name: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of an element and of those in it, named by their path; geometries are left out."""
    if local_name(element.tag) == "boundedBy" or local_name(element.tag) in GEOMETRIES:
        return
    if not len(element):
        link = next((v for k, v in element.attrib.items() if local_name(k) == "href"), "")
        yield name, (element.text or "").strip() or link
    for child in element:
        yield from _texts(child, f"{name}.{local_name(child.tag)}")


def _first_geometry(feature: Element) -> dict[str, Any] | None:
    """Return the first geometry of a feature; None when it has none."""
    for child in feature:
        # its envelope is made of points as well
        if local_name(child.tag) == "boundedBy":
            continue
        for element in child.iter():
            if local_name(element.tag) in GEOMETRIES:
                # a geometry states the number of its dimensions for all positions in it
                width = next((int(e.get("srsDimension", 2)) for e in element.iter() if e.get("srsDimension")), 2)
                try:
                    geometry = _geometry(element, width)
                except UnknownCurve:
                    return CURVE
                is_drawn = any(local_name(e.tag) in ARCS for e in element.iter())
                return geometry | {DRAWN: True} if is_drawn else geometry
    return None


def _geometry(element: Element, width: int) -> dict[str, Any]:
    kind = local_name(element.tag)
    if kind in MULTIPLE:
        coordinates: list[Any] = []
        for part in _parts(element, width):
            # a surface of several patches is several polygons
            coordinates += part["coordinates"] if part["type"].startswith("Multi") else [part["coordinates"]]
        return {"type": MULTIPLE[kind], "coordinates": coordinates}
    if kind == "MultiGeometry":
        return {"type": "GeometryCollection", "geometries": _parts(element, width)}
    if kind == "Polygon":
        return {"type": "Polygon", "coordinates": _rings(element, width)}
    if kind in SOLIDS:
        raise UnknownCurve
    if kind in ("Surface", "PolyhedralSurface"):
        patches: list[Any] = [_rings(e, width) for e in element.iter() if local_name(e.tag) in PATCHES]
        if len(patches) == 1:
            return {"type": "Polygon", "coordinates": patches[0]}
        return {"type": "MultiPolygon", "coordinates": patches or [None]}
    found = _positions(element, width)
    if kind == "Point":
        return {"type": "Point", "coordinates": found[0] if len(found) == 1 else [None]}
    return {"type": "LineString", "coordinates": found}


def _parts(element: Element, width: int) -> list[dict[str, Any]]:
    """Return the geometries one level down, through the elements that only hold them."""
    parts = []
    for child in element:
        parts += [_geometry(child, width)] if local_name(child.tag) in GEOMETRIES else _parts(child, width)
    return parts


def _rings(polygon: Element, width: int) -> list[list[list[Any]]]:
    outer = [_positions(e, width) for e in polygon if local_name(e.tag) in ("exterior", "outerBoundaryIs")]
    inner = [_positions(e, width) for e in polygon if local_name(e.tag) in ("interior", "innerBoundaryIs")]
    return outer + inner


def _positions(element: Element, width: int) -> list[list[Any]]:
    """Return the points of a line or ring, arcs as short straight lines; UnknownCurve for other curves."""
    kind, text = local_name(element.tag), element.text or ""
    width = max(int(element.get("srsDimension", width)), 2)
    require_few_points(text)
    # the four forms of positions in GML 2 and 3
    if kind == "pos":
        return [text.split()]
    if kind == "posList":
        numbers = text.split()
        return [numbers[i : i + width] for i in range(0, len(numbers), width)]
    if kind == "coordinates":
        between = element.get("cs", ",")
        return [position.split(between) for position in text.split(element.get("ts") or None)]
    if kind == "coord":
        return [[(e.text or "").strip() for e in element]]
    if kind in UNKNOWN_CURVES:
        raise UnknownCurve
    found: list[list[Any]] = []
    for child in element:
        positions = _positions(child, width)
        # the segments of a curve begin where the last one ended
        found += positions[1:] if kind in JOINED and found[-1:] == positions[:1] else positions
    if kind in ARCS:
        return _drawn(element, found)
    return found[::-1] if element.get("orientation") == "-" else found


def _drawn(curve: Element, positions: list[list[Any]]) -> list[list[Any]]:
    try:
        points = [(float(position[0]), float(position[1])) for position in positions]
        if local_name(curve.tag) == "CircleByCenterPoint":
            ((x, y),) = points
            radius = next(float(e.text or "") for e in curve if local_name(e.tag) == "radius")
            # in degrees the radius would be in another unit than the point
            points = [(x - radius, y), (x + radius, y), (x - radius, y)] if abs(x) > DEGREES else []
        elif local_name(curve.tag) == "Circle":
            # three points on the circle, of which the last is not where it ends
            centre = centre_of_arc(*points)
            points = (
                [points[0], (2 * centre[0] - points[0][0], 2 * centre[1] - points[0][1]), points[0]] if centre else []
            )
        return [list(point) for point in straight_arcs(points)]
    except (ValueError, IndexError, TypeError, StopIteration, BrokenGeometry) as error:
        raise UnknownCurve from error
