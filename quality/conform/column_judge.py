"""The verdict on one column: what cannot be proven in bulk is judged once for each distinct text."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import HANDFUL, Mask, keep_valid, replace_cells, text_offsets, to_arrow
from packages.formats.arrow import as_text
from quality.conform.fields import ConformField
from quality.conform.masks import Ints, null_mask
from quality.conform.proofs.canonical import canonical_form
from quality.conform.proofs.prove import FieldProof, exact_proof_of, proof_of, prove_some
from quality.conform.proofs.verdict_cache import MoreFaults, TextVerdict, VerdictCache

FEW = 0.05
"""Share of distinct cells in the first batch below which looking texts up is cheaper than proving them."""

PATIENCE = 3
"""Batches in which a proof may leave most cells open before it is given up."""


@dataclass(frozen=True, slots=True)
class ColumnVerdict:
    """The verdict on a column of a batch.

    `absent`: the cells without a value; None when all have one. `faulty` are the positions of cells with a fault, with
    their `texts` and `verdicts`. `written`: the cells in the CSV of a release; None where they have to be made from
    the values.
    """

    values: pa.Array
    absent: Mask | None
    faulty: Ints
    texts: list[str]
    verdicts: list[TextVerdict]
    written: pa.Array | None = None


class ColumnJudge:
    """Judges the batches of one column, and learns from them which way is cheaper. Threads may share it."""

    def __init__(self, field: ConformField, more_faults: MoreFaults | None = None) -> None:
        self.field = field
        self._cache = VerdictCache(field, more_faults, exact_proof_of(field))
        # a proof reads the schema alone, and so cannot vouch for references, categories and the like
        self._proof = None if more_faults else proof_of(field)
        self._keeps_text = field.store is not None and field.type == pa.string()
        self._canonical = canonical_form(field.type) if field.store else None
        self._missing = field.missing
        self._missing_texts = pa.array(sorted(field.missing), pa.string())
        self._missing_sizes = {len(text.encode()) for text in field.missing}
        self._is_settled = self._proof is None or self._proof.cheap
        self._patience = PATIENCE

    def judge(self, cells: pa.Array) -> ColumnVerdict:
        """Return the verdict on a column of text without nulls."""
        if not self._is_settled and len(cells):
            if len(cells.unique()) < FEW * len(cells):
                self._proof = None
            self._is_settled = True
        # read once: another thread may give the proof up meanwhile
        proof = self._proof
        if proof is None:
            judged = self._cache.judge(cells)
            absent = null_mask(judged.values)
            return ColumnVerdict(judged.values, absent, judged.faulty, judged.texts, judged.verdicts, judged.written)
        return self._prove(proof, cells)

    def ask(self, text: str) -> TextVerdict:
        """Return the verdict on one cell."""
        return self._cache.ask(text)

    def _prove(self, proof: FieldProof, cells: pa.Array) -> ColumnVerdict:
        absent = self._absent(cells)
        if absent is None or proof.cheap or np.count_nonzero(absent) <= HANDFUL:
            proved = proof.prove(cells)
            # a text that stands for no value may look like a good one
            good = proved.good if absent is None else proved.good & ~absent
        else:
            proved = prove_some(proof.prove, cells, ~absent)
            good = proved.good
        done = good if absent is None or self.field.required else good | absent
        values = cells if self._keeps_text or not self.field.store else keep_valid(proved.values, good)
        column = ColumnVerdict(values, absent, np.empty(0, np.int64), [], [])
        if not done.all():
            column = self._judge_open(cells, column, np.flatnonzero(~done))
        if self._keeps_text:
            # a text is stored whatever its faults
            values = cells if column.absent is None else keep_valid(cells, ~column.absent)
            return replace(column, values=values, written=as_text(values) if proved.is_bare and done.all() else None)
        if self._canonical is None:
            return column
        # most numbers are in their canonical form already; an empty cell has no value, and is written as it is
        rewritten = np.flatnonzero(~(good & self._canonical(cells)) & (np.diff(text_offsets(cells)) > 0))
        if not len(rewritten):
            return replace(column, written=cells)
        texts = as_text(column.values.take(to_arrow(rewritten)))
        return replace(column, written=replace_cells(cells, rewritten, texts))

    def _judge_open(self, cells: pa.Array, column: ColumnVerdict, open_cells: Ints) -> ColumnVerdict:
        """Judge the cells that the proof left open one distinct text at a time."""
        if len(open_cells) / len(cells) > 0.5:
            self._patience -= 1
        # threads may count this down at once: being one batch off costs time, never a verdict
        if self._patience <= 0:
            self._proof = None
        judge = self._cache.judge_few if len(open_cells) <= HANDFUL else self._cache.judge
        judged = judge(cells.take(to_arrow(open_cells)))
        values, absent, missing = column.values, column.absent, null_mask(judged.values)
        if self.field.store and not self._keeps_text:
            is_open = np.zeros(len(values), bool)
            is_open[open_cells] = True
            values = pc.replace_with_mask(values, to_arrow(is_open), judged.values)
        if missing is not None:
            absent = np.zeros(len(cells), bool) if absent is None else absent
            absent[open_cells[missing]] = True
        return ColumnVerdict(values, absent, open_cells[judged.faulty], judged.texts, judged.verdicts)

    def _absent(self, cells: pa.Array) -> Mask | None:
        """Return the cells whose text stands for no value."""
        sizes = np.diff(text_offsets(cells))
        absent: Mask | None = None
        # comparing sizes first leaves few cells, often none, whose text has to be compared
        for size in self._missing_sizes:
            places = np.flatnonzero(sizes == size)
            if len(places) and size:
                found = cells.take(to_arrow(places))
                # for a handful a Python set is faster than a call of Arrow's kernel
                if len(found) <= HANDFUL:
                    is_missing = np.array([text in self._missing for text in found.to_pylist()], bool)
                else:
                    is_missing = pc.is_in(found, self._missing_texts).to_numpy(zero_copy_only=False)
                places = places[is_missing]
            if len(places):
                absent = np.zeros(len(cells), bool) if absent is None else absent
                absent[places] = True
        return absent
