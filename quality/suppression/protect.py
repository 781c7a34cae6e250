"""Which further cells to hide, so that nobody can work the hidden ones out from the others and their sums.

An outsider knows every cell that is shown, every sum, and that a hidden cell is not below its floor. A table that fits
all of this could be the true one; between what such tables hold in a cell lies what the outsider knows of it. Here each
such table is written as its differences from the true one: they are 0 in cells that are shown, and add up to 0 in every
sum. A hidden cell is safe when there are differences that take it as far up and down as it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from quality.suppression.linear_table import Ints, LinearTable, Mask, cells_together, part_numbers, sums_over
from quality.suppression.solver import TINY, Floats, Program

MOST_TIDIED = 12
"""Further cells hidden in one part of a table up to which each is tried out again: some are not needed in the end."""

FEW, COVERS_BETWEEN = 3, 16
"""Cells that are looked at one by one, and cells made safe after which the others are looked at together again."""

MOST_NEAR, MOST_OF_A_SUM = 200, 20
"""Cells among which those that make another safe are looked for first, and how many of them are of one sum."""

ROUNDS = 4
"""Times that the cells to hide are chosen anew, each time dearer where they were hardly used: so that they are few."""


@dataclass(frozen=True)
class SafePattern:
    """The cells that are hidden, and those of them whose bounds are closer than they may be."""

    hidden: Mask
    exposed: Mask


def protect(table: LinearTable) -> SafePattern:
    """Return a pattern that hides at least `table.hidden`, and as few cells besides as were found to do.

    A cell is `exposed` where no pattern keeps its bounds apart, because too much of it is known from elsewhere.
    """
    hidden = table.hidden.copy()
    exposed = hidden & table.fixed & table.asks
    columns = sp.csc_array(table.matrix)
    numbers = part_numbers(columns, (hidden | table.open_to) & ~table.fixed)
    for places in cells_together(numbers, np.unique(numbers[hidden & ~table.fixed & table.asks])):
        found = _Search(table.part(columns, places)).safe_pattern()
        hidden[places], exposed[places] = found.hidden, found.exposed
    return SafePattern(hidden, exposed)


def _row(matrix: sp.csr_array | sp.csc_array, number: int) -> Ints:
    """Return where a row of a matrix (a column, of one by columns) has numbers."""
    row: Ints = matrix.indices[matrix.indptr[number] : matrix.indptr[number + 1]]
    return row


class _Search:
    """The pattern of one part of a table while it grows; no cell of it is known from elsewhere.

    Differences found once are kept: what is hidden more can only allow more.
    """

    def __init__(self, table: LinearTable) -> None:
        self._table = table
        self._rows = sp.csr_array(table.matrix)
        self._columns = sp.csc_array(table.matrix)
        self.hidden = table.hidden.copy()
        self.exposed = np.zeros(len(self.hidden), bool)
        self._down, self._width = table.down.copy(), table.width.copy()
        self._highest = np.zeros(len(self.hidden))
        self._lowest = np.zeros(len(self.hidden))
        self._parts = part_numbers(self._columns, self.hidden)
        self._safe = np.zeros(len(self.hidden), bool)

    def safe_pattern(self) -> SafePattern:
        """Hide more, cell by cell, until each is safe or counts as exposed."""
        self.stretch_together()
        covers = 0
        while (cell := next(self.failing(), None)) is not None:
            self.cover(cell)
            covers += 1
            if covers % COVERS_BETWEEN == 0:
                self.stretch_together()
        self.tidy()
        return SafePattern(self.hidden, self.exposed)

    def stretch_together(self) -> None:
        """Take many hidden cells up, and many down, at once, as long as that shows that more of them can go there."""
        if not self._table.whole:
            return
        places = np.flatnonzero(self.hidden)
        for sign in (1, -1):
            left = len(places) + 1
            while FEW < (wanted := self._still_to_reach(places, sign)).sum() < left:
                left = int(wanted.sum())
                self._keep_moves(places, wanted, sign)

    def _still_to_reach(self, places: Ints, sign: int) -> Mask:
        """Return which of some cells have not been seen as far up (1) or down (-1) as they have to go."""
        reached = self._highest if sign > 0 else -self._lowest
        wanted: Mask = (reached + TINY < self._enough(sign))[places]
        return wanted

    def _enough(self, sign: int) -> Floats:
        enough: Floats = np.maximum(self._table.up if sign > 0 else self._down, self._width)
        return enough

    def _keep_moves(self, places: Ints, wanted: Mask, sign: int) -> None:
        """Note differences that take as many of the wanted cells as there can be as far as is enough."""
        table, enough = self._table, self._enough(sign)[places]
        lows, highs = table.floors[places] - table.values[places], np.full(len(places), np.inf)
        if sign > 0:
            highs[wanted] = enough[wanted]
        else:
            lows[wanted] = np.maximum(lows, -enough)[wanted]
        matrix = sums_over(self._columns, places)
        found = Program(matrix, np.zeros(matrix.shape[0]), lows, highs, table.whole).least(-sign * wanted.astype(float))
        if found is not None:
            self._keep(places, found)

    def failing(self) -> Iterator[int]:
        """Yield the hidden cells that are not safe and not given up, in their order."""
        for cell in np.flatnonzero(self.hidden & ~self.exposed & ~self._safe).tolist():
            self._safe[cell] = self._is_safe(cell)
            if not self._safe[cell]:
                yield cell

    def cover(self, cell: int) -> None:
        """Hide more, so that a cell is safe; one that nothing makes safe counts as exposed from then on."""
        found = self._cheapest_cover(cell)
        if found is None:
            self.exposed[cell] = True
            return
        self.hidden |= found
        self._parts = part_numbers(self._columns, self.hidden)
        if not found.any():
            # the search says that it is safe already, and the bounds do not: a number is too large for the solver
            self.exposed[cell] = not self._is_safe(cell)

    def tidy(self) -> None:
        """Show again what need not be hidden after all, the dearest first."""
        more = np.flatnonzero(self.hidden & ~self._table.hidden)
        if len(more) > MOST_TIDIED:
            return
        for cell in more[np.argsort(-self._table.costs[more], kind="stable")].tolist():
            before = (self.hidden, self._parts, self._highest, self._lowest, self._safe)
            together = np.flatnonzero(self._parts == self._parts[cell])
            self.hidden = self.hidden.copy()
            self.hidden[cell] = False
            self._parts = part_numbers(self._columns, self.hidden)
            self._highest, self._lowest, self._safe = self._highest.copy(), self._lowest.copy(), self._safe.copy()
            self._highest[together] = self._lowest[together] = 0
            self._safe[together] = False
            self.stretch_together()
            if next(self.failing(), None) is not None:
                self.hidden, self._parts, self._highest, self._lowest, self._safe = before

    def _is_safe(self, cell: int) -> bool:
        table = self._table
        up, down, width = table.up[cell], self._down[cell], self._width[cell]

        def reaches() -> bool:
            high, low = self._highest[cell] + TINY, self._lowest[cell] - TINY
            return bool(high >= up and -low >= down and high - low >= width)

        together = np.flatnonzero(self._parts == self._parts[cell])
        if not reaches():
            self._stretch(together, cell, 1, max(up, width))
        if not reaches():
            self._stretch(together, cell, -1, max(down, width - self._highest[cell]))
        return reaches()

    def _stretch(self, places: Ints, cell: int, sign: int, enough: float) -> float:
        """Take a cell up (1) or down (-1) by differences in some cells, as far as `enough`; return how far it goes."""
        table = self._table
        if len(places) == 1 and self._columns.indptr[cell] < self._columns.indptr[cell + 1]:
            # it is all that is missing of a sum
            return 0.0
        own = int(np.searchsorted(places, cell))
        lows, highs = table.floors[places] - table.values[places], np.full(len(places), np.inf)
        if sign > 0:
            highs[own] = enough
        else:
            lows[own] = max(lows[own], -enough)
        goal = np.zeros(len(places))
        goal[own] = -sign
        scale = 1.0 if table.whole else max(enough, TINY)
        matrix = sums_over(self._columns, places)
        found = Program(matrix, np.zeros(matrix.shape[0]), lows / scale, highs / scale, table.whole).least(goal)
        if found is None:
            return 0.0
        if self.hidden[places].all():
            self._keep(places, found * scale)
        return float(abs(found[own]) * scale)

    def _cheapest_cover(self, cell: int) -> Mask | None:
        """Return what to hide so that a cell reaches what it needs; None when there is no way."""
        table = self._table
        near, everywhere = self._near(cell), np.arange(len(self.hidden))
        lowest = 0.0
        if self._down[cell]:
            lowest = self._stretch(near, cell, -1, self._down[cell])
            if lowest < self._down[cell] - TINY and len(near) < len(everywhere):
                lowest = self._stretch(everywhere, cell, -1, self._down[cell])
        if lowest < self._down[cell] - TINY:
            # parts that are all above zero keep their sum up, whatever is hidden: its bounds go up instead
            self._width[cell], self._down[cell] = table.up[cell] + self._down[cell], lowest
        asked = ((1, max(table.up[cell], self._width[cell] - max(lowest, -self._lowest[cell]))), (-1, self._down[cell]))
        cover = np.zeros(len(self.hidden), bool)
        for sign, enough in asked:
            if enough <= 0:
                continue
            places, moves = near, self._cheapest_move(near, cell, sign * enough, self.hidden | cover)
            if moves is None and len(near) < len(everywhere):
                places, moves = everywhere, self._cheapest_move(everywhere, cell, sign * enough, self.hidden | cover)
            if moves is None:
                return None
            cover[places] |= (abs(moves) > TINY) & ~self.hidden[places]
            self._keep(places, moves)
        return cover

    def _near(self, cell: int) -> Ints:
        """Return the cells of the sums of a cell, of the sums of those, and so on; all of a small part.

        Of a large sum only the cheapest cells are among them: those that are hidden already come first.
        """
        if len(self.hidden) <= MOST_NEAR:
            return np.arange(len(self.hidden))
        costs = np.where(self.hidden, 0.0, self._table.costs)
        found, looked_at, edge = {cell: None}, set[int](), [cell]
        while edge and len(found) < MOST_NEAR:
            touched = {total for place in edge for total in _row(self._columns, place).tolist()} - looked_at
            looked_at |= touched
            before = len(found)
            for total in sorted(touched):
                parts = _row(self._rows, total)
                found |= dict.fromkeys(parts[np.argsort(costs[parts], kind="stable")[:MOST_OF_A_SUM]].tolist())
            edge = list(found)[before:]
        return np.array(sorted([*found][:MOST_NEAR]), np.int64)

    def _cheapest_move(self, places: Ints, cell: int, goal: float, hidden: Mask) -> Floats | None:
        """Return differences that take a cell to `goal` and use few cells that are not hidden; None for none."""
        table, count = self._table, len(places)
        scale = 1.0 if table.whole else abs(goal)
        reach = 2 * abs(goal) / scale
        lows = np.maximum((table.floors[places] - table.values[places]) / scale, -reach)
        highs = np.full(count, reach)
        own = int(np.searchsorted(places, cell))
        lows[own] = highs[own] = goal / scale
        matrix = sums_over(self._columns, places)
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
        moves = np.full(count, np.nan)
        for _ in range(ROUNDS):
            found = program.least(np.concatenate([costs * weights, costs * weights]))
            if found is None:
                return best
            before, moves = moves, found[:count] - found[count:]
            if np.array_equal(before, moves):
                # what follows is the same again
                break
            lost = float(costs[abs(moves) > TINY].sum())
            if lost < least - TINY:
                best, least = moves * scale, lost
            weights = 1 / (abs(moves) + 0.1)
        return best

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
