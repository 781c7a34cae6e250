"""Records: requests, decisions and what follows from them, in rows that are only ever added.

Each record is named by an entry of the audit that is written in the same transaction. A record counts only while the
chain of the audit is whole, an entry of it names the record, and its body has the digest that the entry names: a row
that somebody puts into the table by hand counts for nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import sqlalchemy as sa

from flows.state.audit import START, Act, Chain, append_entry, lock_audit, verify_chain
from flows.state.tables import AUDIT, RECORDS
from packages.errors import SetupProblem
from packages.model import Identity

RecordKind = Literal["request", "decision", "envelope", "exception", "exposure", "incident"]

NOTED = "noted "
"""How the audit names the act of adding a record, before its kind."""

Key = tuple[str, Identity, str]
"""What an entry of the audit says of a record: its kind, dataset and digest."""


@dataclass(frozen=True)
class LedgerRecord:
    """A fact about a dataset that never changes. `body` holds what JSON can hold, and never a value from the data."""

    kind: RecordKind
    identity: Identity
    at: dt.datetime
    body: Mapping[str, Any]

    @cached_property
    def text(self) -> str:
        """The body as canonical JSON: the same facts give the same text."""
        return canonical_json(self.body)

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of the text: the name of the record."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class KnownChain:
    """The chain as it was verified, the id of its last row, and when each record was noted, in that order."""

    chain: Chain
    last_id: int = 0
    noted: Mapping[Key, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return not self.chain.broken_at


_KNOWN: dict[str, KnownChain] = {}
"""The chain of each database as this process has verified it: later only what was added is verified."""

_VERIFYING = threading.Lock()


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys, no spaces and ASCII only; ValueError for numbers that JSON does not have."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def add_record(connection: sa.Connection, record: LedgerRecord, who: str) -> None:
    """Add a record and the entry of the audit that names it; one that is there already is not added again."""
    if record.kind not in get_args(RecordKind):
        raise ValueError(record.kind)
    # before looking whether it is there: two processes may note the same fact
    lock_audit(connection)
    known = verified_chain(connection, remember=False)
    if not known.is_whole:
        raise chain_broken(known.chain)
    if any(found.digest == record.digest for found in _rows_in_chain(connection, known, record.identity, record.kind)):
        return
    row = {"dataset": record.identity.dataset, "publisher": record.identity.publisher, "at": record.at}
    connection.execute(RECORDS.insert().values(**row, kind=record.kind, body=record.text, digest=record.digest))
    append_entry(connection, Act(record.at, who, NOTED + record.kind, record.identity, note=record.digest))


def chained_records(
    connection: sa.Connection, identity: Identity | None = None, kind: str = ""
) -> tuple[LedgerRecord, ...]:
    """Return the records that count, oldest first, of one dataset or all, of one kind or all.

    None does while the chain is broken; `verified_chain` tells.
    """
    known = verified_chain(connection, remember=False)
    return _rows_in_chain(connection, known, identity, kind) if known.is_whole else ()


def strays(connection: sa.Connection) -> int:
    """Return how many rows of the table of records no entry of the audit names as they are."""
    known = verified_chain(connection, remember=False)
    rows = connection.execute(sa.select(RECORDS)).mappings()
    return sum(_key_of_row(row) not in known.noted for row in rows)


def verified_chain(connection: sa.Connection, *, remember: bool = True) -> KnownChain:
    """Return the chain, verified from its first row the first time in this process, and then what was added.

    In a transaction that writes, `remember` must be False: what is undone later must not be taken for removed.
    """
    place = connection.engine.url.render_as_string(hide_password=True)
    with _VERIFYING:
        known = _KNOWN.get(place, KnownChain(Chain(0, START)))
        if known.last_id:
            last = connection.execute(sa.select(AUDIT.c.hash).where(AUDIT.c.id == known.last_id)).scalar()
            if last != known.chain.head:
                why = "the end of the chain that was there a while ago was removed or written anew"
                return KnownChain(Chain(known.chain.rows, known.chain.head, known.last_id, why))
        query = sa.select(AUDIT).where(AUDIT.c.id > known.last_id).order_by(AUDIT.c.id)
        rows: list[Mapping[str, Any]] = [dict(row) for row in connection.execute(query).mappings()]
        chain = verify_chain(rows, since=known.chain)
        noted = dict(known.noted)
        for row in rows:
            if row["what"].startswith(NOTED):
                identity = Identity(row["dataset"], row["publisher"])
                noted.setdefault((row["what"].removeprefix(NOTED), identity, row["note"]), row["at"])
        known = KnownChain(chain, rows[-1]["id"] if rows else known.last_id, noted)
        if remember and known.is_whole:
            _KNOWN[place] = known
        return known


def forget_chains() -> None:
    """Forget what was verified, as a new process would."""
    _KNOWN.clear()


def chain_broken(chain: Chain) -> SetupProblem:
    """Return the problem to raise when something needs the records and the chain of the audit is not whole."""
    return SetupProblem(
        f"The audit is not whole. Row {chain.broken_at}: {chain.why}. No decision counts until that is cleared up.",
        fix="Run `londata audit verify`, tell the Data Protection Officer, and bring the ledger back from a copy that "
        "is whole. Where an earlier ledger is lost for good, `londata audit anew` says so.",
        why="Somebody may have changed who decided what.",
    )


def _rows_in_chain(
    connection: sa.Connection, known: KnownChain, identity: Identity | None, kind: str
) -> tuple[LedgerRecord, ...]:
    query = sa.select(RECORDS)
    if identity:
        query = query.where(RECORDS.c.dataset == identity.dataset, RECORDS.c.publisher == identity.publisher)
    if kind:
        query = query.where(RECORDS.c.kind == kind)
    found: dict[Key, LedgerRecord] = {}
    for row in connection.execute(query).mappings():
        key = _key_of_row(row)
        # what we wrote can be read; what somebody else chained is nothing
        with suppress(KeyError, ValueError):
            # the time that the audit says: the one in the row is not part of any digest
            at = dt.datetime.fromisoformat(known.noted[key])
            found[key] = LedgerRecord(row["kind"], key[1], at, json.loads(row["body"]))
    # in the order of the chain: the ids of rows could have been chosen by somebody
    order = {key: place for place, key in enumerate(known.noted)}
    return tuple(found[key] for key in sorted(found, key=order.__getitem__))


def _key_of_row(row: Any) -> Key:
    """Return the key of a row, with the digest that its body really has."""
    digest = hashlib.sha256(row["body"].encode("utf-8", "surrogatepass")).hexdigest()
    return (row["kind"], Identity(row["dataset"], row["publisher"]), digest)
