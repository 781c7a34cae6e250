"""What the values of a date column show about its order of day and month, counted and never kept as they are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.model import ROWS_SHOWN
from packages.shaping.dates import DateClue, DateOrder, OrderProof, date_clue

NEAR, FAR = 0.9, 0.5
"""Share of the open dates from which they fit to the proven ones, and below which they do not."""

LEAST = 3
"""Open dates, or dates of each form, from which they are evidence."""

VARIED = 6
"""Different days of a month from which days were chosen freely, and are no monthly run."""

OPEN_SHARE = 12 / 31
"""Share of days that might be months too."""

ONCE_IN = 1_000
"""What is seen is odd when fewer than one in so many files would have it by chance."""

SORTED, SORTED_LEAST, CLOSE = 0.98, 10, 31
"""Share of the steps from row to row, of so many certain dates, from which rows are sorted by date, and the greatest
distance in days of the certain dates around an open one that tells where it belongs."""

SORTED_RUN, RISING, LESS = 7, 0.89, 0.1
"""Distinct open dates in a row that are hardly ever sorted by chance, the share of their steps that go one way where
they are, and the share by which they do less when read in the wrong order."""

MONTHLY = 0.6
"""Share of dates on the same day of their month from which they are a monthly run."""

PROOFS = (OrderProof.DAY_FIRST, OrderProof.MONTH_FIRST)


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Rows one after the other whose dates are days in either order: the first and the last, and the distinct dates.

    `is_sorted` is whether the rows around them are in the order of days or of months, as after sorting them as text.
    """

    first: int
    last: int
    clues: tuple[DateClue, ...] = ()
    is_sorted: bool = False

    def sortedness(self, order: DateOrder) -> float:
        """Return the share of steps from date to date that go one way, in an order."""
        steps = np.diff([clue.ordinal(order) for clue in self.clues])
        return float(max((steps >= 0).mean(), (steps <= 0).mean())) if len(steps) else 0.0


def _ordinals(clues: list[DateClue], order: DateOrder) -> np.ndarray:
    return np.array([clue.ordinal(order) for clue in clues])


@dataclass
class TurnedRows:
    """Rows, sorted by date, whose open date is in its place only with day and month exchanged."""

    count: int = 0
    rows: tuple[int, ...] = ()


