"""The screening questions: what their answers hold, when they are asked again, and where they stand."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from flows.cli.new import run_new
from flows.cli.questions import QuestionsOptions, run_questions
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.report_files import last_report
from flows.services import Services
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity, Severity
from packages.spec import DATASETS, generic_spec, list_identities, list_unions, load_spec
from packages.spec.questions import AnswersSpec, questions
from quality.answers import ROLES, answers_findings
from tests.flows.city import answer_questions

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def change(services: Services, **keys: object) -> None:
    path = services.settings.datasets / "street-trees/datapackage.yaml"
    package = yaml.safe_load(path.read_text())
    for field in package["resources"][0]["schema"]["fields"]:
        field.setdefault("nature", "fact")
        field["nature"] = dict(keys.get("natures", {})).get(field["name"], field["nature"])  # type: ignore[call-overload]
    package |= {key: value for key, value in keys.items() if key != "natures"}
    path.write_text(yaml.safe_dump(package, sort_keys=False))


def run(services: Services, night: int = 0) -> Outcome:
    return publish(PublishJob(CAMDEN), services, NIGHT + dt.timedelta(days=night))


def found(services: Services) -> dict[str, Severity]:
    return {f.rule: f.severity for f in answers_findings(load_spec(CAMDEN, services.settings.datasets))}


@pytest.mark.parametrize("identity", [*list_identities(), *list_unions()], ids=str)
def test_every_shipped_dataset_has_answers_that_stand(identity: Identity) -> None:
    spec = load_spec(identity)
    assert not spec.answers.unanswered
    assert [found.what for found in answers_findings(spec)] == []


def test_there_are_twelve_plain_questions() -> None:
    assert len(questions()) == 12
    for question in questions().values():
        assert question.ask.endswith("?")
        assert question.why.endswith(".")
        for roles in question.seen_by.values():
            assert {*roles} <= {*ROLES}


def test_an_unknown_question_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValidationError, match="Did you mean “neighbour”"):
        AnswersSpec.model_validate({"to": {"neigbour": "no"}})


@pytest.mark.parametrize(("written", "said"), [(False, "no"), (True, "yes"), ("not sure", "not sure")])
def test_an_answer_is_a_word_however_yaml_reads_it(written: object, said: str) -> None:
    assert AnswersSpec.model_validate({"to": {"people": written}}).to["people"].say == said
    assert AnswersSpec.model_validate({"to": {"people": {"say": written}}}).to["people"].say == said


@pytest.mark.parametrize("why", ["two\nlines", "x" * 301, "\x1b[2J"])
def test_the_line_of_an_answer_is_one_line(why: str) -> None:
    written = {"to": {"people": {"say": "no", "why": why}}}
    with pytest.raises(ValidationError):
        AnswersSpec.model_validate(written)


def test_about_people_nothing_is_published_before_the_questions_are_answered(services: Services) -> None:
    change(services)
    assert found(services) == {}
    change(services, natures={"height_m": "count"})
    assert found(services) == {"answers-missing": Severity.HOLD}
    assert run(services).verdict == "held"
    answer_questions(services.settings.datasets, counts="yes", small="yes")
    assert found(services) == {}
    run(services, 1)
    report = last_report(CAMDEN, services)
    assert report is not None
    assert "answers-missing" not in {f.rule for f in report.findings}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"natures": {"species": "code"}}, "the natures"),
        ({"license": "CC-BY-4.0"}, "the licence"),
        ({"natures": {"species": "payee"}}, "whom the dataset is about"),
    ],
)
def test_what_changed_makes_answers_stale_and_is_named(
    changed: dict[str, object], words: str, services: Services
) -> None:
    change(services)
    answer_questions(services.settings.datasets)
    assert found(services) == {}
    change(services, **changed)
    (told,) = answers_findings(load_spec(CAMDEN, services.settings.datasets))
    assert (told.rule, told.severity) == ("answers-stale", Severity.WARN)
    assert words in told.what
    assert run(services).verdict == "publish"


def test_a_new_source_asks_again_and_holds_where_people_are_counted(services: Services) -> None:
    change(services, natures={"height_m": "count"})
    answer_questions(services.settings.datasets, counts="yes")
    assert found(services) == {}
    own = services.settings.datasets / "street-trees/publishers/camden.yaml"
    text = own.read_text()
    line = next(line for line in text.splitlines() if line.startswith("source:"))
    own.write_text(text.replace(line, 'source: {kind: http, url: "https://data.camden.example/trees.csv"}'))
    assert found(services) == {"answers-stale": Severity.HOLD}


def test_what_was_answered_about_another_column_or_question_is_stale(services: Services) -> None:
    change(services)
    answer_questions(services.settings.datasets)
    path = services.settings.datasets / "street-trees/datapackage.yaml"
    package = yaml.safe_load(path.read_text())
    fields = package["resources"][0]["schema"]["fields"]
    fields.append({"name": "girth", "title": "Girth", "description": "Around it.", "nature": "fact"})
    package["answers"]["about"]["questions"] = "0" * 12
    path.write_text(yaml.safe_dump(package))
    (told,) = answers_findings(load_spec(CAMDEN, services.settings.datasets))
    assert "the columns" in told.what
    assert "the questions themselves" in told.what


@pytest.mark.parametrize(
    ("natures", "governance", "said"),
    [
        ({"species": "free-text"}, {}, {"words": "no"}),
        ({"height_m": "count"}, {}, {"counts": "no"}),
        ({}, {"personal_data": "none"}, {"named": "yes"}),
        ({}, {"personal_data": "none", "dpia": "DPIA 2026/14"}, {"people": "yes"}),
        ({}, {"personal_data": "special-category"}, {"special": "no"}),
    ],
)
def test_answers_that_cannot_be_true_hold(
    natures: dict[str, str], governance: dict[str, str], said: dict[str, str], services: Services
) -> None:
    change(services, natures=natures, governance=governance)
    answer_questions(services.settings.datasets, **said)
    assert found(services) == {"answers-contradicted": Severity.HOLD}


def test_what_says_nobody_holds_although_the_fields_are_public_already(services: Services) -> None:
    change(services)
    answer_questions(services.settings.datasets)
    assert run(services).verdict == "publish"
    change(services, governance={"personal_data": "none"})
    answer_questions(services.settings.datasets, named="yes")
    assert run(services, 1).verdict == "held"


def test_an_answer_that_needs_other_eyes_or_an_assessment_says_so(services: Services) -> None:
    change(services)
    answer_questions(services.settings.datasets, seen_by=(), harm="not sure", neighbour="yes")
    assert found(services) == {"answers-unseen": Severity.WARN, "answers-unassessed": Severity.HOLD}
    told = [f.what for f in answers_findings(load_spec(CAMDEN, services.settings.datasets))]
    assert any("the Data Protection Officer" in what for what in told)
    change(services, governance={"dpia": "DPIA 2026/14"})
    answer_questions(services.settings.datasets, seen_by=("dpo",), harm="not sure", neighbour="yes")
    assert found(services) == {}


def test_a_request_holds_the_answers_and_is_another_when_they_change(services: Services) -> None:
    change(services, governance={"dpia": "DPIA 2026/14"})
    (services.settings.datasets / "street-trees/quality.yaml").write_text("approval: always\n")
    digests = set()
    for said in ("no", "yes"):
        answer_questions(services.settings.datasets, neighbour=said)
        assert run(services).verdict == "held"
        (record,) = [r for r in services.ledger.records(CAMDEN) if r.kind == "request" and r.digest not in digests]
        assert record.body["answers"]["neighbour"] == said
        assert "asset-owner" in record.body["answers"]["answered"]
        digests.add(record.digest)
    assert len(digests) == 2
    report = last_report(CAMDEN, services)
    assert report is not None


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one shipped dataset, and settings that name it."""
    folder = tmp_path / "datasets"
    shutil.copytree(DATASETS / "public-toilets", folder / "public-toilets")
    monkeypatch.setenv("LONDATA_DATASETS", str(folder))
    monkeypatch.setenv("LONDATA_HOME", str(tmp_path / "home"))
    return folder


