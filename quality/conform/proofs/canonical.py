"""Which proven numbers stand already in the one form that a release writes, so that nobody has to write them anew.

Each function looks at the first and last bytes of cells that are proven. It may leave canonical cells out, never take
others in: what it leaves out is written from its value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import Bytes, text_bytes, text_offsets
from quality.conform.proofs.byte_proofs import MINUS, POINT, ZERO
from quality.conform.proofs.verdict_cache import Mask

IsCanonical = Callable[[pa.Array], Mask]


def canonical_form(kind: pa.DataType | None) -> IsCanonical | None:
    """How to tell canonical cells of an Arrow type; None where all values have to be written."""
    if kind is None:
        return None
    if pa.types.is_decimal(kind):
        return partial(_has_places, places=kind.scale)
    return {pa.int64(): _is_whole, pa.float64(): _is_short}.get(kind)


@dataclass(frozen=True, slots=True)
class _Ends:
    """The bytes of some cells, and where each begins and ends."""

    data: Bytes
    begins: np.ndarray[Any, Any]
    ends: np.ndarray[Any, Any]

    @classmethod
    def of(cls, cells: pa.Array) -> _Ends:
        bounds = text_offsets(cells) - text_offsets(cells)[0]
        return cls(text_bytes(cells), bounds[:-1], bounds[1:])

    def at(self, places: np.ndarray[Any, Any]) -> Bytes:
        """One byte for each cell; that of an empty cell means nothing."""
        return self.data[np.clip(places, 0, len(self.data) - 1)] if len(self.data) else np.zeros(len(places), np.uint8)

    def leads_with_zero(self) -> Mask:
        negative = self.at(self.begins) == MINUS
        found: Mask = self.at(self.begins + negative) == ZERO
        return found


def _is_whole(cells: pa.Array) -> Mask:
    """Digits without a needless zero before them; a single 0 is canonical too."""
    ends = _Ends.of(cells)
    found: Mask = ((ends.ends - ends.begins) == 1) | ~ends.leads_with_zero()
    return found


def _is_short(cells: pa.Array) -> Mask:
    """No needless zero on either side. Fractions of one are left out: small ones are written with a power of ten."""
    ends = _Ends.of(cells)
    found: Mask = ~ends.leads_with_zero() & (ends.at(ends.ends - 1) != ZERO)
    return found


def _has_places(cells: pa.Array, places: int) -> Mask:
    """Exactly so many digits behind the point, and no needless zero before it."""
    if not places:
        return _is_whole(cells)
    ends = _Ends.of(cells)
    longer = (ends.ends - ends.begins) > places + 1
    found: Mask = longer & ~ends.leads_with_zero() & (ends.at(ends.ends - places - 1) == POINT)
    return found
