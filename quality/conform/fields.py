"""The fields of a table as frictionless reads them, each with the way its values are stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from quality.conform.stored_values import storage_of
from quality.conform.table_schema import schema_problem, to_frictionless_schema

if TYPE_CHECKING:
    from packages.spec import TableSchema

Notes = Mapping[str, str] | None
Reader = Callable[[str | None], tuple[Any, Notes]]
Store = Callable[[Any, str], tuple[Any, str]]

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


@dataclass(frozen=True, slots=True)
class ConformField:
    """One field.

    `source` is frictionless' own field, `read` its reader of cells, `missing` the texts that stand for no value.
    `store` turns a value and its text into what is stored, of Arrow type `type`; None where only the verdict is wanted.
    """

    name: str
    source: Any
    read: Reader
    missing: frozenset[str]
    type: pa.DataType | None = None
    store: Store | None = None

    @property
    def kind(self) -> str:
        """The type as the Table Schema names it."""
        return str(self.source.type)

    @property
    def constraints(self) -> Mapping[str, Any]:
        """The constraints that frictionless enforces cell by cell."""
        known = self.source.supported_constraints
        return {name: value for name, value in self.source.constraints.items() if name in known and value is not None}

    @property
    def required(self) -> bool:
        return bool(self.constraints.get("required"))

    @property
    def bounded(self) -> bool:
        return any(name in self.constraints for name in BOUNDS)


def conform_field(source: Any, kind: pa.DataType | None = None, store: Store | None = None) -> ConformField:
    """Return our view of a frictionless field; SetupProblem when its pattern or constraints cannot be used."""
    try:
        reader: Reader = source.create_cell_reader()
    except re.error as error:
        pattern = source.constraints.get("pattern")
        raise schema_problem(f"the pattern “{pattern}” of the field “{source.name}” cannot be read: {error}") from error
    except TypeError as error:
        raise schema_problem(f"the constraints of the field “{source.name}” have the wrong form") from error
    # a field without missing values of its own has those of its schema
    of_schema = not source.has_defined("missing_values") and source.schema
    missing = source.schema.missing_values if of_schema else source.missing_values
    return ConformField(source.name, source, reader, frozenset(missing), kind, store)


def conform_fields(schema: TableSchema) -> tuple[ConformField, ...]:
    """Return the fields of a schema in order, with the types of a release; an unusable schema is a SetupProblem."""
    from packages.formats.arrow import arrow_type

    kinds = [arrow_type(spec) for spec in schema.fields]
    sources = to_frictionless_schema(schema.descriptor()).fields
    for source in sources:
        # frictionless fails only at the first cell when a bound is not a value of the field
        read = source.create_value_reader()
        for name in BOUNDS:
            bound = source.constraints.get(name)
            if name in source.supported_constraints and bound is not None and read(bound) is None:
                raise schema_problem(
                    f"“{bound}”, the {name} of the field “{source.name}”, is not of type {source.type}"
                )
    return tuple(conform_field(source, kind, storage_of(kind)) for source, kind in zip(sources, kinds, strict=True))
