"""Every distinct text of a column is judged once, by frictionless' own cell reader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import keep_valid, replace_cells, to_arrow
from packages.formats.arrow import as_text
from packages.formats.csv import cells_of, need_quotes
from quality.conform.fields import ConformField

if TYPE_CHECKING:
    from quality.conform.proofs.prove import FieldProof

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
REFUSALS = (TypeError, ValueError, ArithmeticError)
"""What frictionless lets escape when two values cannot be compared, as a time with a zone and one without."""

NOWHERE: Ints = np.empty(0, np.int64)

MOST_KNOWN = 200_000
"""Texts that a memo holds before it begins again: this bounds its memory."""


@dataclass(frozen=True, slots=True)
class MoreFaults:
    """Faults of a value that the reader does not see, such as a reference to something unknown.

    `of` names those of one value and its text. `clears`, where there is one, tells sooner which of some texts that are
    their own values have none.
    """

    of: Callable[[Any, str], tuple[str, ...]]
    clears: Callable[[Sequence[str]], Mask] | None = None


@dataclass(frozen=True, slots=True)
class TextVerdict:
    """What frictionless says of one text: what is kept of its value (None: no value), and what is wrong with it."""

    kept: Any
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellVerdicts:
    """The verdict on the cells of a column.

    `values` is null where a cell has no value; `written` are their cells in the CSV of a release, None where nobody
    wants them. `faulty` are the places of cells with a fault, in order, `texts` and `verdicts` what stands there.
    """

    values: pa.Array
    written: pa.Array | None
    faulty: Ints
    texts: list[str]
    verdicts: list[TextVerdict]


@dataclass(frozen=True, slots=True)
class KeptValues:
    """What is kept of some texts. `cells` is how the CSV of a release holds it, None where that is its plain text."""

    kept: pa.Array
    cells: pa.Array | None

    @property
    def written(self) -> pa.Array:
        """How the CSV of a release holds it."""
        return as_text(self.kept) if self.cells is None else self.cells

    def joined(self, other: KeptValues) -> KeptValues:
        """Both."""
        plain = self.cells is None and other.cells is None
        cells = None if plain else pa.concat_arrays([self.written, other.written])
        return KeptValues(pa.concat_arrays([self.kept, other.kept]), cells)


@dataclass(frozen=True, slots=True)
class GoodTexts:
    """Texts without a fault, and their values."""

    texts: pa.Array
    values: KeptValues

    def joined(self, other: GoodTexts) -> GoodTexts:
        """Both."""
        return GoodTexts(pa.concat_arrays([self.texts, other.texts]), self.values.joined(other.values))


@dataclass(frozen=True, slots=True)
class _Found:
    """Cells and the places of their texts among the good ones; null `here`, where the cells have their own values."""

    cells: pa.Array
    good: GoodTexts
    places: pa.Array
    here: Ints
    own: KeptValues

    def kept(self) -> pa.Array:
        """What is kept of each cell."""
        known, own = self.good.values.kept, self.own.kept
        if not pa.types.is_string(known.type):
            return replace_cells(known.take(self.places), self.here, own)
        # a text is its own value, unless it means that there is none: nothing need be copied
        there = np.ones(len(self.cells), bool)
        if known.null_count:
            there &= pc.fill_null(known.is_valid().take(self.places), True).to_numpy(zero_copy_only=False)
        there[self.here] = own.is_valid().to_numpy(zero_copy_only=False)
        return keep_valid(self.cells, there)

    def written(self, kept: pa.Array) -> pa.Array:
        """How the CSV of a release holds what is kept."""
        known = self.good.values.cells
        if known is None and self.own.cells is None:
            return as_text(kept)
        return replace_cells(as_text(kept) if known is None else known.take(self.places), self.here, self.own.written)


class VerdictCache:
    """The verdicts on the texts of one field that were met so far. Several threads may ask it at once.

    Nobody need be asked for what the `proof` takes: the values that it gives are those that frictionless reads.
    """

    def __init__(
        self, field: ConformField, more_faults: MoreFaults | None = None, proof: FieldProof | None = None
    ) -> None:
        self._field = field
        self._more_faults = more_faults
        self._proof = proof
        self._type = field.type or pa.bool_()
        self._missing = pa.array(sorted(field.missing), pa.string())
        self._good = self._known([], [])
        self._bad: dict[str, TextVerdict] = {}
        self._learning = threading.Lock()

    def judge(self, cells: pa.Array) -> CellVerdicts:
        """The verdict on each cell of a column of text without nulls."""
        good = self._good
        places = pc.index_in(cells, good.texts)
        if places.null_count and len(new := self._unknown(cells.filter(places.is_null()))):
            before, good = good, self._learn(new)
            places = places if good is before else pc.index_in(cells, good.texts)
        here = np.flatnonzero(places.is_null().to_numpy(zero_copy_only=False)) if places.null_count else NOWHERE
        texts = cells.take(to_arrow(here)).to_pylist() if len(here) else []
        verdicts = self._asked(texts)
        own = self._values(pa.array([verdict.kept for verdict in verdicts], self._type))
        found = _Found(cells, good, places, here, own)
        kept = found.kept()
        written = found.written(kept) if self._field.store else None
        return _with_bad(kept, written, here, texts, verdicts)

    def judge_few(self, cells: pa.Array) -> CellVerdicts:
        """The same but for what is written, sooner for a few cells: one by one."""
        texts = cells.to_pylist()
        verdicts = self._asked(texts)
        kept = pa.array([verdict.kept for verdict in verdicts], self._type)
        return _with_bad(kept, None, np.arange(len(texts)), texts, verdicts)

    def ask(self, text: str) -> TextVerdict:
        """The verdict on one text."""
        try:
            value, notes = self._field.read(text)
            return self._verdict(text, value, tuple(notes or ()))
        except REFUSALS:
            return TextVerdict(None, ("type",))

    def _verdict(self, text: str, value: Any, faults: tuple[str, ...] = ()) -> TextVerdict:
        if value is None:
            return TextVerdict(None, faults)
        if self._more_faults:
            faults += self._more_faults.of(value, text)
        if self._field.store is None:
            return TextVerdict(True, faults)
        kept, loss = self._field.store(value, text)
        return TextVerdict(kept, (*faults, loss) if loss else faults)

    def _unknown(self, cells: pa.Array) -> pa.Array:
        """The different texts that nobody has asked for yet."""
        texts, bad = cells.unique(), self._bad
        return texts.filter(pa.array([text not in bad for text in texts.to_pylist()], pa.bool_())) if bad else texts

    def _learn(self, unknown: pa.Array) -> GoodTexts:
        """Judge texts; the answer holds all of them that have no fault, whatever other threads learn meanwhile."""
        proven, others = self._proven(unknown)
        asked = {text: self.ask(text) for text in others.to_pylist()}
        good = {text: verdict.kept for text, verdict in asked.items() if not verdict.faults}
        new = proven.joined(self._known(list(good), list(good.values())))
        with self._learning:
            self._remember(asked)
            self._good = self._grown(new) if len(new.texts) else self._good
            return self._good

    def _asked(self, texts: list[str]) -> list[TextVerdict]:
        """The verdicts on some texts, most of which have a fault."""
        known = {text: self._bad.get(text) or self.ask(text) for text in dict.fromkeys(texts)}
        with self._learning:
            self._remember(known)
        return [known[text] for text in texts]

    def _remember(self, verdicts: Mapping[str, TextVerdict]) -> None:
        if len(self._bad) > MOST_KNOWN:
            self._bad.clear()
        self._bad.update((text, verdict) for text, verdict in verdicts.items() if verdict.faults)

    def _proven(self, texts: pa.Array) -> tuple[GoodTexts, pa.Array]:
        """Those of some texts that are surely good, and the others."""
        if self._proof is None:
            return self._known([], []), texts
        proved = self._proof.prove(texts)
        good = proved.good & ~pc.is_in(texts, self._missing).to_numpy(zero_copy_only=False)
        if self._more_faults:
            good = good & self._cleared(texts)
        sure = to_arrow(good)
        kept = proved.values.filter(sure) if self._field.store else to_arrow(np.ones(np.count_nonzero(good), bool))
        return GoodTexts(texts.filter(sure), self._values(kept)), texts.filter(pc.invert(sure))

    def _cleared(self, texts: pa.Array) -> Mask:
        """The texts that have none of the further faults, where that can be told of a text itself."""
        clears = self._more_faults and self._more_faults.clears
        return clears(texts.to_pylist()) if clears and self._field.kind == "string" else np.zeros(len(texts), bool)

    def _grown(self, new: GoodTexts) -> GoodTexts:
        return new if len(self._good.texts) + len(new.texts) > MOST_KNOWN else self._good.joined(new)

    def _known(self, texts: list[str], kept: list[Any]) -> GoodTexts:
        return GoodTexts(pa.array(texts, pa.string()), self._values(pa.array(kept, self._type)))

    def _values(self, kept: pa.Array) -> KeptValues:
        if self._field.store is None or (pa.types.is_string(kept.type) and not need_quotes(kept)):
            return KeptValues(kept, None)
        return KeptValues(kept, cells_of(kept))


def _with_bad(
    kept: pa.Array, written: pa.Array | None, places: Ints, texts: list[str], verdicts: list[TextVerdict]
) -> CellVerdicts:
    """Some cells may have a fault, and stand at these places. A memo that began again asks for good texts once more."""
    bad = [i for i, verdict in enumerate(verdicts) if verdict.faults]
    return CellVerdicts(kept, written, places[bad], [texts[i] for i in bad], [verdicts[i] for i in bad])
