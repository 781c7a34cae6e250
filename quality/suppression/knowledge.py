"""What an outsider knows from earlier releases: numbers that were shown, and sums over what was hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from quality.suppression.count_cells import CellKey, CountCells, Sum
from quality.suppression.linear_table import LinearTable, Mask, OutsiderBounds
from quality.suppression.solver import Floats, Program

Term = tuple[int, float]
"""A cell by its position, and 1 or -1."""


@dataclass(frozen=True)
class Equation:
    """Terms over cells that add up to `constant`."""

    terms: tuple[Term, ...]
    constant: float = 0.0


@dataclass
class CellSystem:
    """All cells that a table has or had, and what holds between them; it grows release by release.

    `values` is NaN where we do not know a number either; such a number is not below `lowest`, where that fits. Cells
    after those of the table are of earlier releases only.
    """

    values: Floats
    index: dict[CellKey, int]
    equations: list[Equation] = field(default_factory=list)
    lowest: float = 0.0

    def place(self, key: CellKey) -> int:
        """Return the position of a cell; a new one for a key that is not known yet."""
        if key not in self.index:
            self.index[key] = len(self.values)
            self.values = np.append(self.values, np.nan)
        return self.index[key]

    def matrix(self) -> sp.csr_array:
        """Return the equations as a matrix (equations x cells)."""
        triples = [(row, cell, sign) for row, equation in enumerate(self.equations) for cell, sign in equation.terms]
        rows, cells, signs = zip(*triples, strict=True) if triples else ((), (), ())
        shape = (len(self.equations), len(self.values))
        return sp.csr_array((np.array(signs, float), (np.array(rows, int), np.array(cells, int))), shape=shape)

    def solved(self, *, whole: bool) -> Floats | None:
        """Return values for all cells, with any that fit for those we do not know; None when there are none."""
        unknown = np.flatnonzero(np.isnan(self.values))
        values = np.where(np.isnan(self.values), 0.0, self.values)
        if not len(unknown):
            return values
        matrix = self.matrix()
        part = sp.csr_array(sp.csc_array(matrix)[:, unknown])
        touched = np.flatnonzero(np.diff(part.indptr))
        if len(touched):
            rest = (np.array([e.constant for e in self.equations]) - matrix @ values)[touched]
            nothing = np.zeros(len(unknown))
            # a mark may stand for nothing at all
            for lowest in sorted({self.lowest, 0.0}, reverse=True):
                lows, highs = nothing + lowest, np.full(len(unknown), np.inf)
                found = Program(part[touched], rest, lows, highs, whole).least(nothing)
                if found is not None:
                    values[unknown] = found
                    return values
            return None
        return values


def equation_of(total: Sum) -> Equation:
    """Return a sum as an equation."""
    return Equation(((total.total, -1.0), *((part, 1.0) for part in total.parts)))


def settle(system: CellSystem, *, whole: bool) -> None:
    """Work out what follows from one equation alone, over and over: anybody could.

    A sum that leaves one number open gives it away, unless what is left is below zero: then the sum does not hold.
    """
    is_new = True
    while is_new:
        is_new = False
        for equation in system.equations:
            open_terms = [term for term in equation.terms if np.isnan(system.values[term[0]])]
            if len(open_terms) == 1:
                (cell, sign), *_ = open_terms
                known = sum(factor * system.values[place] for place, factor in equation.terms if place != cell)
                left = (equation.constant - known) * sign
                if left >= 0:
                    system.values[cell] = round(left) if whole else left
                    is_new = True


@dataclass(frozen=True)
class EarlierKnowledge:
    """What earlier releases mean for the cells of a table.

    `known` cells were shown with the number that they have now, `small_before` with another small one; `again` are
    those that were hidden, with a number that they may still have. `lost` counts releases whose cells cannot be told
    apart in the way in which the table is described now.
    """

    known: Mask
    small_before: Mask
    again: Mask
    lost: int = 0


def add_earlier(system: CellSystem, cells: CountCells, earlier: Sequence[CountCells]) -> EarlierKnowledge:
    """Add what earlier releases tell to a system, and return what it means for the cells of `cells`.

    Sums of earlier releases hold for numbers that have not changed since; where they do not, nobody can use them.
    """
    count = cells.values.size
    known, small_before, again = (np.zeros(count, bool) for _ in range(3))
    lost = 0
    whole = not cells.spec.is_amount
    seen: set[tuple[tuple[CellKey, ...], bytes]] = set()
    for before in earlier:
        signature = (before.keys, before.values.tobytes())
        if before.repeated:
            lost += 1
        if before.repeated or signature in seen:
            continue
        seen.add(signature)
        flat = before.values.ravel()
        own = {key: place for place, key in enumerate(before.keys)}
        for key in own.keys() & system.index.keys():
            place, then = system.index[key], flat[own[key]]
            if place >= count or np.isnan(then):
                continue
            now = system.values[place]
            known[place] |= bool(then == now)
            small_before[place] |= bool(0 < then < cells.spec.threshold)
        again |= still_hidden(before, own, system, count)
        _add_sums(before, flat, system, whole=whole)
    return EarlierKnowledge(known, small_before, again, lost)


def still_hidden(before: CountCells, own: Mapping[CellKey, int], system: CellSystem, count: int) -> Mask:
    """Return which cells were hidden before, and may still have the number that they had then."""
    again = np.zeros(count, bool)
    hidden = before.marked.ravel()
    shared = [
        (system.index[key], place)
        for key, place in own.items()
        if hidden[place] and system.index.get(key, count) < count
    ]
    if not shared:
        return again
    alone = CellSystem(before.values.ravel().copy(), dict(own), lowest=system.lowest)
    alone.equations = [equation_of(total) for total in before.sums()]
    values = alone.solved(whole=not before.spec.is_amount)
    bounds = None if values is None else OutsiderBounds(_as_shown(alone, values, whole=not before.spec.is_amount))
    for place, cell in shared:
        now = system.values[place]
        if bounds is None or np.isnan(now):
            again[place] = True
            continue
        low, high = bounds.of(cell)
        again[place] = max(low, system.lowest) - 0.5 <= now <= high + 0.5
    return again


def _as_shown(system: CellSystem, values: Floats, *, whole: bool) -> LinearTable:
    """Return a release as those see it who have nothing else: what it leaves out is hidden, and asks for nothing."""
    empty, nothing = np.isnan(system.values), np.zeros(len(values))
    return LinearTable(
        system.matrix(), values, nothing, empty, ~empty & empty, ~empty & empty, nothing, nothing, nothing, nothing,
        whole=whole,
    )  # fmt: skip


def _add_sums(before: CountCells, flat: Floats, system: CellSystem, *, whole: bool) -> None:
    """Add the sums of an earlier release that still hold, over cells that were hidden in it."""
    in_doubt = []
    for total in before.sums():
        signs = [(total.total, -1.0), *((part, 1.0) for part in total.parts)]
        if not any(np.isnan(flat[place]) for place, _ in signs):
            continue
        shown = sum(sign * flat[place] for place, sign in signs if not np.isnan(flat[place]))
        terms = tuple((system.place(before.keys[place]), sign) for place, sign in signs if np.isnan(flat[place]))
        equation = Equation(terms, -shown)
        values = [sign * system.values[place] for place, sign in terms]
        if np.isnan(values).any():
            in_doubt.append(equation)
        elif abs(sum(values) + shown) < 0.5:
            system.equations.append(equation)
    own = len(system.equations)
    system.equations += in_doubt
    if not in_doubt or system.solved(whole=whole) is not None:
        return
    # some numbers have changed since: what fits together, one sum after the other, may all the same be true
    del system.equations[own:]
    for equation in in_doubt:
        system.equations.append(equation)
        if system.solved(whole=whole) is None:
            system.equations.pop()
