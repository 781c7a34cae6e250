"""What an operator and the machines that watch see: runs, failures, the register, health, counters."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from flows.desk.app import desk_app
from flows.desk.desk import Desk
from flows.outcome import failed_outcome
from flows.site.update import record_failures
from flows.state.records import forget_chains
from packages.errors import TemporaryProblem
from packages.model import Identity
from tests.desk.conftest import ORIGIN, Browser, text_of
from tests.desk.waiting import CAMDEN, PAGE, all_idle, held_draft, held_source, now, publish_source
from tests.flows.city import PUBLISHER

Visit = Callable[..., Browser]


@pytest.fixture
def outside(desk: Desk) -> TestClient:
    """A program on another machine."""
    return TestClient(desk_app(desk), base_url=ORIGIN, client=("192.0.2.7", 50000), raise_server_exceptions=False)


# --- nights -----------------------------------------------------------------------------------------------------------


def test_a_run_is_told_with_what_did_not_become_public(visit: Visit, desk: Desk) -> None:
    publish_source(desk)
    held_source(desk)
    told = text_of(visit("operator").get("nights"))
    assert "1 held" in told
    assert "1 dataset listed anew" in told
    assert "No source fails" in told
    assert "The audit is whole" in told


def test_what_fails_says_why_until_it_works_again(visit: Visit, desk: Desk) -> None:
    problem = TemporaryProblem("The server of the borough does not answer.", fix="Try again later.")
    record_failures([failed_outcome(CAMDEN, problem)], desk.services, now())
    operator = visit("operator")
    told = text_of(operator.get("nights"))
    assert "The server of the borough does not answer." in told
    operator.post(f"{PAGE}/run")
    all_idle(desk)
    assert "No source fails" in text_of(operator.get("nights"))


def test_links_are_looked_at_when_somebody_asks(visit: Visit, desk: Desk) -> None:
    visit("operator").post(f"{PAGE}/run")
    all_idle(desk)
    assert "Every link of the pages answers" in text_of(visit("operator").get("nights?links=1"))


def test_the_way_to_prefect_is_shown_where_there_is_one(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The runs in Prefect" not in text_of(visit("operator").get("nights"))
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    assert 'href="http://127.0.0.1:4200"' in visit("operator").get("nights").text
    for wrong in ("http://user:secret@127.0.0.1:4200/api", "javascript:alert(1)"):
        monkeypatch.setenv("PREFECT_API_URL", wrong)
        assert "The runs in Prefect" not in text_of(visit("operator").get("nights"))


# --- the register -----------------------------------------------------------------------------------------------------


def test_the_register_is_looked_through(visit: Visit, desk: Desk) -> None:
    publish_source(desk)
    folder = desk.services.settings.datasets / "street-trees/publishers"
    (folder / "barnet.yaml").write_text(PUBLISHER.format(publisher="barnet", folder="nowhere"))
    officer = visit("officer")
    told = text_of(officer.get("register"))
    assert "2 of 2 datasets" in told
    assert "1 of 2 datasets" in text_of(officer.get("register", params={"publisher": "Barnet"}))
    assert "0 of 2 datasets" in text_of(officer.get("register", params={"publisher": "Barnet", "state": "Up to date"}))
    # what was chosen stays chosen
    page = officer.get("register", params={"publisher": "Barnet", "state": "Up to date"}).text
    assert re.search(r'value="Barnet" selected', page)
    # one links to what the visitor may see
    page = officer.get("register").text
    assert f'href="/{PAGE}"' in page
    assert 'href="/datasets/street-trees/barnet"' not in page
    assert officer.get("register", params={"publisher": "<script>"}).status_code == 200


def test_the_register_is_a_file_too(visit: Visit, desk: Desk) -> None:
    response = visit("officer").get("register.csv", params={"dataset": "Street trees"})
    (row,) = csv.DictReader(io.StringIO(response.text))
    assert (row["dataset"], row["publisher"]) == ("street-trees", "camden")
    assert response.headers["content-disposition"] == 'attachment; filename="register.csv"'


# --- health -----------------------------------------------------------------------------------------------------------


def test_it_is_alive_and_ready(outside: TestClient) -> None:
    for page, word in (("healthz", "alive"), ("readyz", "ready")):
        response = outside.get(f"/{page}")
        assert (response.status_code, response.text) == (200, f"{word}\n")
        assert "set-cookie" not in response.headers


def test_it_is_not_ready_where_it_cannot_work(outside: TestClient, desk: Desk) -> None:
    root = desk.drafts.root
    desk.drafts.root = root / "nowhere"
    response = outside.get("/readyz")
    assert response.status_code == 503
    assert "cannot be written to" in response.text
    desk.drafts.root = root
    publish_source(desk)
    with desk.services.ledger.database.engine.begin() as connection:
        for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE audit SET who = 'somebody else'")
    forget_chains()
    assert outside.get("/readyz").status_code == 503
    assert "The audit is not whole" in outside.get("/readyz").text
    forget_chains()


def test_health_answers_known_hosts_alone(outside: TestClient) -> None:
    for page in ("healthz", "readyz", "metrics"):
        assert outside.get(f"/{page}", headers={"host": "evil.example"}).status_code == 404


# --- counters ---------------------------------------------------------------------------------------------------------


def test_the_counters_are_for_this_machine_and_for_operators(visit: Visit, desk: Desk, outside: TestClient) -> None:
    assert outside.get("/metrics").status_code == 403
    near = TestClient(desk_app(desk), base_url=ORIGIN, client=("127.0.0.1", 50000))
    assert near.get("/metrics").status_code == 200
    assert visit("operator").get("metrics").status_code == 200
    assert visit("officer").get("metrics").status_code == 403


def test_requests_are_counted_by_page_and_never_by_address(visit: Visit, desk: Desk) -> None:
    draft, digest = held_draft(visit("officer"))
    visit("owner").get(f"queue/{digest}")
    visit("owner").get(f"drafts/{draft}")
    visit("owner").get(PAGE)
    visit().get("sign-in/link?key=guessed")
    visit().get("Mrs-Ada-Fictitious")
    text = visit("operator").get("metrics").text
    for canary in (draft, digest, "street-trees", "camden", "guessed", "Fictitious", "owner"):
        assert canary not in text
    samples = {
        (sample.name, sample.labels.get("page") or sample.labels.get("job", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["londata_desk_requests_total", "/queue/{digest:str}"] == 1
    assert samples["londata_desk_requests_total", "none"] == 1
    assert samples["londata_desk_seconds_count", "/datasets/{dataset:str}/{publisher:str}"] == 1
    assert samples["londata_desk_jobs_ended_total", "publish"] == 1
    assert samples["londata_desk_sign_ins_refused_total", ""] == 1
    assert samples["londata_desk_drafts", ""] == 1
    assert samples["londata_desk_jobs_waiting", ""] == 0


# --- the queue of a whole city ----------------------------------------------------------------------------------------


def test_the_queue_is_read_again_only_where_something_changed(
    visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held_source(desk)
    looked: list[Identity] = []
    from flows.desk import waiting

    real = waiting.open_subjects
    monkeypatch.setattr(
        waiting, "open_subjects", lambda identity, *more: looked.append(identity) or real(identity, *more)
    )
    for _ in range(3):
        visit("owner").get("queue")
    assert looked == [CAMDEN]
    held_source(desk, content="Tag,Species,Planting date,Height (m)\nMr A Canary,Acer,01/03/2019,1\n" * 1)
    visit("owner").get("queue")
    assert looked == [CAMDEN, CAMDEN]
    # who decides is read anew when people.yaml is
    file = desk.services.settings.home / "people.yaml"
    file.write_text(file.read_text().replace("id: owner,", "id: owner2,"))
    told = text_of(visit("dpo").get("queue"))
    assert len(looked) == 3
    assert "1 of them yours" in told
