"""Does the data follow its Table Schema? Frictionless' verdict, at Arrow's speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from packages.model import Batch
from packages.spec import TableSchema

if TYPE_CHECKING:
    from quality.conform.conforming import Conforming, Typed

__all__ = ["Conforming", "Typed", "conform"]


def conform(
    batches: Iterator[Batch], schema: TableSchema, *, references: Mapping[str, Any] | None = None
) -> Conforming:
    """Judge rows of text and type them, in one pass: iterate the answer, then ask it for `findings` and `checks`."""
    from quality.conform.conforming import Conforming

    return Conforming(batches, schema, references or {})


def __getattr__(name: str) -> Any:
    if name in ("Conforming", "Typed"):
        from quality.conform import conforming

        return getattr(conforming, name)
    raise AttributeError(name)
