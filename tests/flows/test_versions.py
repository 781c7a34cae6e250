"""Back to an earlier release, and what that does to the nights after."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from flows.audit import entries, verify
from flows.publish import Job, Outcome, publish
from flows.settings import Settings
from flows.tools import Tools
from flows.versions import rollback
from packages.errors import ExitCode, LondataError, SetupProblem
from packages.model import Identity
from tests.flows.city import GOOD, make_city

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden"), lease_wait=0))


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    return tmp_path / "drop/camden/trees.csv"


def run(tools: Tools, night: int = 0, **job: object) -> Outcome:
    return publish(Job(CAMDEN, **job), tools, at(night))  # type: ignore[arg-type]


def at(night: int) -> dt.datetime:
    return NIGHT + dt.timedelta(days=night)


def shown(tools: Tools) -> str:
    found = tools.catalogue.live(CAMDEN)
    return found.release if found else ""


def two_releases(tools: Tools, drop: Path) -> tuple[str, str]:
    first = run(tools).release
    drop.write_text(GOOD.replace("12.5", "13.0"))
    return first, run(tools, night=1).release


def test_an_earlier_release_stays_until_the_content_changes(tools: Tools, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    outcome = rollback(CAMDEN, first[:8], tools, at(2))
    assert (outcome.exit_code, outcome.release, shown(tools)) == (ExitCode.DONE, first, first)
    held = run(tools, night=3)
    assert (held.verdict, held.exit_code, shown(tools)) == ("held", ExitCode.WAITING, first)
    assert "24 November 2026" in held.summary
    drop.write_text(GOOD.replace("12.5", "14.0"))
    third = run(tools, night=4)
    assert (third.verdict, shown(tools)) == ("publish", third.release)
    drop.write_text(GOOD.replace("12.5", "13.0"))
    assert run(tools, night=5).verdict == "held", "what was taken back stays back, even later"
    assert second != shown(tools)


def test_a_person_may_let_pass_what_was_taken_back(tools: Tools, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    rollback(CAMDEN, first, tools, at(2))
    assert run(tools, night=3, approved_by="data quality lead").verdict == "publish"
    assert (run(tools, night=4).verdict, shown(tools)) == ("unchanged", second)


def test_forward_again_by_rollback(tools: Tools, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    rollback(CAMDEN, first, tools, at(2))
    rollback(CAMDEN, second, tools, at(3))
    assert (run(tools, night=4).verdict, shown(tools)) == ("unchanged", second)
    assert rollback(CAMDEN, second, tools, at(5)).exit_code is ExitCode.UNCHANGED


@pytest.mark.parametrize("wanted", ["", "abc", "0" * 64])
def test_a_release_that_is_not_there_is_said_with_those_that_are(wanted: str, tools: Tools) -> None:
    first = run(tools).release
    with pytest.raises(SetupProblem) as caught:
        rollback(CAMDEN, wanted, tools, at(1))
    assert first[:12] in caught.value.fix


def test_a_damaged_release_is_not_made_public(tools: Tools, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    file = tools.store.release_folder(CAMDEN, first) / "trees.csv"
    file.chmod(0o644)
    file.write_text("tampered")
    with pytest.raises(LondataError):
        rollback(CAMDEN, first, tools, at(2))
    assert shown(tools) == second


def test_every_act_is_in_the_audit(tools: Tools, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    rollback(CAMDEN, first, tools, at(2))
    run(tools, night=3, approved_by="data quality lead")
    acts = [(row["what"], row["before"], row["after"]) for row in entries(tools.ledger.database)]
    assert acts == [
        ("published", "", first),
        ("published", first, second),
        ("rolled back", second, first),
        ("published", first, second),
    ]
    assert entries(tools.ledger.database)[-1]["who"] == "data quality lead"
    assert verify(entries(tools.ledger.database)).broken_at == 0
