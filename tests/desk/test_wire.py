"""The desk on a real socket: who sends slowly, too much, or something else than HTTP, and whose word counts."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest

from flows.desk.address import DeskAddress
from flows.desk.app import desk_app
from flows.desk.desk import Desk, open_desk, utc_now
from flows.desk.doors.gate import GateRules
from flows.desk.doors.patience import PatientProtocol
from flows.desk.doors.rates import RateLimiter
from flows.desk.drafts.draft import Job
from flows.desk.serving import server_config
from flows.services import Services
from flows.settings import Settings
from tests.desk.conftest import NO_LIMITS, InThread
from tests.desk.provider import listening, serving

pytestmark = pytest.mark.slow

Served = Callable[..., AbstractContextManager[tuple[str, Desk]]]


@pytest.fixture
def served(desk_settings: Settings) -> Served:
    """Serves a desk on a free port, as `londata desk` does."""

    @contextmanager
    def run(rates: RateLimiter | None = None, **rules: Any) -> Iterator[tuple[str, Desk]]:
        listener = listening()
        address = DeskAddress(f"http://127.0.0.1:{listener.getsockname()[1]}")
        desk = open_desk(Services(desk_settings), address, with_link=True, make_worker=InThread)
        desk.rates = rates or RateLimiter(NO_LIMITS)
        proxies = rules.pop("proxies", ())
        config = server_config(desk_app(desk, GateRules(address, desk.rates, 2, **rules)), proxies)
        with serving(config, listener):
            yield address.origin, desk
        desk.close()

    return run


class Wire:
    """A connection on which a test says whatever it wants."""

    def __init__(self, origin: str) -> None:
        self.host = origin.partition("://")[2]
        name, _, port = self.host.partition(":")
        self.socket = socket.create_connection((name, int(port)), timeout=20)

    def say(self, text: str | bytes) -> None:
        self.socket.sendall(text.encode("latin-1") if isinstance(text, str) else text)

    def hear(self) -> str:
        """Return everything that is said, until the other side ends the connection or has said a whole answer."""
        heard = b""
        while chunk := self._chunk():
            heard += chunk
            length = re.search(rb"(?i)content-length: (\d+)", heard)
            if length and len(heard.partition(b"\r\n\r\n")[2]) >= int(length[1]):
                break
        return heard.decode("utf-8", "replace")

    def is_closed(self, seconds: float) -> bool:
        """Return whether the other side ends the connection within some seconds."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def _chunk(self) -> bytes:
        try:
            return self.socket.recv(65_536)
        except ConnectionError:
            return b""


HEAD = "POST /check HTTP/1.1\r\nhost: {host}\r\ncontent-type: multipart/form-data; boundary=b\r\n"


def test_an_upload_that_stops_is_given_up_in_words(served: Served) -> None:
    with served(silence=0.5) as (origin, desk):
        wire = Wire(origin)
        wire.say(HEAD.format(host=wire.host) + "content-length: 5000\r\n\r\n--b\r\n")
        begun = time.monotonic()
        told = wire.hear()
        assert told.startswith("HTTP/1.1 408")
        assert "nothing came for a while" in told
        assert time.monotonic() - begun < 5
        assert not desk.drafts.all()


def test_an_upload_that_drips_is_given_up_too(served: Served) -> None:
    with served(silence=5.0, whole=1.0) as (origin, _):
        wire = Wire(origin)
        wire.say(HEAD.format(host=wire.host) + "content-length: 5000\r\n\r\n--b\r\n")
        begun = time.monotonic()
        while time.monotonic() - begun < 1.5:
            wire.say("x")
            time.sleep(0.1)
        assert wire.hear().startswith("HTTP/1.1 408")


def test_others_are_answered_while_many_send_slowly(served: Served) -> None:
    with served(silence=5.0) as (origin, _):
        wires = [Wire(origin) for _ in range(100)]
        for wire in wires:
            wire.say(HEAD.format(host=wire.host) + "content-length: 5000\r\n\r\n--b\r\n")
        begun = time.monotonic()
        assert httpx.get(f"{origin}/check").status_code == 200
        assert time.monotonic() - begun < 3
        for wire in wires:
            wire.socket.close()


@pytest.mark.parametrize("said", ["", "GET / HT", "GET / HTTP/1.1\r\nhost: x\r\nx-"])
def test_a_connection_on_which_nobody_asks_anything_is_ended(
    said: str, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PatientProtocol, "heads", 0.4)
    with served() as (origin, _):
        wire = Wire(origin)
        wire.say(said)
        assert wire.is_closed(5)


def test_who_asks_once_and_then_drips_is_ended_too(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "heads", 0.4)
    with served() as (origin, _):
        wire = Wire(origin)
        wire.say(f"GET /healthz HTTP/1.1\r\nhost: {wire.host}\r\n\r\n")
        assert "alive" in wire.hear()
        wire.say("GET /healthz HTTP/1.1\r\nx-a: ")
        assert wire.is_closed(5)


def test_a_long_answer_is_not_cut_off_by_patience(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "heads", 0.2)
    with served(silence=5.0) as (origin, _), httpx.Client(base_url=origin, timeout=20) as client:
        body = b"--b\r\n"

        def slowly() -> Iterator[bytes]:
            for _ in range(8):
                time.sleep(0.15)
                yield body

        kind = {"content-type": "multipart/form-data; boundary=b"}
        assert client.post("/check", content=slowly(), headers=kind).status_code in (400, 403)
        # and a connection that is used again and again stays
        for _ in range(6):
            assert client.get("/healthz").status_code == 200
            time.sleep(0.1)


