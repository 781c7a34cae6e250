"""Find proven numbers that are already in the canonical form of a release, so that they need not be rewritten.

Each function reads the first and last bytes of proven cells. It may leave canonical cells out, but accepts no other
cell: what it leaves out is written from its value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import Bytes, Mask, text_bytes, text_offsets
from quality.conform.proofs.byte_proofs import MINUS, POINT, ZERO

IsCanonical = Callable[[pa.Array], Mask]


def canonical_form(kind: pa.DataType | None) -> IsCanonical | None:
    """Return the test for canonical cells of an Arrow type; None where all values have to be written."""
    if kind is None:
        return None
    if pa.types.is_decimal(kind):
        return partial(_has_places, places=kind.scale)
    return {pa.int64(): _is_whole, pa.float64(): _is_short}.get(kind)


@dataclass(frozen=True, slots=True)
class _CellBounds:
    """The bytes of some cells, and the offsets at which each begins and ends."""

    data: Bytes
    begins: np.ndarray[Any, Any]
    ends: np.ndarray[Any, Any]

    @classmethod
    def of(cls, cells: pa.Array) -> _CellBounds:
        bounds = text_offsets(cells) - text_offsets(cells)[0]
        return cls(text_bytes(cells), bounds[:-1], bounds[1:])

    def at(self, places: np.ndarray[Any, Any]) -> Bytes:
        """Return one byte for each cell; that of an empty cell means nothing."""
        return self.data[np.clip(places, 0, len(self.data) - 1)] if len(self.data) else np.zeros(len(places), np.uint8)

    def leads_with_zero(self) -> Mask:
        is_negative = self.at(self.begins) == MINUS
        mask: Mask = self.at(self.begins + is_negative) == ZERO
        return mask


def _is_whole(cells: pa.Array) -> Mask:
    """Accept digits without a leading zero; a single 0 is canonical too."""
    bounds = _CellBounds.of(cells)
    mask: Mask = ((bounds.ends - bounds.begins) == 1) | ~bounds.leads_with_zero()
    return mask


def _is_short(cells: pa.Array) -> Mask:
    """Accept numbers without a zero at either end; fractions of one may have to be written with a power of ten."""
    bounds = _CellBounds.of(cells)
    mask: Mask = ~bounds.leads_with_zero() & (bounds.at(bounds.ends - 1) != ZERO)
    return mask


def _has_places(cells: pa.Array, places: int) -> Mask:
    """Accept numbers with exactly `places` decimals and no leading zero."""
    if not places:
        return _is_whole(cells)
    bounds = _CellBounds.of(cells)
    # the point must be inside the cell, and not its first byte
    is_longer = (bounds.ends - bounds.begins) > places + 1
    mask: Mask = is_longer & ~bounds.leads_with_zero() & (bounds.at(bounds.ends - places - 1) == POINT)
    return mask
