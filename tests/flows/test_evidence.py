"""The archive for audits: whole, the same for the same state, and without the name of anybody."""

from __future__ import annotations

import io
import json
import socket
import zipfile
from pathlib import Path

import pytest

from flows.decisions.deciding import Wish
from flows.decisions.queue import open_subjects
from flows.privacy.exposures import PurgeTarget
from flows.services import Services
from flows.settings import account_name
from flows.state.records import forget_chains
from flows.takedown.evidence import LEFT_OUT, Names, evidence_files, write_evidence
from flows.takedown.incidents import close_incident
from flows.takedown.purge import purge
from flows.takedown.rescan import rescan
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity
from tests.flows.signers import Signers
from tests.flows.test_incidents import approve, opened, run, signers
from tests.flows.test_rescan import CAMDEN, NAMED, PERSON, after, services, under_weak_rules

__all__ = ["services", "signers"]


@pytest.fixture
def eventful(services: Services, tmp_path: Path, signers: Signers, monkeypatch: pytest.MonkeyPatch) -> Services:
    """A dataset of which a lot is on record, by accounts and hosts with names that are easily found again."""
    monkeypatch.setattr("flows.state.lease.account_name", lambda: "jworker77")
    monkeypatch.setattr("flows.state.lease.socket.gethostname", lambda: "desk-77-townhall")
    monkeypatch.setattr("flows.outcome.account_name", lambda: "jworker77")
    signers.add("officer-who-files", {"camden": ["data-officer"]}, accounts=["jworker77"], ckan=["ckan-officer-9"])
    signers.save(services)
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    rescan(services, after(1))
    (tmp_path / "drop/camden/trees.csv").write_text("\n".join(NAMED.splitlines()[:3]) + "\n")
    assert run(services, 2, file=tmp_path / "drop/camden/trees.csv").verdict == "held"
    for one in open_subjects(CAMDEN, services, after(2)):
        numbers = tuple(range(1, len(one.standings) + 1))
        wish = Wish("refuse", numbers, reason="Asked by jworker77.", alternative="Ask Mrs Ada Fictitious")
        for name in ("owner-of-it", "dpo-of-all"):
            signers.decide(name, one.subject, wish, services, after(3))
    incident = opened(services, 5, note="Seen at desk-77-townhall by officer-who-files.")
    purge(CAMDEN, PurgeTarget(rows=(3,), reason="It names a person."), services, after(6))
    close_incident(CAMDEN, "All copies are gone.", services, after(6))
    approve(signers, services, incident, "All copies are gone.", "owner-of-it", "dpo-of-all")
    close_incident(CAMDEN, "", services, after(7))
    return services


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_no_name_is_in_any_byte(eventful: Services, tmp_path: Path) -> None:
    written = write_evidence(CAMDEN, tmp_path / "out/x.zip", eventful)
    found = contents(written.path)
    everything = b"\n".join((*map(str.encode, found), *found.values()))
    people = (eventful.settings.home / "people.yaml").read_text()
    keys = [word for word in people.split() if len(word) > 40]
    assert keys
    for name in (
        "jworker77", "desk-77-townhall", "ckan-officer-9", "owner-of-it", "reviewer-of-it", "dpo-of-all",
        "officer-who-files", socket.gethostname(), f"{account_name()}@", PERSON, "Fictitious", str(tmp_path), *keys,
    ):  # fmt: skip
        assert name.encode() not in everything, name
    # nor which column seems to hold people
    assert b"species" not in b"".join(found[name] for name in ("decisions.json", "rescans.json", "incidents.json"))


