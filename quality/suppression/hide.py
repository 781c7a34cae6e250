"""Which numbers of a table are hidden: the small ones, and others from which they could be worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from packages.spec import CountsSpec
from quality.suppression.count_cells import CountCells, mismatches, unclear_totals
from quality.suppression.knowledge import CellSystem, EarlierKnowledge, add_earlier, equation_of, settle
from quality.suppression.linear_table import LinearTable, Mask
from quality.suppression.protect import protect
from quality.suppression.solver import Floats, TooMuchEffort, limited_effort

MOST_CELLS = 30_000
"""Cells of a table up to which it is worked out what to hide."""

MOST_STEPS = 90_000
"""Steps of the solver for one table, some nine seconds: what the small numbers of five hundred rows take."""

AMOUNT_MARGIN = 0.1
"""How far off the bounds of a hidden amount have to be, as a share of it, where no rule of dominance says more."""


@dataclass(frozen=True)
class Hiding:
    """What becomes of the numbers of a table.

    `masks` tell by measure in which rows it is hidden. `given` counts the numbers that the file has, `hidden` those of
    them that are hidden. `exposed` counts the cells that can be narrowed down all the same, `known` the small ones that
    were public before. `off` counts sums that do not hold, `unclear` labels that may be totals, `repeated` rows that
    nothing tells apart, `negative` numbers below zero. `lost` counts earlier releases that could not be compared.
    """

    masks: Mapping[str, Mask]
    given: int
    hidden: int
    exposed: int = 0
    known: int = 0
    off: int = 0
    unclear: int = 0
    repeated: int = 0
    negative: int = 0
    lost: int = 0
    too_many: bool = False


@dataclass(frozen=True)
class Sensitivity:
    """Which cells must not be known, and how far from each of them an outsider's bounds have to be, up and down."""

    cells: Mask
    up: Floats = field(default_factory=lambda: np.zeros(0))
    down: Floats = field(default_factory=lambda: np.zeros(0))


def hide_small_numbers(table: pa.Table, spec: CountsSpec, earlier: Sequence[pa.Table] = ()) -> Hiding:
    """Return what to hide in a typed table.

    `table` has the fields of the schema, and the columns with the largest contributions where there is a rule of
    dominance. `earlier` are the tables of earlier releases. Cells of the table that are empty and marked as
    suppressed are protected like those that are hidden here.
    """
    cells = CountCells.of(table, spec)
    flat = cells.values.ravel()
    given = int((~np.isnan(flat)).sum())
    negative = 0 if spec.is_amount else int((flat < 0).sum())
    # nothing can be proven of such a table: no number of it is passed on, and the file is stopped
    everything = {name: ~np.isnan(cells.values[:, place]) for place, name in enumerate(cells.measures)}
    nothing_shown = Hiding(everything, given, given, repeated=cells.repeated, negative=negative)
    if cells.repeated or negative or flat.size > MOST_CELLS:
        return replace(nothing_shown, too_many=flat.size > MOST_CELLS)
    # the same rows in another order are hidden in the same way
    order = np.array(sorted(range(len(cells.labels)), key=cells.labels.__getitem__), np.int64)
    if not np.array_equal(order, np.arange(len(order))):
        table = table.take(pa.array(order))
        cells = CountCells.of(table, spec)
    try:
        with limited_effort(MOST_STEPS):
            hiding = _hide(table, cells, [CountCells.of(before, spec) for before in earlier])
    except TooMuchEffort:
        return replace(nothing_shown, too_many=True)
    back = np.argsort(order)
    return replace(hiding, masks={name: mask[back] for name, mask in hiding.masks.items()})


def _hide(table: pa.Table, cells: CountCells, earlier: Sequence[CountCells]) -> Hiding:
    spec, count = cells.spec, cells.values.size
    whole = not spec.is_amount and bool(np.all(cells.values[~np.isnan(cells.values)] % 1 == 0))
    sums = list(cells.sums())
    lowest = 1.0 if spec.zeros == "show" and not spec.is_amount else 0.0
    system = CellSystem(cells.values.ravel().copy(), {key: n for n, key in enumerate(cells.keys)}, lowest=lowest)
    system.equations = [equation_of(total) for total in sums]
    off = mismatches(cells, sums)
    settle(system, whole=whole)
    if system.solved(whole=whole) is None:
        # numbers were taken out of the file, and no numbers at all would make its sums hold
        off += 1
        system.equations = [e for e in system.equations if not any(np.isnan(system.values[c]) for c, _ in e.terms)]
    empty = np.isnan(cells.values.ravel())
    sensitive = sensitive_cells(table, cells, system.values[:count])
    before = add_earlier(system, cells, earlier)
    linear = _linear_table(cells, system, sensitive, before, whole=whole)
    pattern = protect(linear)
    hidden = pattern.hidden[:count] & ~empty
    known = sensitive.cells & ~empty & (before.known | before.small_before)
    shape = cells.values.shape
    masks = {name: hidden.reshape(shape)[:, place] for place, name in enumerate(cells.measures)}
    return Hiding(
        masks,
        given=int((~empty).sum()),
        hidden=int(hidden.sum()),
        exposed=int((pattern.exposed[:count] & ~known).sum()),
        known=int(known.sum()),
        off=off,
        unclear=unclear_totals(cells),
        lost=before.lost,
    )


