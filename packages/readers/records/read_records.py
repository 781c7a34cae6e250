"""Files of records with names instead of a heading row: JSON and maps. Read twice: for the columns, then to write.

Shapes become WKT in longitude and latitude (WGS84), in a column `geometry`; points also get a `longitude` and a
`latitude`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from packages.headings import listed_names, normalise, shown_heading
from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding, Where
from packages.readers.recognise import FileKind
from packages.readers.records.coordinates import Georeference, PointExtent, georeference
from packages.readers.records.geometry import (
    BrokenGeometry,
    Geometry,
    as_wkt,
    is_empty_geometry,
    points_of,
    transform_points,
)
from packages.readers.records.geopackage import GeopackageSource
from packages.readers.records.gml import GmlSource
from packages.readers.records.json_records import GeoJsonSource, JsonSource
from packages.readers.records.kml import KmlSource
from packages.readers.records.record import Record, RecordSource
from packages.readers.records.shapefile import ShapefileSource
from packages.readers.sandbox.child_protocol import ReadJob, ReadTable, write_rows
from packages.refusal import refusal

SOURCES: dict[FileKind, Callable[[ReadJob], RecordSource]] = {
    FileKind.JSON: JsonSource,
    FileKind.GEOJSON: GeoJsonSource,
    FileKind.KML: KmlSource,
    FileKind.GML: GmlSource,
    FileKind.SHAPEFILE: ShapefileSource,
    FileKind.GEOPACKAGE: GeopackageSource,
}
MOST_COLUMNS = 2_000


def read_records(job: ReadJob) -> ReadTable:
    """Read all records of a file; FileProblem when it is damaged or its coordinates cannot be converted."""
    source = SOURCES[job.kind](job)
    survey = _Survey(source.records())
    if not survey.count:
        raise refusal("no-rows")
    placing = georeference(source.system, survey.extent.box, may_turn=source.may_turn)
    columns = _columns(survey)
    filled = write_rows(_cells(source, survey, placing), len(columns), job.rows)
    return ReadTable(
        sheet="",
        row=0,
        headings=columns,
        above=(),
        filled=filled,
        findings=(*source.findings(survey.count), *placing.findings, *survey.findings()),
        how_read=_how_read(source, survey, placing),
    )


def _how_read(source: RecordSource, survey: _Survey, placing: Georeference) -> str:
    system = f", in {placing.system.value}" if survey.extent.box else ""
    noun = source.noun if survey.count == 1 else source.noun + "s"
    return f"{source.title}{system}, {survey.count:,} {noun}; the first {source.noun} counts as row {survey.first}"


class _Survey:
    """What one pass over all records showed. Rows without a shape are no fault; broken ones are."""

    def __init__(self, records: Iterator[Record]) -> None:
        self.names: dict[str, None] = {}
        self.extent = PointExtent()
        self.shapes = self.points = self.count = self.first = 0
        self.nested: set[str] = set()
        self._broken: list[int] = []
        for record in records:
            self._add(record)

    def _add(self, record: Record) -> None:
        self.count += 1
        self.first = self.first or record.number
        self.names.update(dict.fromkeys(record.values))
        self.nested.update(record.nested)
        if len(self.names) > MOST_COLUMNS:
            raise refusal("too-many-columns")
        if not is_empty_geometry(record.geometry):
            self._add_shape(record)

    def _add_shape(self, record: Record) -> None:
        geometry = record.geometry or {}
        self.shapes += 1
        self.points += geometry.get("type") == "Point"
        try:
            # a point at 0, 0 stands for no point, and says nothing of the system
            self.extent.add(p for p in points_of(geometry) if p != (0, 0))
        except BrokenGeometry:
            self._broken.append(record.number)

    def findings(self) -> list[Finding]:
        """What is to be said of the records as a whole."""
        found = []
        if self._broken:
            where = Where(rows=tuple(self._broken[:ROWS_SHOWN]), count=len(self._broken), of=self.count)
            found.append(finding("shape-broken", where))
        if self.nested:
            names = listed_names([shown_heading(name) for name in sorted(self.nested)])
            found.append(finding("nested-values", Where(count=len(self.nested), unit="column"), columns=names))
        return found

    @property
    def added(self) -> tuple[str, ...]:
        """The columns that the shapes become."""
        taken = {normalise(name) for name in self.names}
        wanted = (["geometry"] if self.shapes else []) + (["longitude", "latitude"] if self.points else [])
        return tuple(name for name in wanted if name not in taken)


def _columns(survey: _Survey) -> tuple[str, ...]:
    return (*survey.names, *survey.added)


def _cells(source: RecordSource, survey: _Survey, placing: Georeference) -> Iterator[tuple[int, list[str]]]:
    for record in source.records():
        shape = _shape_cells(record.geometry, placing)
        yield (
            record.number,
            [
                *(record.values.get(name, "") for name in survey.names),
                *(shape.get(name, "") for name in survey.added),
            ],
        )


def _shape_cells(geometry: Geometry | None, placing: Georeference) -> Mapping[str, str]:
    """Nothing for a broken shape: the survey has said so, and blocks the file."""
    if geometry is None or is_empty_geometry(geometry):
        return {}
    try:
        wkt = as_wkt(geometry, placing.move)
        if geometry["type"] != "Point":
            return {"geometry": wkt}
        ((longitude, latitude),) = transform_points(points_of(geometry), placing.move)
    except BrokenGeometry:
        return {}
    return {"geometry": wkt, "longitude": longitude, "latitude": latitude}
