"""The site tells how every dataset stands, from the ledger and the descriptions; without news nothing is written."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from catalogue.backends.site_gone import holds_data
from catalogue.site.status import DatasetState, statuses_from_json
from flows.maintenance.versions import withdraw
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.links import broken_links_sentence
from flows.site.update import record_failures, update_site, update_site_after
from packages.errors import ExitCode
from packages.model import Identity
from tests.catalogue.public_site import public_files
from tests.flows.city import GOOD, make_city

NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
CAMDEN, HACKNEY, NEWHAM = (Identity("street-trees", slug) for slug in ("camden", "hackney", "newham"))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """Camden is published, Hackney's file is spoilt, nobody has looked at Newham."""
    datasets = make_city(tmp_path, "camden", "hackney", "newham")
    spoilt = GOOD.replace("01/03/2019", "the first of March <b>PLANTED-VALUE</b>")
    (tmp_path / "drop/hackney/trees.csv").write_text(spoilt)
    made = Services(Settings(home=tmp_path / "home", datasets=datasets))
    publish(PublishJob(CAMDEN), made, NOW)
    publish(PublishJob(HACKNEY), made, NOW)
    return made


def states(services: Services) -> dict[str, DatasetState]:
    standings, _ = statuses_from_json((services.settings.site / "current/london.json").read_bytes())
    return {one.identity.publisher: one.state for one in standings}


def test_a_night_and_the_next(services: Services) -> None:
    assert update_site(services, NOW) > 0
    assert states(services) == {
        "camden": DatasetState.OVERDUE,
        "hackney": DatasetState.FAILED,
        "newham": DatasetState.AWAITED,
    }
    before = (services.settings.site / "current").resolve()
    assert update_site(services, NOW + dt.timedelta(days=1)) == 0
    assert (services.settings.site / "current").resolve() == before


def test_the_publisher_reads_what_to_fix_and_nobody_reads_a_cell(services: Services) -> None:
    update_site(services, NOW)
    page = (services.settings.site / "current/publishers/hackney/index.html").read_text()
    assert "is not a date" in page
    assert "row 2" in page
    files = public_files(services.settings.site / "current").values()
    assert files
    for path in files:
        assert b"PLANTED" not in path.read_bytes(), path


def test_a_run_that_fails_is_said_until_one_does_not(services: Services) -> None:
    record_failures([Outcome(CAMDEN, "failed", ExitCode.TEMPORARY, "secret words")], services, NOW)
    update_site(services, NOW)
    assert states(services)["camden"] is DatasetState.FAILED
    page = (services.settings.site / "current/publishers/camden/index.html").read_text()
    assert "The last run did not come to an end." in page
    assert "secret words" not in page
    record_failures([Outcome(CAMDEN, "unchanged", ExitCode.UNCHANGED, "")], services, NOW)
    update_site(services, NOW)
    assert states(services)["camden"] is DatasetState.OVERDUE


def test_what_was_withdrawn_is_shown_so_and_its_history_goes(services: Services) -> None:
    update_site(services, NOW)
    withdraw(CAMDEN, "It named people.", services, NOW)
    update_site(services, NOW)
    assert states(services)["camden"] is DatasetState.WITHDRAWN
    folder = services.settings.site / "current/datasets/street-trees/camden"
    assert not holds_data(folder)


def test_history_stays_when_the_stored_release_is_gone(services: Services) -> None:
    update_site(services, NOW)
    page = services.settings.site / "current/datasets/street-trees/camden/holding.json"
    (release,) = (past["release"] for past in json.loads(page.read_text())["history"])
    services.store.set_aside(CAMDEN)
    update_site(services, NOW)
    assert [past["release"] for past in json.loads(page.read_text())["history"]] == [release]


def test_another_catalogue_gets_no_site_unasked(tmp_path: Path) -> None:
    services = Services(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden"), catalogue="ckan"))
    assert update_site_after(services, NOW) == ""
    assert not services.settings.site.exists()


def test_a_night_says_which_link_of_what_it_wrote_does_not_answer(services: Services) -> None:
    assert broken_links_sentence(Services(Settings(home=services.settings.home / "elsewhere")), [CAMDEN]) == ""
    update_site(services, NOW)
    assert broken_links_sentence(services, [CAMDEN]) == ""

    lost = services.settings.site / "current/datasets/street-trees/camden/report.json"
    lost.with_name("latest").joinpath("report.json").unlink()
    # only the page of the dataset leads there: who looks at others does not see it
    assert broken_links_sentence(services, [HACKNEY]) == ""
    sentence = broken_links_sentence(services, [CAMDEN])
    assert "1 of " in sentence
    assert "datasets/street-trees/camden/index.html" in sentence
    assert "`londata links`" in sentence