def sensitive_cells(table: pa.Table, cells: CountCells, values: Floats) -> Sensitivity:
    """Return the cells that the rules of the description hide."""
    spec = cells.spec
    lowest = 1 if spec.zeros == "show" else 0
    if not spec.is_amount:
        with np.errstate(invalid="ignore"):
            small = (values >= lowest) & (values < spec.threshold) & (values > lowest - 1)
        return Sensitivity(small, np.where(small, spec.threshold - values, 0), np.where(small, values - lowest, 0))
    found = np.zeros(cells.values.shape, bool)
    margin = AMOUNT_MARGIN * np.abs(cells.values)
    if spec.contributors:
        behind = np.array([np.nan if n is None else float(n) for n in table[spec.contributors].to_pylist()])
        # an amount of nobody is no secret; one of an unknown number of people may be
        found |= (np.isnan(behind) | ((behind >= lowest) & (behind < spec.threshold)))[:, None]
    if spec.dominance:
        largest = np.array(
            [[0.0 if n is None else float(n) for n in table[name].to_pylist()] for name in spec.dominance.largest]
        )
        is_given = np.array([[n is not None for n in table[name].to_pylist()] for name in spec.dominance.largest])[0]
        needed = dominated(cells.values, largest, spec.dominance.p, spec.dominance.k)
        found |= (needed > 0) | ~is_given[:, None]
        margin = np.fmax(margin, needed)
    found &= ~np.isnan(cells.values) & (cells.values != 0)
    amounts = np.where(found, margin, 0).ravel()
    return Sensitivity(found.ravel(), amounts, amounts)


def dominated(values: Floats, largest: Floats, p: float | None, k: float | None) -> Floats:
    """Return how far off the bounds of each amount have to be by the rules of dominance; 0 where it is not dominated.

    `values` are rows x measures, `largest` the largest contributions (one or two) by rows.
    """
    needed = np.zeros(values.shape)
    top = largest.sum(axis=0)[:, None]
    if p is not None:
        # the second largest contributor knows the total less its own part: what others leave is all the doubt there is
        needed = np.fmax(needed, p / 100 * largest[0][:, None] - (values - top))
    if k is not None:
        needed = np.fmax(needed, 100 / k * top - values)
    return np.where(np.isnan(values), 0, np.maximum(needed, 0))


def _linear_table(
    cells: CountCells, system: CellSystem, sensitive: Sensitivity, before: EarlierKnowledge, *, whole: bool
) -> LinearTable:
    """Return the table as sums and bounds: what is hidden by the rules, and what may be hidden besides."""
    spec, count, size = cells.spec, cells.values.size, len(system.values)
    solved = system.solved(whole=whole)
    values = np.where(np.isnan(system.values), 0, system.values) if solved is None else solved
    empty, settled = np.isnan(cells.values.ravel()), ~np.isnan(system.values[:count])
    lowest = 1.0 if spec.zeros == "show" else 0.0
    width = spec.threshold - lowest if not spec.is_amount else 0.0
    # a number that is missing and follows from the others is as good as shown, unless it had been taken out
    given_away = empty & settled & ~sensitive.cells & (~cells.marked.ravel() | (values[:count] < lowest))
    mandatory = sensitive.cells | (empty & ~given_away) | (before.again & ~empty)
    again = mandatory & ~sensitive.cells

    def padded(own: Floats | Mask, rest: float | bool) -> np.ndarray[Any, Any]:
        return np.concatenate([own, np.full(size - count, rest)])

    shown = ~mandatory & ~given_away
    is_zero = (values[:count] == 0) & (spec.zeros == "show")
    totals_of = np.zeros(count)
    for total in cells.sums():
        totals_of[total.total] += 1
    floors = np.minimum(-np.inf if spec.is_amount and (cells.values < 0).any() else system.lowest, values)
    need = AMOUNT_MARGIN * np.abs(values[:count]) if spec.is_amount else width
    return LinearTable(
        matrix=system.matrix(),
        values=values,
        floors=floors,
        hidden=padded(mandatory, True),
        fixed=padded((before.known & ~empty) | given_away, False),
        open_to=padded(shown & ~is_zero, False),
        up=padded(np.where(sensitive.cells, sensitive.up, 0), 0.0),
        down=padded(np.where(sensitive.cells, sensitive.down, 0), 0.0),
        width=padded(np.where(again | shown, need, 0), 0.0),
        costs=padded((1 + np.log1p(np.abs(values[:count]))) * (1 + totals_of), 0.0),
        whole=whole,
    )
