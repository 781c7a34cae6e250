"""Whoever changes, removes or slips in a row of the audit is found."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from flows.state.audit import START, Act, append_entry, hash_of, read_entries, verify_chain
from flows.state.database import Database
from flows.state.tables import AUDIT
from packages.model import Identity

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def note(database: Database, count: int) -> None:
    for number in range(count):
        with database.writing() as connection:
            append_entry(connection, Act(NIGHT, "officer", "published", CAMDEN, "", f"{number:064}"))


def rows(database: Database) -> list[dict[str, Any]]:
    return [dict(row) for row in read_entries(database)]


def test_a_chain_is_whole_from_its_first_row_also_when_many_write(ledger_url: str) -> None:
    database = Database(ledger_url)
    writers = [threading.Thread(target=note, args=(database, 10)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    chain = verify_chain(rows(database))
    assert (chain.rows, chain.broken_at) == (40, 0)
    assert rows(database)[0]["previous"] == START
    assert verify_chain(rows(database), head=chain.head) == chain


@pytest.mark.parametrize(
    ("tamper", "at"),
    [
        (lambda r: r[2].update(who="somebody else"), 3),
        (lambda r: r[2].update(who="somebody else", hash=hash_of(r[2] | {"who": "somebody else"})), 4),
        (lambda r: r.pop(0), 2),
        (lambda r: r.pop(2), 4),
        (lambda r: r.insert(1, r[3]), 4),
    ],
    ids=["changed", "changed with its hash", "first removed", "one removed", "one slipped in"],
)
def test_tampering_breaks_the_chain(tamper: Any, at: int, ledger_url: str) -> None:
    database = Database(ledger_url)
    note(database, 5)
    found = rows(database)
    tamper(found)
    assert verify_chain(found).broken_at == at


def test_a_removed_end_is_found_by_the_hash_that_was_noted(ledger_url: str) -> None:
    database = Database(ledger_url)
    note(database, 5)
    found = rows(database)
    head = verify_chain(found).head
    assert verify_chain(found[:4]).broken_at == 0
    assert verify_chain(found[:4], head=head).broken_at == 5


@pytest.mark.parametrize("change", [AUDIT.update().values(who="somebody else"), AUDIT.delete()])
def test_the_database_itself_refuses_changes(change: sa.Executable, ledger_url: str) -> None:
    database = Database(ledger_url)
    note(database, 1)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), database.engine.begin() as connection:
        connection.execute(change)
    assert verify_chain(rows(database)).rows == 1
