"""JSON documents of payments, and maps of toilets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import shapefile

from packages.model import Verdict
from tests.corpus.case import BLOCKED, HEADINGS, HELD, PUBLISH, Case, payments
from tests.corpus.texts import zipped

TOILETS = "public-toilets"


def documents() -> Iterator[Case]:
    """JSON."""
    records = [dict(zip(HEADINGS, row, strict=True)) for row in payments()[1:]]
    text, lines = json.dumps(records), "\n".join(json.dumps(r) for r in records)
    nested = [r | {"purpose": {"text": "x"}} for r in records]
    missing = [{k: v for k, v in r.items() if k != "supplier"} for r in records]
    gap = [*records[:3], missing[3], *records[4:]]
    made: dict[str, tuple[str, Verdict, str]] = {
        "list": (text, PUBLISH, ""),
        "lines": (lines, PUBLISH, ""),
        "wrapped": (f'{{"count": 12, "data": {text}}}', PUBLISH, ""),
        "cut list": (text[:-40], BLOCKED, "json-damaged"),
        "cut lines": (lines[:-10], BLOCKED, "json-damaged"),
        "two lists": (text + text, BLOCKED, "json-damaged"),
        "same name": ('[{"supplier": "a", "supplier": "b"}]', BLOCKED, "json-repeated-name"),
        "error": ('{"error": {"code": 498, "message": "Invalid token"}}', BLOCKED, "server-error"),
        "empty list": ("[]", BLOCKED, "no-rows"),
        "lists": (json.dumps(payments()), BLOCKED, "json-no-table"),
        "deep": ("[" * 50_000, BLOCKED, ""),
        "deep in a record": ('[{"a":' + "[" * 50_000, BLOCKED, "json-damaged"),
        "nested": (json.dumps(nested), PUBLISH, "nested-values"),
        "no supplier": (json.dumps(missing), BLOCKED, "column-missing"),
        "one without supplier": (json.dumps(gap), BLOCKED, ""),
        "not a number": (text.replace('"1000.50"', "NaN"), BLOCKED, ""),
        "many names": (json.dumps([{str(n): 1 for n in range(2500)}]), BLOCKED, "too-many-columns"),
        "huge number": (text.replace('"1000.50"', "9" * 5000), BLOCKED, ""),
    }
    for name, (content, verdict, rule) in made.items():
        yield Case("json", f"{name}.json", content.encode(), verdict, rule)
    yield Case("json", "UTF-16.json", text.encode("utf-16"), PUBLISH)
    yield Case("json", "called csv.csv", text.encode(), PUBLISH)


def toilet(number: int) -> dict[str, Any]:
    """The attributes of one toilet."""
    return {
        "ExtractDate": "2026-07-01",
        "OrganisationLabel": "Camden",
        "ServiceTypeLabel": "Public toilets",
        "LocationText": f"Toilet {number}, High Street",
    }


def _geojson(*points: Any, **members: Any) -> str:
    features = [
        {"type": "Feature", "properties": toilet(i), "geometry": p and {"type": "Point", "coordinates": p}}
        for i, p in enumerate(points)
    ]
    return json.dumps({"type": "FeatureCollection", **members, "features": features})


DEGREES = [[-0.14 - i / 1000, 51.53 + i / 1000] for i in range(6)]
GRID = [[529_000 + 100 * i, 184_000 + 100 * i] for i in range(6)]
TURNED = [[y, x] for x, y in DEGREES]


def _crs(code: str) -> dict[str, Any]:
    return {"crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{code}"}}}


def geojson() -> Iterator[Case]:
    """GeoJSON."""
    good = _geojson(*DEGREES)
    open_ring = good.replace(
        '"Point", "coordinates": [-0.14, 51.53]', '"Polygon", "coordinates": [[[0, 51], [0, 52], [1, 52], [1, 51]]]'
    )
    made: dict[str, tuple[str, Verdict, str]] = {
        "plain": (good, PUBLISH, ""),
        "national grid": (_geojson(*GRID, **_crs("EPSG::27700")), PUBLISH, ""),
        "turned": (_geojson(*TURNED), PUBLISH, "coordinates-turned"),
        "undeclared": (_geojson(*GRID), PUBLISH, "coordinates-undeclared"),
        "wrongly declared": (_geojson(*GRID, **_crs("OGC:1.3:CRS84")), HELD, "coordinates-not-as-declared"),
        "Belgian": (_geojson(*GRID, **_crs("EPSG::31370")), BLOCKED, "coordinates-unknown"),
        "nowhere": (_geojson([9e6, 9e9]), BLOCKED, "coordinates-unknown"),
        "part": (_geojson(*DEGREES, exceededTransferLimit=True), BLOCKED, "features-left-out"),
        "part counted": (_geojson(*DEGREES, numberMatched=900), BLOCKED, "features-left-out"),
        "open ring": (open_ring, BLOCKED, "shape-broken"),
        "words": (_geojson(*DEGREES, ["a", "b"]), BLOCKED, "shape-broken"),
        "one number": (_geojson(*DEGREES, [1]), BLOCKED, "shape-broken"),
        "no features": (_geojson(), BLOCKED, "no-rows"),
        "no shape": (_geojson(*DEGREES, None), PUBLISH, ""),
        "cut": (good[:-50], BLOCKED, "json-damaged"),
        "topology": ('{"type":"Topology","objects":{}}', BLOCKED, "json-no-table"),
    }
    for name, (content, verdict, rule) in made.items():
        yield Case("geojson", f"{name}.geojson", content.encode(), verdict, rule, TOILETS)


def _kml() -> str:
    marks = ""
    for i, (x, y) in enumerate(DEGREES):
        data = "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in toilet(i).items())
        point = f"<Point><coordinates>{x},{y}</coordinates></Point>"
        marks += f"<Placemark><ExtendedData>{data}</ExtendedData>{point}</Placemark>"
    return f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'


def _gml(points: list[list[float]], system: str, matched: str = "unknown") -> str:
    members = ""
    for i, (x, y) in enumerate(points):
        data = "".join(f"<x:{k}>{v}</x:{k}>" for k, v in toilet(i).items())
        shape = f'<gml:Point srsName="{system}"><gml:pos>{x} {y}</gml:pos></gml:Point>'
        members += f"<wfs:member><x:toilet>{data}<x:shape>{shape}</x:shape></x:toilet></wfs:member>"
    names = 'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:x="x"'
    return f'<wfs:FeatureCollection {names} numberMatched="{matched}">{members}</wfs:FeatureCollection>'


def xml() -> Iterator[Case]:
    """KML and GML."""
    kml, urn = _kml(), "urn:ogc:def:crs:EPSG::4326"
    gml = _gml(TURNED, urn)
    laughs = '<!DOCTYPE a [<!ENTITY a "ha">]>'
    made: dict[str, tuple[str, Verdict, str]] = {
        "plain.kml": (kml, PUBLISH, ""),
        "called csv.csv": (kml, PUBLISH, ""),
        "cut.kml": (kml[:-60], BLOCKED, "file-damaged"),
        "document type.kml": (kml.replace("?>", "?>" + laughs, 1), BLOCKED, "workbook-doctype"),
        "no marks.kml": ('<kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>', BLOCKED, "no-rows"),
        "broken point.kml": (kml.replace("-0.14,51.53<", "here<"), BLOCKED, "shape-broken"),
        "latitude first.gml": (gml, PUBLISH, ""),
        "longitude first.gml": (_gml(DEGREES, "EPSG:4326"), PUBLISH, ""),
        "national grid.gml": (_gml(GRID, "urn:ogc:def:crs:EPSG::27700"), PUBLISH, ""),
        "part.gml": (_gml(TURNED, urn, "99"), BLOCKED, "features-left-out"),
        "cut.gml": (gml[:-200], BLOCKED, "file-damaged"),
        "document type.gml": (laughs + gml, BLOCKED, "workbook-doctype"),
        "other system.gml": (_gml(GRID, "urn:ogc:def:crs:EPSG::2154"), BLOCKED, "coordinates-unknown"),
        "none.gml": (_gml([], urn), BLOCKED, "no-rows"),
        "refusal.gml": ('<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1"/>', BLOCKED, "server-error"),
    }
    for name, (content, verdict, rule) in made.items():
        yield Case("xml", name, content.encode(), verdict, rule, TOILETS)
    yield Case("xml", "plain.kmz", zipped(doc__kml=kml.encode()), PUBLISH, "", TOILETS)


def _layer(points: list[list[float]], projection: str) -> dict[str, bytes]:
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POINT) as writer:
        for name in ("ExtractDat", "Organisati", "ServiceTyp", "LocationTe"):
            writer.field(name, "C", 60)
        for i, (x, y) in enumerate(points):
            writer.point(x, y)
            writer.record(*toilet(i).values())
    parts = {
        "a__shp": shp.getvalue(),
        "a__shx": shx.getvalue(),
        "a__dbf": dbf.getvalue(),
        "a__prj": projection.encode(),
    }
    return parts if projection else {k: v for k, v in parts.items() if k != "a__prj"}


def layers() -> Iterator[Case]:
    """Zipped shapefiles."""
    grid = _layer(GRID, 'PROJCS["British_National_Grid",GEOGCS["GCS_OSGB_1936"]]')
    without = {k: v for k, v in grid.items() if k != "a__dbf"}
    made: dict[str, tuple[bytes, Verdict, str]] = {
        "national grid": (zipped(**grid), PUBLISH, ""),
        "degrees": (zipped(**_layer(DEGREES, 'GEOGCS["GCS_WGS_1984"]')), PUBLISH, ""),
        "no projection": (zipped(**_layer(GRID, "")), PUBLISH, "coordinates-undeclared"),
        "Lambert": (zipped(**_layer(GRID, 'PROJCS["RGF93_Lambert_93"]')), BLOCKED, "coordinates-unknown"),
        "no table": (zipped(**without), BLOCKED, "shapefile-alone"),
        "two layers": (zipped(**grid, b__shp=grid["a__shp"]), BLOCKED, "archive-several"),
        "cut shapes": (zipped(**grid | {"a__shp": grid["a__shp"][:130]}), BLOCKED, "file-damaged"),
        "cut table": (zipped(**grid | {"a__dbf": grid["a__dbf"][:-300]}), BLOCKED, "file-damaged"),
    }
    for name, (content, verdict, rule) in made.items():
        yield Case("shapefile", f"{name}.zip", content, verdict, rule, TOILETS)
