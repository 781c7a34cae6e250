"""What is special about WFS: counts, pages that need an order, errors as XML, answers that carry the time of day."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources.transport.download import FetchContext
from packages.spec import WfsSource
from tests.packages.sources.portals import WfsPortal
from tests.packages.sources.server import Answer, Query, Server, send, send_unmeasured, stored

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
PATH = "/geoserver/planning/wfs"


@pytest.fixture
def portal(server: Server) -> WfsPortal:
    portal = WfsPortal()
    server.portal = portal
    return portal


def get(server: Server, tmp_path: Path, previous: Extract | None = None, **told: object) -> Fetched:
    described = {"kind": "wfs", "url": server.url(PATH), "layer": "planning:areas"} | told
    source = WfsSource.model_validate(described)
    return fetch(
        source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, previous=previous, allow_local=True)
    )


def test_geojson_pages_become_one_collection_with_its_coordinate_system(
    portal: WfsPortal, server: Server, tmp_path: Path
) -> None:
    fetched = get(server, tmp_path, sort_by="name", page_rows=10, srs="EPSG:27700")
    collection = json.loads(fetched.extract.path.read_text())
    assert [feature["id"] for feature in collection["features"]] == [f"areas.{n}" for n in range(1, 26)]
    assert collection["crs"]["properties"]["name"].endswith("27700")
    assert "timeStamp" not in collection
    pages = [query for _, query in server.queries if "resultType" not in query]
    assert [query.get("startIndex") for query in pages] == [None, "8", "16", "24"]
    assert {(query["sortBy"], query["srsName"]) for query in pages} == {("name", "EPSG:27700")}


def test_csv_pages_become_one_csv(portal: WfsPortal, server: Server, tmp_path: Path) -> None:
    fetched = get(server, tmp_path, format="csv", sort_by="name", page_rows=10)
    with fetched.extract.path.open(newline="") as file:
        assert [row["FID"] for row in csv.DictReader(file)] == [f"areas.{n}" for n in range(1, 26)]


def test_more_than_a_page_needs_an_order(portal: WfsPortal, server: Server, tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match="do not come in one page"):
        get(server, tmp_path, page_rows=10)


@pytest.mark.parametrize("version", ["2.0.0", "1.1.0"])
def test_gml_comes_whole_and_without_the_time_of_day(
    version: str, portal: WfsPortal, server: Server, tmp_path: Path
) -> None:
    extract = get(server, tmp_path, format="gml", version=version, page_rows=1).extract
    assert extract.path.read_bytes().count(b"<wfs:member>") == 25
    assert b"timeStamp" not in extract.path.read_bytes()[:4_096]
    limit = {"2.0.0": "count", "1.1.0": "maxFeatures"}[version]
    assert server.queries[-1][1][limit] == "25"


def test_a_server_that_keeps_rows_back_is_found_out(portal: WfsPortal, server: Server, tmp_path: Path) -> None:
    def meagre(path: str, query: Query) -> Answer:
        return portal(path, query | {"count": "5"})

    server.portal = meagre
    with pytest.raises(TemporaryProblem, match="announced 25 rows and gave 5"):
        get(server, tmp_path, format="gml")
    assert stored(tmp_path) == []


def test_gml_cut_short_without_a_word(portal: WfsPortal, server: Server, tmp_path: Path) -> None:
    hits = portal._collection([])
    server.answers[PATH] = [send(hits), send_unmeasured(portal._collection(portal.rows)[:-300])]
    with pytest.raises(TemporaryProblem, match="broke off"):
        get(server, tmp_path, format="gml")


def test_a_service_that_does_not_count_is_not_trusted(portal: WfsPortal, server: Server, tmp_path: Path) -> None:
    portal.counted = False
    with pytest.raises(SetupProblem, match="how many rows"):
        get(server, tmp_path)


@pytest.mark.parametrize("status", [200, 400])
def test_an_exception_report_is_for_the_description(
    status: int, portal: WfsPortal, server: Server, tmp_path: Path
) -> None:
    with pytest.raises(SetupProblem, match="understand"):
        get(server, tmp_path, layer="planning:nothing")
    old = b'<?xml version="1.0"?>\n<ServiceExceptionReport version="1.2.0"><ServiceException/></ServiceExceptionReport>'
    server.answers[PATH] = [send(old, status=status)]
    with pytest.raises(SetupProblem, match="understand"):
        get(server, tmp_path)


def test_a_web_page_after_the_count(portal: WfsPortal, server: Server, tmp_path: Path) -> None:
    server.answers[PATH] = [send(portal._collection([])), send(b"<html><body>Log in</body></html>")]
    with pytest.raises(FileProblem, match="web page"):
        get(server, tmp_path)


def test_the_service_keeps_its_own_parameters(portal: WfsPortal, server: Server, tmp_path: Path) -> None:
    get(server, tmp_path, url=server.url(f"{PATH}?map=planning"))
    assert {query["map"] for _, query in server.queries} == {"planning"}


def test_an_empty_layer_is_no_data(portal: WfsPortal, server: Server, tmp_path: Path) -> None:
    portal.rows = []
    with pytest.raises(FileProblem, match="no rows"):
        get(server, tmp_path)
