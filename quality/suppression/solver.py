"""Linear programs over the cells of a table, solved by HiGHS, in whole numbers where the cells are counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

Floats = np.ndarray[Any, np.dtype[np.float64]]

TINY = 1e-6

INFEASIBLE, UNBOUNDED = 2, 3
"""How scipy says that no numbers fit, and that they may grow without end."""


@dataclass(frozen=True)
class Program:
    """Numbers between `lows` and `highs` for which `matrix` x numbers is `right`."""

    matrix: sp.csr_array
    right: Floats
    lows: Floats
    highs: Floats
    whole: bool = True

    def least(self, costs: Floats) -> Floats | None:
        """Return the numbers that cost least; None when none fit. ValueError when costs can fall without end."""
        if np.any(self.lows > self.highs + TINY):
            return None
        rows = self.matrix.shape[0] > 0
        equal: dict[str, Any] = {"A_eq": self.matrix, "b_eq": self.right} if rows else {}
        # the edges of most tables are whole numbers by themselves, and a linear program is solved sooner
        found = linprog(costs, bounds=np.column_stack([self.lows, self.highs]), method="highs", **equal)
        if found.status == UNBOUNDED:
            raise ValueError("costs can fall without end")
        if found.x is None or found.status == INFEASIBLE:
            return None
        if not self.whole or np.all(abs(found.x - np.round(found.x)) < TINY):
            numbers: Floats = np.round(found.x) if self.whole else found.x
            return numbers
        solved = milp(
            costs,
            constraints=LinearConstraint(self.matrix, self.right, self.right) if rows else (),
            bounds=Bounds(self.lows, self.highs),
            integrality=np.ones(len(costs)),
        )
        return None if solved.x is None else np.round(solved.x)
