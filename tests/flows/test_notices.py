"""People hear of a change once, by mail and by webhook, and a notice that fails fails nothing."""

from __future__ import annotations

import datetime as dt
import json
import logging
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from flows.orchestration.notices import announce, configured_channels
from flows.outcome import Outcome
from flows.services import Services
from flows.settings import Settings, load_settings
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity
from tests.conftest import ROOT

CAMDEN = Identity("street-trees", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
GOOD = Outcome(CAMDEN, "publish", ExitCode.DONE, "Published.", page="https://data.example/street-trees-camden")
SAME = replace(GOOD, verdict="unchanged", exit_code=ExitCode.UNCHANGED)
HELD = Outcome(CAMDEN, "held", ExitCode.WAITING, "Somebody must decide: 3 rows of 4 are gone.")
BLOCKED = Outcome(CAMDEN, "blocked", ExitCode.FIX_FILE, "1 thing must be fixed.")
PERSONAL = Outcome(CAMDEN, "blocked", ExitCode.PERSONAL_DATA, "The data seem to describe people.")


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[int]:
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address[1]  # type: ignore[misc]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def web(status: list[int]) -> Iterator[tuple[str, list[Any]]]:
    """A web address that notes what it is sent and answers with the first of `status`, which may change."""
    heard: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status[0])
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Quiet."""

    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}/token-canary", heard


@contextmanager
def post_office() -> Iterator[tuple[str, list[str]]]:
    """A mail server that notes the messages it takes."""
    heard: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    heard.append(b"".join(lines).decode())
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")

    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"smtp+plain://127.0.0.1:{port}", heard


def services(home: Path, **settings: str) -> Services:
    return Services(Settings(home=home, **settings))  # type: ignore[arg-type]


def test_a_change_is_said_once(tmp_path: Path) -> None:
    with web([200]) as (address, heard):
        house = services(tmp_path, notice_webhook=address)
        for outcome in (GOOD, SAME, HELD, HELD, replace(HELD, summary="Again."), GOOD, SAME, BLOCKED, PERSONAL, SAME):
            assert announce(outcome, Services(house.settings), NIGHT) == ""
    changes = [(notice["before"], notice["state"]) for notice in heard]
    assert changes == [
        ("in order", "held"),
        ("held", "in order"),
        ("in order", "blocked"),
        ("blocked", "blocked, personal data"),
        ("blocked, personal data", "in order"),
    ]
    assert heard[0]["identity"] == "street-trees/camden"
    assert "3 rows of 4" in heard[0]["text"]


def test_the_address_of_a_webhook_is_in_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with web([200]) as (address, heard):
        announce(HELD, services(tmp_path, notice_webhook=address), NIGHT)
    assert heard
    assert "token-canary" not in caplog.text


def test_mail_says_what_and_where(tmp_path: Path) -> None:
    with post_office() as (server, heard):
        to = "opendata@camden.example, lead@camden.example"
        announce(HELD, services(tmp_path, notice_smtp=server, notice_from="londata@gla.example", notice_to=to), NIGHT)
    (message,) = heard
    assert "Subject: londata: street-trees/camden is held (it was in order)" in message
    assert "To: opendata@camden.example, lead@camden.example" in message
    assert "londata report street-trees/camden" in message


def test_a_notice_that_fails_is_said_and_tried_again(tmp_path: Path) -> None:
    status = [500]
    with web(status) as (address, heard):
        house = services(tmp_path, notice_webhook=address)
        said = announce(HELD, house, NIGHT)
        assert "by webhook" in said
        assert "canary" not in said
        status[0] = 200
        assert [announce(HELD, house, NIGHT) for _ in range(3)] == ["", "", ""]
    assert len(heard) == 2


def test_one_channel_that_fails_does_not_repeat_the_other(tmp_path: Path) -> None:
    with post_office() as (server, heard):
        settings = {"notice_smtp": server, "notice_to": "a@b.example", "notice_webhook": "http://127.0.0.1:9/"}
        for _ in range(3):
            assert "by webhook (ConnectionError)" in announce(HELD, services(tmp_path, **settings), NIGHT)
    assert len(heard) == 1


def test_without_channels_nothing_is_noted(tmp_path: Path) -> None:
    assert announce(HELD, services(tmp_path), NIGHT) == ""
    assert not (tmp_path / "ledger.sqlite").exists()


def test_set_up_by_half_is_said_and_fails_nothing(tmp_path: Path) -> None:
    half = services(tmp_path, notice_smtp="smtp://someone:canary@mail.example:587")
    with pytest.raises(SetupProblem):
        configured_channels(half.settings)
    said = announce(HELD, half, NIGHT)
    assert "LONDATA_NOTICE_TO" in said
    assert "canary" not in said + repr(half.settings)


def test_addresses_with_secrets_come_from_the_environment_alone(tmp_path: Path) -> None:
    (tmp_path / "londata.toml").write_text('notice_webhook = "https://chat.example/token"\n')
    with pytest.raises(SetupProblem, match="notice_webhook"):
        load_settings({}, tmp_path)
    found = load_settings({"LONDATA_NOTICE_WEBHOOK": "https://chat.example/token"}, tmp_path / "none")
    assert [channel.name for channel in configured_channels(found)] == ["webhook"]


def test_a_service_of_apprise_is_told_of_a_change_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with web([200]) as (address, heard):
        house = services(tmp_path, notify_urls=address.replace("http:", "json:"))
        assert [announce(outcome, house, NIGHT) for outcome in (GOOD, HELD, HELD)] == ["", "", ""]
    (notice,) = heard
    assert notice["title"] == "londata: street-trees/camden is held (it was in order)"
    assert "3 rows of 4" in notice["message"]
    assert "token-canary" not in caplog.text


def test_a_service_of_apprise_that_fails_is_said_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    status = [500]
    with web(status) as (address, heard):
        url = address.replace("http:", "json:")
        house = services(tmp_path, notify_urls=f"{url} {url}/second nosuch://canary@host")
        said = announce(HELD, house, NIGHT)
        status[0] = 200
        again = announce(HELD, house, NIGHT)
    unknown = "No notice was sent by nosuch (ValueError); the next run tries again."
    assert said == (
        "No notice was sent by json (ConnectionError); the next run tries again. "
        f"No notice was sent by json 2 (ConnectionError); the next run tries again. {unknown}"
    )
    assert again == unknown
    assert len(heard) == 4
    assert "canary" not in said + caplog.text + repr(house.settings)


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        ("slack://a/b/c canary", "URL 2 does not name a service"),
        ("://canary", "URL 1 does not name a service"),
        ("mailto://someone:canary@mail.example", "unencrypted"),
    ],
)
def test_a_url_that_cannot_be_used_is_a_set_up_problem(urls: str, words: str, tmp_path: Path) -> None:
    half = services(tmp_path, notify_urls=urls)
    with pytest.raises(SetupProblem, match=words):
        configured_channels(half.settings)
    said = announce(HELD, half, NIGHT)
    assert "LONDATA_NOTIFY_URLS" in said
    assert "canary" not in said + repr(half.settings)


def test_the_urls_of_services_come_from_the_environment_alone(tmp_path: Path) -> None:
    (tmp_path / "londata.toml").write_text('notify_urls = "slack://token"\n')
    with pytest.raises(SetupProblem, match="notify_urls"):
        load_settings({}, tmp_path)
    found = load_settings({"LONDATA_NOTIFY_URLS": "slack://a/b/c\nmsteams://d/e/f slack://g/h/i"}, tmp_path / "none")
    assert [channel.name for channel in configured_channels(found)] == ["slack", "msteams", "slack 2"]


def test_apprise_is_imported_only_to_send_a_notice(tmp_path: Path) -> None:
    code = (
        "import sys, datetime as dt\nfrom pathlib import Path\n"
        "from flows.orchestration.notices import announce\nfrom flows.outcome import Outcome\n"
        "from flows.services import Services\nfrom flows.settings import Settings\n"
        "from packages.errors import ExitCode\nfrom packages.model import Identity\n"
        "good = Outcome(Identity('street-trees', 'camden'), 'publish', ExitCode.DONE, 'Published.')\n"
        f"services = Services(Settings(home=Path({str(tmp_path)!r}), notify_urls='slack://a/b/c'))\n"
        "announce(good, services, dt.datetime.now(dt.UTC))\nprint('apprise' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
