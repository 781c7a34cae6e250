"""Two releases of one table, and what their difference tells somebody who has both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

import pyarrow as pa

from tests.quality.count_tables import CountTable, Labels, number, outsider_of
from tests.quality.outsider import Cell, Outsider


def grid(values: dict[Labels, int], *, with_totals: bool, threshold: int = 5) -> CountTable:
    """Numbers by ward and age, with or without rows that add them up."""
    rows = {labels: (value,) for labels, value in values.items()}
    if with_totals:
        wards, ages = (list(dict.fromkeys(labels[at] for labels in values)) for at in (0, 1))
        for age in ages:
            rows["Total", age] = (sum(v for (_, a), v in values.items() if a == age),)
        for ward in (*wards, "Total"):
            rows[ward, "All"] = (sum(v[0] for (w, a), v in rows.items() if w == ward and a != "All"),)
    described = {"ward": "Total", "age": "All"} if with_totals else {}
    totals = [{"Total": None}, {"All": None}]
    return CountTable(("ward", "age"), ("n",), rows, described, totals, {}, threshold)


def later(rng: Random, values: dict[Labels, int]) -> dict[Labels, int]:
    """The same numbers some time later: corrected here and there, perhaps with a ward more or less, or one divided."""
    new = {labels: v + rng.choice((-6, -2, -1, 1, 2, 5)) if rng.random() < 0.1 else v for labels, v in values.items()}
    new = {labels: max(v, 0) for labels, v in new.items()}
    wards, ages = (list(dict.fromkeys(labels[at] for labels in values)) for at in (0, 1))
    change = rng.choice(("same", "same", "more", "fewer", "divided"))
    if change == "more":
        new |= {("Ward new", age): number(rng, 6) for age in ages}
    elif change == "fewer" and len(wards) > 2:
        new = {labels: v for labels, v in new.items() if labels[0] != wards[-1]}
    elif change == "divided":
        for age in ages:
            whole = new.pop((wards[0], age))
            new["Ward one half", age] = rng.randint(0, whole)
            new["Ward other half", age] = whole - new["Ward one half", age]
    return new


def first_values(rng: Random) -> dict[Labels, int]:
    """Numbers to begin with."""
    wards = [f"Ward {chr(65 + at)}" for at in range(rng.randint(2, 6))]
    ages = [f"{20 * at} to {20 * at + 19}" for at in range(rng.randint(2, 4))]
    spread = rng.choice((4.0, 8.0, 20.0))
    return {labels: number(rng, spread) for labels in product(wards, ages)}


def is_possible(outsider: Outsider, truth: dict[Cell, int | None]) -> bool:
    """Whether what somebody takes for granted is true of the last release."""
    if any(truth.get(cell, value) != value for cell, value in outsider.shown.items()):
        return False
    known = replace(outsider, shown=dict(outsider.shown) | {c: float(v) for c, v in truth.items() if v is not None})
    open_cells = {cell for total, parts in known.sums for cell in (total, *parts)} - set(known.shown)
    # without an open cell, the sums must hold as they stand
    closed = [(t, parts) for t, parts in known.sums if all(cell in known.shown for cell in (t, *parts))]
    if any(abs(known.shown[total] - sum(known.shown[part] for part in parts)) > 0.5 for total, parts in closed):
        return False
    return not open_cells or None not in known.bounds(list(open_cells)[:1]).values()


@dataclass(frozen=True)
class Public:
    """A release: the table, and what of it is public."""

    table: CountTable
    rows: pa.Table


def both(releases: Sequence[Public]) -> Iterator[Outsider]:
    """Yield what somebody may take for granted who has several releases.

    All numbers are the same in all of them but for those that are shown to have changed; or, where that does not fit,
    one sum after the other of the earlier ones is believed beside the last release.
    """
    views = [outsider_of(release.table, release.rows) for release in releases]
    last = views[-1]
    shown: dict[Cell, float] = dict(last.shown)
    moved: list[list[tuple[Cell, tuple[Cell, ...]]]] = []
    for at, view in enumerate(views[:-1]):
        # what is shown to have changed is a number of its own
        own = {c for c, value in view.shown.items() if c in last.shown and last.shown[c] != value}
        # and so is one that was hidden, and is shown now as what is never hidden
        own |= {c for c in _named(view) if c not in view.shown and last.shown.get(c, view.floor) < view.floor}
        named = {c: (at, *c) if c in own else c for c in _named(view)}
        shown |= {named[c]: value for c, value in view.shown.items()}
        moved.append([(named[total], tuple(named[part] for part in parts)) for total, parts in view.sums])
    yield replace(last, shown=shown, sums=[*last.sums, *(one for sums in moved for one in sums)])
    yield replace(last, shown=shown)
    for sums in moved:
        for one in sums:
            yield replace(last, shown=shown, sums=[*last.sums, one])


def _named(view: Outsider) -> set[Cell]:
    return {*view.shown, *(cell for total, parts in view.sums for cell in (total, *parts))}
