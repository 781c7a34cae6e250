"""A look says what publishing would say and changes nothing; whatever has something new is left to a task run."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.look import Looked, look
from flows.maintenance.versions import rollback, withdraw
from flows.orchestration import dispatch
from flows.orchestration.looking import thread_lookers
from flows.outcome import FAILED, Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.state.ledger import NewStep
from flows.takedown.incidents import open_incident, opening
from packages.errors import ExitCode, FileProblem, TemporaryProblem
from packages.fetch import extract_file
from packages.model import Extract, Identity
from tests.flows.city import GOOD
from tests.flows.test_publish import everything

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)

State = Callable[[Services, Path], object]


def at(night: int) -> dt.datetime:
    return NIGHT + dt.timedelta(days=night)


def published(services: Services, _drop: Path) -> object:
    return publish(PublishJob(CAMDEN), services, NIGHT)


def held(services: Services, drop: Path) -> object:
    drop.write_text(GOOD.replace("Height (m)", "Girth"))
    return published(services, drop)


def blocked(services: Services, drop: Path) -> object:
    published(services, drop)
    drop.write_text(GOOD.replace("02/02/2021", "31/02/2021"))
    return publish(PublishJob(CAMDEN), services, NIGHT)


def refused(services: Services, drop: Path) -> object:
    drop.write_text("<html><body>Service unavailable</body></html>")
    return published(services, drop)


def withdrawn(services: Services, drop: Path) -> object:
    published(services, drop)
    return withdraw(CAMDEN, "It names a person.", services, NIGHT)


def taken_back(services: Services, drop: Path) -> object:
    first = publish(PublishJob(CAMDEN), services, at(-1)).release
    drop.write_text(GOOD.replace("12.5", "13.0"))
    published(services, drop)
    return rollback(CAMDEN, first[:8], services, NIGHT)


def frozen(services: Services, drop: Path) -> object:
    published(services, drop)
    return open_incident(CAMDEN, opening("", NIGHT), services, NIGHT)


@pytest.mark.parametrize("state", [published, held, blocked, refused, withdrawn, taken_back, frozen])
def test_what_stays_as_it_is_has_the_outcome_of_a_publish_and_nothing_is_written(
    services: Services, drop: Path, state: State
) -> None:
    state(services, drop)
    before = everything(services.settings.home)
    found = look(CAMDEN, services, at(1))
    assert everything(services.settings.home) == before
    # the oracle: the same night without a look
    assert found.outcome == publish(PublishJob(CAMDEN), services, at(1))


def another_file(_services: Services, drop: Path) -> None:
    drop.write_text(GOOD.replace("12.5", "13.0"))


def another_description(services: Services, _drop: Path) -> None:
    path = services.settings.datasets / "street-trees/datapackage.yaml"
    path.write_text(path.read_text().replace("title: Street trees", "title: Trees of the streets", 1))


def edited_site(services: Services, _drop: Path) -> None:
    path = services.settings.site / "current/datasets/street-trees/camden/trees.csv"
    text = path.read_text()
    path.unlink()
    path.write_text(text.replace("12.5", "99.5"))


def cut_short(services: Services, _drop: Path) -> None:
    services.ledger.intend(NewStep(CAMDEN, "folder", "1" * 64, at(1)))


def closed(services: Services, _drop: Path) -> None:
    path = services.settings.datasets / "street-trees/datapackage.yaml"
    package = yaml.safe_load(path.read_text()) | {"governance": {"openness": "closed", "reason": "Not yet."}}
    path.write_text(yaml.safe_dump(package, sort_keys=False))


@pytest.mark.parametrize("change", [another_file, another_description, edited_site, cut_short, closed])
def test_whatever_has_to_be_done_is_left_to_a_task_run(services: Services, drop: Path, change: State) -> None:
    published(services, drop)
    change(services, drop)
    public, steps = everything(services.settings.site), services.ledger.steps(CAMDEN, "folder")
    assert look(CAMDEN, services, at(1)).outcome is None
    assert (everything(services.settings.site), services.ledger.steps(CAMDEN, "folder")) == (public, steps)


def test_a_dataset_of_which_nothing_is_known_is_left_to_a_task_run(services: Services) -> None:
    assert look(CAMDEN, services, NIGHT).outcome is None


def test_what_a_look_received_is_published_without_asking_the_source_again(services: Services, drop: Path) -> None:
    received = look(CAMDEN, services, NIGHT).received
    drop.unlink()
    outcome = publish(PublishJob(CAMDEN, received=received), services, NIGHT)
    assert (outcome.verdict, outcome.rows) == ("publish", 4)


def test_what_another_run_has_received_since_is_not_gone_back_on(services: Services, drop: Path) -> None:
    received = look(CAMDEN, services, NIGHT).received
    drop.write_text(GOOD + "T005,Quercus robur,30/11/2022,1.5\n")
    look(CAMDEN, services, NIGHT)
    assert publish(PublishJob(CAMDEN, received=received), services, NIGHT).rows == 5


# --- who becomes a task run -------------------------------------------------------------------------------------------


class Run:
    """Stands in for a task run: done at once, with a result or an exception as its state; or lost without one."""

    def __init__(self, result: object, is_lost: bool = False) -> None:
        self._result, self._is_lost = result, is_lost
        self.state: Any = None

    def is_final(self) -> bool:
        return not self._is_lost

    def add_done_callback(self, tell: Callable[[Any], None]) -> None:
        tell(self)

    def wait(self) -> None:
        # Prefect's future has its state only after a wait
        self.state = self

    def result(self, *, raise_on_failure: bool) -> object:
        assert not raise_on_failure
        return self._result


def an_outcome(identity: Identity, verdict: str) -> Outcome:
    return Outcome(identity, verdict, ExitCode.DONE, "")


def test_each_dataset_has_one_outcome_and_only_what_is_not_settled_becomes_a_task_run(
    services: Services, drop: Path
) -> None:
    names = ("barnet", "brent", "camden", "ealing", "sutton")
    barnet, brent, camden, ealing, sutton = (Identity("street-trees", name) for name in names)
    extract = extract_file(drop, store=None, now=NIGHT)
    found: dict[Identity, Looked | Exception] = {
        barnet: Looked(an_outcome(barnet, "unchanged")),
        brent: Looked(received=extract),
        camden: TemporaryProblem("The server does not answer.", fix="Wait."),
        ealing: FileProblem("Not a table.", fix="Send one."),
        sutton: ZeroDivisionError("a fault of ours"),
    }

    def look_at(identity: Identity) -> Looked:
        answer = found[identity]
        if isinstance(answer, Exception):
            raise answer
        return answer

    begun: dict[Identity, Extract | None] = {}

    def submit(identity: Identity, received: Extract | None) -> Any:
        begun[identity] = received
        return Run(ZeroDivisionError("again") if identity == sutton else an_outcome(identity, "publish"))

    with thread_lookers(4, look_at) as look:
        outcomes = list(dispatch.outcomes_as_known(tuple(found), look, submit))
    assert begun == {brent: extract, camden: None, ealing: None, sutton: None}
    verdicts = {outcome.identity: outcome.verdict for outcome in outcomes}
    assert len(outcomes) == len(found)
    assert verdicts == {barnet: "unchanged", brent: "publish", camden: "publish", ealing: "publish", sutton: FAILED}


def test_a_night_that_is_broken_off_begins_no_further_look() -> None:
    identities = [Identity("street-trees", f"borough-{number}") for number in range(200)]
    looked: Future[Identity] = Future()
    seen: list[Identity] = []

    def look_at(identity: Identity) -> Looked:
        seen.append(identity)
        if identity != identities[0]:
            looked.result(10)
            time.sleep(0.05)
        return Looked(an_outcome(identity, "unchanged"))

    with thread_lookers(4, look_at) as look:
        next(dispatch.outcomes_as_known(identities, look, lambda *_: pytest.fail("no task run is needed")))
        looked.set_result(identities[0])
    assert len(seen) < len(identities)


def test_a_dataset_whose_workers_died_one_after_the_other_has_failed_and_stops_no_other() -> None:
    barnet, camden = Identity("street-trees", "barnet"), Identity("street-trees", "camden")

    def submit(identity: Identity, _received: Extract | None) -> Any:
        return Run(None, is_lost=True) if identity == barnet else Run(an_outcome(identity, "publish"))

    with thread_lookers(2, lambda identity: Looked()) as look:
        outcomes = {o.identity: o for o in dispatch.outcomes_as_known((barnet, camden), look, submit)}
    assert (outcomes[barnet].verdict, outcomes[barnet].exit_code) == (FAILED, ExitCode.TEMPORARY)
    assert outcomes[camden].verdict == "publish"
