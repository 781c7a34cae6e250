"""Whichever outside effect fails, and however: a fresh start finds the old release or the new one, and ends whole."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from flows.maintenance.reconcile import reconcile
from flows.maintenance.versions import rollback, withdraw
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.update import update_site
from packages.errors import LondataError
from packages.model import Identity
from tests.catalogue.public_site import files_left
from tests.flows.city import GOOD, make_city
from tests.reliability.effects import Effects, Pulled, counted
from tests.reliability.site import shown, unsigned
from tests.signing.trusted_keys import TrustedKeys

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
CHANGED = GOOD + "T005,Betula pendula,30/11/2021,2.5\n"
HOWS = ("exception", "kill", "full")
NOT_SIGNED = "exception"
"""Everything is signed where a run is killed or the disk is full; without a key it has to end as well."""

MEMORY = Path("/dev/shm")

EVERY = bool(os.environ.get("EVERY_EFFECT"))
"""`make effects` fails each effect in each way; without it, a republish is killed often, and the rest are samples."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if EVERY else 1800)]


@dataclass(frozen=True)
class Opened:
    """Every ledger that was opened in a room. SQLite removes files by name when it closes one: before others come."""

    services: list[Services] = field(default_factory=list)

    def fresh(self, settings: Settings) -> Services:
        """Tools as a fresh process has them."""
        self.services.append(Services(settings))
        return self.services[-1]

    def close(self) -> None:
        gc.collect()  # what failed may hold a connection
        for services in self.services:
            if "ledger" in vars(services):
                services.ledger.database.engine.dispose()
        self.services.clear()


@dataclass(frozen=True)
class City:
    """A city in a folder that can be put back to how it was; it signs where it has `keys`."""

    root: Path
    kept: Path
    keys: TrustedKeys | None
    opened: Opened = field(default_factory=Opened)

    @property
    def services(self) -> Services:
        return self.opened.fresh(Settings(home=self.root / "home", datasets=self.root / "datasets"))

    @property
    def page(self) -> Path:
        return self.root / "home/site/current/datasets/street-trees/camden"

    def receive(self, text: str) -> None:
        (self.root / "drop/camden/trees.csv").write_text(text)

    def shown(self) -> str:
        """The release that the page shows, whole and with its list; empty when it is not listed."""
        release = shown(self.page)
        if self.keys and self.page.is_dir():
            assert not unsigned(self.page, self.keys.key.public)
        return release

    def verify(self) -> None:
        """Prove the whole site with the root key; the list of the catalogue has followed."""
        if self.keys:
            proof = self.keys.verify_site(self.root / "home/site/current", dt.datetime.now(dt.UTC))
            assert (proof.found, proof.notes) == ([], [])

    def keep(self) -> None:
        """Remember how it is now."""
        self.opened.close()
        shutil.copytree(self.root, self.kept, symlinks=True)

    def put_back(self) -> None:
        self.opened.close()
        shutil.rmtree(self.root)
        shutil.copytree(self.kept, self.root, symlinks=True)


@pytest.fixture
def city(tmp_path: Path, how: str) -> Iterator[City]:
    """In memory where there is such a folder: what counts here is the order of things, not the disk."""
    room = Path(tempfile.mkdtemp(dir=MEMORY)) if os.access(MEMORY, os.W_OK) else tmp_path
    is_signed = how != NOT_SIGNED
    keys = TrustedKeys.in_folder(room / "city/home/keys", dt.datetime.now(dt.UTC)) if is_signed else None
    made = City(room / "city", room / "kept", keys)
    datasets = make_city(made.root, "camden")
    package = datasets / "street-trees/datapackage.yaml"
    # without safe columns a page has no charts and no values: what is tried here does not depend on them
    package.write_text(package.read_text().replace(", safe: true", ""))
    gc.freeze()  # so that a collection looks at what is new only
    yield made
    made.opened.close()
    gc.unfreeze()
    shutil.rmtree(room)


def run(city: City) -> Outcome:
    """Publish, and bring the shared pages up to date, as a command does."""
    services = city.services
    outcome = publish(PublishJob(CAMDEN), services, NIGHT)
    update_site(services, NIGHT)
    return outcome


def recover(city: City) -> None:
    """Finish what a killed run began, as `londata reconcile` does."""
    services = city.services
    reconcile(services, NIGHT)
    update_site(services, NIGHT)


def attempt(act: Callable[[], object], effects: Effects) -> bool:
    """Act with one effect failing, in a child process where that is killed; whether it was reached."""
    if effects.how == "kill":
        return _in_a_child(act, effects)
    with contextlib.suppress(Pulled, LondataError, OSError, SQLAlchemyError), counted(effects):
        act()
    return effects.failed


def _in_a_child(act: Callable[[], object], effects: Effects) -> bool:
    child = os.fork()
    if child == 0:
        try:
            with contextlib.suppress(LondataError), counted(effects):
                act()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def boundaries(city: City, act: Callable[[], object], how: str, stride: int = 1) -> Iterator[int]:
    """Fail the first effect, the next, … each from the same start, until nothing was left to fail."""
    at, reached = 1, True
    while reached:
        city.put_back()
        reached = attempt(act, Effects(city.root, at, how))
        yield at
        at += 1 if EVERY else stride