def test_an_upload_that_says_it_is_too_large_is_told_and_not_kept(served: Served) -> None:
    with served() as (origin, desk):
        answer = httpx.post(f"{origin}/check", files={"file": ("a.csv", b"x" * (8 << 20))}, timeout=30)
        assert answer.status_code == 413
        assert "more than the 2 MiB" in answer.text
        assert not desk.drafts.all()


def test_an_upload_in_pieces_without_a_length_is_told(served: Served) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(64):
            yield b"x" * 131_072

    with served() as (origin, desk):
        kind = {"content-type": "multipart/form-data; boundary=b"}
        answer = httpx.post(f"{origin}/check", content=pieces(), headers=kind, timeout=30)
        assert answer.status_code == 413
        assert not desk.drafts.all()


@pytest.mark.parametrize(
    "said",
    [
        "GET / HTTP/1.1\r\nhost: {host}\r\n" + "".join(f"x-{n}: {'y' * 100}\r\n" for n in range(1_000)) + "\r\n",
        "GET /" + "a" * 100_000 + " HTTP/1.1\r\nhost: {host}\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: {host}\r\nhost: evil.example.org\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "POST /check HTTP/1.1\r\nhost: {host}\r\ncontent-length: 5\r\ncontent-length: 50\r\n\r\nhello",
        "POST /check HTTP/1.1\r\nhost: {host}\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /check HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /check HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "GET / HTTP/1.1\r\nhost: {host}\r\nx y: z\r\n\r\n",
        "GET http://evil.example.org/ HTTP/1.1\r\nhost: evil.example.org\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "\x00" * 2_000,
    ],
    ids=range(14),
)
def test_what_is_no_request_of_a_browser_gets_no_page(
    said: str, served: Served, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PatientProtocol, "heads", 0.5)
    with served() as (origin, _):
        wire = Wire(origin)
        try:
            wire.say(said.replace("{host}", wire.host))
            told = wire.hear()
        except ConnectionError:
            told = ""
        assert not told or re.match(r"HTTP/1\.[01] (400|403|404|413|431|501) ", told), told[:100]
        assert "server:" not in told.lower()
        assert httpx.get(f"{origin}/healthz").text == "alive\n"
    assert "Traceback" not in capfd.readouterr().err


def test_nothing_is_spoken_but_http(served: Served) -> None:
    with served() as (origin, _):
        wire = Wire(origin)
        wire.say(
            f"GET /check HTTP/1.1\r\nhost: {wire.host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        told = wire.hear()
        assert told.startswith("HTTP/1.1 200")
        assert "upgrade" not in told.lower().partition("\r\n\r\n")[0]


@pytest.mark.parametrize("is_trusted", [True, False])
def test_only_a_proxy_of_ours_says_who_asks(is_trusted: bool, served: Served) -> None:
    proxies = ("127.0.0.1",) if is_trusted else ("198.51.100.7",)
    with served(RateLimiter(), proxies=proxies) as (origin, _), httpx.Client(base_url=origin) as client:

        def wrong(address: str) -> int:
            return client.get("/sign-in/link?key=x", headers={"x-forwarded-for": address}).status_code

        # who could choose their address would be a new visitor each time
        statuses = [wrong(f"203.0.113.{n}") for n in range(30)]
        assert statuses.count(429) == (0 if is_trusted else 10)
        # what somebody put before the proxy's own word is never believed
        spoofed = [wrong(f"192.0.2.{n}, 203.0.113.200") for n in range(30)]
        assert spoofed.count(429) == (10 if is_trusted else 30)


def test_the_desk_says_nothing_about_who_asked(served: Served, capfd: pytest.CaptureFixture[str]) -> None:
    with served() as (origin, _), httpx.Client(base_url=origin) as client:
        client.get("/drafts/0123456789abcdef0123456789abcdef?wait=planted-in-an-address")
        client.get("/sign-in/link?key=planted-key")
        client.post("/check", data={"pasted": "planted"})
        for answer in (client.get("/"), client.get("/nothing"), client.get("/static/desk.css")):
            assert "server" not in answer.headers
    told = capfd.readouterr()
    assert "planted" not in told.out + told.err
    assert "0123456789abcdef" not in told.out + told.err


def test_others_get_their_pages_while_many_wait_for_their_files(served: Served) -> None:
    with served() as (origin, desk), httpx.Client(base_url=origin, timeout=30) as client:
        client.get("/check")
        session = desk.sessions.open(client.cookies["londata"], utc_now())
        job = Job(name="check", asked=utc_now(), state="running")
        draft = desk.drafts.create(f"session {session.digest}", utc_now(), job=job)
        wires = [Wire(origin) for _ in range(80)]
        for wire in wires:
            cookie = f"cookie: londata={client.cookies['londata']}"
            wire.say(f"GET /drafts/{draft.id}?wait=25 HTTP/1.1\r\nhost: {wire.host}\r\n{cookie}\r\n\r\n")
        time.sleep(1)
        begun = time.monotonic()
        assert httpx.get(f"{origin}/check").status_code == 200
        assert time.monotonic() - begun < 1.5
        desk.drafts.change(draft.id, job=job.model_copy(update={"state": "done"}))
        for wire in wires:
            wire.socket.close()
