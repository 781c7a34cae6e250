"""A ledger that an older londata made gets what it lacks when it is opened; one that cannot be used is refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from flows.state.tables import AUDIT, METADATA
from packages.errors import SetupProblem

_COLUMNS = {
    "sqlite": """
        SELECT tables.name AS "table", columns.name AS "column",
            columns."notnull" AND columns.dflt_value IS NULL AND NOT columns.pk AS insists
        FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'
    """,
    "postgresql": """
        SELECT table_name AS "table", column_name AS "column", is_nullable = 'NO' AND column_default IS NULL AS insists
        FROM information_schema.columns WHERE table_schema = current_schema()
    """,
}

_EMPTY = {str: "''", int: "0", float: "0"}
"""What rows from before a column was there have in it."""


@dataclass(frozen=True, slots=True)
class ExistingColumn:
    """A column that a database has; `insists` when no row can be added without a value for it."""

    table: str
    column: str
    insists: bool


def existing_columns(connection: sa.Connection) -> frozenset[ExistingColumn]:
    """All columns of all tables that the database has."""
    rows = connection.execute(sa.text(_COLUMNS[connection.dialect.name]))
    return frozenset(ExistingColumn(row.table, row.column, bool(row.insists)) for row in rows)


def missing_columns(there: Collection[ExistingColumn]) -> tuple[sa.Column[Any], ...]:
    """Our columns that a table of ours is without, in order; SetupProblem when the ledger cannot be used. Pure."""
    names = {(one.table, one.column) for one in there}
    for one in sorted(there, key=lambda column: (column.table, column.column)):
        ours = METADATA.tables.get(one.table)
        if ours is not None and one.insists and one.column not in ours.columns:
            raise _of_another_version(f"{one.table}.{one.column} is not known here")
    made = [table for table in METADATA.sorted_tables if any(one.table == table.name for one in there)]
    missing = tuple(column for table in made for column in table.columns if (table.name, column.name) not in names)
    for column in missing:
        # a row of the audit is never changed, and its hash is about all that it says
        if column.table is AUDIT or column.type.python_type not in _EMPTY:
            raise _of_another_version(f"{column.table.name}.{column.name} is not there")
    return missing


def migrate(connection: sa.Connection) -> None:
    """Make the tables and columns that are not there yet."""
    for column in missing_columns(existing_columns(connection)):
        kind = column.type.compile(dialect=connection.dialect)
        empty = _EMPTY[column.type.python_type]
        connection.execute(
            sa.text(f'ALTER TABLE {column.table.name} ADD COLUMN "{column.name}" {kind} NOT NULL DEFAULT {empty}')
        )
    METADATA.create_all(connection)


def is_current(connection: sa.Connection) -> bool:
    """Whether nothing has to be made; SetupProblem when the ledger cannot be used."""
    there = existing_columns(connection)
    return not missing_columns(there) and {one.table for one in there}.issuperset(METADATA.tables)


def _of_another_version(what: str) -> SetupProblem:
    return SetupProblem(
        f"The ledger was made by another version of londata ({what}). Nothing was published.",
        fix="Use the newest londata. If this is the newest, move the ledger to another place, keep it for its audit, "
        "and run `londata reconcile`: it notes anew what is public.",
    )
