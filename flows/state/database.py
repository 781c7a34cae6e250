"""The database of the ledger, SQLite or PostgreSQL; missing tables and columns are made when it is opened."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from flows.state.migration import is_current, migrate
from packages.errors import SetupProblem, TemporaryProblem

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
CLOSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
"""What SQLite says of a file that is not whole, and of one that it may not write."""

_MIGRATION_LOCK = 0x10DA7A
"""The number of the advisory lock on PostgreSQL under which tables are made."""


class Database:
    """Serialised write transactions: on SQLite a writer locks the whole file before its first read."""

    def __init__(self, url: str) -> None:
        try:
            self.engine = sa.create_engine(url, **_pool_for(url))
            if self.sqlite:
                sa.event.listen(self.engine, "connect", _prepare_sqlite)
                sa.event.listen(self.engine, "begin", _begin_sqlite)
            with self.engine.connect() as connection:
                if is_current(connection):
                    return
            with self._begin_writing() as connection:
                # two processes may start at once; on SQLite the transaction itself keeps them apart
                if not self.sqlite:
                    connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
                migrate(connection)
        except UnicodeDecodeError:
            # of the names of tables and columns, which are ours
            raise ledger_damaged() from None
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            if is_damaged(error):
                raise ledger_damaged() from None
            reason = type(getattr(error, "orig", None) or error).__name__
            raise SetupProblem(
                f"The ledger cannot be opened ({reason}). Nothing was published.",
                fix="Check LONDATA_LEDGER_URL and LONDATA_HOME: the database must be reachable and writable.",
            ) from None  # the error repeats the URL, which may hold a password

    @property
    def sqlite(self) -> bool:
        """Whether this is SQLite, which locks the whole file and has no advisory locks."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a transaction that writes, committed at the end; TemporaryProblem when the database does not answer."""
        with _temporary_problems(), self._begin_writing() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a transaction that only reads; TemporaryProblem when the database does not answer."""
        with _temporary_problems(), self.engine.connect() as connection:
            yield connection

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        """Return the rows of a query as mappings."""
        with self.reading() as connection:
            return list(connection.execute(query).mappings())

    def clock(self, connection: sa.Connection) -> float:
        """Return seconds since 1970 by the one clock that all processes on this database share."""
        if self.sqlite:
            return time.time()
        return float(connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def require_whole(self) -> None:
        """Raise SetupProblem when SQLite finds that its file is not whole; other databases look themselves."""
        if not self.sqlite:
            return
        with self.reading() as connection:
            found = connection.execute(sa.text("PRAGMA quick_check(1)")).scalar_one()
        if found != "ok":
            raise ledger_damaged()

    @contextmanager
    def _begin_writing(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection, connection.execution_options(londata_writes=True).begin():
            yield connection


@contextmanager
def _temporary_problems() -> Iterator[None]:
    """Turn a lost connection, a lock that is not released and a full disk into a TemporaryProblem."""
    try:
        yield
    except (sa.exc.DatabaseError, sa.exc.InterfaceError) as error:
        if is_damaged(error):
            raise ledger_damaged() from None
        if not isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
            raise
        if _kind_of(error) in CLOSED:
            raise SetupProblem(
                "The ledger cannot be written. Nothing was published.",
                fix="Give the account that runs londata the right to write the file of the ledger and the folder that "
                "it is in, and see that the disk is not mounted read-only.",
            ) from None
        reason = type(error.orig).__name__
        raise TemporaryProblem(
            f"The ledger does not answer as it should ({reason}).",
            fix="Nothing has to be done now: the next run finds out how far this one came. If it goes on, check that "
            "the database runs and that its disk has space.",
        ) from None  # the error repeats what was written


def is_damaged(error: BaseException) -> bool:
    """Whether an error of SQLite says that the file is no database, or not a whole one."""
    if _kind_of(error) in DAMAGED:
        return True
    # the one that Python itself raises, without a code
    return str(getattr(error, "orig", "")).startswith("Could not decode to UTF-8")


def ledger_damaged() -> SetupProblem:
    """Return the problem of a ledger in SQLite that is not whole."""
    return SetupProblem(
        "The ledger is damaged: its file is not a whole database. Nothing was published or removed.",
        fix="Move ledger.sqlite, with -wal and -shm beside it, to another place and keep them. Bring your last copy "
        "back, or none; then run `londata reconcile`, which notes anew what is public, and `londata audit verify`.",
        why="What was decided and published stands in it. What is public stays as it is.",
    )


def _kind_of(error: BaseException) -> int:
    """Return the code that SQLite gave an error, without its details; 0 for any other error."""
    return int(getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) or 0) & 0xFF


def _pool_for(url: str) -> dict[str, Any]:
    """Return how connections are kept: no thread of a night ever waits for another to give one back."""
    if sa.make_url(url).database in (None, "", ":memory:"):
        return {}
    # a PostgreSQL may have been restarted since the connection was last used
    return {"max_overflow": -1} | ({"pool_pre_ping": True} if "postgres" in url else {})


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Readers do not wait for writers, and a writer waits for another instead of failing."""
    connection.isolation_level = None  # we begin ourselves, see below
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    # a transaction that reads first and writes later could fail in between: SQLite does not wait then
    writes = connection.get_execution_options().get("londata_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
