"""What is special about another CKAN: which resource, on which host, and whether its rows are all there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from pydantic import ValidationError

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources.transport.download import FetchContext
from packages.spec import CkanSource
from tests.packages.sources.portals import CkanPortal, as_csv
from tests.packages.sources.server import Server, send, send_json, send_unmeasured, stored

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def portal(server: Server) -> CkanPortal:
    portal = CkanPortal(server)
    server.portal = portal
    return portal


def get(server: Server, tmp_path: Path, previous: Extract | None = None, **told: object) -> Fetched:
    source = CkanSource(kind="ckan", url=server.url("/data/"), **told)  # type: ignore[arg-type]
    return fetch(
        source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, previous=previous, allow_local=True)
    )


@pytest.mark.parametrize("nested", [True, False])
def test_takes_the_newest_resource_by_its_name(
    nested: bool, portal: CkanPortal, server: Server, tmp_path: Path
) -> None:
    portal.nested = nested
    fetched = get(server, tmp_path, dataset="spend", match="*.csv")
    assert (fetched.extract.name, fetched.extract.url) == ("june.csv", server.url("/files/june.csv"))


def test_takes_the_one_added_last_where_names_tell_no_time(portal: CkanPortal, server: Server, tmp_path: Path) -> None:
    listed = [
        {"id": "a", "name": "Spend", "url": server.url("/files/may.csv"), "created": "2026-05-01"},
        {"id": "b", "name": "Spend", "url": server.url("/files/june.csv"), "created": "2026-06-01"},
    ]
    server.answers["/data/api/3/action/package_show"] = [send_json({"success": True, "result": {"resources": listed}})]
    assert get(server, tmp_path, dataset="spend").extract.name == "june.csv"


def test_no_resource_that_fits(portal: CkanPortal, server: Server, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="fits"):
        get(server, tmp_path, dataset="spend", match="*.xlsx")


def test_the_file_on_another_host_needs_leave(portal: CkanPortal, server: Server, tmp_path: Path) -> None:
    result = {"id": "x", "url": "https://files.bexley.example/x.csv"}
    server.answers["/data/api/3/action/resource_show"] = [send_json({"success": True, "result": result})]
    with pytest.raises(SetupProblem, match="not among the hosts"):
        get(server, tmp_path, resource="x")


@pytest.mark.parametrize("answer", [{"success": False, "error": {}}, {"success": True, "result": []}, {}])
def test_success_is_what_the_answer_says(
    answer: dict[str, object], portal: CkanPortal, server: Server, tmp_path: Path
) -> None:
    server.answers["/data/api/3/action/resource_show"] = [send_json(answer)]
    with pytest.raises(SetupProblem, match="does not know"):
        get(server, tmp_path, resource="x")


def test_a_dump_cut_short_is_found_by_the_count(portal: CkanPortal, server: Server, tmp_path: Path) -> None:
    cut = as_csv(portal.rows, portal.columns)[:200]
    server.answers["/data/datastore/dump/june"] = [send_unmeasured(cut)]
    with pytest.raises(TemporaryProblem, match="announced 25 rows"):
        get(server, tmp_path, resource="june", datastore=True)
    assert stored(tmp_path) == []
    server.answers["/data/datastore/dump/june"] = [send_unmeasured(cut), send(as_csv(portal.rows, portal.columns))]
    assert len(stored(tmp_path)) == 0
    assert get(server, tmp_path, resource="june", datastore=True).extract.name == "june.csv"


def test_a_login_page_in_place_of_the_dump(portal: CkanPortal, server: Server, tmp_path: Path) -> None:
    server.answers["/data/datastore/dump/june"] = [send(b"<html><body>Log in</body></html>")]
    with pytest.raises(FileProblem, match="web page"):
        get(server, tmp_path, resource="june", datastore=True)
    assert stored(tmp_path) == []


@pytest.mark.parametrize("told", [{}, {"resource": "a", "dataset": "b"}])
def test_a_resource_or_a_dataset(told: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="either"):
        CkanSource(kind="ckan", url="https://data.gov.example", **told)  # type: ignore[arg-type]
