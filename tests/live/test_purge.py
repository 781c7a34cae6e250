"""Data that must go are gone from a real CKAN as well: from its files, its DataStore and all that it answers."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import ckanapi
import pytest
import requests
from pydantic import SecretStr

from catalogue.backends.ckan.settings import CkanSettings
from flows.outcome import PublishJob
from flows.privacy.exposures import PurgeTarget
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.update import update_site
from flows.takedown.purge import purge
from packages.errors import ExitCode
from packages.model import Identity
from tests.flows.city import GOOD, make_city
from tests.flows.test_purge import CANARY, holding
from tests.live.test_ckan import call

HARINGEY = Identity("street-trees", "haringey")
LONDON = Identity("street-trees", "london")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
RELEASES = 12


def everything_public(rig: CkanSettings) -> bytes:
    """All that anybody can read of this CKAN: every dataset, every file, every row of the DataStore."""
    site = ckanapi.RemoteCKAN(rig.url, get_only=True)
    seen = []
    for name in site.action.package_list():
        package = site.action.package_show(id=name)
        seen.append(str(package).encode())
        for resource in package["resources"]:
            # links of other tests lead to servers that are gone
            if resource["url"].startswith(rig.url):
                seen.append(requests.get(resource["url"], timeout=30).content)
            for action in ("datastore_search", "datastore_info"):
                answer = requests.get(f"{rig.url}/api/3/action/{action}", params={"id": resource["id"]}, timeout=30)
                seen.append(answer.content)
    return b"".join(seen)


@pytest.mark.timeout(900)
def test_a_column_is_gone_from_both_catalogues(rig: CkanSettings, tmp_path: Path) -> None:
    datasets = make_city(tmp_path, "haringey")
    package = datasets / "street-trees/datapackage.yaml"
    package.write_text(package.read_text().replace("cadence: monthly", "cadence: monthly\nunion: true"))
    known = {"home": tmp_path / "home", "datasets": datasets, "ckan_url": rig.url, "ckan_token": SecretStr(rig.token)}
    folder, ckan = Services(Settings(**known)), Services(Settings(**known, catalogue="ckan"))
    for night in range(RELEASES):
        rows = f"T099,{CANARY},01/05/2020,7.5\nT2{night:02},Tilia cordata,01/05/2021,3.5\n"
        (tmp_path / "drop/haringey/trees.csv").write_text(GOOD + rows)
        for services in (folder, ckan):
            for identity in (HARINGEY, LONDON):
                assert publish(PublishJob(identity), services, NIGHT + dt.timedelta(days=night)).exit_code == 0
    update_site(folder, NIGHT)
    # what CKAN's own tools make of a file
    for name in ("street-trees-haringey", "street-trees-london"):
        resource = next(r for r in call(rig, "package_show", id=name)["resources"] if r["format"] == "CSV")
        records = [{"species": CANARY}]
        call(
            rig, "datastore_create", resource_id=resource["id"], force=True, fields=[{"id": "species"}], records=records
        )
    assert CANARY.encode() in everything_public(rig)

    began = time.monotonic()
    purged = purge(
        HARINGEY, PurgeTarget(field="species", reason="It names a person."), ckan, NIGHT + dt.timedelta(days=30)
    )
    seconds = time.monotonic() - began
    update_site(folder, NIGHT + dt.timedelta(days=30))
    assert (purged.exit_code, purged.still_public) == (ExitCode.DONE, ())
    assert CANARY.encode() not in everything_public(rig)
    assert holding(tmp_path / "home") == []
    assert seconds < 60
    print(f"{RELEASES} releases, a union and two catalogues: {seconds:.1f} s")
