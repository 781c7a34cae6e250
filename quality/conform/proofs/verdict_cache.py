"""Every distinct text of a column is judged once, by frictionless' own cell reader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import Mask, keep_valid, replace_cells, to_arrow
from packages.formats.arrow import as_text
from packages.formats.csv import cells_of, need_quotes
from quality.conform.fields import ConformField
from quality.conform.masks import Ints
from quality.conform.proofs.prove import FieldProof

REFUSALS = (TypeError, ValueError, ArithmeticError)
"""Raised by frictionless when two values cannot be compared, such as a time with a zone and one without."""

NOWHERE: Ints = np.empty(0, np.int64)

MOST_KNOWN = 200_000
"""Texts that a cache holds before it is emptied: this bounds its memory."""


@dataclass(frozen=True, slots=True)
class MoreFaults:
    """Faults of a value that frictionless' reader does not check, such as a reference to an unknown key.

    `of` returns those of one value and its text. `clears`, where it is given, is the quick test for many texts that
    are their own values: it returns which of them have no such fault.
    """

    of: Callable[[Any, str], tuple[str, ...]]
    clears: Callable[[Sequence[str]], Mask] | None = None


@dataclass(frozen=True, slots=True)
class TextVerdict:
    """The verdict on one text: the value that is stored (None: no value), and its faults."""

    kept: Any
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellVerdicts:
    """The verdict on the cells of a column.

    `values` is null where a cell has no value; `written` are the cells in the CSV of a release, None where they are
    not wanted. `faulty` are the sorted positions of cells with a fault, `texts` and `verdicts` those of these cells.
    """

    values: pa.Array
    written: pa.Array | None
    faulty: Ints
    texts: list[str]
    verdicts: list[TextVerdict]


@dataclass(frozen=True, slots=True)
class KeptValues:
    """The stored values of some texts. `cells` are their cells in the CSV of a release, None for their plain text."""

    kept: pa.Array
    cells: pa.Array | None

    @property
    def written(self) -> pa.Array:
        """The cells in the CSV of a release."""
        return as_text(self.kept) if self.cells is None else self.cells

    def joined(self, other: KeptValues) -> KeptValues:
        """Return these values followed by those of another."""
        plain = self.cells is None and other.cells is None
        cells = None if plain else pa.concat_arrays([self.written, other.written])
        return KeptValues(pa.concat_arrays([self.kept, other.kept]), cells)


@dataclass(frozen=True, slots=True)
class GoodTexts:
    """Texts without a fault, and their values."""

    texts: pa.Array
    values: KeptValues

    def joined(self, other: GoodTexts) -> GoodTexts:
        """Return these texts followed by those of another."""
        return GoodTexts(pa.concat_arrays([self.texts, other.texts]), self.values.joined(other.values))


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Cells and the positions of their texts among the good ones.

    The position is null at `misses`, whose values are `missed` instead.
    """

    cells: pa.Array
    good: GoodTexts
    places: pa.Array
    misses: Ints
    missed: KeptValues

    def kept(self) -> pa.Array:
        """Return the value of each cell."""
        known, missed = self.good.values.kept, self.missed.kept
        if not pa.types.is_string(known.type):
            return replace_cells(known.take(self.places), self.misses, missed)
        # a text is its own value, unless it stands for no value: nothing has to be copied
        is_valid = np.ones(len(self.cells), bool)
        if known.null_count:
            is_valid &= pc.fill_null(known.is_valid().take(self.places), True).to_numpy(zero_copy_only=False)
        is_valid[self.misses] = missed.is_valid().to_numpy(zero_copy_only=False)
        return keep_valid(self.cells, is_valid)

    def written(self, kept: pa.Array) -> pa.Array:
        """Return the cells of the values `kept` in the CSV of a release."""
        known = self.good.values.cells
        if known is None and self.missed.cells is None:
            return as_text(kept)
        cells = as_text(kept) if known is None else known.take(self.places)
        return replace_cells(cells, self.misses, self.missed.written)