class OrderEvidence:
    """The evidence of all values of one column about its order: first row numbers for each proof, never values."""

    def __init__(self) -> None:
        self._rows: dict[OrderProof, tuple[int, ...]] = {}
        self._clues: Counter[DateClue] = Counter()
        self.longest = OpenRun(0, 0)
        self.turned = {order: TurnedRows() for order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)}

    def add(self, cells: pa.Array, numbers: pa.Array) -> None:
        """Add the cells of a batch; `numbers` are their row numbers."""
        if not len(cells):
            return
        encoded = pc.fill_null(cells, "").dictionary_encode()
        clues = [date_clue(text) for text in encoded.dictionary.to_pylist()]
        indices = encoded.indices.to_numpy()
        for clue, count in zip(clues, np.bincount(indices, minlength=len(clues)).tolist(), strict=True):
            self._clues[clue] += count
        rows = numbers.to_numpy(zero_copy_only=False)
        for proof in {clue.proof for clue in clues}:
            mask = np.array([clue.proof is proof for clue in clues])[indices]
            first = tuple(rows[mask][:ROWS_SHOWN].tolist())
            self._rows[proof] = (*self._rows.get(proof, ()), *first)[:ROWS_SHOWN]
        if OrderProof.EITHER in self._rows:
            self._note_runs(clues, indices, rows)
            self._note_turned(clues, indices, rows)

    def _note_turned(self, clues: list[DateClue], indices: np.ndarray, rows: np.ndarray) -> None:
        """Note open dates that break the order of rows sorted by date, and keep it with day and month exchanged."""
        # the same number twice is the same day in either order
        is_known = np.array([clue.first > 0 and clue.proof is not OrderProof.EITHER for clue in clues])
        known = np.flatnonzero(is_known[indices])
        # a certain date is the same in either order
        certain = _ordinals(clues, DateOrder.DAY_FIRST)[indices[known]]
        steps = np.diff(certain)
        if len(known) < SORTED_LEAST or max((steps >= 0).mean(), (steps <= 0).mean()) < SORTED:
            return
        places = np.flatnonzero(np.array([clue.proof is OrderProof.EITHER for clue in clues])[indices])
        if is_text_sorted(clues, indices[np.sort(np.concatenate((known, places)))]):
            return
        after = np.searchsorted(known, places)
        between = (after > 0) & (after < len(known))
        places, after = places[between], after[between]
        pair = np.sort(np.stack((certain[after - 1], certain[after])), axis=0)
        close = pair[1] - pair[0] <= CLOSE
        own = {order: _ordinals(clues, order)[indices[places]] for order in self.turned}
        fits = {order: (pair[0] <= numbers) & (numbers <= pair[1]) for order, numbers in own.items()}
        for order, noted in self.turned.items():
            found = rows[places[close & ~fits[order] & fits[order.other]]]
            noted.count += len(found)
            noted.rows = (*noted.rows, *found[:ROWS_SHOWN].tolist())[:ROWS_SHOWN]

    def _note_runs(self, clues: list[DateClue], indices: np.ndarray, rows: np.ndarray) -> None:
        """Keep the run of open dates with most distinct ones; runs over the border of a batch count in parts."""
        is_open = np.array([clue.proof is OrderProof.EITHER for clue in clues])[indices]
        is_numeric = is_open | np.array([clue.proof in PROOFS for clue in clues])[indices]
        if not is_numeric.all():
            is_open, indices, rows = is_open[is_numeric], indices[is_numeric], rows[is_numeric]
        borders = np.flatnonzero(np.diff(np.concatenate(([False], is_open, [False])).view(np.int8))).reshape(-1, 2)
        # no run has more distinct dates than rows
        for start, end in borders[borders[:, 1] - borders[:, 0] > len(self.longest.clues)].tolist():
            distinct = list(dict.fromkeys(indices[start:end].tolist()))
            if len(distinct) > len(self.longest.clues):
                found = tuple(clues[place] for place in distinct)
                self.longest = OpenRun(int(rows[start]), int(rows[end - 1]), found, is_text_sorted(clues, indices))

    def absorb(self, later: OrderEvidence) -> None:
        """Add the evidence of the rows that follow."""
        for proof, rows in later._rows.items():
            self._rows[proof] = (*self._rows.get(proof, ()), *rows)[:ROWS_SHOWN]
        for clue, count in later._clues.items():
            self._clues[clue] += count
        # of equals, the first
        if len(later.longest.clues) > len(self.longest.clues):
            self.longest = later.longest
        for order, noted in later.turned.items():
            own = self.turned[order]
            self.turned[order] = TurnedRows(own.count + noted.count, (*own.rows, *noted.rows)[:ROWS_SHOWN])

    def rows(self, proof: OrderProof) -> tuple[int, ...]:
        """Return the first rows with that proof."""
        return self._rows.get(proof, ())

    def count(self, *proofs: OrderProof) -> int:
        """Return how many cells have one of those proofs."""
        return sum(count for clue, count in self._clues.items() if clue.proof in proofs)

    def found_only(self, proof: OrderProof) -> bool:
        """Whether all filled cells have that proof."""
        return proof in self._rows and set(self._rows) <= {proof, OrderProof.NONE}

    @property
    def is_mixed(self) -> bool:
        """Whether some rows prove day first and others month first."""
        return all(proof in self._rows for proof in PROOFS)

    @property
    def is_split(self) -> bool:
        """Whether the form of a date depends on its day: numbers from the 13th on, another form up to the 12th.

        American settings leave such a column, and have exchanged day and month in the other form.
        """
        settled = [clue for clue in self._clues if clue.proof is OrderProof.SETTLED]
        # the same number twice is the same day after an exchange
        if OrderProof.EITHER in self._rows or any(clue.first > 12 for clue in settled):
            return False
        early, late = self.count(OrderProof.SETTLED), self.count(*PROOFS)
        return min(early, late) >= LEAST and any(clue.first != clue.second for clue in settled)

    def _open(self) -> Iterator[DateClue]:
        return (clue for clue in self._clues if clue.proof is OrderProof.EITHER)

    def months(self, order: DateOrder) -> set[int]:
        """Return the months (counted from year 0) of the open dates in an order."""
        return {clue.month(order) for clue in self._open()}

    def days(self, order: DateOrder) -> set[int]:
        """Return the days of the month of the open dates in an order."""
        return {clue.day(order) for clue in self._open()}

    def speaks_for(self, order: DateOrder) -> bool:
        """Whether the open dates lie near proven ones in this order and not in the other, and hardly by chance."""
        known = {clue.month(DateOrder(clue.proof)) for clue in self._clues if clue.proof in PROOFS}
        known |= {clue.month(DateOrder.DAY_FIRST) for clue in self._clues if clue.proof is OrderProof.SETTLED}
        near = {month + step for month in known for step in (-1, 0, 1)}
        count = self.count(OrderProof.EITHER)
        if not known or count < LEAST:
            return False
        own, others = (
            sum(self._clues[clue] for clue in self._open() if clue.month(way) in near) / count
            for way in (order, order.other)
        )
        months = known | self.months(order) | self.months(order.other)
        # where the proven dates are spread over years, some open ones lie near them in any order
        by_chance = len(near) / (max(months) - min(months) + 3)
        return own >= NEAR and others < FAR and by_chance ** sum(1 for _ in self._open()) < 1 / ONCE_IN

    def is_scattered(self, order: DateOrder) -> bool:
        """Whether the dates are a day of every month in one order, and the days of one month in the other."""
        # a year of first days of the month is common
        return len(self.months(order)) >= VARIED and len(self.months(order.other)) <= 2 and self.days(order) != {1}

    def has_odd_run(self, order: DateOrder) -> bool:
        """Whether a part of the rows has only open dates though its days were chosen freely, or is sorted otherwise."""
        run, rows = self.longest, self.count(OrderProof.EITHER, *PROOFS)
        if run.is_sorted:
            return False
        days = Counter(clue.day(order) for clue in run.clues)
        otherwise = run.sortedness(order.other)
        is_sorted_otherwise = otherwise >= RISING and run.sortedness(order) <= otherwise - LESS
        is_monthly = max(days.values(), default=0) > MONTHLY * len(run.clues)
        is_turned = len(run.clues) >= SORTED_RUN and not is_monthly and is_sorted_otherwise
        longest_by_chance = math.log(rows * ONCE_IN + 1) / -math.log(OPEN_SHARE)
        # a sorted column has the first days of a month together, and a monthly run the same days
        is_free = len(days) >= VARIED and len({clue.month(order) for clue in run.clues}) > 2
        return is_turned or (len(run.clues) > longest_by_chance and is_free)


def is_text_sorted(clues: list[DateClue], indices: np.ndarray) -> bool:
    """Whether the first or the second numbers of the dates only rise or only fall, as after sorting them as text."""
    numbers = np.array([(clue.first, clue.second) for clue in clues])[indices]
    return any(bool((steps >= 0).all() or (steps <= 0).all()) for steps in np.diff(numbers, axis=0).T)
