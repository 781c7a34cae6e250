"""A record counts only with its entry in a whole chain; whatever is put in by hand counts for nothing and is seen."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from flows.state.audit import Act, append_entry, hash_of
from flows.state.ledger import Ledger
from flows.state.records import LedgerRecord, add_record, canonical_json, forget_chains, strays
from flows.state.tables import AUDIT, RECORDS
from packages.errors import SetupProblem
from packages.model import Identity

CAMDEN = Identity("street-trees", "camden")
LAMBETH = Identity("street-trees", "lambeth")
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url)


def request(number: int = 1, identity: Identity = CAMDEN) -> LedgerRecord:
    return LedgerRecord("request", identity, NOON, {"number": number, "findings": ["ü", {"count": 3}]})


def by_hand(ledger: Ledger, *statements: sa.Executable | str) -> None:
    """Do what somebody with the database can do, without our triggers."""
    sqlite = ledger.database.sqlite
    with ledger.database.engine.begin() as connection:
        for table in ("audit", "records"):
            for act in ("update", "delete"):
                name = f"{table}_{act.upper()}"
                on = "" if sqlite else f" ON {table}"
                connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name if sqlite else name.lower()}{on}"))
        for statement in statements:
            connection.execute(sa.text(statement) if isinstance(statement, str) else statement)


def row_of(record: LedgerRecord, **other: Any) -> sa.Executable:
    row = {"dataset": record.identity.dataset, "publisher": record.identity.publisher, "at": record.at}
    return RECORDS.insert().values(**row | {"kind": record.kind, "body": record.text, "digest": record.digest} | other)


def test_records_are_read_in_order_of_one_dataset_and_kind(ledger: Ledger, ledger_url: str) -> None:
    first, second = ledger.record(request(1), "officer"), ledger.record(request(2), "officer")
    ledger.record(request(1, LAMBETH), "officer")
    decision = ledger.record(LedgerRecord("decision", CAMDEN, NOON, {"about": first.digest}), "officer")
    assert ledger.records(CAMDEN) == (first, second, decision)
    assert Ledger(ledger_url).records(CAMDEN, "decision") == (decision,)
    assert len(ledger.records()) == 4


def test_the_same_fact_is_noted_once_and_keeps_its_first_time(ledger: Ledger) -> None:
    ledger.record(request(), "officer")
    later = LedgerRecord("request", CAMDEN, NOON + dt.timedelta(days=1), request().body)
    assert ledger.record(later, "somebody").at == NOON
    assert (len(ledger.records()), ledger.chain.rows) == (1, 1)


def test_the_same_fact_noted_by_many_at_once_is_noted_once(ledger: Ledger) -> None:
    threads = [threading.Thread(target=ledger.record, args=(request(n % 3), "officer")) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(ledger.records()), ledger.chain.rows, ledger.chain.broken_at) == (3, 3, 0)


def test_a_row_outside_the_chain_counts_for_nothing_and_is_seen(ledger: Ledger) -> None:
    ledger.record(request(1), "officer")
    by_hand(ledger, row_of(request(2)), row_of(request(1), publisher="lambeth"), row_of(request(1), kind="decision"))
    assert [record.digest for record in ledger.records()] == [request(1).digest]
    with ledger.database.reading() as connection:
        assert strays(connection) == 3


def test_a_body_that_was_changed_counts_for_nothing(ledger: Ledger) -> None:
    ledger.record(request(1), "officer")
    by_hand(ledger, RECORDS.update().values(body=request(2).text))
    assert ledger.records() == ()
    by_hand(ledger, RECORDS.update().values(body="not json"))
    assert ledger.records() == ()


def test_an_entry_that_was_chained_for_what_is_no_json_counts_for_nothing(ledger: Ledger) -> None:
    digest = hashlib.sha256(b"nonsense").hexdigest()
    with ledger.database.writing() as connection:
        append_entry(connection, Act(NOON, "stranger", "noted request", CAMDEN, note=digest))
    by_hand(ledger, row_of(request(1), body="nonsense", digest=digest))
    assert ledger.records() == ()


@pytest.mark.parametrize(
    "change",
    [AUDIT.update().where(AUDIT.c.id == 2).values(who="somebody else"), AUDIT.delete().where(AUDIT.c.id == 2)],
    ids=["changed", "removed"],
)
def test_a_broken_chain_lets_nothing_count(change: sa.Executable, ledger: Ledger) -> None:
    for number in range(3):
        ledger.record(request(number), "officer")
    by_hand(ledger, change)
    forget_chains()
    assert ledger.records() == ()
    assert ledger.chain.broken_at
    with pytest.raises(SetupProblem, match="audit is not whole"):
        ledger.record(request(9), "officer")


def test_an_end_that_was_cut_or_written_anew_is_seen_by_a_process_that_knew_it(ledger: Ledger) -> None:
    for number in range(3):
        ledger.record(request(number), "officer")
    assert ledger.chain.rows == 3
    by_hand(ledger, AUDIT.delete().where(AUDIT.c.id == 3))
    assert (ledger.records(), bool(ledger.chain.broken_at)) == ((), True)
    with ledger.database.reading() as connection:
        last = connection.execute(sa.select(AUDIT).where(AUDIT.c.id == 2)).mappings().one()
    row = dict(last) | {"id": 3, "note": "f" * 64, "previous": last["hash"]}
    by_hand(ledger, AUDIT.insert().values(**row | {"hash": hash_of(row)}))
    assert (ledger.records(), bool(ledger.chain.broken_at)) == ((), True)


def test_what_is_undone_leaves_no_trace_and_is_not_missed(ledger: Ledger) -> None:
    ledger.record(request(1), "officer")
    with suppress(RuntimeError), ledger.database.writing() as connection:
        add_record(connection, request(2), "officer")
        raise RuntimeError
    assert [record.digest for record in ledger.records()] == [request(1).digest]
    assert not ledger.chain.broken_at


@pytest.mark.parametrize("change", [RECORDS.update().values(kind="decision"), RECORDS.delete()])
def test_the_database_itself_refuses_changes(change: sa.Executable, ledger: Ledger) -> None:
    ledger.record(request(), "officer")
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), ledger.database.engine.begin() as connection:
        connection.execute(change)


def test_only_what_was_added_is_verified_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        ledger.record(request(number), "officer")
    assert ledger.chain.rows == 5
    hashed = []
    monkeypatch.setattr("flows.state.audit.hash_of", lambda row: hashed.append(row) or hash_of(row))
    ledger.records()
    assert hashed == []
    ledger.record(request(9), "officer")
    assert (ledger.chain.rows, len(hashed)) == (6, 2)  # once to write it, once to verify it


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), plain, max_size=4))
def test_canonical_text_is_the_same_for_the_same_facts_and_comes_back(body: dict[str, Any]) -> None:
    import json

    text = canonical_json(body)
    assert text == canonical_json(dict(reversed(body.items())))
    assert json.loads(text) == body
    assert text.isascii()
