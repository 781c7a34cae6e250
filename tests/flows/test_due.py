from __future__ import annotations

import datetime as dt

import pytest

from flows.orchestration.due import is_due, matching_identities, standing_verdict
from flows.state.ledger import Attempt, PublishStep
from packages.model import Identity, Verdict

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
CAMDEN = Identity("spend-over-500", "camden")
WEEK = [dt.date(2026, 11, 16) + dt.timedelta(days=n) for n in range(7)]


@pytest.mark.parametrize(
    ("days", "last", "nights"),
    [
        (30, None, 7),
        (92, Verdict.PUBLISH, 7),
        (365, Verdict.PUBLISH, 1),
        (365, Verdict.UNCHANGED, 1),
        (0, Verdict.PUBLISH, 1),
        (365, Verdict.HELD, 7),
        (365, Verdict.BLOCKED, 7),
        (365, None, 7),
    ],
)
def test_how_many_nights_a_week_a_dataset_is_looked_at(days: int, last: Verdict | None, nights: int) -> None:
    assert sum(is_due(CAMDEN, days, last, day) for day in WEEK) == nights


def attempt(verdict: Verdict, release: str) -> Attempt:
    return Attempt(CAMDEN, NOW, "source", "f" * 64, verdict, release, "", 10, 0, "")


def step(release: str) -> PublishStep:
    return PublishStep(CAMDEN, NOW, "folder", release, "done", "")


@pytest.mark.parametrize(
    ("last", "public", "verdict"),
    [
        (None, None, None),
        (attempt(Verdict.PUBLISH, "a"), step("a"), Verdict.PUBLISH),
        (attempt(Verdict.UNCHANGED, "a"), step("a"), Verdict.UNCHANGED),
        (attempt(Verdict.PUBLISH, "b"), step("a"), None),
        (attempt(Verdict.PUBLISH, "a"), None, None),
        (attempt(Verdict.HELD, ""), step("a"), Verdict.HELD),
    ],
)
def test_a_file_that_was_accepted_but_did_not_become_public_is_not_done(
    last: Attempt | None, public: PublishStep | None, verdict: Verdict | None
) -> None:
    assert standing_verdict(last, public) is verdict


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ["brownfield-land/lldc", "spend-over-500/camden", "spend-over-500/lambeth"]),
        ("spend-over-500", ["spend-over-500/camden", "spend-over-500/lambeth"]),
        ("*/camden", ["spend-over-500/camden"]),
        ("brownfield-land/*", ["brownfield-land/lldc"]),
        ("nothing", []),
    ],
)
def test_patterns_choose_datasets(pattern: str, expected: list[str]) -> None:
    known = [Identity("brownfield-land", "lldc"), CAMDEN, Identity("spend-over-500", "lambeth")]
    assert [str(i) for i in matching_identities(known, pattern)] == expected
