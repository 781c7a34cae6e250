"""A file is handed in at the desk, in every way; only who handed it in sees what came out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.desk.conftest import Browser, draft_of, text_of

Visit = Callable[..., Browser]


def test_a_good_file_is_ready(visit: Visit, trees: str) -> None:
    assert "Ready to publish" in text_of(visit().hand_in(trees))


def test_a_spoilt_file_says_what_to_mend(visit: Visit, trees: str) -> None:
    heading, first, *_ = trees.splitlines()
    told = text_of(visit().hand_in(f"{heading}\n{first}\n{first.replace(first.split(',')[0], '', 1)}\n"))
    assert "must be mended" in told or "must be fixed" in told


def test_rows_are_pasted(visit: Visit, trees: str) -> None:
    browser = visit()
    response = browser.post("check", data={"pasted": trees})
    assert "Ready to publish" in text_of(browser.get(f"drafts/{draft_of(response)}?wait=25"))


def test_nobody_else_sees_it(visit: Visit, trees: str) -> None:
    page = f"drafts/{draft_of(visit().hand_in(trees))}"
    for who in ("", "officer", "dpo", "account"):
        for part in ("", "/report", "/to-mend.csv", "/progress", "/again"):
            assert visit(who).get(page + part).status_code == 404


def test_who_signs_in_later_finds_it(visit: Visit, trees: str) -> None:
    browser = visit()
    page = f"drafts/{draft_of(browser.hand_in(trees))}"
    browser.get(f"sign-in/link?key={browser.desk.link_key}")
    assert "Ready to publish" in text_of(browser.get(page))


def test_nothing_is_sent(visit: Visit) -> None:
    response = visit().post("check")
    assert response.status_code == 400
    assert "no file" in text_of(response)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a web server that has the file."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "drop/camden"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/trees.csv"
    server.shutdown()
    server.server_close()


def by_link(browser: Browser, link: str) -> str:
    response = browser.post("check", data={"link": link})
    assert response.status_code == 200, text_of(response)
    return text_of(browser.get(f"drafts/{draft_of(response)}?wait=25"))


def test_a_file_behind_a_link_is_fetched(visit: Visit, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONDATA_ALLOW_LOCAL", "true")
    told = by_link(visit(), web)
    assert "Ready to publish" in told
    assert "trees.csv" in told


def test_no_address_of_our_own_net_is_asked(visit: Visit, web: str) -> None:
    for link in (web, web.replace("http://", "https://"), "https://localhost/x.csv", "https://169.254.169.254/x"):
        told = by_link(visit(), link)
        assert "Ready" not in told
        assert "That did not come to an end" in told


@pytest.mark.parametrize("link", ["file:///etc/passwd", "https://me:word@example.org/a.csv", "ftp://a/b", "https://"])
def test_what_is_no_address_of_a_file_is_said(visit: Visit, link: str) -> None:
    response = visit().post("check", data={"link": link})
    assert response.status_code == 400
    assert "no address of a file" in text_of(response)


def test_a_wrong_choice_can_be_put_right(visit: Visit, trees: str) -> None:
    browser = visit()
    page = f"drafts/{draft_of(browser.hand_in(trees, dataset='street-trees', publisher='barnet'))}"
    told = text_of(browser.get(page))
    assert "“barnet” has no description" in told
    browser.post(f"{page}/for", data={"dataset": "street-trees", "publisher": "camden"})
    assert "Ready to publish" in text_of(browser.get(f"{page}?wait=25"))
