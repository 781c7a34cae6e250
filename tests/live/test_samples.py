"""Shipped samples of every dataset to a real CKAN by the main path, and what a reader who knows nothing of us finds."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import shutil
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas
import pytest
from pydantic import SecretStr

from catalogue.backends.ckan.settings import CkanSettings
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.errors import SetupProblem
from packages.model import Identity
from packages.release.seal import open_release
from packages.spec import DATASETS
from tests.datasets.test_samples import NOT_PUBLISHED, few_of_each
from tests.live.conftest import FaultProxy, start_rig

NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
WRITES = "^(POST|PUT|PATCH|DELETE) "
TOILETS = Identity("public-toilets", "camden")


def services(home: Path, datasets: Path, ckan: CkanSettings) -> Services:
    token = SecretStr(ckan.token)
    return Services(Settings(home=home, datasets=datasets, catalogue="ckan", ckan_url=ckan.url, ckan_token=token))


def all_of_them(using: Services, night: int) -> dict[str, Outcome]:
    now = NIGHT + dt.timedelta(days=night)
    return {str(i): publish(PublishJob(i), using, now) for i in few_of_each()}


def shown(ckan: CkanSettings, outcome: Outcome) -> Any:
    """What CKAN shows everybody of a dataset; HTTPError when it shows nothing."""
    name = f"{outcome.identity.dataset}-{outcome.identity.publisher}"
    with urllib.request.urlopen(f"{ckan.url}/api/3/action/package_show?id={name}", timeout=30) as answer:
        return json.load(answer)["result"]


def compare(ckan: CkanSettings, outcome: Outcome) -> None:
    """Download what is listed, by plain HTTP, and compare with the manifest of the release."""
    listed = shown(ckan, outcome)
    manifest = {f.name: f for f in open_release(Path(outcome.report)).manifest}
    formats = set()
    for resource in listed["resources"]:
        with urllib.request.urlopen(resource["url"], timeout=30) as answer:
            content = answer.read()
        sealed = manifest[resource["url"].rpartition("/")[2]]
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (resource["hash"], int(resource["size"]))
        if sealed.name != "datapackage.json":
            assert (sealed.sha256, sealed.bytes) == (resource["hash"], len(content))
        formats.add(resource["format"])
    assert formats >= {"CSV", "Parquet"}
    extras = {extra["key"]: extra["value"] for extra in listed["extras"]}
    assert extras["release_digest"] == outcome.release


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_samples_then_nothing_then_one_row(rig: CkanSettings, wire_log: FaultProxy, tmp_path: Path) -> None:
    datasets = Path(shutil.copytree(DATASETS, tmp_path / "datasets"))
    using = services(tmp_path / "home", datasets, wire_log.settings)

    first = all_of_them(using, night=0)
    stopped = {name: outcome.verdict for name, outcome in first.items() if outcome.verdict != "publish"}
    assert stopped == NOT_PUBLISHED
    for name, outcome in first.items():
        if name not in NOT_PUBLISHED:
            compare(rig, outcome)
        else:
            with pytest.raises(urllib.error.HTTPError, match="404"):
                shown(rig, outcome)

    wire_log.play("ok", match=WRITES)
    second = all_of_them(using, night=1)
    assert wire_log.counts()["matched"] == 0
    assert {o.verdict for name, o in second.items() if name not in NOT_PUBLISHED} == {"unchanged"}

    (sample,) = (datasets / "public-toilets/samples/camden").glob("*.csv")
    before = sample.read_text(encoding="utf-8")
    sample.write_text(before.replace("public toilet 44,", "public toilet 44 (moved),"), encoding="utf-8")
    old, later = shown(rig, first[str(TOILETS)]), NIGHT + dt.timedelta(days=2)
    wire_log.play("ok", match=WRITES)
    changed = publish(PublishJob(TOILETS), using, later)
    assert changed.verdict == "publish"
    assert wire_log.counts()["matched"] == 1
    assert changed.release != first[str(TOILETS)].release
    compare(rig, changed)
    everything_followed(old, shown(rig, changed), later)


def everything_followed(old: Any, new: Any, later: dt.datetime) -> None:
    """One row was changed: both files hold it, and what is said of them and of the dataset is of the new release."""
    extras = [{extra["key"]: extra["value"] for extra in listed["extras"]} for listed in (old, new)]
    assert extras[0]["release_digest"] != extras[1]["release_digest"]
    assert (extras[1]["issued"], extras[1]["modified"]) == (extras[0]["modified"], later.isoformat())
    entries = [{one["id"]: one for one in listed["resources"]} for listed in (old, new)]
    assert entries[0].keys() == entries[1].keys()
    for before, after in ((entries[0][key], entries[1][key]) for key in entries[0]):
        assert after["release_digest"] == extras[1]["release_digest"] != before["release_digest"]
        assert after["url"] == before["url"]
        if after["format"] in ("CSV", "Parquet"):
            assert after["hash"] != before["hash"]
            assert after["rows"] == before["rows"]
            assert "Foundry Yard public toilet 44 (moved)" in names_in(after)


def names_in(resource: Any) -> list[str]:
    """The names of the toilets in a file, as anybody reads it."""
    with urllib.request.urlopen(resource["url"], timeout=30) as answer:
        content = io.BytesIO(answer.read())
    table = pandas.read_csv(content) if resource["format"] == "CSV" else pandas.read_parquet(content)
    return list(table["LocationText"])


def test_three_tables_are_one_dataset_with_two_files_for_each(
    rig: CkanSettings, wire_log: FaultProxy, tmp_path: Path
) -> None:
    start_rig()
    using = services(tmp_path / "home", DATASETS, wire_log.settings)
    job = PublishJob(Identity("developer-contributions", "islington"))
    first = publish(job, using, NIGHT)
    assert (first.verdict, first.rows) == ("publish", 376)
    compare(rig, first)
    data = [resource["name"] for resource in shown(rig, first)["resources"] if resource["format"] in ("CSV", "Parquet")]
    assert len(data) == len(set(data)) == 6
    wire_log.play("ok", match=WRITES)
    assert publish(job, using, NIGHT + dt.timedelta(days=1)).verdict == "unchanged"
    assert wire_log.counts()["matched"] == 0


def test_a_wrong_token_writes_nothing(wire_log: FaultProxy, tmp_path: Path) -> None:
    wrong = replace(wire_log.settings, token="revoked-canary-44")
    wire_log.play("ok", match="(create|revise|patch|update)")
    with pytest.raises(SetupProblem, match="does not know our token") as caught:
        publish(PublishJob(Identity("brownfield-land", "lldc")), services(tmp_path / "home", DATASETS, wrong), NIGHT)
    assert caught.value.fix
    assert "canary" not in caught.value.what + caught.value.fix
    assert wire_log.counts()["matched"] == 0
