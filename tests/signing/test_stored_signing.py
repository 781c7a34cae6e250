"""The signed site in an object store: two hosts write, the front gives it, a re-user verifies; the cost in requests."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from obstore.store import MemoryStore

from catalogue.backends.stored import StoredCatalogue
from catalogue.signing.key_list import first_key_list, key_list_to_json
from catalogue.signing.keys import PrivateKey
from catalogue.signing.signer import PublishedKeys, Signer
from catalogue.verifying.found import Attack, Verified
from catalogue.verifying.places import WebPlace
from catalogue.verifying.seen import SeenFile
from catalogue.verifying.site import Trust, verify_site
from catalogue.web.server import site_server
from tests.catalogue.overviews import city, overview
from tests.catalogue.test_stored_site import CAMDEN, HACKNEY, Counted, World

NOW = dt.datetime(2026, 11, 2, 4, 0, tzinfo=dt.UTC)


class SignedWorld(World):
    """Both hosts sign with one key, and their clock is set by the test."""

    now = NOW
    root_key, key = PrivateKey.new(), PrivateKey.new()

    @property
    def signer(self) -> Signer:
        keys = first_key_list(self.root_key.public, NOW).with_key(self.key.public, NOW)
        content = key_list_to_json(keys)
        published = PublishedKeys(content, self.root_key.sign(content), keys.version)
        return Signer(self.key, self.key.public.id, lambda: self.now, published)

    def host(self, name: str) -> StoredCatalogue:
        return StoredCatalogue(self.root / name / "site", self.shelf, signer=self.signer)

    @contextmanager
    def address(self) -> Iterator[str]:
        server = site_server(self.front, 0, host="127.0.0.1", quiet=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with server:
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()

    def verify(self) -> Verified:
        trust = Trust(self.root_key.public, self.now, SeenFile(self.root / "seen.json"))
        with self.address() as url, httpx.Client() as client:
            return verify_site(WebPlace(url, client), trust, lambda _: None)


@pytest.fixture
def world(tmp_path: Path) -> SignedWorld:
    return SignedWorld(tmp_path, Counted(MemoryStore()))


def test_two_hosts_write_one_signed_site(world: SignedWorld) -> None:
    known = city(overview(CAMDEN), overview(HACKNEY))
    world.publish(world.host("a"), 0)
    world.publish(world.host("b"), 0, HACKNEY)
    world.host("a").refresh()
    world.host("a").show(known)
    whole = world.verify()
    assert not whole.found
    assert whole.files > 60
    world.now += dt.timedelta(hours=1)
    world.publish(world.host("b"), 1)
    # until the pages follow, the catalogue names the version before
    between = world.verify()
    assert not between.found
    assert any("camden" in note for note in between.notes)
    host = world.host("b")
    host.refresh()
    host.show(known)
    assert not world.verify().found
    world.host("a").refresh()
    world.host("a").withdraw(HACKNEY, reason="It named people.", now=world.now)
    assert not world.verify().found


def test_an_object_that_somebody_changed_is_found(world: SignedWorld) -> None:
    world.publish(world.host("a"), 0)
    world.host("a").show(city(overview(CAMDEN)))
    assert not world.verify().found
    found = {key: text for key, text in world.keys("site/files/datasets").items() if b"Crown Lifts" in text}
    key = next(key for key, content in found.items() if not content.lstrip().startswith((b"<", b"{", b"PAR1")))
    world.store.put(key, found[key].replace(b"Crown", b"crown"))
    assert {one.attack for one in world.verify().found} == {Attack.CHANGED}


def test_what_signing_costs_in_requests(world: SignedWorld, tmp_path: Path) -> None:
    """The list of a folder and its signature are two small objects more; these made-up releases have no list."""
    counts = []
    for made in (World(tmp_path / "unsigned", Counted(MemoryStore())), world):
        host = made.host("a")
        made.publish(host, 0)
        host.show(city(overview(CAMDEN)))
        made.store.counts.clear()
        made.publish(host, 1)
        counts.append(made.store.counts["put"])
    assert counts[1] - counts[0] == 2
