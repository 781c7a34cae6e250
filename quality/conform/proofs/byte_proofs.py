"""Proofs on the bytes of a whole column at once, for the forms that most columns have.

Each takes the data of an Arrow string array as one vector of bytes. What it leaves open is matched with a regular
expression cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import Bytes, Mask, text_bytes, text_offsets, to_arrow
from quality.conform.proofs.pattern_grammar import Ranges

Positions = np.ndarray[Any, Any]
"""Positions of bytes or cells, of any integer type."""

POINT, MINUS, ZERO, NINE = b".-09"


def whole_numbers(cells: pa.Array, longest: int) -> Mask:
    """Return the cells that are one to `longest` digits."""
    sizes = np.diff(text_offsets(cells))
    good: Mask = (sizes > 0) & (sizes <= longest)
    good[_owners(cells, np.flatnonzero(~_are_digits(text_bytes(cells))))] = False
    return good


def plain_numbers(cells: pa.Array, longest: int, places: int) -> Mask:
    """Return the cells that are digits, a point and one to `places` digits, with at most a minus before them."""
    bounds, data = text_offsets(cells), text_bytes(cells)
    begins, ends = bounds[:-1] - bounds[0], bounds[1:] - bounds[0]
    at = np.flatnonzero(~_are_digits(data))
    points, others = at[data[at] == POINT], at[data[at] != POINT]
    # one point in each cell, in order: the common case needs no search for the cells of the points
    are_even = len(points) == len(cells) and bool(((points >= begins) & (points < ends)).all())
    owners = np.arange(len(cells)) if are_even else _owners(cells, points)
    # offsets of the first digit and of the point of each cell; without a point, that of the cell's end
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
    """Return the cells that have one of the forms listed for their width in bytes."""
    sizes, data = np.diff(text_offsets(cells)), text_bytes(cells)
    good = np.zeros(len(cells), bool)
    for width, alternatives in forms.items():
        places = np.flatnonzero(sizes == width)
        if not width or not len(places):
            continue
        text = data if len(places) == len(cells) else text_bytes(cells.take(to_arrow(places)))
        good[places] = True
        for form in alternatives:
            misses = np.zeros(len(places), bool)
            low, span = _ranges(form, 1 << len(places).bit_length())
            # bytes below `low` wrap around and exceed every span: one comparison for both ends
            misses[np.flatnonzero((text - low[: len(text)]) > span[: len(text)]) // width] = True
            if not misses.any():
                break
            # only the texts that this form does not match are compared with the next
            places, text = places[misses], text.reshape(-1, width)[misses].reshape(-1)
        else:
            # these match none of the forms
            good[places] = False
    return good


def _owners(cells: pa.Array, places: Positions) -> Positions:
    """Return the cell in which each of some bytes is."""
    bounds = text_offsets(cells)
    if 8 * len(places) > len(cells):
        # this many are found faster by giving each byte the number of its cell
        return np.repeat(np.arange(len(cells), dtype=np.int32), np.diff(bounds))[places]
    owners: Positions = np.searchsorted(bounds, places + bounds[0], side="right") - 1
    return owners


def _are_digits(data: Bytes) -> Mask:
    # bytes below "0" wrap around to large numbers, so one comparison is enough
    return (data - np.uint8(ZERO)) <= np.uint8(NINE - ZERO)


@lru_cache(maxsize=16)
def _ranges(form: Ranges, count: int) -> tuple[Bytes, Bytes]:
    """Return the lowest byte and the width of each range of a form, repeated for `count` cells.

    Callers round `count` up to a power of two, so that batches of similar size share a cached entry.
    """
    low = np.array([low for low, _ in form], np.uint8)
    span = np.array([high - low for low, high in form], np.uint8)
    return np.tile(low, count), np.tile(span, count)
