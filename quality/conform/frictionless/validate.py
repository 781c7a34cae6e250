"""Frictionless' report on a file, much faster than frictionless makes it."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packages.errors import FileProblem
from quality.conform.table_schema import schema_problem, to_frictionless_schema, trust_paths

SMALL = 256 * 1024
"""Bytes up to which frictionless alone is as fast, because nothing else has to be imported."""

ESCAPES = (
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    LookupError,
    AssertionError,
    RecursionError,
    re.error,
)
"""Raised by frictionless where two values cannot be compared or a schema makes no sense."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """Frictionless' report on a file. `how` states how it was made: in bulk, or by frictionless alone and why."""

    frictionless: Any
    how: str

    @property
    def valid(self) -> bool:
        return bool(self.frictionless.valid)

    def to_descriptor(self) -> dict[str, Any]:
        """Return the report as plain values, as frictionless' own `to_descriptor` does."""
        descriptor: dict[str, Any] = self.frictionless.to_descriptor()
        return descriptor


@dataclass(frozen=True, slots=True)
class ValidationTask:
    """A file, its Table Schema, and whatever else the report depends on. It is read in pieces of `piece` bytes."""

    path: str
    schema: Mapping[str, Any]
    dialect: Mapping[str, Any] | None
    references: Mapping[str, Any]
    limit_errors: int = 1000
    piece: int = 2 * 1024 * 1024

    def by_frictionless(self) -> Any:
        """Return frictionless' report, made by frictionless alone."""
        from quality.conform.frictionless.resource import plain_table

        with trust_paths():
            return plain_table(self.path, self.options, self.references).validate(limit_errors=self.limit_errors)

    def in_bulk(self) -> Any:
        """Return the same report, made in bulk; OutsideFastPath where that is not possible."""
        from quality.conform.frictionless.frictionless_table import open_proven_table

        with trust_paths():
            resource = open_proven_table(self.path, self.options, self.references)
            resource.limit_errors, resource.piece = self.limit_errors, self.piece
            return resource.validate(limit_errors=self.limit_errors)

    @property
    def options(self) -> dict[str, Any]:
        """Schema and dialect as frictionless takes them."""
        from frictionless import Dialect

        dialect = {"dialect": Dialect.from_descriptor(dict(self.dialect))} if self.dialect else {}
        return {"schema": to_frictionless_schema(self.schema), **dialect}


def validate_file(task: ValidationTask) -> FileReport:
    """Return frictionless' report, made the faster way; a LondataError where frictionless itself breaks off."""
    path = Path(task.path)
    if not path.is_file() or path.stat().st_size <= SMALL:
        return FileReport(_by_frictionless(task), "by frictionless alone: the file is small")
    return validate_in_bulk(task)


def validate_in_bulk(task: ValidationTask) -> FileReport:
    """Return the report made in bulk, or by frictionless alone where the file is out of the ordinary."""
    from packages.readers.delimited.pieces import OutsideFastPath

    try:
        return FileReport(task.in_bulk(), "in bulk")
    except OutsideFastPath as reason:
        why = str(reason)
    except (UnicodeError, csv.Error):
        # frictionless reports this as an error of the file, in its own words
        why = "the text cannot be decoded or taken apart"
    except ESCAPES as error:
        why = f"two values cannot be compared ({type(error).__name__})"
    return FileReport(_by_frictionless(task), f"by frictionless alone: {why}")


def _by_frictionless(task: ValidationTask) -> Any:
    try:
        return task.by_frictionless()
    except re.error as error:
        raise schema_problem(f"a pattern cannot be read ({error.msg})") from error
    except ESCAPES as error:
        # the text of an error may quote a cell, so only its type is shown
        name = Path(task.path).name
        raise FileProblem(
            f"{name} and its schema cannot be judged: frictionless breaks off ({type(error).__name__}).",
            fix="Look for cells that hold NaN or sNaN, for times with and without a zone in one column, and for "
            "a minimum, maximum or pattern in the schema that does not fit its field.",
        ) from error
