"""Whichever outside effect of an act on a real CKAN fails, and however: a fresh start ends with one whole dataset."""

from __future__ import annotations

import csv
import datetime as dt
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
import requests
from pydantic import SecretStr

from catalogue.backends.ckan.settings import CkanSettings
from flows.maintenance.reconcile import reconcile
from flows.maintenance.versions import rollback, withdraw
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.state.ledger import PublishStep
from packages.model import Identity
from tests.flows.city import GOOD, make_city
from tests.live.conftest import start_rig
from tests.live.test_ckan import call
from tests.reliability.effects import CALLS, Effects, counted
from tests.reliability.soak import public_folder
from tests.reliability.stranger import look, table_rows
from tests.reliability.test_folder_effects import EVERY, MEMORY, NIGHT, Opened, attempt
from tests.signing.trusted_keys import TrustedKeys

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if EVERY else 1800)]

HOWS = ("kill", "exception", "full", "down")
STRIDES = {"kill": 17, "exception": 41, "full": 29, "down": 13}
"""Without EVERY_EFFECT only each so many-th effect fails, and half as many where CKAN links to the files."""

WITH_TABLES = {("publish", "kill"), ("republish", "down"), ("republish", "kill"), ("withdraw", "down")}
"""What is tried of tables without EVERY_EFFECT."""

CAMDEN = Identity("street-trees", "camden")
NAME = "street-trees-camden"
TEXTS = (GOOD, GOOD + "T005,Betula pendula,30/11/2021,2.5\n")


@dataclass(frozen=True)
class City:
    """One borough with one dataset, signed and published to a CKAN that holds the files or links to them."""

    root: Path
    ckan: CkanSettings
    keys: TrustedKeys
    opened: Opened = field(default_factory=Opened)

    @property
    def services(self) -> Services:
        return self.opened.fresh(
            Settings(
                home=self.root / "home",
                datasets=self.root / "datasets",
                catalogue="ckan",
                ckan_url=self.ckan.url,
                ckan_token=SecretStr(self.ckan.token),
                ckan_mode=self.ckan.mode,  # type: ignore[arg-type]
                public_url=self.ckan.public_url,
                ckan_datastore=self.ckan.datastore,
                signing_key=self.keys.setting,
            )
        )

    def run(self) -> Outcome:
        return publish(PublishJob(CAMDEN), self.services, NIGHT)

    def receive(self, text: str) -> None:
        (self.root / "drop/camden/trees.csv").write_text(text)

    def shown(self) -> str:
        """The release that a stranger sees, empty when there is none; it has to be whole."""
        seen = look(self.ckan.url, NAME)
        assert not seen.wrong
        return seen.release

    def last_step(self) -> PublishStep:
        step = self.services.ledger.last_step(CAMDEN, "ckan")
        assert step is not None
        return step

    def settled(self, release: str) -> None:
        """One dataset, each file once, all of one release, whole for the public, and the ledger knows."""
        assert self.shown() == release
        step = self.last_step()
        assert (step.state, step.release) == ("done", release)
        api = f"{self.ckan.url}/api/3/action/package_show?id={NAME}"
        assert not self.keys.verify_afresh(api, dt.datetime.now(dt.UTC)).found
        found = call(self.ckan, "package_search", fq="organization:camden AND name:street-trees*", include_drafts=True)
        assert found["count"] == 1
        resources = found["results"][0]["resources"]
        wanted = {file.name for file in self.manifest(release)}
        assert sorted(resource["url"].rpartition("/")[2] for resource in resources) == sorted(wanted - {"report.json"})
        if self.ckan.datastore:
            (table,) = (resource for resource in resources if resource["format"] == "CSV")
            with (self.services.store.release_folder(CAMDEN, release) / "trees.csv").open(newline="") as file:
                assert table_rows(self.ckan.url, table["id"]) == list(csv.DictReader(file))
            assert look(self.ckan.url, NAME).tables == 1

    def manifest(self, release: str) -> list[Path]:
        folder = self.services.store.release_folder(CAMDEN, release)
        return [path for path in folder.iterdir() if path.name != "manifest.json"]

    def forget(self) -> None:
        """As if nothing had ever been published."""
        call(self.ckan, "dataset_purge", id=NAME)
        call(self.ckan, "organization_purge", id="camden")
        self.opened.close()
        shutil.rmtree(self.root / "home")
        (self.root / "home/releases").mkdir(parents=True)


