"""Names that lead somewhere else at every look: what was checked is what is asked, and nothing else."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from packages.errors import SetupProblem
from packages.fetch import Fetched, fetch
from packages.sources.transport.download import FetchContext
from packages.sources.transport.host_allow_list import build_allow_list
from packages.spec import HttpSource, SocrataSource
from tests.packages.sources.portals import SocrataPortal
from tests.packages.sources.server import Server, send

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
Names = Callable[..., list[str]]


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> Names:
    """Every look-up gets the next answer, the last one again and again; the looks are kept."""
    left, looks, real = list(answers), list[str](), socket.getaddrinfo

    def look(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if host == "127.0.0.1":
            # not a name any more: this is the connection to the number that was checked
            return real(host, port, *more, **named)
        looks.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return lambda: looks


def get(source: HttpSource | SocrataSource, tmp_path: Path) -> Fetched:
    return fetch(source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, allow_local=True))


def test_a_name_is_looked_up_once_for_a_request(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = names(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    server.answers["/a.csv"] = [send()]
    source = HttpSource(kind="http", url=server.url("/a.csv", host="portal.example"))
    assert get(source, tmp_path).extract.bytes > 0
    assert looks() == ["portal.example"]
    assert server.asked[0][1]["Host"] == f"portal.example:{server.httpd.server_port}"


def test_a_name_that_leads_inside_at_the_second_page_is_refused_there(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    server.portal = SocrataPortal()
    source = SocrataSource(kind="socrata", url=server.url(host="portal.example"), dataset="abcd-1234")
    with pytest.raises(SetupProblem, match="private or reserved"):
        get(source, tmp_path)
    assert len(server.asked) == 1


def test_a_redirect_is_looked_up_again(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    server.answers["/a.csv"] = [send(b"", status=302, Location="/a.csv?again")]
    with pytest.raises(SetupProblem, match="private or reserved"):
        get(HttpSource(kind="http", url=server.url("/a.csv", host="portal.example")), tmp_path)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "found",
    [["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"], ["fe80::1%eth0"], ["::ffff:8.8.8.8"], []],
)
def test_one_answer_that_leads_inside_is_too_many(found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, found)
    with pytest.raises(SetupProblem, match="private or reserved"):
        build_allow_list(["portal.example"], local=False).admit("https", "portal.example", 443)
