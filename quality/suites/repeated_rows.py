"""Ask Great Expectations which rows repeat another, of those alone that may: memory grows with these, not with all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from packages.arrow_bytes import to_arrow
from quality.suites.expectations import ExpectationAnswer, ExpectationQuestion, ask_about_frame, frame_of
from quality.suites.proofs.batch_columns import BatchColumns
from quality.suites.proofs.plan import plan_proof
from quality.suites.proofs.settings import NotUnderstood
from quality.suites.proofs.uniqueness import UniqueProof

READ_ROWS = 65_536
"""Rows that are read at once."""


def is_about_repeats(question: ExpectationQuestion) -> bool:
    """Return whether an expectation is that the values of one column, or of several, are nowhere there twice."""
    return question.type in ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


def ask_of_repeated_rows(
    question: ExpectationQuestion, parquet: Path, dates: frozenset[str]
) -> dict[str, ExpectationAnswer]:
    """Return the answer on the whole table by name; nothing where only the whole table can tell."""
    proof = plan_proof(question, pq.read_schema(parquet))
    if not isinstance(proof, UniqueProof):
        return {}
    with closing(proof):
        try:
            for batch in _batches(parquet, proof.names):
                proof.add(BatchColumns(pa.Table.from_batches([batch])))
        except NotUnderstood:
            return {}
        repeated = proof.repeated()
    # Great Expectations needs a row to look at
    chosen = repeated if len(repeated) else np.zeros(1, np.int64)
    frame = _frame_of_rows(parquet, proof.names, chosen)
    answer = ask_about_frame([question], frame, dates)[question.name].answer
    if answer.problem:
        return {question.name: answer}
    return {
        question.name: ExpectationAnswer(proof.is_met(answer.count), answer.count, proof.rows, places=answer.places)
    }


def _frame_of_rows(parquet: Path, names: list[str], positions: np.ndarray[Any, Any]) -> Any:
    """Return rows at sorted positions as a frame with these as its index."""
    parts, begin = [], 0
    for batch in _batches(parquet, names):
        first, last = np.searchsorted(positions, [begin, begin + batch.num_rows])
        if first < last:
            parts.append(batch.take(to_arrow(positions[first:last] - begin)))
        begin += batch.num_rows
    frame = frame_of(pa.Table.from_batches(parts))
    frame.index = positions
    return frame


def _batches(parquet: Path, names: list[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(parquet, pre_buffer=False) as file:
        yield from file.iter_batches(READ_ROWS, columns=names)
