"""What is public is looked at again when the rules become better: what they find is told, recorded and never shown."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from flows.cli.takedown_commands import run_rescan
from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.state.records import LedgerRecord
from flows.takedown import rescan as rescanning
from flows.takedown.rescan import last_ruleset, rescan, rescan_if_rules_changed
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity
from quality.disclosure import screen
from quality.ruleset import ruleset_digest
from tests.flows.city import GOOD, make_city
from tests.flows.signers import Signers

NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
CAMDEN = Identity("street-trees", "camden")
LAMBETH = Identity("street-trees", "lambeth")
LONDON = Identity("street-trees", "london")
PERSON = "Mrs Ada Fictitious"
NAMED = GOOD.replace("Tilia cordata", PERSON)


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    datasets = make_city(tmp_path, "camden", "lambeth")
    package = datasets / "street-trees/datapackage.yaml"
    package.write_text(package.read_text().replace("cadence: monthly", "cadence: monthly\nunion: true"))
    made = Services(Settings(home=tmp_path / "home", datasets=datasets, lease_wait=0))
    monkeypatch.setenv("LONDATA_HOME", str(made.settings.home))
    monkeypatch.setenv("LONDATA_DATASETS", str(datasets))
    return made


def after(days: float) -> dt.datetime:
    return NIGHT + dt.timedelta(days=days)


def weaker_rules(patch: pytest.MonkeyPatch, *blind: str) -> None:
    """The rules as they were before some of them were thought of."""
    patch.setattr(screen, "PATTERNS", tuple(p for p in screen.PATTERNS if p.rule not in blind))


def under_weak_rules(services: Services, tmp_path: Path, identity: Identity, text: str, night: float = 0) -> str:
    """A release that the rules of the time found nothing in."""
    (tmp_path / f"drop/{identity.publisher}/trees.csv").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        weaker_rules(patch, "personal-title", "personal-name")
        outcome = publish(PublishJob(identity), services, after(night))
    assert outcome.verdict == "publish", outcome
    return outcome.release


def test_what_an_improved_rule_finds_is_told_and_recorded(services: Services, tmp_path: Path) -> None:
    release = under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    publish(PublishJob(LAMBETH), services, NIGHT)
    bad, good = rescan(services, after(3))
    assert (good.identity, good.found, good.missed) == (LAMBETH, (), "")
    assert (bad.identity, bad.release, bad.since, bad.catalogues) == (CAMDEN, release, NIGHT, ("folder",))
    assert {fact.rule for fact in bad.found} == {"personal-title"}
    assert {(f.table, f.field, f.rows, f.of, f.let_pass) for f in bad.found} == {("trees", "species", 1, 4, True)}
    (record,) = services.ledger.records(CAMDEN, "exposure")
    assert record.body["found"]["release"] == release
    # what is public stays as it is, and no value is anywhere but in the data
    assert PERSON.encode() not in (services.settings.home / "ledger.sqlite").read_bytes()
    assert services.ledger.published(CAMDEN, "folder").release == release  # type: ignore[union-attr]


def test_the_same_again_adds_no_record(services: Services, tmp_path: Path) -> None:
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    first, second = rescan(services, after(3)), rescan(services, after(4))
    assert first == second
    assert len(services.ledger.records(CAMDEN, "exposure")) == 1


def test_what_the_report_had_and_people_let_pass_is_no_exposure(services: Services, tmp_path: Path) -> None:
    signers = Signers(tmp_path / "keys")
    signers.add("owner", {"all": ["asset-owner"]})
    signers.add("dpo", {"all": ["dpo"]})
    signers.save(services)
    from flows.decisions.deciding import Wish
    from flows.decisions.queue import open_subjects

    (tmp_path / "drop/camden/trees.csv").write_text(NAMED)
    assert publish(PublishJob(CAMDEN), services, NIGHT).verdict == "held"
    (opened,) = open_subjects(CAMDEN, services, NIGHT)
    for name in ("owner", "dpo"):
        numbers = tuple(range(1, len(opened.standings) + 1))
        signers.decide(name, opened.subject, Wish("approve", numbers), services, NIGHT)
    assert publish(PublishJob(CAMDEN), services, after(1)).verdict == "publish"
    (one,) = rescan(services, after(3))
    assert one.found == ()


def test_more_rows_than_were_let_pass_are_an_exposure(services: Services, tmp_path: Path) -> None:
    release = under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    (bad,) = rescan(services, after(3))
    approved = rescanning.ApprovedPlaces({("personal-title", "trees", "species"): 1})
    fewer = rescanning.ApprovedPlaces({("personal-title", "trees", "species"): 0})
    from flows.examine import report_of_release
    from packages.messages import finding
    from packages.model import Where
    from packages.release.seal import open_release

    report = report_of_release(open_release(services.store.release_folder(CAMDEN, release)))
    found = [finding("personal-title", Where("trees", "species", count=1, of=4))]
    assert list(rescanning.undecided(found, report, approved)) == []
    assert list(rescanning.undecided(found, report, fewer)) == [
        fact for fact in bad.found if fact.rule == "personal-title"
    ]
    told = replace(report, findings=(finding("personal-title", Where(count=1, of=4)),))
    assert list(rescanning.undecided(found, told, rescanning.ApprovedPlaces({}))) == []
    # one that was told does not cover a second
    assert len(list(rescanning.undecided(found * 2, told, rescanning.ApprovedPlaces({})))) == 1


def test_earlier_releases_that_can_be_downloaded_are_looked_at_on_request(services: Services, tmp_path: Path) -> None:
    old = under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    (tmp_path / "drop/camden/trees.csv").write_text(GOOD)
    new = publish(PublishJob(CAMDEN), services, after(1)).release
    assert [(one.release, one.found) for one in rescan(services, after(2))] == [(new, ())]
    found = {one.release: one for one in rescan(services, after(2), CAMDEN, everything=True)}
    assert {*found} == {old, new}
    assert (found[old].catalogues, bool(found[old].found)) == ((), True)


def test_all_of_london_is_looked_at_by_what_is_in_it(services: Services, tmp_path: Path) -> None:
    old = under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    publish(PublishJob(LAMBETH), services, NIGHT)
    union = publish(PublishJob(LONDON), services, NIGHT).release
    (tmp_path / "drop/camden/trees.csv").write_text(GOOD)
    publish(PublishJob(CAMDEN), services, after(1))
    # the union still has the rows, though Camden itself does not show them any more
    hit = [one for one in rescan(services, after(2)) if one.found]
    assert [(one.identity, one.release, one.unions) for one in hit] == [(CAMDEN, old, (union,))]
    assert {one.identity for one in rescan(services, after(2), LONDON)} == {CAMDEN, LAMBETH}
    import shutil

    shutil.rmtree(services.store.release_folder(CAMDEN, old))
    hit = [one for one in rescan(services, after(2)) if one.found]
    assert [(one.identity, one.release) for one in hit] == [(LONDON, union)]


def test_what_cannot_be_looked_at_is_said(services: Services, tmp_path: Path) -> None:
    release = publish(PublishJob(CAMDEN), services, NIGHT).release
    import shutil

    shutil.rmtree(services.store.release_folder(CAMDEN, release))
    (one,) = rescan(services, after(1))
    assert "not here any more" in one.missed
    assert run_rescan("", False, True) == ExitCode.SETUP


def test_a_rule_that_crashes_is_said_and_not_taken_for_clean(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(PublishJob(CAMDEN), services, NIGHT)

    def crash(*_given: object) -> object:
        raise ZeroDivisionError(PERSON)

    monkeypatch.setattr(rescanning, "screen", crash)
    (one,) = rescan(services, after(1))
    assert "disclosure" in one.missed
    assert PERSON not in one.missed


def test_a_payee_that_the_file_vouched_for_is_no_exposure(services: Services, tmp_path: Path) -> None:
    package = services.settings.datasets / "street-trees/datapackage.yaml"
    text = package.read_text()
    known = "title: Species, description: The Latin name., safe: true"
    package.write_text(text.replace(known, "title: Species, description: Who was paid., nature: payee"))
    publisher = services.settings.datasets / "street-trees/publishers/camden.yaml"
    publisher.write_text(publisher.read_text().replace("  - columns:", "  - ignore: [Vendor Type]\n    columns:"))
    rows = "T001,Agnieszka Kowalska,01/03/2019,12.5,{}\nT002,Quillstone Ltd,01/03/2019,12.5,Company\n"
    heading = "Tag,Species,Planting date,Height (m),Vendor Type\n"
    (tmp_path / "drop/camden/trees.csv").write_text(heading + rows.format("Company"))
    assert publish(PublishJob(CAMDEN), services, NIGHT).verdict == "publish"
    (one,) = rescan(services, after(1))
    assert one.found == ()
    # the same payee in a file that does not say so is asked about
    (tmp_path / "drop/camden/trees.csv").write_text(heading + rows.format("") + "T003,Other Ltd,01/03/2019,1,\n")
    assert publish(PublishJob(CAMDEN), services, after(2)).verdict == "held"


def test_what_was_found_is_decided_by_people_and_then_no_exposure_any_more(services: Services, tmp_path: Path) -> None:
    from flows.decisions.deciding import Wish
    from flows.decisions.queue import open_subjects

    signers = Signers(tmp_path / "keys")
    signers.add("owner", {"all": ["asset-owner"]})
    signers.add("dpo", {"all": ["dpo"]})
    signers.save(services)
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    assert publish(PublishJob(CAMDEN), services, after(1)).verdict == "unchanged"
    rescan(services, after(2))
    # nothing of the file is new, and yet it is judged again, and held; what is public stays
    outcome = publish(PublishJob(CAMDEN), services, after(3))
    assert (outcome.verdict, outcome.exit_code) == ("held", ExitCode.PERSONAL_DATA)
    assert services.ledger.published(CAMDEN, "folder")
    (opened,) = open_subjects(CAMDEN, services, after(3))
    for name in ("owner", "dpo"):
        numbers = tuple(range(1, len(opened.standings) + 1))
        signers.decide(name, opened.subject, Wish("approve", numbers), services, after(4))
    assert publish(PublishJob(CAMDEN), services, after(5)).verdict == "unchanged"
    (one,) = rescan(services, after(6))
    assert one.found == ()
    assert publish(PublishJob(CAMDEN), services, after(7)).verdict == "unchanged"


def test_a_payee_of_before_the_rule_is_asked_about_and_not_taken_for_confirmed(
    services: Services, tmp_path: Path
) -> None:
    package = services.settings.datasets / "street-trees/datapackage.yaml"
    known = "title: Species, description: The Latin name., safe: true"
    package.write_text(package.read_text().replace(known, "title: Species, description: Who was paid., nature: payee"))
    (tmp_path / "drop/camden/trees.csv").write_text(GOOD.replace("Tilia cordata", "Agnieszka Kowalska"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("quality.disclosure.payees.person_like_payees", lambda *_given: frozenset())
        assert publish(PublishJob(CAMDEN), services, NIGHT).verdict == "publish"
    (one,) = rescan(services, after(1))
    assert [fact.rule for fact in one.found] == ["payee-person-like"]
    assert publish(PublishJob(CAMDEN), services, after(2)).verdict == "held"
    assert services.ledger.known_payees("camden") == frozenset()


# --- when the rules change --------------------------------------------------------------------------------------------


def test_a_night_looks_again_only_when_the_rules_have_changed(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    assert rescan_if_rules_changed(services, after(1)) is not None
    assert last_ruleset(services) == ruleset_digest()
    assert rescan_if_rules_changed(services, after(2)) is None
    monkeypatch.setattr(rescanning, "ruleset_digest", lambda: "another")
    (one,) = rescan_if_rules_changed(services, after(3)) or ()
    assert one.found
    assert rescan_if_rules_changed(services, after(4)) is None


def test_the_first_night_has_nothing_to_look_at_again(services: Services, tmp_path: Path) -> None:
    rescanning.note_first_rules(services, after(0))
    publish(PublishJob(CAMDEN), services, after(0))
    assert rescan_if_rules_changed(services, after(0)) is None
    other = Services(services.settings.model_copy(update={"home": tmp_path / "other"}))
    publish(PublishJob(CAMDEN), other, after(0))
    rescanning.note_first_rules(other, after(1))
    assert len(rescan_if_rules_changed(other, after(1)) or ()) == 1


def test_a_look_at_one_dataset_does_not_count_for_all(services: Services, tmp_path: Path) -> None:
    publish(PublishJob(CAMDEN), services, NIGHT)
    rescan(services, after(1), CAMDEN)
    assert last_ruleset(services) == ""


def test_a_rescan_that_was_stopped_looks_again(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    publish(PublishJob(LAMBETH), services, NIGHT)
    plain = rescanning.screened_release

    def stopped(one: rescanning.ScreenedRelease, *rest: object) -> rescanning.ScreenedRelease:
        if one.identity == LAMBETH:
            raise KeyboardInterrupt
        return plain(one, *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rescanning, "screened_release", stopped)
        with pytest.raises(KeyboardInterrupt):
            rescan_if_rules_changed(services, after(1))
    assert last_ruleset(services) == ""
    assert len(services.ledger.records(CAMDEN, "exposure")) == 1
    assert len(rescan_if_rules_changed(services, after(2)) or ()) == 2
    assert len(services.ledger.records(CAMDEN, "exposure")) == 1


def test_the_version_of_the_rules_covers_code_words_and_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    from quality import ruleset

    seen = []
    plain = ruleset._contents
    for touched in ("names/family.txt", "detectors/people.py", "suppression/recheck.py"):

        def changed(*given: object, touched: str = touched) -> object:
            for name, content in plain(*given):  # type: ignore[arg-type]
                yield name, content + b" " * name.endswith(touched)

        monkeypatch.setattr(ruleset, "_contents", changed)
        seen.append(ruleset.ruleset_digest.__wrapped__())
    assert len({*seen, ruleset_digest()}) == 4


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_found_and_never_a_value(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_rescan("", False, False) == ExitCode.UNCHANGED
    under_weak_rules(services, tmp_path, CAMDEN, NAMED)
    assert run_rescan("", False, False) == ExitCode.PERSONAL_DATA
    said = capsys.readouterr()
    assert "names of people after a title" in said.out
    assert "trees.species" in said.out
    assert "1 of 4" in said.out
    assert "Fictitious" not in said.out + said.err
    assert run_rescan("street-trees/camden", True, True) == ExitCode.PERSONAL_DATA
    (value,) = json.loads(capsys.readouterr().out)
    assert {fact["rule"] for fact in value["found"]} == {"personal-title"}
    with pytest.raises(SetupProblem):
        run_rescan("street-trees/nobody", False, True)


def test_what_is_only_in_the_table_of_records_counts_for_nothing(services: Services, tmp_path: Path) -> None:
    from flows.state.tables import RECORDS

    publish(PublishJob(CAMDEN), services, NIGHT)
    forged = LedgerRecord("exposure", CAMDEN, NIGHT, {"found": {"release": "x"}})
    with services.ledger.database.writing() as connection:
        row = {"dataset": "street-trees", "publisher": "camden", "at": NIGHT, "kind": "exposure"}
        connection.execute(RECORDS.insert().values(**row, body=forged.text, digest=forged.digest))
    assert services.ledger.records(CAMDEN, "exposure") == ()
