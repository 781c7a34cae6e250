"""Completing a ledger that an older londata made, when it is opened; one that cannot be used is refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from flows.state.tables import AUDIT, METADATA
from packages.errors import SetupProblem

_EMPTY = {str: "''", int: "0", float: "0"}
"""The value of a new column in rows that are older than it."""


@dataclass(frozen=True, slots=True)
class ExistingColumn:
    """A column that a database has; `is_required` when no row can be added without a value for it."""

    table: str
    column: str
    is_required: bool


def existing_columns(connection: sa.Connection) -> frozenset[ExistingColumn]:
    """Return all columns of all tables that the database has."""
    columns = set()
    for (_schema, table), reflected in sa.inspect(connection).get_multi_columns().items():
        for column in reflected:
            # SQLite fills a primary key by itself and reports no default for it
            has_value = column["nullable"] or column["default"] is not None or column.get("primary_key")
            columns.add(ExistingColumn(str(table), column["name"], not has_value))
    return frozenset(columns)


def missing_columns(existing: Collection[ExistingColumn]) -> tuple[sa.Column[Any], ...]:
    """Return our columns that a table of ours is without, in order; SetupProblem when the ledger is unusable. Pure."""
    names = {(column.table, column.column) for column in existing}
    for column in sorted(existing, key=lambda column: (column.table, column.column)):
        ours = METADATA.tables.get(column.table)
        if ours is not None and column.is_required and column.column not in ours.columns:
            raise _of_another_version(f"{column.table}.{column.column} is not known here")
    tables = [table for table in METADATA.sorted_tables if any(column.table == table.name for column in existing)]
    missing = tuple(column for table in tables for column in table.columns if (table.name, column.name) not in names)
    for wanted in missing:
        # a row of the audit is never changed, and its hash covers all its columns
        if wanted.table is AUDIT or wanted.type.python_type not in _EMPTY:
            raise _of_another_version(f"{wanted.table.name}.{wanted.name} is not there")
    return missing


def migrate(connection: sa.Connection) -> None:
    """Make the tables and columns that do not exist yet."""
    for column in missing_columns(existing_columns(connection)):
        kind = column.type.compile(dialect=connection.dialect)
        empty = _EMPTY[column.type.python_type]
        connection.execute(
            sa.text(f'ALTER TABLE {column.table.name} ADD COLUMN "{column.name}" {kind} NOT NULL DEFAULT {empty}')
        )
    # with their triggers, which are made after the table of the audit
    METADATA.create_all(connection)


def is_current(connection: sa.Connection) -> bool:
    """Return whether nothing has to be made; SetupProblem when the ledger cannot be used."""
    existing = existing_columns(connection)
    return not missing_columns(existing) and {column.table for column in existing}.issuperset(METADATA.tables)


def _of_another_version(what: str) -> SetupProblem:
    return SetupProblem(
        f"The ledger was made by another version of londata ({what}). Nothing was published.",
        fix="Use the newest londata. If this is the newest, move the ledger to another place, keep it for its audit, "
        "and run `londata reconcile`: it notes anew what is public.",
    )
