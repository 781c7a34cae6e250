"""The command line before a real CKAN, with a token that is right or wrong: nothing of it is ever said or kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest

from catalogue.backends.ckan.settings import CkanSettings
from tests.conftest import ROOT
from tests.flows.city import GOOD, make_city
from tests.live.conftest import FaultProxy, start_rig
from tests.live.test_ckan import call, public

CANARY = "eyJ0eXAi.canary-7f3a9c51d2e8.token"
MERTON = "street-trees/merton"


class Officer:
    """Somebody at a terminal; everything that was said to them is kept."""

    def __init__(self, root: Path, ckan: CkanSettings) -> None:
        self.root, self.ckan, self.said = root, ckan, ""
        self.datasets = make_city(root, "merton")

    def types(self, *words: str, token: str) -> subprocess.CompletedProcess[str]:
        told = {
            "LONDATA_HOME": str(self.root / "home"),
            "LONDATA_DATASETS": str(self.datasets),
            "LONDATA_CATALOGUE": "ckan",
            "LONDATA_CKAN_URL": self.ckan.url,
            "LONDATA_CKAN_TOKEN": token,
            "PYTHONPATH": str(ROOT),
        }
        known = {key: value for key, value in os.environ.items() if not key.startswith(("LONDATA_", "PREFECT_"))}
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "ignore", "-m", "flows", *words],
            env=known | told, cwd=self.root, capture_output=True, text=True, check=False, timeout=1500,
        )  # fmt: skip
        self.said += done.stdout + done.stderr
        return done

    def receives(self, text: str) -> None:
        (self.root / "drop/merton/trees.csv").write_text(text)

    def traces(self, secret: str) -> list[str]:
        """Everything said or kept that holds a secret: output, ledger with its journal, reports, releases."""
        kept = [path for path in self.root.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
        return [*map(str, kept), *(["what was said"] if secret in self.said else [])]


@pytest.fixture
def officer(rig: CkanSettings, wire_log: FaultProxy, tmp_path: Path) -> Officer:
    start_rig()
    return Officer(tmp_path, wire_log.settings)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_wrong_token_stops_before_any_write_and_says_who_renews_it(officer: Officer, wire_log: FaultProxy) -> None:
    wire_log.play("ok", match="^(POST|PUT|PATCH|DELETE) ")
    for command in (["publish", MERTON], ["publish", MERTON, "--json"], ["reconcile"]):
        done = officer.types(*command, token=CANARY)
        assert done.returncode == 60, done.stderr
        said = " ".join((done.stdout + done.stderr).split())
        assert "does not know our token" in said
        assert "Ask the administrator of that catalogue for a new API token" in said
        assert "Traceback" not in said
    assert wire_log.counts()["matched"] == 0
    assert officer.traces(CANARY) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_token_that_was_revoked_is_not_taken_for_an_empty_catalogue(
    officer: Officer, rig: CkanSettings, wire_log: FaultProxy
) -> None:
    assert officer.types("publish", MERTON, token=rig.token).returncode == 0
    before = public(rig, "street-trees-merton")
    mine = call(rig, "api_token_create", user=call(rig, "user_show")["name"], name="soon-revoked")["token"]
    assert officer.types("publish", MERTON, token=mine).returncode == 10
    call(rig, "api_token_revoke", token=mine)
    officer.receives(GOOD.replace("12.5", "13.0"))
    wire_log.play("ok", match="^(POST|PUT|PATCH|DELETE) ")
    assert officer.types("publish", MERTON, token=mine).returncode == 60
    assert wire_log.counts()["matched"] == 0
    assert public(rig, "street-trees-merton") == before
    done = officer.types("publish", MERTON, "--json", token=rig.token)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "publish")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_trace_of_a_token_from_the_first_publish_to_the_withdrawal(
    officer: Officer, rig: CkanSettings, wire_log: FaultProxy
) -> None:
    assert officer.types("publish", MERTON, token=rig.token).returncode == 0
    officer.receives(GOOD.replace("12.5", "13.0"))
    wire_log.play(",".join(["502_after", "503", "reset_mid"] * 40), match="POST ")
    assert officer.types("publish", MERTON, token=rig.token).returncode in (0, 50)
    wire_log.play("ok")
    assert officer.types("reconcile", token=rig.token).returncode in (0, 10)
    assert officer.types("publish", MERTON, "--json", token=rig.token).returncode in (0, 10)
    first = json.loads(officer.types("status", MERTON, "--json", token=rig.token).stdout)
    assert first
    assert officer.types("withdraw", MERTON, "--reason", "It named people", token=rig.token).returncode == 0
    assert officer.types("audit", "show", token=rig.token).returncode == 0
    assert officer.types("nightly", "--all", token=rig.token).returncode in (0, 10, 30)
    with pytest.raises(urllib.error.HTTPError):  # it stays away
        public(rig, "street-trees-merton")
    assert officer.traces(rig.token) == []
    assert officer.traces(rig.token.rpartition(".")[2]) == []
