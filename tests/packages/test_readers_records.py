"""JSON and map files as tables: names become columns, shapes become WKT in longitude and latitude."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import math
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapefile
import shapely
from hypothesis import given
from hypothesis import strategies as st

from packages.errors import FileProblem
from packages.fetch import extract_file
from packages.model import ChangeLog, Finding, Rows, Severity
from packages.read import read
from packages.readers.records.coordinates import Box, CoordinateSystem, georeference, system_named, system_of_projection
from packages.readers.records.geometry import BrokenGeometry, as_wkt, points_of, straight_arcs
from packages.readers.xml_safety import record_elements
from packages.spec import ReadingSpec
from tests.packages.reader_examples import esri_json

pytestmark = pytest.mark.usefixtures("readers_in_process")

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def rows_of(path: Path) -> Rows:
    return read(extract_file(path, store=None, now=NOW), ReadingSpec(), ())


def told(path: Path, content: str | bytes) -> tuple[list[dict[str, Any]], dict[str, Finding]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    log = ChangeLog()
    found = [
        {"row": number} | cells
        for batch in rows_of(path).start(log)
        for number, cells in zip(batch.numbers.to_pylist(), batch.cells.to_pylist(), strict=True)
    ]
    return found, {f.rule: f for f in log.findings}


# --- JSON -------------------------------------------------------------------------------------------------------------

RECORDS = [{"row": 1, "a": "007", "b": "1.50"}, {"row": 2, "a": "", "b": "true"}]


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": "007", "b": 1.50}, {"a": null, "b": true}]',
        ' [ {"a":"007","b":1.50} ,{"b":true} ] \n',
        '{"a": "007", "b": 1.50}\n{"a": null, "b": true}\n',
        '{"total": 2, "records": [{"a": "007", "b": 1.50}, {"a": null, "b": true}], "next": null}',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_lines_and_wrapped_lists(text: str, encoding: str, tmp_path: Path) -> None:
    assert told(tmp_path / "a.csv", text.encode(encoding)) == (RECORDS, {})


def test_the_row_of_a_json_line_is_its_line(tmp_path: Path) -> None:
    found, _ = told(tmp_path / "a.json", '{"a":1}\n\n{"a":2}\n')
    assert [r["row"] for r in found] == [1, 3]


def test_numbers_stay_as_written_and_lists_stay_json(tmp_path: Path) -> None:
    found, findings = told(tmp_path / "a.json", '[{"n": 12345678901234567890.10, "l": [1.50, "x", {"y": null}]}]')
    assert found == [{"row": 1, "n": "12345678901234567890.10", "l": '[1.50,"x",{"y":null}]'}]
    assert list(findings) == ["nested-values"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('[{"a": 1}, {"a": 2}', "damaged or cut off"),
        ('[{"a": 1}, {"a": ', "damaged or cut off"),
        ('[{"a": 1}] x', "damaged or cut off"),
        ('{"a": 1}\n{"a": 2', "damaged or cut off"),
        ("[" * 100_000, "damaged or cut off"),
        ('{"error": {"code": 400}}', "no list of records"),
        ("[]", "no rows"),
        ('[["a", "b"], [1, 2]]', "no list of records"),
        ('[{"a": 1, "a": 2}]', "two values of the same name"),
        ('{"fields": 5, "rows": [[1, 2]]}', "no list of records"),
        ('{"fields": {"a": 1}, "rows": [[1, 2]]}', "no list of records"),
        ('{"meta": {"view": {"columns": 5}}, "data": [[1, 2]]}', "no list of records"),
        (json.dumps([{str(n): 1 for n in range(3000)}]), "more different names"),
    ],
)
def test_json_that_is_no_table(text: str, match: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=match):
        told(tmp_path / "a.json", text)


def test_names_of_values_that_are_no_names_are_read_as_text(tmp_path: Path) -> None:
    text = '{"fields": [["x"], {"id": ["y"]}], "rows": [[1, 2]]}'
    assert told(tmp_path / "a.json", text)[0] == [{"row": 1, "['x']": "1", "['y']": "2"}]


def test_a_record_longer_than_a_block_is_read(tmp_path: Path) -> None:
    found, _ = told(tmp_path / "a.json", json.dumps([{"a": "x" * 3_000_000}, {"a": "é" * 2_000_000}]))
    assert [len(r["a"]) for r in found] == [3_000_000, 2_000_000]


# --- GeoJSON ----------------------------------------------------------------------------------------------------------


def geojson(*geometries: Any, **members: Any) -> str:
    features = [{"type": "Feature", "properties": {"n": i}, "geometry": g} for i, g in enumerate(geometries, start=1)]
    return json.dumps({"type": "FeatureCollection", **members, "features": features})


POINT = {"type": "Point", "coordinates": [-0.1276, 51.5072]}
GRID = {"type": "Point", "coordinates": [530000, 180000]}
GRID_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}


def test_points_get_their_coordinates_as_columns(tmp_path: Path) -> None:
    found, findings = told(tmp_path / "a.geojson", geojson(POINT, None))
    assert found == [
        {"row": 1, "n": "1", "geometry": "POINT (-0.1276 51.5072)", "longitude": "-0.1276", "latitude": "51.5072"},
        {"row": 2, "n": "2", "geometry": "", "longitude": "", "latitude": ""},
    ]
    assert findings == {}


def test_columns_of_that_name_stay(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"Longitude": 1}, "geometry": POINT, "id": 7}
    found, _ = told(tmp_path / "a.geojson", json.dumps(feature))
    assert list(found[0]) == ["row", "id", "Longitude", "geometry", "latitude"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (geojson(GRID, crs=GRID_CRS), None),
        (geojson(GRID), "coordinates-undeclared"),
        (geojson({"type": "Point", "coordinates": [180000, 530000]}, crs=GRID_CRS), "coordinates-turned"),
        (
            geojson(GRID, crs={"type": "name", "properties": {"name": "EPSG:4326"}}),
            "coordinates-not-as-declared",
        ),
    ],
)
def test_the_national_grid_is_converted(text: str, rule: str | None, tmp_path: Path) -> None:
    found, findings = told(tmp_path / "a.json", text)
    assert (found[0]["longitude"], found[0]["latitude"]) == ("-0.12832889", "51.50399217")
    assert list(findings) == ([rule] if rule else [])


def test_the_worked_example_of_the_ordnance_survey() -> None:
    # “A guide to coordinate systems in Great Britain”: Caister water tower, with OSTN15
    caister = {"type": "Point", "coordinates": [651409.804, 313177.450]}
    placing = georeference(CoordinateSystem.NATIONAL_GRID, Box(651409, 313177, 651410, 313178))
    assert as_wkt(caister, placing.move) == "POINT (1.71607397 52.65800783)"


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        ({"type": "Point", "coordinates": [1, 2, 99]}, "POINT (1 2)"),
        ({"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}, "MULTIPOINT ((1 2), (3 4))"),
        ({"type": "LineString", "coordinates": [[1, 2], [3, 4.5]]}, "LINESTRING (1 2, 3 4.5)"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}, "POLYGON ((0 0, 1 0, 1 1, 0 0))"),
        (
            {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]},
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))",
        ),
        (
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [0.0000001, 2]}]},
            "GEOMETRYCOLLECTION (POINT (0.0000001 2))",
        ),
    ],
)
def test_shapes_as_wkt(geometry: dict[str, Any], wkt: str) -> None:
    assert as_wkt(geometry, None) == wkt


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]},
        {"type": "Point", "coordinates": ["x", 1]},
        {"type": "Point", "coordinates": [1]},
        {"type": "Point", "coordinates": ["NaN", 1]},
        {"type": "Point", "coordinates": "12"},
        {"type": "Hexagon", "coordinates": [1, 2]},
        {"type": "LineString", "coordinates": [1, 2]},
    ],
)
def test_a_shape_that_is_none_blocks(geometry: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BrokenGeometry):
        points_of(geometry)
    found, findings = told(tmp_path / "a.json", geojson(POINT, geometry))
    assert findings["shape-broken"].where.rows == (2,)
    assert found[1]["geometry"] == ""


@pytest.mark.parametrize(
    "members", [{"exceededTransferLimit": True}, {"properties": {"exceededTransferLimit": True}}, {"numberMatched": 9}]
)
def test_a_part_of_the_features_blocks(members: dict[str, Any], tmp_path: Path) -> None:
    assert "features-left-out" in told(tmp_path / "a.json", geojson(POINT, **members))[1]


def test_a_ring_that_geos_refuses_blocks(tmp_path: Path) -> None:
    ring = [["NaN", 181000], [531000, 181200], [531200, 181200], ["NaN", 181000]]
    found = told(tmp_path / "a.json", esri_json(1, {"rings": [ring]}))[1]
    assert found["shape-broken"].severity is Severity.BLOCK


def test_points_that_fit_no_system_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="system that we cannot convert"):
        told(tmp_path / "a.json", geojson({"type": "Point", "coordinates": [5_000_000, 99_000_000]}))
    with pytest.raises(FileProblem, match="system that we cannot convert"):
        told(tmp_path / "a.json", geojson(POINT, crs={"type": "name", "properties": {"name": "EPSG:31370"}}))


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("EPSG:4326", CoordinateSystem.DEGREES),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", CoordinateSystem.DEGREES),
        ("http://www.opengis.net/def/crs/EPSG/0/27700", CoordinateSystem.NATIONAL_GRID),
        ("http://www.opengis.net/gml/srs/epsg.xml#27700", CoordinateSystem.NATIONAL_GRID),
        ("EPSG:3857", CoordinateSystem.MERCATOR),
    ],
)
def test_names_of_systems(name: str, system: CoordinateSystem) -> None:
    assert system_named(name) is system


def test_the_projection_of_a_shapefile() -> None:
    assert (
        system_of_projection('PROJCS["British_National_Grid",GEOGCS["GCS_OSGB_1936",…')
        is CoordinateSystem.NATIONAL_GRID
    )
    assert system_of_projection('PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",…') is CoordinateSystem.MERCATOR
    assert system_of_projection('GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"…') is CoordinateSystem.DEGREES
    with pytest.raises(FileProblem):
        system_of_projection('PROJCS["RGF93_Lambert_93",…')


# --- KML --------------------------------------------------------------------------------------------------------------

KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>
<Placemark><name>Town hall</name><ExtendedData><Data name="ref"><value>12</value></Data>
<SchemaData><SimpleData name="ward">North</SimpleData></SchemaData></ExtendedData>
<Point><coordinates>-0.1276,51.5072,0</coordinates></Point></Placemark>
<Placemark><name>Park</name><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>
-0.1,51.5 -0.2,51.5 -0.2,51.6 -0.1,51.5</coordinates></LinearRing></outerBoundaryIs></Polygon>
</MultiGeometry></Placemark></Folder></Document></kml>"""


