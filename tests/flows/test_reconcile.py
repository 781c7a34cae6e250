"""What was begun is finished, what was lost is found again, and what a person did is left alone."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from catalogue.plan import Live
from flows.maintenance.reconcile import Action, LedgerState, Reconciled, decide, reconcile
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.state.audit import read_entries
from flows.state.ledger import NewStep, PublishStep
from packages.errors import ExitCode, WaitingForPerson
from packages.model import Identity
from tests.flows.city import GOOD

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def live(release: str, **state: object) -> Live:
    facts = {"release": release} if release else {}
    return Live(**{"id": "1", "stamp": "", "organisation": "camden", "facts": facts, "keywords": frozenset(),
                   "files": {}, **state})  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "public", "shown", "heard", "stored", "course", "release"),
    [
        # nothing was ever done
        ("", "", None, "", "", Action.NOTHING, ""),
        # begun and not finished
        (f"intent {B}", A, live(A), A + B, A + B, Action.BRING, B),
        (f"intent {B}", A, live(B), A + B, A + B, Action.BRING, B),
        (f"intent {B}", A, live(B), A + B, A, Action.ADOPT, B),
        (f"intent {B}", A, live(A), A + B, A, Action.SUPERSEDE, B),
        (f"intent {A}", "", None, A, A, Action.BRING, A),
        (f"intent {B}", A, live(A, state="deleted"), A + B, A + B, Action.HOLD, ""),
        (f"intent {B}", A, live(A, private=True), A + B, A + B, Action.HOLD, ""),
        (f"intent {B}", A, live(A, organisation="islington"), A + B, A + B, Action.HOLD, ""),
        # done: as it should be, changed, gone
        (f"done {A}", A, live(A), A, A, Action.BRING, A),
        (f"done {A}", A, live(A), A, "", Action.NOTHING, A),
        (f"done {B}", B, live(A), A + B, A + B, Action.BRING, B),
        (f"done {B}", B, live(A), A + B, A, Action.HOLD, ""),
        (f"done {A}", A, None, A, A, Action.HOLD, ""),
        (f"done {A}", A, live("", state="active"), A, A, Action.HOLD, ""),
        # an empty ledger, or one older than the catalogue
        ("", "", live(A), "", A, Action.BRING, A),
        ("", "", live(A), "", "", Action.ADOPT, A),
        ("", "", live(""), "", "", Action.HOLD, ""),
        ("", "", live("", state="draft"), "", "", Action.NOTHING, ""),
        (f"done {A}", A, live(C), A, A + C, Action.BRING, C),
        (f"done {A}", A, live(C), A, A, Action.HOLD, ""),
        # withdrawn
        ("withdrawing ", A, live(A), A, A, Action.WITHDRAW, ""),
        ("withdrawn ", "", live(A, state="deleted"), A, A, Action.NOTHING, ""),
        ("withdrawn ", "", None, A, A, Action.NOTHING, ""),
        ("withdrawn ", "", live(A), A, A, Action.HOLD, ""),
    ],
)
def test_each_state_of_things_has_one_course(
    state: str, public: str, shown: Live | None, heard: str, stored: str, course: Action, release: str
) -> None:
    word, _, digest = state.partition(" ")
    step = PublishStep(CAMDEN, NIGHT, "ckan", digest, word, "") if word else None
    known = LedgerState(CAMDEN, step, public, shown, digests(heard), digests(stored), is_removable=True)
    decision = decide(known)
    assert (decision.action, decision.release) == (course, release)


def digests(text: str) -> frozenset[str]:
    return frozenset(text[start : start + 64] for start in range(0, len(text), 64))


# --- with a real store, ledger and folder catalogue -------------------------------------------------------------------


def run(services: Services, night: int = 0, **job: object) -> Outcome:
    return publish(PublishJob(CAMDEN, **job), services, NIGHT + dt.timedelta(days=night))  # type: ignore[arg-type]


def again(services: Services) -> Services:
    """The same house after a new start."""
    return Services(services.settings)


def settled(services: Services) -> Reconciled:
    found = reconcile(services, NIGHT + dt.timedelta(days=9))
    assert len(found) == 1
    return found[0]


def shown(services: Services) -> str:
    found = services.catalogue.live(CAMDEN)
    return found.release if found else ""


def listing_file(services: Services) -> Path:
    return services.settings.site / "current/datasets/street-trees/camden/listing.json"


def test_a_normal_night_leaves_nothing_to_settle(services: Services) -> None:
    assert (settled(services).result, settled(services).exit_code) == ("in order", ExitCode.UNCHANGED)
    release = run(services).release
    before = len(read_entries(services.ledger.database))
    assert settled(again(services)) == Reconciled(CAMDEN, "in order", ExitCode.UNCHANGED, release)
    assert len(read_entries(services.ledger.database)) == before


def test_an_intent_is_finished_by_the_next_run_of_anything(services: Services, drop: Path) -> None:
    first = run(services).release
    drop.write_text(GOOD.replace("12.5", "13.0"))
    second = run(services, night=1).release
    # as after a kill: begun, and nothing of it is there
    services.ledger.intend(NewStep(CAMDEN, "folder", first, NIGHT))
    assert settled(again(services)).result == "repaired"
    assert shown(services) == first
    # as after a kill between the swap and the receipt
    services.ledger.intend(NewStep(CAMDEN, "folder", second, NIGHT))
    publish(PublishJob(CAMDEN), again(services), NIGHT + dt.timedelta(days=2))
    last = services.ledger.last_step(CAMDEN, "folder")
    assert last is not None
    assert (last.state, shown(services)) == ("done", second)


def test_an_empty_ledger_is_made_again_from_what_is_public(services: Services) -> None:
    release = run(services).release
    services.ledger.database.engine.dispose()
    for file in services.settings.home.glob("ledger.sqlite*"):
        file.unlink()
    fresh = again(services)
    assert (settled(fresh).result, settled(again(services)).result) == ("noted", "in order")
    published = fresh.ledger.published(CAMDEN, "folder")
    assert published is not None
    assert (published.release, json.loads(published.receipt)["writes"]) == (release, 0)
    assert run(again(services), night=1).verdict == "unchanged"


def test_a_change_by_hand_is_named_and_put_right(services: Services) -> None:
    run(services)
    listed = json.loads(listing_file(services).read_text())
    path = listing_file(services)
    content = path.read_text().replace(listed["title"], "Other trees")
    path.unlink()  # the bytes are shared with other versions of the site
    path.write_text(content)
    found = settled(again(services))
    assert found.result == "repaired"
    assert "title" in found.what
    assert json.loads(path.read_text())["title"] == listed["title"]


def test_changed_bytes_are_put_right(services: Services) -> None:
    run(services)
    path = listing_file(services).with_name("trees.csv")
    good = path.read_bytes()
    path.unlink()
    path.write_bytes(b"tampered")
    assert settled(again(services)).result == "repaired"
    assert path.read_bytes() == good


def test_what_is_begun_and_cannot_be_done_any_more_is_closed(services: Services) -> None:
    release = run(services).release
    services.ledger.intend(NewStep(CAMDEN, "folder", "0" * 64, NIGHT))
    assert run(again(services), night=1).verdict == "unchanged"
    steps = [step.state for step in services.ledger.steps(CAMDEN, "folder")]
    assert steps == ["done", "superseded", "intent", "done", "intent"]
    assert shown(services) == release


def test_a_moved_dataset_waits_for_a_person_also_when_it_was_begun(services: Services) -> None:
    release = run(services).release
    path = listing_file(services)
    listed = json.loads(path.read_text())
    listed["publisher"]["slug"] = "islington"
    path.unlink()
    path.write_text(json.dumps(listed))
    found = settled(again(services))
    assert (found.result, found.exit_code) == ("held", ExitCode.WAITING)
    assert "moved" in found.what
    services.ledger.intend(NewStep(CAMDEN, "folder", release, NIGHT))
    with pytest.raises(WaitingForPerson, match="moved"):
        run(again(services), night=1)
