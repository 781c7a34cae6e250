"""Read KML and KMZ maps as records: one for each placemark."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from packages.model import Finding
from packages.readers.child_protocol import ReadJob
from packages.readers.opening.archive_limits import DAMAGED_ARCHIVE
from packages.readers.records import geometry as shapes
from packages.readers.records.coordinates import CoordinateSystem
from packages.readers.records.record import Record, RecordSource
from packages.readers.xml_safety import local_name, record_elements
from packages.refusal import refusal

PLAIN = ("name", "description", "address", "phoneNumber")
UNDRAWN = ("Track", "MultiTrack", "Model")
"""Kinds of Google's own, which have no place in WKT."""
GEOMETRIES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")


class KmlSource(RecordSource):
    """Placemarks with their name, description and extended data; coordinates are always degrees."""

    title = "KML map"
    noun = "placemark"
    system: CoordinateSystem | None = CoordinateSystem.DEGREES
    may_turn = False

    def __init__(self, job: ReadJob) -> None:
        self._path = Path(job.path)
        if zipfile.is_zipfile(self._path):
            try:
                with zipfile.ZipFile(self._path) as archive:
                    self._path = Path(archive.extract("doc.kml", job.folder))
            except (LookupError, *DAMAGED_ARCHIVE) as error:
                raise refusal("file-damaged") from error

    def records(self) -> Iterator[Record]:
        """Yield every placemark, counted from 1."""
        placemarks = record_elements(self._path, lambda names: names[-1] == "Placemark", lambda _names, _element: None)
        for number, element in enumerate(placemarks, start=1):
            geometry = next((_geometry(e) for e in element if local_name(e.tag) in GEOMETRIES), None)
            if geometry is None and any(local_name(e.tag) in UNDRAWN for e in element):
                geometry = dict(shapes.CURVE)
            yield Record(number, _values(element), geometry)

    def findings(self, _count: int) -> Sequence[Finding]:
        """Return nothing: KML states no more than its records."""
        return ()


def _values(placemark: Element) -> dict[str, str]:
    plain = {local_name(e.tag): (e.text or "").strip() for e in placemark if local_name(e.tag) in PLAIN}
    extended = {}
    for element in placemark.iter():
        if local_name(element.tag) == "SimpleData":
            extended[element.get("name", "")] = (element.text or "").strip()
        elif local_name(element.tag) == "Data":
            value = next((e.text or "" for e in element if local_name(e.tag) == "value"), "")
            extended[element.get("name", "")] = value.strip()
    return plain | extended


def _geometry(element: Element) -> dict[str, Any]:
    kind = local_name(element.tag)
    if kind == "MultiGeometry":
        parts = [_geometry(e) for e in element if local_name(e.tag) in GEOMETRIES]
        kinds = {part["type"] for part in parts}
        # KML has no types for several points, lines or polygons
        if kinds in ({"Point"}, {"LineString"}, {"Polygon"}):
            return {"type": "Multi" + kinds.pop(), "coordinates": [part["coordinates"] for part in parts]}
        return {"type": "GeometryCollection", "geometries": parts}
    if kind == "Polygon":
        outer = [_positions(e) for e in element if local_name(e.tag) == "outerBoundaryIs"]
        inner = [_positions(e) for e in element if local_name(e.tag) == "innerBoundaryIs"]
        return {"type": "Polygon", "coordinates": outer + inner}
    found = _positions(element)
    if kind == "Point":
        return {"type": "Point", "coordinates": found[0] if len(found) == 1 else []}
    return {"type": "LineString", "coordinates": found}


def _positions(element: Element) -> list[list[str]]:
    texts = [e.text or "" for e in element.iter() if local_name(e.tag) == "coordinates"]
    for text in texts:
        shapes.require_few_points(text)
    return [position.split(",") for text in texts for position in text.split()]
