"""A table of numbers as the sums between its cells, and what an outsider can think of each cell that is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from quality.suppression.solver import Floats, Program

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


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

    @property
    def asks(self) -> Mask:
        """Which cells ask for anything, once they are hidden."""
        return (self.up > 0) | (self.down > 0) | (self.width > 0)

    def part(self, columns: sp.csc_array, places: Ints) -> LinearTable:
        """Return some cells that hang together with no others; `columns` are those of the matrix."""
        return LinearTable(
            sums_over(columns, places),
            **{
                name: getattr(self, name)[places]
                for name in ("values", "floors", "hidden", "fixed", "open_to", "up", "down", "width", "costs")
            },
            whole=self.whole,
        )


class OutsiderBounds:
    """The least and the most that an outsider can think each hidden cell of a table to be."""

    def __init__(self, table: LinearTable) -> None:
        self._table = table
        self._columns = sp.csc_array(table.matrix)
        self._parts = part_numbers(self._columns, table.hidden & ~table.fixed)

    def of(self, cell: int) -> tuple[float, float]:
        """Return both bounds of a cell; infinite where nothing bounds it."""
        table, value = self._table, float(self._table.values[cell])
        if table.fixed[cell]:
            return value, value
        places = np.flatnonzero(self._parts == self._parts[cell])
        part = sums_over(self._columns, places)
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
            ends.append(-sign * np.inf if least is None else value + float(least[own]))
        return ends[0], ends[1]


def sums_over(columns: sp.csc_array, places: Ints) -> sp.csr_array:
    """Return the sums over some cells, without those that have none of them."""
    part = sp.csr_array(columns[:, places])
    return part[np.flatnonzero(np.diff(part.indptr))]


def part_numbers(columns: sp.csc_array, cells: Mask) -> Ints:
    """Return a number for each of these cells: the same for those that hang together by sums; -1 for others."""
    numbers = np.full(len(cells), -1, np.int64)
    places = np.flatnonzero(cells)
    if len(places):
        touched = abs(columns[:, places])
        graph = sp.block_array([[None, touched.T], [touched, None]], format="csr")
        _, found = connected_components(graph, directed=False)
        numbers[places] = found[: len(places)]
    return numbers


def cells_together(numbers: Ints, wanted: Ints) -> Iterator[Ints]:
    """Yield the positions of each wanted number, in their order."""
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers, wanted, "left", sorter=order)
    ends = np.searchsorted(numbers, wanted, "right", sorter=order)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield order[start:end]
