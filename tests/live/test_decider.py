"""A person decides with the own token of a real CKAN: it is asked whose it is, and nothing of it is kept."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from catalogue.backends.ckan.settings import CkanSettings
from flows.cli import decision_commands as commands
from flows.decisions.queue import open_subjects
from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity
from tests.flows.city import GOOD, make_city
from tests.live.test_ckan import call

BARNET = Identity("street-trees", "barnet")


def test_a_token_says_whose_it_is(rig: CkanSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services = Services(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "barnet"), lease_wait=0))
    people = []
    tokens = {}
    for name, role in (("barnet-owner", "asset-owner"), ("barnet-dpo", "dpo"), ("barnet-guest", "")):
        call(rig, "user_create", name=name, email=f"{name}@barnet.example", password="correct-horse-battery")
        tokens[name] = call(rig, "api_token_create", user=name, name="decide")["token"]
        people += [{"id": name, "roles": {"barnet": [role]}, "ckan": [name]}] if role else []
    services.settings.home.mkdir()
    file = services.settings.home / "people.yaml"
    file.write_text(json.dumps({"people": people}))
    file.chmod(0o600)
    for name, value in (
        ("HOME", services.settings.home),
        ("DATASETS", services.settings.datasets),
        ("CKAN_URL", rig.url),
        ("ALLOW_LOCAL", "true"),
    ):
        monkeypatch.setenv(f"LONDATA_{name}", str(value))

    now = dt.datetime.now(dt.UTC)
    (tmp_path / "drop/barnet/trees.csv").write_text(GOOD.replace("T002", "Mrs Ada Fictitious"))
    assert publish(PublishJob(BARNET), services, now).verdict == "held"
    (opened,) = open_subjects(BARNET, services, now)

    def decide(token: str) -> int:
        monkeypatch.setenv("LONDATA_DECIDER_TOKEN", token)
        every = tuple(range(1, len(opened.subject.findings) + 1))
        return commands.run_decide(commands.DecideOptions(opened.subject.digest, "approve", every, ckan=True), True)

    with pytest.raises(SetupProblem, match="no entry of people"):
        decide(tokens["barnet-guest"])
    with pytest.raises(SetupProblem):
        decide(tokens["barnet-owner"][:-3] + "abc")
    assert decide(tokens["barnet-owner"]) == ExitCode.WAITING
    assert publish(PublishJob(BARNET), services, now).verdict == "held"
    assert decide(tokens["barnet-dpo"]) == ExitCode.DONE
    assert publish(PublishJob(BARNET), services, now).verdict == "publish"
    kept = b"".join(path.read_bytes() for path in services.settings.home.rglob("*") if path.is_file())
    assert not [name for name, token in tokens.items() if token.encode() in kept]
