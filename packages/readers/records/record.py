"""A record of a file that names its values, and the protocol of every reader of such files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from packages.model import Finding
from packages.readers.child_protocol import TableSize
from packages.readers.records.coordinates import CoordinateSystem
from packages.readers.records.geometry import Geometry

FEATURE_NUMBER = "gml_id"
"""The name under which the number that a map gives a feature becomes a value."""


@dataclass(frozen=True, slots=True)
class Record:
    """Values by name, perhaps a geometry, and a number for people; `nested` names values that were lists or objects."""

    number: int
    values: Mapping[str, str]
    geometry: Geometry | None = None
    nested: tuple[str, ...] = ()


class RecordSource(Protocol):
    """A file of records that can be read several times.

    `name` is that of the layer which is read, where a file has several; `alike` are those of the same kind.
    `system` and `findings(count)` are complete when all records have been read; `may_turn` is whether the format itself
    may put latitude first.
    """

    title: str
    noun: str
    name: str = ""
    alike: Sequence[TableSize] = ()

    def records(self) -> Iterator[Record]: ...

    @property
    def system(self) -> CoordinateSystem | None: ...

    @property
    def may_turn(self) -> bool: ...

    def findings(self, count: int) -> Sequence[Finding]: ...
