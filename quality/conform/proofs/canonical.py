"""Find proven numbers that are already in the canonical form of a release, so that they need not be rewritten.

Only the first and last bytes of proven cells are read. A test may leave canonical cells out, but accepts no other cell:
what it leaves out is written from its value.
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
    if kind is None or not (pa.types.is_decimal(kind) or kind in (pa.int64(), pa.float64())):
        return None
    return partial(_is_canonical, kind=kind)


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


def _is_canonical(cells: pa.Array, kind: pa.DataType) -> Mask:
    bounds = _CellBounds.of(cells)
    sizes, is_bare = bounds.ends - bounds.begins, ~bounds.leads_with_zero()
    mask: Mask
    if pa.types.is_floating(kind):
        # a zero at the end is not written, and fractions of one may have to be written with a power of ten
        mask = is_bare & (bounds.at(bounds.ends - 1) != ZERO)
    elif pa.types.is_decimal(kind) and kind.scale:
        # exactly `scale` decimals: the point must be inside the cell, and not its first byte
        mask = (sizes > kind.scale + 1) & is_bare & (bounds.at(bounds.ends - kind.scale - 1) == POINT)
    else:
        # a single 0 is canonical too
        mask = (sizes == 1) | is_bare
    return mask
