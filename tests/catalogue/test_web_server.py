"""The small server: files, parts of files, what is gone, and the questions of a CKAN."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.backends.folder import FolderCatalogue
from catalogue.listing import listing_of, release_path
from catalogue.web.public_site import FolderSite
from catalogue.web.server import ByteRange, UnsatisfiableRange, asked_range, site_server
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, release, spec

CAMDEN = Identity("spend-over-500", "camden")
HACKNEY = Identity("brownfield-land", "hackney")
Answer = tuple[int, dict[str, str], bytes]
"""Status, headers by their names in small letters, and content."""

FOLDER = "/datasets/spend-over-500/camden/"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    catalogue = FolderCatalogue(tmp_path / "site")
    for rows, identity in ((ROWS[:1], CAMDEN), (ROWS[:2], CAMDEN), (ROWS, CAMDEN), (ROWS, HACKNEY)):
        sealed = release(tmp_path / "releases", identity, rows)
        catalogue.publish(listing_of(sealed, spec(identity), publisher(identity.publisher)), sealed, now=LATER)
    catalogue.withdraw(HACKNEY, reason="It named people.", now=LATER)
    catalogue.rebuild()
    return catalogue.current


@pytest.fixture
def port(site: Path) -> Iterator[int]:
    server = site_server(FolderSite(site), 0, quiet=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def ask(
    port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.headers.items()}, content


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=2-5", ByteRange(2, 4)),
        ("bytes=2-", ByteRange(2, 8)),
        ("bytes=-3", ByteRange(7, 3)),
        ("bytes=-30", ByteRange(0, 10)),
        ("bytes=5-999", ByteRange(5, 5)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("lines=1-2", None),
        ("bytes=0-1,4-5", None),
    ],
)
def test_a_range_is_a_part_of_a_file(header: str, expected: ByteRange | None) -> None:
    assert asked_range(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_beyond_the_file_is_refused(header: str) -> None:
    with pytest.raises(UnsatisfiableRange):
        asked_range(header, 10)


def test_files_are_given_whole_and_in_parts(site: Path, port: int) -> None:
    whole = (site / f".{FOLDER}latest/payments.parquet").read_bytes()
    status, headers, content = ask(port, f"{FOLDER}latest/payments.parquet")
    assert (status, content, headers["content-type"]) == (200, whole, "application/vnd.apache.parquet")
    status, headers, content = ask(port, f"{FOLDER}latest/payments.parquet", Range="bytes=-8")
    assert (status, content) == (206, whole[-8:])
    assert headers["content-range"] == f"bytes {len(whole) - 8}-{len(whole) - 1}/{len(whole)}"
    status, headers, content = ask(port, f"{FOLDER}latest/payments.parquet", Range=f"bytes={len(whole)}-")
    assert (status, headers["content-range"], content) == (416, f"bytes */{len(whole)}", b"")
    status, headers, content = ask(port, f"{FOLDER}latest/payments.parquet", "HEAD")
    assert (status, headers["content-length"], content) == (200, str(len(whole)), b"")


def test_a_connection_that_is_kept_outlives_an_answer_without_a_body(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for _ in range(3):
        connection.request("HEAD", FOLDER)
        head = connection.getresponse()
        assert (head.status, head.read()) == (200, b"")
        kept = connection.sock
        connection.request("GET", FOLDER)
        page = connection.getresponse()
        assert len(page.read()) == int(head.headers["Content-Length"])
        # the library opens a new one by itself when the server has ended the first
        assert connection.sock is kept
    connection.close()


def test_a_folder_gives_its_page_below_its_own_name(port: int) -> None:
    status, headers, _ = ask(port, "/datasets/spend-over-500/camden")
    assert (status, headers["location"]) == (301, FOLDER)
    assert ask(port, FOLDER)[0] == 200
    assert ask(port, "/")[0] == 200
    assert ask(port, f"{FOLDER}latest/")[0] == 404


@pytest.mark.parametrize(
    "path",
    ["/../secret", "/%2e%2e/secret", "/datasets/../../secret", "/.shown", f"{FOLDER}.made-from", "/nothing", "/a%00b"],
)
def test_nothing_but_the_site_is_given(path: str, site: Path, port: int) -> None:
    (site.parents[1] / "secret").write_text("secret")
    status, _, content = ask(port, path)
    assert status == 404
    assert b"secret" not in content.replace(path.encode(), b"")


def test_a_link_out_of_the_site_is_not_followed(site: Path, port: int) -> None:
    (site.parents[1] / "secret.txt").write_text("secret")
    (site.resolve() / "way-out.txt").symlink_to(site.parents[1] / "secret.txt")
    assert ask(port, "/way-out.txt")[0] == 404


def test_what_is_gone_is_answered_with_410_and_the_page(tmp_path: Path, port: int) -> None:
    first = release(tmp_path / "releases", CAMDEN, ROWS[:1]).digest
    status, headers, _ = ask(port, f"{FOLDER}{release_path(first)}payments.csv")
    assert (status, headers["location"]) == (301, f"{FOLDER}{release_path(first)}payments.csv/")
    status, headers, content = ask(port, headers["location"])
    assert (status, headers["content-type"]) == (410, "text/html; charset=utf-8")
    assert b"newer release" in content


@pytest.mark.parametrize("get_only", [True, False])
def test_ckanapi_asks_for_one_dataset(port: int, get_only: bool) -> None:
    from ckanapi import NotFound, RemoteCKAN

    with RemoteCKAN(f"http://127.0.0.1:{port}", get_only=get_only) as ckan:
        package = ckan.action.package_show(id="spend-over-500-camden")
        assert ckan.action.package_show(id=package["id"]) == package
        assert [file["format"] for file in package["resources"]] == ["CSV", "Parquet", "HTML", "JSON"]
        assert ckan.action.package_list() == ["spend-over-500-camden"]
        assert ckan.action.package_search(rows=0)["results"] == []
        assert [one["name"] for one in ckan.action.package_search(start=0, rows=5)["results"]] == [package["name"]]
        for wanted in ("no-such", "../../etc/passwd", "brownfield-land-hackney"):
            with pytest.raises(NotFound):
                ckan.action.package_show(id=wanted)
        with pytest.raises(NotFound):
            ckan.action.package_delete(id=package["id"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/3/action/package_show", b"{", 400),
        ("/api/3/action/package_show", b"[]", 400),
        ("/api/3/action/package_show", b"", 404),
        ("/datasets/", b"{}", 405),
    ],
)
def test_a_question_that_is_none_is_refused(port: int, path: str, body: bytes, status: int) -> None:
    assert ask(port, path, "POST", body)[0] == status


def test_the_reason_of_a_withdrawal_is_in_the_answer(port: int) -> None:
    status, _, content = ask(port, "/api/3/action/package_show?id=brownfield-land-hackney")
    assert status == 404
    assert "It named people." in json.loads(content)["error"]["message"]
