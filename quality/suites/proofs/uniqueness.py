"""How many rows may share their values with another, in memory that does not grow with the rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import Mask
from quality.conform.keys.key_codes import KeyLog, combine_codes, value_codes
from quality.conform.masks import Ints, null_mask
from quality.suites.proofs.batch_columns import BatchColumns
from quality.suites.proofs.proof import is_share_met

ALL, ANY, NEVER = "all_values_are_missing", "any_value_is_missing", "never"
"""When a row is left out: without any of its values, without one of them, or not at all."""


class UniqueProof:
    """Holds when few enough rows have a code that another has: equal values have equal codes, and seldom others."""

    def __init__(self, names: list[str], share: float, left_out: str) -> None:
        self.names = names
        self._share = share
        self._left_out = left_out
        self._codes = KeyLog()
        self.rows = self._considered = 0
        self.is_lost = False

    def add(self, columns: BatchColumns) -> None:
        cells = [columns.cells(name) for name in self.names]
        codes, kept = _row_codes(cells, self._left_out)
        self._codes.add(codes, kept + self.rows)
        self.rows += columns.rows
        self._considered += len(codes)

    def holds(self) -> bool:
        return self.is_met(len(self.repeated()))

    def repeated(self) -> Ints:
        """Return the sorted positions of all rows that share their code with another."""
        return self._codes.shared()

    def is_met(self, unexpected: int) -> bool:
        """Return whether enough of the rows that count are left without these."""
        return is_share_met(self._considered, unexpected, self._share)

    def close(self) -> None:
        self._codes.close()


def _row_codes(cells: list[pa.Array], left_out: str) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint64]], Ints]:
    """Return the codes of the rows that count, and the positions of these rows."""
    missing = [null_mask(column) for column in cells]
    codes = combine_codes([value_codes(column) for column in cells], list(missing))
    kept = np.flatnonzero(~_is_left_out(missing, left_out, len(codes)))
    return (codes, kept) if len(kept) == len(codes) else (codes[kept], kept)


def _is_left_out(missing: list[Mask | None], left_out: str, rows: int) -> Mask:
    masks = [np.zeros(rows, bool) if mask is None else mask for mask in missing]
    if left_out == NEVER:
        return np.zeros(rows, bool)
    joined: Mask = (np.logical_and if left_out == ALL else np.logical_or).reduce(masks)
    return joined
