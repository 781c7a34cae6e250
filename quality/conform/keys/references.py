"""Foreign keys: which values the table they point to holds, and which rows point to nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quality.conform.fields import ConformField
from quality.conform.frictionless.schema import trust_paths
from quality.conform.proofs.verdict_cache import REFUSALS, Mask, MoreFaults

if TYPE_CHECKING:
    from packages.spec import TableSchema

UNKNOWN = ("reference",)


def is_known_in(known: Sequence[Collection[tuple[Any, ...]]]) -> MoreFaults:
    """Whether a value is in every one of the tables that a field alone points to."""
    everywhere = frozenset.intersection(*(frozenset(keys) for keys in known))
    values = {value for (value,) in everywhere}

    def faults(value: Any, _: str) -> tuple[str, ...]:
        return () if value in values else UNKNOWN

    def clears(texts: Sequence[str]) -> Mask:
        return np.array([text in values for text in texts], bool)

    return MoreFaults(faults, clears)


def foreign_keys(schema: TableSchema) -> list[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """The foreign keys of a schema: fields, the resource that they point to ("": the same), and its fields."""
    return list(schema.points_to)


def referenced_keys(source: Any, names: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """The values of some fields in every row of another table: a path, or a resource descriptor."""
    from quality.conform.frictionless.frictionless_table import frictionless_keys
    from quality.conform.frictionless.resource import referenced_resource

    with trust_paths():
        return frictionless_keys(referenced_resource("reference", source), names)


@dataclass(slots=True)
class ReferenceGroup:
    """Several fields that point to another table together. `known` holds the keys of that table."""

    places: Sequence[int]
    fields: Sequence[ConformField]
    known: Collection[tuple[Any, ...]]
    _seen: dict[tuple[str, ...], bool] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def unknown(self, cells: pa.RecordBatch) -> Mask:
        """The rows whose cells point to nothing."""
        encoded = [cells.column(place).dictionary_encode() for place in self.places]
        total = np.zeros(cells.num_rows, np.int64)
        for column in encoded:
            total = total * len(column.dictionary) + column.indices.to_numpy(zero_copy_only=False)
        _, first, inverse = np.unique(total, return_index=True, return_inverse=True)
        texts = zip(*(pc.take(column, pa.array(first)).to_pylist() for column in encoded), strict=True)
        return np.array([self.points_nowhere(key) for key in texts], bool)[inverse]

    def points_nowhere(self, texts: tuple[str, ...]) -> bool:
        """Whether the cells of one row point to nothing."""
        if texts not in self._seen:
            self._seen[texts] = self._ask(texts)
        return self._seen[texts]

    def _ask(self, texts: tuple[str, ...]) -> bool:
        try:
            values = tuple(field.read(text)[0] for field, text in zip(self.fields, texts, strict=True))
            return set(values) != {None} and values not in self.known
        except REFUSALS:
            return True
