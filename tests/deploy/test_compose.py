"""All of the compose file, started on this machine as far as that goes without images, used, and stopped."""

from __future__ import annotations

import json
import re
import secrets
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.deploy.compose_file import DEPLOY, read_compose, read_environment
from tests.deploy.rehearsal import Rehearsal, left_over, public_folder
from tests.flows.city import make_city
from tests.flows.postgres import programs

BOROUGHS = ("barnet", "camden")
ANSWERS = {
    "POSTGRES_PASSWORD": "not-a-secret-of-postgresql",
    "LONDATA_STORE_KEY_ID": "londata-rehearsal",
    "LONDATA_STORE_SECRET": "not-a-secret-of-the-store",
    "LONDATA_INSTANCE_KEY": secrets.token_hex(32),
}
"""What a person fills in. The key is another one each time, and marks the processes of this run."""


@pytest.fixture
def rehearsal() -> Iterator[Rehearsal]:
    if not programs():
        pytest.skip("needs PostgreSQL (Debian: apt install postgresql)")
    with public_folder() as room, ExitStack() as stack:
        filled = read_environment(DEPLOY / "environment.example", ANSWERS)
        city = {"LONDATA_DATASETS": str(make_city(room, *BOROUGHS))}
        rehearsal = Rehearsal(read_compose(filled), filled | city, room, stack)
        stack.callback(rehearsal.down)
        yield rehearsal


def read(address: str, question: dict[str, Any] | None = None) -> str:
    sent = json.dumps(question).encode() if question is not None else None
    request = urllib.request.Request(address, sent, {"Content-Type": "application/json", "Accept": "text/html, */*"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


def run_deployment(rehearsal: Rehearsal, name: str, *parameters: str) -> None:
    """Start a run as an operator does, and wait until it has ended well."""
    words = [word for parameter in parameters for word in ("-p", parameter)]
    watch = ["--watch", "--watch-timeout", "300", "--watch-interval", "2"]
    rehearsal.run("londata", "deployment", "run", name, *words, *watch, program="prefect", seconds=400)


@pytest.mark.slow
def test_everything_starts_publishes_and_stops(rehearsal: Rehearsal) -> None:
    rehearsal.up(seconds=600)
    # before anything is published, the public sees a site on which nothing is there yet
    assert "Street trees" in read(rehearsal.address("site") + "/")
    found = json.loads(rehearsal.run("londata", "doctor", "--json"))
    # the disk of a test machine may be nearly full
    found = {part["part"]: part["state"] for part in found if part["part"] != "folder"}
    # the desk is started once people can sign in there
    assert found.pop("desk") == "not used"
    # and what is published is signed once there is a key
    assert found.pop("signatures") == "not used"
    assert set(found.values()) == {"in order"}, found

    run_deployment(rehearsal, "publish/one-off", "identity=street-trees/camden")
    assert "reading and checking every cell" in rehearsal.running["worker"].said
    run_deployment(rehearsal, "nightly/nightly")
    assert "reading and checking every cell" in rehearsal.running["dask-worker"].said
    assert "ModuleNotFoundError" not in rehearsal.running["dask-scheduler"].said
    for borough in BOROUGHS:
        page = rehearsal.address("site") + f"/datasets/street-trees/{borough}/"
        files = re.findall(r'href="([^":]+/trees[.]csv)"', read(page))
        assert files
        assert all("Tilia cordata" in read(page + name) for name in files)

    prefect = rehearsal.address("prefect")
    assert "<script" in read(prefect + "/")
    browser = json.loads(read(prefect + "/ui-settings"))
    assert json.loads(read(browser["api_url"] + "/health")) is True
    planned = read(prefect + "/api/flow_runs/count", {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}})
    assert int(planned) > 0, "Prefect has planned no night"
    automations = json.loads(read(prefect + "/api/automations/filter", {}))
    assert sum(one["name"].startswith("londata: ") for one in automations) == 3

    rehearsal.expect_alive()
    took = rehearsal.down()
    assert set(took) == {name for name, one in rehearsal.running.items() if one.process and one.service.is_kept}, took
    assert left_over(ANSWERS["LONDATA_INSTANCE_KEY"]) == []
