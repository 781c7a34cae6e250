"""One column's way to its verdict: what cannot be proven in bulk is asked once for each distinct text."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import HANDFUL, keep_valid, replace_cells, text_offsets, to_arrow
from packages.formats.arrow import as_text
from quality.conform.fields import ConformField
from quality.conform.proofs.canonical import canonical_form
from quality.conform.proofs.prove import FieldProof, ProofResult, exact_proof_of, proof_of, prove_some
from quality.conform.proofs.verdict_cache import Ints, Mask, MoreFaults, TextVerdict, VerdictCache

FEW = 0.05
"""A column is better looked up than proven when so small a share of its first cells is different."""

PATIENCE = 3
"""A proof that leaves most cells open in so many batches is given up."""


@dataclass(frozen=True, slots=True)
class ColumnVerdict:
    """The verdict on a column of a batch.

    `absent`: the cells without a value; None when all have one. `written`: the cells in the CSV of a release; None
    where they have to be made from the values.
    """

    values: pa.Array
    absent: Mask | None
    faulty: Ints
    texts: list[str]
    verdicts: list[TextVerdict]
    written: pa.Array | None = None


class ColumnJudge:
    """Judges the batches of one column. It learns from the data which way is cheaper; threads may share it."""

    def __init__(self, field: ConformField, more_faults: MoreFaults | None = None) -> None:
        self.field = field
        self._memo = VerdictCache(field, more_faults, exact_proof_of(field))
        self._proof = None if more_faults else proof_of(field)
        self._keeps_text = field.store is not None and field.type == pa.string()
        self._canonical = canonical_form(field.type) if field.store else None
        self._missing = field.missing
        self._missing_texts = pa.array(sorted(field.missing), pa.string())
        self._missing_sizes = {len(text.encode()) for text in field.missing}
        self._is_settled = self._proof is None or self._proof.cheap
        self._patience = PATIENCE

    def judge(self, cells: pa.Array) -> ColumnVerdict:
        """The verdict on a column of text without nulls."""
        if not self._is_settled and len(cells):
            self._settle(cells)
        proof = self._proof
        if proof is None:
            judged = self._memo.judge(cells)
            absent = null_mask(judged.values)
            return ColumnVerdict(judged.values, absent, judged.faulty, judged.texts, judged.verdicts, judged.written)
        return self._prove(proof, cells)

    def ask(self, text: str) -> TextVerdict:
        """The verdict on one cell."""
        return self._memo.ask(text)

    def _settle(self, cells: pa.Array) -> None:
        if len(cells.unique()) < FEW * len(cells):
            self._proof = None
        self._is_settled = True

    def _prove(self, proof: FieldProof, cells: pa.Array) -> ColumnVerdict:
        absent = self._absent(cells)
        proved = _prove_present(proof, cells, absent)
        good = proved.good
        done = good if absent is None or self.field.required else good | absent
        values = cells if self._keeps_text or not self.field.store else keep_valid(proved.values, good)
        column = ColumnVerdict(values, absent, np.empty(0, np.int64), [], [])
        if not done.all():
            column = self._ask_rest(cells, column, np.flatnonzero(~done))
        if self._keeps_text:
            # whatever is wrong with a text, it is kept
            values = cells if column.absent is None else keep_valid(cells, ~column.absent)
            return replace(column, values=values, written=as_text(values) if proved.is_bare and done.all() else None)
        return self._written(cells, good, column)

    def _written(self, cells: pa.Array, good: Mask, column: ColumnVerdict) -> ColumnVerdict:
        """The column as it is written: most numbers stand in their canonical form already, the others are made anew."""
        write = self._canonical
        if write is None:
            return column
        # a cell with nothing in it has no value, and is written so
        anew = np.flatnonzero(~(good & write(cells)) & (np.diff(text_offsets(cells)) > 0))
        if not len(anew):
            return replace(column, written=cells)
        return replace(column, written=replace_cells(cells, anew, as_text(column.values.take(to_arrow(anew)))))

    def _ask_rest(self, cells: pa.Array, column: ColumnVerdict, rest: Ints) -> ColumnVerdict:
        self._lose_patience(len(rest) / len(cells))
        ask = self._memo.judge_few if len(rest) <= HANDFUL else self._memo.judge
        asked = ask(cells.take(to_arrow(rest)))
        values, absent, missing = column.values, column.absent, null_mask(asked.values)
        if self.field.store and not self._keeps_text:
            values = _patched(values, rest, asked.values)
        if missing is not None:
            absent = np.zeros(len(cells), bool) if absent is None else absent
            absent[rest[missing]] = True
        return ColumnVerdict(values, absent, rest[asked.faulty], asked.texts, asked.verdicts)

    def _lose_patience(self, share_open: float) -> None:
        if share_open > 0.5:
            self._patience -= 1
        if self._patience <= 0:
            self._proof = None

    def _absent(self, cells: pa.Array) -> Mask | None:
        """The cells whose text means “nothing here”."""
        sizes = np.diff(text_offsets(cells))
        absent: Mask | None = None
        for size in self._missing_sizes:
            places = np.flatnonzero(sizes == size)
            if len(places) and size:
                places = places[self._are_missing(cells.take(to_arrow(places)))]
            if len(places):
                absent = np.zeros(len(cells), bool) if absent is None else absent
                absent[places] = True
        return absent

    def _are_missing(self, cells: pa.Array) -> Mask:
        if len(cells) <= HANDFUL:
            return np.array([text in self._missing for text in cells.to_pylist()], bool)
        found: Mask = pc.is_in(cells, self._missing_texts).to_numpy(zero_copy_only=False)
        return found


def _prove_present(proof: FieldProof, cells: pa.Array, absent: Mask | None) -> ProofResult:
    """Prove the cells that are not absent; the absent ones are not good."""
    if absent is None:
        return proof.prove(cells)
    if proof.cheap or np.count_nonzero(absent) <= HANDFUL:
        proved = proof.prove(cells)
        return replace(proved, good=proved.good & ~absent)
    return prove_some(proof.prove, cells, ~absent)


def null_mask(values: pa.Array) -> Mask | None:
    """Where a column is null; None when nowhere."""
    if not values.null_count:
        return None
    mask: Mask = values.is_null().to_numpy(zero_copy_only=False)
    return mask


def _patched(values: pa.Array, places: Ints, new: pa.Array) -> pa.Array:
    mask = np.zeros(len(values), bool)
    mask[places] = True
    return pc.replace_with_mask(values, to_arrow(mask), new)
