"""The flows on a DataPress: what a person took away stays away, a lost ledger, and data that have to go."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.maintenance.reconcile import reconcile
from flows.privacy.exposures import PurgeTarget
from flows.takedown.purge import purge
from packages.errors import ExitCode, WaitingForPerson
from tests.datapress.server import Server, datapress
from tests.datapress.stranger import look
from tests.datapress.test_effects import CAMDEN, NIGHT, TEXTS, TITLE, City
from tests.flows.city import make_city


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    monkeypatch.setattr("catalogue.backends.transport.answers.time.sleep", lambda seconds: None)
    make_city(tmp_path, "camden")
    with datapress() as server:
        yield City(tmp_path, server)


def everything_public(server: Server) -> bytes:
    """All bytes that anybody can get of it."""
    portal = server.portal
    texts = str(portal.export(None, server.url)).encode()
    return texts + b"".join(
        content for (key, _), (_, content) in portal.files.items() if portal.datasets[key]["sharing"] == "public"
    )


def test_the_ledger_remembers_the_id_from_the_first_write_on(city: City) -> None:
    release = city.run().release
    city.settled(release)
    (key,) = city.server.portal.datasets
    assert city.services.ledger.recall(CAMDEN, city.server.url) == key
    assert city.services.ledger.recall(CAMDEN, "https://another.example") == ""
    city.services.ledger.remember(CAMDEN, city.server.url, key)
    with city.services.ledger.database.reading() as connection:
        (count,) = connection.exec_driver_sql("SELECT count(*) FROM catalogue_ids").one()
    assert count == 1


def test_what_somebody_removed_for_good_is_not_made_again(city: City) -> None:
    city.run()
    city.server.portal.datasets.clear()
    city.receive(TEXTS[1])
    with pytest.raises(WaitingForPerson, match="somebody removed it for good"):
        city.run()
    assert city.server.portal.datasets == {}


def test_a_lost_ledger_is_made_again_from_what_is_public(city: City) -> None:
    release = city.run().release
    city.opened.close()
    shutil.rmtree(city.root / "home")
    (found,) = [one for one in reconcile(city.services, NIGHT) if one.identity == CAMDEN]
    assert (found.result, found.exit_code) == ("noted", ExitCode.DONE)
    assert city.last_step().release == release
    assert city.services.ledger.recall(CAMDEN, city.server.url) in city.server.portal.datasets


def test_what_was_edited_by_hand_is_named_and_put_right(city: City) -> None:
    release = city.run().release
    (found,) = city.server.portal.datasets.values()
    found["title"], found["tags"] = "Trees!", ["theirs"]
    (done,) = [one for one in reconcile(city.services, NIGHT) if one.identity == CAMDEN]
    # and not what a DataPress has no place for
    assert done.what == "somebody changed title, keywords; put right"
    city.settled(release)
    assert "theirs" in next(iter(city.server.portal.datasets.values()))["tags"]


def test_a_column_that_has_to_go_is_gone(city: City) -> None:
    canary = "Zelkova canaria"
    for number in range(3):
        city.receive(TEXTS[0] + f"T09{number},{canary},30/11/2021,2.5\n")
        city.run()
    assert canary.encode() in everything_public(city.server)
    target = PurgeTarget(field="species", reason="It names a person.")
    purged = purge(CAMDEN, target, city.services, NIGHT)
    assert (purged.exit_code, purged.still_public) == (ExitCode.DONE, ())
    assert canary.encode() not in everything_public(city.server)
    seen = look(city.server.url, TITLE)
    assert (seen.release, seen.wrong) == (purged.release, "")


def test_everything_that_has_to_go_is_gone(city: City) -> None:
    city.run()
    purged = purge(CAMDEN, PurgeTarget(everything=True, reason="It names people."), city.services, NIGHT)
    assert purged.exit_code == ExitCode.DONE
    assert city.server.portal.files == {}
    assert look(city.server.url, TITLE).release == ""


def test_frictionless_finds_nothing_wrong_at_the_address_of_the_descriptor(city: City) -> None:
    import frictionless

    city.run()
    (found,) = city.server.portal.datasets.values()
    resources = city.server.portal.view(found, city.server.url)["resources"].values()
    (url,) = (one["url"] for one in resources if one["format"] == "json")
    with frictionless.system.use_context(trusted=True):
        report = frictionless.Package(url).validate()
    assert report.valid, report.flatten(["type", "message"])
    assert report.stats["tasks"] == 2
