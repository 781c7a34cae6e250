"""Read JSON lists and lines, and GeoJSON, as records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from packages.messages import finding
from packages.model import Finding, Where
from packages.readers.child_protocol import ReadJob
from packages.readers.opening.encoding_notes import encoding_notes
from packages.readers.records.coordinates import CoordinateSystem, system_named
from packages.readers.records.json_text import JsonFile, json_cell
from packages.readers.records.record import Record, RecordSource
from packages.refusal import refusal

NUMBERED_BY_CKAN = frozenset({"_id", "_full_text"})
"""Columns that a CKAN datastore adds to every table."""


class JsonSource(RecordSource):
    """A list of objects, perhaps within others, or an object on each line."""

    noun = "record"
    system: CoordinateSystem | None = None
    may_turn = False

    def __init__(self, job: ReadJob) -> None:
        self._file = JsonFile(Path(job.path), job.encoding, job.known)
        self.title = "JSON lines" if self._file.lines else "JSON"

    def records(self) -> Iterator[Record]:
        """Yield every object with its values as text."""
        for number, values in self._file.records():
            yield json_record(number, {name: value for name, value in values.items() if name not in NUMBERED_BY_CKAN})

    def findings(self, count: int) -> Sequence[Finding]:
        """Return what is to be said of the encoding, and of records that a CKAN datastore left out."""
        total = str(self._file.members.get("total", ""))
        left_out = "fields" in self._file.members and total.isdecimal() and int(total) > count
        found = [finding("features-left-out", Where(count=count, unit="record"))] if left_out else []
        return (*encoding_notes(self._file.encoding), *found)


class GeoJsonSource(RecordSource):
    """A feature collection, a single feature, or a feature on each line."""

    title = "GeoJSON map"
    noun = "feature"
    may_turn = False

    def __init__(self, job: ReadJob) -> None:
        self._file = JsonFile(Path(job.path), job.encoding)

    def records(self) -> Iterator[Record]:
        """Yield every feature with its properties as text, and its `id` when no property has that name."""
        for number, feature in self._file.records():
            if feature.get("type") != "Feature":
                raise refusal("json-no-table")
            own = {} if feature.get("id") is None else {"id": feature["id"]}
            geometry = feature.get("geometry")
            if geometry is not None and not isinstance(geometry, dict):
                # of no known type, so that the check of geometries finds and counts it
                geometry = {"type": "", "coordinates": [geometry]}
            yield json_record(number, own | object_of(feature.get("properties")), geometry)

    @property
    def system(self) -> CoordinateSystem | None:
        """Return the system of the old member `crs`; None without it: the standard leaves it out, and means degrees."""
        properties = object_of(object_of(self._file.members.get("crs")).get("properties"))
        name = properties.get("name") or properties.get("code")
        return system_named(str(name)) if name else None

    def findings(self, count: int) -> Sequence[Finding]:
        """Return a finding when the server states that it left features out."""
        members = self._file.members
        more = members.get("exceededTransferLimit") or object_of(members.get("properties")).get("exceededTransferLimit")
        stated = [members.get(name) for name in ("numberMatched", "totalFeatures")]
        if more is True or any(str(n).isdecimal() and int(str(n)) > count for n in stated):
            return (finding("features-left-out", Where(count=count, unit="feature")),)
        return ()


def object_of(value: Any) -> dict[str, Any]:
    """Return a value that is an object; an empty one for any other."""
    return value if isinstance(value, dict) else {}


def json_record(number: int, values: Mapping[str, Any], geometry: Mapping[str, Any] | None = None) -> Record:
    """Return a record with its values as text."""
    nested = tuple(name for name, value in values.items() if isinstance(value, list | dict))
    return Record(number, {name: json_cell(value) for name, value in values.items()}, geometry, nested)