class Terminal(io.StringIO):
    """Standard input as of a person who types."""

    def isatty(self) -> bool:
        return True


def test_what_is_shown_without_a_terminal(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (root / "public-toilets/datapackage.yaml").read_bytes()
    assert run_questions(QuestionsOptions("public-toilets/camden"), as_json=True) == ExitCode.DONE
    said = json.loads(capsys.readouterr().out)
    assert [question["name"] for question in said["questions"]] == list(questions())
    assert (said["open"], said["unanswered"]) == ([], [])
    assert run_questions(QuestionsOptions("public-toilets"), as_json=False) == ExitCode.DONE
    assert "A row is a toilet." in capsys.readouterr().out
    assert (root / "public-toilets/datapackage.yaml").read_bytes() == before


def test_answers_of_a_publisher_are_asked_and_written_beside_what_is_there(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / "public-toilets/publishers/camden.yaml"
    before = path.read_text()
    # the return key keeps an answer and its line; the last is the role
    typed = ["maybe", "?", 'It may: "names" # of people'] + ["", ""] * 11 + ["dpo"]
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(typed) + "\n"))
    wanted = QuestionsOptions("public-toilets/camden", seen_by=("dpo",))
    assert run_questions(wanted, as_json=False) == ExitCode.WAITING
    assert path.read_text().startswith(before)
    answers = load_spec(Identity("public-toilets", "camden"), root).answers
    assert answers.to["people"].say == "not sure"
    assert answers.to["people"].why == 'It may: "names" # of people'
    assert answers.to["named"] == generic_spec("public-toilets", root).answers.to["named"]
    assert (answers.role, answers.seen_by) == ("dpo", ["dpo"])
    # what was not said asks for an impact assessment
    assert "impact assessment" in capsys.readouterr().out


