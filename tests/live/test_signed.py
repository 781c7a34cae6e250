"""A signed release in a real CKAN: a re-user with the root key alone finds whatever its server makes of it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from catalogue.backends.ckan.settings import CkanSettings
from catalogue.verifying.found import Attack
from flows.maintenance.reconcile import reconcile
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.model import Identity
from tests.flows.city import GOOD, make_city
from tests.live.conftest import start_rig
from tests.live.test_ckan import call, public
from tests.signing.trusted_keys import TrustedKeys

CAMDEN, NAME = Identity("street-trees", "camden"), "street-trees-camden"
NIGHT = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=2)
DAY = dt.timedelta(days=1)
STRANGER = TrustedKeys(Path(os.devnull))


@dataclass
class SignedHouse:
    """One borough that signs what it publishes to a CKAN, and what a re-user then finds there."""

    root: Path
    ckan: CkanSettings

    def __post_init__(self) -> None:
        self.keys = TrustedKeys.in_folder(self.root / "home/keys", NIGHT)
        self.address = f"{self.ckan.url}/api/3/action/package_show?id={NAME}"

    @property
    def services(self) -> Services:
        return Services(
            Settings(
                home=self.root / "home",
                datasets=self.root / "datasets",
                catalogue="ckan",
                ckan_url=self.ckan.url,
                ckan_token=SecretStr(self.ckan.token),
            )
        )

    def publish(self, text: str, now: dt.datetime) -> Outcome:
        (self.root / "drop/camden/trees.csv").write_text(text)
        return publish(PublishJob(CAMDEN), self.services, now)

    def mend(self) -> None:
        """What every night does."""
        reconcile(self.services, NIGHT + 2 * DAY)

    def attacks(self) -> set[Attack]:
        return {flaw.attack for flaw in self.keys.verify_entry(self.address, dt.datetime.now(dt.UTC)).found}


@pytest.fixture
def signed_house(rig: CkanSettings, tmp_path: Path) -> SignedHouse:
    start_rig()
    make_city(tmp_path, "camden")
    return SignedHouse(tmp_path, rig)


def change(house: SignedHouse, **fields: object) -> None:
    """Somebody with an account changes the dataset, past us."""
    call(house.ckan, "package_patch", id=NAME, **fields)


def facts(house: SignedHouse) -> dict[str, str]:
    """The facts of ours in the dataset that are nowhere a field of their own."""
    return {extra["key"]: extra["value"] for extra in public(house.ckan, NAME)["extras"]}


def say(house: SignedHouse, **told: str | None) -> None:
    """Let the dataset say something else of some facts, or nothing."""
    said = {key: value for key, value in {**facts(house), **told}.items() if value is not None}
    change(house, extras=[{"key": key, "value": value} for key, value in said.items()])


def upload(house: SignedHouse, resource: dict, content: bytes) -> None:
    """Put another content behind a file that says of itself what it said before."""
    sent = requests.post(
        f"{house.ckan.url}/api/3/action/resource_patch",
        data={"id": resource["id"], "hash": resource["hash"], "size": resource["size"]},
        files={"upload": (resource["url"].rpartition("/")[2], content)},
        headers={"Authorization": house.ckan.token},
        timeout=30,
    )
    sent.raise_for_status()


def one_byte_of_a_file(house: SignedHouse) -> None:
    """The same name, size and hash beside other bytes: what somebody does who can write to the disk of the CKAN."""
    csv = next(one for one in public(house.ckan, NAME)["resources"] if one["format"] == "CSV")
    answer = requests.get(csv["url"], timeout=30)
    spoilt = answer.content.replace(b"12.5", b"12.6")
    assert spoilt != answer.content
    upload(house, csv, spoilt)
    assert requests.get(csv["url"], timeout=30).content == spoilt


def file_taken_away(house: SignedHouse) -> None:
    kept = [one for one in public(house.ckan, NAME)["resources"] if one["format"] != "Parquet"]
    change(house, resources=kept)


def no_signature(house: SignedHouse) -> None:
    say(house, release_signature=None)


def forged_signature(house: SignedHouse) -> None:
    """By a stranger who names our key."""
    key, seconds, _ = facts(house)["release_signature"].split(":")
    say(house, release_signature=f"{key}:{seconds}:{'A' * 86}==")


def own_key(house: SignedHouse) -> None:
    _, seconds, signature = facts(house)["release_signature"].split(":")
    say(house, release_signature=f"{STRANGER.key.public.id}:{seconds}:{signature}")


def another_moment(house: SignedHouse) -> None:
    """So that a release seems newer than it is."""
    key, seconds, signature = facts(house)["release_signature"].split(":")
    say(house, release_signature=f"{key}:{int(seconds) + 60}:{signature}")


ATTACKS: tuple[tuple[Callable[[SignedHouse], None], Attack], ...] = (
    (one_byte_of_a_file, Attack.CHANGED),
    (file_taken_away, Attack.FORGED),
    (no_signature, Attack.DAMAGED),
    (forged_signature, Attack.FORGED),
    (own_key, Attack.WRONG_KEY),
    (another_moment, Attack.FORGED),
)


def test_the_signature_survives_and_each_attack_is_found_and_mended(signed_house: SignedHouse) -> None:
    house = signed_house
    assert house.publish(GOOD, NIGHT).verdict == "publish"
    assert house.attacks() == set()
    first = public(house.ckan, NAME)
    # nothing is written again because of it
    house.publish(GOOD, NIGHT)
    assert public(house.ckan, NAME)["metadata_modified"] == first["metadata_modified"]
    for spoil, attack in ATTACKS:
        spoil(house)
        assert attack in house.attacks(), spoil.__name__
        house.mend()
        assert house.attacks() == set(), spoil.__name__

    # a release that we never made is not put right: a person has to look
    digest = facts(house)["release_digest"]
    say(house, release_digest="0" * 64)
    assert house.attacks() == {Attack.FORGED}
    say(house, release_digest=digest)
    assert house.attacks() == set()


def test_an_older_release_that_somebody_put_back_is_found(signed_house: SignedHouse) -> None:
    """As it was, whole and truly signed, by whoever kept a copy: it is known to whoever saw the newer one."""
    house = signed_house
    house.publish(GOOD, NIGHT)
    first = public(house.ckan, NAME)
    kept = {one["id"]: requests.get(one["url"], timeout=30).content for one in first["resources"]}
    house.publish(GOOD + "T005,Betula pendula,30/11/2021,2.5\n", NIGHT + DAY)
    assert house.attacks() == set()

    change(house, extras=first["extras"], resources=first["resources"])
    for one in first["resources"]:
        upload(house, one, kept[one["id"]])

    now = dt.datetime.now(dt.UTC)
    assert not house.keys.verify_afresh(house.address, now).found
    assert house.attacks() == {Attack.ROLLBACK}
    house.mend()
    assert house.attacks() == set()