def test_kml_and_kmz(tmp_path: Path) -> None:
    found, findings = told(tmp_path / "a.kml", KML)
    assert findings == {}
    assert found[0] == {
        "row": 1, "name": "Town hall", "ref": "12", "ward": "North",
        "geometry": "POINT (-0.1276 51.5072)", "longitude": "-0.1276", "latitude": "51.5072",
    }  # fmt: skip
    assert found[1]["geometry"] == "MULTIPOLYGON (((-0.1 51.5, -0.2 51.5, -0.2 51.6, -0.1 51.5)))"
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("doc.kml", KML)
    assert told(tmp_path / "a.kmz", box.getvalue())[0] == found


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (KML.replace("?>", '?><!DOCTYPE kml [<!ENTITY a "b">]>', 1), "document type"),
        (KML[:-30], "damaged or cut off"),
    ],
)
def test_kml_that_must_not_be_read(text: str, match: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=match):
        told(tmp_path / "a.kml", text)


# --- GML --------------------------------------------------------------------------------------------------------------


def gml(*shapes: str, matched: str = "unknown") -> str:
    members = "".join(
        f'<wfs:member><x:site gml:id="s.{i}"><x:name>Site {i}</x:name><x:shape>{shape}</x:shape></x:site></wfs:member>'
        for i, shape in enumerate(shapes, start=1)
    )
    return (
        '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:x="x"'
        f' xmlns:gml="http://www.opengis.net/gml/3.2" numberMatched="{matched}">{members}</wfs:FeatureCollection>'
    )


