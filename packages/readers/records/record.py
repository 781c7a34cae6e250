"""One record of a file that names its values, and what every reader of such files offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from packages.model import Finding
from packages.readers.records.coordinates import CoordinateSystem
from packages.readers.records.geometry import Geometry


@dataclass(frozen=True, slots=True)
class Record:
    """Values by name, a shape or none, and the number by which a person finds it; `nested` held lists or objects."""

    number: int
    values: Mapping[str, str]
    geometry: Geometry | None = None
    nested: tuple[str, ...] = ()


class RecordSource(Protocol):
    """A file of records that can be read again from the first.

    `system` and `findings(count)` are known when all records have passed; `may_turn` says that the format itself may
    put latitude first.
    """

    title: str
    noun: str

    def records(self) -> Iterator[Record]: ...

    @property
    def system(self) -> CoordinateSystem | None: ...

    @property
    def may_turn(self) -> bool: ...

    def findings(self, count: int) -> Sequence[Finding]: ...
