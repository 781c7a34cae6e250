"""The audit: who did what, when, in rows that are only ever added, each with the hash of the row before.

A row that is changed, removed or slipped in breaks the chain. Removing the last rows breaks nothing, but the manifests
of public releases name hashes that are lost then: see `anchors.py`. One that was noted elsewhere can be asked for too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from flows.state.database import Database
from flows.state.tables import AUDIT
from packages.model import Identity

START = "0" * 64
"""The previous hash of the first row."""

_HASHED = ("at", "who", "what", "dataset", "publisher", "before", "after", "note", "previous")


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a dataset. `before` and `after` are digests of releases; empty is nothing."""

    at: dt.datetime
    who: str
    what: str
    identity: Identity
    before: str = ""
    after: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The result of verifying: rows in all, the last hash, and the row at which the chain breaks (0: nowhere)."""

    rows: int
    head: str
    broken_at: int = 0
    why: str = ""


def append_entry(connection: sa.Connection, act: Act) -> None:
    """Add an act to the chain, in the transaction that carries it out: one is never stored without the other."""
    lock_audit(connection)
    # the order of rows is that of their ids, because clocks can go backwards
    last = connection.execute(sa.select(AUDIT.c.hash).order_by(AUDIT.c.id.desc()).limit(1)).scalar()
    row = {
        "at": act.at.astimezone(dt.UTC).isoformat(),
        "who": act.who,
        "what": act.what,
        "dataset": act.identity.dataset,
        "publisher": act.identity.publisher,
        "before": act.before,
        "after": act.after,
        "note": act.note,
        "previous": last or START,
    }
    connection.execute(AUDIT.insert().values(**row, hash=hash_of(row)))


def lock_audit(connection: sa.Connection) -> None:
    """Keep others from adding rows until the transaction ends: two that follow the same one would break the chain."""
    # on SQLite the transaction holds the whole file
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))


def hash_of(row: Mapping[str, Any]) -> str:
    """Return the hash (sha256, hex) of the content of a row and of the hash before it."""
    content = json.dumps([row[name] for name in _HASHED], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def read_entries(database: Database) -> list[Mapping[str, Any]]:
    """Return all rows, oldest first."""
    return database.rows(sa.select(AUDIT).order_by(AUDIT.c.id))


def verify_chain(rows: Iterable[Mapping[str, Any]], head: str = "", since: Chain | None = None) -> Chain:
    """Follow the chain from the first row; `head` is a hash that was noted earlier and must be in it. Pure.

    With `since`, a chain that is whole, `rows` are those that came after it.
    """
    previous, count, is_head_found = (since.head, since.rows, not head) if since else (START, 0, not head)
    for row in rows:
        if row["previous"] != previous:
            return Chain(count, previous, row["id"], "the row before it was removed, or it was slipped in")
        if row["hash"] != hash_of(row):
            return Chain(count, previous, row["id"], "it was changed after it was written")
        previous, count = row["hash"], count + 1
        is_head_found = is_head_found or previous == head
    if not is_head_found:
        return Chain(count, previous, count + 1, "the hash that was noted is not in the chain: its end was removed")
    return Chain(count, previous)
