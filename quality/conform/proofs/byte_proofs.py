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

from packages.arrow_bytes import Bytes, Mask, text_bytes, text_offsets, to_arrow
from quality.conform.proofs.pattern_grammar import Ranges

Places = np.ndarray[Any, Any]

POINT, MINUS, ZERO, NINE = b".-09"


def whole_numbers(cells: pa.Array, longest: int) -> Mask:
    """The cells that are one to `longest` digits."""
    sizes = np.diff(text_offsets(cells))
    good: Mask = (sizes > 0) & (sizes <= longest)
    good[_owners(cells, np.flatnonzero(~_digits(text_bytes(cells))))] = False
    return good


def plain_numbers(cells: pa.Array, longest: int, places: int) -> Mask:
    """The cells that are digits, a point and one to `places` digits, with at most a minus before them."""
    bounds, data = text_offsets(cells), text_bytes(cells)
    begins, ends = bounds[:-1] - bounds[0], bounds[1:] - bounds[0]
    at = np.flatnonzero(~_digits(data))
    points, others = at[data[at] == POINT], at[data[at] != POINT]
    are_even = len(points) == len(cells) and bool(((points >= begins) & (points < ends)).all())
    owners = np.arange(len(cells)) if are_even else _owners(cells, points)
    # where the digits and the point of each cell begin; a cell without a point has it behind its end
    first, point = begins.copy(), ends.copy()
    point[owners] = points
    holders = _owners(cells, others)
    is_sign = (data[others] == MINUS) & (others == begins[holders])
    first[holders[is_sign]] += 1
    good: Mask = (ends - begins <= longest) & (point > first) & (ends - point > 1) & (ends - point - 1 <= places)
    good[holders[~is_sign]] = False
    if not are_even:
        good &= np.bincount(owners, minlength=len(cells)) == 1
    return good


def have_form(cells: pa.Array, forms: Mapping[int, Sequence[Ranges]]) -> Mask:
    """The cells that have one of the forms of their width."""
    sizes, data = np.diff(text_offsets(cells)), text_bytes(cells)
    good = np.zeros(len(cells), bool)
    for width, alternatives in forms.items():
        here = np.flatnonzero(sizes == width)
        if width and len(here):
            text = data if len(here) == len(cells) else text_bytes(cells.take(to_arrow(here)))
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


def _owners(cells: pa.Array, places: Places) -> Places:
    """The cells in which some bytes lie."""
    bounds = text_offsets(cells)
    if 8 * len(places) > len(cells):
        # so many are sooner found by giving each byte the number of its cell
        return np.repeat(np.arange(len(cells), dtype=np.int32), np.diff(bounds))[places]
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