URN = 'srsName="urn:ogc:def:crs:EPSG::4326"'
RING = "<gml:LinearRing><gml:posList>0 51 1 51 1 52 0 51</gml:posList></gml:LinearRing>"


@pytest.mark.parametrize(
    ("shape", "wkt"),
    [
        (f"<gml:Point {URN}><gml:pos>51.5 -0.1</gml:pos></gml:Point>", "POINT (-0.1 51.5)"),
        (
            '<gml:Point srsName="EPSG:27700"><gml:pos>530000 180000</gml:pos></gml:Point>',
            "POINT (-0.12832889 51.50399217)",
        ),
        ("<gml:Point><gml:coordinates>-0.1,51.5</gml:coordinates></gml:Point>", "POINT (-0.1 51.5)"),
        (f"<gml:Polygon><gml:exterior>{RING}</gml:exterior></gml:Polygon>", "POLYGON ((0 51, 1 51, 1 52, 0 51))"),
        (
            f"<gml:MultiSurface><gml:surfaceMember><gml:Polygon><gml:exterior>{RING}</gml:exterior></gml:Polygon>"
            "</gml:surfaceMember></gml:MultiSurface>",
            "MULTIPOLYGON (((0 51, 1 51, 1 52, 0 51)))",
        ),
        (
            '<gml:LineString srsDimension="3"><gml:posList>0 51 9 1 51 9</gml:posList></gml:LineString>',
            "LINESTRING (0 51, 1 51)",
        ),
        (
            f"<gml:Surface><gml:patches><gml:PolygonPatch><gml:exterior>{RING}</gml:exterior></gml:PolygonPatch>"
            "</gml:patches></gml:Surface>",
            "POLYGON ((0 51, 1 51, 1 52, 0 51))",
        ),
    ],
)
def test_gml(shape: str, wkt: str, tmp_path: Path) -> None:
    found, findings = told(tmp_path / "a.gml", gml(shape))
    assert (found[0]["gml_id"], found[0]["name"], found[0]["geometry"]) == ("s.1", "Site 1", wkt)
    assert findings == {}


