"""Whichever outside effect of an act on a DataPress fails, and however: a fresh start ends with one whole dataset."""

from __future__ import annotations

import gc
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from flows.maintenance.reconcile import reconcile
from flows.maintenance.versions import rollback, withdraw
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.state.ledger import PublishStep
from packages.model import Identity
from tests.datapress.server import KEY, Server, datapress
from tests.datapress.stranger import damaged, digest_of, look
from tests.flows.city import GOOD, make_city
from tests.reliability.effects import CALLS, Effects, counted
from tests.reliability.stranger import Seen
from tests.reliability.test_folder_effects import EVERY, MEMORY, NIGHT, Opened, attempt

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if EVERY else 1800)]

HOWS = ("kill", "exception", "full", "down")
STRIDES = {"kill": 11, "exception": 23, "full": 19, "down": 7}
"""Without EVERY_EFFECT only each so many-th effect fails."""

CAMDEN = Identity("street-trees", "camden")
TITLE = "Street trees – Camden"
TEXTS = (GOOD, GOOD + "T005,Betula pendula,30/11/2021,2.5\n")
LISTED = {"trees.csv", "trees.parquet", "report.html", "datapackage.json"}


@dataclass(frozen=True)
class City:
    """One borough with one dataset, published to a DataPress."""

    root: Path
    server: Server
    opened: Opened = field(default_factory=Opened)

    @property
    def services(self) -> Services:
        return self.opened.fresh(
            Settings(
                home=self.root / "home",
                datasets=self.root / "datasets",
                catalogue="datapress",
                datapress_url=self.server.url,
                datapress_key=SecretStr(KEY),
                datapress_team="53oj7",
                datapress_masthead="gla",
            )
        )

    def run(self) -> Outcome:
        return publish(PublishJob(CAMDEN), self.services, NIGHT)

    def receive(self, text: str) -> None:
        (self.root / "drop/camden/trees.csv").write_text(text)

    def seen(self) -> Seen:
        """What a stranger sees after a failure: maybe files of two releases, each of them what it says that it is."""
        seen = look(self.server.url, TITLE)
        assert not damaged(seen), seen.wrong
        return seen

    def last_step(self) -> PublishStep:
        step = self.services.ledger.last_step(CAMDEN, "datapress")
        assert step is not None
        return step

    def settled(self, release: str) -> None:
        """One dataset, each file once, all of one release, whole for the public, and the ledger knows."""
        seen = look(self.server.url, TITLE)
        assert (seen.release, seen.wrong) == (release, "")
        step = self.last_step()
        assert (step.state, step.release) == ("done", release)
        (found,) = self.server.portal.datasets.values()
        assert {name for name, _ in self.server.portal.files.values()} == LISTED
        assert len(found["resources"]) == len(LISTED)
        assert release in found["custom"]["londata"]
        assert self.services.ledger.recall(CAMDEN, self.server.url) == found["id"]

    def forget(self) -> None:
        """As if nothing had ever been published."""
        self.server.portal.datasets.clear()
        self.server.portal.files.clear()
        self.opened.close()
        shutil.rmtree(self.root / "home")


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    # a call that fails is made again at once: what is looked at is what was done, not how long it took
    monkeypatch.setattr("catalogue.backends.transport.answers.time", SimpleNamespace(sleep=lambda seconds: None))
    room = Path(tempfile.mkdtemp(dir=MEMORY)) if os.access(MEMORY, os.W_OK) else tmp_path
    package = make_city(room, "camden") / "street-trees/datapackage.yaml"
    # without safe columns a page has no charts and no values: what is tried here does not depend on them
    package.write_text(package.read_text().replace(", safe: true", ""))
    with datapress() as server:
        made = City(room, server)
        gc.freeze()  # so that a collection looks at what is new only
        yield made
        made.opened.close()
        gc.unfreeze()
    shutil.rmtree(room)


