"""Who decides what: by real signatures, from the request to what becomes public."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from flows.decisions.book import read_book
from flows.decisions.deciding import (
    Proven,
    Wish,
    decide_subject,
    draft_decision,
    exemption_of,
    note_subject,
    signed_decision,
)
from flows.decisions.facts import Request
from flows.decisions.guard import ruling_guard
from flows.decisions.proofs import decision_text
from flows.decisions.queue import open_subjects
from flows.decisions.ruling import rule_on
from flows.decisions.standing import State
from flows.outcome import Outcome, PublishJob
from flows.publish import judged_case, publish
from flows.report_files import last_report
from flows.services import Services
from flows.settings import Settings, account_name
from flows.state.audit import START, hash_of, read_entries
from flows.state.records import LedgerRecord, canonical_json, forget_chains
from flows.state.tables import AUDIT, RECORDS
from packages.errors import ExitCode, LondataError, SetupProblem, WaitingForPerson
from packages.model import Identity
from tests.catalogue.public_site import public_files
from tests.flows.city import GOOD, make_city
from tests.flows.signers import Signers

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
ONE_ROW = "\n".join(GOOD.splitlines()[:2]) + "\n"
Captured = pytest.CaptureFixture[str]
PERSON = GOOD.replace("T002", "Mrs Ada Fictitious").replace("T003", "Mr Bo Fictitious")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden", "lambeth"), lease_wait=0))


@pytest.fixture
def signers(tmp_path: Path, services: Services) -> Signers:
    made = Signers(tmp_path / "keys")
    made.add("owner", {"camden": ["asset-owner"]})
    made.add("reviewer", {"camden": ["ig-reviewer"]})
    made.add("dpo", {"all": ["dpo"]})
    made.add("officer", {"camden": ["data-officer"]}, accounts=[account_name()])
    made.add("stranger", {"lambeth": ["asset-owner", "ig-reviewer"]})
    made.save(services)
    return made


def at(night: float) -> dt.datetime:
    return NIGHT + dt.timedelta(days=night)


def run(services: Services, night: float = 0, **job: object) -> Outcome:
    return publish(PublishJob(CAMDEN, **job), services, at(night))  # type: ignore[arg-type]


def asked(services: Services, night: float = 0) -> Request:
    """The only request that is open."""
    (opened,) = open_subjects(CAMDEN, services, at(night))
    assert isinstance(opened.subject, Request)
    return opened.subject


def approve(*numbers: int) -> Wish:
    return Wish("approve", numbers or (1,))


def shrunk(services: Services, drop: Path) -> Request:
    run(services)
    drop.write_text(ONE_ROW)
    assert run(services, night=1).verdict == "held"
    return asked(services, 1)


def named(services: Services, drop: Path) -> Request:
    drop.write_text(PERSON)
    outcome = run(services, night=1)
    assert (outcome.verdict, outcome.exit_code) == ("held", ExitCode.PERSONAL_DATA)
    return asked(services, 1)


# --- what becomes public ----------------------------------------------------------------------------------------------


def test_the_owner_lets_pass_what_is_not_about_people(services: Services, drop: Path, signers: Signers) -> None:
    request = shrunk(services, drop)
    signers.decide("owner", request, approve(), services, at(2))
    outcome = run(services, night=2)
    assert outcome.verdict == "publish"
    public = (services.settings.site / "current/datasets/street-trees/camden/report.json").read_text()
    assert "Approved by the asset owner on 24 November 2026, until" in public
    assert not [name for name in (account_name(), 'owner"') if f'"{name}' in public]
    assert run(services, night=3).verdict == "unchanged"


def test_the_same_file_asks_once_however_often_it_comes(services: Services, drop: Path, signers: Signers) -> None:
    request = shrunk(services, drop)
    for night in (2, 3):
        assert run(services, night=night).verdict == "held"
    assert [r.digest for r in services.ledger.records(CAMDEN, "request")] == [request.digest]


def test_what_is_about_people_takes_two_and_never_an_account(services: Services, drop: Path, signers: Signers) -> None:
    request = named(services, drop)
    assert run(services, night=2, yes=True).exit_code is ExitCode.PERSONAL_DATA
    signers.decide("owner", request, approve(), services, at(2))
    assert run(services, night=3).verdict == "held"
    signers.decide("dpo", request, approve(), services, at(3))
    assert run(services, night=4).verdict == "publish"


def test_the_first_decision_is_hidden_until_the_second(
    services: Services,
    drop: Path,
    signers: Signers,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from flows.cli.decision_commands import AskOptions, run_ask, run_queue
    from flows.cli.maintenance_commands import show_audit

    for name, value in (("HOME", services.settings.home), ("DATASETS", services.settings.datasets)):
        monkeypatch.setenv(f"LONDATA_{name}", str(value))
    monkeypatch.setattr("flows.cli.decision_commands.now", lambda: at(2))
    request = named(services, drop)
    before = shown(capsys, run_queue, run_ask, AskOptions)
    wish = Wish("refuse", (1,), reason="Names of neighbours", alternative="Counts by street")
    signers.decide("owner", request, wish, services, at(2))
    assert shown(capsys, run_queue, run_ask, AskOptions) == before
    show_audit("", True)
    told = capsys.readouterr().out
    assert "owner" not in told
    assert "neighbours" not in told
    signers.decide("reviewer", request, approve(), services, at(2))
    assert "Names of neighbours" in shown(capsys, run_queue, run_ask, AskOptions)
    show_audit("", True)
    assert "person owner" in capsys.readouterr().out
    assert run(services, night=3).verdict == "held"


def shown(capsys: Captured, queue: object, ask: object, options: object) -> str:
    capsys.readouterr()
    for as_json in (False, True):
        queue(as_json)  # type: ignore[operator]
        ask(options("street-trees/camden"), as_json)  # type: ignore[operator]
    return capsys.readouterr().out


def test_each_finding_is_decided_apart(services: Services, drop: Path, signers: Signers) -> None:
    run(services)
    first, *rows = PERSON.splitlines()
    drop.write_text("\n".join([f"{first},Girth", *(f"{row},9" for row in rows)]) + "\n")
    run(services, night=1)
    request = asked(services, 1)
    assert len(request.findings) >= 2
    people = [n for n, fact in enumerate(request.findings, start=1) if fact.about_people]
    others = [n for n, fact in enumerate(request.findings, start=1) if not fact.about_people]
    run(services, night=2, yes=True)
    states = {s.number: s.state for s in read_book(CAMDEN, services).standings(request, at(2).date())}
    assert {states[n] for n in others} == {State.APPROVED}
    assert {states[n] for n in people} == {State.WAITING}
    with pytest.raises(SetupProblem, match="which findings"):
        signers.decide("owner", request, Wish("approve", ()), services, at(2))


def test_the_author_never_decides_and_nobody_who_might_be(services: Services, tmp_path: Path, signers: Signers) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(PERSON)
    run(services, night=1, file=file)
    request = asked(services, 1)
    assert request.author == account_name()
    signers.entries["owner"]["accounts"] = [account_name()]
    signers.entries["officer"]["accounts"] = []
    signers.save(services)
    with pytest.raises(WaitingForPerson, match="you handed the file over"):
        signers.decide("owner", request, approve(), services, at(2))
    signers.entries["owner"]["accounts"] = []
    signers.save(services)
    with pytest.raises(WaitingForPerson, match="stands in no entry"):
        signers.decide("dpo", request, approve(), services, at(2))
    signers.entries["officer"]["accounts"] = [account_name()]
    signers.save(services)
    for name in ("owner", "dpo"):
        signers.decide(name, request, approve(), services, at(2))
    assert run(services, night=3, file=file).verdict == "publish"


def test_one_person_with_two_roles_is_one_person(services: Services, drop: Path, signers: Signers) -> None:
    signers.entries["owner"]["roles"] = {"camden": ["asset-owner", "ig-reviewer", "dpo"]}
    signers.save(services)
    request = named(services, drop)
    signers.decide("owner", request, approve(), services, at(2))
    signers.decide("owner", request, Wish("approve", (1,), reason="Once more"), services, at(2))
    assert run(services, night=3).verdict == "held"


def test_a_decision_ends_and_can_be_taken_back(services: Services, drop: Path, signers: Signers) -> None:
    request = named(services, drop)
    until = at(5).date()
    for name in ("owner", "dpo"):
        signers.decide(name, request, Wish("approve", (1,), until=until), services, at(2))
    assert run(services, night=3).verdict == "publish"
    assert run(services, night=4).verdict == "unchanged"
    assert run(services, night=7).verdict == "held"
    for name in ("owner", "dpo"):
        signers.decide(name, request, approve(), services, at(7))
    assert run(services, night=8).verdict == "unchanged"
    back = Wish("return", (1,), reason="Take the names out")
    signers.decide("owner", request, back, services, at(9))
    assert run(services, night=9).verdict == "held"


def test_other_bytes_need_another_decision(services: Services, drop: Path, signers: Signers) -> None:
    request = named(services, drop)
    for name in ("owner", "dpo"):
        signers.decide(name, request, approve(), services, at(2))
    drop.write_text(PERSON.replace("12.5", "13.5"))
    assert run(services, night=2).verdict == "held"
    assert asked(services, 2).digest != request.digest


def test_what_changed_in_between_is_not_published(services: Services, drop: Path, signers: Signers) -> None:
    request = named(services, drop)
    for name in ("owner", "dpo"):
        signers.decide(name, request, approve(), services, at(2))
    case = judged_case(PublishJob(CAMDEN), services, at(3))
    ruling = rule_on(case, services, at(3).date())
    assert ruling.examination.report.verdict == "publish"
    agree = ruling_guard(case, ruling, services, at(3))
    with services.ledger.database.writing() as connection:
        agree(connection)
    with services.ledger.database.writing() as connection, pytest.raises(WaitingForPerson, match="not the request"):
        ruling_guard(case, replace(ruling, request=None), services, at(3))(connection)
    signers.decide("owner", request, Wish("return", (1,), reason="No"), services, at(3))
    with services.ledger.database.writing() as connection, pytest.raises(WaitingForPerson, match="taken back"):
        agree(connection)
    description = services.settings.datasets / "street-trees/datapackage.yaml"
    description.write_text(description.read_text().replace("Height, description", "Height now, description"))
    with services.ledger.database.writing() as connection, pytest.raises(WaitingForPerson, match="description"):
        agree(connection)


def test_the_public_never_learns_who_decided_or_which_column_holds_people(
    services: Services, drop: Path, signers: Signers
) -> None:
    from flows.site.update import update_site

    def everything_public() -> str:
        update_site(services, at(3))
        paths = public_files(services.settings.site / "current").values()
        texts = {path: path.read_bytes().decode("utf-8", "replace") for path in paths}
        reports = {path: text for path, text in texts.items() if path.name in ("report.json", "report.html")}
        for path, text in reports.items():
            assert "seems to name" not in text, path
            if path.name == "report.json":
                people = [f for f in json.loads(text)["findings"] if f["rule"].startswith("personal-")]
                assert not [f for f in people if "field" in f.get("where", {}) or "column" in f.get("where", {})]
        return "\n".join(texts.values())

    run(services)
    request = named(services, drop)
    held = everything_public()
    assert "Something about people was found" in held
    assert "seems to name" not in held
    for name in ("owner", "dpo"):
        signers.decide(name, request, approve(), services, at(2))
    assert run(services, night=3).verdict == "publish"
    public = everything_public()
    assert "Approved by the asset owner and the Data Protection Officer on 24 November 2026, until" in public
    for secret in (f"{account_name()}@", "person owner", "ssh-ed25519"):
        assert secret not in public


# --- the roles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["officer", "stranger"])
def test_other_roles_and_other_boroughs_have_no_say(
    name: str, services: Services, drop: Path, signers: Signers
) -> None:
    request = named(services, drop)
    for wish in (approve(), Wish("return", (1,), reason="No"), Wish("refuse", (1,), reason="No", alternative="Counts")):
        with pytest.raises(WaitingForPerson, match="not yours to decide"):
            signers.decide(name, request, wish, services, at(2))
    assert services.ledger.records(CAMDEN, "decision") == ()


def test_a_borough_may_ask_for_more_and_never_for_less(services: Services, drop: Path, signers: Signers) -> None:
    policies = services.settings.home / "policies"
    policies.mkdir()
    request = named(services, drop)
    harder = {"about_people": {"seats": [["asset-owner"], ["ig-reviewer"], ["dpo"]], "proofs": ["ssh"]}}
    (policies / "camden.yaml").write_text(yaml.safe_dump(harder))
    for name in ("owner", "dpo"):
        signers.decide(name, request, approve(), services, at(2))
    assert run(services, night=3).verdict == "held"
    signers.decide("reviewer", request, approve(), services, at(3))
    assert run(services, night=4).verdict == "publish"
    for loose in (
        {"about_people": {"seats": [["asset-owner"]]}},
        {"about_people": {"seats": [["asset-owner"], ["ig-reviewer", "dpo", "data-officer"]]}},
        {"about_people": {"proofs": ["ssh", "account"]}},
        {"exceptions": {"share": 1.0}},
        {"classes": {"none": {"days": 5000}}},
    ):
        (policies / "camden.yaml").write_text(yaml.safe_dump(loose))
        with pytest.raises(SetupProblem, match="asks for less"):
            read_book(CAMDEN, services)


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_kinds_of_keys(kind: str, services: Services, drop: Path, signers: Signers) -> None:
    signers.add("another", {"camden": ["asset-owner"]}, kind)
    signers.save(services)
    signers.decide("another", shrunk(services, drop), approve(), services, at(2))
    assert run(services, night=2).verdict == "publish"


def test_a_key_of_a_kind_that_cannot_be_verified_is_refused_when_it_is_entered(
    services: Services, signers: Signers
) -> None:
    signers.add("another", {"camden": ["asset-owner"]}, "ecdsa")
    signers.save(services)
    with pytest.raises(SetupProblem, match="ssh-ed25519 or ssh-rsa"):
        read_book(CAMDEN, services)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda e: e["dpo"].update(keys=e["owner"]["keys"]), "same key"),
        (lambda e: e["dpo"].update(roles={"camdn": ["dpo"]}), "camden"),
        (lambda e: e["dpo"].update(roles={"camden": ["boss"]}), "roles"),
        (lambda e: e["dpo"].update(keys=["ssh-ed25519 AAAA"]), "keys"),
        (lambda e: e["dpo"].update(accounts=[account_name()]), "same account"),
        (lambda e: e["dpo"].update(id="owner"), "same id"),
    ],
)
def test_what_does_not_fit_in_people_is_said(spoil: object, words: str, services: Services, signers: Signers) -> None:
    spoil(signers.entries)  # type: ignore[operator]
    signers.save(services)
    with pytest.raises(SetupProblem) as caught:
        read_book(CAMDEN, services)
    assert words in caught.value.what
    assert "AAAA" not in caught.value.what + caught.value.fix


def test_who_may_decide_cannot_be_written_by_others(services: Services, signers: Signers) -> None:
    (services.settings.home / "people.yaml").chmod(0o666)
    with pytest.raises(SetupProblem, match="may write"):
        read_book(CAMDEN, services)


# --- forgeries --------------------------------------------------------------------------------------------------------


def by_hand(services: Services, *statements: sa.Executable | str) -> None:
    """Do what somebody with the database alone can do."""
    with services.ledger.database.engine.begin() as connection:
        for name in ("audit_UPDATE", "audit_DELETE", "records_UPDATE", "records_DELETE"):
            connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name}"))
        for statement in statements:
            connection.execute(sa.text(statement) if isinstance(statement, str) else statement)
    forget_chains()


def chained(services: Services, record: LedgerRecord) -> None:
    """Put a record and an entry that fits the chain into the database, without our code or key."""
    rows = read_entries(services.ledger.database)
    entry = {
        "at": record.at.isoformat(),
        "who": "person owner",
        "what": f"noted {record.kind}",
        "dataset": record.identity.dataset,
        "publisher": record.identity.publisher,
        "before": "",
        "after": "",
        "note": record.digest,
        "previous": rows[-1]["hash"] if rows else START,
    }
    row = {"dataset": record.identity.dataset, "publisher": record.identity.publisher, "at": record.at}
    by_hand(
        services,
        RECORDS.insert().values(**row, kind=record.kind, body=record.text, digest=record.digest),
        AUDIT.insert().values(**entry, hash=hash_of(entry)),
    )


def verified(services: Services, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    from flows.cli.maintenance_commands import run_audit_verify

    monkeypatch.setenv("LONDATA_HOME", str(services.settings.home))
    capsys.readouterr()
    code = run_audit_verify("", True)
    return json.loads(capsys.readouterr().out) | {"code": code}


def test_a_row_in_a_table_of_approvals_lets_nothing_pass(services: Services, drop: Path) -> None:
    request = shrunk(services, drop)
    by_hand(
        services,
        "CREATE TABLE approvals (id INTEGER PRIMARY KEY, dataset VARCHAR NOT NULL, publisher VARCHAR NOT NULL, "
        'at DATETIME NOT NULL, fingerprint VARCHAR NOT NULL, "by" VARCHAR NOT NULL)',
        f"INSERT INTO approvals VALUES (1, 'street-trees', 'camden', '2026-11-22', '{request.fingerprint}', 'owner')",
    )
    assert run(Services(services.settings), night=2).verdict == "held"


@pytest.mark.parametrize("is_chained", [False, True], ids=["outside the chain", "chained"])
@pytest.mark.parametrize("proof", ["account", "ckan", "desk", "ssh"])
def test_a_decision_that_was_put_into_the_database_lets_nothing_pass(
    proof: str,
    is_chained: bool,
    services: Services,
    drop: Path,
    signers: Signers,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = shrunk(services, drop)
    book = read_book(CAMDEN, services)
    by = account_name() if proof == "account" else "owner"
    drafted = draft_decision(request, approve(), book, by, at(2).date())
    foreign = signers.signature("stranger", decision_text(drafted, request))
    for evidence in ("", "0" * 64, foreign):
        forged = drafted.model_copy(update={"proof": proof, "evidence": evidence})
        record = LedgerRecord("decision", CAMDEN, at(2), forged.body)
        if is_chained:
            chained(services, record)
        else:
            row = {"dataset": "street-trees", "publisher": "camden", "at": at(2), "kind": "decision"}
            by_hand(services, RECORDS.insert().values(**row, body=record.text, digest=record.digest))
    assert run(Services(services.settings), night=2).verdict == "held"
    seen = verified(services, capsys, monkeypatch)
    assert (seen["strays"], seen["code"]) == ((0, ExitCode.DONE) if is_chained else (3, ExitCode.SETUP))


@pytest.mark.parametrize("how", ["cut", "written anew", "changed"])
def test_a_chain_that_was_cut_or_written_anew_is_seen_and_lets_nothing_pass(
    how: str,
    services: Services,
    drop: Path,
    signers: Signers,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    request = named(services, drop)
    for name in ("owner", "dpo"):
        signers.decide(name, request, approve(), services, at(2))
    assert run(services, night=3).verdict == "publish"
    assert verified(services, capsys, monkeypatch)["code"] == ExitCode.DONE
    rows = [dict(row) for row in read_entries(services.ledger.database)]
    if how == "cut":
        # so that a refusal is forgotten, for example
        by_hand(services, AUDIT.delete().where(AUDIT.c.id >= rows[1]["id"]))
    elif how == "changed":
        by_hand(services, AUDIT.update().where(AUDIT.c.id == rows[1]["id"]).values(who="somebody"))
    else:
        previous, anew = START, []
        for row in rows:
            row |= {"who": "somebody", "previous": previous}
            previous = row["hash"] = hash_of(row)
            anew.append(AUDIT.insert().values(**row))
        by_hand(services, AUDIT.delete(), *anew)
    seen = verified(services, capsys, monkeypatch)
    assert (bool(seen["broken_at"]), seen["code"]) == (True, ExitCode.SETUP)
    drop.write_text(PERSON.replace("12.5", "14.5"))
    with pytest.raises(SetupProblem, match="not whole"):
        run(Services(services.settings), night=4)
    if how == "changed":
        assert "not whole" in caplog.text


def test_no_variable_names_anybody(services: Services, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = account_name()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "the-data-protection-officer")
    assert account_name() == before
    shrunk(services, drop)
    run(services, night=2, yes=True)
    assert "the-data-protection-officer" not in canonical_json([r.body for r in services.ledger.records()])


def test_no_parameter_of_prefect_names_anybody() -> None:
    import inspect

    from flows.nightly import publish_one_flow

    assert set(inspect.signature(publish_one_flow.fn).parameters) == {"identity", "file", "dry_run"}
    deployed = Path("prefect.yaml").read_text()
    assert "approved_by" not in deployed
    assert "yes" not in yaml.safe_dump([d.get("parameters") for d in yaml.safe_load(deployed)["deployments"]])


@pytest.mark.parametrize("spoilt", ["other text", "other namespace", "other key", "other choice", "damaged", "git"])
def test_a_signature_for_something_else_counts_for_nothing(
    spoilt: str, services: Services, drop: Path, signers: Signers, tmp_path: Path
) -> None:
    request = shrunk(services, drop)
    book = read_book(CAMDEN, services)
    text = decision_text(draft_decision(request, approve(), book, "owner", at(2).date()), request)
    signature = signers.signature("owner", text)
    if spoilt == "other text":
        signature = signers.signature("owner", text.replace(request.digest, "0" * 64))
    elif spoilt == "other choice":
        text = text.replace("decision: approve", "decision: return").replace("reason: -", "reason: No")
    elif spoilt == "other key":
        signers.add("nobody", {})
        signature = signers.signature("nobody", text)
    elif spoilt == "damaged":
        signature = signature.replace("A", "B")
    else:
        signature = signers.signature("owner", text, "git" if spoilt == "git" else "file")
    with pytest.raises(SetupProblem, match="does not count"):
        signed_decision(text, signature, request, book.people)


@pytest.mark.parametrize(
    "noise", ["", "nonsense", "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"]
)
def test_whatever_is_handed_in_as_a_signature_ends_in_words(
    noise: str, services: Services, drop: Path, signers: Signers
) -> None:
    request = shrunk(services, drop)
    book = read_book(CAMDEN, services)
    text = decision_text(draft_decision(request, approve(), book, "owner", at(2).date()), request)
    for signed in (text, noise):
        with pytest.raises(LondataError):
            signed_decision(signed, noise, request, book.people)


def test_an_old_signature_does_not_undo_a_later_decision(services: Services, drop: Path, signers: Signers) -> None:
    request = shrunk(services, drop)
    book = read_book(CAMDEN, services)
    text = decision_text(draft_decision(request, approve(), book, "owner", at(2).date()), request)
    signature = signers.signature("owner", text)
    decision, proven = signed_decision(text, signature, request, book.people)
    decide_subject(request, decision, proven, services, at(2))
    back = Wish("return", (1,), reason="It is not whole")
    signers.decide("owner", request, back, services, at(2))
    with pytest.raises(SetupProblem, match="handed in before"):
        decide_subject(request, decision, proven, services, at(3))
    # the same signature in another wrapping is another record
    wrapped = replace(proven, evidence=f"\n{signature}\n")
    with pytest.raises(SetupProblem, match="Another decision of yours"):
        decide_subject(request, decision, wrapped, services, at(3))
    forged = decision.model_copy(update={"by": "owner", "proof": "ssh", "evidence": f"\n{signature}"})
    chained(services, LedgerRecord("decision", CAMDEN, at(3), forged.body))
    assert run(Services(services.settings), night=3).verdict == "held"


def test_who_leaves_the_file_of_people_is_not_heard_any_more(services: Services, drop: Path, signers: Signers) -> None:
    request = shrunk(services, drop)
    signers.decide("owner", request, approve(), services, at(2))
    del signers.entries["owner"]
    signers.save(services)
    assert run(services, night=2).verdict == "held"


def test_a_decision_by_token_counts_only_where_it_was_noted(services: Services, drop: Path, signers: Signers) -> None:
    request = shrunk(services, drop)
    decision = draft_decision(request, approve(), read_book(CAMDEN, services), "owner", at(2).date())
    decide_subject(request, decision, Proven("owner", "ckan"), services, at(2))
    key = services.settings.home / "instance.key"
    kept = key.read_text()
    key.write_text("ab" * 32)
    assert run(Services(services.settings), night=2).verdict == "held"
    key.write_text(kept)
    assert run(Services(services.settings), night=3).verdict == "publish"


# --- exceptions -------------------------------------------------------------------------------------------------------

BLOCKED = GOOD.replace("T002", "AB 12 34 56 C") + "".join(
    f"T1{n:02},Acer campestre,02/02/2021,3.5\n" for n in range(20)
)


def test_a_false_block_passes_by_two_people_for_its_shape_alone(
    services: Services, drop: Path, signers: Signers
) -> None:
    drop.write_text(BLOCKED)
    assert run(services).verdict == "blocked"
    report, policy = last_report(CAMDEN, services), read_book(CAMDEN, services).policy
    assert report is not None
    block = report.findings[0]
    place = (block.rule, block.where.field, block.shapes[0])
    exemption = exemption_of(report, place, "Numbers of tags", at(60).date(), policy.exceptions)
    note_subject(exemption, services, at(1))
    signers.decide("owner", exemption, approve(), services, at(1))
    assert run(services, night=1).verdict == "blocked"
    signers.decide("dpo", exemption, approve(), services, at(2))
    published = run(services, night=2)
    assert published.verdict == "publish"
    said = json.loads((Path(published.report) / "report.json").read_text())
    assert said["decided"].startswith("Excepted by the asset owner and the Data Protection Officer on 24 November 2026")
    # it was false, so the public is not told of it
    assert not [found for found in said.get("findings", ()) if found["rule"].startswith("personal-")]
    # one more of the same shape is more than was let pass; another shape is another matter
    drop.write_text(BLOCKED.replace("T103", "AB 22 34 56 C"))
    assert run(services, night=3).verdict == "blocked"
    drop.write_text(BLOCKED.replace("AB 12 34 56 C", "AB123456C"))
    assert run(services, night=4).verdict == "blocked"
    drop.write_text(BLOCKED.replace("12.5", "13.0"))
    assert run(services, night=90).verdict == "blocked", "it has ended"


def test_a_whole_column_is_never_let_pass(services: Services, drop: Path, signers: Signers) -> None:
    drop.write_text(GOOD.replace("T002", "AB 12 34 56 C").replace("T003", "AB 22 34 56 C"))
    assert run(services).verdict == "blocked"
    report, policy = last_report(CAMDEN, services), read_book(CAMDEN, services).policy
    assert report is not None
    block = report.findings[0]
    place = (block.rule, block.where.field, block.shapes[0])
    with pytest.raises(SetupProblem, match="too much for an exception"):
        exemption_of(report, place, "Numbers of tags", at(60).date(), policy.exceptions)
    with pytest.raises(SetupProblem, match="not blocked by"):
        exemption_of(report, (block.rule, "", place[2]), "Numbers of tags", at(60).date(), policy.exceptions)
