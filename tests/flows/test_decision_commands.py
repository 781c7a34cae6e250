"""The commands by which people decide, as a person types them, and what keeps a dataset away."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml

from flows.cli import decision_commands as commands
from flows.decisions.book import read_book
from flows.decisions.queue import open_subjects
from flows.maintenance.reconcile import reconcile
from flows.maintenance.versions import withdraw
from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.state.ledger import NewStep
from flows.state.records import LedgerRecord, forget_chains
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity
from tests.flows.city import GOOD, make_city
from tests.flows.forked import run_forked
from tests.flows.signers import Signers, keygen

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
PERSON = GOOD.replace("T002", "Mrs Ada Fictitious")


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    made = Services(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden"), lease_wait=0))
    monkeypatch.setenv("LONDATA_HOME", str(made.settings.home))
    monkeypatch.setenv("LONDATA_DATASETS", str(made.settings.datasets))
    return made


@pytest.fixture
def signers(tmp_path: Path, services: Services) -> Signers:
    made = Signers(tmp_path / "keys")
    made.add("owner", {"camden": ["asset-owner"]}, ckan=["owner-in-ckan"])
    made.add("dpo", {"all": ["dpo"]})
    made.save(services)
    return made


def held(services: Services, drop: Path, content: str = PERSON) -> str:
    drop.write_text(content)
    now = dt.datetime.now(dt.UTC)
    assert publish(PublishJob(CAMDEN), services, now).verdict == "held"
    (opened,) = open_subjects(CAMDEN, services, now)
    return opened.subject.digest


def londata(*arguments: str | Path) -> CompletedProcess[str]:
    return run_forked(arguments, os.environ, Path.cwd())


def test_from_the_question_to_the_public_as_people_type_it(
    services: Services, drop: Path, signers: Signers, tmp_path: Path
) -> None:
    digest = held(services, drop)
    asked = londata("ask", "street-trees/camden", "--out", tmp_path / "sign")
    assert asked.returncode == ExitCode.WAITING
    assert "ssh-keygen -Y sign -n londata" in asked.stdout
    (text,) = (tmp_path / "sign").iterdir()
    for name, code in (("owner", ExitCode.WAITING), ("dpo", ExitCode.DONE)):
        text.with_name(f"{text.name}.sig").unlink(missing_ok=True)
        keygen("-Y", "sign", "-n", "londata", "-f", signers.folder / name, text)
        done = londata("decide", digest[:12], "--signature", f"{text}.sig")
        assert done.returncode == code, done.stderr + done.stdout
    assert londata("queue").returncode == ExitCode.UNCHANGED
    assert londata("ask", "street-trees/camden").returncode == ExitCode.UNCHANGED
    published = londata("publish", "street-trees/camden", "--json")
    assert json.loads(published.stdout)["verdict"] == "publish"
    again = londata("decide", digest[:12], "--signature", f"{text}.sig")
    assert again.returncode == ExitCode.SETUP
    assert "handed in before" in again.stderr


def test_every_answer_is_json_on_request(services: Services, drop: Path, signers: Signers, tmp_path: Path) -> None:
    digest = held(services, drop)
    for arguments in (
        ("queue",),
        ("ask", "street-trees/camden"),
        ("decide", digest[:12], "approve", "--finding", "1", "--text", str(tmp_path / "a.txt")),
        ("decide", digest[:12], "approve", "--finding", "1"),
        ("decide", "street-trees/nobody", "approve", "--finding", "1"),
        ("envelope", "street-trees/camden"),
        ("except", "street-trees/camden", "--rule", "x", "--field", "y", "--shape", "z", "--reason", "w"),
    ):
        said = json.loads(londata(*arguments, "--json").stdout)
        assert said, arguments


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"choice": "maybe", "findings": (1,)}, "is no decision"),
        ({"choice": "", "findings": (1,)}, "not said what"),
        ({"choice": "approve"}, "which findings"),
        ({"choice": "approve", "findings": (9,)}, "no finding 9"),
        ({"choice": "return", "findings": (1,)}, "needs a reason"),
        ({"choice": "refuse", "findings": (1,), "reason": "No"}, "an alternative"),
        ({"choice": "approve", "findings": (1,), "until": "soon"}, "is no day"),
        ({"choice": "approve", "findings": (1,), "until": "2020-01-01"}, "lies between"),
        ({"choice": "approve", "findings": (1,), "until": "2099-01-01"}, "lies between"),
        ({"signature": Path("nowhere.sig")}, "cannot be read"),
        ({"choice": "approve", "findings": (1,), "ckan": True}, "own token"),
    ],
)
def test_what_cannot_be_decided_so_is_said(
    options: dict[str, object], words: str, services: Services, drop: Path
) -> None:
    digest = held(services, drop)
    with pytest.raises(SetupProblem) as caught:
        commands.run_decide(commands.DecideOptions(digest, **options), True)  # type: ignore[arg-type]
    assert words in caught.value.what + caught.value.fix


def test_a_token_of_the_ckan_proves_its_user(
    services: Services, drop: Path, signers: Signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = held(services, drop)
    for name, value in (("CKAN_URL", "https://ckan.example"), ("DECIDER_TOKEN", "canary-token")):
        monkeypatch.setenv(f"LONDATA_{name}", value)
    asked: list[tuple[str, str]] = []
    users = iter(["stranger-in-ckan", "owner-in-ckan"])
    monkeypatch.setattr(
        "catalogue.backends.ckan.account.user_of_token", lambda *given: asked.append(given) or next(users)
    )
    options = commands.DecideOptions(digest, "approve", (1,), ckan=True)
    with pytest.raises(SetupProblem, match="no entry of people"):
        commands.run_decide(options, True)
    assert commands.run_decide(options, True) == ExitCode.WAITING
    assert asked == [("https://ckan.example", "canary-token")] * 2
    (decision,) = services.ledger.records(CAMDEN, "decision")
    assert (decision.body["by"], decision.body["proof"]) == ("owner", "ckan")
    kept = b"".join(path.read_bytes() for path in services.settings.home.rglob("*") if path.is_file())
    assert b"canary-token" not in kept


def test_a_token_is_not_sent_unencrypted(services: Services, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = held(services, drop)
    for name, value in (("CKAN_URL", "http://ckan.example"), ("DECIDER_TOKEN", "canary-token")):
        monkeypatch.setenv(f"LONDATA_{name}", value)
    with pytest.raises(SetupProblem, match="unencrypted"):
        commands.run_decide(commands.DecideOptions(digest, "approve", (1,), ckan=True), True)


# --- what keeps a dataset away ----------------------------------------------------------------------------------------


def test_after_an_incident_an_account_brings_nothing_back(services: Services, drop: Path, signers: Signers) -> None:
    publish(PublishJob(CAMDEN), services, NIGHT)
    withdraw(CAMDEN, "It named foster carers", services, NIGHT)
    (services.settings.site / "current/datasets/street-trees/camden/withdrawn.json").unlink()
    services.ledger.record(LedgerRecord("incident", CAMDEN, NIGHT, {"what": "names"}), "officer")
    day = dt.datetime.now(dt.UTC)
    assert publish(PublishJob(CAMDEN, yes=True), services, day).verdict == "held"
    (opened,) = open_subjects(CAMDEN, services, day)
    assert [fact.rule for fact in opened.subject.findings] == ["dataset-withdrawn"]  # type: ignore[union-attr]
    from flows.decisions.deciding import Wish

    for name in ("owner", "dpo"):
        signers.decide(name, opened.subject, Wish("approve", (1,)), services, day)
    assert publish(PublishJob(CAMDEN), services, day).verdict == "publish"
    assert open_subjects(CAMDEN, services, day) == ()


def test_a_release_that_nobody_let_pass_is_not_listed_by_a_later_run(services: Services, drop: Path) -> None:
    publish(PublishJob(CAMDEN), services, NIGHT)
    drop.write_text("\n".join(GOOD.splitlines()[:2]) + "\n")
    let_pass = publish(PublishJob(CAMDEN, yes=True), services, NIGHT + dt.timedelta(days=1))
    assert let_pass.verdict == "publish"
    # as if it had never been public, and the ledger with the decision on it were lost
    other = Services(Settings(home=services.settings.home, datasets=services.settings.datasets, lease_wait=0))
    for path in services.settings.home.glob("ledger.sqlite*"):
        path.unlink()
    services.ledger.database.engine.dispose()
    forget_chains()
    other.ledger.intend(NewStep(CAMDEN, "folder", let_pass.release, NIGHT))
    import shutil

    shutil.rmtree(services.settings.site)
    (result,) = reconcile(other, NIGHT + dt.timedelta(days=2))
    assert (result.result, result.exit_code) == ("held", ExitCode.WAITING)
    assert not (services.settings.site / "current/datasets/street-trees/camden/trees.csv").exists()


def test_people_who_others_may_read_are_warned_of(
    services: Services, drop: Path, signers: Signers, capsys: pytest.CaptureFixture[str]
) -> None:
    held(services, drop)
    (services.settings.home / "people.yaml").chmod(0o644)
    commands.run_ask(commands.AskOptions("street-trees/camden"), True)
    assert "chmod 600" in capsys.readouterr().err
    assert read_book(CAMDEN, services).people.find("owner")


def test_no_people_at_all_is_no_error(services: Services) -> None:
    (services.settings.home).mkdir(parents=True, exist_ok=True)
    for content in ("", yaml.safe_dump({"people": []})):
        path = services.settings.home / "people.yaml"
        path.write_text(content)
        path.chmod(0o600)
        assert read_book(CAMDEN, services).people.people == ()


def test_a_ledger_that_was_lost_is_said_and_decisions_are_made_anew(services: Services, drop: Path) -> None:
    from flows.cli.maintenance_commands import run_audit_anew, run_audit_verify

    publish(PublishJob(CAMDEN), services, NIGHT)
    drop.write_text(GOOD.replace("12.5", "13.5"))
    publish(PublishJob(CAMDEN), services, NIGHT)
    assert run_audit_anew("Nothing is lost", True) == ExitCode.UNCHANGED
    services.ledger.database.engine.dispose()
    for path in services.settings.home.glob("ledger.sqlite*"):
        path.unlink()
    forget_chains()
    anew = Services(services.settings)
    drop.write_text("\n".join(GOOD.splitlines()[:2]) + "\n")
    reconcile(anew, NIGHT)
    assert run_audit_verify("", True) == ExitCode.SETUP
    with pytest.raises(SetupProblem, match="not whole"):
        publish(PublishJob(CAMDEN, yes=True), anew, NIGHT)
    assert run_audit_anew("The disk broke", True) == ExitCode.DONE
    assert run_audit_verify("", True) == ExitCode.DONE
    assert publish(PublishJob(CAMDEN, yes=True), anew, NIGHT).verdict == "publish"