class FirstPublish:
    """Of a dataset that is not there yet; it is forgotten afterwards."""

    fails = 1

    def __init__(self, city: City) -> None:
        self.city = city

    def prepare(self) -> None: ...

    def act(self) -> None:
        self.city.run()

    def settle(self) -> None:
        before = self.city.seen()
        # a new dataset is seen whole or not at all
        assert before.wrong == ""
        release = self.city.run().release
        assert before.release in ("", release)
        self.city.settled(release)
        self.city.forget()


class Republish:
    """One of two files after the other."""

    fails = 1

    def __init__(self, city: City) -> None:
        self.city, self.turn, self.releases = city, 1, list[str]()
        for text in TEXTS:
            city.receive(text)
            self.releases.append(city.run().release)

    @property
    def wanted(self) -> str:
        return self.releases[self.turn % 2]

    def prepare(self) -> None:
        self.turn += 1
        self.city.receive(TEXTS[self.turn % 2])

    def act(self) -> None:
        self.city.run()

    def settle(self) -> None:
        assert self.city.seen().release in ("", *self.releases)
        self.city.run()
        self.city.settled(self.wanted)


class Rollback(Republish):
    """To one of two releases after the other."""

    def prepare(self) -> None:
        self.turn += 1

    def act(self) -> None:
        rollback(CAMDEN, self.wanted, self.city.services, NIGHT)

    def settle(self) -> None:
        self.city.seen()
        reconcile(self.city.services, NIGHT)
        self.city.settled(self.city.seen().release)
        self.act()
        self.city.settled(self.wanted)


class Withdrawal(FirstPublish):
    """Of what was published just before."""

    def prepare(self) -> None:
        self.release = self.city.run().release

    def act(self) -> None:
        withdraw(CAMDEN, "It named people.", self.city.services, NIGHT)

    def settle(self) -> None:
        assert self.city.seen().release in ("", self.release)
        for recover in (lambda: reconcile(self.city.services, NIGHT), self.act):
            recover()
            if self.city.seen().release:
                self.city.settled(self.release)
        assert (self.city.seen().release, self.city.last_step().state) == ("", "withdrawn")
        (held,) = self.city.server.portal.datasets.values()
        assert (held["sharing"], held["resources"]) == ("private", {})
        assert "It named people." in held["custom"]["londata"]
        steps = self.city.services.ledger.steps(CAMDEN, "datapress")
        (receipt,) = (json.loads(step.receipt) for step in steps if step.state == "done")
        assert {digest_of(url) for url in receipt["urls"].values()} <= {"status 403", "status 404"}
        assert self.city.run().verdict == "held"
        self.city.forget()


class Recovery(Republish):
    """Of a republish that was killed at one of its calls after another, from the first upload to the last read."""

    fails = 3

    def __init__(self, city: City) -> None:
        super().__init__(city)
        super().prepare()
        effects = Effects(city.root, only=CALLS)
        with counted(effects):
            city.run()
        self.calls = effects.count

    def prepare(self) -> None:
        super().prepare()
        # 7 has no factor in common with the number of effects that one call has
        at = 1 + self.turn * 7 % (self.calls - 2)
        attempt(lambda: self.city.run(), Effects(self.city.root, at, "kill", only=CALLS))

    def act(self) -> None:
        reconcile(self.city.services, NIGHT)

    def settle(self) -> None:
        self.city.seen()
        self.act()
        self.city.run()
        self.city.settled(self.wanted)


ACTS = {
    "publish": FirstPublish,
    "republish": Republish,
    "rollback": Rollback,
    "withdraw": Withdrawal,
    "recover": Recovery,
}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("what", ACTS)
def test_every_effect_fails(city: City, what: str, how: str) -> None:
    """The first, the second, … until a run meets none that fails; a recovery fails three times in a row."""
    act, at, reached = ACTS[what](city), 1, True
    while reached:
        act.prepare()
        for _ in range(act.fails):
            effects = Effects(city.root, at, how, only=CALLS if how == "down" else frozenset())
            reached = attempt(act.act, effects) and reached
        act.settle()
        at += 1 if EVERY else STRIDES[how]
    print(f"datapress, {what}, {how}: {at - 1} effects")
    assert at > 5