def settled(city: City, release: str) -> None:
    """Everything says that this release is out, and nothing is left lying about."""
    step = city.services.ledger.last_step(CAMDEN, "folder")
    assert city.shown() == release
    assert step is not None
    assert (step.state, step.release) == ("done", release)
    # beside the lock, the version that is shown and the one before: each of the runs that failed, three at most, may
    # have left one that it made or did not wholly remove, which goes with the next write
    site = city.root / "home/site"
    assert len(list((site / "folders/datasets/street-trees/camden").iterdir())) <= 6
    assert len(list((site / "pages").iterdir())) <= 6
    assert not list(site.rglob("*.part"))
    assert len([path for path in (city.page / "releases").iterdir() if not path.is_symlink()]) <= 2
    (status,) = json.loads((site / "current/london.json").read_bytes())["datasets"]
    assert status["release"] == release


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("first", [True, False], ids=["publish", "republish"])
def test_every_effect_of_a_publish_fails_once(city: City, how: str, first: bool) -> None:
    old = "" if first else run(city).release
    if not first:
        city.receive(CHANGED)
    city.keep()
    new = run(city).release
    assert new not in ("", old)

    for at in boundaries(city, lambda: run(city), how, stride=3 if how == "kill" and not first else 13):
        assert city.shown() in (old, new), at
        run(city)
        settled(city, new)
        if at % 10 == 1:
            assert run(city).verdict == "unchanged"
            city.verify()
    print(f"{how}: {at - 1} effects")
    assert at > 100


@pytest.mark.parametrize("how", HOWS)
def test_every_effect_of_a_rollback_fails_once(city: City, how: str) -> None:
    first = run(city).release
    city.receive(CHANGED)
    second = run(city).release
    city.keep()

    def go_back() -> None:
        services = city.services
        rollback(CAMDEN, first, services, NIGHT)
        update_site(services, NIGHT)

    for at in boundaries(city, go_back, how, stride=5):
        assert city.shown() in (first, second), at
        recover(city)
        settled(city, city.shown())
        go_back()
        settled(city, first)
        city.verify()
    print(f"{how}: {at - 1} effects")
    assert at > 30


BEGUN = pytest.mark.parametrize("begun", [0.0, 0.5, 1.0], ids=["just begun", "in the middle", "but for the receipt"])


def cut_short(city: City, begun: float) -> tuple[str, str]:
    """Leave a republish that was killed between intent and receipt; gives the old release and the new one."""
    old = run(city).release
    city.receive(CHANGED)
    city.keep()
    effects = Effects(city.root)
    with counted(effects):
        new = run(city).release
    commits = [number for number, name in enumerate(effects.seen, 1) if name == "commit"]
    told, receipt = commits[-3], commits[-2]  # the last one gives the lease back
    city.put_back()
    assert attempt(lambda: run(city), Effects(city.root, int(told + 1 + begun * (receipt - told - 1)), "kill"))
    shutil.rmtree(city.kept)
    city.keep()
    return old, new


@BEGUN
@pytest.mark.parametrize("how", HOWS)
def test_every_effect_of_a_recovery_fails_three_times_in_a_row(city: City, begun: float, how: str) -> None:
    old, new = cut_short(city, begun)

    for at in boundaries(city, lambda: recover(city), how, stride=10):
        assert city.shown() in (old, new), at
        for _ in range(2):
            attempt(lambda: recover(city), Effects(city.root, at, how))
            assert city.shown() in (old, new), at
        recover(city)
        settled(city, new)
        city.verify()
    print(f"{how}: {at - 1} effects")
    assert at > 5


@pytest.mark.parametrize("how", HOWS)
def test_every_effect_of_a_withdrawal_fails_once(city: City, how: str) -> None:
    old = run(city).release
    city.keep()
    rooms = (city.root / "home/site/folders/datasets", city.root / "home/releases/street-trees/camden")

    def take_away() -> None:
        services = city.services
        withdraw(CAMDEN, "It named people.", services, NIGHT)
        update_site(services, NIGHT)

    for at in boundaries(city, take_away, how, stride=9):
        assert city.shown() in (old, ""), at
        recover(city)
        left_or_gone(city, old)
        take_away()
        left_or_gone(city, "")
        assert "It named people." in (city.page / "index.html").read_text()
        assert not [path for room in rooms for kind in ("*.csv", "*.parquet") for path in files_left(room, kind)]
        assert "trees.csv" not in (city.root / "home/site/current/catalog.ttl").read_text()
        assert run(city).verdict == "held"
        city.verify()
    print(f"{how}: {at - 1} effects")
    assert at > 20


def left_or_gone(city: City, old: str) -> None:
    """Either the old release is still out, whole, or it is all gone; `old` is empty when it has to be gone."""
    if city.shown():
        settled(city, old)
        return
    step = city.services.ledger.last_step(CAMDEN, "folder")
    assert step is not None
    assert step.state == "withdrawn"