def test_answers_from_a_file_replace_those_before_and_the_same_again_changes_nothing(
    root: Path, tmp_path: Path
) -> None:
    path = root / "public-toilets/datapackage.yaml"
    before = yaml.safe_load(path.read_text())
    file = tmp_path / "answers.yaml"
    file.write_text(
        "\n".join(f"{name}: no" for name in questions() if name != "words") + "\nwords: {say: yes, why: ü}\n"
    )
    wanted = QuestionsOptions("public-toilets", answers=file, role="asset-owner")
    assert run_questions(wanted, as_json=False) == ExitCode.DONE
    assert run_questions(wanted, as_json=True) == ExitCode.UNCHANGED
    after = yaml.safe_load(path.read_text())
    assert before | {"answers": 0} == after | {"answers": 0}
    assert after["answers"]["to"]["words"] == {"say": "yes", "why": "ü"}
    assert path.read_text().count("\nanswers:") == 1


def test_answers_that_went_stale_are_kept_for_what_is_there_now(root: Path) -> None:
    path = root / "public-toilets/datapackage.yaml"
    path.write_text(path.read_text().replace("license: OGL-UK-3.0", "license: CC-BY-4.0"))
    wanted = QuestionsOptions("public-toilets")
    assert run_questions(wanted, as_json=True) == ExitCode.WAITING
    assert run_questions(QuestionsOptions("public-toilets", keep=True), as_json=True) == ExitCode.DONE
    assert run_questions(wanted, as_json=True) == ExitCode.DONE


def test_yaml_is_printed_and_nothing_written(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "public-toilets/publishers/camden.yaml"
    before = path.read_bytes()
    options = QuestionsOptions("public-toilets/camden", keep=True, only_print=True)
    assert run_questions(options, as_json=False) == ExitCode.DONE
    printed = yaml.safe_load(capsys.readouterr().out)["answers"]
    assert AnswersSpec.model_validate(printed).to == generic_spec("public-toilets", root).answers.to
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("wanted", "text", "role", "said"),
    [
        ("public-toilets", "people: no", "dpo", "named, neighbour"),
        ("public-toilets", "- no", "dpo", "holds no answers"),
        ("public-toilets", "{", "dpo", "cannot be read"),
        ("public-toilets", "people: perhaps", "dpo", "do not fit"),
        ("public-toilets", "peeple: no", "dpo", "Did you mean “people”"),
        ("public-toilets", "people: no", "mayor", "do not fit"),
        ("public-toilets/london", "people: no", "dpo", "All of London"),
        ("public-toilet", "people: no", "dpo", "There is no dataset"),
    ],
)
def test_what_cannot_be_an_answer_is_said_and_nothing_written(
    wanted: str, text: str, role: str, said: str, root: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    file = tmp_path / "answers.yaml"
    file.write_text(text)
    with pytest.raises(SetupProblem) as caught:
        run_questions(QuestionsOptions(wanted, answers=file, role=role), as_json=False)
    assert said in f"{caught.value.what} {caught.value.fix}"
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == before


def test_a_new_dataset_has_the_questions_in_its_file(root: Path, tmp_path: Path) -> None:
    run_new("bicycle-stands", as_json=True)
    text = (root / "bicycle-stands/datapackage.yaml").read_text()
    assert all(f"    # {name}: " in text for name in questions())
    assert generic_spec("bicycle-stands", root).answers.unanswered == tuple(questions())
    file = tmp_path / "answers.yaml"
    file.write_text("\n".join(f"{name}: no" for name in questions()))
    options = QuestionsOptions("bicycle-stands", answers=file, role="data-officer")
    assert run_questions(options, as_json=True) == ExitCode.DONE
