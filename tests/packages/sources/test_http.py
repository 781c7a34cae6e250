"""The http source against a real server on this machine, with the faults that real ones have."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import httpx
import pytest

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources.http import download_source
from packages.sources.transport.download import FetchContext
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.host_allow_list import build_allow_list, may_be_asked
from packages.sources.transport.urls import display_url
from packages.spec import HttpSource
from tests.packages.sources.server import Server, endless, send, stored

NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
DATA = b"Supplier,Amount\nAlpha,1.00\n"

pytestmark = pytest.mark.usefixtures("socket_enabled")


def get(server: Server, path: str, tmp_path: Path, previous: Extract | None = None, **source: object) -> Fetched:
    described = HttpSource(kind="http", url=server.url(path), **source)  # type: ignore[arg-type]
    return fetch(
        described, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, previous=previous, allow_local=True)
    )


def test_keeps_the_bytes_under_their_digest_with_the_validators_of_the_server(server: Server, tmp_path: Path) -> None:
    server.answers["/spend%20q1.csv"] = [send(ETag='"v1"', Last_Modified="Mon, 02 Feb 2026 10:00:00 GMT")]
    extract = get(server, "/spend%20q1.csv?area=4&api_key=abc", tmp_path).extract
    assert extract.path.read_bytes() == DATA
    assert stored(tmp_path) == [tmp_path / "store" / extract.sha256[:2] / extract.sha256]
    assert (extract.name, extract.media_type, extract.etag) == ("spend q1.csv", "text/csv", '"v1"')
    assert extract.url == server.url("/spend%20q1.csv?area=4")


def test_sends_the_name_of_the_host_though_it_connects_to_the_number(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send()]
    source = HttpSource(kind="http", url=server.url("/a.csv", host="localhost"))
    fetch(source, FetchContext(base=tmp_path, store=tmp_path, now=NOW, allow_local=True))
    assert server.asked[0][1]["Host"] == f"localhost:{server.httpd.server_port}"


def test_says_unchanged_when_the_server_says_304(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(ETag='"v1"'), send(b"", status=304)]
    first = get(server, "/a.csv", tmp_path)
    again = get(server, "/a.csv", tmp_path, previous=first.extract)
    assert (first.unchanged, again.unchanged) == (False, True)
    assert again.extract == first.extract
    assert server.asked[1][1]["If-None-Match"] == '"v1"'


def test_says_unchanged_when_the_bytes_are_the_same(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send()]
    first = get(server, "/a.csv", tmp_path)
    assert get(server, "/a.csv", tmp_path, previous=first.extract).unchanged
    assert len(stored(tmp_path)) == 1


def test_asks_for_everything_when_the_bytes_are_no_longer_held(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(ETag='"v1"')]
    first = get(server, "/a.csv", tmp_path)
    first.extract.path.unlink()
    again = get(server, "/a.csv", tmp_path, previous=first.extract)
    assert "If-None-Match" not in server.asked[1][1]
    assert again.extract.path.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
        (b"\n\n<!-- proxy -->\n<HTML><head></head></HTML>", "web page"),
        (b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">', "web page"),
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
    ],
)
def test_refuses_what_is_no_data_and_keeps_nothing(body: bytes, words: str, server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(body, Content_Type="text/csv")]
    with pytest.raises(FileProblem, match=words):
        get(server, "/a.csv", tmp_path)
    assert stored(tmp_path) == []


def test_tries_again_when_the_server_is_busy(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(status=429, Retry_After="0"), send(status=503), send()]
    assert get(server, "/a.csv", tmp_path).extract.bytes == len(DATA)
    assert len(server.asked) == 3


def test_gives_up_for_now_when_the_server_stays_busy(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(status=502)]
    with pytest.raises(TemporaryProblem, match="busy or out of order"):
        get(server, "/a.csv", tmp_path)
    assert len(server.asked) == 3


@pytest.mark.parametrize("pause", ["86400", "Mon, 02 Mar 2026 09:00:00 GMT"])
def test_does_not_wait_when_the_server_asks_for_a_day(pause: str, server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(status=429, Retry_After=pause)]
    with pytest.raises(TemporaryProblem):
        get(server, "/a.csv", tmp_path)
    assert len(server.asked) == 1


def test_a_body_that_breaks_off_is_tried_again_and_never_kept(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(length=10_000)]
    with pytest.raises(TemporaryProblem, match="broke off"):
        get(server, "/a.csv", tmp_path)
    assert (len(server.asked), stored(tmp_path)) == (3, [])
    server.answers["/a.csv"] = [send(length=10_000), send()]
    assert get(server, "/a.csv", tmp_path).extract.bytes == len(DATA)


@pytest.mark.parametrize(("status", "words"), [(404, "no file"), (410, "no file"), (403, "everybody"), (400, "asked")])
def test_an_answer_that_will_not_change_is_for_the_description(
    status: int, words: str, server: Server, tmp_path: Path
) -> None:
    server.answers["/a.csv"] = [send(status=status)]
    with pytest.raises(SetupProblem, match=words):
        get(server, "/a.csv", tmp_path)
    assert len(server.asked) == 1


def test_follows_a_redirect_on_the_same_host_and_shows_the_address_of_the_description(
    server: Server, tmp_path: Path
) -> None:
    server.answers["/a.csv"] = [send(b"", status=302, Location="/b.csv?sig=abc")]
    server.answers["/b.csv"] = [send()]
    assert get(server, "/a.csv", tmp_path).extract.url == server.url("/a.csv")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://169.254.169.254/latest/meta-data", "private or reserved"),
        ("http://[::ffff:169.254.169.254]/", "private or reserved"),
        ("http://10.0.0.1/a.csv", "not among the hosts"),
        ("http://localhost/a.csv", "not among the hosts"),
        ("ftp://127.0.0.1/a.csv", "not https"),
        ("file:///etc/passwd", "no address"),
    ],
)
def test_checks_every_redirect(target: str, words: str, server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(b"", status=302, Location=target)]
    allowed = ["169.254.169.254", "::ffff:169.254.169.254"]
    with pytest.raises(SetupProblem, match=words):
        get(server, "/a.csv", tmp_path, allow_hosts=allowed)
    assert len(server.asked) == 1


def test_stops_after_five_redirects(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(b"", status=302, Location="/a.csv")]
    with pytest.raises(SetupProblem, match="without end"):
        get(server, "/a.csv", tmp_path)
    assert len(server.asked) == 1 + LIMITS.redirects


def test_an_answer_without_end_is_cut(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [endless()]
    source = HttpSource(kind="http", url=server.url("/a.csv"))
    context = FetchContext(tmp_path, tmp_path / "store", NOW, allow_local=True, limits=DownloadLimits(bytes=1 << 20))
    with pytest.raises(FileProblem, match="larger than 1 MiB"):
        download_source(source, context)
    assert stored(tmp_path) == []


def test_a_declared_size_beyond_the_limit_is_refused_before_anything_is_read(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [send(length=1 << 40)]
    with pytest.raises(FileProblem, match="larger than 512 MiB"):
        get(server, "/a.csv", tmp_path)


def test_an_answer_that_drips_is_given_up(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = [endless(pause=0.05)]
    source = HttpSource(kind="http", url=server.url("/a.csv"))
    context = FetchContext(tmp_path, tmp_path / "store", NOW, allow_local=True, limits=DownloadLimits(seconds=0.3))
    with pytest.raises(TemporaryProblem, match="so slowly"):
        download_source(source, context)


def test_a_server_that_is_not_there_is_a_temporary_problem(server: Server, tmp_path: Path) -> None:
    server.httpd.server_close()
    with pytest.raises(TemporaryProblem, match="could not be reached"):
        get(server, "/a.csv", tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a.csv",
        "https://0x7f.1/a.csv",
        "https://2130706433/a.csv",
        "https://0177.0.0.1/a.csv",
        "https://[::1]/a.csv",
        "https://[::ffff:127.0.0.1]/a.csv",
        "https://localhost/a.csv",
        "https://10.1.2.3/a.csv",
        "https://169.254.169.254/a.csv",
        "https://0.0.0.0/a.csv",
    ],
)
def test_an_address_inside_is_refused_in_every_notation(url: str, tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match=r"private or reserved|is no address"):
        fetch(HttpSource(kind="http", url=url), FetchContext(base=tmp_path, store=tmp_path, now=NOW))


def test_only_https_and_no_credentials(tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match="not https"):
        fetch(
            HttpSource(kind="http", url="http://data.camden.example/a"),
            FetchContext(base=tmp_path, store=tmp_path, now=NOW),
        )
    with pytest.raises(SetupProblem, match="user name or password"):
        fetch(
            HttpSource(kind="http", url="https://u:p@camden.example/a"),
            FetchContext(base=tmp_path, store=tmp_path, now=NOW),
        )


@pytest.mark.parametrize(
    ("address", "public", "local"),
    [
        ("8.8.8.8", True, True),
        ("2a00:1450:4009::1", True, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("10.0.0.1", False, False),
        ("172.16.0.1", False, False),
        ("192.168.1.1", False, False),
        ("100.64.0.1", False, False),
        ("169.254.169.254", False, False),
        ("224.0.0.1", False, False),
        ("240.0.0.1", False, False),
        ("255.255.255.255", False, False),
        ("0.0.0.0", False, False),
        ("fe80::1", False, False),
        ("fc00::1", False, False),
        ("ff02::1", False, False),
        ("::ffff:8.8.8.8", False, False),
        ("64:ff9b::7f00:1", False, False),
        ("2002:7f00:1::", False, False),
        ("::", False, False),
    ],
)
def test_which_addresses_may_be_asked(address: str, public: bool, local: bool) -> None:
    assert (may_be_asked(address, local=False), may_be_asked(address, local=True)) == (public, local)


def test_hosts_are_compared_without_case_and_final_dot() -> None:
    assert build_allow_list(["Data.Camden.example."], local=False).hosts == {"data.camden.example"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://u:p@camden.example/a.csv#top", "https://camden.example/a.csv"),
        ("https://camden.example/a?token=x&year=2026", "https://camden.example/a?year=2026"),
        ("https://camden.example/a?X-Amz-Signature=x", "https://camden.example/a"),
        ("https://camden.example/a?q=%20b", "https://camden.example/a?q=%20b"),
    ],
)
def test_what_is_shown_of_an_address_holds_no_secret(url: str, expected: str) -> None:
    assert display_url(httpx.URL(url)) == expected
