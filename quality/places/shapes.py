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

EXCEL = f"{CELL_LIMIT:,} characters, the most that a cell of Excel holds"
SHORTEST_LIMIT = 200
"""Characters: columns of databases and shapefiles end at 254 or more."""

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
        self._longest = 0

    def add(self, position: int, cells: pa.Array, shapes: Shapes) -> None:
        """Add the shapes of rows that begin at a position (from 0), and the cells that they were made of."""
        import numpy as np
        import shapely

        filled = pc.fill_null(pc.not_equal(cells, ""), False).to_numpy(zero_copy_only=False)
        missing = shapely.is_missing(shapes) & filled
        lengths = pc.fill_null(pc.utf8_length(cells), 0).to_numpy(zero_copy_only=False)
        empty = shapely.is_empty(shapes)
        is_curve = missing & pc.match_substring_regex(pc.fill_null(cells, ""), _NOT_STRAIGHT).to_numpy(
            zero_copy_only=False
        )
        self._note("shape-curved", "", position, is_curve)
        self._longest = max(self._longest, int(lengths.max(initial=0)))
        for length in np.unique(lengths[missing & ~is_curve]).tolist():
            self._note("shape-unreadable", f"{length}", position, missing & ~is_curve & (lengths == length))
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
        # unreadable shapes of all lengths are joined, but for those that all end at the limit of some program
        for (rule, length), count in list(self._counts.items()):
            if rule != "shape-unreadable":
                continue
            is_limit = CELL_LIMIT - 1 <= int(length) <= CELL_LIMIT
            # one length for several, and none longer
            is_cut = is_limit or (count > 1 and int(length) == self._longest and int(length) >= SHORTEST_LIMIT)
            end = f"{int(length):,} characters" if not is_limit else EXCEL
            new = ("shape-cut", end) if is_cut else (rule, "")
            self._counts[new] = self._counts.get(new, 0) + self._counts.pop((rule, length))
            self._first[new] = sorted([*self._first.get(new, []), *self._first.pop((rule, length))])[:ROWS_SHOWN]
        kinds = {reason: count for (rule, reason), count in self._counts.items() if not rule}
        for (rule, reason), count in self._counts.items():
            if rule:
                where = where_rows(self._first[rule, reason], count)
                yield finding(rule, where, reason=reason)
        most = max(kinds, key=lambda kind: kinds[kind], default="")
        for kind, count in kinds.items():
            # of two shapes, neither is the exception
            if kind != most and sum(kinds.values()) > 2:
                yield finding("shapes-mixed", where_rows(self._first["", kind], count), kind=kind, most=most)
