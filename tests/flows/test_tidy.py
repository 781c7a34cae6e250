"""What nothing refers to and nobody asked to keep goes; all else stays."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from flows.maintenance.tidy import StoredItem, removable, remove_received, tidy_store
from flows.maintenance.versions import rollback, withdraw
from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.state.lease import LeaseTerms, hold_lease
from packages.model import Identity
from tests.flows.city import GOOD, make_city

CAMDEN = Identity("street-trees", "camden")
NOW = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def ago(days: int) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("ages", "referred", "least", "days", "gone"),
    [
        ("", "", 1, 10, ""),
        ("a1 b2 c3", "", 1, 10, ""),
        ("a1 b20 c30", "", 1, 10, "b c"),
        ("a1 b20 c30", "", 2, 10, "c"),
        ("a1 b20 c30", "c", 1, 10, "b"),
        ("a40 b30 c20", "", 3, 10, ""),
        ("a40 b30 c20", "a", 0, 10, "c b"),
    ],
)
def test_what_may_go(ages: str, referred: str, least: int, days: int, gone: str) -> None:
    kept = [StoredItem(word[0], ago(int(word[1:]))) for word in ages.split()]
    assert removable(kept, referred.split(), least, ago(days)) == tuple(gone.split())


@pytest.fixture
def services(tmp_path: Path) -> Services:
    datasets = make_city(tmp_path, "camden")
    return Services(Settings(home=tmp_path / "home", datasets=datasets, lease_wait=0, keep_releases=1, keep_days=30))


def release(services: Services, drop: Path, height: str, night: int) -> str:
    drop.write_text(GOOD.replace("12.5", height))
    return publish(PublishJob(CAMDEN), services, NOW + dt.timedelta(days=night)).release


def after(days: int) -> dt.datetime:
    return NOW + dt.timedelta(days=days)


def test_what_is_public_or_accepted_last_is_never_removed(services: Services, drop: Path) -> None:
    digests = [release(services, drop, height, night) for night, height in enumerate(("10.0", "11.0", "12.0", "13.0"))]
    rollback(CAMDEN, digests[1], services, after(4))
    before = set(services.store.stored(CAMDEN))
    would_go = [gone.kind for gone in tidy_store(services, after(100), dry_run=True)]
    assert would_go.count("release") == 2
    assert set(services.store.stored(CAMDEN)) == before
    tidy_store(services, after(100))
    assert set(services.store.stored(CAMDEN)) == {digests[1], digests[3]}
    assert tidy_store(services, after(100)) == ()
    assert publish(PublishJob(CAMDEN), services, after(101)).verdict == "unchanged"
    assert rollback(CAMDEN, digests[3], services, after(102)).release == digests[3]


def test_what_is_young_stays(services: Services, drop: Path) -> None:
    digests = {release(services, drop, height, night) for night, height in enumerate(("10.0", "11.0"))}
    assert tidy_store(services, after(20)) == ()
    assert set(services.store.stored(CAMDEN)) == digests


def test_a_dataset_at_work_is_left_alone(services: Services, drop: Path) -> None:
    for night, height in enumerate(("10.0", "11.0", "12.0")):
        release(services, drop, height, night)
    with hold_lease(services.ledger.database, CAMDEN, LeaseTerms()):
        assert [gone for gone in tidy_store(services, after(100)) if gone.kind == "release"] == []
    assert len([gone for gone in tidy_store(services, after(100)) if gone.kind == "release"]) == 2


def test_withdrawn_releases_and_what_was_received_go_in_the_end(services: Services, drop: Path) -> None:
    release(services, drop, "10.0", 0)
    release(services, drop, "11.0", 1)
    withdraw(CAMDEN, "A reason.", services, after(2))
    assert [g.kind for g in tidy_store(services, after(3)) if g.kind != "unfinished work"] == []
    # the files themselves are as old as this test
    late = dt.datetime.now(dt.UTC) + dt.timedelta(days=365 * 10)
    kinds = sorted(gone.kind for gone in tidy_store(services, late))
    assert kinds == ["received file", "received file", "withdrawn release", "withdrawn release"]
    assert list(services.store.extracts.glob("??/*")) == [], "a source is asked again when it is looked at later"


def test_what_was_received_has_a_short_time_of_its_own(services: Services, drop: Path) -> None:
    release(services, drop, "10.0", 0)
    (received,) = services.store.extracts.glob("??/*")
    today = dt.datetime.now(dt.UTC)
    assert remove_received(services, today + dt.timedelta(days=29)) == ()
    would_go = remove_received(services, today + dt.timedelta(days=31), dry_run=True)
    assert [gone.path for gone in would_go] == [str(received)]
    assert received.exists()
    assert remove_received(services, today + dt.timedelta(days=31)) == would_go
    assert not received.exists()
    assert publish(PublishJob(CAMDEN), services, after(40)).verdict == "unchanged"


def test_nobody_else_may_look_into_what_was_received(services: Services, drop: Path) -> None:
    services.store.extracts.chmod(0o755)
    release(Services(services.settings), drop, "10.0", 0)
    for folder in ("extracts", "staging", "withdrawn"):
        assert (services.store.root / folder).stat().st_mode & 0o777 == 0o700


def test_what_a_killed_run_left_in_staging_goes(services: Services) -> None:
    left = services.store.root / "staging/street-trees.camden.abc"
    left.mkdir()
    assert tidy_store(services, dt.datetime.now(dt.UTC)) == ()
    assert [gone.kind for gone in tidy_store(services, dt.datetime.now(dt.UTC) + dt.timedelta(days=2))] == [
        "unfinished work"
    ]
    assert not left.exists()
