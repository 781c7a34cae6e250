"""GeoPackage: the rows of one layer with their shapes, and nothing in the file that can act."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest
import shapely

from packages.errors import FileProblem
from packages.readers.records.wkb import UNREADABLE, geopackage_geometry
from tests.datasets.sample import SYSTEMS
from tests.packages.test_readers_records import told

pytestmark = pytest.mark.usefixtures("readers_in_process")

TABLES = f"""
{SYSTEMS}
INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84"]', '');
INSERT INTO gpkg_spatial_ref_sys VALUES ('unknown', -1, 'NONE', -1, 'undefined', '');
INSERT INTO gpkg_spatial_ref_sys VALUES ('Irish', 2157, 'EPSG', 2157, 'PROJCS["IRENET95"]', '');
"""


def wkb(kind: int, *numbers: float, order: str = "<", counts: tuple[int, ...] = ()) -> bytes:
    """A shape: byte order, type, counts, numbers."""
    head = struct.pack(order + "BI", order == "<", kind)
    return head + struct.pack(f"{order}{len(counts)}I", *counts) + struct.pack(f"{order}{len(numbers)}d", *numbers)


def blob(shape: bytes, flags: int = 1, envelope: bytes = b"") -> bytes:
    return b"GP\0" + bytes([flags]) + struct.pack("<i", 27700) + envelope + shape


POINT = blob(wkb(1, -0.14, 51.54))


def geopackage(path: Path, rows: list[tuple[Any, ...]], srs: int = 4326, name: str = "areas") -> bytes:
    """The bytes of a file with one layer of `code`, `size`, `geom`."""
    database = sqlite3.connect(path)
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_contents'").fetchone():
        database.executescript(TABLES)
    database.execute(f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY, code TEXT, size REAL, geom BLOB)')
    database.execute("INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?)", (name, name, srs))
    database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'GEOM', 'GEOMETRY', ?, 0, 0)", (name, srs))
    database.executemany(f'INSERT INTO "{name}" (code, size, geom) VALUES (?, ?, ?)', rows)
    database.commit()
    database.close()
    return path.read_bytes()


def test_rows_and_points(tmp_path: Path) -> None:
    content = geopackage(tmp_path / "made.gpkg", [("007", 1.5, POINT), (None, 2.0, None)])
    found, said = told(tmp_path / "in.gpkg", content)
    assert found == [
        {
            "row": 1,
            "code": "007",
            "size": "1.5",
            "geometry": "POINT (-0.14 51.54)",
            "longitude": "-0.14",
            "latitude": "51.54",
        },
        {"row": 2, "code": "", "size": "2", "geometry": "", "longitude": "", "latitude": ""},
    ]
    assert said == {}


def test_the_national_grid_becomes_degrees(tmp_path: Path) -> None:
    ring = (530000, 180000, 530100, 180000, 530100, 180100, 530000, 180000)
    shape = blob(wkb(3, *ring, counts=(1, 4)), flags=3, envelope=struct.pack("<4d", 530000, 530100, 180000, 180100))
    found, said = told(tmp_path / "in.gpkg", geopackage(tmp_path / "m.gpkg", [("a", 1, shape)], srs=27700))
    assert found[0]["geometry"].startswith("POLYGON ((-0.128")
    assert said == {}


def test_layers_of_other_kinds_are_said_and_the_best_known_is_read(tmp_path: Path) -> None:
    path = tmp_path / "m.gpkg"
    geopackage(path, [("a", 1, POINT)], name="areas")
    geopackage(path, [("b", 1, POINT)], name="others")
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE others RENAME COLUMN code TO surface")
        database.execute("ALTER TABLE others RENAME COLUMN size TO drawn_by")
    found, said = told(tmp_path / "in.gpkg", path.read_bytes())
    assert found[0]["code"] == "a"
    assert "“areas”" in said["layers-left-out"].what


def test_a_damaged_shape_is_counted_and_not_left_out(tmp_path: Path) -> None:
    rows = [("a", 1, POINT), ("b", 1, blob(wkb(10, 1, 2))), ("c", 1, b"nothing")]
    _, said = told(tmp_path / "in.gpkg", geopackage(tmp_path / "m.gpkg", rows))
    assert said["shape-broken"].where.count == 2


@pytest.mark.parametrize(
    "spoil",
    [
        "ALTER TABLE areas RENAME TO hidden; CREATE VIEW areas AS SELECT * FROM hidden",
        "DROP TABLE areas",
        "UPDATE gpkg_geometry_columns SET srs_id = 2157",
    ],
)
def test_views_missing_tables_and_strange_systems_are_refused(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "m.gpkg"
    geopackage(path, [("a", 1, POINT)])
    database = sqlite3.connect(path)
    database.executescript(spoil)
    database.close()
    with pytest.raises(FileProblem):
        told(tmp_path / "in.gpkg", path.read_bytes())


def test_another_database_is_named(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "m.db")
    database.execute("CREATE TABLE a (b)")
    database.commit()
    database.close()
    with pytest.raises(FileProblem, match="SQLite database"):
        told(tmp_path / "in.gpkg", (tmp_path / "m.db").read_bytes())


@pytest.mark.parametrize("cut", [100, 1000, 5000, 20_000])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    content = geopackage(tmp_path / "m.gpkg", [("a" * 900, i, POINT) for i in range(50)])
    assert len(content) > cut
    with pytest.raises(FileProblem):
        told(tmp_path / "in.gpkg", content[:cut])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (wkb(1, 1, 2, order=">"), {"type": "Point", "coordinates": [1, 2]}),
        (wkb(1001, 1, 2, 3), {"type": "Point", "coordinates": [1, 2]}),
        (wkb(3001, 1, 2, 3, 4), {"type": "Point", "coordinates": [1, 2]}),
        (wkb(2, 1, 2, 3, 4, counts=(2,)), {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}),
        (wkb(4, counts=(1,)) + wkb(1, 1, 2), {"type": "MultiPoint", "coordinates": [[1, 2]]}),
        (
            wkb(7, counts=(1,)) + wkb(1, 1, 2),
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
        ),
        (
            wkb(9, counts=(2,)) + wkb(2, 0, 0, 2, 0, counts=(2,)) + wkb(2, 2, 0, 2, 2, counts=(2,)),
            {"type": "LineString", "coordinates": [[0, 0], [2, 0], [2, 2]]},
        ),
        (
            wkb(12, counts=(1,)) + wkb(3, 0, 0, 2, 0, 2, 2, 0, 0, counts=(1, 4)),
            {"type": "MultiPolygon", "coordinates": [[[[0, 0], [2, 0], [2, 2], [0, 0]]]]},
        ),
        (wkb(4, counts=(1,)) + wkb(2, 1, 2, counts=(1,)), UNREADABLE),
        (wkb(1, 1, 2) + b"more", UNREADABLE),
        (wkb(8, 0, 0, 1, 1, counts=(2,)), UNREADABLE),
        (wkb(17, 0, 0), UNREADABLE),
        (wkb(2, counts=(4_000_000_000,)), UNREADABLE),
        (wkb(2, 1, 2, counts=(2,)), UNREADABLE),
        (b"", UNREADABLE),
        (b"".join([wkb(7, counts=(1,))] * 5000), UNREADABLE),
    ],
)
def test_shapes(shape: bytes, expected: dict[str, Any]) -> None:
    assert geopackage_geometry(blob(shape)) == expected


def test_arcs_are_drawn_and_said(tmp_path: Path) -> None:
    half = wkb(8, -0.15, 51.54, -0.14, 51.55, -0.13, 51.54, counts=(3,))
    shape = wkb(10, counts=(1,)) + wkb(9, counts=(2,)) + half + wkb(2, -0.13, 51.54, -0.15, 51.54, counts=(2,))
    found, said = told(tmp_path / "in.gpkg", geopackage(tmp_path / "m.gpkg", [("a", 1, POINT), ("b", 1, blob(shape))]))
    assert shapely.from_wkt(found[1]["geometry"]).area == pytest.approx(3.14159 * 0.01**2 / 2, rel=0.01)
    assert {rule: f.where.rows for rule, f in said.items()} == {"curves-drawn": (2,)}


def test_empty_and_missing_shapes_are_none() -> None:
    assert geopackage_geometry(None) is None
    assert geopackage_geometry(blob(wkb(1, float("nan"), float("nan")), flags=0b10001)) is None
