"""Which link of a page is the file: pages as councils make them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from packages.errors import FileProblem, SetupProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources.transport.download import FetchContext
from packages.sources.transport.http_session import HttpPage
from packages.sources.transport.period import period_of
from packages.sources.webpage import links_of, pick_link
from packages.spec import LinkSpec, WebpageSource
from tests.packages.sources.server import Server, send, send_page

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
CSV = b"Supplier,Amount\nAlpha,1.00\n"


def get(server: Server, tmp_path: Path, previous: Extract | None = None, **told: object) -> Fetched:
    source = WebpageSource(kind="webpage", url=server.url("/spending"), **told)  # type: ignore[arg-type]
    return fetch(
        source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, previous=previous, allow_local=True)
    )


def page(body: str, url: str = "https://merton.example/council/spending", charset: str = "") -> HttpPage:
    return HttpPage(body.encode(charset or "utf-8"), httpx.URL(url), charset)


def test_goes_from_page_to_page_to_the_file(server: Server, tmp_path: Path) -> None:
    server.answers["/spending"] = [
        send_page('<a href="/spending/2025-26">2025-26</a><a href="/spending/2026-27">2026-27</a>')
    ]
    server.answers["/spending/2026-27"] = [send_page('<a href="?page=june">June 2026</a> <a href="may">May 2026</a>')]
    server.portal = lambda path, query: send(CSV)
    server.answers["/spending/2026-27"].append(send_page('<a href="../media/1234">Download (CSV, 12 KB)</a>'))
    links = [{"match": "*20??-??"}, {"match": "* 20??"}, {"match": "*csv*"}]
    fetched = get(server, tmp_path, links=links)
    assert fetched.extract.url == server.url("/media/1234")
    assert [path for path, _ in server.asked] == ["/spending", "/spending/2026-27", "/spending/2026-27", "/media/1234"]


def test_a_newer_link_is_a_new_file_and_the_old_one_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    may, june = '<a href="/may.csv">May 2026</a>', '<a href="/june.csv">June 2026</a>'
    server.answers |= {
        "/spending": [send_page(may), send_page(may + june)],
        "/may.csv": [send(CSV, ETag='"1"')],
        "/june.csv": [send(CSV + b"Beta,2.00\n", ETag='"1"')],
    }
    first = get(server, tmp_path, links=[{"match": "*.csv"}])
    second = get(server, tmp_path, first.extract, links=[{"match": "*.csv"}])
    assert (second.unchanged, second.extract.name) == (False, "june.csv")
    assert "If-None-Match" not in server.asked[-1][1]


def test_a_page_without_such_a_link_says_so(server: Server, tmp_path: Path) -> None:
    server.answers["/spending"] = [send_page('<a href="/contact">Contact</a>')]
    with pytest.raises(FileProblem, match=r"No link .* fits “\*\.aaa”"):
        get(server, tmp_path, links=[{"match": "*.csv"}])


def test_a_link_to_another_host_needs_leave(server: Server, tmp_path: Path) -> None:
    server.answers["/spending"] = [send_page('<a href="https://files.merton.example/x.csv">June 2026</a>')]
    with pytest.raises(SetupProblem, match="not among the hosts"):
        get(server, tmp_path)


@pytest.mark.parametrize("inside", ["http://169.254.169.254/a.csv", "http://[::ffff:10.0.0.1]/a.csv", "//0/a.csv"])
def test_a_link_into_the_inside_is_refused_even_with_leave(inside: str, server: Server, tmp_path: Path) -> None:
    server.answers["/spending"] = [send_page(f'<a href="{inside}">June 2026</a>')]
    with pytest.raises(SetupProblem):
        get(server, tmp_path, allow_hosts=["169.254.169.254", "::ffff:10.0.0.1", "0"])
    assert len(server.asked) == 1


def test_what_is_behind_the_link_must_be_data(server: Server, tmp_path: Path) -> None:
    server.answers |= {"/spending": [send_page('<a href="/june.csv">June</a>')], "/june.csv": [send_page("Log in")]}
    with pytest.raises(FileProblem, match="web page"):
        get(server, tmp_path)


def test_at_most_three_steps() -> None:
    with pytest.raises(ValidationError):
        WebpageSource(kind="webpage", url="https://merton.example/", links=[LinkSpec()] * 4)


def test_links_are_read_as_a_browser_does() -> None:
    links = links_of(
        page(
            '<base href="/media/"><A HREF=" a.csv#top " title="July 2026">Spend <b>over</b>\n &pound;500<br></a>'
            '<a name="here">nothing</a><a href="mailto:x@merton.example">Mail</a><a href="javascript:x()">x</a>'
            '<a href="https://merton.example:port/">bad</a>'
            '<a href="//cdn.merton.example/b.csv" aria-label="August">CSV</a>'
        )
    )
    assert [(str(link.url), link.text) for link in links] == [
        ("https://merton.example/media/a.csv", "July 2026 Spend over £500"),
        ("https://cdn.merton.example/b.csv", "August CSV"),
    ]


def test_the_charset_of_the_server_counts_and_a_wrong_one_does_no_harm() -> None:
    assert links_of(page('<a href="a">over £500</a>', charset="cp1252"))[0].text == "over £500"
    odd = HttpPage(b'<a href="a">x</a>', httpx.URL("https://merton.example/"), "klingon")
    assert links_of(odd)[0].text == "x"


@pytest.mark.parametrize(
    ("told", "chosen"),
    [
        ({}, "c"),
        ({"pick": "first"}, "a"),
        ({"pick": "last"}, "d"),
    ],
)
def test_picks_the_newest_first_or_last(told: dict[str, str], chosen: str) -> None:
    links = links_of(
        page('<a href="a">May 2026</a><a href="b">Contact</a><a href="c">Q1 2026/27</a><a href="d">2025</a>')
    )
    assert pick_link(links, LinkSpec.model_validate(told)).url.path.endswith(f"/{chosen}")


def test_without_leaves_links_out(server: Server, tmp_path: Path) -> None:
    server.answers["/spending"] = [send_page('<a href="/june.pdf">June 2026</a><a href="/may.csv">May 2026</a>')]
    server.answers["/may.csv"] = [send(CSV)]
    assert get(server, tmp_path, links=[{"match": "*20??", "without": "*.PDF"}]).extract.name == "may.csv"


def test_the_address_tells_the_time_where_the_text_does_not() -> None:
    links = links_of(
        page('<a href="/2026-09/spend-july-2026.csv">CSV</a><a href="/2026-08/spend-aug-2026.csv">CSV</a>')
    )
    assert pick_link(links, LinkSpec()).url.path == "/2026-08/spend-aug-2026.csv"


def test_the_first_link_where_none_tells_a_time() -> None:
    assert pick_link(links_of(page('<a href="a">CSV</a><a href="b">CSV</a>')), LinkSpec()).url.path.endswith("/a")


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("July 2026", (2026, 7, 31)),
        ("jul2026paymentsover250.csv", (2026, 7, 31)),
        ("250-spend-Jul-26-New.csv", (2026, 7, 31)),
        ("Expenditure 2026 July", (2026, 7, 31)),
        ("April to June 2026 (CSV, 120 KB)", (2026, 6, 31)),
        ("Quarter 2 2026/27", (2026, 9, 31)),
        ("2026-27Q4", (2027, 3, 31)),
        ("Spend Quarter 4 2025 to 2026", (2026, 3, 31)),
        ("Q3 2026", (2026, 9, 31)),
        ("January 2026-27", (2027, 1, 31)),
        ("gla-expenditure-2026-27-p04.csv", (2026, 7, 31)),
        ("Payments 2026-27", (2027, 3, 31)),
        ("12 May 2026", (2026, 5, 12)),
        ("May 12, 2026", (2026, 5, 12)),
        ("31-07-2026", (2026, 7, 31)),
        ("20260731_spend", (2026, 7, 31)),
        ("/sites/default/files/2026-08/x.csv", (2026, 8, 31)),
        ("Register 2026", (2026, 12, 31)),
        ("Marketing 2025", (2025, 12, 31)),
        ("Over £500", None),
        ("You may download 12 files", None),
        ("document 99999999", None),
        ("", None),
    ],
)
def test_which_time_a_text_names(text: str, period: tuple[int, int, int] | None) -> None:
    assert period_of(text) == period
