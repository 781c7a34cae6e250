"""An incident freezes a dataset and its siblings, tells what was public, and ends by people who prove who they are."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from flows.cli import takedown_commands as commands
from flows.decisions.deciding import Wish
from flows.decisions.queue import open_subjects
from flows.maintenance.reconcile import reconcile
from flows.maintenance.versions import rollback, withdraw
from flows.outcome import Outcome, PublishJob
from flows.privacy.exposures import PurgeTarget
from flows.privacy.freezes import Closed, Incident, Opened, closing_request, freeze_on, incident_record, incidents_of
from flows.publish import publish
from flows.services import Services
from flows.settings import account_name
from flows.state.ledger import NewStep, PublishStep
from flows.state.records import LedgerRecord, forget_chains
from flows.state.tables import RECORDS
from flows.takedown import incidents as module
from flows.takedown.alarms import announce_incidents
from flows.takedown.incidents import close_incident, open_incident, opening, write_draft_33
from flows.takedown.purge import purge
from flows.takedown.timeline import times_of
from packages.errors import ExitCode, SetupProblem, WaitingForPerson
from packages.model import Identity
from tests.flows.city import GOOD
from tests.flows.signers import Signers
from tests.flows.test_notices import web
from tests.flows.test_rescan import CAMDEN, LAMBETH, LONDON, NAMED, PERSON, after, services, under_weak_rules

__all__ = ["services"]

NEW = GOOD + "T500,Tilia cordata,01/05/2021,3.5\n"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def signers(tmp_path: Path, services: Services) -> Signers:
    made = Signers(tmp_path / "keys")
    made.add("owner-of-it", {"all": ["asset-owner"]})
    made.add("reviewer-of-it", {"all": ["ig-reviewer"]})
    made.add("dpo-of-all", {"all": ["dpo"]})
    made.save(services)
    return made


def opened(services: Services, day: float = 5, identity: Identity = CAMDEN, **asked: str) -> Incident:
    incident, _ = open_incident(identity, opening(asked.pop("aware", ""), after(day), **asked), services, after(day))
    return incident


def run(services: Services, day: float, identity: Identity = CAMDEN, **job: object) -> Outcome:
    return publish(PublishJob(identity, **job), services, after(day))  # type: ignore[arg-type]


def changed(tmp_path: Path, *publishers: str) -> None:
    for publisher in publishers or ("camden",):
        (tmp_path / f"drop/{publisher}/trees.csv").write_text(NEW)


def public(services: Services, identity: Identity = CAMDEN) -> PublishStep | None:
    return services.ledger.published(identity, "folder")


# --- what is frozen ---------------------------------------------------------------------------------------------------


def test_nothing_of_a_frozen_dataset_changes_in_public(services: Services, tmp_path: Path) -> None:
    old = under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    run(services, 1, LONDON)
    incident = opened(services)
    assert incident.frozen == {CAMDEN, LONDON}
    changed(tmp_path)
    before = (public(services), public(services, LONDON))
    for job in ({}, {"yes": True}, {"file": tmp_path / "drop/camden/trees.csv"}, {"dry_run": True}):
        outcome = run(services, 6, **job)
        assert (outcome.verdict, outcome.exit_code) == ("held", ExitCode.WAITING)
        assert outcome.summary.startswith("Frozen by the incident")
    assert run(services, 6, LONDON).exit_code is ExitCode.WAITING
    assert (public(services), public(services, LONDON)) == before
    assert before[0]
    assert before[0].release == old


def test_siblings_with_the_same_finding_are_frozen_and_others_are_not(services: Services, tmp_path: Path) -> None:
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    run(services, 0, LAMBETH)
    assert LAMBETH not in opened(services).frozen
    changed(tmp_path, "lambeth")
    assert run(services, 6, LAMBETH).verdict == "publish"
    # it is found there later, and told by running it again
    under_weak_rules(services, tmp_path, LAMBETH, NAMED, 7)
    incident = opened(services, 8)
    assert LAMBETH in incident.frozen
    assert len(incidents_of(services)) == 1
    changed(tmp_path, "lambeth")
    assert run(services, 9, LAMBETH).exit_code is ExitCode.WAITING


def test_what_must_go_can_go_all_the_same(services: Services, tmp_path: Path) -> None:
    from tests.flows.test_purge import holding

    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    run(services, 0, LAMBETH)
    run(services, 1, LONDON)
    opened(services)
    purged = purge(CAMDEN, PurgeTarget(rows=(3,), reason="It names a person."), services, after(6))
    assert purged.exit_code is ExitCode.DONE
    assert holding(services.settings.home, PERSON) == []
    # the union was made anew, and not only taken away
    assert public(services, LONDON) is not None
    assert run(services, 7).exit_code is ExitCode.WAITING
    withdraw(CAMDEN, "It names a person.", services, after(8))
    assert public(services) is None


def test_no_other_way_leads_around_a_freeze(services: Services, tmp_path: Path) -> None:
    first = run(services, 0).release
    changed(tmp_path)
    second = run(services, 1).release
    opened(services)
    with pytest.raises(WaitingForPerson, match="frozen"):
        rollback(CAMDEN, first, services, after(6))
    # begun before, and not finished: that waits as well
    services.ledger.intend(NewStep(CAMDEN, "folder", first, after(6)))
    (result,) = [r for r in reconcile(services, after(7)) if r.identity == CAMDEN]
    assert (result.result, result.exit_code) == ("held", ExitCode.WAITING)
    csv = services.settings.site / "current/datasets/street-trees/camden/trees.csv"
    assert "T500" in csv.read_text()
    assert second != first


def test_what_is_public_is_repaired_though_it_is_frozen(services: Services) -> None:
    run(services, 0)
    opened(services)
    csv = services.settings.site / "current/datasets/street-trees/camden/trees.csv"
    content = csv.read_bytes()
    csv.unlink()
    reconcile(services, after(6))
    assert csv.read_bytes() == content


# --- what is told -----------------------------------------------------------------------------------------------------


def test_the_facts_say_what_when_where_and_which_rule(services: Services, tmp_path: Path) -> None:
    old = under_weak_rules(services, tmp_path, CAMDEN, NAMED, 0)
    union = run(services, 1, LONDON).release
    (tmp_path / "drop/camden/trees.csv").write_text(GOOD)
    new = run(services, 2).release
    incident = opened(services, note="A resident wrote to us.")
    assert incident.facts
    bad, good = incident.facts.releases
    assert (bad.release, good.release) == (old, new)
    (shown,) = bad.shown
    assert (shown.catalogue, shown.since, shown.until) == ("folder", after(0).isoformat(), after(2).isoformat())
    assert good.shown[0].until == ""
    assert bad.rows == {"trees": 4}
    assert {"trees.csv", "trees.parquet"} <= set(bad.files)
    assert bad.kept
    assert bad.unions == (union,)
    assert {(f.rule, f.table, f.field, f.rows, f.let_pass) for f in bad.found} == {
        ("personal-title", "trees", "species", 1, True),
    }
    assert good.found == ()
    assert PERSON.encode() not in (services.settings.home / "ledger.sqlite").read_bytes()


def test_a_field_that_no_rule_finds_anything_in_can_be_named(services: Services) -> None:
    run(services, 0)
    (fact,) = opened(services, field="species").facts.releases  # type: ignore[union-attr]
    assert [(f.rule, f.field, f.rows, f.of) for f in fact.found] == [("", "species", 4, 4)]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"field": "name_of_owner"}, "no .*column"), ({"release": "abcdef0"}, "does not name one"),
        ({"aware": "soon"}, "is no time"), ({"aware": "2030-01-01"}, "future"), ({"note": "x" * 700}, "too long"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_freezes_nothing(asked: dict[str, str], words: str, services: Services) -> None:
    run(services, 0)
    with pytest.raises(SetupProblem) as caught:
        opened(services, **asked)
    import re

    assert re.search(words, caught.value.what.replace("No release", "no release"))
    assert freeze_on(CAMDEN, services) is None


def test_of_what_was_never_public_there_is_no_incident(services: Services) -> None:
    with pytest.raises(SetupProblem, match="ever public"):
        opened(services)
    with pytest.raises(SetupProblem):
        opened(services, identity=Identity("street-trees", "nobody"))


def test_the_clock_runs_from_becoming_aware(services: Services) -> None:
    run(services, 0)
    incident = opened(services, day=5, aware="2026-11-26 12:15")
    assert incident.opened.aware == dt.datetime(2026, 11, 26, 12, 15, tzinfo=dt.UTC)
    assert incident.deadline == dt.datetime(2026, 11, 29, 12, 15, tzinfo=dt.UTC)
    assert incident.clock(dt.datetime(2026, 11, 29, 11, 0, tzinfo=dt.UTC)) == "1 hour left"
    assert incident.clock(dt.datetime(2026, 11, 29, 15, 0, tzinfo=dt.UTC)) == "over for 2 hours"
    # in summer, a time without a zone is British Summer Time
    assert opening("2026-07-01 12:00", after(0)).aware == dt.datetime(2026, 7, 1, 11, tzinfo=dt.UTC)


def test_people_hear_of_it_when_the_clock_runs_out(services: Services) -> None:
    run(services, 0)
    opened(services)
    with web([200]) as (address, heard):
        told = Services(services.settings.model_copy(update={"notice_webhook": _secret(address)}))
        for hours in (0, 1, 50, 51, 73, 90):
            assert announce_incidents(told, after(5) + dt.timedelta(hours=hours)) == ""
    assert [notice["state"] for notice in heard] == [
        "under an incident",
        "under an incident with less than 24 hours left",
        "under an incident whose 72 hours are over",
    ]
    assert "londata incident show" in heard[0]["text"]


def _secret(text: str) -> object:
    from pydantic import SecretStr

    return SecretStr(text)


def test_the_draft_has_the_facts_and_asks_for_the_rest(services: Services, tmp_path: Path) -> None:
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    run(services, 0, LAMBETH)
    incident = opened(services, note="A resident wrote | to <us>.")
    path, is_written = write_draft_33(incident, services, None)
    text = path.read_text()
    assert is_written
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for words in (
        "Article 33(3)(a)", "Article 33(3)(b)", "Article 33(3)(c)", "Article 33(3)(d)", "Article 34", "72 hours",
        "30 November 2026, 02:15 UTC", "names of people", "`trees.species`", "up to 1 records (of 4)",
        "`personal-title` finds it today, and found nothing", "Open data team", "To fill in", "trees.csv",
    ):  # fmt: skip
        assert words in text, words
    assert PERSON not in text
    assert account_name() + "@" not in text
    # somebody has worked in it
    path.write_text(text + "The DPO is told.")
    assert write_draft_33(incident, services, None) == (path, False)
    assert "The DPO is told" in path.read_text()
    other, _ = write_draft_33(incident, services, tmp_path / "other.md")
    assert other.read_text() == text
    assert other.stat().st_mode & 0o777 == 0o600


def test_a_timeline_of_steps() -> None:
    def step(day: int, release: str, state: str) -> PublishStep:
        receipt = json.dumps({"urls": {"csv": f"https://data.example/{release}.csv"}})
        return PublishStep(CAMDEN, after(day), "folder", release, state, receipt)

    steps = [
        step(0, "a", "intent"), step(0, "a", "done"), step(1, "a", "done"), step(2, "b", "done"),
        step(3, "", "withdrawing"), step(4, "", "withdrawn"), step(5, "a", "done"),
    ]  # fmt: skip
    times = [(t.release, t.since, t.until) for t in times_of(steps)]
    assert times == [("a", after(0), after(2)), ("b", after(2), after(4)), ("a", after(5), None)]


# --- how it ends ------------------------------------------------------------------------------------------------------


def approve(signers: Signers, services: Services, incident: Incident, outcome: str, *names: str) -> None:
    for name in names:
        signers.decide(name, closing_request(incident, outcome), Wish("approve", (1,)), services, after(6))


def test_the_owner_and_the_dpo_close_it_and_then_it_thaws(services: Services, tmp_path: Path, signers: Signers) -> None:
    run(services, 0)
    incident = opened(services)
    same, waiting = close_incident(CAMDEN, "Nobody was named.", services, after(6))
    assert waiting
    assert not same.closed
    (asked,) = open_subjects(CAMDEN, services, after(6))
    assert asked.subject.digest == waiting.subject.digest
    approve(signers, services, incident, "Nobody was named.", "owner-of-it")
    assert close_incident(CAMDEN, "", services, after(6))[1] is not None
    approve(signers, services, incident, "Nobody was named.", "dpo-of-all")
    changed(tmp_path)
    assert run(services, 6).exit_code is ExitCode.WAITING
    closed, waiting = close_incident(CAMDEN, "", services, after(6))
    assert waiting is None
    assert closed.closed
    assert closed.closed[1].outcome == "Nobody was named."
    assert run(services, 7).verdict == "publish"
    # an approval that ends does not open it again
    assert run(services, 2000).verdict == "unchanged"
    assert open_subjects(CAMDEN, services, after(7)) == ()
    assert close_incident(CAMDEN, "", services, after(8))[0].closed
    assert opened(services, 9).digest != incident.digest
    assert run(services, 9).exit_code is ExitCode.WAITING


def test_who_is_no_dpo_and_another_outcome_close_nothing(services: Services, signers: Signers) -> None:
    run(services, 0)
    incident = opened(services)
    close_incident(CAMDEN, "It was nothing.", services, after(6))
    approve(signers, services, incident, "It was nothing.", "owner-of-it")
    with pytest.raises(WaitingForPerson):
        approve(signers, services, incident, "It was nothing.", "reviewer-of-it") or _raise_if_open(services)
    close_incident(CAMDEN, "All copies are gone.", services, after(6))
    approve(signers, services, incident, "It was nothing.", "dpo-of-all")
    assert close_incident(CAMDEN, "All copies are gone.", services, after(6))[1] is not None
    assert close_incident(CAMDEN, "It was nothing.", services, after(6))[1] is None


def _raise_if_open(services: Services) -> None:
    if close_incident(CAMDEN, "", services, after(6))[1]:
        raise WaitingForPerson("It waits.", fix="")


def test_without_people_nobody_closes_it(services: Services) -> None:
    run(services, 0)
    opened(services)
    with pytest.raises(WaitingForPerson) as caught:
        close_incident(CAMDEN, "It was nothing.", services, after(6))
    assert "people.yaml" in caught.value.fix
    with pytest.raises(SetupProblem, match="No incident"):
        close_incident(LAMBETH, "x", services, after(6))


# --- forgeries --------------------------------------------------------------------------------------------------------


def by_hand(services: Services, record: LedgerRecord) -> None:
    with services.ledger.database.writing() as connection:
        row = {"dataset": record.identity.dataset, "publisher": record.identity.publisher, "at": record.at}
        connection.execute(RECORDS.insert().values(**row, kind=record.kind, body=record.text, digest=record.digest))


def test_rows_outside_the_chain_neither_freeze_nor_thaw(services: Services, tmp_path: Path) -> None:
    run(services, 0)
    by_hand(services, incident_record(CAMDEN, Opened(number=1, aware=after(1)), after(1)))
    assert freeze_on(CAMDEN, services) is None
    incident = opened(services)
    request = closing_request(incident, "It was nothing.")
    by_hand(services, LedgerRecord("request", CAMDEN, after(6), request.body))
    by_hand(
        services,
        incident_record(
            CAMDEN, Closed(of=incident.digest, request=request.digest, outcome="It was nothing."), after(6)
        ),
    )
    assert freeze_on(CAMDEN, services) == incident


def test_a_closing_in_the_chain_that_nobody_signed_thaws_nothing(services: Services, signers: Signers) -> None:
    run(services, 0)
    incident = opened(services)
    request = closing_request(incident, "It was nothing.")
    services.ledger.record(LedgerRecord("request", CAMDEN, after(6), request.body), "somebody")
    closed = Closed(of=incident.digest, request=request.digest, outcome="It was nothing.")
    services.ledger.record(incident_record(CAMDEN, closed, after(6)), "somebody")
    assert freeze_on(CAMDEN, services) is not None
    # what was signed is not what is said
    approve(signers, services, incident, "It was nothing.", "owner-of-it", "dpo-of-all")
    other = Closed(of=incident.digest, request=request.digest, outcome="Another end.")
    services.ledger.record(incident_record(CAMDEN, other, after(6)), "somebody")
    assert [one.closed for one in incidents_of(services) if one.closed] == []
    # once it is signed, it can be closed; what is decided after that opens nothing again
    assert close_incident(CAMDEN, "It was nothing.", services, after(7))[0].closed
    signers.decide("dpo-of-all", request, Wish("return", (1,), reason="Not yet."), services, after(8))
    assert freeze_on(CAMDEN, services) is None


def test_a_removed_record_or_a_broken_chain_thaws_nothing(services: Services, tmp_path: Path) -> None:
    import sqlalchemy as sa

    run(services, 0)
    opened(services)
    changed(tmp_path)
    with services.ledger.database.writing() as connection:
        connection.execute(sa.text("DROP TRIGGER records_DELETE"))
        connection.execute(RECORDS.delete().where(RECORDS.c.kind == "incident"))
    forget_chains()
    with pytest.raises(SetupProblem, match="missing"):
        run(services, 6)
    with services.ledger.database.writing() as connection:
        connection.execute(sa.text("DROP TRIGGER audit_UPDATE"))
        connection.execute(sa.text("UPDATE audit SET who = 'nobody' WHERE id = 1"))
    forget_chains()
    with pytest.raises(SetupProblem, match="not whole"):
        run(services, 6)


def test_an_incident_of_another_kind_of_body_is_none(services: Services) -> None:
    run(services, 0)
    for body in ({"what": "names"}, {"incident": "open"}, {"incident": {"act": "open", "number": "x"}}):
        services.ledger.record(LedgerRecord("incident", CAMDEN, after(1), body), "officer")
    assert incidents_of(services) == ()


# --- cut short, and again ---------------------------------------------------------------------------------------------


def test_an_opening_that_is_cut_short_has_frozen_and_goes_on(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    under_weak_rules(services, tmp_path, LAMBETH, NAMED)

    def stopped(*_given: object) -> object:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "collected_facts", stopped)
        with pytest.raises(KeyboardInterrupt):
            opened(services)
    frozen = freeze_on(CAMDEN, services)
    assert frozen
    assert frozen.facts is None
    incident = opened(services, 5.1)
    assert incident.digest == frozen.digest
    assert LAMBETH in incident.frozen
    records = len(services.ledger.records(CAMDEN, "incident"))
    again, is_new = open_incident(CAMDEN, opening("", after(6)), services, after(6))
    assert (again, is_new) == (incident, False)
    assert len(services.ledger.records(CAMDEN, "incident")) == records


# --- the commands -----------------------------------------------------------------------------------------------------


def test_the_commands_as_people_use_them(
    services: Services, tmp_path: Path, signers: Signers, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.cli.commands import show_status
    from flows.cli.decision_commands import AskOptions, run_ask, run_queue

    for name in ("flows.cli.takedown_commands", "flows.cli.decision_commands", "flows.cli.commands"):
        monkeypatch.setattr(f"{name}.now", lambda: after(5))
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    assert commands.run_incident_show("", False) == ExitCode.UNCHANGED
    options = commands.IncidentOptions("street-trees/camden", note="A resident wrote to us.")
    assert commands.run_incident_open(options, False) == ExitCode.DONE
    said = capsys.readouterr().out
    for words in (
        "72 hours left",
        "Frozen: street-trees/camden",
        "Rule `personal-title` finds it today",
        "londata purge",
    ):
        assert words in said, words
    assert PERSON not in said
    assert commands.run_incident_open(commands.IncidentOptions("street-trees/camden"), True) == ExitCode.UNCHANGED
    value = json.loads(capsys.readouterr().out)
    assert (value["state"], value["hours_left"]) == ("open", 72.0)
    assert commands.run_incident_close("street-trees/camden", "It was purged.", False) == ExitCode.WAITING
    assert "the Data Protection Officer" in capsys.readouterr().out
    assert run_ask(AskOptions("street-trees/camden"), False) == ExitCode.WAITING
    assert "How it ended: It was purged." in capsys.readouterr().out
    assert run_queue(False) == ExitCode.DONE
    assert "72 hours left" in capsys.readouterr().out
    assert show_status("", False) == ExitCode.DONE
    assert "Incident on street-trees/camden" in capsys.readouterr().err
    assert show_status("street-trees/camden", True) == ExitCode.DONE
    assert json.loads(capsys.readouterr().out)["incidents"][0]["state"] == "open"
    approve(signers, services, incidents_of(services)[0], "It was purged.", "owner-of-it", "dpo-of-all")
    assert commands.run_incident_close("street-trees/camden", "", False) == ExitCode.DONE
    assert "How it ended: It was purged." in capsys.readouterr().out
    assert commands.run_incident_close("street-trees/camden", "", True) == ExitCode.UNCHANGED
    assert json.loads(capsys.readouterr().out)["state"] == "closed"
    assert commands.run_incident_show("street-trees/camden", False) == ExitCode.DONE
    assert commands.run_incident_show("", False) == ExitCode.DONE
    with pytest.raises(SetupProblem):
        commands.run_incident_show("street-trees/lambeth", False)
