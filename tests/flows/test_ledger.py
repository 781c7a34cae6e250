from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa

from flows.state.audit import Act
from flows.state.ledger import Attempt, Ledger, NewStep
from packages.errors import ExitCode, SetupProblem
from packages.model import Extract, Identity, Publication, Verdict

CAMDEN = Identity("spend-over-500", "camden")
LAMBETH = Identity("spend-over-500", "lambeth")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url)


def attempt(at: dt.datetime, verdict: Verdict) -> Attempt:
    return Attempt(CAMDEN, at, "source", "f" * 64, verdict, "d" * 64, "reports/1", 12, ExitCode.DONE, "said")


def publication(release: str) -> Publication:
    return Publication(CAMDEN, "folder", release, "page", {"csv": "u"}, {"csv": "i"}, {"csv": "h"}, 3, NIGHT)


def test_what_is_noted_is_read_back_in_another_session(ledger_url: str, tmp_path: Path) -> None:
    url = ledger_url
    extract = Extract(tmp_path / "x", "x.csv", "a" * 64, 5, "text/csv", "https://a.example/x.csv", NIGHT, '"e"', "lm")
    Ledger(url).note_extract(CAMDEN, extract)
    # where its file is on this host, the store knows
    assert Ledger(url).last_extract(CAMDEN) == replace(extract, path=Path(f"extracts/aa/{'a' * 64}"))
    assert Ledger(url).last_extract(LAMBETH) is None


def test_the_latest_attempt_counts_and_none_is_lost(ledger: Ledger) -> None:
    attempts = [attempt(NIGHT, Verdict.HELD), attempt(NIGHT + dt.timedelta(days=1), Verdict.PUBLISH)]
    for one in attempts:
        ledger.note_attempt(one)
    assert ledger.last_attempt(CAMDEN) == attempts[1]
    assert ledger.attempts(CAMDEN) == tuple(reversed(attempts))


def test_an_intent_is_not_a_publication(ledger: Ledger) -> None:
    ledger.intend(NewStep(CAMDEN, "folder", "1" * 64, NIGHT))
    ledger.done(publication("1" * 64))
    ledger.intend(NewStep(CAMDEN, "folder", "2" * 64, NIGHT))
    last, public = ledger.last_step(CAMDEN, "folder"), ledger.published(CAMDEN, "folder")
    assert last is not None
    assert public is not None
    assert (last.state, last.release) == ("intent", "2" * 64)
    assert (public.state, public.release) == ("done", "1" * 64)
    assert ledger.published(CAMDEN, "ckan") is None


def test_what_is_asked_of_all_datasets_is_what_is_asked_of_each(ledger: Ledger) -> None:
    barnet, ealing, never = (Identity("street-trees", name) for name in ("barnet", "ealing", "merton"))
    act = Act(NIGHT, "somebody", "withdrawn", ealing)
    for identity in (CAMDEN, barnet, ealing):
        for number in ("1", "2"):
            ledger.done(replace(publication(number * 64), identity=identity))
            ledger.note_attempt(replace(attempt(NIGHT, Verdict.PUBLISH), identity=identity, rows=int(number)))
    ledger.intend(NewStep(barnet, "folder", "3" * 64, NIGHT))
    ledger.done(replace(publication("4" * 64), identity=barnet, catalogue="ckan"))
    ledger.withdrawn(replace(publication(""), identity=ealing), "A reason.", act, None)
    identities = (CAMDEN, barnet, ealing, never)
    for catalogue in ("folder", "ckan"):
        public = ledger.all_published(catalogue)
        assert {i: public.get(i) for i in identities} == {i: ledger.published(i, catalogue) for i in identities}
        away = ledger.all_withdrawals(catalogue)
        assert {i: away.get(i) for i in identities} == {i: ledger.withdrawal(i, catalogue) for i in identities}
    attempts = ledger.last_attempts()
    for state in ("failed", ""):
        ledger.note_notice(barnet, "site", state, NIGHT)
        ledger.note_notice(ealing, "e-mail", state, NIGHT)
        notes = ledger.last_notices("site")
        assert {i: notes.get(i) for i in identities} == {i: ledger.last_notice(i, "site") for i in identities}
    assert {i: attempts.get(i) for i in identities} == {i: ledger.last_attempt(i) for i in identities}


def test_as_many_threads_as_there_can_be_share_a_ledger(ledger: Ledger) -> None:
    all_at_once = Barrier(64)

    def read(_number: int) -> int:
        with ledger.database.reading() as connection:
            all_at_once.wait(60)
            return int(connection.execute(sa.text("SELECT 1")).scalar_one())

    with ThreadPoolExecutor(64) as threads:
        assert sum(threads.map(read, range(64))) == 64


@pytest.mark.parametrize("url", ["nonsense", "postgresql+psycopg://user:canary@127.0.0.1:9/none"])
def test_a_ledger_that_cannot_be_opened_is_a_set_up_problem_without_the_password(url: str) -> None:
    with pytest.raises(SetupProblem) as caught:
        Ledger(url)
    assert "canary" not in f"{caught.value.what}{caught.value.fix}{caught.value.__cause__}"


def test_a_withdrawal_blocks_until_the_dataset_is_public_again(ledger: Ledger) -> None:
    ledger.done(publication("1" * 64))
    ledger.intend(NewStep(CAMDEN, "folder", "", NIGHT, "withdrawing", reason="A reason."))
    step = ledger.withdrawal(CAMDEN, "folder")
    assert step is not None
    assert (step.state, step.reason) == ("withdrawing", "A reason.")
    assert ledger.withdrawal(CAMDEN, "ckan") is None
    ledger.done(publication("1" * 64))
    assert ledger.withdrawal(CAMDEN, "folder") is None


def test_a_release_stays_taken_back_until_somebody_begins_to_publish_it_again(ledger: Ledger) -> None:
    ledger.intend(NewStep(CAMDEN, "folder", "1" * 64, NIGHT, instead_of="2" * 64))
    assert ledger.taken_back(CAMDEN, "folder", "2" * 64)
    assert ledger.taken_back(CAMDEN, "folder", "1" * 64) is None
    assert ledger.latest(CAMDEN) == {"1" * 64}
    ledger.intend(NewStep(CAMDEN, "folder", "2" * 64, NIGHT))
    assert ledger.taken_back(CAMDEN, "folder", "2" * 64) is None


def test_an_intent_is_noted_once_however_often_it_is_said(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.intend(NewStep(CAMDEN, "folder", "1" * 64, NIGHT))
    assert len(ledger.steps(CAMDEN, "folder")) == 1


def test_what_was_received_since_a_day(ledger: Ledger, tmp_path: Path) -> None:
    for night, digest in enumerate("abc"):
        at = NIGHT + dt.timedelta(days=night)
        for identity, mark in ((CAMDEN, digest), (LAMBETH, digest.upper())):
            ledger.note_extract(identity, Extract(tmp_path, "x.csv", mark * 64, 5, "text/csv", "u", at, "", ""))
    assert ledger.extracts_since(NIGHT + dt.timedelta(days=9)) == frozenset()
    assert ledger.extracts_since(NIGHT + dt.timedelta(days=2)) == {"c" * 64, "C" * 64}
    assert len(ledger.extracts_since(NIGHT + dt.timedelta(days=1))) == 4
