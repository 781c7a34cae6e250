"""Files of records with names instead of a heading row: JSON and maps. Read twice: for the columns, then to write.

Shapes become WKT in longitude and latitude (WGS84), in a column `geometry`; points also get a `longitude` and a
`latitude`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding, Where
from packages.readers.coordinates import Extent, Placing, place
from packages.readers.geometry import Broken, Geometry, as_wkt, is_empty, moved, positions
from packages.readers.geopackage import GeopackageSource
from packages.readers.gml import GmlSource
from packages.readers.handing_over import Job, Table, write_rows
from packages.readers.json_records import GeoJsonSource, JsonSource
from packages.readers.kml import KmlSource
from packages.readers.recognise import Kind
from packages.readers.record import Record, Source
from packages.readers.refusal import refusal
from packages.readers.shapefile import ShapefileSource
from packages.shape import normalise
from packages.shaping.gaps import listed
from packages.shaping.headings import shown

SOURCES: dict[Kind, Callable[[Job], Source]] = {
    Kind.JSON: JsonSource,
    Kind.GEOJSON: GeoJsonSource,
    Kind.KML: KmlSource,
    Kind.GML: GmlSource,
    Kind.SHAPEFILE: ShapefileSource,
    Kind.GEOPACKAGE: GeopackageSource,
}
MOST_COLUMNS = 2_000


def read_records(job: Job) -> Table:
    """Read all records of a file; FileProblem when it is damaged or its coordinates cannot be converted."""
    source = SOURCES[job.kind](job)
    survey = _Survey(source.records())
    if not survey.count:
        raise refusal("no-rows")
    placing = place(source.system, survey.extent.box, may_turn=source.may_turn)
    columns = _columns(survey)
    filled = write_rows(_cells(source, survey, placing), len(columns), job.rows)
    return Table(
        sheet="",
        row=0,
        headings=columns,
        above=(),
        filled=filled,
        findings=(*source.findings(survey.count), *placing.findings, *survey.findings()),
        how_read=_how_read(source, survey, placing),
    )


def _how_read(source: Source, survey: _Survey, placing: Placing) -> str:
    system = f", in {placing.system.value}" if survey.extent.box else ""
    noun = source.noun if survey.count == 1 else source.noun + "s"
    return f"{source.title}{system}, {survey.count:,} {noun}; the first {source.noun} counts as row {survey.first}"


class _Survey:
    """What one pass over all records showed. Rows without a shape are no fault; broken ones are."""

    def __init__(self, records: Iterator[Record]) -> None:
        self.names: dict[str, None] = {}
        self.extent = Extent()
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
        if not is_empty(record.geometry):
            self._add_shape(record)

    def _add_shape(self, record: Record) -> None:
        geometry = record.geometry or {}
        self.shapes += 1
        self.points += geometry.get("type") == "Point"
        try:
            # a point at 0, 0 stands for no point, and says nothing of the system
            self.extent.add(p for p in positions(geometry) if p != (0, 0))
        except Broken:
            self._broken.append(record.number)

    def findings(self) -> list[Finding]:
        """What is to be said of the records as a whole."""
        found = []
        if self._broken:
            where = Where(rows=tuple(self._broken[:ROWS_SHOWN]), count=len(self._broken), of=self.count)
            found.append(finding("shape-broken", where))
        if self.nested:
            names = listed([shown(name) for name in sorted(self.nested)])
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


def _cells(source: Source, survey: _Survey, placing: Placing) -> Iterator[tuple[int, list[str]]]:
    for record in source.records():
        shape = _shape_cells(record.geometry, placing)
        yield (
            record.number,
            [
                *(record.values.get(name, "") for name in survey.names),
                *(shape.get(name, "") for name in survey.added),
            ],
        )


def _shape_cells(geometry: Geometry | None, placing: Placing) -> Mapping[str, str]:
    """Nothing for a broken shape: the survey has said so, and blocks the file."""
    if geometry is None or is_empty(geometry):
        return {}
    try:
        wkt = as_wkt(geometry, placing.move)
        if geometry["type"] != "Point":
            return {"geometry": wkt}
        ((longitude, latitude),) = moved(positions(geometry), placing.move)
    except Broken:
        return {}
    return {"geometry": wkt, "longitude": longitude, "latitude": latitude}
