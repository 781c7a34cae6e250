"""Read JSON lists and lines, and GeoJSON, as records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from packages.messages import finding
from packages.model import Finding, Where
from packages.readers.child_protocol import ReadJob
from packages.readers.records.coordinates import CoordinateSystem, system_named
from packages.readers.records.json_text import JsonFile, json_cell
from packages.readers.records.record import Record, RecordSource
from packages.refusal import refusal


class JsonSource(RecordSource):
    """A list of objects, or an object on each line."""

    noun = "record"
    system: CoordinateSystem | None = None
    may_turn = False

    def __init__(self, job: ReadJob) -> None:
        self._file = JsonFile(Path(job.path), job.encoding)
        self.title = "JSON lines" if self._file.lines else "JSON"

    def records(self) -> Iterator[Record]:
        """Yield every object with its values as text."""
        for number, values in self._file.records():
            yield _record(number, values)

    def findings(self, _count: int) -> Sequence[Finding]:
        """Return what is to be said of the encoding: JSON states no more than its records."""
        return self._file.encoding.findings()


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
            yield _record(number, own | _object(feature.get("properties")), geometry)

    @property
    def system(self) -> CoordinateSystem | None:
        """Return the system of the old member `crs`; None without it: the standard leaves it out, and means degrees."""
        properties = _object(_object(self._file.members.get("crs")).get("properties"))
        name = properties.get("name") or properties.get("code")
        return system_named(str(name)) if name else None

    def findings(self, count: int) -> Sequence[Finding]:
        """Return a finding when the server states that it left features out."""
        members = self._file.members
        more = members.get("exceededTransferLimit") or _object(members.get("properties")).get("exceededTransferLimit")
        stated = [members.get(name) for name in ("numberMatched", "totalFeatures")]
        if more is True or any(str(n).isdecimal() and int(str(n)) > count for n in stated):
            return (finding("features-left-out", Where(count=count, unit="feature")),)
        return ()


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _record(number: int, values: Mapping[str, Any], geometry: Mapping[str, Any] | None = None) -> Record:
    nested = tuple(name for name, value in values.items() if isinstance(value, list | dict))
    return Record(number, {name: json_cell(value) for name, value in values.items()}, geometry, nested)
