"""What people do by hand in a real CKAN, and what the next run makes of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from catalogue.backends.ckan.settings import CkanSettings
from flows.maintenance.reconcile import Reconciled, reconcile
from flows.maintenance.versions import rollback, withdraw
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.state.ledger import NewStep
from flows.state.records import forget_chains
from packages.errors import ExitCode, WaitingForPerson
from packages.model import Identity
from tests.flows.city import GOOD, make_city
from tests.live.test_ckan import call, public

SUTTON = Identity("street-trees", "sutton")
NAME = "street-trees-sutton"
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def house(rig: CkanSettings, root: Path) -> Services:
    return Services(
        Settings(
            home=root / "home",
            datasets=make_city(root, "sutton"),
            catalogue="ckan",
            ckan_url=rig.url,
            ckan_token=SecretStr(rig.token),
        )
    )


def run(services: Services, night: int, **job: object) -> Outcome:
    return publish(PublishJob(SUTTON, **job), Services(services.settings), NIGHT + dt.timedelta(days=night))  # type: ignore[arg-type]


def settled(services: Services, night: int) -> Reconciled:
    (found,) = reconcile(Services(services.settings), NIGHT + dt.timedelta(days=night))
    return found


def shown(rig: CkanSettings) -> str:
    """The release that anybody sees; every file has to be of the same one."""
    found = public(rig, NAME)
    digests = {r["release_digest"] for r in found["resources"]}
    assert len(digests) == 1
    return str(digests.pop())


def test_hands_and_mishaps_from_the_first_release_to_the_last(rig: CkanSettings, tmp_path: Path) -> None:
    services = house(rig, tmp_path)
    drop = tmp_path / "drop/sutton/trees.csv"
    first = run(services, 0).release
    drop.write_text(GOOD.replace("12.5", "13.0"))
    second = run(services, 1).release
    assert (shown(rig), settled(services, 2).result) == (second, "in order")
    key = public(rig, NAME)["id"]

    # edited by hand: ours is put right, theirs is kept
    call(rig, "package_patch", id=key, title="Other trees", tags=[{"name": "theirs"}])
    found = settled(services, 2)
    assert (found.result, "title" in found.what) == ("repaired", True)
    after = public(rig, NAME)
    assert after["title"] != "Other trees"
    assert "theirs" in {tag["name"] for tag in after["tags"]}

    # begun and killed
    services.ledger.intend(NewStep(SUTTON, "ckan", first, NIGHT))
    assert (settled(services, 2).result, shown(rig)) == ("repaired", first)
    assert (run(services, 2).verdict, shown(rig)) == ("publish", second)

    # back and forward
    rollback(SUTTON, first, services, NIGHT + dt.timedelta(days=3))
    assert (run(services, 3).verdict, shown(rig)) == ("unchanged", first)
    rollback(SUTTON, second, services, NIGHT + dt.timedelta(days=4))
    assert shown(rig) == second

    # the ledger is lost
    services.ledger.database.engine.dispose()
    for file in services.settings.home.glob("ledger.sqlite*"):
        file.unlink()
    # the next run is a process that knows nothing of it
    forget_chains()
    assert (settled(services, 5).result, settled(services, 5).result) == ("noted", "in order")
    assert run(services, 5).verdict == "unchanged"

    # hidden, deleted: left alone, and said
    for change, undo in (({"private": True}, {"private": False}), ({"state": "deleted"}, {"state": "active"})):
        call(rig, "package_patch", id=key, **change)
        assert settled(services, 6).exit_code is ExitCode.WAITING
        with pytest.raises(WaitingForPerson):
            run(services, 6)
        assert not requests.get(f"{rig.url}/api/3/action/package_show?id={NAME}", timeout=30).ok
        call(rig, "package_patch", id=key, **undo)
        assert settled(services, 6).result == "in order"

    # withdrawn: gone, and brought back by two acts
    withdraw(SUTTON, "It named people", services, NIGHT + dt.timedelta(days=7))
    assert not requests.get(f"{rig.url}/api/3/action/package_show?id={NAME}", timeout=30).ok
    assert (run(services, 8).verdict, settled(services, 8).result) == ("held", "in order")
    call(rig, "package_patch", id=key, state="active")
    assert (run(services, 8).verdict, settled(services, 8).result) == ("held", "held")
    assert run(services, 9, yes=True).verdict == "publish"
    assert shown(rig) == second

    # removed for good: never made again by a nightly run
    call(rig, "dataset_purge", id=key)
    assert settled(services, 10).exit_code is ExitCode.WAITING
    with pytest.raises(WaitingForPerson, match="removed it for good"):
        run(services, 10)
    assert run(services, 11, yes=True).verdict == "publish"
    call(rig, "dataset_purge", id=public(rig, NAME)["id"])