def test_gml_of_which_a_part_is_missing_blocks(tmp_path: Path) -> None:
    point = "<gml:Point><gml:pos>0 51</gml:pos></gml:Point>"
    assert "features-left-out" in told(tmp_path / "a.gml", gml(point, matched="2"))[1]


def curved(inner: str) -> str:
    curve = f"<gml:Curve><gml:segments>{inner}</gml:segments></gml:Curve>"
    ring = f"<gml:Ring><gml:curveMember>{curve}</gml:curveMember></gml:Ring>"
    return f'<gml:Polygon srsName="EPSG:27700"><gml:exterior>{ring}</gml:exterior></gml:Polygon>'


HALF = "<gml:ArcString><gml:posList>529900 180000 530000 180100 530100 180000</gml:posList></gml:ArcString>"
BASE = "<gml:LineStringSegment><gml:posList>530100 180000 529900 180000</gml:posList></gml:LineStringSegment>"
WHOLE = "<gml:Circle><gml:posList>530100 180000 530000 180100 529900 180000</gml:posList></gml:Circle>"
CENTRE = '<gml:pos>530000 180000</gml:pos><gml:radius uom="m">100</gml:radius>'
ROUND = f"<gml:CircleByCenterPoint>{CENTRE}</gml:CircleByCenterPoint>"


@pytest.mark.parametrize(
    ("inner", "area"), [(HALF + BASE, 15_708), (BASE + HALF, 15_708), (WHOLE, 31_416), (ROUND, 31_416)]
)
def test_arcs_are_drawn_as_short_straight_lines_and_said(inner: str, area: float, tmp_path: Path) -> None:
    found, findings = told(
        tmp_path / "a.gml", gml(curved(inner), curved(BASE.replace("529900", "530100 180100 529900")))
    )
    drawn = shapely.from_wkt(found[0]["geometry"])
    assert drawn.is_valid
    # a degree is 111 km long, and one of longitude 69 km
    assert drawn.area * 111_267 * 69_430 == pytest.approx(area, rel=0.005)
    assert [(rule, f.severity, f.where.rows) for rule, f in findings.items() if rule != "shape-broken"] == [
        ("curves-drawn", Severity.FIXED, (1,))
    ]


@pytest.mark.parametrize("kind", ["ArcByBulge", "BSpline", "CubicSpline", "ArcByCenterPoint"])
def test_a_curve_that_cannot_be_drawn_is_called_a_curve(kind: str, tmp_path: Path) -> None:
    inner = f"<gml:{kind}><gml:posList>529900 180000 530000 180100 530100 180000</gml:posList></gml:{kind}>"
    _, findings = told(tmp_path / "a.gml", gml(curved(HALF + BASE), curved(inner + BASE)))
    assert [(rule, f.where.rows) for rule, f in findings.items()] == [("curves-drawn", (1,)), ("curve-unknown", (2,))]


@pytest.mark.parametrize("state", ["Polygon", "LinearRing", "posList"])
def test_the_number_of_dimensions_may_stand_anywhere(state: str, tmp_path: Path) -> None:
    ring = RING.replace("0 51 1 51 1 52 0 51", "0 51 9 1 51 9 1 52 9 0 51 9")
    shape = f"<gml:Polygon><gml:exterior>{ring}</gml:exterior></gml:Polygon>"
    shape = shape.replace(f"<gml:{state}>", f'<gml:{state} srsDimension="3">')
    found, findings = told(tmp_path / "a.gml", gml(shape))
    assert (found[0]["geometry"], findings) == ("POLYGON ((0 51, 1 51, 1 52, 0 51))", {})


@given(st.floats(0, 6.2), st.floats(0.1, 6.1), st.floats(1, 500))
def test_all_points_of_an_arc_lie_on_its_circle(begin: float, turn: float, radius: float) -> None:
    first, middle, last = (
        (radius * math.cos(begin + turn * n), radius * math.sin(begin + turn * n)) for n in (0, 0.4, 1)
    )
    drawn = straight_arcs([first, middle, last])
    assert (drawn[0], drawn[-1]) == (first, last)
    assert all(math.hypot(*point) == pytest.approx(radius, rel=1e-4) for point in drawn)
    length = sum(math.dist(*pair) for pair in pairwise(drawn))
    assert length == pytest.approx(radius * turn, rel=0.01)


# --- shapefiles and archives ------------------------------------------------------------------------------------------


def layer(projection: str = 'PROJCS["British_National_Grid"]') -> dict[str, bytes]:
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POLYGON) as writer:
        writer.field("NAME", "C", 40)
        writer.field("AREA", "N", 12, 2)
        writer.poly([[[530000, 180000], [530000, 180100], [530100, 180100], [530000, 180000]]])
        writer.record("Café green", 5000.25)
        writer.null()
        writer.record("No shape", None)
    parts = {".shp": shp.getvalue(), ".shx": shx.getvalue(), ".dbf": dbf.getvalue(), ".prj": projection.encode()}
    return {f"layer/sites{ending}": content for ending, content in parts.items()}


def zipped(files: dict[str, bytes]) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return box.getvalue()


