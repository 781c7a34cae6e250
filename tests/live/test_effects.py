"""Whichever call to a real CKAN fails, and however: a fresh start ends with exactly one dataset that is all new."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from catalogue.backends.ckan_words import CkanSettings
from flows.publish import Job, Outcome, publish
from flows.settings import Settings
from flows.tools import Tools
from packages.model import Identity
from packages.vocabulary import publishers
from tests.flows.city import GOOD, make_city
from tests.live.conftest import start_rig
from tests.live.test_ckan import call
from tests.reliability.effects import CALLS, Effects
from tests.reliability.stranger import look
from tests.reliability.test_folder_effects import EVERY, MEMORY, NIGHT, attempt

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

HOWS = ("kill", "down", "lost")
TEXTS = (GOOD, GOOD + "T005,Betula pendula,30/11/2021,2.5\n")


@dataclass(frozen=True)
class City:
    """Boroughs of one dataset, published to one CKAN."""

    root: Path
    ckan: CkanSettings

    @property
    def tools(self) -> Tools:
        """Tools as a fresh process has them."""
        return Tools(
            Settings(
                home=self.root / "home",
                datasets=self.root / "datasets",
                catalogue="ckan",
                ckan_url=self.ckan.url,
                ckan_token=self.ckan.token,  # type: ignore[arg-type]
            )
        )

    def run(self, slug: str) -> Outcome:
        return publish(Job(Identity("street-trees", slug)), self.tools, NIGHT)

    def receive(self, slug: str, text: str) -> None:
        (self.root / "drop" / slug / "trees.csv").write_text(text)

    def settled(self, slug: str, release: str) -> None:
        """One dataset, four files, all of one release, whole for the public, and the ledger knows."""
        seen = look(self.ckan.url, f"street-trees-{slug}")
        assert (seen.release, seen.wrong) == (release, "")
        identity = Identity("street-trees", slug)
        step = self.tools.ledger.last_step(identity, "ckan")
        assert step is not None
        assert (step.state, step.release) == ("done", release)
        found = call(self.ckan, "package_search", fq=f"organization:{slug} AND name:street-trees*", include_drafts=True)
        assert found["count"] == 1
        assert len({resource["id"] for resource in found["results"][0]["resources"]}) == 4
        assert len(found["results"][0]["resources"]) == 4


@pytest.fixture
def city(rig: CkanSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """An empty CKAN. Waiting between tries is left out: what counts here is the order of things."""
    start_rig()
    monkeypatch.setattr("catalogue.backends.ckan_wire.time.sleep", lambda seconds: None)
    room = Path(tempfile.mkdtemp(dir=MEMORY)) if os.access(MEMORY, os.W_OK) else tmp_path
    package = make_city(room, *publishers()) / "street-trees/datapackage.yaml"
    package.write_text(package.read_text().replace(", safe: true", ""))
    yield City(room, rig)
    shutil.rmtree(room)


def each_call(act: Callable[[int], object], root: Path, how: str, stride: int) -> Iterator[int]:
    """Fail the first call before it is sent, then after it was answered, then the second, … until none is left."""
    at, reached = 1, True
    while reached:
        reached = attempt(partial(act, at), Effects(root, at, how, only=CALLS))
        yield at
        at += 1 if EVERY else stride


@pytest.mark.parametrize("how", HOWS)
def test_every_call_of_a_republish_fails_once(city: City, how: str) -> None:
    releases = []
    for text in TEXTS:
        city.receive("camden", text)
        releases.append(city.run("camden").release)
    turn = 0

    def publish_the_other(_: int) -> None:
        city.receive("camden", TEXTS[turn % 2])
        city.run("camden")

    for at in each_call(publish_the_other, city.root, how, 1 if how == "kill" else 3):
        seen = look(city.ckan.url, "street-trees-camden")
        assert seen.release in releases, at
        city.run("camden")
        city.settled("camden", releases[turn % 2])
        turn += 1
    print(f"{how}: {at - 1} boundaries")
    assert at > 15


@pytest.mark.parametrize("how", HOWS)
def test_every_call_of_a_first_publish_fails_once(rig: CkanSettings, city: City, how: str) -> None:
    slugs = list(publishers())

    def publish_another(at: int) -> None:
        city.run(slugs[at % len(slugs)])

    for at in each_call(publish_another, city.root, how, 1 if how == "kill" else 3):
        slug = slugs[at % len(slugs)]
        release = city.run(slug).release
        city.settled(slug, release)
        call(rig, "dataset_purge", id=f"street-trees-{slug}")
        call(rig, "organization_purge", id=slug)
        shutil.rmtree(city.root / "home")
    print(f"{how}: {at - 1} boundaries")
    assert at > 30
