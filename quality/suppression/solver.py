"""Linear programs over the cells of a table, solved by HiGHS, in whole numbers where the cells are counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

Floats = np.ndarray[Any, np.dtype[np.float64]]

TINY = 1e-6

LIMIT, UNBOUNDED = 1, 3
"""How scipy says that it has given up at a limit, and that the numbers may grow without end."""

SMALL = 500
"""Cells of a program that is solved within a few milliseconds, whatever it is."""

MOST_ITERATIONS, MOST_NODES = 20_000, 500
"""Steps of one linear program, and attempts at whole numbers, after which it is given up."""

PROGRAM_STEPS, CELLS_A_STEP, NODE_STEPS = 30, 10, 5
"""What a program costs besides its iterations, in steps of some 40 microseconds: itself, its cells, and a node."""


class TooMuchEffort(Exception):
    """A program, or all of them together, takes more steps than it may: nothing is known of the numbers."""


_steps_left: ContextVar[int | None] = ContextVar("_steps_left", default=None)


@contextmanager
def limited_effort(steps: int) -> Iterator[None]:
    """Let programs take so many steps in all, and then raise TooMuchEffort: steps, since seconds differ by machine."""
    token = _steps_left.set(steps)
    try:
        yield
    finally:
        _steps_left.reset(token)


def _spend(steps: int) -> None:
    left = _steps_left.get()
    if left is not None:
        if left < steps:
            raise TooMuchEffort
        _steps_left.set(left - steps)


@dataclass(frozen=True)
class Program:
    """Numbers between `lows` and `highs` for which `matrix` x numbers is `right`."""

    matrix: sp.csr_array
    right: Floats
    lows: Floats
    highs: Floats
    whole: bool = True

    def least(self, costs: Floats) -> Floats | None:
        """Return the numbers that cost least; None when none fit.

        Raises:
            ValueError: The costs can fall without end.
            TooMuchEffort: This program is too hard, or all have taken more steps than `limited_effort` allows.
        """
        if np.any(self.lows > self.highs + TINY):
            return None
        _spend(PROGRAM_STEPS + len(costs) // CELLS_A_STEP)
        # the edges of most tables are whole numbers by themselves, and a linear program is solved sooner
        found = self._small(costs) if len(costs) <= SMALL else self._large(costs)
        if found.status == UNBOUNDED:
            raise ValueError("costs can fall without end")
        if found.status == LIMIT:
            raise TooMuchEffort
        if found.x is None:
            return None
        if not self.whole or np.all(abs(found.x - np.round(found.x)) < TINY):
            numbers: Floats = np.round(found.x) if self.whole else found.x
            return numbers
        solved = self._small(costs, integrality=np.ones(len(costs)), options={"node_limit": MOST_NODES})
        _spend(NODE_STEPS * (1 + (solved.mip_node_count or 0)) * (PROGRAM_STEPS + len(costs) // 2))
        if solved.status == LIMIT:
            raise TooMuchEffort
        return None if solved.x is None else np.round(solved.x)

    def _small(self, costs: Floats, **asked: Any) -> Any:
        """Solve by `milp`, which looks at what it is given for half as long, but counts no iterations."""
        rows = self.matrix.shape[0] > 0
        sums = LinearConstraint(self.matrix, self.right, self.right) if rows else ()
        return milp(costs, constraints=sums, bounds=Bounds(self.lows, self.highs), **asked)

    def _large(self, costs: Floats) -> Any:
        rows = self.matrix.shape[0] > 0
        equal: dict[str, Any] = {"A_eq": self.matrix, "b_eq": self.right} if rows else {}
        bounds, most = np.column_stack([self.lows, self.highs]), {"maxiter": MOST_ITERATIONS}
        found = linprog(costs, bounds=bounds, method="highs", options=most, **equal)
        _spend(int(found.nit or 0))
        return found
