"""Places that are too much alike: one point for many rows, or coordinates cut to a few decimals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from packages.messages import finding
from packages.model import ROWS_SHOWN, Finding, Severity
from quality.places.columns import PlacedRows, WhereRows

if TYPE_CHECKING:
    from quality.places.areas import Floats, Mask

ENOUGH = 5
"""Rows at one point from which they may be a fault: two polling districts often share a station."""

MANY = 50
"""Rows from which points with one coordinate in common are no chance."""

SOME, MOST = 0.3, 0.5
"""Shares of the rows at one point that are worth a warning, and a decision."""

COARSE = 0.01, 1_000.0
"""Steps that place a thing to the nearest kilometre: two decimals of a degree, or a kilometre of the National Grid."""

FINE = 0.01
"""Part of a coarse step that exact places do not keep to."""

EXACT = 0.9
"""Share of exact places in a table from which a single coarse one is a fault."""

SAMPLED, ROUNDING = 200, 1.5
"""Places that are looked at on the grid, and the metres that a change of system may round."""

COARSE_ROWS, COARSE_SHARE = 3, 0.05
"""Number and share of coarse places that are a fault in any table."""


class SpreadTally:
    """The places of all rows that lie in London."""

    def __init__(self) -> None:
        self._x: list[Floats] = []
        self._y: list[Floats] = []
        self._positions: list[Any] = []
        self._on_grid: list[Mask] = []
        self._are_points = True

    def add(self, position: int, places: PlacedRows, good: Mask) -> None:
        """Add the good ones among rows that begin at a position (from 0)."""
        self._are_points = places.shapes is None
        self._x.append(places.x[good])
        self._y.append(places.y[good])
        self._positions.append(position + good.nonzero()[0])
        self._on_grid.append(places.on_grid[good])

    def findings(self, where_rows: WhereRows) -> Iterator[Finding]:
        """Yield a finding on points that many rows share, and one on coarse points."""
        import numpy as np

        if not self._x:
            return
        x, y, positions = np.concatenate(self._x), np.concatenate(self._y), np.concatenate(self._positions)

        def where(mask: Mask) -> tuple[list[int], int]:
            return positions[mask][:ROWS_SHOWN].tolist(), int(mask.sum())

        same, coarse = rows_at_one_point(x, y), coarse_rows(x, y, np.concatenate(self._on_grid))
        # shapes may be drawn in a row; points with many digits hardly ever are
        is_line = self._are_points and len(x) >= ENOUGH and (np.ptp(x) == 0 or np.ptp(y) == 0)
        is_repeated = same.sum() >= max(ENOUGH, len(x) * SOME)
        # places that were cut fall on each other, so one point for some rows is then no fault of its own
        if coarse.any() and not same.all():
            yield finding("place-coarse", where_rows(*where(coarse)))
        elif is_line and not same.all():
            severity = Severity.HOLD if len(x) >= MANY else Severity.WARN
            yield finding("places-on-a-line", where_rows(*where(np.ones(len(x), dtype=bool))), severity=severity)
        elif is_repeated:
            severity = Severity.HOLD if same.sum() >= len(x) * MOST else Severity.WARN
            yield finding("place-repeated", where_rows(*where(same)), severity=severity)


def rows_at_one_point(x: Floats, y: Floats) -> Mask:
    """Return the rows at the point that most rows share."""
    import numpy as np

    if not len(x):
        return np.zeros(0, dtype=bool)
    order = np.lexsort((y, x))
    begins = np.flatnonzero(np.r_[True, (np.diff(x[order]) != 0) | (np.diff(y[order]) != 0)])
    sizes = np.diff(np.r_[begins, len(x)])
    first = order[begins[sizes.argmax()]]
    same: Mask = (x == x[first]) & (y == y[first])
    return same


def coarse_rows(x: Floats, y: Floats, on_grid: Mask) -> Mask:
    """Return the rows that are placed to the nearest kilometre, where that is no chance."""
    import numpy as np

    step = np.where(on_grid, COARSE[1], COARSE[0])
    coarse = _keeps_to(x, step) & _keeps_to(y, step)
    exact = ~(_keeps_to(x, step * FINE) & _keeps_to(y, step * FINE))
    is_fault = exact.sum() >= len(x) * EXACT or (coarse.sum() >= COARSE_ROWS and coarse.sum() > len(x) * COARSE_SHARE)
    fault: Mask = coarse & is_fault
    if fault.any() or len(x) < COARSE_ROWS or on_grid.any():
        return fault
    # grid references that were cut to whole kilometres have many decimals in degrees; imported on use, as it is large
    from convertbng import cutil

    metres = np.array(cutil.convert_to_osgb36(x[:SAMPLED].tolist(), y[:SAMPLED].tolist()))
    beyond = np.abs(metres - np.round(metres / COARSE[1]) * COARSE[1])
    return fault | bool(np.nanmax(beyond) < ROUNDING)


def _keeps_to(values: Floats, step: Floats) -> Mask:
    import numpy as np

    steps = values / step
    kept: Mask = np.abs(steps - np.round(steps)) < 1e-6
    return kept
