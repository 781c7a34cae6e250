from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.arrow_bytes import HANDFUL, cells_containing, keep_valid, replace_cells, to_arrow
from packages.formats.arrow import as_text

CELLS = st.lists(st.text("ab,\n£é", max_size=4), min_size=1, max_size=12)


@given(CELLS, st.data())
@settings(max_examples=100, deadline=None)
def test_holding_marks_the_cells_with_one_of_the_characters(texts, data):
    start = data.draw(st.integers(0, len(texts) - 1))
    cells = pa.array(texts).slice(start)

    mask = cells_containing(cells, b",\n")

    expected = ["," in text or "\n" in text for text in texts[start:]]
    assert (mask.tolist() if mask is not None else [False] * len(cells)) == expected


@pytest.mark.parametrize("count", [1, 3, HANDFUL, HANDFUL + 1, 200])
def test_some_cells_are_replaced(count):
    texts = [f"old {i}" for i in range(200)]
    places = np.sort(np.random.default_rng(count).permutation(200)[:count])

    found = replace_cells(pa.array(texts), places, pa.array([f"new {place}" for place in places]))

    wanted = set(places.tolist())
    assert found.to_pylist() == [f"new {i}" if i in wanted else f"old {i}" for i in range(200)]


@pytest.mark.parametrize("hidden", ["", "N/A"])
@pytest.mark.parametrize("start", [0, 1])
def test_a_null_is_written_as_nothing_whatever_lies_under_it(hidden, start):
    texts = pa.array(["a", hidden, "b", hidden])
    valid = pa.py_buffer(np.packbits([True, False, True, False], bitorder="little"))
    cells = pa.Array.from_buffers(pa.string(), 4, [valid, *texts.buffers()[1:]]).slice(start)

    assert as_text(cells).to_pylist() == ["a", "", "b", ""][start:]
    assert as_text(cells).null_count == 0


@pytest.mark.parametrize("kind", [bool, np.int32, np.int64])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 100])
def test_numbers_and_truths_become_arrays_of_arrow(kind, count):
    values = np.random.default_rng(count).integers(0, 2, count).astype(kind)
    valid = np.arange(count) % 3 > 0

    for view in (values, values[::2]):
        found = to_arrow(view)
        found.validate(full=True)
        assert found.to_pylist() == view.tolist()
    some = to_arrow(values, valid)
    some.validate(full=True)
    assert some.to_pylist() == [value if there else None for value, there in zip(values.tolist(), valid, strict=True)]


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("texts", [["a", "b", "c", "d"], ["a", None, "c", "d"]])
def test_cells_that_are_not_good_become_null(texts, start):
    cells = pa.array(texts).slice(start)
    good = np.array([True, True, False, True])[start:]

    found = keep_valid(cells, good)

    assert found.to_pylist() == [text if there else None for text, there in zip(texts[start:], good, strict=True)]
    assert keep_valid(cells, np.ones(len(cells), bool)) is cells
