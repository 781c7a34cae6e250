"""Our DataPress is as the public description says: the official client works with it, the rest is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.datapress.server import KEY, Server, datapress


@pytest.fixture
def server() -> Iterator[Server]:
    with datapress() as made:
        yield made


def call(server: Server, method: str, path: str, key: str = KEY, **options: Any) -> requests.Response:
    return requests.request(method, server.url + path, headers={"Authorization": key}, timeout=30, **options)


@pytest.fixture
def made(server: Server) -> str:
    told = {"title": "Test Dataset", "masthead": "gla", "team": "53oj7"}
    return str(call(server, "POST", "/api/dataset", json=told).json()["dataset"]["id"])


def test_the_official_client_works_with_it(server: Server, made: str, tmp_path: Path) -> None:
    """Its own integration tests, in short (`pip install datapress`)."""
    client_module = pytest.importorskip("datapress", reason="the official client is not installed")
    client = client_module.DataPressClient(KEY, server.url)
    assert {"id", "title", "email", "admin", "memberships"} <= client.whoami().keys()
    with pytest.raises(client_module.client.AuthenticationError):
        client_module.DataPressClient("another", server.url).whoami()
    file = tmp_path / "test.csv"
    file.write_text("name,age\nAlice,30\n")
    frame = {"from": "2024-01", "to": "2025-04"}
    sent = client.upload_file(made, file, title="Test", description="First", timeframe=frame)
    resource = client.get_dataset(made)["resources"][sent["resource_id"]]
    assert (resource["title"], resource["format"]) == ("Test", "csv")
    assert resource["timeframe"] == frame
    assert client.download_file(made, sent["resource_id"]) == file.read_bytes()
    file.write_bytes(b"x" * (5 * 1024 * 1024 + 7))
    again = client.upload_file(made, file, resource_id=sent["resource_id"])
    assert again["resource_id"] == sent["resource_id"]
    assert again["resource"]["size"] == 5 * 1024 * 1024 + 7
    patch = [{"op": "remove", "path": f"/resources/{sent['resource_id']}"}]
    assert client.patch_dataset(made, patch)["dataset"]["resources"] == {}


@pytest.mark.parametrize(
    ("patch", "status"),
    [
        ([{"op": "test", "path": "/title", "value": "Another"}, {"op": "remove", "path": "/contact"}], 400),
        ([{"op": "replace", "path": "/title", "value": ""}], 400),
        ([{"op": "add", "path": "/extras", "value": {}}], 400),
        ([{"op": "add", "path": "/custom/unknown", "value": "x"}], 400),
        ([{"op": "replace", "path": "/sharing", "value": "secret"}], 400),
        ([{"op": "add", "path": "/resources/abc", "value": {}}], 400),
        ([{"op": "replace", "path": "/contact", "value": {"name": "x"}}], 400),
        ({"title": "x"}, 400),
        ([{"op": "replace", "path": "/id", "value": "other"}], 200),
    ],
)
def test_a_patch_is_done_as_a_whole_or_refused(server: Server, made: str, patch: object, status: int) -> None:
    before = call(server, "GET", f"/api/v3/dataset/{made}").json()
    answer = call(server, "PATCH", f"/api/v3/dataset/{made}", json=patch)
    assert answer.status_code == status
    assert call(server, "GET", f"/api/v3/dataset/{made}").json() == before


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"filename": "a.csv", "parts": 0}, 400),
        ({"filename": "a/b.csv", "parts": 1}, 400),
        ({"filename": "a.csv"}, 400),
        ({"filename": "a.csv", "parts": 1, "hash": "x"}, 400),
        ({"filename": "a.csv", "parts": 1, "resource_id": "zzz"}, 404),
        ({"filename": "a.csv", "parts": 1, "timeframe": {"from": "January"}}, 400),
    ],
)
def test_an_upload_that_is_refused(server: Server, made: str, told: dict[str, object], status: int) -> None:
    assert call(server, "POST", f"/api/v3/dataset/{made}/upload", json=told).status_code == status


def test_an_upload_needs_every_part_and_ends_once(server: Server, made: str) -> None:
    session = call(server, "POST", f"/api/v3/dataset/{made}/upload", json={"filename": "a.csv", "parts": 2}).json()

    def post(url: str, **options: Any) -> int:
        return requests.post(url, headers={"Authorization": KEY}, timeout=30, **options).status_code

    assert post(session["urlChunk"], files={"file": b"x"}, data={"part": "2"}) == 400
    assert post(session["urlChunk"], files={"chunk": b"x"}, data={"part": "1"}) == 400
    assert post(session["urlChunk"], files={"file": b"x"}, data={"part": "1"}) == 200
    assert post(session["urlComplete"]) == 400
    assert post(session["urlChunk"], files={"file": b"y" * 5 * 1024 * 1024}, data={"part": "0"}) == 200
    assert post(session["urlComplete"]) == 200
    assert post(session["urlComplete"]) == 404


def test_what_is_private_is_for_its_team(server: Server, made: str) -> None:
    patch = [{"op": "replace", "path": "/sharing", "value": "private"}]
    call(server, "PATCH", f"/api/v3/dataset/{made}", json=patch)
    assert call(server, "GET", f"/api/v3/dataset/{made}", key="").status_code == 403
    assert call(server, "GET", "/api/v3/datasets/export.json", key="").json() == []
    assert len(call(server, "GET", "/api/v3/datasets/export.json").json()) == 1
    assert call(server, "GET", "/api/v3/whoami", key="").json() is None
    assert call(server, "PATCH", f"/api/v3/dataset/{made}", key="", json=patch).status_code == 403
