"""Shapes in WKT that are cut off, cannot be drawn, are empty or of several kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding
from quality.places.columns import WhereRows

if TYPE_CHECKING:
    from quality.places.areas import Mask
    from quality.places.columns import Shapes

CELL_LIMIT = 32_767
"""Characters that a cell of Excel holds; what is longer is cut off, and a space at the cut is trimmed."""

FAULTS = {
    "Self-intersection": "its line crosses itself",
    "Ring Self-intersection": "its line touches itself",
    "Hole lies outside shell": "a hole lies outside of it",
    "Holes are nested": "a hole lies within another hole",
    "Nested shells": "one part lies within another",
    "Duplicate Rings": "a part is there twice",
    "Interior is disconnected": "a hole cuts it in two",
    "Too few points in geometry component": "a part has too few points",
}
"""The words of GEOS for what makes a shape invalid, and ours."""

KINDS = ("points", "lines", "areas")
"""Kinds of shapes by their number of dimensions."""


_NOT_STRAIGHT = r"(?i)^\s*(CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON|MULTICURVE|MULTISURFACE|TRIANGLE|TIN|POLYHEDRAL)"


class ShapeTally:
    """Counts of rows by what is wrong with their shapes, and the positions (from 0) of the first."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._first: dict[tuple[str, str], list[int]] = {}

    def add(self, position: int, cells: pa.Array, shapes: Shapes) -> None:
        """Add the shapes of rows that begin at a position (from 0), and the cells that they were made of."""
        import numpy as np
        import shapely

        filled = pc.fill_null(pc.not_equal(cells, ""), False).to_numpy(zero_copy_only=False)
        missing = shapely.is_missing(shapes) & filled
        lengths = pc.fill_null(pc.utf8_length(cells), 0).to_numpy(zero_copy_only=False)
        is_cut = missing & (lengths >= CELL_LIMIT - 1) & (lengths <= CELL_LIMIT)
        empty = shapely.is_empty(shapes)
        self._note("shape-cut", "", position, is_cut)
        is_curve = missing & pc.match_substring_regex(pc.fill_null(cells, ""), _NOT_STRAIGHT).to_numpy(
            zero_copy_only=False
        )
        self._note("shape-curved", "", position, is_curve & ~is_cut)
        self._note("shape-unreadable", "", position, missing & ~is_cut & ~is_curve)
        self._note("shape-empty", "", position, empty)
        invalid = ~(shapely.is_valid(shapes) | shapely.is_missing(shapes))
        if invalid.any():
            reasons = np.full(len(shapes), "", dtype=object)
            reasons[invalid] = [reason.partition("[")[0] for reason in shapely.is_valid_reason(shapes[invalid])]
            for reason in dict.fromkeys(reasons[invalid]):
                self._note("shape-crossed", FAULTS.get(reason, "it is not whole"), position, reasons == reason)
        dimensions = np.where(empty, -1, shapely.get_dimensions(shapes))
        for dimension, kind in enumerate(KINDS):
            self._note("", kind, position, dimensions == dimension)

    def _note(self, rule: str, reason: str, position: int, mask: Mask) -> None:
        if mask.any():
            self._counts[rule, reason] = self._counts.get((rule, reason), 0) + int(mask.sum())
            first = self._first.setdefault((rule, reason), [])
            first += [position + int(row) for row in mask.nonzero()[0][: ROWS_SHOWN - len(first)]]

    def findings(self, where_rows: WhereRows) -> Iterator[Finding]:
        """Yield a finding for each fault, and one when the shapes are of several kinds, with the rows of the rarer."""
        kinds = {reason: count for (rule, reason), count in self._counts.items() if not rule}
        for (rule, reason), count in self._counts.items():
            if rule:
                where = where_rows(self._first[rule, reason], count)
                yield finding(rule, where, reason=reason, limit=f"{CELL_LIMIT:,}")
        most = max(kinds, key=lambda kind: kinds[kind], default="")
        for kind, count in kinds.items():
            # of two shapes, neither is the exception
            if kind != most and sum(kinds.values()) > 2:
                yield finding("shapes-mixed", where_rows(self._first["", kind], count), kind=kind, most=most)