@pytest.fixture(params=["upload", "link", "tables"])
def city(
    rig: CkanSettings, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[City]:
    start_rig()
    # a call that fails is made again at once: what is looked at is what was done, not how long it took
    monkeypatch.setattr("catalogue.backends.transport.answers.time", SimpleNamespace(sleep=lambda seconds: None))
    room = Path(tempfile.mkdtemp(dir=MEMORY)) if os.access(MEMORY, os.W_OK) else tmp_path
    package = make_city(room, "camden") / "street-trees/datapackage.yaml"
    # without safe columns a page has no charts and no values: what is tried here does not depend on them
    package.write_text(package.read_text().replace(", safe: true", ""))
    (room / "home/releases").mkdir(parents=True)
    with public_folder(room / "home/releases") as public:
        told = CkanSettings(rig.url, rig.token, datastore=request.param == "tables")
        if request.param == "link":
            told = CkanSettings(rig.url, rig.token, "link", public)
        made = City(room, told, TrustedKeys.in_folder(room / "keys", dt.datetime.now(dt.UTC)))
        gc.freeze()  # so that a collection looks at what is new only
        yield made
        made.opened.close()
        gc.unfreeze()
    shutil.rmtree(room)


class FirstPublish:
    """With an organisation that is not there yet; both are forgotten afterwards."""

    fails = 1

    def __init__(self, city: City) -> None:
        self.city = city

    def prepare(self) -> None: ...

    def act(self) -> None:
        self.city.run()

    def settle(self) -> None:
        before = self.city.shown()
        release = self.city.run().release
        assert before in ("", release)
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
        assert self.city.shown() in self.releases
        self.city.run()
        self.city.settled(self.wanted)


class Rollback(Republish):
    """To one of two releases after the other."""

    def prepare(self) -> None:
        self.turn += 1

    def act(self) -> None:
        rollback(CAMDEN, self.wanted, self.city.services, NIGHT)

    def settle(self) -> None:
        assert self.city.shown() in self.releases
        self.recover()
        self.city.settled(self.city.shown())
        self.act()
        self.city.settled(self.wanted)

    def recover(self) -> None:
        reconcile(self.city.services, NIGHT)


class Withdrawal(FirstPublish):
    """Of what was published just before."""

    def prepare(self) -> None:
        self.release = self.city.run().release

    def act(self) -> None:
        withdraw(CAMDEN, "It named people.", self.city.services, NIGHT)

    def settle(self) -> None:
        assert self.city.shown() in ("", self.release)
        for recover in (lambda: reconcile(self.city.services, NIGHT), self.act):
            recover()
            if self.city.shown():
                self.city.settled(self.release)
        assert (self.city.shown(), self.city.last_step().state) == ("", "withdrawn")
        held = call(self.city.ckan, "package_show", id=NAME)
        assert (held["state"], held["resources"]) == ("deleted", [])
        steps = self.city.services.ledger.steps(CAMDEN, "ckan")
        (receipt,) = (json.loads(step.receipt) for step in steps if step.state == "done")
        assert not any(requests.get(url, timeout=30).ok for url in receipt["urls"].values())
        assert not any(table_rows(self.city.ckan.url, key) for key in receipt["ids"].values())
        assert self.city.run().verdict == "held"
        self.city.forget()


class Recovery(Republish):
    """Of a republish that was killed with its revision not yet sent, or sent and not yet answered for."""

    fails = 3

    def __init__(self, city: City) -> None:
        super().__init__(city)
        self.prepare_text()
        effects = Effects(city.root)
        with counted(effects):
            city.run()
        commits = [number for number, name in enumerate(effects.seen) if name == "commit"]
        intent = commits[-3]  # then the receipt, then the lease is given back
        self.revise = sum(name in CALLS for name in effects.seen[:intent]) + 1

    def prepare_text(self) -> None:
        super().prepare()

    def prepare(self) -> None:
        self.prepare_text()
        at = self.revise + self.turn // 2 % 2
        assert attempt(lambda: self.city.run(), Effects(self.city.root, at, "kill", only=CALLS))

    def act(self) -> None:
        reconcile(self.city.services, NIGHT)

    def settle(self) -> None:
        assert self.city.shown() in self.releases
        self.act()
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
    if city.ckan.datastore and not EVERY and (what, how) not in WITH_TABLES:
        pytest.skip("what is written besides tables is tried without them")
    act, at, reached = ACTS[what](city), 1, True
    mode = "tables" if city.ckan.datastore else city.ckan.mode
    while reached:
        act.prepare()
        for _ in range(act.fails):
            effects = Effects(city.root, at, how, only=CALLS if how == "down" else frozenset())
            reached = attempt(act.act, effects) and reached
        act.settle()
        at += 1 if EVERY else STRIDES[how] * (1 if mode == "upload" else 2)
    print(f"{mode}, {what}, {how}: {at - 1} effects")
    assert at > 5
