"""What an outsider can work out of published tables: written from the definition, and without our own code.

A release is the rows of a table as they are in its CSV: labels, a number or "", and its status. The outsider knows that
hidden numbers are whole and not negative (and at least 1 where zeros are shown), which rows are totals of which, and
takes a number that is hidden in one release for the same that another shows, unless both show it and differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linprog

Cell = tuple[Any, ...]


@dataclass
class Outsider:
    """Equations over named cells; `shown` are numbers that are known, all others are open."""

    floor: float = 1.0
    shown: dict[Cell, float] = field(default_factory=dict)
    sums: list[tuple[Cell, tuple[Cell, ...]]] = field(default_factory=list)

    def bounds(self, cells: Iterable[Cell]) -> dict[Cell, tuple[float, float] | None]:
        """The least and the most that each open cell can be; None for all when nothing fits together."""
        wanted = list(cells)
        names = sorted({c for total, parts in self.sums for c in (total, *parts)} - set(self.shown), key=repr)
        place = {name: at for at, name in enumerate(names)}
        rows, right = [], []
        for total, parts in self.sums:
            row, rest = np.zeros(len(names)), 0.0
            for cell, sign in [(total, -1.0), *((part, 1.0) for part in parts)]:
                if cell in self.shown:
                    rest -= sign * self.shown[cell]
                else:
                    row[place[cell]] += sign
            if row.any():
                rows.append(row)
                right.append(rest)
        found: dict[Cell, tuple[float, float] | None] = {}
        for cell in wanted:
            if cell not in place or not rows:
                found[cell] = (self.floor, np.inf)
                continue
            ends = []
            for sign in (1, -1):
                goal = np.zeros(len(names))
                goal[place[cell]] = sign
                solved = linprog(goal, A_eq=np.array(rows), b_eq=right, bounds=(self.floor, None), method="highs")
                if solved.status == 2:
                    return dict.fromkeys(wanted)
                ends.append(np.inf if solved.status == 3 else float(solved.x[place[cell]]))
            found[cell] = (ends[0], ends[1])
        return found


def sums_of(
    labels: Sequence[tuple[str, ...]], totals: Sequence[Mapping[str, Sequence[str] | None]]
) -> list[tuple[Cell, tuple[Cell, ...]]]:
    """All sums among rows: for each field its total labels, with their parts (None: every label that is no total)."""
    known, found = set(labels), []
    for at, described in enumerate(totals):
        for total, parts in described.items():
            for row in labels:
                if row[at] != total:
                    continue
                others = {r for r in known if r[:at] + r[at + 1 :] == row[:at] + row[at + 1 :] and r != row}
                inside = [
                    r for r in sorted(others) if (r[at] in parts if parts is not None else r[at] not in described)
                ]
                if inside:
                    found.append((row, tuple(inside)))
    return found
