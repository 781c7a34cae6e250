"""What is special about ArcGIS: the limit of the server, errors with status 200, dates, layers without pages."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources.transport.download import FetchContext
from packages.spec import ArcgisSource
from tests.packages.sources.portals import ArcgisPortal
from tests.packages.sources.server import Answer, Query, Server, send, send_json, stored

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def portal(server: Server) -> ArcgisPortal:
    portal = ArcgisPortal()
    server.portal = portal
    return portal


def get(server: Server, tmp_path: Path, previous: Extract | None = None, **told: object) -> Fetched:
    source = ArcgisSource(kind="arcgis", url=server.url(ArcgisPortal.layer), **told)  # type: ignore[arg-type]
    return fetch(
        source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, previous=previous, allow_local=True)
    )


def lines(fetched: Fetched) -> list[str]:
    return fetched.extract.path.read_text().splitlines()


def test_attributes_become_csv_with_dates_on_londons_clocks(
    portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    portal.rows = [
        {"OBJECTID": 1, "name": "St John's Wood, “A”", "designated": 1_751_324_400_000},
        {"OBJECTID": 2, "name": None, "designated": -86_400_000},
        {"OBJECTID": 3, "name": "", "designated": None},
        {"OBJECTID": 4, "name": 0.1, "designated": 10**17},
    ]
    assert lines(get(server, tmp_path)) == [
        "OBJECTID,name,designated",
        '1,"St John\'s Wood, “A”",2025-07-01T00:00:00',
        "2,,1969-12-31T01:00:00",
        "3,,",
        "4,0.1,100000000000000000",
    ]


def test_asks_for_no_more_than_the_server_gives_and_goes_on(
    portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    assert len(lines(get(server, tmp_path))) == 26
    pages = [query for _, query in server.queries if "resultOffset" in query]
    assert [(q["resultOffset"], q["resultRecordCount"]) for q in pages] == [("0", "10"), ("10", "10"), ("20", "10")]
    assert {q["orderByFields"] for q in pages} == {"OBJECTID"}
    assert {q["returnGeometry"] for q in pages} == {"false"}


@pytest.mark.parametrize("inside", [True, False])
def test_geojson_pages_become_one_collection(
    inside: bool, portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    portal.geojson_says_more_inside = inside
    fetched = get(server, tmp_path, format="geojson")
    collection = json.loads(fetched.extract.path.read_text())
    assert fetched.extract.media_type == "application/geo+json"
    assert [feature["id"] for feature in collection["features"]] == list(range(1, 26))
    assert collection["features"][0]["geometry"]["coordinates"] == [-0.101, 51.5]


def test_a_service_without_pages_is_read_by_its_identifiers(
    portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    portal.paged = False
    assert [line.partition(",")[0] for line in lines(get(server, tmp_path))[1:]] == [str(n) for n in range(1, 26)]


def test_a_service_that_sends_small_pages_for_their_weight_is_read_to_the_end(
    portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    def heavy(path: str, query: Query) -> Answer:
        return portal(path, query | ({"resultRecordCount": "3"} if "resultOffset" in query else {}))

    server.portal = heavy
    assert len(lines(get(server, tmp_path))) == 26


def test_downloads_nothing_when_the_layer_dates_its_edits_as_before(
    portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    first = get(server, tmp_path)
    asked = len(server.asked)
    assert get(server, tmp_path, first.extract).unchanged
    assert len(server.asked) == asked + 1


def test_without_dates_the_digest_tells_that_nothing_changed(
    portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    portal.dated = False
    first = get(server, tmp_path)
    again = get(server, tmp_path, first.extract)
    assert (again.unchanged, len(stored(tmp_path))) == (True, 1)


@pytest.mark.parametrize("dated", [True, False])
def test_rows_that_come_while_reading_are_a_change(
    dated: bool, portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    portal.dated = dated
    changes = iter([True])

    def busy(path: str, query: Query) -> Answer:
        if query.get("resultOffset") == "10" and next(changes, False):
            portal.change()
        return portal(path, query)

    server.portal = busy
    assert len(lines(get(server, tmp_path))) == 27


def test_more_than_was_counted_is_no_whole(portal: ArcgisPortal, server: Server, tmp_path: Path) -> None:
    def wrong(path: str, query: Query) -> Answer:
        return send_json({"count": 20}) if "returnCountOnly" in query else portal(path, query)

    server.portal = wrong
    with pytest.raises(TemporaryProblem, match="announced 20 rows and gave more"):
        get(server, tmp_path)
    assert stored(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "problem", "words"),
    [
        (499, SetupProblem, "everybody"),
        (400, SetupProblem, "understand"),
        (500, TemporaryProblem, "busy"),
        (429, TemporaryProblem, "busy"),
        (None, SetupProblem, "understand"),
    ],
)
def test_errors_with_status_200_are_errors(
    code: int | None, problem: type[Exception], words: str, portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    server.answers[f"{portal.layer}/query"] = [send_json({"error": {"code": code, "message": "Token Required"}})]
    with pytest.raises(problem, match=words):
        get(server, tmp_path)


def test_only_the_fields_that_are_named(portal: ArcgisPortal, server: Server, tmp_path: Path) -> None:
    assert lines(get(server, tmp_path, fields=["NAME"]))[:2] == ["name", "Area 1"]
    with pytest.raises(SetupProblem, match="no field “nam”"):
        get(server, tmp_path, fields=["nam"])


def test_a_group_of_layers_is_no_table(portal: ArcgisPortal, server: Server, tmp_path: Path) -> None:
    server.answers[portal.layer] = [send_json({"id": 0, "type": "Group Layer"})]
    with pytest.raises(SetupProblem, match="no table"):
        get(server, tmp_path)


def test_an_empty_layer_is_no_data(portal: ArcgisPortal, server: Server, tmp_path: Path) -> None:
    portal.rows = []
    with pytest.raises(FileProblem, match="no rows"):
        get(server, tmp_path)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"features": {}}', b"[" * 100_000, b"\xff\xfe", b"null"])
def test_an_answer_of_another_shape_is_not_taken(
    body: bytes, portal: ArcgisPortal, server: Server, tmp_path: Path
) -> None:
    server.answers[f"{portal.layer}/query"] = [send_json({"count": 3}), send(body)]
    with pytest.raises(TemporaryProblem, match="broke off"):
        get(server, tmp_path)


def test_the_address_names_a_layer() -> None:
    with pytest.raises(ValidationError):
        ArcgisSource(kind="arcgis", url="https://camden.example/arcgis/rest/services/Planning/FeatureServer")
