"""What a synthetic sample is, and how it becomes the bytes of a file."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import sqlite3
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from packages.vocabulary import publisher
from tests.datasets.made_up import Placed, within

Row = dict[str, Any]
"""One row of a file: heading -> cell, in the order of the columns."""


@dataclass(frozen=True)
class Sample:
    """One file: how a made-up thing becomes a row, and what is peculiar about the file.

    `above` are the rows over the headings; `below` adds rows under the last one.
    """

    name: str
    make: Callable[[Random, int], Sequence[Any]]
    row: Callable[[Any], Row]
    rows: int = 120
    encoding: str = "utf-8"
    above: tuple[str, ...] = ()
    below: Callable[[Sequence[Any]], list[Row]] = lambda things: []
    spoil: Callable[[list[Row]], None] = lambda rows: None


def money(pence: int) -> str:
    """`1,234.50`: how most finance systems write pence."""
    return f"{pence / 100:,.2f}"


def plain(pence: int) -> str:
    """`1234.50`."""
    return f"{pence / 100:.2f}"


@dataclass(frozen=True)
class Linked:
    """The files of a dataset with several tables: the rows of each by the name of its file, without the ending."""

    tables: Callable[[Random], Mapping[str, list[Row]]]
    ending: str = "csv"


def rows_of(identity: str, sample: Sample | Linked) -> Mapping[str, list[Row]]:
    """The rows of each table; the seed is the identity, so that one sample does not change another."""
    if isinstance(sample, Linked):
        return sample.tables(Random(identity))
    rng = Random(identity)
    box = publisher(identity.partition("/")[2]).bbox
    things = [within(box, t, rng) if isinstance(t, Placed) else t for t in sample.make(rng, sample.rows)]
    rows = [sample.row(thing) for thing in things]
    sample.spoil(rows)
    return {"Expenditure": rows + sample.below(things)}


def csv_bytes(rows: Sequence[Row], above: Sequence[str] = (), encoding: str = "utf-8") -> bytes:
    """A whole CSV file, with the rows above its headings."""
    text = io.StringIO(newline="")
    for line in above:
        csv.writer(text).writerow([line] + [""] * (len(rows[0]) - 1))
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def geojson_bytes(rows: Sequence[Row]) -> bytes:
    """A feature for each row, its cell `geometry` as the shape."""
    features = [
        {
            "type": "Feature",
            "id": number,
            "geometry": row["geometry"],
            "properties": {key: cell for key, cell in row.items() if key != "geometry"},
        }
        for number, row in enumerate(rows, start=1)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=0).encode()


def gml_bytes(rows: Sequence[Row]) -> bytes:
    """A WFS answer in the National Grid, northing first, as the ArcGIS server of two boroughs writes it."""
    members = "".join(f"<wfs:member>{_member(row)}</wfs:member>\n" for row in rows)
    return (
        '<?xml version="1.0" encoding="utf-8" ?>\n<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" '
        'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:INSPIRE="WFS" numberMatched="unknown" '
        f'numberReturned="{len(rows)}">\n{members}</wfs:FeatureCollection>\n'
    ).encode()


def _member(row: Row) -> str:
    cells = "".join(f"<INSPIRE:{k}>{escape(str(c))}</INSPIRE:{k}>" for k, c in row.items() if k != "ring")
    corners = " ".join(f"{north} {east}" for east, north in row["ring"])
    return (
        f"<INSPIRE:Conservation_Areas>{cells}<INSPIRE:SHAPE>"
        '<gml:MultiSurface srsName="urn:ogc:def:crs:EPSG::27700"><gml:surfaceMember><gml:Polygon><gml:exterior>'
        f"<gml:LinearRing><gml:posList>{corners}</gml:posList></gml:LinearRing>"
        "</gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></INSPIRE:SHAPE></INSPIRE:Conservation_Areas>"
    )


def write_workbook(tables: Mapping[str, list[Row]], path: Path, above: Sequence[str] = ()) -> None:
    """A sheet for each table, with true dates and numbers where the rows hold them, and rows above its headings."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": dt.datetime(2026, 8, 3, tzinfo=dt.UTC).replace(tzinfo=None)})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in tables.items():
            sheet = book.add_worksheet(name)
            sheet.write_column(0, 0, above)
            sheet.write_row(len(above), 0, list(rows[0]))
            for number, row in enumerate(rows, start=len(above) + 1):
                for column, cell in enumerate(row.values()):
                    sheet.write(number, column, cell, day if isinstance(cell, dt.date) else None)


SYSTEMS = """
PRAGMA application_id = 1196444487;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
    organization_coordsys_id INTEGER, definition TEXT, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER,
    z INTEGER, m INTEGER);
INSERT INTO gpkg_spatial_ref_sys VALUES ('OSGB', 27700, 'EPSG', 27700, 'PROJCS["OSGB36 / British National Grid"]', '');
"""


def write_geopackage(rows: Sequence[Row], path: Path) -> None:
    """A layer in the National Grid with a row for each, its cell `ring` as the shape."""
    path.unlink(missing_ok=True)
    layer, names = path.stem, [name for name in rows[0] if name != "ring"]
    columns = "".join(f', "{name}" TEXT' for name in names)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.executescript(SYSTEMS)
        database.execute("INSERT INTO gpkg_contents VALUES (?, 'features', ?, 27700)", (layer, layer))
        database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POLYGON', 27700, 0, 0)", (layer,))
        database.execute(f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY, geom BLOB{columns})')
        cells = [(_polygon(row["ring"]), *(row[name] for name in names)) for row in rows]
        database.executemany(f'INSERT INTO "{layer}" VALUES (NULL, ?{", ?" * len(names)})', cells)


def _polygon(ring: Sequence[tuple[float, float]]) -> bytes:
    numbers = [number for corner in ring for number in corner]
    head = b"GP\0\1" + struct.pack("<i", 27700)
    return head + struct.pack(f"<BIII{len(numbers)}d", 1, 3, 1, len(ring), *numbers)


def files_of(identity: str, sample: Sample | Linked) -> Mapping[str, bytes]:
    """The files of a sample by name, but for workbooks and maps: the bytes of those differ by the library's version."""
    tables = rows_of(identity, sample)
    if isinstance(sample, Linked):
        return {f"{name}.csv": csv_bytes(rows) for name, rows in tables.items()} if sample.ending == "csv" else {}
    (rows,) = tables.values()
    made = {
        "csv": lambda: csv_bytes(rows, sample.above, sample.encoding),
        "geojson": lambda: geojson_bytes(rows),
        "gml": lambda: gml_bytes(rows),
    }
    ending = sample.name.rpartition(".")[2]
    return {sample.name: made[ending]()} if ending in made else {}


def workbooks_of(identity: str, sample: Sample | Linked) -> Mapping[str, Mapping[str, list[Row]]]:
    """The workbooks of a sample by name: the rows of each sheet."""
    tables = rows_of(identity, sample)
    if isinstance(sample, Sample):
        return {sample.name: tables} if sample.name.endswith(".xlsx") else {}
    # Excel cuts the name of a sheet after 31 letters
    return {f"{name}.xlsx": {name[:31]: rows} for name, rows in tables.items()} if sample.ending == "xlsx" else {}
