"""Ledgers that an older or a newer londata made."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from flows.state.audit import Act, append_entry, read_entries, verify_chain
from flows.state.database import Database
from flows.state.ledger import Attempt, Ledger, NewStep
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity, Verdict

CAMDEN = Identity("spend-over-500", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def change(url: str, *statements: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def attempt(verdict: Verdict) -> Attempt:
    return Attempt(CAMDEN, NIGHT, "source", "f" * 64, verdict, "d" * 64, "reports/1", 12, ExitCode.DONE, "said")


def test_an_older_ledger_is_completed_and_keeps_what_it_holds(ledger_url: str) -> None:
    old = Ledger(ledger_url)
    old.note_attempt(attempt(Verdict.PUBLISH))
    old.intend(NewStep(CAMDEN, "folder", "1" * 64, NIGHT))
    with old.database.writing() as connection:
        append_entry(connection, Act(NIGHT, "officer", "published", CAMDEN))
    old.database.engine.dispose()
    change(
        ledger_url,
        "ALTER TABLE attempts DROP COLUMN origin",
        "ALTER TABLE attempts DROP COLUMN rows",
        "DROP TABLE leases",
    )

    ledger = Ledger(ledger_url)
    found = ledger.last_attempt(CAMDEN)
    assert found is not None
    assert (found.origin, found.rows, found.verdict, found.summary) == ("", 0, Verdict.PUBLISH, "said")
    assert ledger.last_attempt(CAMDEN, "source") is None  # the source is read anew
    ledger.note_attempt(attempt(Verdict.HELD))
    assert Ledger(ledger_url).last_attempt(CAMDEN, "source") == attempt(Verdict.HELD)
    step = ledger.last_step(CAMDEN, "folder")
    assert step is not None
    assert step.state == "intent"
    assert verify_chain(read_entries(ledger.database)).rows == 1


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE audit DROP COLUMN note"],
        ["DROP TABLE publications", "CREATE TABLE publications (id INTEGER PRIMARY KEY, signature VARCHAR NOT NULL)"],
    ],
    ids=["its audit cannot be changed", "newer"],
)
def test_what_cannot_be_completed_is_refused_with_advice(statements: list[str], ledger_url: str) -> None:
    Database(ledger_url).engine.dispose()
    change(ledger_url, *statements)
    with pytest.raises(SetupProblem, match="another version of londata") as caught:
        Database(ledger_url)
    assert "londata reconcile" in caught.value.fix


def test_a_column_of_theirs_that_may_be_empty_does_no_harm(ledger_url: str) -> None:
    Database(ledger_url).engine.dispose()
    change(ledger_url, "ALTER TABLE attempts ADD COLUMN comment VARCHAR")
    ledger = Ledger(ledger_url)
    ledger.note_attempt(attempt(Verdict.PUBLISH))
    assert ledger.last_attempt(CAMDEN) == attempt(Verdict.PUBLISH)
