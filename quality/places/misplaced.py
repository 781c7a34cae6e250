"""Rows outside the area: exchanged axes, lost signs, other coordinate systems, another borough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding
from packages.vocabulary import publishers
from quality.places.areas import Bounds, ExpectedArea, boroughs_of, within
from quality.places.columns import PlacedRows, WhereRows

if TYPE_CHECKING:
    from quality.places.areas import Mask

GRID: Bounds = (490_000, 140_000, 575_000, 215_000)
MERCATOR: Bounds = (-70_000, 6_660_000, 50_000, 6_760_000)
"""Around London in metres, in the British National Grid and in Web Mercator."""

OTHERS = {"the British National Grid": GRID, "Web Mercator": MERCATOR}
"""Coordinate systems that numbers may be in instead of degrees."""

MOST = 0.5
"""Share of the places which, when more lie elsewhere in London, are those of another borough."""

FAR, FEW = 0.1, 3
"""Share and number of places beyond the publisher's box that are no slips any more."""

NAMED = 3
"""Other boroughs that a finding names."""

OUTSIDE, ELSEWHERE = "place-outside-borough", "places-elsewhere"


def in_degrees(places: PlacedRows) -> tuple[PlacedRows, Mask]:
    """Return the places with those declared and lying on the National Grid in degrees, and which these are."""
    x, y = places.x, places.y
    movable = places.on_grid & within(x, y, GRID)
    if not movable.any():
        return places, movable
    # imported on use: the library loads a grid of shifts, and few files have eastings
    from convertbng import cutil

    longitudes, latitudes = cutil.convert_osgb36_to_ll(x[movable].tolist(), y[movable].tolist())
    x, y = x.copy(), y.copy()
    x[movable], y[movable] = longitudes, latitudes
    return replace(places, x=x, y=y), movable


def misplaced_rows(places: PlacedRows, moved: Mask, area: ExpectedArea) -> dict[tuple[str, str], Mask]:
    """Return the rows outside the area, by rule and by the system that they are probably in (or "").

    `places` are in degrees, `moved` are those that were not. Rules are tried from the most specific explanation to the
    least; a row belongs to the first that fits.
    """
    import numpy as np

    x, y = places.x, places.y
    misnamed = places.on_grid & ~moved
    at_home = area.holds(x, y)
    if places.shapes is not None and area.outline is not None:
        import shapely

        # an area at the border may have its middle beyond it, as long as no corner is outside London
        at_home |= shapely.intersects(area.outline, places.shapes) & within(x, y, area.london)
    rest = places.are_there & ~(at_home & ~misnamed)
    by_rule: dict[tuple[str, str], Mask] = {}

    def take(rule: str, system: str, mask: Mask) -> None:
        nonlocal rest
        by_rule[rule, system] = rest & mask
        rest = rest & ~mask

    take("place-turned", "", within(y, x, area.london))
    # far from the borough itself the box is enough: near the meridian, both a place and its mirror may be at its border
    take("place-sign-lost", "", area.holds(-x, y) | (within(-x, y, area.own) & ~within(x, y, area.own)))
    for system, bounds in OTHERS.items():
        take("place-other-system", system, within(x, y, bounds) | within(y, x, bounds))
    take("place-other-system", "longitude and latitude", misnamed & within(x, y, area.london))
    take(OUTSIDE, "", within(x, y, area.london))
    take("place-outside-london", "", np.ones(len(x), dtype=bool))
    return {key: mask for key, mask in by_rule.items() if mask.any()}


class MisplacedTally:
    """Counts of misplaced rows by rule and system, the positions (from 0) of the first, and where strays are."""

    def __init__(self, area: ExpectedArea) -> None:
        self._area = area
        self._counts: dict[tuple[str, str], int] = {}
        self._first: dict[tuple[str, str], list[int]] = {}
        self._placed = self._far = 0
        self._boroughs: dict[str, int] = {}

    def add(self, position: int, places: PlacedRows) -> Mask:
        """Add rows that begin at a position (from 0); return those that lie in London, in the borough or beyond it."""
        degrees, moved = in_degrees(places)
        masks = misplaced_rows(degrees, moved, self._area)
        good = places.are_there
        self._placed += int(good.sum())
        for key, mask in masks.items():
            good = good if key[0] == OUTSIDE else good & ~mask
            self._counts[key] = self._counts.get(key, 0) + int(mask.sum())
            first = self._first.setdefault(key, [])
            first += [position + int(row) for row in mask.nonzero()[0][: ROWS_SHOWN - len(first)]]
        if (strays := masks.get((OUTSIDE, ""))) is not None:
            x, y = degrees.x[strays], degrees.y[strays]
            self._far += int((~within(x, y, self._area.own)).sum())
            for slug, count in boroughs_of(x, y):
                self._boroughs[slug] = self._boroughs.get(slug, 0) + count
        return good

    def findings(self, where_rows: WhereRows) -> Iterator[Finding]:
        """Yield a finding for each way to be misplaced; `where_rows` tells where positions stand in the file."""
        for (rule, system), count in self._counts.items():
            where = where_rows(self._first[rule, system], count)
            is_far = self._far >= FEW and self._far > self._placed * FAR
            if rule == OUTSIDE and self._area.slug and (count > self._placed * MOST or is_far):
                most = sorted(self._boroughs, key=lambda slug: -self._boroughs[slug])[:NAMED]
                names = ", ".join(publishers()[slug].name for slug in most) or "no other borough that we know"
                yield finding(ELSEWHERE, where, boroughs=names)
            else:
                yield finding(rule, where, system=system)
