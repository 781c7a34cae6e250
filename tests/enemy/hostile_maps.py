"""Maps with shapes that have no end, that are nested without end, or that lie about their length."""

from __future__ import annotations

import io
import sqlite3
import struct
from collections.abc import Iterable
from pathlib import Path

import shapefile

from tests.corpus.case import as_csv
from tests.enemy.hostile import hostile
from tests.enemy.hostile_archives import write_zip
from tests.enemy.hostile_texts import streamed
from tests.enemy.hostile_workbooks import ENTITIES
from tests.packages.test_readers_geopackage import POINT, blob, geopackage, wkb

FEATURE = b'{"type":"Feature","properties":{"name":"a"},"geometry":'
BEGIN = b'{"type":"FeatureCollection","features":['
GML = (
    b'<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" '
    b'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:x="urn:x">'
)
KML = b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'


@hostile(3_000_000, 300_000)
def geojson_of_many_points(folder: Path, count: int) -> Path:
    """One shape of so many points."""
    points = [b",[0.1,51.5]" * 10_000] * (count // 10_000)
    shape = [b'{"type":"LineString","coordinates":[[0.1,51.5]', *points, b"]}}]}"]
    return streamed(folder / "map.geojson", [BEGIN, FEATURE, *shape])


@hostile(1_000_000, 100_000)
def geojson_of_empty_features(folder: Path, count: int) -> Path:
    one = b'{"type":"Feature","properties":{},"geometry":null}'
    return streamed(folder / "map.geojson", [BEGIN, one, *[(b"," + one) * 10_000] * (count // 10_000), b"]}"])


@hostile(100_000, 900, 40, quick=True)
def geojson_of_nested_collections(folder: Path, depth: int) -> Path:
    inner = b'{"type":"GeometryCollection","geometries":[' * depth
    return streamed(folder / "map.geojson", [BEGIN, FEATURE, inner, b"]}" * depth, b"}]}"])


NUMBERS = ("NaN", "Infinity", "1e999", "-1e999", '"x"', "null", "[]", "{}", "1e308", "true")


@hostile(*NUMBERS, quick=True)
def geojson_of_odd_coordinates(folder: Path, number: str) -> Path:
    shape = f'{{"type":"Point","coordinates":[{number},{number}]}}}}]}}'
    return streamed(folder / "map.geojson", [BEGIN, FEATURE, shape.encode()])


ODD_SHAPES = (b'{"type":"Polygon","coordinates":[]}', b'{"type":"Polygon","coordinates":[[]]}', b'{"type":[]}',
    b'{"type":"Polygon","coordinates":[[[0,0],[0,0],[0,0],[0,0]]]}', b'[]', b'1', b'{"coordinates":{"a":1}}',
    b'{"type":"GeometryCollection"}', b'{"type":"GeometryCollection","geometries":5}',
    b'{"type":"GeometryCollection","geometries":[null]}', b'{"type":"Point","coordinates":"ab"}')  # fmt: skip


@hostile(*ODD_SHAPES, quick=True)
def geojson_of_an_odd_shape(folder: Path, shape: bytes) -> Path:
    return streamed(folder / "map.geojson", [BEGIN, FEATURE, shape, b"}]}"])


@hostile("EPSG:" + "9" * 100_000, "urn:" * 50_000, "EPSG:27700", "\x00", "CRS84" * 1000, quick=True)
def geojson_of_an_odd_system(folder: Path, name: str) -> Path:
    import json

    system = (
        b'{"type":"FeatureCollection","crs":{"properties":{"name":' + json.dumps(name).encode() + b'}},"features":['
    )
    return streamed(folder / "map.geojson", [system, FEATURE, b'{"type":"Point","coordinates":[0.1,51.5]}}]}'])


@hostile(5_000, 500, 50)
def esri_of_holes(folder: Path, count: int) -> Path:
    """Every hole is compared with every ring."""

    def ring(n: int, turned: bool) -> str:
        points = [[n, 0], [n, 1], [n + 1, 1], [n + 1, 0], [n, 0]]
        return str(points[::-1] if turned else points)

    rings = ",".join(ring(n * 3, turned) for n in range(count) for turned in (False, True))
    start = '{"geometryType":"esriGeometryPolygon","features":[{"attributes":{"a":1},"geometry":{"rings":['
    return streamed(folder / "esri.json", [start.encode(), rings.encode(), b"]}}]}"])


@hostile(10_000_000, 1_000_000, 100_000)
def wkt_of_many_points(folder: Path, count: int) -> Path:
    points = [b"0.1 51.5, " * 10_000] * (count // 10_000)
    return streamed(folder / "wkt.csv", [b'name,geometry\na,"LINESTRING (', *points, b'0.1 51.5)"\n'])


@hostile(100_000, 10_000, 500, quick=True)
def wkt_of_nested_collections(folder: Path, depth: int) -> Path:
    """GEOS follows them by calling itself."""
    shape = "GEOMETRYCOLLECTION (" * depth + "POINT (0.1 51.5)" + ")" * depth
    rows = [["reference", "name", "geometry"], *([f"{n}", "a", shape] for n in range(3))]
    return streamed(folder / "wkt.csv", [as_csv(rows)])


@hostile("ffffffff", "00000001", "7fffffff", quick=True)
def hexadecimal_of_a_false_count(folder: Path, count: str) -> Path:
    rows = [["reference", "name", "geometry"], ["1", "a", "0103000000" + count * 3 + "00" * 64]]
    return streamed(folder / "hex.csv", [as_csv(rows)])


@hostile(3_000, 300, quick=True)
def hexadecimal_of_nested_collections(folder: Path, depth: int) -> Path:
    inner = "0107000000" + "01000000"
    rows = [["reference", "name", "geometry"], ["1", "a", inner * depth + "0101000000" + "00" * 16]]
    return streamed(folder / "hex.csv", [as_csv(rows)])


def gml_features(shapes: Iterable[bytes]) -> Iterable[bytes]:
    """A collection with one feature for each shape."""
    yield GML
    for shape in shapes:
        yield b"<wfs:member><x:a gml:id='a'><x:name>n</x:name><x:geom>" + shape + b"</x:geom></x:a></wfs:member>"
    yield b"</wfs:FeatureCollection>"


@hostile(5_000_000, 500_000)
def gml_of_a_long_list(folder: Path, count: int) -> Path:
    shape = b"<gml:LineString><gml:posList>" + b"51.5 0.1 " * count + b"</gml:posList></gml:LineString>"
    return streamed(folder / "map.gml", gml_features([shape]))


@hostile(500_000, 30_000, 900, 100)
def gml_of_deep_xml(folder: Path, depth: int) -> Path:
    return streamed(folder / "map.gml", gml_features([b"<x:b>" * depth + b"</x:b>" * depth]))


@hostile(500_000, 5_000, 300)
def gml_of_nested_shapes(folder: Path, depth: int) -> Path:
    opening, closing = b"<gml:MultiGeometry><gml:geometryMember>", b"</gml:geometryMember></gml:MultiGeometry>"
    shape = opening * depth + b"<gml:Point><gml:pos>51.5 0.1</gml:pos></gml:Point>" + closing * depth
    return streamed(folder / "map.gml", gml_features([shape]))


@hostile("0", "-1", "99999999999", "x", "1e5", quick=True)
def gml_of_odd_dimensions(folder: Path, dimension: str) -> Path:
    shape = f'<gml:LineString srsDimension="{dimension}"><gml:posList>1 2 3 4</gml:posList></gml:LineString>'
    return streamed(folder / "map.gml", gml_features([shape.encode()]))


@hostile(1_000_000, 100_000)
def gml_of_empty_features(folder: Path, count: int) -> Path:
    block = b"<wfs:member><x:a/></wfs:member>" * 10_000
    return streamed(folder / "map.gml", [GML, *[block] * (count // 10_000), b"</wfs:FeatureCollection>"])


@hostile(200_000, 20_000)
def gml_of_many_attributes(folder: Path, count: int) -> Path:
    attributes = b" ".join(b'a%d="1"' % n for n in range(count))
    return streamed(
        folder / "map.gml", [GML, b"<wfs:member><x:a ", attributes, b"/></wfs:member></wfs:FeatureCollection>"]
    )


@hostile(30_000_000, 3_000_000)
def gml_of_no_features(folder: Path, size: int) -> Path:
    """Elements that are no feature stay in memory."""
    return streamed(folder / "map.gml", [GML, *[b"<x:a/>" * 10_000] * (size // 60_000), b"</wfs:FeatureCollection>"])


@hostile(*ENTITIES, quick=True)
def gml_of_entities(folder: Path, which: str) -> Path:
    shape = b"<gml:Point><gml:pos>&a;</gml:pos></gml:Point>"
    text = b"".join(gml_features([shape])).replace(b"?>", b"?>" + ENTITIES[which].encode(), 1)
    return streamed(folder / "map.gml", [text])


@hostile("http://127.0.0.1:9/x.kml", "file:///etc/passwd", "loop", quick=True)
def kml_of_network_links(folder: Path, target: str) -> Path:
    link = f"<NetworkLink><Link><href>{target}</href></Link></NetworkLink>".encode() * 1_000
    return streamed(folder / "map.kml", [KML, link, b"</Document></kml>"])


@hostile(300_000, 5_000, 300)
def kml_of_deep_xml(folder: Path, depth: int) -> Path:
    return streamed(folder / "map.kml", [KML, b"<Folder>" * depth, b"</Folder>" * depth, b"</Document></kml>"])


@hostile(300_000, 5_000, 300)
def kml_of_nested_shapes(folder: Path, depth: int) -> Path:
    inner = (
        b"<MultiGeometry>" * depth + b"<Point><coordinates>0.1,51.5</coordinates></Point>" + b"</MultiGeometry>" * depth
    )
    return streamed(folder / "map.kml", [KML, b"<Placemark><name>a</name>", inner, b"</Placemark></Document></kml>"])


@hostile(300_000, 20_000)
def kml_of_new_names(folder: Path, count: int) -> Path:
    many = b"".join(b'<Data name="n%d"><value>1</value></Data>' % n for n in range(count))
    return streamed(
        folder / "map.kml", [KML, b"<Placemark><ExtendedData>", many, b"</ExtendedData></Placemark></Document></kml>"]
    )


@hostile(5_000_000, 500_000)
def kml_of_many_points(folder: Path, count: int) -> Path:
    shape = (
        b"<Placemark><LineString><coordinates>" + b"0.1,51.5,0 " * count + b"</coordinates></LineString></Placemark>"
    )
    return streamed(folder / "map.kml", [KML, shape, b"</Document></kml>"])


@hostile("latin-1", "utf-16", "utf-7", "unknown", "cut", quick=True)
def xml_of_an_odd_encoding(folder: Path, encoding: str) -> Path:
    text = (
        KML.replace(b'"1.0"', f'"1.0" encoding="{encoding}"'.encode(), 1)
        + b"<Placemark><name>\xe9</name></Placemark></Document></kml>"
    )
    return streamed(folder / "map.kml", [text[:-20] if encoding == "cut" else text])


def layer(count: int = 5) -> dict[str, bytes]:
    """The parts of an honest shapefile."""
    parts = {name: io.BytesIO() for name in ("shp", "shx", "dbf")}
    with shapefile.Writer(shapeType=5, **parts) as writer:
        writer.field("name", "C", 20)
        for n in range(count):
            writer.poly([[[0.1, 51.5], [0.1, 51.6], [0.2, 51.6], [0.1, 51.5]]])
            writer.record(f"area {n}")
    return {f"areas.{name}": part.getvalue() for name, part in parts.items()}


SHAPE_LIES = ("length", "points", "parts", "type", "negative", "header", "zero", "shx")


@hostile(*SHAPE_LIES, quick=True)
def shapefile_of_false_lengths(folder: Path, lie: str) -> Path:
    parts = layer()
    content = bytearray(parts["areas.shp"])
    form, at, value = {
        "length": (">i", 104, 0x7FFFFFFF),
        "points": ("<i", 148, 0x7FFFFFFF),
        "parts": ("<i", 144, 0x7FFFFFFF),
        "type": ("<i", 108, 99),
        "negative": ("<i", 148, -1),
        "header": (">i", 24, 0x7FFFFFFF),
        "zero": (">i", 104, 0),
        "shx": (">i", 24, 0),
    }[lie]
    struct.pack_into(form, content, at, value)
    return write_zip(folder / "layer.zip", parts | {"areas.shp": bytes(content)})


@hostile(1_000_000_000, 0xFFFFFFFF, 100_000_000, quick=True)
def dbf_of_false_counts(folder: Path, count: int) -> Path:
    parts = layer()
    content = bytearray(parts["areas.dbf"])
    struct.pack_into("<I", content, 4, count)
    return write_zip(folder / "layer.zip", parts | {"areas.dbf": bytes(content)})


@hostile("header", "record", "field", "decimals", quick=True)
def dbf_of_false_sizes(folder: Path, lie: str) -> Path:
    parts = layer()
    content = bytearray(parts["areas.dbf"])
    form, at, value = {
        "header": ("<H", 8, 0xFFFF),
        "record": ("<H", 10, 0),
        "field": ("<B", 48, 255),
        "decimals": ("<B", 43, 78),
    }[lie]
    struct.pack_into(form, content, at, value)
    return write_zip(folder / "layer.zip", parts | {"areas.dbf": bytes(content)})


SQL = {
    "view": "CREATE VIEW areas AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x AS fid FROM c",
    "view-of-contents": "CREATE VIEW gpkg_contents AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) "
    "SELECT 'areas' AS table_name, 'features' AS data_type, x AS identifier, 4326 AS srs_id FROM c",
    "trigger": "CREATE TRIGGER t AFTER INSERT ON areas BEGIN SELECT load_extension('x'); END",
    "generated": "CREATE TABLE areas (fid INTEGER PRIMARY KEY, geom BLOB, "
    "x TEXT GENERATED ALWAYS AS (printf('%.*c', 900000000, 'x')) VIRTUAL)",
    "default": "CREATE TABLE areas (fid INTEGER PRIMARY KEY, geom BLOB, x TEXT DEFAULT (load_extension('x')))",
    "index": "CREATE INDEX i ON areas (printf('%.*c', 1000, code))",
    "virtual": "CREATE VIRTUAL TABLE areas USING fts5(code)",
}


@hostile(*SQL, quick=True)
def geopackage_that_runs(folder: Path, how: str) -> Path:
    path = folder / "map.gpkg"
    geopackage(path, [("a", 1.0, POINT), ("b", 2.0, POINT)])
    database = sqlite3.connect(path)
    if how in ("view", "generated", "default", "virtual"):
        database.execute("DROP TABLE areas")
    if how == "view-of-contents":
        database.execute("DROP TABLE gpkg_contents")
    database.execute(SQL[how])
    if how in ("generated", "default"):
        # the default is for whoever adds a row; these have a value of their own
        fields = "(geom) VALUES (?)" if how == "generated" else "(geom, x) VALUES (?, '')"
        database.executemany(f"INSERT INTO areas {fields}", [(POINT,)] * 5)
    database.commit()
    database.close()
    return path


@hostile(200 << 20, 20 << 20)
def geopackage_of_a_huge_value(folder: Path, size: int) -> Path:
    path = folder / "map.gpkg"
    geopackage(path, [("a", 1.0, POINT)])
    database = sqlite3.connect(path)
    database.execute("INSERT INTO areas (code, size, geom) VALUES (zeroblob(?), 1, NULL)", (size,))
    database.commit()
    database.close()
    return path


@hostile(1_000_000, 50_000)
def geopackage_of_empty_rows(folder: Path, count: int) -> Path:
    path = folder / "map.gpkg"
    geopackage(path, [])
    database = sqlite3.connect(path)
    numbers = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < ?)"
    database.execute(f"INSERT INTO areas (code) {numbers} SELECT NULL FROM c", (count,))
    database.commit()
    database.close()
    return path


@hostile(5_000, 500, quick=True)
def geopackage_of_many_layers(folder: Path, count: int) -> Path:
    path = folder / "map.gpkg"
    geopackage(path, [("a", 1.0, POINT)])
    database = sqlite3.connect(path)
    for n in range(count):
        database.execute(f'CREATE TABLE "t{n}" (fid INTEGER PRIMARY KEY, code TEXT)')
        database.execute("INSERT INTO gpkg_contents VALUES (?, 'attributes', ?, 4326)", (f"t{n}", f"t{n}"))
    database.commit()
    database.close()
    return path


SHAPES = {
    "deep": (wkb(7, counts=(1,)) * 50_000) + wkb(1, 0.1, 51.5),
    "count": wkb(2, counts=(0xFFFFFFFF,)),
    "broad": wkb(7, counts=(200_000,)) + wkb(7, counts=(0,)) * 200_000,
    "nan": wkb(1, float("nan"), float("inf")),
    "type": wkb(0x7FFFFFF),
    "envelope": b"",
    "circles": wkb(8, *([0.1, 51.5, 0.2, 51.6] * 100_000), 0.1, 51.5, counts=(200_001,)),
}


@hostile(*SHAPES, quick=True)
def geopackage_of_an_odd_shape(folder: Path, how: str) -> Path:
    path = folder / "map.gpkg"
    flags = 0b1011 if how == "envelope" else 1
    geopackage(path, [("a", 1.0, blob(SHAPES[how], flags=flags)), ("b", 1.0, POINT)])
    return path
