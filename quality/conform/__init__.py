"""Does the data follow its Table Schema? Frictionless' verdict, at Arrow's speed."""

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
    """Judge rows of text and type them, in one pass: iterate the answer, then ask it for `findings` and `checks`."""
    from quality.conform.conformance_pass import ConformancePass

    return ConformancePass(batches, schema, references or {})


def validate(
    path: str | Path,
    schema: str | Path | Mapping[str, Any],
    *,
    dialect: Mapping[str, Any] | None = None,
    references: Mapping[str, Any] | None = None,
    limit_errors: int = 1000,
) -> FileReport:
    """The report that `frictionless.validate` gives on a file, much sooner; `to_descriptor` gives it as plain values.

    `schema` is a Table Schema or the path of one (JSON or YAML). `references` names the tables that foreign keys point
    to: a path, or a resource descriptor. Where frictionless itself breaks off, a LondataError says why.
    """
    from quality.conform.frictionless.schema import read_schema
    from quality.conform.frictionless.validate import ValidationTask, validate_file

    return validate_file(ValidationTask(str(path), read_schema(schema), dialect, references or {}, limit_errors))


def __getattr__(name: str) -> Any:
    if name in ("ConformancePass", "TypedBatch"):
        from quality.conform import conformance_pass

        return getattr(conformance_pass, name)
    raise AttributeError(name)
