"""Decode geometries of GeoPackage and the OGC (WKB) into the form of GeoJSON."""

from __future__ import annotations

import struct
from typing import Any

from packages.readers.records.geometry import DEEPEST, DRAWN, BrokenGeometry, straight_arcs

NAMES = {
    1: "Point",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
    8: "CircularString",
    9: "CompoundCurve",
    10: "CurvePolygon",
    11: "MultiCurve",
    12: "MultiSurface",
}
STRAIGHT = {"MultiCurve": "MultiLineString", "MultiSurface": "MultiPolygon", "CurvePolygon": "Polygon"}
"""Kinds with curves, and what they become when these are drawn as short straight lines."""

ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
"""Bytes of the envelope before a geometry, by the number in its flags."""

UNREADABLE: dict[str, Any] = {"type": "damaged", "coordinates": [None]}
"""Stands for a geometry that cannot be read, such as a surface: it is counted as broken, never left out silently."""


class _Unreadable(Exception):
    """A geometry of a kind that is not supported, or not one at all."""


def geopackage_geometry(blob: object) -> dict[str, Any] | None:
    """Return the geometry of a cell; None when it has none, and one that is broken when it cannot be read."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        return UNREADABLE
    flags = blob[3]
    if flags & 0b10000:
        return None
    reader = _WkbReader(blob, 8 + ENVELOPES.get(flags >> 1 & 0b111, len(blob)))
    try:
        geometry = reader.whole_geometry()
        return geometry | {DRAWN: True} if reader.has_arcs else geometry
    except (KeyError, struct.error, _Unreadable, BrokenGeometry):
        return UNREADABLE


class _WkbReader:
    """Reads one geometry after the other, from a position."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._at = position
        self.has_arcs = False

    def whole_geometry(self) -> dict[str, Any]:
        """Return the geometry that takes up all bytes; an exception when some are left over."""
        found = self.geometry()
        if self._at != len(self._data):
            raise _Unreadable
        return found

    def geometry(self, level: int = 0) -> dict[str, Any]:
        if level > DEEPEST:
            raise _Unreadable
        order = "<" if self._take("<", "B")[0] == 1 else ">"
        name, size = self._kind(order)
        if name == "GeometryCollection":
            return {"type": name, "geometries": [self.geometry(level + 1) for _ in range(self._count(order))]}
        if name.startswith("Multi") or name == "CurvePolygon":
            parts = [self.geometry(level + 1) for _ in range(self._count(order))]
            name = STRAIGHT.get(name, name)
            inner = "LineString" if name == "Polygon" else name.removeprefix("Multi")
            if any(part["type"] != inner for part in parts):
                raise _Unreadable
            return {"type": name, "coordinates": [part["coordinates"] for part in parts]}
        if name == "CompoundCurve":
            joined: list[list[float]] = []
            for _ in range(self._count(order)):
                # each line begins where the last one ended
                points = self.geometry(level + 1)["coordinates"]
                joined += points[1:] if joined[-1:] == points[:1] else points
            return {"type": "LineString", "coordinates": joined}
        if name == "CircularString":
            self.has_arcs = True
            arcs = straight_arcs(self._points(order, size, self._count(order)))
            return {"type": "LineString", "coordinates": [list(point) for point in arcs]}
        if name == "Point":
            return {"type": name, "coordinates": self._points(order, size, 1)[0]}
        if name == "LineString":
            return {"type": name, "coordinates": self._points(order, size, self._count(order))}
        rings = [self._points(order, size, self._count(order)) for _ in range(self._count(order))]
        return {"type": name, "coordinates": rings}

    def _kind(self, order: str) -> tuple[str, int]:
        """Return the type, and how many numbers each point has: two dialects of WKB mark Z and M differently."""
        (code,) = self._take(order, "I")
        extra = bool(code & 0x80000000) + bool(code & 0x40000000)
        plain = code & 0x0FFFFFFF
        extra += {0: 0, 1: 1, 2: 1, 3: 2}.get(plain // 1000, 0)
        if plain % 1000 not in NAMES or code & 0x20000000:
            raise _Unreadable
        return NAMES[plain % 1000], 2 + extra

    def _count(self, order: str) -> int:
        (count,) = self._take(order, "I")
        # no part is shorter than four bytes: a false count must not reserve memory for billions
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
