"""Every distinct text of a column is judged once, by frictionless' own cell reader."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.formats.arrow import as_text
from quality.conform.fields import Field

if TYPE_CHECKING:
    from quality.conform.prove import Proof

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

    `values` is null where a cell has no value; `written` is their text in a release. `faulty` are the places of cells
    with a fault, in order, `texts` and `verdicts` what stands there.
    """

    values: pa.Array
    written: pa.Array
    faulty: Ints
    texts: list[str]
    verdicts: list[Verdict]


@dataclass(frozen=True, slots=True)
class Good:
    """Texts without a fault, what is kept of each, and how a release writes it."""

    texts: pa.Array
    kept: pa.Array
    written: pa.Array

    def at(self, places: pa.Array) -> tuple[pa.Array, pa.Array]:
        """What is kept at some places, and how it is written; null where the place is null."""
        kept = self.kept.take(places)
        return kept, (kept if self.written is self.kept else self.written.take(places))

    def into(self, gaps: pa.Array, kept: pa.Array, written: pa.Array) -> tuple[pa.Array, pa.Array]:
        """What is kept, and how it is written, with these put in their order where `gaps` is true."""
        filled = pc.replace_with_mask(kept, gaps, self.kept)
        if written is kept and self.written is self.kept:
            return filled, filled
        return filled, pc.replace_with_mask(written, gaps, self.written)

    def joined(self, other: Good) -> Good:
        """Both."""
        kept = pa.concat_arrays([self.kept, other.kept])
        own_words = self.written is self.kept and other.written is other.kept
        written = kept if own_words else pa.concat_arrays([self.written, other.written])
        return Good(pa.concat_arrays([self.texts, other.texts]), kept, written)


class Memo:
    """The verdicts on the texts of one field that were met so far. Several threads may ask it at once.

    Nobody need be asked for what the `proof` takes: the values that it gives are those that frictionless reads.
    """

    def __init__(self, field: Field, more_faults: MoreFaults | None = None, proof: Proof | None = None) -> None:
        self._field = field
        self._more_faults = more_faults
        self._proof = proof
        self._type = field.type or pa.bool_()
        self._good = self._known([], [])
        self._bad: dict[str, Verdict] = {}
        self._learning = threading.Lock()

    def judge(self, cells: pa.Array) -> Judged:
        """The verdict on each cell of a column of text without nulls."""
        good = self._good
        places = pc.index_in(cells, good.texts)
        if places.null_count and (new := self._unknown(cells.filter(places.is_null()))):
            good = self._learn(new)
            places = pc.index_in(cells, good.texts)
        if places.null_count:
            return self._with_faults(cells, good, places)
        return Judged(*good.at(places), np.empty(0, np.int64), [], [])

    def ask(self, text: str) -> Verdict:
        """The verdict on one text."""
        try:
            value, notes = self._field.read(text)
            return self._verdict(text, value, tuple(notes or ()))
        except REFUSALS:
            return Verdict(None, ("type",))

    def _verdict(self, text: str, value: Any, faults: tuple[str, ...] = ()) -> Verdict:
        if value is None:
            return Verdict(None, faults)
        if self._more_faults:
            faults += self._more_faults(value, text)
        if self._field.store is None:
            return Verdict(True, faults)
        kept, loss = self._field.store(value, text)
        return Verdict(kept, (*faults, loss) if loss else faults)

    def _unknown(self, cells: pa.Array) -> list[str]:
        """The different texts that nobody has asked for yet."""
        return [text for text in cells.unique().to_pylist() if text not in self._bad]

    def _learn(self, unknown: list[str]) -> Good:
        """Judge texts; the answer holds all of them that have no fault, whatever other threads learn meanwhile."""
        proven = self._proven(unknown)
        new = {text: proven.get(text) or self.ask(text) for text in unknown}
        good = {text: verdict.kept for text, verdict in new.items() if not verdict.faults}
        with self._learning:
            if len(self._bad) > MOST_KNOWN:
                self._bad.clear()
            self._bad.update((text, verdict) for text, verdict in new.items() if verdict.faults)
            self._good = self._grown(good) if good else self._good
            return self._good

    def _proven(self, texts: list[str]) -> dict[str, Verdict]:
        """The verdicts on those of the texts that are surely good."""
        if self._proof is None:
            return {}
        proved = self._proof.prove(pa.array(texts, pa.string()))
        found = zip(texts, proved.values.to_pylist(), proved.good.tolist(), strict=True)
        missing = self._field.missing
        return {text: self._verdict(text, value) for text, value, good in found if good and text not in missing}

    def _grown(self, good: dict[str, Any]) -> Good:
        new = self._known(list(good), list(good.values()))
        return new if len(self._good.texts) + len(good) > MOST_KNOWN else self._good.joined(new)

    def _known(self, texts: list[str], values: list[Any]) -> Good:
        kept = pa.array(values, self._type)
        is_own_word = self._field.store is None or pa.types.is_string(self._type)
        return Good(pa.array(texts, pa.string()), kept, kept if is_own_word else as_text(kept))

    def _with_faults(self, cells: pa.Array, good: Good, places: pa.Array) -> Judged:
        is_open = places.is_null()
        texts = cells.filter(is_open).to_pylist()
        verdicts = [self._bad.get(text) or self.ask(text) for text in texts]
        rest = self._known(texts, [verdict.kept for verdict in verdicts])
        kept = rest.into(is_open, *good.at(places))
        # a memo that began again asks for good texts once more
        bad = [i for i, verdict in enumerate(verdicts) if verdict.faults]
        faulty = np.flatnonzero(is_open.to_numpy(zero_copy_only=False))[bad]
        return Judged(*kept, faulty, [texts[i] for i in bad], [verdicts[i] for i in bad])
