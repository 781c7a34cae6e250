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
from packages.readers.records.record import Record, RecordSource
from packages.readers.xml_safety import iterate_elements, local_name
from packages.refusal import refusal

MEMBERS = ("member", "featureMember", "featureMembers")
MULTIPLE = {
    "MultiPoint": "MultiPoint",
    "MultiLineString": "MultiLineString",
    "MultiCurve": "MultiLineString",
    "MultiPolygon": "MultiPolygon",
    "MultiSurface": "MultiPolygon",
}
SINGLE = ("Point", "LineString", "Curve", "Polygon", "Surface", "LinearRing")
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
        path: list[str] = []
        number = 0
        for event, element in iterate_elements(self._path):
            if event == "start":
                path.append(local_name(element.tag))
                if len(path) == 1:
                    self._stated_count = element.get("numberMatched", "")
                if name := element.get("srsName"):
                    self._systems[name] = None
                continue
            path.pop()
            if len(path) == 2 and path[-1] in MEMBERS:
                number += 1
                identifier = next((v for k, v in element.attrib.items() if local_name(k) in ("id", "fid")), "")
                values = {"gml_id": identifier} if identifier else {}
                for child in element:
                    values |= dict(_texts(child, local_name(child.tag)))
                yield Record(number, values, _first_geometry(element))
                # the tree would otherwise hold the whole file
                element.clear()

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
                return _geometry(element)
    return None


def _geometry(element: Element) -> dict[str, Any]:
    kind = local_name(element.tag)
    if kind in MULTIPLE:
        coordinates: list[Any] = []
        for part in _parts(element):
            # a surface of several patches is several polygons
            coordinates += part["coordinates"] if part["type"].startswith("Multi") else [part["coordinates"]]
        return {"type": MULTIPLE[kind], "coordinates": coordinates}
    if kind == "MultiGeometry":
        return {"type": "GeometryCollection", "geometries": _parts(element)}
    if kind == "Polygon":
        return {"type": "Polygon", "coordinates": _rings(element)}
    if kind == "Surface":
        patches = [_rings(e) for e in element.iter() if local_name(e.tag) == "PolygonPatch"]
        if len(patches) == 1:
            return {"type": "Polygon", "coordinates": patches[0]}
        return {"type": "MultiPolygon", "coordinates": patches or [None]}
    found = _positions(element)
    if kind == "Point":
        return {"type": "Point", "coordinates": found[0] if len(found) == 1 else [None]}
    return {"type": "LineString", "coordinates": found}


def _parts(element: Element) -> list[dict[str, Any]]:
    """Return the geometries one level down, through the elements that only hold them."""
    parts = []
    for child in element:
        parts += [_geometry(child)] if local_name(child.tag) in GEOMETRIES else _parts(child)
    return parts


def _rings(polygon: Element) -> list[list[list[str]]]:
    outer = [_positions(e) for e in polygon if local_name(e.tag) in ("exterior", "outerBoundaryIs")]
    inner = [_positions(e) for e in polygon if local_name(e.tag) in ("interior", "innerBoundaryIs")]
    return outer + inner


def _positions(element: Element) -> list[list[str]]:
    """Return the points of a line or ring; none for curves, which are then found to be broken geometries."""
    found: list[list[str]] = []
    width = 2
    for inner in element.iter():
        kind, text = local_name(inner.tag), inner.text or ""
        if "Arc" in kind or "Circle" in kind or "Spline" in kind:
            return [[]]
        width = max(int(inner.get("srsDimension", width)), 2)
        # the four forms of positions in GML 2 and 3
        if kind == "pos":
            found.append(text.split())
        elif kind == "posList":
            numbers = text.split()
            found += [numbers[i : i + width] for i in range(0, len(numbers), width)]
        elif kind == "coordinates":
            between = inner.get("cs", ",")
            found += [position.split(between) for position in text.split(inner.get("ts") or None)]
        elif kind == "coord":
            found.append([(e.text or "").strip() for e in inner])
    return found
