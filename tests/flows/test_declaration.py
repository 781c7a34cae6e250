"""What the description says, against what is found, the law, the day, and what is public."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml

from flows.nightly import due_tonight
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.report_files import last_report
from flows.services import Services
from flows.settings import Settings
from packages.model import Identity
from tests.catalogue.public_site import files_left
from tests.flows.city import GOOD, answer_questions, make_city

CAMDEN = Identity("street-trees", "camden")
LONDON = Identity("street-trees", "london")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
TITLE = GOOD.replace("T002", "Mrs Ada Fictitious")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden", "lambeth"), lease_wait=0))


def describe(services: Services, natures: dict[str, str] | None = None, **governance: object) -> None:
    path = services.settings.datasets / "street-trees/datapackage.yaml"
    package = yaml.safe_load(path.read_text())
    package["governance"] = governance
    for field in package["resources"][0]["schema"]["fields"]:
        field["nature"] = (natures or {}).get(field["name"], "fact")
    path.write_text(yaml.safe_dump(package))


def run(services: Services, night: int = 0, identity: Identity = CAMDEN, **job: object) -> Outcome:
    return publish(PublishJob(identity, **job), services, NIGHT + dt.timedelta(days=night))  # type: ignore[arg-type]


def rules(services: Services) -> set[str]:
    report = last_report(CAMDEN, services)
    return {found.rule for found in report.findings} if report else set()


def test_none_declared_and_something_found_holds(services: Services, drop: Path) -> None:
    drop.write_text(TITLE)
    describe(services, personal_data="none")
    assert run(services).verdict == "held"
    assert "declaration-contradicted" in rules(services)
    describe(services, personal_data="personal")
    run(services)
    assert "declaration-contradicted" not in rules(services)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({}, "blocked"),
        ({"lawful_basis": "Public task", "condition": "Article 9(2)(g)"}, "blocked"),
        (
            {"lawful_basis": "Public task", "condition": "Article 9(2)(g)", "dpia": "Not needed; so few"},
            "blocked",
        ),
        ({"lawful_basis": "Public task", "dpia": "DPIA 2026/14"}, "blocked"),
        ({"lawful_basis": "Public task", "condition": "Article 9(2)(g)", "dpia": "DPIA 2026/14"}, "publish"),
    ],
)
def test_a_special_category_needs_basis_condition_and_assessment(
    said: dict[str, str], verdict: str, services: Services
) -> None:
    describe(services, personal_data="special-category", **said)
    assert run(services).verdict == verdict


@pytest.mark.parametrize("nature", ["person", "quasi-identifier", "home"])
def test_single_people_are_open_by_a_named_law_only(nature: str, services: Services) -> None:
    describe(services, {"species": nature}, personal_data="personal")
    assert run(services).verdict == "blocked"
    assert "people-without-law" in rules(services)
    law = "Representation of the People Act 1983"
    describe(services, {"species": nature}, personal_data="personal", law=law, dpia="DPIA 2026/14")
    answer_questions(services.settings.datasets, people="yes", named="yes", neighbour="yes", homes="yes")
    assert run(services).verdict == "publish"


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"reviewed": dt.date(2025, 11, 20)}, "review-overdue"),
        ({"reviewed": dt.date(2026, 8, 31), "review_months": 2}, "review-overdue"),
        ({"reviewed": dt.date(2026, 11, 1), "review_due": dt.date(2026, 11, 21)}, "review-overdue"),
        ({"sharing_reference": "ISG-1", "sharing_ends": dt.date(2026, 11, 21)}, "sharing-agreement-over"),
    ],
)
def test_what_has_lapsed_holds(said: dict[str, object], rule: str, services: Services) -> None:
    describe(services, **said)
    assert (run(services).verdict, rule in rules(services)) == ("held", True)


@pytest.mark.parametrize("said", [{"reviewed": dt.date(2025, 11, 22)}, {"sharing_ends": dt.date(2026, 11, 22)}])
def test_the_last_day_is_still_good_and_the_next_holds_what_is_public_already(
    said: dict[str, object], services: Services
) -> None:
    describe(services, **said)
    assert run(services).verdict == "publish"
    assert run(services, 1).verdict == "held"
    assert run(services, 2, yes=True).verdict == ("unchanged" if "reviewed" in said else "held")


@pytest.mark.parametrize("openness", ["closed", "shared"])
def test_what_is_not_open_any_more_goes_away_in_the_same_run(openness: str, services: Services, drop: Path) -> None:
    path = services.settings.datasets / "street-trees/datapackage.yaml"
    path.write_text(path.read_text().replace("cadence: monthly", "cadence: monthly\nunion: true"))
    for publisher in ("camden", "lambeth", "london"):
        assert run(services, identity=Identity("street-trees", publisher)).verdict == "publish"
    describe(services)
    own = services.settings.datasets / "street-trees/publishers/camden.yaml"
    own.write_text(own.read_text() + f"governance: {{openness: {openness}, reason: It named foster carers.}}\n")
    assert CAMDEN in due_tonight(services.settings, "*", False, (NIGHT + dt.timedelta(days=1)).date())
    outcome = run(services, 1)
    assert outcome.verdict == "withdrawn"
    places = (services.settings.site, services.settings.home / "releases")
    left = [path for place in places for path in files_left(place, "trees.*") if "lambeth" not in str(path.resolve())]
    assert left == []
    assert (
        "foster carers" in (services.settings.site / "current/datasets/street-trees/camden/withdrawn.json").read_text()
    )
    # and it stays away, without a second withdrawal
    assert run(services, 2).verdict == "held"
    acts = [step.state for step in services.ledger.steps(CAMDEN, "folder")]
    assert acts.count("withdrawn") == 1
