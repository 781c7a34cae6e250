"""Proofs on the bytes of a whole column at once, for the forms that most columns have.

Each looks at the data of an Arrow string array as one row of bytes. It proves all cells or gives up: then a regular
expression looks at each cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from packages.bytewise import Bytes, data_of, offsets
from quality.conform.grammar import Ranges

Places = np.ndarray[Any, Any]

POINT, MINUS, ZERO, NINE = b".-09"


def are_whole_numbers(cells: pa.Array, longest: int) -> bool:
    """Whether every cell is one to `longest` digits."""
    sizes = np.diff(offsets(cells))
    return bool(len(sizes) and sizes.min() > 0 and sizes.max() <= longest and _digits(data_of(cells)).all())


def are_plain_numbers(cells: pa.Array, longest: int, places: int) -> bool:
    """Whether every cell is digits, a point and one to `places` digits, with at most a minus before them."""
    bounds = offsets(cells)
    if not len(cells) or np.diff(bounds).max() > longest:
        return False
    data, begins, ends = data_of(cells), bounds[:-1] - bounds[0], bounds[1:] - bounds[0]
    others = np.flatnonzero(~_digits(data))
    points = others[data[others] == POINT]
    first = _first_digits(data, begins, others[data[others] == MINUS])
    if first is None or len(points) != len(cells) or len(others) - len(points) != (first > begins).sum():
        return False
    # there are as many points as cells, and each lies inside its own, with digits on both sides
    behind = ends - points - 1
    return bool((points > first).all() and (behind > 0).all() and (behind <= places).all())


def _first_digits(data: Bytes, begins: Places, minus: Places) -> Places | None:
    """Where the digits of each cell begin; None where a minus stands elsewhere than in front of them."""
    if not len(minus):
        return begins
    # if as many cells begin with a minus as there are, none is left to stand elsewhere
    negative = data[np.minimum(begins, len(data) - 1)] == MINUS
    return begins + negative if negative.sum() == len(minus) else None


def have_form(cells: pa.Array, forms: Mapping[int, Sequence[Ranges]]) -> bool:
    """Whether all cells have the same width, and each one of the forms of that width."""
    sizes = np.diff(offsets(cells))
    width = int(sizes[0]) if len(sizes) else 0
    if not width or width not in forms or not (sizes == width).all():
        return False
    data = data_of(cells)
    for form in forms[width]:
        inside = _inside(data, form)
        if inside.all():
            return True
        # what one form does not take may have another
        fits = inside.reshape(-1, width).all(axis=1)
        data = data.reshape(-1, width)[~fits].reshape(-1)
    return False


def _digits(data: Bytes) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return (data - np.uint8(ZERO)) <= np.uint8(NINE - ZERO)


def _inside(data: Bytes, form: Ranges) -> np.ndarray[Any, np.dtype[np.bool_]]:
    count = len(data) // len(form)
    low = np.tile(np.array([low for low, _ in form], np.uint8), count)
    span = np.tile(np.array([high - low for low, high in form], np.uint8), count)
    return (data - low) <= span
