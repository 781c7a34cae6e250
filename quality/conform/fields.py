"""The fields of a Table Schema as frictionless reads them, each with the Arrow type that its values will have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from packages.errors import SetupProblem
from packages.spec import FieldSpec, TableSchema

Notes = Mapping[str, str] | None
Reader = Callable[[str | None], tuple[Any, Notes]]

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: our description of it, frictionless' reader of its cells, and the Arrow type of its values."""

    spec: FieldSpec
    read: Reader
    type: pa.DataType
    missing: frozenset[str]

    @property
    def name(self) -> str:
        return self.spec.name


def fields_of(schema: TableSchema) -> tuple[Field, ...]:
    """The fields of a schema in order; a schema that frictionless cannot use is a SetupProblem."""
    from frictionless import FrictionlessException, Schema

    from packages.formats.arrow import arrow_type

    try:
        known = Schema.from_descriptor(schema.descriptor())
    except FrictionlessException as error:
        raise _unusable("; ".join(reason.note for reason in error.reasons) or error.error.note) from error
    return tuple(
        Field(spec, reader_of(field), arrow_type(spec), missing_values(field))
        for spec, field in zip(schema.fields, known.fields, strict=True)
    )


def reader_of(field: Any) -> Reader:
    """Frictionless' own reader of a field's cells: text in, value and notes out."""
    import re

    try:
        reader: Reader = field.create_cell_reader()
    except re.error as error:
        pattern = field.constraints.get("pattern")
        raise _unusable(f"the pattern “{pattern}” of the field “{field.name}” cannot be read: {error}") from error
    except TypeError as error:
        raise _unusable(f"the constraints of the field “{field.name}” have the wrong form") from error
    _check_bounds(field)
    return reader


def missing_values(field: Any) -> frozenset[str]:
    """The texts that mean “nothing here” in a field."""
    if not field.has_defined("missing_values") and field.schema:
        return frozenset(field.schema.missing_values)
    return frozenset(field.missing_values)


def _check_bounds(field: Any) -> None:
    # frictionless fails at the first cell when a bound is not a value of the field; we can say so before
    read = field.create_value_reader()
    for name in BOUNDS:
        bound = field.constraints.get(name)
        if name in field.supported_constraints and bound is not None and read(bound) is None:
            raise _unusable(
                f"“{bound}” cannot be the {name} of the field “{field.name}”, which is of type {field.type}"
            )


def _unusable(reason: str) -> SetupProblem:
    return SetupProblem(
        f"The Table Schema cannot be used: {reason}.",
        fix="Change the schema; the Table Schema standard lists the words.",
    )