def test_a_zipped_shapefile(tmp_path: Path) -> None:
    found, findings = told(tmp_path / "a.zip", zipped(layer()))
    assert findings == {}
    assert (found[0]["NAME"], found[0]["AREA"]) == ("Café green", "5000.25")
    assert found[0]["geometry"].startswith("POLYGON ((-0.12832889 51.50399217")
    assert (found[1]["AREA"], found[1]["geometry"]) == ("", "")


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ({k: v for k, v in layer().items() if ".dbf" not in k}, "several parts"),
        (layer() | {"layer/b.shp": b"x"}, "2 files"),
        (layer() | {"layer/sites.shp": layer()["layer/sites.shp"][:120]}, "damaged"),
    ],
)
def test_a_shapefile_that_is_not_whole(files: dict[str, bytes], match: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=match):
        told(tmp_path / "a.zip", zipped(files))


def renamed(codec: str, cpg: str | None, driver: int = 0, width: int = 40, name: str = "Café green – “East”") -> bytes:
    """A layer whose table is in one encoding and whose .cpg names another."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POINT, encoding=codec) as writer:
        writer.field("NAME", "C", width)
        writer.point(-0.1, 51.5)
        writer.record(name)
    table = bytearray(dbf.getvalue())
    table[29] = driver
    files = {"a.shp": shp.getvalue(), "a.shx": shx.getvalue(), "a.dbf": bytes(table)}
    return zipped(files | ({} if cpg is None else {"a.cpg": cpg.encode()}))


FRENCH = "Café naïve"


@pytest.mark.parametrize(
    ("content", "name", "rule"),
    [
        (renamed("cp1252", "UTF-8"), "Café green – “East”", "layer-encoding-not-as-named"),
        (renamed("utf-8", "1252"), "Café green – “East”", "layer-encoding-not-as-named"),
        (renamed("utf-8", "ISO-8859-1"), "Café green – “East”", "layer-encoding-not-as-named"),
        (renamed("cp1252", "ANSI 1252"), "Café green – “East”", ""),
        (renamed("cp1252", "1252"), "Café green – “East”", ""),
        (renamed("cp850", "850", name=FRENCH), FRENCH, ""),
        (renamed("utf-8", None, width=254), "Café green – “East”", ""),
        (renamed("cp850", None, driver=2, name=FRENCH), FRENCH, ""),
        (renamed("cp850", "UTF-8", name="Naïve"), "Na‹ve", "layer-encoding-guessed"),
        (renamed("cp850", None, name="Naïve"), "Na‹ve", "layer-encoding-guessed"),
        (renamed("utf-8", "UTF-8"), "Café green – “East”", ""),
    ],
)
def test_the_encoding_of_a_shapefile_is_that_of_its_texts(content: bytes, name: str, rule: str, tmp_path: Path) -> None:
    found, findings = told(tmp_path / "a.zip", content)
    # a sign inside a word is found in any file
    garbled = ["text-garbled"] if "‹" in name else []
    assert (found[0]["NAME"], list(findings)) == (name, [*([rule] if rule else []), *garbled])


@pytest.mark.parametrize("gone", [(".shp",), (".shp", ".shx"), (".shp", ".prj")])
def test_a_shapefile_without_its_shapes_is_called_that(gone: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="several parts"):
        told(tmp_path / "a.zip", zipped({k: v for k, v in layer().items() if not k.endswith(gone)}))


CSV = b"a,b\n1,2\n"


@pytest.mark.parametrize(
    "files",
    [
        {"spend.csv": CSV},
        {"data/spend.csv": CSV, "README.txt": b"what it is", "__MACOSX/._spend.csv": b"\0\1", ".DS_Store": b"x"},
        {"table.txt": CSV},
    ],
)
def test_a_zip_with_one_table(files: dict[str, bytes], tmp_path: Path) -> None:
    assert told(tmp_path / "a.csv", zipped(files))[0] == [{"row": 2, "a": "1", "b": "2"}]
    assert rows_of(tmp_path / "a.csv").how_read == "Unpacked; CSV, UTF-8, comma, headings on row 1"


def test_gzip_and_a_workbook_in_a_zip(tmp_path: Path) -> None:
    assert told(tmp_path / "a.csv", gzip.compress(CSV, mtime=0))[0] == [{"row": 2, "a": "1", "b": "2"}]
    inner = zipped({"spend.geojson": geojson(POINT).encode()})
    assert told(tmp_path / "a.zip", inner)[0][0]["longitude"] == "-0.1276"


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (zipped({"a.csv": CSV, "b.csv": CSV}), "2 files that could be the table"),
        (zipped({"a.zip": zipped({"a.csv": CSV})}), "another archive"),
        (zipped({}), "empty"),
        (gzip.compress(CSV, mtime=0)[:-9], "damaged"),
        (zipped({"a.csv": b"0" * 80_000_000}), "unpacks to more"),
    ],
)
def test_an_archive_that_is_not_one_table(content: bytes, match: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=match):
        told(tmp_path / "a.zip", content)


def patched(kind: str, inner: str, patch: str) -> str:
    ring = f"<gml:{patch}><gml:exterior>{RING}</gml:exterior></gml:{patch}>"
    return f"<gml:{kind}><gml:{inner}>{ring}{ring.replace('0 51', '5 51')}</gml:{inner}></gml:{kind}>"


@pytest.mark.parametrize(
    ("shape", "parts"),
    [
        (patched("PolyhedralSurface", "patches", "PolygonPatch"), 2),
        (patched("Surface", "patches", "Triangle"), 2),
        (patched("CompositeSurface", "surfaceMember", "Polygon"), 2),
    ],
)
def test_every_part_of_a_surface_is_read(shape: str, parts: int, tmp_path: Path) -> None:
    found, findings = told(tmp_path / "a.gml", gml(shape))
    assert len(shapely.from_wkt(found[0]["geometry"]).geoms) == parts
    assert findings == {}


@pytest.mark.parametrize("kind", ["Tin", "Solid", "TriangulatedSurface"])
def test_a_surface_or_solid_that_is_not_supported_is_called_that(kind: str, tmp_path: Path) -> None:
    assert "curve-unknown" in told(tmp_path / "a.gml", gml(patched(kind, "trianglePatches", "Triangle")))[1]


@pytest.mark.parametrize("kind", ["gx:Track", "gx:MultiTrack", "Model"])
def test_a_placemark_without_a_shape_of_the_standard_is_not_left_without_a_place(kind: str, tmp_path: Path) -> None:
    text = (
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>'
        "<Placemark><name>a</name><Point><coordinates>-0.1,51.5</coordinates></Point></Placemark>"
        f"<Placemark><name>b</name><{kind}/></Placemark></Document></kml>"
    )
    _, findings = told(tmp_path / "a.kml", text)
    assert findings["curve-unknown"].where.rows == (2,)


def test_a_shapefile_of_triangles_is_said_not_to_be_supported(tmp_path: Path) -> None:
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.MULTIPATCH) as writer:
        writer.field("NAME", "C", 40)
        writer.multipatch([[[-0.1, 51.5, 0], [-0.1, 51.6, 0], [-0.2, 51.5, 1]]], partTypes=[shapefile.TRIANGLE_STRIP])
        writer.record("a")
    content = zipped({"a.shp": shp.getvalue(), "a.shx": shx.getvalue(), "a.dbf": dbf.getvalue()})
    assert "curve-unknown" in told(tmp_path / "a.zip", content)[1]


def test_a_map_with_a_million_elements_beside_its_features(tmp_path: Path) -> None:
    path = tmp_path / "map.gml"
    path.write_text('<a xmlns:gml="http://www.opengis.net/gml">' + "<b/>" * 1_000_001 + "</a>")
    with pytest.raises(FileProblem, match="elements in one record, or beside its records"):
        list(record_elements(path, lambda _: False, lambda *_: None))
