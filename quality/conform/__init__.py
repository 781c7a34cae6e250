"""Conformance of data to its Table Schema: frictionless' verdict, at Arrow's speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from packages.model import Batch
    from packages.spec import TableSchema
    from quality.conform.conformance_pass import ConformancePass, TypedBatch
    from quality.conform.frictionless.validate import FileReport

__all__ = ["ConformancePass", "FileReport", "TypedBatch", "conform", "validate"]


def conform(
    batches: Iterator[Batch], schema: TableSchema, *, references: Mapping[str, Any] | None = None
) -> ConformancePass:
    """Judge rows of text and type them in one pass: iterate the result, then read its `findings` and `checks`.

    `references` gives the tables that foreign keys refer to by their names.
    """
    from quality.conform.conformance_pass import ConformancePass
    from quality.conform.known_keys import known_keys

    return ConformancePass(batches, schema, known_keys(schema, references or {}))


def validate(
    path: str | Path,
    schema: str | Path | Mapping[str, Any],
    *,
    dialect: Mapping[str, Any] | None = None,
    references: Mapping[str, Any] | None = None,
    limit_errors: int = 1000,
) -> FileReport:
    """Return the report that `frictionless.validate` makes of a file, much faster.

    `schema` is a Table Schema or the path of one (JSON or YAML). `references` names the tables that foreign keys refer
    to: a path, or a resource descriptor. Where frictionless itself breaks off, a LondataError states why.
    """
    from quality.conform.frictionless.validate import ValidationTask, validate_file
    from quality.conform.table_schema import read_schema

    return validate_file(ValidationTask(str(path), read_schema(schema), dialect, references or {}, limit_errors))


def __getattr__(name: str) -> Any:
    # importing this package must not import pyarrow and numpy, which most commands do not need
    if name in ("ConformancePass", "TypedBatch"):
        from quality.conform import conformance_pass

        return getattr(conformance_pass, name)
    raise AttributeError(name)
