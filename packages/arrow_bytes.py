"""Access to the bytes of an Arrow column of text, in which all cells lie one after the other, without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Offsets = np.ndarray[Any, np.dtype[np.int32]]
Places = np.ndarray[Any, np.dtype[np.int64]]

HANDFUL = 64
"""Up to this many cells are replaced faster one by one than by calls that take many at once."""


def text_offsets(cells: pa.Array) -> Offsets:
    """Return the positions in the data at which each text begins, and at which the last one ends."""
    if not len(cells):
        return np.zeros(1, np.int32)
    return np.frombuffer(cells.buffers()[1], np.int32)[cells.offset : cells.offset + len(cells) + 1]


def text_bytes(cells: pa.Array) -> Bytes:
    """Return the bytes of all cells, one after the other."""
    bounds = text_offsets(cells)
    buffer = cells.buffers()[2]
    if bounds[0] == bounds[-1] or buffer is None:
        return np.empty(0, np.uint8)
    return np.frombuffer(buffer, np.uint8)[bounds[0] : bounds[-1]]


def cells_containing(cells: pa.Array, chars: bytes) -> Mask | None:
    """Return a mask of the cells that hold one of some ASCII characters; None when none does."""
    data = text_bytes(cells)
    # one pass over the bytes spares many columns a pass for each character
    if not len(data) or data.min() > max(chars):
        return None
    # the C library finds one byte many times faster than numpy compares all of them
    text = data.tobytes()
    found = [char for char in chars if char in text]
    if not found:
        return None
    hits = data == found[0]
    for char in found[1:]:
        hits |= data == char
    places = np.flatnonzero(hits)
    bounds = text_offsets(cells)
    mask = np.zeros(len(cells), bool)
    mask[np.searchsorted(bounds, places + bounds[0], side="right") - 1] = True
    return mask


def maybe_padded(cells: pa.Array) -> Mask:
    """Return a mask of the cells that are empty or may have space at an end; all others begin and end visibly."""
    data, bounds = text_bytes(cells), text_offsets(cells) - text_offsets(cells)[0]
    if not len(data):
        return np.ones(len(cells), bool)
    first = data[np.minimum(bounds[:-1], len(data) - 1)]
    last = data[np.maximum(bounds[1:] - 1, 0)]
    visible: Mask = (visible_bytes(first) & visible_bytes(last)) & (bounds[1:] > bounds[:-1])
    return ~visible


def to_arrow(values: np.ndarray[Any, Any], valid: Mask | None = None) -> pa.Array:
    """Return whole numbers (as int64) or truth values as an Arrow array; null where they are not valid."""
    # pyarrow.array would check whether the values are masked and import numpy.ma for it: 30 ms at start-up
    buffers = [None if valid is None else _bits(valid)]
    if values.dtype == bool:
        return pa.Array.from_buffers(pa.bool_(), len(values), [*buffers, _bits(values)])
    numbers = pa.py_buffer(np.ascontiguousarray(values, np.int64))
    return pa.Array.from_buffers(pa.int64(), len(values), [*buffers, numbers])


def _bits(mask: Mask) -> pa.Buffer:
    return pa.py_buffer(np.packbits(mask, bitorder="little"))


def keep_valid(cells: pa.Array, good: Mask) -> pa.Array:
    """Return the cells with null in place of those that are not good."""
    if good.all():
        return cells
    if cells.offset or cells.null_count:
        return pc.if_else(to_arrow(good), cells, None)
    # only the validity bitmap is new: the cells themselves are not copied
    return pa.Array.from_buffers(cells.type, len(cells), [_bits(good), *cells.buffers()[1:]])


def replace_cells(cells: pa.Array, places: Places, new: pa.Array) -> pa.Array:
    """Return the cells with new ones at some places, given in ascending order."""
    if not len(places):
        return cells
    # Arrow's own replacement goes text by text, which takes several times as long as either way here
    if len(places) > HANDFUL:
        order = np.arange(len(cells))
        order[places] = np.arange(len(cells), len(cells) + len(places))
        return pa.concat_arrays([cells, new]).take(to_arrow(order))
    parts, end = [], 0
    for count, place in enumerate(places.tolist()):
        parts += [cells.slice(end, place - end), new.slice(count, 1)]
        end = place + 1
    return pa.concat_arrays([*parts, cells.slice(end)])


def visible_bytes(chars: Bytes) -> Mask:
    """Return a mask of the bytes that are visible ASCII; any other may be, or belong to, some kind of space."""
    # unsigned: bytes below 33 wrap round to large numbers, so that one comparison tests both bounds
    found: Mask = (chars - np.uint8(33)) < np.uint8(94)
    return found
