"""Numpy arrays that select rows of a column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import Mask

Ints = np.ndarray[Any, np.dtype[np.int64]]
"""Positions of rows in a batch, or row numbers of a file."""


def null_mask(values: pa.Array) -> Mask | None:
    """Return where a column is null; None when nowhere."""
    if not values.null_count:
        return None
    mask: Mask = values.is_null().to_numpy(zero_copy_only=False)
    return mask
