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
from flows.settings import account_name
from flows.state.audit import read_entries, verify_chain
from flows.state.ledger import NewStep
from packages.errors import ExitCode, LondataError, SetupProblem, WaitingForPerson
from packages.model import Identity
from tests.catalogue.public_site import files_left
from tests.flows.city import GOOD

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def run(services: Services, night: int = 0, **job: object) -> Outcome:
    return publish(PublishJob(CAMDEN, **job), services, at(night))  # type: ignore[arg-type]


def at(night: int) -> dt.datetime:
    return NIGHT + dt.timedelta(days=night)


def shown(services: Services) -> str:
    found = services.catalogue.live(CAMDEN)
    return found.release if found else ""


def two_releases(services: Services, drop: Path) -> tuple[str, str]:
    first = run(services).release
    drop.write_text(GOOD.replace("12.5", "13.0"))
    return first, run(services, night=1).release


def test_an_earlier_release_stays_until_the_content_changes(services: Services, drop: Path) -> None:
    first, second = two_releases(services, drop)
    outcome = rollback(CAMDEN, first[:8], services, at(2))
    assert (outcome.exit_code, outcome.release, shown(services)) == (ExitCode.DONE, first, first)
    assert (run(services, night=3).verdict, shown(services)) == ("unchanged", first)
    held = run(services, night=3, file=drop)
    assert (held.verdict, held.exit_code, shown(services)) == ("held", ExitCode.WAITING, first)
    assert "24 November 2026" in held.summary
    drop.write_text(GOOD.replace("12.5", "14.0"))
    third = run(services, night=4)
    assert (third.verdict, shown(services)) == ("publish", third.release)
    drop.write_text(GOOD.replace("12.5", "13.0"))
    assert run(services, night=5).verdict == "held", "what was taken back stays back, even later"
    assert second != shown(services)


def test_a_person_may_let_pass_what_was_taken_back(services: Services, drop: Path) -> None:
    first, second = two_releases(services, drop)
    rollback(CAMDEN, first, services, at(2))
    assert run(services, night=3, yes=True).verdict == "publish"
    assert (run(services, night=4).verdict, shown(services)) == ("unchanged", second)


def test_forward_again_by_rollback(services: Services, drop: Path) -> None:
    first, second = two_releases(services, drop)
    rollback(CAMDEN, first, services, at(2))
    rollback(CAMDEN, second, services, at(3))
    assert (run(services, night=4).verdict, shown(services)) == ("unchanged", second)
    assert rollback(CAMDEN, second, services, at(5)).exit_code is ExitCode.UNCHANGED


@pytest.mark.parametrize("wanted", ["", "abc", "0" * 64])
def test_a_release_that_is_not_there_is_said_with_those_that_are(wanted: str, services: Services) -> None:
    first = run(services).release
    with pytest.raises(SetupProblem) as caught:
        rollback(CAMDEN, wanted, services, at(1))
    assert first[:12] in caught.value.fix


def test_a_damaged_release_is_not_made_public(services: Services, drop: Path) -> None:
    first, second = two_releases(services, drop)
    file = services.store.release_folder(CAMDEN, first) / "trees.csv"
    file.chmod(0o644)
    file.write_text("tampered")
    with pytest.raises(LondataError):
        rollback(CAMDEN, first, services, at(2))
    assert shown(services) == second


def test_every_act_is_in_the_audit(services: Services, drop: Path) -> None:
    first, second = two_releases(services, drop)
    rollback(CAMDEN, first, services, at(2))
    run(services, night=3, yes=True)
    acts = [(row["what"], row["before"], row["after"]) for row in read_entries(services.ledger.database)]
    assert acts == [
        ("published", "", first),
        ("published", first, second),
        ("rolled back", second, first),
        ("noted request", "", ""),
        ("noted decision", "", ""),
        ("published", first, second),
    ]
    assert read_entries(services.ledger.database)[-2]["who"] == f"account {account_name()}"
    assert verify_chain(read_entries(services.ledger.database)).broken_at == 0


REASON = "It named foster carers"


def bytes_left(services: Services) -> list[Path]:
    """Every file of data in what a web server may serve."""
    places = (services.settings.site, services.settings.home / "releases")
    return [path for place in places for path in files_left(place, "trees.*")]


def test_what_is_withdrawn_is_gone_and_stays_gone(services: Services, drop: Path) -> None:
    two_releases(services, drop)
    outcome = withdraw(CAMDEN, REASON, services, at(2))
    assert (outcome.verdict, outcome.exit_code, shown(services), bytes_left(services)) == (
        "withdrawn",
        ExitCode.DONE,
        "",
        [],
    )
    for night, content in ((3, drop.read_text()), (4, GOOD.replace("12.5", "15.0"))):
        drop.write_text(content)
        held = run(services, night=night)
        assert (held.verdict, held.exit_code) == ("held", ExitCode.WAITING)
        assert "24 November 2026: It named foster carers." in held.summary
    assert bytes_left(services) == []
    assert [s.result for s in reconcile(Services(services.settings), at(5))] == ["in order"]
    last = read_entries(services.ledger.database)[-1]
    assert (last["what"], last["after"], last["note"]) == ("withdrawn", "", f"{REASON}.")


def test_withdrawing_twice_is_noted_once(services: Services) -> None:
    run(services)
    withdraw(CAMDEN, REASON, services, at(1))
    again = withdraw(CAMDEN, "Another reason", services, at(2))
    assert again.exit_code is ExitCode.UNCHANGED
    assert [row["what"] for row in read_entries(services.ledger.database)] == ["published", "withdrawn"]


def test_a_withdrawal_that_was_cut_short_is_finished_by_the_next_start(services: Services) -> None:
    run(services)
    services.ledger.intend(NewStep(CAMDEN, "folder", "", at(1), "withdrawing", reason=f"{REASON}."))
    held = run(Services(services.settings), night=1)
    assert (held.verdict, bytes_left(services)) == ("held", [])
    step = services.ledger.last_step(CAMDEN, "folder")
    assert step is not None
    assert (step.state, step.reason) == ("withdrawn", f"{REASON}.")


def test_it_takes_a_person_in_both_places_to_bring_it_back(services: Services) -> None:
    run(services)
    withdraw(CAMDEN, REASON, services, at(1))
    with pytest.raises(WaitingForPerson, match="was withdrawn"):
        run(services, night=2, yes=True)
    (services.settings.site / "current/datasets/street-trees/camden/withdrawn.json").unlink()
    assert run(services, night=2).verdict == "held"
    back = run(services, night=2, yes=True)
    assert (back.verdict, shown(services)) == ("publish", back.release)
    assert run(services, night=3).verdict == "unchanged"


def test_a_lost_ledger_does_not_put_back_what_was_withdrawn(services: Services) -> None:
    run(services)
    withdraw(CAMDEN, REASON, services, at(1))
    services.ledger.database.engine.dispose()
    for file in services.settings.home.glob("ledger.sqlite*"):
        file.unlink()
    with pytest.raises(WaitingForPerson, match="was withdrawn"):
        run(Services(services.settings), night=2)
    (found,) = reconcile(Services(services.settings), at(3))
    assert (found.result, REASON in found.what, bytes_left(services)) == ("held", True, [])


@pytest.mark.parametrize(("reason", "published"), [(" ", True), (REASON, False)])
def test_a_withdrawal_needs_a_reason_and_something_to_withdraw(
    reason: str, published: bool, services: Services
) -> None:
    if published:
        run(services)
    with pytest.raises(SetupProblem):
        withdraw(CAMDEN, reason, services, at(1))
    assert bool(shown(services)) == published
