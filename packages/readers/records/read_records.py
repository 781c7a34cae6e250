"""Read records with names instead of a heading row (JSON, maps) twice: for the columns, then to write the rows.

Geometries become WKT in longitude and latitude (WGS84) in a column `geometry`; points also get columns `longitude` and
`latitude`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from packages.headings import listed_names, normalise, shown_heading
from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding, Where
from packages.readers.budget import current_budget
from packages.readers.child_protocol import ReadJob, ReadTable, write_rows
from packages.readers.records.coordinates import Georeference, PointExtent, georeference
from packages.readers.records.geometry import (
    DRAWN,
    BrokenGeometry,
    UnknownCurve,
    as_wkt,
    is_empty_geometry,
    points_of,
    transform_points,
)
from packages.readers.records.record import FEATURE_NUMBER, Record, RecordSource
from packages.refusal import refusal


def read_records(job: ReadJob, open_source: Callable[[ReadJob], RecordSource]) -> ReadTable:
    """Read all records of a file; FileProblem when it is damaged or its coordinates cannot be converted.

    `open_source` makes the source of records of the kind of the file.
    """
    source = open_source(job)
    survey = _Survey(source.records())
    if not survey.count:
        raise refusal("no-rows")
    if not survey.names and not survey.geometries:
        raise refusal("records-empty")
    reference = georeference(source.system, survey.extent.box, may_turn=source.may_turn)
    columns = (*survey.names, *survey.added)
    filled = write_rows(_cells(source, survey, reference), len(columns), job.rows)
    system = f", in {reference.system.value}" if survey.extent.box else ""
    noun = source.noun if survey.count == 1 else source.noun + "s"
    return ReadTable(
        sheet=source.name,
        row=0,
        headings=columns,
        above=(),
        filled=filled,
        findings=(*source.findings(survey.count), *reference.findings, *survey.findings()),
        how_read=f"{source.title}{system}, {survey.count:,} {noun}; "
        f"the first {source.noun} counts as row {survey.first}",
        alike=source.alike,
        made=(FEATURE_NUMBER, *survey.added),
    )


class _Survey:
    """What a first pass over all records finds: columns, extent, broken geometries. No geometry is no fault."""

    def __init__(self, records: Iterator[Record]) -> None:
        self.names: dict[str, None] = {}
        self.extent = PointExtent()
        self.geometries = self.points = self.count = self.first = 0
        self.nested: set[str] = set()
        self._rows: dict[str, list[int]] = {}
        self._is_filled = False
        for record in records:
            self.count += 1
            self.first = self.first or record.number
            self.names.update(dict.fromkeys(record.values))
            self.nested.update(record.nested)
            # counted while reading: a file with a new name in every record would fill the memory
            if len(self.names) > current_budget().record_names:
                raise refusal("too-many-columns")
            self._is_filled = self._is_filled or any(record.values.values())
            if self.count >= current_budget().empty_records and not self._is_filled and not self.geometries:
                raise refusal("records-empty")
            if not is_empty_geometry(record.geometry):
                self._add_geometry(record)

    def _add_geometry(self, record: Record) -> None:
        geometry = record.geometry or {}
        self.geometries += 1
        self.points += geometry.get("type") == "Point"
        try:
            # programs write 0, 0 for a missing point, which says nothing about the system
            self.extent.add(p for p in points_of(geometry) if p != (0, 0))
            if geometry.get(DRAWN):
                self._rows.setdefault("curves-drawn", []).append(record.number)
        except UnknownCurve:
            self._rows.setdefault("curve-unknown", []).append(record.number)
        except BrokenGeometry:
            self._rows.setdefault("shape-broken", []).append(record.number)

    def findings(self) -> list[Finding]:
        """Return the findings on broken geometries and nested values."""
        found = []
        for rule, rows in self._rows.items():
            found.append(finding(rule, Where(rows=tuple(rows[:ROWS_SHOWN]), count=len(rows), of=self.count)))
        if self.nested:
            names = listed_names([shown_heading(name) for name in sorted(self.nested)])
            found.append(finding("nested-values", Where(count=len(self.nested), unit="column"), columns=names))
        return found

    @property
    def added(self) -> tuple[str, ...]:
        """Return the columns that the geometries become."""
        taken = {normalise(name) for name in self.names}
        wanted = (["geometry"] if self.geometries else []) + (["longitude", "latitude"] if self.points else [])
        return tuple(name for name in wanted if name not in taken)


def _cells(source: RecordSource, survey: _Survey, reference: Georeference) -> Iterator[tuple[int, list[str]]]:
    for record in source.records():
        geometry = record.geometry
        geometry_cells: Mapping[str, str] = {}
        if geometry is not None and not is_empty_geometry(geometry):
            try:
                wkt = as_wkt(geometry, reference.move)
                geometry_cells = {"geometry": wkt}
                if geometry["type"] == "Point":
                    ((longitude, latitude),) = transform_points(points_of(geometry), reference.move)
                    geometry_cells = {"geometry": wkt, "longitude": longitude, "latitude": latitude}
            except BrokenGeometry:
                # the survey has found it, and blocks the file
                geometry_cells = {}
        values = (record.values.get(name, "") for name in survey.names)
        yield record.number, [*values, *(geometry_cells.get(name, "") for name in survey.added)]
