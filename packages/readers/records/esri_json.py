"""Read ESRI JSON, which ArcGIS servers answer when they are not asked for GeoJSON, as records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from packages.messages import finding
from packages.model import Finding, Where
from packages.readers.child_protocol import ReadJob
from packages.readers.records.coordinates import CoordinateSystem, system_named
from packages.readers.records.json_records import json_record, object_of
from packages.readers.records.json_text import JsonFile
from packages.readers.records.record import Record, RecordSource
from packages.refusal import refusal


class EsriJsonSource(RecordSource):
    """The features of a layer: their attributes, and their geometry in the form of GeoJSON."""

    title = "ESRI JSON map"
    noun = "feature"
    may_turn = False

    def __init__(self, job: ReadJob) -> None:
        self._file = JsonFile(Path(job.path), job.encoding, {"attributes"})
        # what the fields are may be said behind them, and is needed for the first
        for _ in self._file.records():
            pass
        fields = self._file.members.get("fields")
        listed = fields if isinstance(fields, list) else []
        of_dates = (f for f in listed if isinstance(f, dict) and f.get("type") == "esriFieldTypeDate")
        self._dates = {str(field.get("name")) for field in of_dates}

    def records(self) -> Iterator[Record]:
        """Yield every feature; FileProblem when the list holds something else."""
        for number, feature in self._file.records():
            attributes = feature.get("attributes")
            if not isinstance(attributes, dict):
                raise refusal("json-no-table")
            values = {n: _moment(v) if n in self._dates and v is not None else v for n, v in attributes.items()}
            yield json_record(number, values, _geometry(object_of(feature.get("geometry"))))

    @property
    def system(self) -> CoordinateSystem | None:
        """Return the system that the layer names; None when it names none."""
        reference = object_of(self._file.members.get("spatialReference"))
        code = reference.get("latestWkid") or reference.get("wkid")
        return system_named(str(code)) if code else None

    def findings(self, count: int) -> Sequence[Finding]:
        """Return a finding when the server states that it left features out."""
        if self._file.members.get("exceededTransferLimit") is True:
            return (finding("features-left-out", Where(count=count, unit="feature")),)
        return ()


def _moment(value: Any) -> str:
    """Return a date, which ArcGIS counts in milliseconds from 1970 in UTC, as text; another value as it is."""
    try:
        moment = dt.datetime.fromtimestamp(int(str(value)) / 1000, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return str(value)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _geometry(esri: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a geometry in the form of GeoJSON; curves become one of no known type, which is found and counted."""
    if not esri or "NaN" in (esri.get("x"), esri.get("y")) or esri.get("x", 0) is None:
        return None
    if {"x", "y"} <= set(esri):
        return {"type": "Point", "coordinates": [esri["x"], esri["y"]]}
    if "points" in esri:
        return {"type": "MultiPoint", "coordinates": esri["points"]}
    if "paths" in esri:
        return {"type": "MultiLineString", "coordinates": esri["paths"]}
    if "rings" not in esri:
        return {"type": "", "coordinates": [dict(esri)]}
    return {"type": "MultiPolygon", "coordinates": _polygons(esri["rings"])} if esri["rings"] else None


def _polygons(rings: Sequence[Sequence[Sequence[Any]]]) -> list[list[Any]]:
    """Return the rings as polygons: the outer ones run clockwise, and each hole is in the smallest around it."""
    # imported here: few files need it
    from shapely import GEOSException, Polygon

    try:
        shapes = [(Polygon([(float(x), float(y)) for x, y, *_ in ring]), ring) for ring in rings]
    except (ValueError, TypeError, GEOSException):
        # not a ring: the check of geometries finds it
        return [[ring] for ring in rings]
    outer = [(shape, [ring]) for shape, ring in shapes if not shape.exterior.is_ccw]
    for shape, ring in shapes:
        if shape.exterior.is_ccw:
            around = [pair for pair in outer if pair[0].contains(shape)]
            if around:
                min(around, key=lambda pair: pair[0].area)[1].append(ring)
            else:
                # a hole in nothing is an outer ring that runs the wrong way
                outer.append((shape, [ring]))
    return [polygon for _, polygon in outer]