def test_it_tells_the_whole_story(eventful: Services, tmp_path: Path) -> None:
    found = contents(write_evidence(CAMDEN, tmp_path / "x.zip", eventful).path)
    value = {name: json.loads(content) for name, content in found.items() if name.endswith(".json")}
    assert value["governance.json"]["dataset"] == "street-trees/camden"
    assert value["governance.json"]["contact"]["team"] == "Open data team"
    (request, closing) = (one for one in value["decisions.json"] if one["decisions"])
    assert {one["state"] for one in request["findings"]} == {"refused"}
    assert request["decisions"][0]["reason"] == "Asked by (name removed)."
    assert request["decisions"][0]["alternative"] == LEFT_OUT
    assert {role for one in closing["decisions"] for role in one["roles"]} == {"asset-owner", "dpo"}
    assert len({one["who"] for one in closing["decisions"]}) == 2
    (incident,) = value["incidents.json"]
    assert incident["outcome"] == "All copies are gone."
    assert {one["rule"] for r in incident["releases"] for one in r["found"]} == {"personal-title"}
    (taken,) = value["taken-away.json"]
    assert (taken["what"], bool(taken["finished"])) == ("one row", True)
    assert len(value["rescans.json"]) == 1
    assert [one["until"] is None for one in value["publications.json"]] == [False, True]
    assert {"purged", "published", "noted incident", "noted decision"} <= {row["what"] for row in value["audit.json"]}
    assert {row["who"] for row in value["audit.json"]} == {"person 1", "person 2", "person 3"}
    assert not [row for row in value["audit.json"] if row["what"].startswith("noted") and row["note"] == LEFT_OUT]
    manifests = [value[name] for name in found if name.endswith("manifest.json")]
    assert all(one["audit"]["head"] for one in manifests)
    page = found["index.html"].decode()
    assert all(f'href="{name}"' in page for name in found if name != "index.html")


def test_the_same_state_gives_the_same_bytes(eventful: Services, tmp_path: Path) -> None:
    first = write_evidence(CAMDEN, tmp_path / "one.zip", eventful)
    forget_chains()
    second = write_evidence(CAMDEN, tmp_path / "two.zip", Services(eventful.settings))
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.path.stat().st_mode & 0o777 == 0o600
    assert (first.is_new, write_evidence(CAMDEN, tmp_path / "one.zip", eventful).is_new) == (True, False)
    assert [path.name for path in tmp_path.glob(".*.part")] == []


def test_the_first_of_two_decisions_stays_hidden(services: Services, tmp_path: Path, signers: Signers) -> None:
    (tmp_path / "drop/camden/trees.csv").write_text(NAMED)
    run(services, 0)
    (one,) = open_subjects(CAMDEN, services, after(0))
    signers.decide("owner-of-it", one.subject, Wish("return", (1,), reason="Neighbours are in it."), services, after(1))
    files = evidence_files(CAMDEN, services)
    (request,) = json.loads(files["decisions.json"])
    assert request["decisions"] == []
    assert b"Neighbours" not in b"".join(files.values())
    (row,) = [row for row in json.loads(files["audit.json"]) if row["what"] == "noted decision"]
    assert row["who"].startswith("somebody")


def test_one_person_has_one_number() -> None:
    from flows.decisions.people import People, Person

    names = Names(People(people=(Person(id="officer", accounts=("jworker77",)),)), frozenset({"jworker77"}))
    same = [names.number(who) for who in ("jworker77@desk", "person officer", "account jworker77", "jworker77@other")]
    assert same == ["person 1"] * 4
    assert names.number("other@desk") == "person 2"
    assert names.without("Asked by JWorker77, of jworker77s") == "Asked by (name removed), of jworker77s"


def test_of_what_is_not_known_there_is_no_evidence(services: Services, tmp_path: Path) -> None:
    from flows.cli.takedown_commands import run_evidence

    with pytest.raises(SetupProblem):
        write_evidence(Identity("street-trees", "nobody"), tmp_path / "x.zip", services)
    assert not (tmp_path / "x.zip").exists()
    run(services, 0)
    for code in (ExitCode.DONE, ExitCode.UNCHANGED):
        assert run_evidence("street-trees/camden", tmp_path / "x.zip", True) == code
    assert zipfile.is_zipfile(io.BytesIO((tmp_path / "x.zip").read_bytes()))
    with pytest.raises(SetupProblem, match="cannot be written"):
        write_evidence(CAMDEN, tmp_path / "x.zip/y.zip", services)
