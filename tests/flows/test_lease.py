"""One at a time works on a dataset, whoever sleeps, dies or forgets; on both kinds of database."""

from __future__ import annotations

import datetime as dt
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing.pool import Pool

import pytest

from flows.state.database import Database
from flows.state.lease import Lease, LeaseTerms, acquire_lease, extend_lease, hold_lease, release_lease
from flows.state.ledger import Ledger, NewStep
from packages.errors import TemporaryProblem
from packages.model import Identity
from tests.conftest import ROOT

CAMDEN = Identity("street-trees", "camden")
LAMBETH = Identity("street-trees", "lambeth")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def test_a_second_one_hears_who_is_at_work_and_others_do_not_wait(ledger_url: str) -> None:
    database = Database(ledger_url)
    with hold_lease(database, CAMDEN, LeaseTerms()):
        said = r"is being published right now by .+@.+ \(process [0-9]+\)"
        with pytest.raises(TemporaryProblem, match=said), hold_lease(database, CAMDEN, LeaseTerms(wait=0)):
            pass
        with hold_lease(database, LAMBETH, LeaseTerms(wait=0)):
            pass
    with hold_lease(database, CAMDEN, LeaseTerms(wait=0)) as again:
        assert again.fence == 2


def test_a_lease_runs_out_and_its_holder_can_write_no_more(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    first = acquire_lease(ledger.database, CAMDEN, 0)
    assert isinstance(first, Lease)
    ledger.intend(NewStep(CAMDEN, "folder", "1" * 64, NIGHT), first)
    second = acquire_lease(ledger.database, CAMDEN, 60)
    assert isinstance(second, Lease)
    assert second.fence == first.fence + 1
    assert not extend_lease(ledger.database, first, 60)
    with pytest.raises(TemporaryProblem, match="was taken over by"):
        ledger.intend(NewStep(CAMDEN, "folder", "2" * 64, NIGHT), first)
    release_lease(ledger.database, first)
    ledger.intend(NewStep(CAMDEN, "folder", "3" * 64, NIGHT), second)
    assert [step.release[0] for step in ledger.steps(CAMDEN, "folder")] == ["3", "1"]


def test_long_work_keeps_its_lease(ledger_url: str) -> None:
    database = Database(ledger_url)
    with hold_lease(database, CAMDEN, LeaseTerms(seconds=0.6)):
        time.sleep(1.5)
        with pytest.raises(TemporaryProblem), hold_lease(database, CAMDEN, LeaseTerms(wait=0)):
            pass


def test_a_killed_holder_is_not_waited_for(ledger_url: str) -> None:
    code = (
        "import sys, time\nfrom flows.state.database import Database\n"
        "from flows.state.lease import LeaseTerms, hold_lease\n"
        "from packages.model import Identity\n"
        "with hold_lease(Database(sys.argv[1]), Identity('street-trees', 'camden'), LeaseTerms()):\n"
        "    print('mine', flush=True)\n    time.sleep(60)\n"
    )
    Database(ledger_url)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    child = subprocess.Popen([sys.executable, "-c", code, ledger_url], stdout=subprocess.PIPE, env=environment)
    assert child.stdout is not None
    assert child.stdout.readline() == b"mine\n"
    with pytest.raises(TemporaryProblem), hold_lease(Database(ledger_url), CAMDEN, LeaseTerms(wait=0)):
        pass
    child.send_signal(signal.SIGKILL)
    child.wait()
    with hold_lease(Database(ledger_url), CAMDEN, LeaseTerms(wait=0)) as lease:
        assert lease.fence == 2


def count(url: str, rounds: int) -> list[int]:
    ledger, fences = Ledger(url), []
    for _ in range(rounds):
        with hold_lease(ledger.database, CAMDEN, LeaseTerms(wait=60)) as lease:
            begun = len(ledger.steps(CAMDEN, "folder"))
            ledger.intend(NewStep(CAMDEN, "folder", f"{lease.fence:064}", NIGHT), lease)
            assert len(ledger.steps(CAMDEN, "folder")) == begun + 1
            fences.append(lease.fence)
    return fences


@pytest.mark.slow
def test_processes_that_start_together_never_overlap(ledger_url: str) -> None:
    with Pool(4, context=multiprocessing.get_context("spawn")) as pool:  # type: ignore[call-arg]
        fences = sorted(itertools.chain(*pool.starmap(count, [(ledger_url, 10)] * 4)))
    assert fences == list(range(1, 41))
    assert len(Ledger(ledger_url).steps(CAMDEN, "folder")) == 40
