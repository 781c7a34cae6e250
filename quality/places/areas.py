"""The area in which the places of a publisher are expected: its outline with a margin, and that of London."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from packages.vocabulary import LONDON, find_publisher
from packages.vocabulary.outlines import outlines

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Mask = np.ndarray[Any, np.dtype[np.bool_]]

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

MARGIN = 0.01
"""Degrees added around London; the boxes of the boroughs include a margin already."""

BEYOND = 200
"""Metres beyond its outline that still count as the borough: outlines are simplified, and things stand at borders."""

DEGREE = 111_320
"""Metres of a degree of latitude; one of longitude is shorter by `SHRINK` in London."""
SHRINK = math.cos(math.radians(51.5))


@dataclass(frozen=True)
class ExpectedArea:
    """The box of a publisher and that of London, in degrees; `slug` is empty for a publisher without an outline."""

    own: Bounds
    london: Bounds
    slug: str = ""

    @cached_property
    def outline(self) -> Any:
        """Return the outline with its margin, ready for many questions; None where only the box is known."""
        import shapely

        if self.slug not in outlines():
            return None
        even = shapely.transform(outlines()[self.slug], lambda points: points * [SHRINK, 1])
        wider = shapely.transform(even.buffer(BEYOND / DEGREE), lambda points: points / [SHRINK, 1])
        shapely.prepare(wider)
        return wider

    def holds(self, x: Floats, y: Floats) -> Mask:
        """Return which points lie in the area of the publisher."""
        if self.outline is None:
            return within(x, y, self.own)
        import shapely

        inside: Mask = shapely.contains_xy(self.outline, x, y)
        return inside


def expected_area(publisher: str) -> ExpectedArea:
    """Return the area of a publisher from the vocabulary, and that of London with a margin."""
    west, south, east, north = LONDON
    london = (west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN)
    known = find_publisher(publisher)
    if not known or known.bbox == LONDON:
        return ExpectedArea(london, london)
    return ExpectedArea(known.bbox, london, publisher)


def boroughs_of(x: Floats, y: Floats) -> Iterable[tuple[str, int]]:
    """Yield every borough in which some of the points lie, with their number, the most first."""
    import shapely

    counts = {slug: int(shapely.contains_xy(outline, x, y).sum()) for slug, outline in outlines().items()}
    return ((slug, count) for slug, count in sorted(counts.items(), key=lambda pair: -pair[1]) if count)


def within(x: Floats, y: Floats, bounds: Bounds) -> Mask:
    """Return which points lie in a box."""
    west, south, east, north = bounds
    inside: Mask = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside
