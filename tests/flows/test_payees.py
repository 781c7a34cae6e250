"""A payee that looks like a private person is asked about once; its borough's answer is kept without its name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from flows.decisions.deciding import Wish
from flows.decisions.queue import open_subjects
from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.model import Identity, Verdict
from tests.flows.city import make_city
from tests.flows.signers import Signers

NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
CAMDEN = Identity("street-trees", "camden")
HEADINGS = "Tag,Species,Planting date,Height (m)\n"
FIRST = "T001,Agnieszka Kowalska,01/03/2019,12.5\nT002,Quillstone Ltd,01/03/2019,12.5\n"


@pytest.fixture
def services(tmp_path: Path) -> Services:
    datasets = make_city(tmp_path, "camden")
    package = datasets / "street-trees/datapackage.yaml"
    text = package.read_text().replace(
        "title: Species, description: The Latin name., safe: true",
        "title: Species, description: Who was paid., nature: payee",
    )
    package.write_text(text)
    return Services(Settings(home=tmp_path / "home", datasets=datasets))


def judged(services: Services, tmp_path: Path, rows: str, night: int, *, yes: bool = False) -> str:
    (tmp_path / "drop/camden/trees.csv").write_text(HEADINGS + rows)
    return publish(PublishJob(CAMDEN, yes=yes), services, NIGHT + dt.timedelta(days=night)).verdict


@pytest.fixture
def owner(tmp_path: Path, services: Services) -> Signers:
    signers = Signers(tmp_path / "keys")
    signers.add("owner", {"camden": ["asset-owner"]})
    signers.save(services)
    return signers


def test_a_payee_is_asked_about_once(services: Services, tmp_path: Path, owner: Signers) -> None:
    assert judged(services, tmp_path, FIRST, 0) == Verdict.HELD
    # an account proves nobody, and a payee may be a person
    assert judged(services, tmp_path, FIRST, 0, yes=True) == Verdict.HELD
    assert services.ledger.known_payees("camden") == frozenset()
    (opened,) = open_subjects(CAMDEN, services, NIGHT)
    owner.decide("owner", opened.subject, Wish("approve", (1,)), services, NIGHT)
    assert judged(services, tmp_path, FIRST, 1) == Verdict.PUBLISH
    assert len(services.ledger.known_payees("camden")) == 1
    assert judged(services, tmp_path, FIRST + "T003,Thames Paper Ltd,01/03/2019,1.5\n", 2) == Verdict.PUBLISH
    assert judged(services, tmp_path, FIRST + "T004,J. Okafor,01/03/2019,1.5\n", 3) == Verdict.HELD
    assert b"Kowalska" not in (services.settings.home / "ledger.sqlite").read_bytes()
