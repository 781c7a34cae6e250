"""The rows of one query to a database, streamed to CSV out of one reading transaction."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packages.errors import LondataError, SetupProblem, TemporaryProblem
from packages.sources.transport.download import Download, FetchContext, write_download
from packages.sources.transport.download_limits import LIMITS, Allowance, DownloadLimits
from packages.spec import SqlSource

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

BATCH = 2_000
"""Rows that are held at once."""

SNAPSHOT = {
    "postgresql": "REPEATABLE READ",
    "mysql": "REPEATABLE READ",
    "mariadb": "REPEATABLE READ",
    "mssql": "SNAPSHOT",
    "oracle": "SERIALIZABLE",
    "sqlite": "SERIALIZABLE",
}
"""What each database calls a transaction that sees one state from its beginning to its end."""


def download_source(source: SqlSource, errand: FetchContext, limits: DownloadLimits = LIMITS) -> Download:
    """Run the query and write its rows as CSV. The address and whatever the database says are never shown."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    url = _url(source, errand)
    allowance = Allowance(limits)
    engine = _engine(url, source, limits)
    try:
        pieces = allowance.watched(_lines(engine, source.query, allowance), "The database", limits.bytes)
        path, sha256, size = write_download(pieces, errand.store)
    except DBAPIError as error:
        # what the database says may repeat the query and values of the data
        raise _refused(error, source) from None
    except SQLAlchemyError:
        raise _no_query(source) from None
    finally:
        engine.dispose()
    return Download(path, sha256, size, "query.csv", passing=True)


def _url(source: SqlSource, errand: FetchContext) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    text = errand.environ.get(source.address_from, "")
    if not text:
        raise SetupProblem(
            f"The environment variable {source.address_from} is not set.",
            fix="Set it to the address of the database, such as postgresql+psycopg://reader:…@host/finance.",
        )
    try:
        url = make_url(text)
    except ArgumentError:
        raise _no_address(source) from None
    file = url.database or ""
    if url.get_backend_name() == "sqlite" and not Path(file).is_file():
        # SQLite would make an empty one
        raise SetupProblem(
            f"The database file that {source.address_from} names does not exist.",
            fix="Check the path in the environment variable.",
        )
    return url


def _engine(url: URL, source: SqlSource, limits: DownloadLimits) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    waiting = {"connect_timeout": int(limits.silence)} if url.get_backend_name() == "postgresql" else {}
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=waiting)
    except (ArgumentError, NoSuchModuleError):
        raise _no_address(source) from None
    except ModuleNotFoundError as error:
        raise SetupProblem(
            f"The program that speaks to this database is not installed: {error.name}.",
            fix=f"Install it with pip install {error.name}.",
        ) from None


def _lines(engine: Engine, query: str, allowance: Allowance) -> Iterator[bytes]:
    from sqlalchemy import text

    with engine.connect() as connection:
        _only_read(connection, allowance)
        result = connection.execution_options(stream_results=True, max_row_buffer=BATCH).execute(text(query))
        names = list(result.keys())
        yield _csv([names])
        for rows in result.partitions(BATCH):
            yield _csv([[_cell(value, name) for value, name in zip(row, names, strict=True)] for row in rows])


def _only_read(connection: Connection, allowance: Allowance) -> None:
    backend = connection.engine.url.get_backend_name()
    if backend in SNAPSHOT:
        connection.execution_options(isolation_level=SNAPSHOT[backend])
    if backend == "postgresql":
        connection.execution_options(postgresql_readonly=True)
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(allowance.left * 1_000))}")
    if backend == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes | bytearray | memoryview):
        raise SetupProblem(
            f"The column “{column}” of the query holds bytes, not text.",
            fix="Leave it out of the query, or turn it into text there, such as with ST_AsText for a shape.",
        )
    return str(value)


def _refused(error: Any, source: SqlSource) -> LondataError:
    """Whether trying again may help: databases say so in their own ways."""
    from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

    kind = type(error.orig).__module__.partition(".")[0]
    # SQLite calls a table that does not exist a failure of operation
    passing = "locked" in str(error.orig) if kind == "sqlite3" else True
    if passing and isinstance(error, OperationalError | InterfaceError | InternalError):
        return TemporaryProblem(
            f"The database behind {source.address_from} cannot be reached or gave up.",
            fix="It will be tried again with the next run. If this lasts, check its address, the login and the query.",
            why="What is public now stays as it is.",
        )
    return _no_query(source)


def _no_query(source: SqlSource) -> SetupProblem:
    return SetupProblem(
        f"The database behind {source.address_from} does not answer the query.",
        fix="Run `query` from the publisher's description in the database, as the same user, and mend it there.",
    )


def _no_address(source: SqlSource) -> SetupProblem:
    return SetupProblem(
        f"What the environment variable {source.address_from} holds is no address of a database.",
        fix="Set it to one, such as postgresql+psycopg://reader:…@host/finance.",
    )
