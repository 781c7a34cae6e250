"""Proofs on the bytes of a whole column at once, for the forms that most columns have.

Each looks at the data of an Arrow string array as one row of bytes. What it does not prove, a regular expression looks
at cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from packages.bytewise import Bytes, Mask, data_of, offsets
from quality.conform.grammar import Ranges

Places = np.ndarray[Any, Any]

POINT, MINUS, ZERO, NINE = b".-09"


def whole_numbers(cells: pa.Array, longest: int) -> Mask:
    """The cells that are one to `longest` digits."""
    sizes = np.diff(offsets(cells))
    good: Mask = (sizes > 0) & (sizes <= longest)
    good[_owners(cells, np.flatnonzero(~_digits(data_of(cells))))] = False
    return good


def plain_numbers(cells: pa.Array, longest: int, places: int) -> Mask:
    """Cells that are digits, a point and one to `places` digits, with at most a minus before them."""
    if are_plain_numbers(cells, longest, places):
        return np.ones(len(cells), bool)
    regular = ~_odd_numbers(cells, longest)
    if not regular.any() or not are_plain_numbers(cells.filter(pa.array(regular)), longest, places):
        return np.zeros(len(cells), bool)
    return regular


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


def have_form(cells: pa.Array, forms: Mapping[int, Sequence[Ranges]]) -> Mask:
    """The cells that have one of the forms of their width."""
    sizes, data = np.diff(offsets(cells)), data_of(cells)
    good = np.zeros(len(cells), bool)
    for width, alternatives in forms.items():
        here = np.flatnonzero(sizes == width)
        if width and len(here):
            text = data if len(here) == len(cells) else data[np.repeat(sizes == width, sizes)]
            good[here] = _have_one_of(alternatives, text, width)
    return good


def _have_one_of(forms: Sequence[Ranges], text: Bytes, width: int) -> Mask:
    """Which of some texts of one width have one of the forms."""
    left = np.arange(len(text) // width)
    good = np.ones(len(left), bool)
    for form in forms:
        misses = np.zeros(len(left), bool)
        misses[np.flatnonzero(~_inside(text, form)) // width] = True
        if not misses.any():
            return good
        # what one form does not take may have another
        left, text = left[misses], text.reshape(-1, width)[misses].reshape(-1)
    good[left] = False
    return good


def _odd_numbers(cells: pa.Array, longest: int) -> Mask:
    """The cells that may keep a column from being one of plain numbers, found without looking at each."""
    bounds = offsets(cells)
    sizes = np.diff(bounds)
    odd: Mask = (sizes == 0) | (sizes > longest)
    if (sizes == 0).any():
        return odd
    data, begins = data_of(cells), bounds[:-1] - bounds[0]
    others = ~_digits(data)
    odd |= np.add.reduceat(others, begins, dtype=np.uint8) != 1 + (data[begins] == MINUS)
    odd[_owners(cells, np.flatnonzero(others & (data != POINT) & (data != MINUS)))] = True
    return odd


def _owners(cells: pa.Array, places: Places) -> Places:
    """The cells in which some bytes lie."""
    bounds = offsets(cells)
    owners: Places = np.searchsorted(bounds, places + bounds[0], side="right") - 1
    return owners


def _digits(data: Bytes) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return (data - np.uint8(ZERO)) <= np.uint8(NINE - ZERO)


def _inside(data: Bytes, form: Ranges) -> np.ndarray[Any, np.dtype[np.bool_]]:
    low, span = _ranges(form, 1 << (len(data) // len(form)).bit_length())
    return (data - low[: len(data)]) <= span[: len(data)]


@lru_cache(maxsize=16)
def _ranges(form: Ranges, count: int) -> tuple[Bytes, Bytes]:
    """The lowest byte and the width of each range of a form, for so many cells behind each other."""
    low = np.array([low for low, _ in form], np.uint8)
    span = np.array([high - low for low, high in form], np.uint8)
    return np.tile(low, count), np.tile(span, count)
