"""A query to a database: read only, streamed, in order, and no word of what the database says."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from packages.errors import FileProblem, LondataError, SetupProblem, TemporaryProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources import sql
from packages.sources.sql import download_source
from packages.sources.transport.download import FetchContext
from packages.sources.transport.download_limits import DownloadLimits
from packages.spec import SqlSource
from tests.packages.sources.server import stored

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
QUERY = "SELECT paid, supplier, amount FROM spend ORDER BY id"
NAME = "LONDATA_SQL_FINANCE"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "finance.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE spend (id INTEGER PRIMARY KEY, paid DATE, supplier TEXT, amount NUMERIC)")
        rows = [("2026-06-01", "Alpha, “A”", 1.5), (None, "Beta\nLimited", 2), ("2026-06-03", "Gamma 100%", 1e3)]
        connection.executemany("INSERT INTO spend (paid, supplier, amount) VALUES (?, ?, ?)", rows)
    connection.close()
    return path


def get(database: Path, previous: Extract | None = None, query: str = QUERY) -> Fetched:
    source = SqlSource(kind="sql", address_from=NAME, query=query)
    environ = {NAME: f"sqlite:///{database}"}
    base = database.parent
    return fetch(source, FetchContext(base=base, store=base / "store", now=NOW, previous=previous, environ=environ))


def test_rows_become_csv(database: Path) -> None:
    extract = get(database).extract
    assert (
        extract.path.read_bytes()
        == (
            "paid,supplier,amount\r\n"
            '2026-06-01,"Alpha, “A”",1.5\r\n,"Beta\nLimited",2\r\n2026-06-03,Gamma 100%,1000\r\n'
        ).encode()
    )
    assert (extract.name, extract.url, extract.media_type) == ("query.csv", "", "text/csv")


def test_the_same_rows_are_unchanged_and_other_rows_are_not(database: Path) -> None:
    first = get(database)
    assert get(database, first.extract).unchanged
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO spend (supplier) VALUES ('Delta')")
    connection.close()
    assert not get(database, first.extract).unchanged


def test_only_one_state_is_read(database: Path) -> None:
    """Somebody writes while the rows are streamed: none of it is seen."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executemany("INSERT INTO spend (supplier) VALUES (?)", [("Many",)] * 50_000)
    connection.close()

    source = SqlSource(kind="sql", address_from=NAME, query=QUERY)
    context = FetchContext(database.parent, database.parent / "store", NOW, environ={NAME: f"sqlite:///{database}"})
    engine = sql.open_engine(source, context)
    pieces = sql.read_rows(engine, source.query, sql.Allowance(DownloadLimits()))
    text = next(pieces) + next(pieces)
    assert text.count(b"Many") < 5_000, "the rows come in batches, not all at once"
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM spend")
    connection.close()
    text += b"".join(pieces)
    assert text.count(b"Many") == 50_000


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (SELECT 1) DELETE FROM spend WHERE id IN (SELECT * FROM gone ORDER BY 1)",
        "SELECT nothing FROM spend ORDER BY 1",
        "SELECT * FROM secret_table ORDER BY 1",
        "SELECT FROM ORDER BY",
        "SELECT 1 ORDER BY 1; DROP TABLE spend",
        "SELECT id FROM spend WHERE id = :unknown ORDER BY id",
    ],
)
def test_a_query_that_fails_says_nothing_of_the_database(query: str, database: Path) -> None:
    with pytest.raises(SetupProblem, match="does not answer the query") as caught:
        get(database, query=query)
    assert "secret" not in str(caught.value) + caught.value.fix
    assert caught.value.__suppress_context__
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM spend").fetchone() == (3,)
    connection.close()


def test_a_shape_in_bytes_is_for_the_description(database: Path) -> None:
    with pytest.raises(SetupProblem, match="holds bytes"):
        get(database, query="SELECT x'00ff' AS shape FROM spend ORDER BY id")
    assert stored(database.parent) == []


def test_a_locked_database_is_a_temporary_problem(database: Path) -> None:
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    source = SqlSource(kind="sql", address_from=NAME, query=QUERY)
    environ = {NAME: f"sqlite:///{database}?timeout=0.1"}
    with pytest.raises(TemporaryProblem, match="cannot be reached"):
        fetch(source, FetchContext(base=database.parent, store=database.parent / "store", now=NOW, environ=environ))
    holder.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "is not set"),
        ("no address", "no address"),
        ("nosuchdatabase://reader:hunter2@host/finance", "no address"),
        ("sqlite:////nowhere/finance.db", "does not exist"),
        ("sqlite://", "does not exist"),
        ("oracle://reader:hunter2@host/finance", "not installed"),
    ],
)
def test_an_address_that_leads_nowhere_is_never_shown(address: str, words: str, tmp_path: Path) -> None:
    source = SqlSource(kind="sql", address_from=NAME, query=QUERY)
    with pytest.raises(SetupProblem, match=words) as caught:
        fetch(source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, environ={NAME: address}))
    assert "hunter2" not in str(caught.value) + caught.value.fix


def test_a_server_that_is_not_there_is_a_temporary_problem(socket_enabled: None, tmp_path: Path) -> None:
    source = SqlSource(kind="sql", address_from=NAME, query=QUERY)
    environ = {NAME: "postgresql+psycopg://reader:hunter2@127.0.0.1:9/finance"}
    with pytest.raises(TemporaryProblem) as caught:
        fetch(source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, environ=environ))
    assert "hunter2" not in str(caught.value) + caught.value.fix


def test_rows_without_end_are_cut(database: Path) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n -- order by"
    source = SqlSource(kind="sql", address_from=NAME, query=endless)
    context = FetchContext(database.parent, database.parent / "store", NOW, environ={NAME: f"sqlite:///{database}"})
    with pytest.raises(FileProblem, match="larger than 1 MiB"):
        download_source(source, replace(context, limits=DownloadLimits(bytes=1 << 20)))
    with pytest.raises(LondataError, match="so slowly"):
        download_source(source, replace(context, limits=DownloadLimits(seconds=0.2)))
    assert stored(database.parent) == []


@pytest.mark.parametrize("query", ["", "DELETE FROM spend", "SELECT 1", "PRAGMA x"])
def test_only_ordered_selects(query: str) -> None:
    with pytest.raises(ValidationError):
        SqlSource(kind="sql", address_from=NAME, query=query)


def test_an_address_cannot_stand_in_the_description() -> None:
    with pytest.raises(ValidationError):
        SqlSource(kind="sql", address_from="postgresql://reader:hunter2@host/finance", query=QUERY)
