"""Two hosts, one of which is killed at random moments: the other one finishes, and a reader sees nothing of it."""

from __future__ import annotations

import os

import pytest

from tests.flows.postgres import programs
from tests.reliability.hosts import Plan, play

ROUNDS = 50
LONG = pytest.mark.skipif(not os.environ.get("EVERY_EFFECT"), reason="takes an hour: make effects")


@pytest.mark.slow
@pytest.mark.skipif(programs() is None, reason="needs PostgreSQL: apt install postgresql")
def test_whichever_host_is_killed_the_other_one_finishes() -> None:
    rounds = 50 if os.environ.get("EVERY_EFFECT") else 5
    found = play(Plan(rounds, boroughs=4, seed=11))
    assert found.good, found.said
    assert found.rounds == rounds + 1
    assert found.killed
    assert found.observations > rounds * 4


@LONG
@pytest.mark.slow
@pytest.mark.skipif(programs() is None, reason="needs PostgreSQL: apt install postgresql")
def test_whichever_night_is_killed_the_other_one_finishes() -> None:
    found = play(Plan(ROUNDS, boroughs=2, seed=12, is_nightly=True))
    assert found.good, found.said
    assert (found.rounds, found.publishes) == (ROUNDS + 1, 2 * (ROUNDS + 1))


@LONG
@pytest.mark.slow
@pytest.mark.skipif(programs() is None, reason="needs PostgreSQL: apt install postgresql")
def test_a_store_that_fails_in_every_way_costs_two_hosts_nothing_but_time() -> None:
    found = play(Plan(ROUNDS, boroughs=2, seed=13, is_faulty=True))
    assert found.good, found.said
    assert found.rounds == ROUNDS + 1
    assert set(found.faults) > {"stale", "cut", "error_after"}
