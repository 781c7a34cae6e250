"""All proofs of a table, fed with its rows as they pass."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import pyarrow as pa

from quality.suites.expectations import ExpectationQuestion
from quality.suites.proofs.batch_columns import BatchColumns
from quality.suites.proofs.plan import plan_proof
from quality.suites.proofs.proof import Proof

AT_ONCE = 32_768
"""Rows that are looked at together: looking has a fixed cost, however few they are."""

BYTES_AT_ONCE = 16 * 1024 * 1024
"""Bytes that are looked at together: rows may be wide."""

log = logging.getLogger(__name__)


class SuiteProofs:
    """Collects proofs of expectations. `on_unproven` is called once, as soon as one is known not to hold."""

    def __init__(
        self, questions: Sequence[ExpectationQuestion], schema: pa.Schema, on_unproven: Callable[[], None]
    ) -> None:
        planned = {question.name: plan_proof(question, schema) for question in questions}
        self._proofs: dict[str, Proof] = {name: proof for name, proof in planned.items() if proof}
        self._on_unproven: Callable[[], None] | None = on_unproven
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        lost = [name for name, proof in self._proofs.items() if proof.is_lost]
        if lost or len(self._proofs) < len(questions):
            self._drop(lost)

    def add(self, batch: pa.RecordBatch) -> None:
        """Look at some rows, typed as `packages.formats.arrow.arrow_schema` says."""
        if not self._proofs:
            return
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= AT_ONCE or self._bytes >= BYTES_AT_ONCE:
            self.look()

    def finish(self) -> frozenset[str]:
        """Return, after the last row, the names of the expectations that are certainly met."""
        try:
            self.look()
            held = frozenset(name for name, proof in self._proofs.items() if _is_sure(proof.holds))
            if len(held) < len(self._proofs):
                self._drop([])
            return held
        finally:
            self.close()

    def close(self) -> None:
        """Delete temporary files."""
        for proof in self._proofs.values():
            proof.close()
        self._proofs = {}

    def look(self) -> None:
        """Look at the rows that have come since the last look."""
        waiting, self._waiting, self._rows, self._bytes = self._waiting, [], 0, 0
        if not waiting or not self._proofs:
            return
        columns = BatchColumns(pa.Table.from_batches(waiting))
        lost = [name for name, proof in self._proofs.items() if not _can_go_on(proof, columns)]
        if lost:
            self._drop(lost)

    def _drop(self, lost: Sequence[str]) -> None:
        for name in lost:
            self._proofs.pop(name).close()
        if self._on_unproven:
            on_unproven, self._on_unproven = self._on_unproven, None
            on_unproven()


def _can_go_on(proof: Proof, columns: BatchColumns) -> bool:
    def add() -> bool:
        proof.add(columns)
        return not proof.is_lost

    return _is_sure(add)


def _is_sure(answer: Callable[[], bool]) -> bool:
    try:
        return answer()
    except Exception as error:  # noqa: BLE001 - a proof that stops proves nothing, and Great Expectations is asked
        log.info("a proof stopped with %s", type(error).__name__)
        return False
