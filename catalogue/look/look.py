"""A look at the data of a release: the first rows of each table, its places, its sums over time. Plain values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The first rows of a table as text, long cells cut. `columns` are (name, title), `total` counts all rows."""

    resource: str
    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Place:
    """A point, or the rings of an area: longitudes and latitudes in degrees (WGS84). `publisher` is set in a union."""

    label: str
    rings: tuple[tuple[tuple[float, float], ...], ...]
    publisher: str = ""

    @property
    def is_point(self) -> bool:
        return len(self.rings) == 1 and len(self.rings[0]) == 1


@dataclass(frozen=True, slots=True)
class Places:
    """What a map shows of one table. `total` counts every row with a place; `places` are no more than a page can hold.

    `per_publisher` counts them by the name of the publisher, in a union.
    """

    resource: str
    title: str
    places: tuple[Place, ...]
    total: int
    without: int
    per_publisher: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class OverTime:
    """Sums by period in time order, gaps filled with nothing: (first day as ISO, sum, number of rows).

    `step` is day, month, quarter or year. `unit` is GBP for money, else what is counted. `undated` rows have no date
    or no value.
    """

    title: str
    unit: str
    step: str
    sums: tuple[tuple[str, float, int], ...]
    undated: int


@dataclass(frozen=True, slots=True)
class DataLook:
    """What the page of a dataset shows of its data. `release` is the digest of the release that it was taken of."""

    release: str
    tables: tuple[FirstRows, ...] = ()
    places: tuple[Places, ...] = ()
    over_time: OverTime | None = None


@dataclass(frozen=True, slots=True)
class LookSummary:
    """What pages about several publishers show of a look: its sums; how many rows have a place, or None."""

    places: int | None = None
    over_time: OverTime | None = None

    @classmethod
    def of(cls, look: DataLook) -> LookSummary:
        return cls(sum(places.total for places in look.places) if look.places else None, look.over_time)


@cache
def _adapter() -> TypeAdapter[DataLook]:
    return TypeAdapter(DataLook)


def look_to_json(look: DataLook) -> bytes:
    """Return the look as JSON, always the same bytes for the same look."""
    content: Any = _adapter().dump_python(look, mode="json")
    return (json.dumps(content, sort_keys=True, ensure_ascii=False) + "\n").encode()


def look_from_json(text: bytes) -> DataLook:
    """Read what `look_to_json` wrote; ValueError when it is something else."""
    return _adapter().validate_json(text, extra="forbid")
