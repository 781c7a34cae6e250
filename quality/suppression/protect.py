"""Which further cells to hide, so that nobody can work the hidden ones out from the others and their sums.

An outsider knows every cell that is shown, every sum, and that a hidden cell is not below its floor. A table that fits
all of this could be the true one; between what such tables hold in a cell lies what the outsider knows of it. Here each
such table is written as its differences from the true one: they are 0 in cells that are shown, and add up to 0 in every
sum. A hidden cell is safe when there are differences that take it as far up and down as it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from quality.suppression.solver import TINY, Floats, Program

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

MOST_TIDIED = 12
"""Further cells hidden in one part of a table up to which each is tried out again: some are not needed in the end."""

ROUNDS = 4
"""Times that the cells to hide are chosen anew, each time dearer where they were hardly used: so that they are few."""


@dataclass(frozen=True)
class LinearTable:
    """Cells and their sums, and what hiding asks for.

    `matrix` (sums x cells) has 1 for a part and -1 for the total. `values` are the true ones; `floors` what an
    outsider knows a hidden cell not to be below. `hidden` cells must be; `fixed` ones an outsider knows, hidden or
    not, and `open_to` is what may be hidden besides. A hidden cell has to reach `up` above and `down` below its value,
    and its bounds have to be `width` apart. `costs` is what is lost by hiding a cell. `whole` says that all are whole
    numbers.
    """

    matrix: sp.csr_array
    values: Floats
    floors: Floats
    hidden: Mask
    fixed: Mask
    open_to: Mask
    up: Floats
    down: Floats
    width: Floats
    costs: Floats
    whole: bool = True


@dataclass(frozen=True)
class SafePattern:
    """The cells that are hidden, and those of them whose bounds are closer than they may be."""

    hidden: Mask
    exposed: Mask


def cell_bounds(table: LinearTable, cell: int) -> tuple[float, float]:
    """Return the least and the most that an outsider can think a hidden cell to be."""
    places = np.flatnonzero(table.hidden & ~table.fixed)
    if table.fixed[cell]:
        return float(table.values[cell]), float(table.values[cell])
    part = sp.csr_array(sp.csc_array(table.matrix)[:, places])
    part = part[np.flatnonzero(np.diff(part.indptr))]
    lows, highs = table.floors[places] - table.values[places], np.full(len(places), np.inf)
    program = Program(part, np.zeros(part.shape[0]), lows, highs, table.whole)
    own = int(np.searchsorted(places, cell))
    ends = []
    for sign in (1, -1):
        goal = np.zeros(len(places))
        goal[own] = sign
        try:
            least = program.least(goal)
        except ValueError:
            least = None
        ends.append(-sign * np.inf if least is None else float(table.values[cell] + least[own]))
    return ends[0], ends[1]


def protect(table: LinearTable) -> SafePattern:
    """Return a pattern that hides at least `table.hidden`, and as few cells besides as were found to do.

    A cell is `exposed` where no pattern keeps its bounds apart, because too much of it is known from elsewhere.
    """
    search = _Search(table)
    while (cell := next(search.failing(), None)) is not None:
        search.cover(cell)
    search.tidy()
    return SafePattern(search.hidden, search.exposed)


class _Search:
    """The pattern while it grows. Differences found once are kept: what is hidden more can only allow more."""

    def __init__(self, table: LinearTable) -> None:
        self._table = table
        self._columns = sp.csc_array(table.matrix)
        self.hidden = table.hidden.copy()
        self.exposed = np.zeros(len(self.hidden), bool)
        self._down, self._width = table.down.copy(), table.width.copy()
        self._highest = np.zeros(len(self.hidden))
        self._lowest = np.zeros(len(self.hidden))
        self._parts = self._part_numbers(self.hidden)

    def failing(self) -> Iterator[int]:
        """Yield the hidden cells that are not safe and not given up, in their order."""
        for cell in np.flatnonzero(self.hidden & ~self.exposed).tolist():
            if not self._is_safe(cell):
                yield cell

    def cover(self, cell: int) -> None:
        """Hide more, so that a cell is safe; one that nothing makes safe counts as exposed from then on."""
        found = None if self._table.fixed[cell] else self._cheapest_cover(cell)
        if found is None:
            self.exposed[cell] = True
            return
        self.hidden |= found
        self._parts = self._part_numbers(self.hidden)
        if not found.any():
            # the search says that it is safe already, and the bounds do not: a number is too large for the solver
            self.exposed[cell] = not self._is_safe(cell)

    def tidy(self) -> None:
        """Show again what need not be hidden after all, the dearest first."""
        more = np.flatnonzero(self.hidden & ~self._table.hidden)
        if len(more) > MOST_TIDIED:
            return
        for cell in more[np.argsort(-self._table.costs[more], kind="stable")].tolist():
            before = (self.hidden, self._parts, self._highest, self._lowest)
            together = np.flatnonzero(self._parts == self._parts[cell])
            self.hidden = self.hidden.copy()
            self.hidden[cell] = False
            self._parts = self._part_numbers(self.hidden)
            self._highest, self._lowest = self._highest.copy(), self._lowest.copy()
            self._highest[together] = self._lowest[together] = 0
            if next(self.failing(), None) is not None:
                self.hidden, self._parts, self._highest, self._lowest = before

    def _is_safe(self, cell: int) -> bool:
        table = self._table
        up, down, width = table.up[cell], self._down[cell], self._width[cell]

        def reaches() -> bool:
            high, low = self._highest[cell] + TINY, self._lowest[cell] - TINY
            return bool(high >= up and -low >= down and high - low >= width)

        if table.fixed[cell]:
            return bool(max(up, down, width) <= 0)
        together = np.flatnonzero(self._parts == self._parts[cell])
        if not reaches():
            self._stretch(together, cell, 1, max(up, width))
        if not reaches():
            self._stretch(together, cell, -1, max(down, width - self._highest[cell]))
        return reaches()

    def _stretch(self, places: Ints, cell: int, sign: int, enough: float) -> float:
        """Take a cell up (1) or down (-1) by differences in some cells, as far as `enough`; return how far it goes."""
        table = self._table
        own = int(np.searchsorted(places, cell))
        lows, highs = table.floors[places] - table.values[places], np.full(len(places), np.inf)
        if sign > 0:
            highs[own] = enough
        else:
            lows[own] = max(lows[own], -enough)
        goal = np.zeros(len(places))
        goal[own] = -sign
        scale = 1.0 if table.whole else max(enough, TINY)
        matrix = self._matrix_of(places)
        found = Program(matrix, np.zeros(matrix.shape[0]), lows / scale, highs / scale, table.whole).least(goal)
        if found is None:
            return 0.0
        if self.hidden[places].all():
            self._keep(places, found * scale)
        return float(abs(found[own]) * scale)

    def _cheapest_cover(self, cell: int) -> Mask | None:
        """Return what to hide so that a cell reaches what it needs; None when there is no way."""
        table = self._table
        usable = (self.hidden | table.open_to) & ~table.fixed
        numbers = self._part_numbers(usable)
        places = np.flatnonzero(numbers == numbers[cell])
        lowest = self._stretch(places, cell, -1, self._down[cell]) if self._down[cell] else 0.0
        if lowest < self._down[cell] - TINY:
            # parts that are all above zero keep their sum up, whatever is hidden: its bounds go up instead
            self._width[cell], self._down[cell] = table.up[cell] + self._down[cell], lowest
        asked = ((1, max(table.up[cell], self._width[cell] - max(lowest, -self._lowest[cell]))), (-1, self._down[cell]))
        goals = [(sign, enough) for sign, enough in asked if enough > 0]
        cover = np.zeros(len(self.hidden), bool)
        for sign, enough in goals:
            moves = self._cheapest_move(places, cell, sign * enough, self.hidden | cover)
            if moves is None:
                return None
            cover[places] |= (abs(moves) > TINY) & ~self.hidden[places]
            self._keep(places, moves)
        return cover

    def _cheapest_move(self, places: Ints, cell: int, goal: float, hidden: Mask) -> Floats | None:
        """Return differences that take a cell to `goal` and use few cells that are not hidden; None for none."""
        table, count = self._table, len(places)
        scale = 1.0 if table.whole else abs(goal)
        reach = 2 * abs(goal) / scale
        lows = np.maximum((table.floors[places] - table.values[places]) / scale, -reach)
        highs = np.full(count, reach)
        own = int(np.searchsorted(places, cell))
        lows[own] = highs[own] = goal / scale
        matrix = self._matrix_of(places)
        # a move is a rise less a fall, so that both cost
        program = Program(
            sp.csr_array(sp.hstack([matrix, -matrix])),
            np.zeros(matrix.shape[0]),
            np.concatenate([np.maximum(lows, 0), np.maximum(-highs, 0)]),
            np.concatenate([np.maximum(highs, 0), np.maximum(-lows, 0)]),
            whole=False,
        )
        costs = np.where(hidden[places], 0.0, table.costs[places])
        weights, best, least = np.ones(count), None, np.inf
        for _ in range(ROUNDS):
            found = program.least(np.concatenate([costs * weights, costs * weights]))
            if found is None:
                return best
            moves = found[:count] - found[count:]
            lost = float(costs[abs(moves) > TINY].sum())
            if lost < least - TINY:
                best, least = moves * scale, lost
            weights = 1 / (abs(moves) + 0.1)
        return best

    def _matrix_of(self, places: Ints) -> sp.csr_array:
        """Return the sums over some cells, without those that have none of them."""
        part = sp.csr_array(self._columns[:, places])
        return part[np.flatnonzero(np.diff(part.indptr))]

    def _keep(self, places: Ints, differences: Floats) -> None:
        """Note how far differences take each cell, if they are what they should be."""
        table = self._table
        if table.whole:
            differences = np.round(differences)
        is_low = differences < table.floors[places] - table.values[places] - TINY
        off = self._columns[:, places] @ differences
        if is_low.any() or np.any(abs(off) > TINY * max(1.0, float(abs(differences).max(initial=0)))):
            return
        self._highest[places] = np.maximum(self._highest[places], differences)
        self._lowest[places] = np.minimum(self._lowest[places], differences)

    def _part_numbers(self, cells: Mask) -> Ints:
        """Return a number for each of these cells: the same for those that hang together by sums; -1 for others."""
        numbers = np.full(len(cells), -1, np.int64)
        places = np.flatnonzero(cells & ~self._table.fixed)
        if len(places):
            touched = abs(self._columns[:, places])
            graph = sp.block_array([[None, touched.T], [touched, None]], format="csr")
            _, found = connected_components(graph, directed=False)
            numbers[places] = found[: len(places)]
        return numbers
