"""What goes over the wire, against a small server of our own."""

from __future__ import annotations

import datetime as dt
import json
import threading
import tracemalloc
from collections.abc import Iterator
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from catalogue.backends.ckan.client import CkanClient
from catalogue.backends.transport.answers import Unsettled
from packages.errors import SetupProblem

TOKEN = "secret-canary"


class Ckan(BaseHTTPRequestHandler):
    """Answers `answers` in order, then with success; notes what it was asked."""

    answers: ClassVar[list[tuple[int, dict[str, str], bytes]]] = []
    asked: ClassVar[list[tuple[str, str, dict[str, str], int]]] = []

    def _answer(self) -> None:
        left = int(self.headers.get("Content-Length") or 0)
        self.asked.append((self.command, self.path, dict(self.headers), left))
        while left > 0:
            left -= len(self.rfile.read(min(left, 1 << 16)))
        good = (200, {"Content-Type": "application/json"}, json.dumps({"success": True, "result": "done"}).encode())
        status, headers, body = self.answers.pop(0) if self.answers else good
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815  # the library's names

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def ckan() -> Iterator[str]:
    Ckan.answers, Ckan.asked = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Ckan) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("catalogue.backends.transport.answers.time.sleep", waited.append)
    return waited


def busy(status: int, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return status, {key.replace("_", "-"): value for key, value in headers.items()}, b"<html>busy</html>"


def test_reads_are_gets_with_the_token_in_one_header(ckan: str) -> None:
    assert CkanClient(ckan, TOKEN).ask("package_show", id="x") == "done"
    method, path, headers, _ = Ckan.asked[0]
    assert (method, path) == ("GET", "/api/action/package_show?id=x")
    assert [key for key, value in headers.items() if TOKEN in value] == ["Authorization"]


def test_a_login_file_of_the_machine_is_not_used(ckan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    CkanClient(ckan, TOKEN).ask("user_show")
    CkanClient(ckan).ask("user_show")
    assert [asked[2].get("Authorization") for asked in Ckan.asked] == [TOKEN, None]


def test_reads_are_tried_again_and_wait_as_long_as_they_are_told(ckan: str, no_waiting: list[float]) -> None:
    Ckan.answers = [busy(503), busy(429, Retry_After="7"), busy(502)]
    assert CkanClient(ckan, TOKEN).ask("package_show", id="x") == "done"
    assert no_waiting == [0.5, 7.0, 2.0]


def test_a_moment_to_try_again_is_by_the_clock_of_the_server(ckan: str, no_waiting: list[float]) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
    Ckan.answers = [busy(503, Retry_After=format_datetime(moment, usegmt=True)), busy(503, Retry_After="soon")]
    assert CkanClient(ckan, TOKEN).ask("package_show", id="x") == "done"
    asked, ours = no_waiting
    assert 20 < asked <= 30
    assert ours == 1.0


def test_a_wait_that_is_too_long_is_left_to_the_next_run(ckan: str, no_waiting: list[float]) -> None:
    Ckan.answers = [busy(429, Retry_After="3600")]
    with pytest.raises(Unsettled):
        CkanClient(ckan, TOKEN).ask("package_show", id="x")
    assert no_waiting == []


def test_a_write_is_sent_once_only(ckan: str) -> None:
    Ckan.answers = [busy(502)]
    wire = CkanClient(ckan, TOKEN)
    with pytest.raises(Unsettled, match="status 502"):
        wire.write("package_revise", {"match": "{}"})
    assert (len(Ckan.asked), wire.writes) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((302, {"Location": "https://elsewhere.example/"}, b""), "is not a CKAN, or it has moved"),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "is not a CKAN, or it has moved"),
        ((413, {"Content-Type": "text/html"}, b"<html>"), "larger than the catalogue"),
    ],
)
def test_an_answer_that_is_not_from_a_ckan(ckan: str, answer: tuple, words: str) -> None:
    Ckan.answers = [answer]
    with pytest.raises(SetupProblem, match=words) as caught:
        CkanClient(ckan, TOKEN).write("package_revise", {"match": "{}"})
    assert "canary" not in caught.value.what + caught.value.fix
    assert len(Ckan.asked) == 1


def test_an_upload_needs_no_memory_for_the_file(ckan: str, tmp_path: Path) -> None:
    path = tmp_path / "big.parquet"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    seen: list[int] = []
    tracemalloc.start()
    try:
        CkanClient(ckan, TOKEN).write(
            "package_revise", {"match": "{}"}, {"upload": path}, lambda done, _: seen.append(done)
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert Ckan.asked[0][3] > 200_000_000
    assert seen[-1] == Ckan.asked[0][3]
    assert peak < 5_000_000


def test_a_download_that_ends_early_is_not_believed(ckan: str) -> None:
    Ckan.answers = [(200, {"Content-Length": "10"}, b"12345")] * 4
    with pytest.raises(Unsettled):
        CkanClient(ckan).digest(f"{ckan}/file.csv")


def test_a_file_that_is_not_there_has_no_digest(ckan: str) -> None:
    Ckan.answers = [(404, {}, b"no")]
    assert CkanClient(ckan).digest(f"{ckan}/file.csv") == ""
