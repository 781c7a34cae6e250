"""Every distinct text of a column is judged once, by frictionless' own cell reader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
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
class Values:
    """What is kept of some texts, and how a release writes it."""

    kept: pa.Array
    written: pa.Array

    def at(self, places: pa.Array) -> tuple[pa.Array, pa.Array]:
        """What is kept at some places, and how it is written."""
        kept = self.kept.take(places)
        return kept, (kept if self.written is self.kept else self.written.take(places))

    def joined(self, other: Values) -> Values:
        """Both."""
        kept = pa.concat_arrays([self.kept, other.kept])
        own_words = self.written is self.kept and other.written is other.kept
        return Values(kept, kept if own_words else pa.concat_arrays([self.written, other.written]))


@dataclass(frozen=True, slots=True)
class Good:
    """Texts without a fault, and their values."""

    texts: pa.Array
    values: Values

    def joined(self, other: Good) -> Good:
        """Both."""
        return Good(pa.concat_arrays([self.texts, other.texts]), self.values.joined(other.values))


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
            before, good = good, self._learn(new)
            places = places if good is before else pc.index_in(cells, good.texts)
        if places.null_count:
            return self._with_faults(cells, good, places)
        return Judged(*good.values.at(places), np.empty(0, np.int64), [], [])

    def judge_few(self, cells: pa.Array) -> Judged:
        """The same, sooner for a few cells: one by one."""
        texts = cells.to_pylist()
        verdicts = self._asked(texts)
        values = self._values([verdict.kept for verdict in verdicts])
        return _with_bad(values.kept, values.written, np.arange(len(texts)), texts, verdicts)

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
            self._remember(new)
            self._good = self._grown(good) if good else self._good
            return self._good

    def _asked(self, texts: list[str]) -> list[Verdict]:
        """The verdicts on some texts, most of which have a fault."""
        known = {text: self._bad.get(text) or self.ask(text) for text in dict.fromkeys(texts)}
        with self._learning:
            self._remember(known)
        return [known[text] for text in texts]

    def _remember(self, verdicts: Mapping[str, Verdict]) -> None:
        if len(self._bad) > MOST_KNOWN:
            self._bad.clear()
        self._bad.update((text, verdict) for text, verdict in verdicts.items() if verdict.faults)

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

    def _known(self, texts: list[str], kept: list[Any]) -> Good:
        return Good(pa.array(texts, pa.string()), self._values(kept))

    def _values(self, values: list[Any]) -> Values:
        kept = pa.array(values, self._type)
        is_own_word = self._field.store is None or pa.types.is_string(self._type)
        return Values(kept, kept if is_own_word else as_text(kept))

    def _with_faults(self, cells: pa.Array, good: Good, places: pa.Array) -> Judged:
        is_open = places.is_null()
        here = np.flatnonzero(is_open.to_numpy(zero_copy_only=False))
        texts = cells.filter(is_open).to_pylist()
        verdicts = self._asked(texts)
        # the values of the open cells stand behind those of the good ones: taking does it all at once
        order = places.fill_null(0).to_numpy().copy()
        order[here] = np.arange(len(good.texts), len(good.texts) + len(here))
        values = good.values.joined(self._values([verdict.kept for verdict in verdicts]))
        return _with_bad(*values.at(pa.array(order)), here, texts, verdicts)


def _with_bad(kept: pa.Array, written: pa.Array, places: Ints, texts: list[str], verdicts: list[Verdict]) -> Judged:
    """Some cells may have a fault, and stand at these places. A memo that began again asks for good texts once more."""
    bad = [i for i, verdict in enumerate(verdicts) if verdict.faults]
    return Judged(kept, written, places[bad], [texts[i] for i in bad], [verdicts[i] for i in bad])
