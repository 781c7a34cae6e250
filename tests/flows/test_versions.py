"""Back to an earlier release, and what that does to the nights after."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from flows.maintenance.reconcile import reconcile
from flows.maintenance.versions import rollback, withdraw
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.state.audit import read_entries, verify_chain
from flows.state.ledger import NewStep
from packages.errors import ExitCode, LondataError, SetupProblem, WaitingForPerson
from packages.model import Identity
from tests.flows.city import GOOD, make_city

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


@pytest.fixture
def tools(tmp_path: Path) -> Services:
    return Services(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden"), lease_wait=0))


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    return tmp_path / "drop/camden/trees.csv"


def run(tools: Services, night: int = 0, **job: object) -> Outcome:
    return publish(PublishJob(CAMDEN, **job), tools, at(night))  # type: ignore[arg-type]


def at(night: int) -> dt.datetime:
    return NIGHT + dt.timedelta(days=night)


def shown(tools: Services) -> str:
    found = tools.catalogue.live(CAMDEN)
    return found.release if found else ""


def two_releases(tools: Services, drop: Path) -> tuple[str, str]:
    first = run(tools).release
    drop.write_text(GOOD.replace("12.5", "13.0"))
    return first, run(tools, night=1).release


def test_an_earlier_release_stays_until_the_content_changes(tools: Services, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    outcome = rollback(CAMDEN, first[:8], tools, at(2))
    assert (outcome.exit_code, outcome.release, shown(tools)) == (ExitCode.DONE, first, first)
    assert (run(tools, night=3).verdict, shown(tools)) == ("unchanged", first)
    held = run(tools, night=3, file=drop)
    assert (held.verdict, held.exit_code, shown(tools)) == ("held", ExitCode.WAITING, first)
    assert "24 November 2026" in held.summary
    drop.write_text(GOOD.replace("12.5", "14.0"))
    third = run(tools, night=4)
    assert (third.verdict, shown(tools)) == ("publish", third.release)
    drop.write_text(GOOD.replace("12.5", "13.0"))
    assert run(tools, night=5).verdict == "held", "what was taken back stays back, even later"
    assert second != shown(tools)


def test_a_person_may_let_pass_what_was_taken_back(tools: Services, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    rollback(CAMDEN, first, tools, at(2))
    assert run(tools, night=3, approved_by="data quality lead").verdict == "publish"
    assert (run(tools, night=4).verdict, shown(tools)) == ("unchanged", second)


def test_forward_again_by_rollback(tools: Services, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    rollback(CAMDEN, first, tools, at(2))
    rollback(CAMDEN, second, tools, at(3))
    assert (run(tools, night=4).verdict, shown(tools)) == ("unchanged", second)
    assert rollback(CAMDEN, second, tools, at(5)).exit_code is ExitCode.UNCHANGED


@pytest.mark.parametrize("wanted", ["", "abc", "0" * 64])
def test_a_release_that_is_not_there_is_said_with_those_that_are(wanted: str, tools: Services) -> None:
    first = run(tools).release
    with pytest.raises(SetupProblem) as caught:
        rollback(CAMDEN, wanted, tools, at(1))
    assert first[:12] in caught.value.fix


def test_a_damaged_release_is_not_made_public(tools: Services, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    file = tools.store.release_folder(CAMDEN, first) / "trees.csv"
    file.chmod(0o644)
    file.write_text("tampered")
    with pytest.raises(LondataError):
        rollback(CAMDEN, first, tools, at(2))
    assert shown(tools) == second


def test_every_act_is_in_the_audit(tools: Services, drop: Path) -> None:
    first, second = two_releases(tools, drop)
    rollback(CAMDEN, first, tools, at(2))
    run(tools, night=3, approved_by="data quality lead")
    acts = [(row["what"], row["before"], row["after"]) for row in read_entries(tools.ledger.database)]
    assert acts == [
        ("published", "", first),
        ("published", first, second),
        ("rolled back", second, first),
        ("published", first, second),
    ]
    assert read_entries(tools.ledger.database)[-1]["who"] == "data quality lead"
    assert verify_chain(read_entries(tools.ledger.database)).broken_at == 0


REASON = "It named foster carers"


def bytes_left(tools: Services) -> list[Path]:
    """Every file of data in what a web server may serve."""
    places = (tools.settings.site, tools.settings.home / "releases")
    return [path for place in places for path in place.rglob("trees.*")]


def test_what_is_withdrawn_is_gone_and_stays_gone(tools: Services, drop: Path) -> None:
    two_releases(tools, drop)
    outcome = withdraw(CAMDEN, REASON, tools, at(2))
    assert (outcome.verdict, outcome.exit_code, shown(tools), bytes_left(tools)) == ("withdrawn", ExitCode.DONE, "", [])
    for night, content in ((3, drop.read_text()), (4, GOOD.replace("12.5", "15.0"))):
        drop.write_text(content)
        held = run(tools, night=night)
        assert (held.verdict, held.exit_code) == ("held", ExitCode.WAITING)
        assert "24 November 2026: It named foster carers." in held.summary
    assert bytes_left(tools) == []
    assert [s.result for s in reconcile(Services(tools.settings), at(5))] == ["in order"]
    last = read_entries(tools.ledger.database)[-1]
    assert (last["what"], last["after"], last["note"]) == ("withdrawn", "", f"{REASON}.")


def test_withdrawing_twice_is_noted_once(tools: Services) -> None:
    run(tools)
    withdraw(CAMDEN, REASON, tools, at(1))
    again = withdraw(CAMDEN, "Another reason", tools, at(2))
    assert again.exit_code is ExitCode.UNCHANGED
    assert [row["what"] for row in read_entries(tools.ledger.database)] == ["published", "withdrawn"]


def test_a_withdrawal_that_was_cut_short_is_finished_by_the_next_start(tools: Services) -> None:
    run(tools)
    tools.ledger.intend(NewStep(CAMDEN, "folder", "", at(1), "withdrawing", reason=f"{REASON}."))
    held = run(Services(tools.settings), night=1)
    assert (held.verdict, bytes_left(tools)) == ("held", [])
    step = tools.ledger.last_step(CAMDEN, "folder")
    assert step is not None
    assert (step.state, step.reason) == ("withdrawn", f"{REASON}.")


def test_it_takes_a_person_in_both_places_to_bring_it_back(tools: Services) -> None:
    run(tools)
    withdraw(CAMDEN, REASON, tools, at(1))
    with pytest.raises(WaitingForPerson, match="was withdrawn"):
        run(tools, night=2, approved_by="data protection officer")
    (tools.settings.site / "current/datasets/street-trees/camden/withdrawn.json").unlink()
    assert run(tools, night=2).verdict == "held"
    back = run(tools, night=2, approved_by="data protection officer")
    assert (back.verdict, shown(tools)) == ("publish", back.release)
    assert run(tools, night=3).verdict == "unchanged"


def test_a_lost_ledger_does_not_put_back_what_was_withdrawn(tools: Services) -> None:
    run(tools)
    withdraw(CAMDEN, REASON, tools, at(1))
    tools.ledger.database.engine.dispose()
    for file in tools.settings.home.glob("ledger.sqlite*"):
        file.unlink()
    with pytest.raises(WaitingForPerson, match="was withdrawn"):
        run(Services(tools.settings), night=2)
    (found,) = reconcile(Services(tools.settings), at(3))
    assert (found.result, REASON in found.what, bytes_left(tools)) == ("held", True, [])


@pytest.mark.parametrize(("reason", "published"), [(" ", True), (REASON, False)])
def test_a_withdrawal_needs_a_reason_and_something_to_withdraw(reason: str, published: bool, tools: Services) -> None:
    if published:
        run(tools)
    with pytest.raises(SetupProblem):
        withdraw(CAMDEN, reason, tools, at(1))
    assert bool(shown(tools)) == published
