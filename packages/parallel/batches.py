"""Batches of which the last one is known to be the last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from packages.model import Batch


def with_end(batches: Iterable[Batch], least: int, *, is_end: bool) -> Iterator[tuple[Batch, bool]]:
    """Yield each batch, and whether it is the last one: that has at least `least` rows, if there are as many.

    A batch is held back until that many rows have followed; those that are left at the end become one. Where `is_end`
    is False, other rows follow elsewhere: no batch is the last one, and none is held back.
    """
    if not is_end:
        yield from ((batch, False) for batch in batches)
        return
    held: list[Batch] = []
    for batch in batches:
        held.append(batch)
        while sum(later.cells.num_rows for later in held[1:]) >= least:
            yield held.pop(0), False
    if held:
        yield _joined(held), True


def _joined(batches: list[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    # a table without rows has no batches
    cells = pa.Table.from_batches([batch.cells for batch in batches]).combine_chunks().to_batches()
    return Batch(cells[0] if cells else batches[0].cells, pa.concat_arrays([batch.numbers for batch in batches]))
