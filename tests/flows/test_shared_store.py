"""Several hosts, one object store: what one has made another finds, whatever stops it; what one takes away is gone."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from catalogue.trees.shelf import TreeShelf
from catalogue.web.front import SiteFront
from flows.examine import silent
from flows.look import look
from flows.maintenance.reconcile import reconcile
from flows.maintenance.tidy import tidy_store
from flows.maintenance.versions import withdraw
from flows.outcome import PublishJob
from flows.privacy.exposures import PurgeTarget
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.update import update_site
from flows.state.records import forget_chains
from flows.takedown.purge import finish_purges, purge
from packages.errors import SetupProblem
from packages.model import Identity
from packages.objects import ObjectStore, StoredObject
from packages.release.seal import open_release, verify_release
from tests.flows.city import GOOD, make_city
from tests.reliability.site import unsigned_in_store
from tests.signing.trusted_keys import TrustedKeys

CAMDEN = Identity("street-trees", "camden")
NOW = dt.datetime(2026, 11, 30, 2, 15, tzinfo=dt.UTC)
WRITES = ("put", "put_new", "put_over", "copy", "delete")


class StoppedHost(BaseException):
    """The host is gone in the middle of its work."""


class StoppingStore(ObjectStore):
    """An object store whose host stops at the n-th request that writes, before it is sent or after it was answered."""

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.count, self.stop_at, self.is_after, self.lock = 0, 0, False, threading.Lock()

    def stop(self, at: int, *, after: bool) -> None:
        self.count, self.stop_at, self.is_after = 0, at, after

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in WRITES:
            return found

        def act(*arguments: Any) -> Any:
            # contents go up side by side
            with self.lock:
                self.count += 1
                is_last = self.count == self.stop_at
            if is_last and not self.is_after:
                raise StoppedHost
            answer = found(*arguments)
            if is_last:
                raise StoppedHost
            return answer

        return act

    @contextmanager
    def old_lists(self) -> Iterator[None]:
        """Until the end of this block, every list is as it is now, as some stores answer for a while after a write."""
        old = list(super().list(""))

        def list_(prefix: str) -> Iterator[StoredObject]:
            yield from (one for one in old if one.key.startswith(prefix))

        def folders(prefix: str) -> tuple[str, ...]:
            rest = (one.key.removeprefix(prefix) for one in old if one.key.startswith(prefix))
            return tuple(sorted({path.partition("/")[0] for path in rest if "/" in path}))

        self.__dict__ |= {"list": list_, "folders": folders}
        try:
            yield
        finally:
            del self.__dict__["list"], self.__dict__["folders"]


@dataclass(frozen=True)
class Hosts:
    """Two hosts with homes of their own and one key, one ledger and one object store."""

    root: Path
    objects: StoppingStore
    publisher: TrustedKeys

    def host(self, name: str) -> Services:
        """The services of a host, opened anew as after a restart."""
        return Services(
            Settings(
                home=self.root / name,
                datasets=self.root / "datasets",
                ledger_url=f"sqlite:///{self.root / 'ledger.sqlite'}",
                store_url="s3://tests",
                instance_key="ab" * 32,  # type: ignore[arg-type]
                signing_key=self.publisher.setting,
                lease_wait=0,
                lease_seconds=0.01,
            )
        )

    def shown(self) -> str:
        """The digest of the release that anybody is shown, whose every file is there and whole."""
        fresh = self.host("a host that was never at work")
        live = fresh.catalogue.live(CAMDEN)
        if live is None:
            return ""
        assert not self.unsigned()
        release = open_release(fresh.store.release_folder(CAMDEN, live.release))
        verify_release(release)
        shutil.rmtree(fresh.settings.home)
        return live.release

    def unsigned(self) -> str:
        """What in the folder of the dataset is not as it was signed; empty when all is."""
        front = SiteFront(TreeShelf(self.objects))
        return unsigned_in_store(front, f"datasets/{CAMDEN}/", self.publisher.key.public)

    def keys(self, prefix: str) -> list[str]:
        return sorted(one.key for one in ObjectStore.list(self.objects, prefix))


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hosts:
    make_city(tmp_path, "camden")
    objects = StoppingStore(MemoryStore(), "s3://tests")
    monkeypatch.setattr("packages.objects.open_store_of", lambda _settings: objects)
    return Hosts(tmp_path, objects, TrustedKeys(tmp_path))


@pytest.fixture
def every() -> int:
    """Which requests a host is stopped at: each of them where `make effects` asks for it, else samples."""
    return 1 if os.environ.get("EVERY_EFFECT") else 7


def change(hosts: Hosts, row: str) -> None:
    (hosts.root / "drop/camden/trees.csv").write_text(GOOD + row)


def test_what_one_host_published_another_finds_unchanged(hosts: Hosts) -> None:
    first = publish(PublishJob(CAMDEN), hosts.host("a"), NOW)
    shutil.rmtree(hosts.root / "a")
    again = publish(PublishJob(CAMDEN), hosts.host("b"), NOW)
    assert (first.verdict, again.verdict) == ("publish", "unchanged")
    assert first.release == again.release == hosts.shown()


def test_what_a_look_of_one_host_received_another_publishes(hosts: Hosts) -> None:
    received = look(CAMDEN, hosts.host("a"), NOW).received
    shutil.rmtree(hosts.root / "a")
    assert received is not None
    assert not received.path.exists()
    outcome = publish(PublishJob(CAMDEN, received=received), hosts.host("b"), NOW)
    assert (outcome.verdict, outcome.rows) == ("publish", 4)


def test_of_two_seals_of_one_content_the_first_manifest_counts(hosts: Hosts) -> None:
    publish(PublishJob(CAMDEN), hosts.host("a"), NOW)
    first = open_release(hosts.host("a").store.release_folder(CAMDEN, hosts.shown()))
    # another host has sealed the same at the same time, and tells so in its own manifest
    store = hosts.host("b").store
    folder = store.releases / "street-trees/camden" / first.digest
    shutil.copytree(first.folder, folder)
    (folder / "manifest.json").chmod(0o644)
    told = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(told.replace("2026-11-30T02", "2026-11-30T03"))
    second = open_release(folder)
    assert second.sealed != first.sealed
    kept = store.keep_release(second)
    assert kept.sealed == first.sealed
    verify_release(kept)


def test_a_release_that_was_sealed_and_not_stored_is_no_release(hosts: Hosts) -> None:
    publish(PublishJob(CAMDEN), hosts.host("a"), NOW)
    digest, host = hosts.shown(), hosts.host("a")
    hosts.objects.delete([f"releases/street-trees/camden/{digest}/manifest.json"])
    assert host.store.stored(CAMDEN) == ()
    assert not host.store.release_folder(CAMDEN, digest).exists()


def test_what_a_killed_run_left_of_a_release_is_tidied_away(hosts: Hosts) -> None:
    publish(PublishJob(CAMDEN), hosts.host("a"), NOW)
    place = "releases/street-trees/camden"
    hosts.objects.put(f"{place}/{'b' * 64}/{'c' * 64}/trees.csv", b"half a release")
    shown = hosts.keys(f"{place}/{hosts.shown()}/")
    removed = tidy_store(hosts.host("b"), NOW)
    assert [item.kind for item in removed] == ["unfinished release"]
    assert hosts.keys(f"{place}/") == shown
    assert tidy_store(hosts.host("b"), NOW) == ()


def test_a_copy_of_a_host_may_be_deleted_at_any_time(hosts: Hosts) -> None:
    publish(PublishJob(CAMDEN), hosts.host("a"), NOW)
    digest = hosts.shown()
    shutil.rmtree(hosts.root / "a")
    host = hosts.host("a")
    assert publish(PublishJob(CAMDEN), host, NOW).verdict == "unchanged"
    verify_release(open_release(host.store.release_folder(CAMDEN, digest)))


def test_a_held_file_has_its_report_on_every_host(hosts: Hosts) -> None:
    change(hosts, "T005,Acer campestre,not a day,1.0\n")
    outcome = publish(PublishJob(CAMDEN), hosts.host("a"), NOW)
    assert outcome.verdict == "blocked"
    host = hosts.host("b")
    attempt = host.ledger.last_attempt(CAMDEN)
    assert attempt is not None
    assert not Path(attempt.report).is_absolute()
    folder = host.store.report_folder(attempt.report)
    assert {path.name for path in folder.iterdir()} == {"report.json", "report.html", "issues.csv"}
    assert host.store.identities() == (CAMDEN,)


def test_what_is_withdrawn_on_one_host_is_gone_from_all(hosts: Hosts) -> None:
    publish(PublishJob(CAMDEN), hosts.host("a"), NOW)
    publish(PublishJob(CAMDEN), hosts.host("b"), NOW)
    digest = hosts.shown()
    withdraw(CAMDEN, "It named carers.", hosts.host("a"), NOW, silent)
    assert hosts.keys("releases/") == []
    other = hosts.host("b")
    assert not other.store.release_folder(CAMDEN, digest).exists()
    other.store.drop_what_is_gone()
    # kept aside, for whoever has to decide whether it may come back
    assert [path.name for path in other.store.release_folders(CAMDEN)] == [digest]
    assert hosts.host("c").catalogue.live(CAMDEN).state == "deleted"  # type: ignore[union-attr]


def test_what_is_purged_on_one_host_is_on_none(hosts: Hosts) -> None:
    publish(PublishJob(CAMDEN), hosts.host("a"), NOW)
    publish(PublishJob(CAMDEN), hosts.host("b"), NOW)
    purge(CAMDEN, PurgeTarget(everything=True, reason="It named carers."), hosts.host("a"), NOW)
    for prefix in ("releases/", "withdrawn/", "extracts/"):
        assert hosts.keys(prefix) == []
    hosts.host("b").store.drop_what_is_gone()
    update_site(hosts.host("b"), NOW)
    for host in ("a", "b"):
        left = [path for path in (hosts.root / host).rglob("*") if path.is_file() and b"Platanus" in path.read_bytes()]
        assert left == []


Act = Callable[[Services], object]


def publish_trees(host: Services) -> object:
    return publish(PublishJob(CAMDEN), host, NOW)


def withdraw_trees(host: Services) -> object:
    return withdraw(CAMDEN, "It named carers.", host, NOW, silent)


def purge_trees(host: Services) -> object:
    return purge(CAMDEN, PurgeTarget(everything=True, reason="It named carers."), host, NOW)


def at_every_request(act: Act, hosts: Hosts, prepare: Callable[[], object], step: int = 1) -> Iterator[None]:
    """Let host A stop at each `step`-th request, before it is sent and after it was answered; yield for B to go on.

    Ends when A meets no more requests.
    """
    for number in range(1, 500, step):
        for is_after in (False, True):
            prepare()
            hosts.objects.stop(number, after=is_after)
            try:
                act(hosts.host("a"))
            except StoppedHost:
                hosts.objects.stop(0, after=False)
            else:
                return
            shutil.rmtree(hosts.root / "a")
            yield
    pytest.fail("a run never came to its end")


def test_wherever_a_host_stops_in_a_publish_another_finishes(hosts: Hosts, every: int) -> None:
    rows = (f"T9{number:04},Acer campestre,02/02/2021,3.5\n" for number in range(10_000))
    written = []

    def new_file() -> None:
        written.append(next(rows))
        change(hosts, written[-1])

    for _ in at_every_request(publish_trees, hosts, new_file, every):
        host = hosts.host("b")
        publish_trees(host)
        shown = hosts.shown()
        assert host.ledger.published(CAMDEN, "folder").release == shown  # type: ignore[union-attr]
        assert written[-1][:6] in (host.store.release_folder(CAMDEN, shown) / "trees.csv").read_text()
    assert len(written) > 4


@pytest.mark.parametrize("act", [withdraw_trees, purge_trees])
def test_wherever_a_host_stops_in_taking_away_another_finishes(act: Act, hosts: Hosts, every: int) -> None:
    rows = (f"T9{number:04},Acer campestre,02/02/2021,3.5\n" for number in range(10_000))
    stopped = 0

    def bring_back() -> None:
        # another world each time: what was withdrawn does not come back by itself
        for prefix in ("releases/", "withdrawn/", "extracts/", "reports/", "site/", "gone/"):
            hosts.objects.delete(hosts.keys(prefix))
        for place in ("b", "ledger.sqlite"):
            shutil.rmtree(hosts.root / place, ignore_errors=True)
        for path in hosts.root.glob("ledger.sqlite*"):
            path.unlink()
        forget_chains()
        change(hosts, next(rows))
        publish_trees(hosts.host("b"))

    for _ in at_every_request(act, hosts, bring_back, every):
        stopped += 1
        host = hosts.host("b")
        # a run of anything finishes what was begun, as every night does
        finish_purges(host, NOW)
        with suppress(SetupProblem):
            act(host)
        assert hosts.keys("releases/") == []
        assert host.ledger.published(CAMDEN, "folder") is None
        live = hosts.host("c").catalogue.live(CAMDEN)
        assert live is not None
        assert live.state == "deleted"
        assert not hosts.unsigned()
        shutil.rmtree(hosts.root / "c")
        if act is purge_trees:
            assert hosts.keys("withdrawn/") == hosts.keys("extracts/") == []
    assert stopped > 4


def test_a_list_from_before_a_publish_hides_nothing_from_another_host(hosts: Hosts) -> None:
    with hosts.objects.old_lists():
        first = publish_trees(hosts.host("a"))
        again = publish_trees(hosts.host("b"))
        assert (first.verdict, again.verdict) == ("publish", "unchanged")  # type: ignore[attr-defined]
        assert update_site(hosts.host("b"), NOW)
        assert reconcile(hosts.host("b"), NOW)[0].result == "in order"


def test_whatever_a_list_hides_a_publish_that_stopped_is_finished(hosts: Hosts, every: int) -> None:
    rows = (f"T9{number:04},Acer campestre,02/02/2021,3.5\n" for number in range(10_000))
    written = []

    def new_file() -> None:
        written.append(next(rows))
        change(hosts, written[-1])

    with ExitStack() as stack:
        for _ in at_every_request(publish_trees, hosts, new_file, every):
            host = hosts.host("b")
            publish_trees(host)
            shown = hosts.shown()
            steps = host.ledger.steps(CAMDEN, "folder")
            assert "superseded" not in {step.state for step in steps}
            assert host.ledger.published(CAMDEN, "folder").release == shown  # type: ignore[union-attr]
            assert written[-1][:6] in (host.store.release_folder(CAMDEN, shown) / "trees.csv").read_text()
            stack.close()
            stack.enter_context(hosts.objects.old_lists())
    assert len(written) > 4


@pytest.mark.parametrize("act", [withdraw_trees, purge_trees])
def test_what_a_list_hides_is_taken_away_as_well(act: Act, hosts: Hosts) -> None:
    with hosts.objects.old_lists():
        publish_trees(hosts.host("a"))
        change(hosts, "T005,Acer campestre,not a day,3.5\n")
        publish_trees(hosts.host("a"))
        change(hosts, "T005,Acer campestre,02/02/2021,3.5\n")
        publish_trees(hosts.host("a"))
        act(hosts.host("b"))
    assert hosts.keys("releases/") == []
    assert act is withdraw_trees or hosts.keys("reports/") == []
    left = [key for key in hosts.keys("") if b"Platanus" in hosts.objects.get(key).data]  # type: ignore[union-attr]
    assert [key for key in left if not key.startswith(("withdrawn/", "extracts/"))] == []
    assert act is withdraw_trees or left == []


def test_a_list_without_a_manifest_makes_no_release_unfinished(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_trees(hosts.host("a"))
    kept = hosts.keys("releases/")

    def list_(prefix: str) -> Iterator[StoredObject]:
        yield from (one for one in ObjectStore.list(hosts.objects, prefix) if not one.key.endswith("manifest.json"))

    monkeypatch.setitem(hosts.objects.__dict__, "list", list_)
    assert tidy_store(hosts.host("b"), NOW) == ()
    assert hosts.keys("releases/") == kept


def test_a_list_of_half_a_report_is_no_report(hosts: Hosts) -> None:
    change(hosts, "T005,Acer campestre,not a day,1.0\n")
    with hosts.objects.old_lists():
        publish_trees(hosts.host("a"))
        host = hosts.host("b")
        attempt = host.ledger.last_attempt(CAMDEN)
        assert attempt is not None
        assert (host.store.report_folder(attempt.report) / "report.json").is_file()
