"""The rows of one database query, streamed to CSV within one read-only transaction."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packages.errors import SetupProblem, TemporaryProblem
from packages.sources.transport.download import Download, FetchContext, write_download
from packages.sources.transport.download_limits import Allowance
from packages.spec import SqlSource

if TYPE_CHECKING:
    # SQLAlchemy is imported inside the functions: an installation without database sources does not need it
    from sqlalchemy import URL, Engine

BATCH = 2_000
"""Rows held in memory at once."""

SNAPSHOT = {
    "postgresql": "REPEATABLE READ",
    "mysql": "REPEATABLE READ",
    "mariadb": "REPEATABLE READ",
    "mssql": "SNAPSHOT",
    "oracle": "SERIALIZABLE",
    "sqlite": "SERIALIZABLE",
}
"""The isolation level with which a transaction sees one state from beginning to end, for each database."""


def download_source(source: SqlSource, context: FetchContext) -> Download:
    """Run the query and write its rows as CSV. Neither the address nor any message of the database is ever shown."""
    from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, SQLAlchemyError

    allowance = Allowance(context.limits)
    engine = open_engine(source, context)
    try:
        rows = read_rows(engine, source.query, allowance)
        limited = allowance.limit(rows, "The database", context.limits.bytes)
        path, sha256, size = write_download(limited, context.store)
    except DBAPIError as error:
        # SQLite reports a missing table as an OperationalError too; only a lock passes
        is_sqlite = type(error.orig).__module__.partition(".")[0] == "sqlite3"
        may_pass = "locked" in str(error.orig) if is_sqlite else True
        # “from None”: a message of the database may repeat the query and values of the data
        if may_pass and isinstance(error, OperationalError | InterfaceError | InternalError):
            raise TemporaryProblem(
                f"The database behind {source.address_from} cannot be reached or gave up.",
                fix="It will be tried again with the next run. If this lasts, check its address, the login and "
                "the query.",
                why="What is public now stays as it is.",
            ) from None
        raise _query_problem(source) from None
    except SQLAlchemyError:
        raise _query_problem(source) from None
    finally:
        engine.dispose()
    return Download(path, sha256, size, "query.csv", is_temporary=True)


def _database_url(source: SqlSource, context: FetchContext) -> URL:
    """Return the address of the database from the environment; SetupProblem when it is missing or no address."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    text = context.environ.get(source.address_from, "")
    if not text:
        raise SetupProblem(
            f"The environment variable {source.address_from} is not set.",
            fix="Set it to the address of the database, such as postgresql+psycopg://reader:…@host/finance.",
        )
    try:
        url = make_url(text)
    except ArgumentError:
        raise _address_problem(source) from None
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        # SQLite would create an empty database
        raise SetupProblem(
            f"The database file that {source.address_from} names does not exist.",
            fix="Check the path in the environment variable.",
        )
    return url


def open_engine(source: SqlSource, context: FetchContext) -> Engine:
    """Return an engine for the source's database; it connects only when rows are read."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    url = _database_url(source, context)
    connect_args = {"connect_timeout": int(context.limits.silence)} if url.get_backend_name() == "postgresql" else {}
    # no pool: there is one connection, and it is closed with the query
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=connect_args)
    except (ArgumentError, NoSuchModuleError):
        raise _address_problem(source) from None
    except ModuleNotFoundError as error:
        raise SetupProblem(
            f"The program that speaks to this database is not installed: {error.name}.",
            fix=f"Install it with pip install {error.name}.",
        ) from None


def read_rows(engine: Engine, query: str, allowance: Allowance) -> Iterator[bytes]:
    """Yield CSV: first the line of headings, then the rows in batches.

    The connection sees one state, cannot write, and has a time limit, as far as the database offers these.
    """
    from sqlalchemy import text

    backend = engine.url.get_backend_name()
    with engine.connect() as connection:
        if backend in SNAPSHOT:
            connection.execution_options(isolation_level=SNAPSHOT[backend])
        if backend == "postgresql":
            connection.execution_options(postgresql_readonly=True)
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(allowance.seconds_left * 1_000))}")
        if backend == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
        result = connection.execution_options(stream_results=True, max_row_buffer=BATCH).execute(text(query))
        names = list(result.keys())
        yield _csv_lines([names])
        for rows in result.partitions(BATCH):
            yield _csv_lines(
                [[_cell_text(value, name) for value, name in zip(row, names, strict=True)] for row in rows]
            )


def _csv_lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell_text(value: Any, column: str) -> str:
    """Return a value of the query as the text of a CSV cell; SetupProblem for bytes."""
    if value is None:
        return ""
    # before anything numeric: a bool is an int
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        # never in scientific notation
        return f"{value:f}"
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    # columns of JSON
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes | bytearray | memoryview):
        raise SetupProblem(
            f"The column “{column}” of the query holds bytes, not text.",
            fix="Leave it out of the query, or turn it into text there, such as with ST_AsText for a shape.",
        )
    return str(value)


def _query_problem(source: SqlSource) -> SetupProblem:
    return SetupProblem(
        f"The database behind {source.address_from} does not answer the query.",
        fix="Run `query` from the publisher's description in the database, as the same user, and mend it there.",
    )


def _address_problem(source: SqlSource) -> SetupProblem:
    return SetupProblem(
        f"What the environment variable {source.address_from} holds is no address of a database.",
        fix="Set it to one, such as postgresql+psycopg://reader:…@host/finance.",
    )
