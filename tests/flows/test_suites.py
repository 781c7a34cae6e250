"""Of which expectations Great Expectations is asked: those that are not proven, or all when something has changed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows import examine
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.model import Identity
from quality.suites.expectations import ExpectationAnswer, ExpectationQuestion
from quality.suites.gx_worker import WORKER
from quality.suites.suite import ASKED, PROVEN
from tests.flows.city import GOOD, make_city

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
WORDS = {"title": "Title", "what": "$count of $of.", "fix": "Mend them.", "why": "Because."}
HIGH = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "height_m", "max_value": 100}} | WORDS
NAMED = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "species"}} | WORDS


@pytest.fixture
def city(tmp_path: Path) -> Path:
    made = make_city(tmp_path, "camden")
    describe(made, HIGH, NAMED)
    return made


def describe(city: Path, *expectations: dict[str, Any]) -> None:
    suites = [{"resource": "trees", "expectations": list(expectations)}]
    (city / "street-trees/quality.yaml").write_text(yaml.safe_dump({"suites": suites}))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The types that Great Expectations is asked of; it finds everything in order."""
    types: list[str] = []

    def answer(questions: Sequence[ExpectationQuestion], *_: object) -> dict[str, ExpectationAnswer]:
        types.extend(question.type for question in questions)
        return {question.name: ExpectationAnswer(True) for question in questions}

    monkeypatch.setattr(WORKER, "prepare", lambda: None)
    monkeypatch.setattr(WORKER, "_asked_child", answer)
    return types


def run(city: Path, night: int = 0, **settings: Any) -> Outcome:
    services = Services(Settings(home=city.parent / "home", datasets=city, **settings))
    return publish(PublishJob(CAMDEN), services, NIGHT + dt.timedelta(days=night))


def receive(city: Path, content: str) -> None:
    (city.parent / "drop/camden/trees.csv").write_text(content)


def settled(outcome: Outcome) -> list[str]:
    found = json.loads((Path(outcome.report or "") / "report.json").read_text())
    return [check["settled"] for check in found["checks"] if "settled" in check]


def test_what_is_proven_is_not_asked_and_the_report_says_so(city: Path, asked: list[str]) -> None:
    assert settled(run(city)) == [PROVEN, PROVEN]
    receive(city, GOOD.replace("12.5", "12.6"))
    assert settled(run(city, night=1)) == [PROVEN, PROVEN]
    assert asked == []


def test_what_is_not_proven_is_asked_alone(city: Path, asked: list[str]) -> None:
    receive(city, GOOD.replace("12.5", "120.5"))
    assert settled(run(city)) == [ASKED, PROVEN]
    assert asked == [HIGH["type"]]


def test_the_setting_asks_for_everything(city: Path, asked: list[str]) -> None:
    assert settled(run(city, suites="full")) == [ASKED, ASKED]
    assert asked == [HIGH["type"], NAMED["type"]]


def test_a_changed_suite_or_version_is_judged_whole_once(
    city: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(city)
    describe(city, HIGH | {"kwargs": {"column": "height_m", "max_value": 200}}, NAMED)
    receive(city, GOOD.replace("12.5", "12.6"))
    assert settled(run(city, night=1)) == [ASKED, ASKED]
    receive(city, GOOD.replace("12.5", "12.7"))
    assert settled(run(city, night=2)) == [PROVEN, PROVEN]
    monkeypatch.setattr(examine, "VERSION", "another")
    receive(city, GOOD.replace("12.5", "12.8"))
    assert settled(run(city, night=3)) == [ASKED, ASKED]
    receive(city, GOOD.replace("12.5", "12.9"))
    assert settled(run(city, night=4)) == [PROVEN, PROVEN]


def test_a_release_whose_report_says_nothing_of_suites_is_judged_whole(city: Path, asked: list[str]) -> None:
    first = run(city)
    for path in (city.parent / "home").rglob("report.json"):
        report = json.loads(path.read_text())
        # the site may hold the same file by another name
        report.pop("suites", None)
        for check in report["checks"]:
            check.pop("settled", None)
        path.chmod(0o644)
        path.write_text(json.dumps(report))
    receive(city, GOOD.replace("12.5", "12.6"))
    second = run(city, night=1)
    assert (first.verdict, second.verdict) == ("publish", "publish")
    assert len(asked) == 2


def test_how_it_was_settled_does_not_change_a_release(city: Path, asked: list[str]) -> None:
    first = run(city)
    other = city.parent / "other"
    services = Services(Settings(home=other, datasets=city, suites="full"))
    second = publish(PublishJob(CAMDEN), services, NIGHT)
    assert asked
    assert first.release == second.release
