"""Shapes written as WKT, with rings in the order of the standard and without a line that touches itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from packages.model import ChangeLog
from packages.readers.budget import current_budget
from packages.readers.records.geometry import as_wkt
from packages.shaping.cells import log_changes

if TYPE_CHECKING:
    import numpy as np

    Shapes = np.ndarray[Any, np.dtype[np.object_]]

ROUNDING = 1e-9
"""Share of an area that may come of computing with binary fractions."""

_SRID = re.compile(r"\s*SRID=\d+;\s*", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"\s*0[01][0-9A-Fa-f]{16,}\s*")
_COLLECTION = re.compile("geometrycollection", re.IGNORECASE)
_COLLECTION_IN_BYTES = re.compile(
    "01(?:070000..|EF030000|D7070000|BF0B0000)|00(?:..000007|000003EF|000007D7|00000BBF)", re.IGNORECASE
)
_RING = re.compile(r"\(([^()]+)\)")
_POLYGON = re.compile(r"\s*POLYGON\s*(Z|M|ZM)?\s*(\(.*\))\s*", re.IGNORECASE | re.DOTALL)


def parse_wkt(texts: Sequence[str | None]) -> Shapes:
    """Return a shapely geometry for each text; None for an empty one, and for one that cannot be read as WKT."""
    import numpy as np
    import shapely

    texts = [None if text and holds_many_collections(text) else text for text in texts]
    try:
        return np.asarray(shapely.from_wkt(np.array(texts, dtype=object), on_invalid="ignore"))
    except NotImplementedError:
        # one curve stops the library, so each text is read for itself
        return np.concatenate([parse_wkt([text]) for text in texts]) if len(texts) > 1 else np.array([None])


def holds_many_collections(text: str) -> bool:
    """Whether a shape, in WKT, as JSON or in hexadecimal digits, holds more collections than may be in one another.

    The library follows them by calling itself, and falls.
    """
    deepest = current_budget().geometry_nesting
    start = text.lstrip()[:1]
    if start in "Gg{":
        return len(_COLLECTION.findall(text)) > deepest
    # the number of a collection is 7, in either order of bytes, with marks of other dimensions before or behind it
    return start == "0" and len(_COLLECTION_IN_BYTES.findall(text)) > deepest


def shapes_in_form(cells: pa.Array, field: str, numbers: pa.Array, log: ChangeLog, *, several: bool) -> pa.Array:
    """Return the shapes of a field as WKT in the form of the standard; `several` makes a multipolygon of a polygon.

    Nothing is moved: coordinates keep their values, and a shape that cannot be repaired with certainty stays as it is.
    `numbers` are the row numbers of the cells; changed rows are logged.
    """
    for rule, changes in _changes(cells.to_pylist(), several=several):
        if changes:
            places = sorted(changes)
            log_changes(log, rule, field, numbers.take(pa.array(places, pa.int64())))
            mask = [place in changes for place in range(len(cells))]
            cells = pc.replace_with_mask(cells, pa.array(mask), pa.array([changes[p] for p in places], pa.string()))
    return cells


def _changes(texts: list[str | None], *, several: bool) -> Iterator[tuple[str, dict[int, str]]]:
    """Yield rule after rule the texts that it changes, by their places; later rules see what earlier ones changed."""
    import numpy as np
    import shapely

    shapes = parse_wkt(texts)
    other = {
        place: new
        for place, text in enumerate(texts)
        if text and shapes[place] is None
        if (new := wkt_of_other_form(text))
    }
    for place, new in other.items():
        texts[place], shapes[place] = new, shapely.from_wkt(new)
    yield "shape-form", other
    areas = np.isin(shapely.get_type_id(shapes), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    # all at once: most tables need no repair
    turned = areas & shapely.is_valid(shapes) & ~shapely.equals_identical(shapes, shapely.orient_polygons(shapes))
    rings = {place: with_rings_turned(str(texts[place]), shapes[place]) for place in turned.nonzero()[0].tolist()}
    yield "ring-order", rings
    doubtful = (areas & ~shapely.is_valid(shapes)).nonzero()[0].tolist()
    apart = {place: new for place in doubtful if (new := without_touching(shapes[place]))}
    yield "shape-touching", apart
    if several:
        current = dict(enumerate(texts)) | rings | apart
        found = {place: _POLYGON.fullmatch(text) for place, text in current.items() if text}
        marks = {place: match for place, match in found.items() if match}
        yield (
            "multipolygon",
            {place: " ".join(filter(None, ("MULTIPOLYGON", m[1], f"({m[2]})"))) for place, m in marks.items()},
        )


def wkt_of_other_form(text: str) -> str:
    """Return a shape that databases and programs wrote in another form as WKT; empty when it is in none of them."""
    import shapely
    from shapely.geometry import mapping

    if holds_many_collections(text):
        return ""
    try:
        if prefix := _SRID.match(text):
            return text[prefix.end() :] if parse_wkt([text[prefix.end() :]])[0] is not None else ""
        if _HEXADECIMAL.fullmatch(text):
            return as_wkt(mapping(shapely.from_wkb(text.strip())), None)
        if text.lstrip().startswith("{"):
            return as_wkt(mapping(shapely.from_geojson(text)), None)
    except Exception:  # noqa: BLE001 - whatever a reader of shapes makes of an odd text, the text stays as it is
        return ""
    return ""


def with_rings_turned(text: str, shape: Any) -> str:
    """Return the WKT with outer rings anticlockwise and holes clockwise: points in another order, digit by digit."""
    import shapely

    polygons = [part for part in shapely.get_parts(shape) if not part.is_empty]
    right = [
        bool(shapely.is_ccw(ring)) != is_hole
        for part in polygons
        for is_hole, ring in ((False, part.exterior), *((True, ring) for ring in part.interiors))
    ]
    order = iter(right)
    return _RING.sub(lambda m: m[0] if next(order) else f"({', '.join(map(str.strip, m[1].split(',')[::-1]))})", text)


def without_touching(shape: Any) -> str:
    """Return an area whose line touches itself at points as an area that is valid; empty when that is not certain."""
    import shapely
    from shapely.geometry import mapping

    if shape.has_z or not shapely.is_valid_reason(shape).startswith("Ring Self-intersection"):
        return ""
    repaired = shapely.orient_polygons(shapely.make_valid(shape))
    same = (
        repaired.geom_type in ("Polygon", "MultiPolygon") and abs(repaired.area - shape.area) <= ROUNDING * shape.area
    )
    return as_wkt(mapping(repaired), None) if same else ""
