"""What a proof is, and those that count rows, look at extremes, or know the answer from the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from quality.suites.proofs.batch_columns import BatchColumns
from quality.suites.proofs.limits import Limits

Count = Callable[[BatchColumns], tuple[int, int]]
"""Counts in some rows those that an expectation considers, and those that may not be as expected."""

MOST_DISTINCT = 10_000
"""Different values that are counted exactly; of a column with more, the number is not proven."""


class Proof(Protocol):
    """Collects from the rows of a table what shows that an expectation is met."""

    def add(self, columns: BatchColumns) -> None:
        """Look at some rows."""

    @property
    def is_lost(self) -> bool:
        """Whether it cannot hold any more, whatever rows come."""

    def holds(self) -> bool:
        """Return, after the last row, whether the expectation is certainly met."""

    def close(self) -> None:
        """Delete temporary files."""


class CountingProof:
    """Holds when enough rows are certainly as expected: a share of those considered, as in Great Expectations."""

    def __init__(self, count: Count, share: float) -> None:
        self._count = count
        self._share = share
        self._considered = self._doubtful = 0

    def add(self, columns: BatchColumns) -> None:
        considered, doubtful = self._count(columns)
        self._considered += considered
        self._doubtful += doubtful

    @property
    def is_lost(self) -> bool:
        return self._share == 1 and self._doubtful > 0

    def holds(self) -> bool:
        return is_share_met(self._considered, self._doubtful, self._share)

    def close(self) -> None:
        """Nothing is kept on disk."""


def is_share_met(considered: int, doubtful: int, share: float) -> bool:
    """Return whether enough rows are as expected, in the floats in which Great Expectations works it out."""
    return not considered or (float(considered) - float(doubtful)) / float(considered) >= share


class ConditionalProof:
    """A proof about the rows alone in which a column of texts holds one text."""

    def __init__(self, proof: Proof, column: str, text: str) -> None:
        self._proof = proof
        self._column = column
        self._text = text

    def add(self, columns: BatchColumns) -> None:
        self._proof.add(columns.where(self._column, self._text))

    @property
    def is_lost(self) -> bool:
        return self._proof.is_lost

    def holds(self) -> bool:
        return self._proof.holds()

    def close(self) -> None:
        self._proof.close()


class ExtremeProof:
    """Holds when the smallest value of a column, or its largest, lies within limits; not where there is no value."""

    def __init__(self, column: str, end: str, limits: Limits) -> None:
        self._column = column
        self._end = end
        self._limits = limits
        self._known: pa.Array | None = None
        self.is_lost = False

    def add(self, columns: BatchColumns) -> None:
        values = columns.values(self._column)
        ends = values if self._known is None else pa.concat_arrays([self._known, values])
        self._known = pa.array([pc.min_max(ends)[self._end].as_py()], values.type).drop_null()

    def holds(self) -> bool:
        return self._known is not None and bool(len(self._known)) and bool(self._limits.met(self._known)[0].as_py())

    def close(self) -> None:
        """Nothing is kept on disk."""


class DistinctCountProof:
    """Holds when the number of different values of a column lies within limits and can be counted exactly."""

    def __init__(self, column: str, limits: Limits) -> None:
        self._column = column
        self._limits = limits
        self._seen: set[object] = set()

    def add(self, columns: BatchColumns) -> None:
        values = pc.unique(columns.values(self._column))
        if len(values) > MOST_DISTINCT:
            values = values.slice(0, MOST_DISTINCT + 1)
        # a set takes 0.0 and -0.0 for the same, as pandas does
        self._seen.update(values.to_pylist())

    @property
    def is_lost(self) -> bool:
        return len(self._seen) > MOST_DISTINCT

    def holds(self) -> bool:
        return not self.is_lost and bool(self._limits.met(pa.array([len(self._seen)], pa.int64()))[0].as_py())

    def close(self) -> None:
        """Nothing is kept on disk."""


class RowCountProof:
    """Holds when the number of rows lies within limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rows = 0
        self.is_lost = False

    def add(self, columns: BatchColumns) -> None:
        self._rows += columns.rows

    def holds(self) -> bool:
        return bool(self._limits.met(pa.array([self._rows], pa.int64()))[0].as_py())

    def close(self) -> None:
        """Nothing is kept on disk."""


class SchemaProof:
    """Known from the columns alone, before the first row."""

    def __init__(self, is_met: bool) -> None:
        self.is_lost = not is_met

    def add(self, columns: BatchColumns) -> None:
        """Rows change nothing."""

    def holds(self) -> bool:
        return not self.is_lost

    def close(self) -> None:
        """Nothing is kept on disk."""
