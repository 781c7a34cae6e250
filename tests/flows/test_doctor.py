"""What is wrong with a set-up is named, with what mends it; nothing is changed, and no secret is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.doctor.diagnosis import Diagnosis, PartState
from flows.doctor.doctor import doctor_exit_code, examine_setup
from flows.services import Services
from flows.settings import Settings
from flows.state.tables import PUBLICATIONS
from packages.errors import ExitCode
from tests.flows.city import make_city

NOW = dt.datetime(2026, 11, 30, 2, 15, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _without_a_prefect_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def examined(settings: Settings, now: dt.datetime = NOW) -> dict[str, Diagnosis]:
    return {one.part: one for one in examine_setup(Services(settings), now)}


def settings_of(root: Path, home: str = "home", **others: object) -> Settings:
    # hosts share their descriptions
    datasets = root / "datasets" if (root / "datasets").is_dir() else make_city(root, "camden")
    return Settings(home=root / home, datasets=datasets, **others)  # type: ignore[arg-type]


def test_a_fresh_home_on_one_machine_is_in_order(tmp_path: Path) -> None:
    found = examined(settings_of(tmp_path))
    assert {part for part, one in found.items() if one.state is PartState.NOT_USED} == {
        "clock",
        "object store",
        "signatures",
        "Prefect",
        "Dask",
        "desk",
    }
    assert {one.state for one in found.values()} == {PartState.IN_ORDER, PartState.NOT_USED}
    assert doctor_exit_code(list(found.values())) is ExitCode.DONE


def test_it_asks_and_leaves_the_ledger_without_a_step(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    examined(settings)
    assert Services(settings).ledger.database.rows(sa.select(PUBLICATIONS)) == []


def test_hosts_with_other_descriptions_and_another_key_are_named(tmp_path: Path, ledger_url: str) -> None:
    first = settings_of(tmp_path, "first", ledger_url=ledger_url)
    examined(first)
    elsewhere = tmp_path / "elsewhere"
    second = Settings(home=elsewhere / "second", datasets=make_city(elsewhere, "barnet"), ledger_url=ledger_url)
    told = examined(second)["hosts"]
    assert told.state is PartState.TO_MEND
    assert str(first.home) in told.what
    assert "other descriptions, another instance key" in told.what
    assert "other versions" not in told.what
    # the key itself is told by nobody
    assert (first.home / "instance.key").read_text().strip()[:8] not in repr(told)


def test_hosts_that_share_their_key_and_descriptions_are_in_order(tmp_path: Path, ledger_url: str) -> None:
    key = "ab" * 32
    for home in ("first", "second"):
        settings = settings_of(tmp_path, home, ledger_url=ledger_url, instance_key=key)
        told = examined(settings)["hosts"]
    assert told == Diagnosis(
        "hosts", PartState.IN_ORDER, "2 hosts work with the same version, libraries, descriptions and key."
    )


def test_a_host_that_missed_two_nights_counts_no_more(tmp_path: Path, ledger_url: str) -> None:
    examined(settings_of(tmp_path, "first", ledger_url=ledger_url), NOW - dt.timedelta(days=3))
    told = examined(settings_of(tmp_path, "second", ledger_url=ledger_url))["hosts"]
    assert told.what == "No other host was at work in the last two days."


def test_the_clock_is_compared_where_hosts_share_a_ledger(tmp_path: Path, postgres: str) -> None:
    told = examined(settings_of(tmp_path, ledger_url=postgres))["clock"]
    assert told.state is PartState.IN_ORDER


def test_a_ledger_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://londata:canary-31@127.0.0.1:1/ledger"
    found = examined(settings_of(tmp_path, ledger_url=url))
    assert {part for part, one in found.items() if one.state is PartState.TO_MEND} == {"ledger", "clock", "hosts"}
    assert "canary-31" not in repr(found)
    assert doctor_exit_code(list(found.values())) is ExitCode.SETUP


def test_an_object_store_is_tried_and_a_ledger_beside_it_has_to_be_shared(tmp_path: Path) -> None:
    from tests.s3 import moto_server

    with moto_server() as address:
        there = {
            "store_url": address.url,
            "store_endpoint": address.endpoint,
            "store_region": address.region,
            "store_key_id": address.key_id,
            "store_secret": address.secret,
        }
        alone = examined(settings_of(tmp_path, **there))
        missing = examined(settings_of(tmp_path, **(there | {"store_url": "s3://another-bucket"})))
    assert alone["object store"].state is PartState.TO_MEND
    assert "is on this host alone" in alone["object store"].what
    assert missing["object store"].what == "There is no bucket s3://another-bucket."
    assert address.secret not in repr((alone, missing))


def test_a_description_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    path = next(settings.datasets.glob("*/publishers/camden.yaml"))
    path.write_text(path.read_text().replace("layouts:", "layoutz:"))
    told = examined(settings)["descriptions"]
    assert told.state is PartState.TO_MEND
    assert "layoutz" in told.what


def test_a_catalogue_without_a_token_is_to_mend_and_stops_no_other_check(tmp_path: Path) -> None:
    found = examined(settings_of(tmp_path, catalogue="ckan", ckan_url="https://data.example.org"))
    assert found["catalogue"].state is PartState.TO_MEND
    assert "LONDATA_CKAN_TOKEN" in found["catalogue"].fix
    assert found["hosts"].state is PartState.IN_ORDER


def test_a_server_that_does_not_answer_may_pass_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    # another test may have imported Prefect, which reads the environment only then
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}):
        found = examined(settings_of(tmp_path, task_runner="dask", dask_address="tcp://127.0.0.1:1"))
    assert (found["Prefect"].state, found["Dask"].state) == (PartState.TO_MEND, PartState.TO_MEND)
    # workers elsewhere cannot share SQLite, and that does not pass by itself
    assert found["ledger"].state is PartState.TO_MEND
    assert doctor_exit_code([found["Prefect"], found["Dask"]]) is ExitCode.TEMPORARY
    assert doctor_exit_code(list(found.values())) is ExitCode.SETUP
