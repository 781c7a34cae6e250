"""Foreign keys to other tables: which values may be referred to, and which rows refer to none of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import Mask
from quality.conform.fields import ConformField
from quality.conform.proofs.verdict_cache import REFUSALS, MoreFaults

UNKNOWN = ("reference",)


def is_known_in(known: Sequence[Collection[tuple[Any, ...]]]) -> MoreFaults:
    """Return the check that a value is in every one of the tables that a single field refers to."""
    everywhere = frozenset.intersection(*(frozenset(keys) for keys in known))
    values = {value for (value,) in everywhere}

    def faults(value: Any, _: str) -> tuple[str, ...]:
        return () if value in values else UNKNOWN

    def clears(texts: Sequence[str]) -> Mask:
        return np.array([text in values for text in texts], bool)

    return MoreFaults(faults, clears)


@dataclass(slots=True)
class ReferenceGroup:
    """Several fields that refer to another table together. `known` holds the keys of that table."""

    places: Sequence[int]
    fields: Sequence[ConformField]
    known: Collection[tuple[Any, ...]]
    _verdicts: dict[tuple[str, ...], bool] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def unknown(self, cells: pa.RecordBatch) -> Mask:
        """Return the rows whose cells refer to no key of the other table."""
        encoded = [cells.column(place).dictionary_encode() for place in self.places]
        # one integer for each combination of texts, so that each combination is judged once
        total = np.zeros(cells.num_rows, np.int64)
        for column in encoded:
            total = total * len(column.dictionary) + column.indices.to_numpy(zero_copy_only=False)
        _, first, inverse = np.unique(total, return_index=True, return_inverse=True)
        texts = zip(*(pc.take(column, pa.array(first)).to_pylist() for column in encoded), strict=True)
        return np.array([self.points_nowhere(key) for key in texts], bool)[inverse]

    def points_nowhere(self, texts: tuple[str, ...]) -> bool:
        """Return whether the cells of one row refer to no key of the other table."""
        if texts not in self._verdicts:
            try:
                values = tuple(field.read(text)[0] for field, text in zip(self.fields, texts, strict=True))
                # a row without any of the values refers to nothing, which is allowed
                self._verdicts[texts] = set(values) != {None} and values not in self.known
            except REFUSALS:
                self._verdicts[texts] = True
        return self._verdicts[texts]