class VerdictCache:
    """The verdicts on the texts of one field so far. Several threads may use it at once.

    Texts that the `proof` accepts are not judged again: its values are those that frictionless reads.
    """

    def __init__(
        self, field: ConformField, more_faults: MoreFaults | None = None, proof: FieldProof | None = None
    ) -> None:
        self._field = field
        self._more_faults = more_faults
        self._proof = proof
        self._type = field.type or pa.bool_()
        self._missing = pa.array(sorted(field.missing), pa.string())
        # replaced as a whole, never changed: a thread that reads it without the lock has a consistent one
        self._good = self._good_texts([], [])
        self._bad: dict[str, TextVerdict] = {}
        self._learning = threading.Lock()

    def judge(self, cells: pa.Array) -> CellVerdicts:
        """Return the verdict on each cell of a column of text without nulls."""
        good = self._good
        places = pc.index_in(cells, good.texts)
        if places.null_count:
            unknown, bad = cells.filter(places.is_null()).unique(), self._bad
            if bad:
                unknown = unknown.filter(pa.array([text not in bad for text in unknown.to_pylist()], pa.bool_()))
            if len(unknown):
                before, good = good, self._learn(unknown)
                places = places if good is before else pc.index_in(cells, good.texts)
        # what is still unknown has a fault, or was good in a cache that has been emptied since
        misses = np.flatnonzero(places.is_null().to_numpy(zero_copy_only=False)) if places.null_count else NOWHERE
        texts = cells.take(to_arrow(misses)).to_pylist() if len(misses) else []
        verdicts = self._verdicts(texts)
        missed = self._kept_values(pa.array([verdict.kept for verdict in verdicts], self._type))
        lookup = _Lookup(cells, good, places, misses, missed)
        kept = lookup.kept()
        written = lookup.written(kept) if self._field.store else None
        return _with_faults(kept, written, misses, texts, verdicts)

    def judge_few(self, cells: pa.Array) -> CellVerdicts:
        """Return the same verdict without `written`, one cell at a time: faster for a handful of cells."""
        texts = cells.to_pylist()
        verdicts = self._verdicts(texts)
        kept = pa.array([verdict.kept for verdict in verdicts], self._type)
        return _with_faults(kept, None, np.arange(len(texts)), texts, verdicts)

    def ask(self, text: str) -> TextVerdict:
        """Return the verdict on one text, past the cache."""
        try:
            value, notes = self._field.read(text)
            faults = tuple(notes or ())
            if value is None:
                return TextVerdict(None, faults)
            if self._more_faults:
                faults += self._more_faults.of(value, text)
            if self._field.store is None:
                return TextVerdict(True, faults)
            kept, loss = self._field.store(value, text)
            return TextVerdict(kept, (*faults, loss) if loss else faults)
        except REFUSALS:
            return TextVerdict(None, ("type",))

    def _learn(self, unknown: pa.Array) -> GoodTexts:
        """Judge texts; return good texts that include all of these without a fault, whatever other threads learn."""
        if self._proof is None:
            proven, unproven = self._good_texts([], []), unknown
        else:
            proved = self._proof.prove(unknown)
            is_good = proved.good & ~pc.is_in(unknown, self._missing).to_numpy(zero_copy_only=False)
            if self._more_faults:
                clears = self._more_faults.clears
                # only a string is its own value; of any other type no text is cleared, and each is judged
                is_good &= clears(unknown.to_pylist()) if clears and self._field.kind == "string" else False
            sure = to_arrow(is_good)
            # without a store only the verdict is wanted, and true stands for any value
            kept = (
                proved.values.filter(sure) if self._field.store else to_arrow(np.ones(np.count_nonzero(is_good), bool))
            )
            proven = GoodTexts(unknown.filter(sure), self._kept_values(kept))
            unproven = unknown.filter(pc.invert(sure))
        asked = {text: self.ask(text) for text in unproven.to_pylist()}
        good = {text: verdict.kept for text, verdict in asked.items() if not verdict.faults}
        new = proven.joined(self._good_texts(list(good), list(good.values())))
        with self._learning:
            self._remember_bad(asked)
            if len(new.texts):
                is_full = len(self._good.texts) + len(new.texts) > MOST_KNOWN
                self._good = new if is_full else self._good.joined(new)
            return self._good

    def _verdicts(self, texts: list[str]) -> list[TextVerdict]:
        """Return the verdicts on some texts, most of which have a fault."""
        known = {text: self._bad.get(text) or self.ask(text) for text in dict.fromkeys(texts)}
        with self._learning:
            self._remember_bad(known)
        return [known[text] for text in texts]

    def _remember_bad(self, verdicts: Mapping[str, TextVerdict]) -> None:
        if len(self._bad) > MOST_KNOWN:
            self._bad.clear()
        self._bad.update((text, verdict) for text, verdict in verdicts.items() if verdict.faults)

    def _good_texts(self, texts: list[str], kept: list[Any]) -> GoodTexts:
        return GoodTexts(pa.array(texts, pa.string()), self._kept_values(pa.array(kept, self._type)))

    def _kept_values(self, kept: pa.Array) -> KeptValues:
        if self._field.store is None or (pa.types.is_string(kept.type) and not need_quotes(kept)):
            return KeptValues(kept, None)
        return KeptValues(kept, cells_of(kept))


def _with_faults(
    kept: pa.Array, written: pa.Array | None, places: Ints, texts: list[str], verdicts: list[TextVerdict]
) -> CellVerdicts:
    """Return the verdict on cells of which those at `places` have these texts and verdicts, some without a fault."""
    faulty = [i for i, verdict in enumerate(verdicts) if verdict.faults]
    return CellVerdicts(kept, written, places[faulty], [texts[i] for i in faulty], [verdicts[i] for i in faulty])
