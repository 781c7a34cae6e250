"""A standing approval: inside it nobody is asked, outside it one request names the clause."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from flows.decisions.asking import envelope_of
from flows.decisions.book import read_book
from flows.decisions.deciding import Proven, Wish, decide_subject, draft_decision, note_subject
from flows.decisions.facts import Envelope, Request
from flows.decisions.queue import open_subjects
from flows.outcome import Outcome, PublishJob
from flows.publish import judged_case, publish
from flows.services import Services
from flows.settings import Settings
from packages.model import Identity, Verdict
from packages.spec import DATASETS
from tests.datasets.test_samples import NOT_PUBLISHED, few_of_each
from tests.flows.city import GOOD, make_city

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
EVERYBODY = {
    "people": [
        {"id": "owner", "roles": {"all": ["asset-owner"]}},
        {"id": "dpo", "roles": {"all": ["dpo"]}},
    ]
}


def at(night: int) -> dt.datetime:
    return NIGHT + dt.timedelta(days=night)


def people(services: Services) -> None:
    services.settings.home.mkdir(parents=True, exist_ok=True)
    path = services.settings.home / "people.yaml"
    path.write_text(yaml.safe_dump(EVERYBODY))
    path.chmod(0o600)


def put_into_envelope(identity: Identity, services: Services, night: int, until: dt.date) -> Envelope:
    case = judged_case(PublishJob(identity), services, at(night))
    envelope = envelope_of(case, Decimal("0.5"), until)
    note_subject(envelope, services, at(night))
    for name in ("owner", "dpo"):
        book = read_book(identity, services)
        if book.envelope():
            break
        decision = draft_decision(envelope, Wish("approve", (1,)), book, name, at(night).date())
        decide_subject(envelope, decision, Proven(name, "ckan"), services, at(night))
    return envelope


def always_asked(datasets: Path) -> None:
    for path in datasets.glob("*/quality.yaml"):
        content = yaml.safe_load(path.read_text()) or {}
        path.write_text(yaml.safe_dump(content | {"approval": "always"}))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = Services(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden"), lease_wait=0))
    always_asked(made.settings.datasets)
    people(made)
    return made


def run(services: Services, night: int = 0) -> Outcome:
    return publish(PublishJob(CAMDEN), services, at(night))


def clauses(services: Services, night: int) -> tuple[str, ...]:
    (opened,) = open_subjects(CAMDEN, services, at(night))
    assert isinstance(opened.subject, Request)
    return opened.subject.clauses


def test_inside_it_nobody_is_asked(services: Services, drop: Path) -> None:
    assert run(services).verdict == "held"
    put_into_envelope(CAMDEN, services, 0, at(200).date())
    for night, height in enumerate(("12.5", "13.5", "14.5"), start=1):
        drop.write_text(GOOD.replace("12.5", height))
        outcome = run(services, night)
        assert outcome.verdict == "publish"
        report = (Path(outcome.report) / "report.json").read_text()
        assert "Inside a standing approval by the asset owner" in report
    assert len(services.ledger.records(CAMDEN, "request")) == 1, "the one from before the envelope"


MORE_ROWS = GOOD + "".join(f"T1{n:02},Acer campestre,02/02/2021,3.5\n" for n in range(9))
WITH_COLUMN = "\n".join(f"{row},{'Girth' if n == 0 else 9}" for n, row in enumerate(GOOD.splitlines())) + "\n"
WITHOUT_COLUMN = "".join(line.rpartition(",")[0] + "\n" for line in GOOD.splitlines())
OTHER_LICENCE = ("license: OGL-UK-3.0", "license: CC-BY-4.0")
NEW_NATURE = ("name: species, type: string", "name: species, nature: payee, type: string")


@pytest.mark.parametrize(
    ("content", "described", "clause"),
    [
        (WITH_COLUMN, None, "columns"),
        (WITHOUT_COLUMN, None, "columns"),
        (MORE_ROWS, None, "rows"),
        (GOOD, NEW_NATURE, "natures"),
        (GOOD, OTHER_LICENCE, "licence"),
        (GOOD.replace("T002", "Mrs Ada Fictitious"), None, "findings"),
    ],
    ids=["a column more", "a column less", "rows", "nature", "licence", "findings"],
)
def test_outside_it_one_request_names_the_clause(
    content: str, described: tuple[str, str] | None, clause: str, services: Services, drop: Path
) -> None:
    put_into_envelope(CAMDEN, services, 0, at(200).date())
    assert run(services).verdict == "publish"
    drop.write_text(content.replace("12.5", "13.5"))
    path = services.settings.datasets / "street-trees/datapackage.yaml"
    if described:
        assert described[0] in path.read_text()
        path.write_text(path.read_text().replace(*described))
    assert run(services, 1).verdict == "held"
    assert run(services, 2).verdict == "held"
    # fewer or more rows are also a finding, and another nature is also another class
    assert clause in [c.partition(" ")[0] for c in clauses(services, 2)]
    assert len(services.ledger.records(CAMDEN, "request")) == 1
    report = (Path(run(services, 3).report) / "report.json").read_text()
    assert "outside what was approved beforehand" in report


def test_it_ends(services: Services, drop: Path) -> None:
    put_into_envelope(CAMDEN, services, 0, at(10).date())
    assert run(services, 10).verdict == "publish"
    drop.write_text(GOOD.replace("12.5", "13.5"))
    assert run(services, 11).verdict == "held"
    assert [c.partition(" ")[0] for c in clauses(services, 11)] == ["end"]


def test_it_can_be_taken_back(services: Services, drop: Path) -> None:
    envelope = put_into_envelope(CAMDEN, services, 0, at(200).date())
    book = read_book(CAMDEN, services)
    back = draft_decision(envelope, Wish("return", (1,), reason="Draw it closer"), book, "owner", at(1).date())
    decide_subject(envelope, back, Proven("owner", "ckan"), services, at(1))
    assert read_book(CAMDEN, services).envelope() is None
    assert run(services, 2).verdict == "held"


def test_a_proposed_one_changes_nothing(services: Services, drop: Path) -> None:
    put_into_envelope(CAMDEN, services, 0, at(200).date())
    case = judged_case(PublishJob(CAMDEN), services, at(1))
    note_subject(envelope_of(case, Decimal("5"), at(200).date()), services, at(1))
    drop.write_text(MORE_ROWS)
    assert run(services, 1).verdict == "held"


@pytest.mark.slow
def test_a_night_over_the_shipped_samples_asks_nobody_and_one_more_column_asks_once(tmp_path: Path) -> None:
    datasets = tmp_path / "datasets"
    shutil.copytree(DATASETS, datasets)
    always_asked(datasets)
    services = Services(Settings(home=tmp_path / "home", datasets=datasets, lease_wait=0))
    people(services)
    members = few_of_each()
    for identity in members:
        put_into_envelope(identity, services, 0, at(200).date())
    outcomes = [publish(PublishJob(identity), services, at(1)) for identity in members]
    stopped = [o.identity for o in outcomes if o.verdict not in ("publish", "unchanged")]
    assert [i for i in stopped if publish(PublishJob(i), services, at(2)).verdict != "blocked"] == []
    beyond_approval = {name for name, verdict in NOT_PUBLISHED.items() if verdict is Verdict.BLOCKED}
    assert {str(identity) for identity in stopped} == beyond_approval
    assert services.ledger.records(None, "request") == ()

    sample = next(datasets.glob("spend-over-500/samples/camden/*.csv"))
    first, *rows = sample.read_text(encoding="utf-8").splitlines()
    sample.write_text("\n".join([f"{first},Girth", *(f"{row},9" for row in rows)]) + "\n", encoding="utf-8")
    for identity in members:
        publish(PublishJob(identity), services, at(3))
    (request,) = services.ledger.records(None, "request")
    assert request.identity == Identity("spend-over-500", "camden")
    assert [clause.partition(" ")[0] for clause in request.body["clauses"]] == ["columns"]
