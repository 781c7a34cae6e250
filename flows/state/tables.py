"""The tables of the ledger. Rows are added and never changed, except leases and hosts, which are no history."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()


def _identity_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("dataset", sa.String, nullable=False, index=True),
        sa.Column("publisher", sa.String, nullable=False, index=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    ]


EXTRACTS = sa.Table(
    "extracts",
    METADATA,
    *_identity_columns(),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("etag", sa.String, nullable=False),
    sa.Column("last_modified", sa.String, nullable=False),
)

ATTEMPTS = sa.Table(
    "attempts",
    METADATA,
    *_identity_columns(),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("release", sa.String(64), nullable=False),
    sa.Column("report", sa.String, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("exit_code", sa.Integer, nullable=False),
    sa.Column("summary", sa.String, nullable=False),
)

PUBLICATIONS = sa.Table(
    "publications",
    METADATA,
    *_identity_columns(),
    sa.Column("catalogue", sa.String, nullable=False),
    sa.Column("release", sa.String(64), nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("receipt", sa.Text, nullable=False),
)

PAYEES = sa.Table(
    "payees",
    METADATA,
    *_identity_columns(),
    # a keyed hash: the key is in no database
    sa.Column("mark", sa.String(64), nullable=False),
)

NOTICES = sa.Table(
    "notices",
    METADATA,
    *_identity_columns(),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
)

CATALOGUE_IDS = sa.Table(
    "catalogue_ids",
    METADATA,
    *_identity_columns(),
    # the address of the catalogue that chose the id
    sa.Column("place", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
)

LEASES = sa.Table(
    "leases",
    METADATA,
    sa.Column("dataset", sa.String, primary_key=True),
    sa.Column("publisher", sa.String, primary_key=True),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("holder", sa.String, nullable=False),
    sa.Column("process", sa.String, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)

HOSTS = sa.Table(
    "hosts",
    METADATA,
    sa.Column("host", sa.String, primary_key=True),
    sa.Column("home", sa.String, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("python", sa.String, nullable=False),
    sa.Column("libraries", sa.String, nullable=False),
    sa.Column("descriptions", sa.String, nullable=False),
    sa.Column("key_mark", sa.String, nullable=False),
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    # text, because a hash over it must come out the same from every database
    sa.Column("at", sa.String, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("dataset", sa.String, nullable=False),
    sa.Column("publisher", sa.String, nullable=False),
    sa.Column("before", sa.String, nullable=False),
    sa.Column("after", sa.String, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False, unique=True),
    sa.Column("hash", sa.String(64), nullable=False),
)

RECORDS = sa.Table(
    "records",
    METADATA,
    *_identity_columns(),
    sa.Column("kind", sa.String, nullable=False),
    # text, because its digest must come out the same from every database
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)

_REFUSE = {
    "sqlite": (
        "CREATE TRIGGER {table}_{act} BEFORE {act} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the table {table} is append-only'); END",
    ),
    # a CREATE OR REPLACE for each: the triggers of an older ledger have a function of their own
    "postgresql": (
        "CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''the table {table} is append-only''; END'",
        "CREATE TRIGGER {table}_{act} BEFORE {act} ON {table} EXECUTE FUNCTION {table}_is_append_only()",
    ),
}

# a change by hand is stopped here; one that drops the triggers first is found by the chain
for _table in (AUDIT, RECORDS):
    for _dialect, _statements in _REFUSE.items():
        for _act in ("UPDATE", "DELETE"):
            for _statement in _statements:
                _ddl = sa.DDL(_statement.format(table=_table.name, act=_act))  # type: ignore[no-untyped-call]
                sa.event.listen(_table, "after_create", _ddl.execute_if(dialect=_dialect))
