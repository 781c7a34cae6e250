"""Eight writers on one dataset of a real CKAN, while somebody edits it by hand: nobody's work is lost."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import time
from functools import partial
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from catalogue.backends.ckan.settings import CkanSettings
from flows.settings import Settings
from tests.live.conftest import start_rig
from tests.live.test_ckan import call, public
from tests.reliability.races import CAMDEN, nothing_was_lost, race
from tests.reliability.stranger import look
from tests.reliability.test_folder_effects import EVERY
from tests.signing.trusted_keys import TrustedKeys

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if EVERY else 1800)]

ROUNDS = int(os.environ.get("RACES", 200 if EVERY else 4))
NAME = f"{CAMDEN.dataset}-{CAMDEN.publisher}"


def edit_by_hand(ckan: CkanSettings, into: Path) -> None:
    """Somebody adds one thing after the other, each on top of what is there, and notes what CKAN has taken."""
    with into.open("w") as lines:
        for number in range(1_000_000):
            with contextlib.suppress(requests.RequestException):
                found = call(ckan, "package_show", id=NAME)
                theirs = [*found["extras"], {"key": f"note-{number}", "value": "by hand"}][-40:]
                match = {"id": found["id"], "metadata_modified": found["metadata_modified"]}
                call(ckan, "package_revise", match=match, update={"extras": theirs, "author": str(number)})
                lines.write(f"{number}\n")
                lines.flush()
            time.sleep(0.3)


def test_eight_writers_and_a_person(rig: CkanSettings, tmp_path: Path) -> None:
    start_rig()
    keys = TrustedKeys.in_folder(tmp_path / "keys", dt.datetime.now(dt.UTC))
    settings = Settings(
        home=tmp_path / "home",
        catalogue="ckan",
        ckan_url=rig.url,
        ckan_token=SecretStr(rig.token),
        lease_wait=600,
        signing_key=keys.setting,
    )
    edits = tmp_path / "edits"
    ended = race(settings, tmp_path, ROUNDS, beside=partial(edit_by_hand, rig, edits))
    last = nothing_was_lost(ended, settings, ROUNDS)
    found, seen = public(rig, NAME), look(rig.url, NAME)
    assert (seen.release, seen.wrong) == (last, "")
    proof = keys.verify_entry(f"{rig.url}/api/3/action/package_show?id={NAME}", dt.datetime.now(dt.UTC))
    assert not proof.found
    assert call(rig, "package_search", q=f"name:{NAME}", include_drafts=True)["count"] == 1
    by_hand = [int(line) for line in edits.read_text().split()]
    kept = {extra["key"] for extra in found["extras"]}
    assert int(found["author"]) >= by_hand[-1]
    assert {f"note-{number}" for number in by_hand[-5:]} <= kept
    print(json.dumps({"publishes": len(ended), "wrote": sum(one.writes > 0 for one in ended), "edits": len(by_hand)}))
