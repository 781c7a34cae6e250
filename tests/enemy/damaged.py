"""Honest files of every kind, cut off or with some of their bits turned."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.corpus.case import as_csv, payments
from tests.corpus.workbooks import xlsx
from tests.enemy.hostile import hostile
from tests.enemy.hostile_archives import write_zip
from tests.enemy.hostile_maps import BEGIN, FEATURE, GML, KML, gml_features, layer
from tests.enemy.hostile_workbooks import old_workbook
from tests.packages.reader_examples import (
    esri_json,
    ods_row,
    ods_table,
    write_ods,
    write_xlsb,
    xlsb_sheet,
    xml_spreadsheet,
)
from tests.packages.test_readers_geopackage import POINT, geopackage

assert GML, KML
TABLE = payments()
SHAPE = b'{"type":"Point","coordinates":[0.1,51.5]}}'
PLACE = b"<Placemark><name>a</name><Point><coordinates>0.1,51.5</coordinates></Point></Placemark>"
POS = b"<gml:Point srsName='EPSG:27700'><gml:pos>530000 180000</gml:pos></gml:Point>"


def _zipped(folder: Path) -> bytes:
    return write_zip(folder / "made", {"a.csv": as_csv(TABLE)}).read_bytes()


HONEST: dict[str, Callable[[Path], bytes]] = {
    "csv": lambda _: as_csv(TABLE),
    "xlsx": lambda _: xlsx(),
    "xls": lambda _: old_workbook(),
    "xlsb": lambda folder: write_xlsb(folder / "made", xlsb_sheet(TABLE)).read_bytes(),
    "ods": lambda folder: write_ods(folder / "made", ods_table([ods_row(row) for row in TABLE])).read_bytes(),
    "xml": lambda _: xml_spreadsheet(TABLE).encode(),
    "json": lambda _: b'[{"a":1,"b":"x"},{"a":2,"b":"y"}]',
    "geojson": lambda _: BEGIN + FEATURE + SHAPE + b"," + FEATURE + SHAPE + b"]}",
    "esri": lambda _: esri_json().encode(),
    "kml": lambda _: KML + PLACE * 3 + b"</Document></kml>",
    "gml": lambda _: b"".join(gml_features([POS] * 3)),
    "shp": lambda folder: write_zip(folder / "made", layer()).read_bytes(),
    "gpkg": lambda folder: geopackage(folder / "made", [("a", 1.0, POINT), ("b", 2.0, POINT)]),
    "zip": _zipped,
}
"""Honest files by their kind, made in a folder that is thrown away."""


@cache
def honest(kind: str) -> bytes:
    """The bytes of an honest file."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return HONEST[kind](Path(folder))


@hostile(*((kind, share) for share in (0.6, 0.97, 0.2) for kind in HONEST), quick=True)
def cut_file(folder: Path, parameter: tuple[str, float]) -> Path:
    kind, share = parameter
    content = honest(kind)
    path = folder / f"cut.{kind}"
    path.write_bytes(content[: int(len(content) * share)])
    return path


@hostile(*((kind, seed) for seed in range(5) for kind in HONEST), quick=True)
def turned_bits(folder: Path, parameter: tuple[str, int]) -> Path:
    kind, seed = parameter
    rest = random.Random(f"{kind} {seed}")
    content = bytearray(honest(kind))
    for _ in range(1 + seed * 4):
        content[rest.randrange(len(content))] ^= 1 << rest.randrange(8)
    path = folder / f"turned.{kind}"
    path.write_bytes(bytes(content))
    return path
