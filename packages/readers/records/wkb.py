"""Shapes in the binary forms of GeoPackage and of the OGC (WKB), as the GeoJSON form has them."""

from __future__ import annotations

import struct
from typing import Any

from packages.readers.records.geometry import DEEPEST

NAMES = {
    1: "Point",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
}
ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
"""Bytes of the box that stands before a shape, by the number in its flags."""

NO_SHAPE: dict[str, Any] = {"type": "damaged", "coordinates": [None]}
"""What stands for a shape that cannot be read, such as a curve: it is counted as broken, never left out in silence."""


class _Unreadable(Exception):
    """Not a shape that we know."""


def geopackage_geometry(blob: object) -> dict[str, Any] | None:
    """The shape of a cell; None when there is none."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        return NO_SHAPE
    flags = blob[3]
    if flags & 0b10000:
        return None
    try:
        return _Reader(blob, 8 + ENVELOPES[flags >> 1 & 0b111]).shape()
    except (KeyError, struct.error, _Unreadable):
        return NO_SHAPE


class _Reader:
    """Reads one shape after the other, from a position on."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._at = position

    def shape(self, level: int = 0) -> dict[str, Any]:
        if level > DEEPEST:
            raise _Unreadable
        order = "<" if self._take("<", "B")[0] == 1 else ">"
        name, size = self._kind(order)
        if name == "GeometryCollection":
            return {"type": name, "geometries": [self.shape(level + 1) for _ in range(self._count(order))]}
        if name.startswith("Multi"):
            parts = [self.shape(level + 1) for _ in range(self._count(order))]
            if any(part["type"] != name.removeprefix("Multi") for part in parts):
                raise _Unreadable
            return {"type": name, "coordinates": [part["coordinates"] for part in parts]}
        if name == "Point":
            return {"type": name, "coordinates": self._points(order, size, 1)[0]}
        if name == "LineString":
            return {"type": name, "coordinates": self._points(order, size, self._count(order))}
        rings = [self._points(order, size, self._count(order)) for _ in range(self._count(order))]
        return {"type": name, "coordinates": rings}

    def _kind(self, order: str) -> tuple[str, int]:
        """The name, and how many numbers each point has."""
        (code,) = self._take(order, "I")
        extra = bool(code & 0x80000000) + bool(code & 0x40000000)
        plain = code & 0x0FFFFFFF
        extra += {0: 0, 1: 1, 2: 1, 3: 2}.get(plain // 1000, 0)
        if plain % 1000 not in NAMES or code & 0x20000000:
            raise _Unreadable
        return NAMES[plain % 1000], 2 + extra

    def _count(self, order: str) -> int:
        (count,) = self._take(order, "I")
        # no part is shorter than four bytes: a number that lies must not make us wait
        if count * 4 > len(self._data) - self._at:
            raise _Unreadable
        return int(count)

    def _points(self, order: str, size: int, count: int) -> list[list[float]]:
        numbers = self._take(order, f"{size * count}d")
        return [[numbers[i], numbers[i + 1]] for i in range(0, len(numbers), size)]

    def _take(self, order: str, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(order + form, self._data, self._at)
        self._at += struct.calcsize(order + form)
        return found
