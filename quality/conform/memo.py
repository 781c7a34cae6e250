"""Every distinct text of a column is judged once, by frictionless' own cell reader."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quality.conform.fields import Field

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
MoreFaults = Callable[[Any, str], tuple[str, ...]]
"""Faults of a value and its text that the reader does not see, such as a reference to something unknown."""

REFUSALS = (TypeError, ValueError, ArithmeticError)
"""What frictionless lets escape when two values cannot be compared, as a time with a zone and one without."""

MOST_KNOWN = 200_000
"""Texts that a memo holds before it begins again: this bounds its memory."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What frictionless says of one text: what is kept of its value (None: no value), and what is wrong with it."""

    kept: Any
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on the cells of a column.

    `values` is null where a cell has no value. `faulty` are the places of cells with a fault, in order, `texts` and
    `verdicts` what stands there.
    """

    values: pa.Array
    faulty: Ints
    texts: list[str]
    verdicts: list[Verdict]


class Memo:
    """The verdicts on the texts of one field that were met so far. Several threads may ask it at once."""

    def __init__(self, field: Field, more_faults: MoreFaults | None = None) -> None:
        self._field = field
        self._more_faults = more_faults
        self._type = field.type or pa.bool_()
        self._good = (pa.array([], pa.string()), pa.array([], self._type))
        self._bad: dict[str, Verdict] = {}
        self._learning = threading.Lock()

    def judge(self, cells: pa.Array) -> Judged:
        """The verdict on each cell of a column of text without nulls."""
        texts, kept = self._good
        places = pc.index_in(cells, texts)
        if places.null_count:
            texts, kept = self._learn(cells.filter(places.is_null()).unique().to_pylist())
            places = pc.index_in(cells, texts)
        if not places.null_count:
            return Judged(kept.take(places), np.empty(0, np.int64), [], [])
        return self._with_faults(cells, kept.take(places), places)

    def ask(self, text: str) -> Verdict:
        """The verdict on one text."""
        try:
            return self._judge(text)
        except REFUSALS:
            return Verdict(None, ("type",))

    def _judge(self, text: str) -> Verdict:
        value, notes = self._field.read(text)
        faults = tuple(notes or ())
        if value is None:
            return Verdict(None, faults)
        if self._more_faults:
            faults += self._more_faults(value, text)
        if self._field.store is None:
            return Verdict(True, faults)
        kept, loss = self._field.store(value, text)
        return Verdict(kept, (*faults, loss) if loss else faults)

    def _learn(self, unknown: list[str]) -> tuple[pa.Array, pa.Array]:
        """Judge texts; the answer holds all of them that have no fault, whatever other threads learn meanwhile."""
        new = {text: self._bad.get(text) or self.ask(text) for text in unknown}
        good = {text: verdict.kept for text, verdict in new.items() if not verdict.faults}
        with self._learning:
            if len(self._bad) > MOST_KNOWN:
                self._bad.clear()
            self._bad.update((text, verdict) for text, verdict in new.items() if verdict.faults)
            self._good = self._grown(good)
            return self._good

    def _grown(self, good: dict[str, Any]) -> tuple[pa.Array, pa.Array]:
        texts, kept = pa.array(list(good), pa.string()), pa.array(list(good.values()), self._type)
        if len(self._good[0]) + len(good) > MOST_KNOWN:
            return texts, kept
        return pa.concat_arrays([self._good[0], texts]), pa.concat_arrays([self._good[1], kept])

    def _with_faults(self, cells: pa.Array, values: pa.Array, places: pa.Array) -> Judged:
        is_open = places.is_null()
        texts = cells.filter(is_open).to_pylist()
        verdicts = [self._bad.get(text) or self.ask(text) for text in texts]
        kept = pa.array([verdict.kept for verdict in verdicts], self._type)
        values = pc.replace_with_mask(values, is_open, kept)
        # a memo that began again asks for good texts once more
        bad = [i for i, verdict in enumerate(verdicts) if verdict.faults]
        faulty = np.flatnonzero(is_open.to_numpy(zero_copy_only=False))[bad]
        return Judged(values, faulty, [texts[i] for i in bad], [verdicts[i] for i in bad])
