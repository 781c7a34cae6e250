"""Files that come from the web: what is kept of them is damaged, and their addresses hold secrets."""

from __future__ import annotations

import base64
import gzip
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.flows.city import GOOD, PUBLISHER, make_city
from tests.packages.sources.server import Server, send, send_page
from tests.reliability.attacked import STREETS, WORKED, Attacked, Said, some
from tests.reliability.site import shown

LOCAL = {"LONDATA_ALLOW_LOCAL": "true"}

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.httpd.shutdown()
    started.httpd.server_close()


def publisher_of(root: Path, name: str, source: str) -> None:
    """Describe a borough whose file comes from the web."""
    text = PUBLISHER.format(publisher=name, folder="x").replace("{kind: folder, path: x, pattern: trees.csv}", source)
    (root / f"datasets/street-trees/publishers/{name}.yaml").write_text(text)


def unchanged(handler: BaseHTTPRequestHandler) -> None:
    """The file, or the word that whoever asks has it already."""
    if handler.headers["If-None-Match"] == '"1"':
        handler.send_response(304)
        handler.end_headers()
    else:
        send(GOOD.encode(), ETag='"1"')(handler)


@pytest.mark.parametrize("kind", some(["other bytes", "whole", "cut", "a link elsewhere"], 4))
def test_what_was_changed_behind_an_unchanged_source_is_fetched_again(
    kind: str, tmp_path: Path, server: Server
) -> None:
    city = Attacked(tmp_path)
    make_city(tmp_path)
    publisher_of(tmp_path, "camden", f"{{kind: http, url: '{server.url('/trees.csv')}'}}")
    server.answers["/trees.csv"] = [unchanged]
    assert city.londata("publish", STREETS, **LOCAL).code == 0
    (blob,) = [path for path in (city.home / "extracts").rglob("*") if path.is_file()]
    good = blob.read_bytes()
    if kind == "a link elsewhere":
        blob.unlink()
        blob.symlink_to(tmp_path / "elsewhere.csv")
        (tmp_path / "elsewhere.csv").write_bytes(good.replace(b"12.5", b"99.5"))
    else:
        blob.write_bytes({"whole": good, "cut": good[:-40], "other bytes": good.replace(b"12.5", b"99.5")}[kind])
    # the description changes, so that the file that has not changed is read and judged again
    package = tmp_path / "datasets/street-trees/datapackage.yaml"
    package.write_text(package.read_text().replace("In metres.", "In metres above the ground."))
    said = city.londata("publish", STREETS, **LOCAL)
    assert said.code in WORKED, said
    assert shown(city.page)
    rows = (city.page / "trees.csv").read_text()
    assert (rows.count("\n"), "12.5" in rows, "99.5" in rows) == (5, True, False)
    assert not blob.is_symlink()
    assert blob.read_bytes() == good
    asked = [headers.get("If-None-Match") for _, headers in server.asked]
    assert asked == ([None, '"1"'] if kind == "whole" else [None, '"1"', None])


SECRET = "S3cr3tW0rd"


@pytest.mark.slow
def test_no_secret_of_an_address_is_kept_or_told_anywhere(tmp_path: Path, server: Server) -> None:
    """A whole night, with the scheduler, its database and its log; and what is asked of it afterwards."""
    city, port = Attacked(tmp_path), server.httpd.server_port
    make_city(tmp_path)
    login, query = f"http://user:{SECRET}@127.0.0.1:{port}", f"token={SECRET}&sig={SECRET}"
    server.answers |= {"/trees.csv": [send(GOOD.encode())], "/gone.csv": [send(b"", status=404)]}
    server.answers["/moved.csv"] = [send(b"", status=302, Location=f"/trees.csv?{query}")]
    server.answers["/to-a-login.csv"] = [send(b"", status=302, Location=f"{login}/gone.csv?{query}")]
    server.answers["/outside.csv"] = [send(b"", status=302, Location=f"https://u:{SECRET}@192.0.2.1/a?{query}")]
    server.answers["/page"] = [send_page(f"<a href='/trees.csv?{query}'>Trees 2026</a>")]
    server.answers["/broken.csv"] = [send(GOOD.encode()[:40] + b"\0" * 40)]
    sources = {
        "camden": f"{{kind: http, url: '{server.url('/trees.csv')}?{query}'}}",
        "barnet": f"{{kind: http, url: '{login}/trees.csv?{query}'}}",
        "brent": f"{{kind: http, url: '{server.url('/gone.csv')}?{query}'}}",
        "ealing": f"{{kind: http, url: '{server.url('/moved.csv')}?{query}'}}",
        "enfield": f"{{kind: http, url: '{server.url('/to-a-login.csv')}?{query}'}}",
        "hackney": f"{{kind: http, url: '{server.url('/outside.csv')}?{query}'}}",
        "haringey": f"{{kind: webpage, url: '{server.url('/page')}?{query}', links: [{{match: '*trees*'}}]}}",
        "harrow": f"{{kind: http, url: '{server.url('/broken.csv')}?{query}'}}",
    }
    for name, source in sources.items():
        publisher_of(tmp_path, name, source)
    allowed = LOCAL | {"LONDATA_NOTICE_TO": "data@example.org"}
    told = [city.londata("nightly", "--all", **allowed)]
    told += [city.londata(*words.split(), **allowed) for words in ("publish street-trees/brent", "status", "doctor")]
    told.append(city.londata("publish", STREETS, "--dry-run", "--json", **allowed))
    assert any(SECRET in query["token"] for _, query in server.queries if "token" in query), "nobody was asked with it"
    published = {path.name for path in (city.home / "releases/street-trees").iterdir()}
    assert published == {"camden", "ealing", "haringey"}
    assert holders(city.home, told) == []


def holders(home: Path, told: list[Said]) -> list[str]:
    """Name every file, and every word that was said, that has the secret in it in some spelling."""
    spellings = [SECRET.encode(), *(base64.b64encode(text.encode()) for text in (f"user:{SECRET}", f"u:{SECRET}"))]
    spellings.append(SECRET.encode("utf-16-le"))
    found = [f"said: {said.words}" for said in told if any(one in said.words.encode() for one in spellings)]
    for path in home.rglob("*"):
        if path.is_file() and any(one in content for content in contents_of(path) for one in spellings):
            found.append(str(path))
    return found


def contents_of(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, and those that are packed in it."""
    content = path.read_bytes()
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def test_the_eye_of_these_tests_sees_a_secret(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"x{SECRET}y")
    (tmp_path / "b").write_bytes(gzip.compress(SECRET.encode()))
    with zipfile.ZipFile(tmp_path / "c", "w") as archive:
        archive.writestr("d", SECRET)
    (tmp_path / "e").write_text("nothing")
    assert {Path(name).name for name in holders(tmp_path, [])} == {"a", "b", "c"}
    assert len(holders(tmp_path, [Said(0, base64.b64encode(f"user:{SECRET}".encode()).decode())])) == 4
