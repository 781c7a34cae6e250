"""Fetching from servers that mean harm: each is told in words, costs little, and leaves nothing behind."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from packages.errors import FileProblem, LondataError, SetupProblem, TemporaryProblem
from packages.fetch import Fetched, fetch
from packages.sources.transport.answers import VALUES, parse_json
from packages.sources.transport.download import Download, FetchContext
from packages.sources.transport.download_limits import DownloadLimits
from packages.sources.transport.host_allow_list import build_allow_list, may_be_asked
from packages.sources.transport.http_session import HttpPage, open_session
from packages.sources.transport.urls import display_url, resolve_url, shown_address
from packages.sources.webpage import links_of
from packages.spec import HttpSource, SocrataSource
from tests.packages.sources.server import stored
from tests.packages.sources.test_http import DATA, NOW

MIB = 1 << 20
HEAD = b"HTTP/1.1 200 OK\r\n"
SMALL = DownloadLimits(bytes=2 * MIB, page=MIB, seconds=20, silence=5, attempts=2)
SHORT = replace(SMALL, seconds=0.7)

pytestmark = pytest.mark.usefixtures("socket_enabled")

Said = Iterator[bytes]


@dataclass
class RawServer:
    """Says exactly these bytes to whoever asks, right or wrong, as fast or slow as it likes; keeps what was asked."""

    says: Callable[[str], Said]
    asked: list[str] = field(default_factory=list)
    line: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        return int(self.line.getsockname()[1])

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._answer, args=(self.line.accept()[0],), daemon=True).start()

    def _answer(self, asker: socket.socket) -> None:
        with asker, suppress(OSError):
            self.asked.append(asker.recv(65_536).decode("latin-1"))
            for piece in self.says(self.asked[-1].split(" ")[1]):
                asker.sendall(piece)
            asker.shutdown(socket.SHUT_WR)


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[str], Said]], RawServer]]:
    started: list[RawServer] = []

    def start(says: Callable[[str], Said]) -> RawServer:
        server = RawServer(says)
        threading.Thread(target=server.serve, daemon=True).start()
        started.append(server)
        return server

    yield start
    for server in started:
        with suppress(OSError):
            server.line.shutdown(socket.SHUT_RDWR)
        server.line.close()


def ask(server: RawServer, tmp_path: Path, limits: DownloadLimits = SMALL, path: str = "/a.csv") -> Fetched:
    source = HttpSource(kind="http", url=f"http://127.0.0.1:{server.port}{path}")
    return fetch(source, FetchContext(tmp_path, tmp_path / "store", NOW, allow_local=True, limits=limits))


def download(url: str, context: FetchContext) -> Download | None:
    """Ask for an address that no description could hold, as one that a link or a person gives."""
    session = open_session(url, [], context)
    return session.download_if_changed(session.start)


def body(content: bytes, *lines: str) -> Callable[[str], Said]:
    """A right answer with this body, and more lines in its head."""
    head = HEAD + b"".join(f"{line}\r\n".encode() for line in lines)
    return lambda _: iter([head + b"Content-Length: %d\r\n\r\n" % len(content), content])


def forever(*pieces: bytes, pause: float = 0.0) -> Callable[[str], Said]:
    """The first piece once, the others again and again."""

    def says(_: str) -> Said:
        yield pieces[0]
        while True:
            yield from pieces[1:]
            time.sleep(pause)

    return says


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def bomb(mib: int) -> bytes:
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(b"a,b\n" * (MIB // 4)) for _ in range(mib)) + packer.flush()


ZEROS = gzip.compress(b"\0" * 40 * MIB)
EMPTY_BLOCKS = b"\x00\x00\x00\xff\xff" * 2_000
"""Blocks of deflate that hold nothing: they never end, and nothing ever comes out of them."""

GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = HEAD + b"Content-Encoding: gzip\r\n\r\n"

TOO_LARGE, TOO_SLOW, OTHER_PACKING = "larger than 2 MiB", "so slowly", "was not asked for"

HOSTILE: dict[str, tuple[Callable[[str], Said], type[LondataError], str]] = {
    "a gzip bomb": (body(bomb(300), "Content-Encoding: gzip"), FileProblem, TOO_LARGE),
    "a deflate bomb": (body(zlib.compress(b"\0" * 40 * MIB), "Content-Encoding: deflate"), FileProblem, TOO_LARGE),
    "a bare deflate bomb": (body(raw_deflate(b"\0" * 40 * MIB), "Content-Encoding: deflate"), FileProblem, TOO_LARGE),
    "a bomb in a bomb": (body(gzip.compress(ZEROS), "Content-Encoding: gzip, gzip"), FileProblem, OTHER_PACKING),
    "a bomb in a bomb, on two lines": (
        body(gzip.compress(ZEROS), "Content-Encoding: gzip", "Content-Encoding: gzip"), FileProblem, OTHER_PACKING,
    ),
    "a hundred packings": (body(ZEROS, "Content-Encoding: " + ", ".join(["gzip"] * 100)), FileProblem, OTHER_PACKING),
    "brotli": (body(b"\x1b\x03", "Content-Encoding: br"), FileProblem, OTHER_PACKING),
    "zstandard": (body(b"\x28\xb5\x2f\xfd", "Content-Encoding: zstd"), FileProblem, OTHER_PACKING),
    "gzip under brotli": (body(ZEROS, "Content-Encoding: br, gzip"), FileProblem, OTHER_PACKING),
    "gzip that is none": (body(DATA, "Content-Encoding: gzip"), TemporaryProblem, "cannot be unpacked"),
    "gzip with a wrong checksum": (
        body(gzip.compress(DATA)[:-8] + b"\0" * 8, "Content-Encoding: gzip"), TemporaryProblem, "cannot be unpacked",
    ),
    "half of a gzip": (body(gzip.compress(DATA)[:-12], "Content-Encoding: gzip"), TemporaryProblem, "broke off"),
    "gzip without its end": (body(gzip.compress(DATA)[:-8], "Content-Encoding: gzip"), TemporaryProblem, "broke off"),
    "nothing, packed without end": (forever(PACKED + GZIP_HEAD, EMPTY_BLOCKS), FileProblem, TOO_LARGE),
    "members of nothing without end": (forever(PACKED, gzip.compress(b"") * 200), FileProblem, TOO_LARGE),
    "a body without end": (forever(HEAD + b"\r\n", b"a,b\n" * 9_000), FileProblem, TOO_LARGE),
    "chunks without end": (forever(CHUNKED, chunk(b"a,b\n" * 9_000)), FileProblem, TOO_LARGE),
    "chunks of a byte without end": (forever(CHUNKED, chunk(b"a") * 4_000), LondataError, f"{TOO_LARGE}|{TOO_SLOW}"),
    "a chunk that is longer than all": (
        forever(CHUNKED + b"7fffffffffffffff\r\n", b"a," * 9_000), FileProblem, TOO_LARGE,
    ),
    "a chunk without a number": (forever(CHUNKED + b"zz\r\n", b"a," * 9_000), TemporaryProblem, "broke off"),
    "a remark on a chunk without end": (forever(CHUNKED + b"5;", b"a" * 9_000), TemporaryProblem, "broke off"),
    "trailers without end": (forever(CHUNKED + b"0\r\n", b"X: y\r\n" * 900), TemporaryProblem, "broke off"),
    "a declared size of 100 digits": (
        forever(HEAD + b"Content-Length: " + b"9" * 100 + b"\r\n\r\n", b"a," * 900), LondataError, "broke off|larger",
    ),
    "a declared size of 5,000 digits": (
        forever(HEAD + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", b"a," * 900), LondataError, "broke off|larger",
    ),
    "a declared size below nothing": (
        lambda _: iter([HEAD + b"Content-Length: -5\r\n\r\n", DATA]), TemporaryProblem, "broke off",
    ),
    "two declared sizes": (
        lambda _: iter([HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n", DATA]), TemporaryProblem, "broke off",
    ),
    "a size beyond what is sent": (
        lambda _: iter([HEAD + b"Content-Length: 9999\r\n\r\n", DATA]), TemporaryProblem, "broke off",
    ),
    "a size beyond what is sent, and then silence": (
        forever(HEAD + b"Content-Length: 9999\r\n\r\n" + DATA, pause=0.05), TemporaryProblem, TOO_SLOW,
    ),
    "a byte now and then": (forever(HEAD + b"\r\n", b"a", pause=0.05), TemporaryProblem, TOO_SLOW),
    "a chunk now and then": (forever(CHUNKED, chunk(b"a"), pause=0.05), TemporaryProblem, TOO_SLOW),
    "a byte of the first line now and then": (forever(b"HTTP/1.1 2", b"0", pause=0.05), TemporaryProblem, TOO_SLOW),
    "a byte of a header now and then": (forever(HEAD + b"X: ", b"y", pause=0.05), TemporaryProblem, TOO_SLOW),
    "a header now and then": (forever(HEAD, b"X: y\r\n", pause=0.05), TemporaryProblem, TOO_SLOW),
    "wait, wait, wait": (forever(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01), TemporaryProblem, TOO_SLOW),
    "more to come, without end": (forever(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 99), TemporaryProblem, TOO_SLOW),
    "silence": (forever(b"", pause=0.05), TemporaryProblem, TOO_SLOW),
    "headers without end": (forever(HEAD, b"X-Flood: y\r\n" * 900), TemporaryProblem, "broke off"),
    "one header without end": (forever(HEAD + b"X: ", b"y" * 9_000), TemporaryProblem, "broke off"),
    "a million headers": (body(DATA, *["X: y"] * 1_000_000), TemporaryProblem, "broke off"),
    "a header of a megabyte": (body(DATA, "X: " + "y" * MIB), TemporaryProblem, "broke off"),
    "no HTTP at all": (lambda _: iter([b"SSH-2.0-OpenSSH_9.2\r\n"]), TemporaryProblem, "broke off"),
    "an old HTTP": (lambda _: iter([DATA]), TemporaryProblem, "broke off"),
    "an end at once": (lambda _: iter(()), TemporaryProblem, "broke off"),
    "a status that is none": (lambda _: iter([b"HTTP/1.1 999 Very well\r\n\r\n" + DATA]), LondataError, "busy|asked"),
    "a part that nobody asked for": (lambda _: iter([b"HTTP/1.1 206 Part\r\n\r\n" + DATA]), SetupProblem, "asked"),
    "unchanged, which nobody asked for": (lambda _: iter([b"HTTP/1.1 304 Same\r\n\r\n"]), SetupProblem, "asked"),
    "a pause of a hundred digits": (
        lambda _: iter([b"HTTP/1.1 503 No\r\nRetry-After: " + b"9" * 100 + b"\r\n\r\n"]), TemporaryProblem, "busy",
    ),
    "a pause of 5,000 digits": (
        lambda _: iter([b"HTTP/1.1 503 No\r\nRetry-After: " + b"9" * 5_000 + b"\r\n\r\n"]), TemporaryProblem, "busy",
    ),
    "a pause until the year 99999": (
        lambda _: iter([b"HTTP/1.1 503 No\r\nRetry-After: Mon, 01 Jan 99999 00:00:00 GMT\r\n\r\n"]),
        TemporaryProblem, "busy",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_is_told_in_words_costs_little_and_leaves_nothing(
    kind: str, serve: Callable[..., RawServer], tmp_path: Path
) -> None:
    says, problem, words = HOSTILE[kind]
    server = serve(says)
    tracemalloc.start()
    began = time.monotonic()
    with pytest.raises(problem, match=words) as refused:
        ask(server, tmp_path, SHORT if TOO_SLOW in words else SMALL)
    took, peak = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.fix
    assert stored(tmp_path) == []
    assert took < 30
    # what the server has ready to be sent is in the same process
    assert peak < 16 * MIB


HONEST = {
    "plain": (body(DATA), DATA),
    "gzip": (body(gzip.compress(DATA), "Content-Encoding: gzip"), DATA),
    "x-gzip": (body(gzip.compress(DATA), "Content-Encoding: X-GZIP"), DATA),
    "gzip of two members": (body(gzip.compress(DATA) + gzip.compress(DATA), "Content-Encoding: gzip"), DATA * 2),
    "gzip and zeros after it": (body(gzip.compress(DATA) + b"\0" * 512, "Content-Encoding: gzip"), DATA),
    "deflate": (body(zlib.compress(DATA), "Content-Encoding: deflate"), DATA),
    "bare deflate": (body(raw_deflate(DATA), "Content-Encoding: deflate"), DATA),
    "a packing that is none": (body(DATA, "Content-Encoding: identity"), DATA),
    "an encoding of text in the wrong place": (body(DATA, "Content-Encoding: utf-8"), DATA),
    "gzip a byte at a time": (
        lambda _: iter([CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")]
                       + [chunk(bytes([one])) for one in gzip.compress(DATA)] + [b"0\r\n\r\n"]), DATA,
    ),
    "a large file, packed": (body(gzip.compress(DATA * 60_000), "Content-Encoding: gzip"), DATA * 60_000),
    # by the rules of HTTP the file ends where its size says so, and what follows is no part of it
    "more than was announced": (lambda _: iter([HEAD + b"Content-Length: %d\r\n\r\n" % len(DATA), DATA, DATA]), DATA),
}  # fmt: skip


@pytest.mark.parametrize("kind", HONEST)
def test_an_honest_answer_is_taken_as_it_was_before_it_was_packed(
    kind: str, serve: Callable[..., RawServer], tmp_path: Path
) -> None:
    says, content = HONEST[kind]
    server = serve(says)
    assert ask(server, tmp_path).extract.path.read_bytes() == content
    assert "accept-encoding: gzip, deflate\r\n" in server.asked[0].lower()


# --- where an address leads ------------------------------------------------------------------------------------------

INSIDE = (
    "https://127.1/a", "https://0/a", "https://0x7f000001/a", "https://0x7f.1/a", "https://2130706433/a",
    "https://017700000001/a", "https://0177.0.0.1/a", "https://127.0.0.1./a", "https://127。0。0。1/a",
    "https://127｡0｡0｡1/a", "https://①②⑦.⓪.⓪.①/a", "https://[::1]/a", "https://[0:0:0:0:0:0:0:1]/a", "https://[::]/a",
    "https://[::ffff:127.0.0.1]/a", "https://[::ffff:7f00:1]/a", "https://[::ffff:0:127.0.0.1]/a",
    "https://[::127.0.0.1]/a", "https://[64:ff9b::7f00:1]/a", "https://[64:ff9b:1::7f00:1]/a",
    "https://[2002:7f00:1::]/a", "https://[2001:0:7f00:1::]/a", "https://[fe80::1]/a", "https://[fe80::1%25lo]/a",
    "https://[::1%25lo]/a", "https://[::1%lo]/a", "https://[fec0::1]/a", "https://[fd00::1]/a", "https://[100::1]/a",
    "https://169.254.169.254/latest", "https://[fd00:ec2::254]/latest", "https://100.100.100.200/latest",
    "https://0.0.0.0/a", "https://255.255.255.255/a", "https://localhost/a", "https://LOCALHOST./a",
    "https://ⓛocalhost/a", "https://localhost%00.example.org/a", "https://data.example.org@127.0.0.1/a",
    "https://data.example.org%40127.0.0.1/a", "https://127.0.0.1:443\\@data.example.org/a",
    "https://127.0.0.1#@data.example.org/a", "https://127.0.0.1?@data.example.org/a", "https://127.0.0.1:0/a",
    "https://127.0.0.1:99999/a", "https://127.0.0.1:x/a", "https:127.0.0.1/a", "https:///127.0.0.1/a", "https:/a",
    "//127.0.0.1/a", "http://data.example.org/a", "ftp://data.example.org/a", "file:///etc/passwd",
    "file://localhost/etc/passwd", "gopher://127.0.0.1/_x", "data:text/csv,a", "javascript:1", "", " ", "https://",
    "https://" + "a" * 64 + ".example.org/a", "https://" + "a." * 200 + "org/a", "https://.example.org/a",
    "https://a..example.org/a", "https://exa mple.org/a", "https://example.org:-1/a", "https://[::1/a",
    "https://[v1.x]/a", "https://xn--a.example/a", "https://" + "a" * 70_000,
)  # fmt: skip


@pytest.fixture
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name leads anywhere but those of this machine; numbers are read as the system reads them."""
    real = socket.getaddrinfo

    def numbers_only(host: str, port: int, **how: Any) -> list[Any]:
        if host.rstrip(".") != "localhost":
            how["flags"] = socket.AI_NUMERICHOST
        return real(host, port, **how)

    monkeypatch.setattr(socket, "getaddrinfo", numbers_only)


@pytest.mark.parametrize("url", INSIDE)
def test_no_spelling_of_an_address_leads_inside(url: str, no_names: None, tmp_path: Path) -> None:
    limits = DownloadLimits(attempts=1, silence=1)
    with pytest.raises((SetupProblem, TemporaryProblem)) as refused:
        download(url, FetchContext(tmp_path, tmp_path / "store", NOW, limits=limits))
    if isinstance(refused.value, TemporaryProblem):
        # the one way to be told that trying later may help is a name that nobody knows: it was never connected
        assert isinstance(refused.value.__cause__, socket.gaierror)
    assert len(refused.value.what) < 600


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://127.0.0.1:{port}/a.csv", "without end"),
        ("/{next}.csv", "without end"),
        ("https://127.0.0.1:{port}/a.csv", "could not be reached"),
        ("http://u:p@127.0.0.1:{port}/b.csv", "without end"),
        ("http://169.254.169.254/latest/meta-data", "not among the hosts"),
        ("http://[::ffff:169.254.169.254]/", "not among the hosts"),
        ("http://2852039166/", "not among the hosts"),
        ("//10.0.0.1/", "not among the hosts"),
        ("\\\\10.0.0.1\\a", "not among the hosts|no address|without end"),
        ("file:///etc/passwd", "no address"),
        ("ftp://127.0.0.1/a", "not https"),
        ("gopher://127.0.0.1:{port}/_x", "not https"),
        ("javascript:alert(1)", "no address"),
        ("http://[", "not among the hosts"),
        ("http://127.0.0.1:99999/", "could not be reached"),
        ("http://" + "a" * 64 + ".org/", "not among the hosts|no address"),
        ("\x00\x01\x7f", "no address|without end|broke off"),
        ("é" * 50, "no address|without end"),
        ("/" + "a" * 60_000, "without end|no address"),
        ("", "without end|asked"),
    ],
)
def test_every_redirect_is_checked(location: str, words: str, serve: Callable[..., RawServer], tmp_path: Path) -> None:
    turns = iter(range(1_000))

    def says(_: str) -> Said:
        to = location.replace("{port}", str(server.port)).replace("{next}", str(next(turns)))
        yield b"HTTP/1.1 302 Found\r\nLocation: " + to.encode("latin-1") + b"\r\nContent-Length: 0\r\n\r\n"

    server = serve(says)
    with pytest.raises(LondataError, match=words):
        ask(server, tmp_path)
    assert len(server.asked) <= (1 + SMALL.redirects) * 2
    assert not any("u:p" in asked or "dTpw" in asked for asked in server.asked)


def test_a_name_that_leads_elsewhere_the_second_time_is_asked_once(
    serve: Callable[..., RawServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the address that was looked at is the one that is connected to."""
    inside = serve(body(DATA))
    looked_up: list[str] = []
    connected: list[Any] = []

    def rebinding(host: str, port: int, **_: Any) -> list[Any]:
        looked_up.append(host)
        ip = "93.184.216.34" if len(looked_up) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    def connect(address: Any, *_: Any, **__: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    source = HttpSource(kind="http", url=f"https://data.example.org:{inside.port}/a.csv")
    limits = DownloadLimits(attempts=1)
    with pytest.raises(TemporaryProblem, match="could not be reached"):
        fetch(source, FetchContext(tmp_path, tmp_path / "store", NOW, limits=limits))
    assert (looked_up, connected) == (["data.example.org"], [("93.184.216.34", inside.port)])
    # another attempt looks the name up again, and refuses what it finds then
    with pytest.raises(SetupProblem, match="private or reserved"):
        fetch(source, FetchContext(tmp_path, tmp_path / "store", NOW, limits=limits))
    assert (inside.asked, len(connected)) == ([], 1)


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(_: str, port: int, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(SetupProblem, match="private or reserved"):
        build_allow_list(["data.example.org"], local=False).admit("https", "data.example.org", 443)


@pytest.mark.parametrize(
    "host", ["dаta.example.org", "data.example.org.evil.example", "evildata.example.org", "data-example.org"]
)  # fmt: skip
def test_a_host_that_looks_like_the_right_one_is_another(host: str) -> None:
    looked = resolve_url(f"https://{host}/a").raw_host.decode()
    with pytest.raises(SetupProblem, match="not among the hosts"):
        build_allow_list(["data.example.org"], local=False).admit("https", looked, 443)


@pytest.mark.parametrize("address", ["::ffff:0:7f00:1", "100::1", "fec0::1", "::7f00:1", "4000::1", "64:ff9b:1::1"])
def test_only_what_is_given_out_of_ipv6_may_be_asked(address: str) -> None:
    assert not may_be_asked(address, local=False)


@pytest.mark.parametrize("host", ["http://x/y", "a b", "[", "a" * 70_000, "x@y/z?"])
def test_a_host_in_the_description_that_is_none_is_told(host: str, tmp_path: Path) -> None:
    source = HttpSource(kind="http", url="https://127.0.0.1/a", allow_hosts=[host])
    with pytest.raises(SetupProblem):
        fetch(source, FetchContext(tmp_path, tmp_path / "store", NOW))


# --- secrets in addresses ---------------------------------------------------------------------------------------------

SECRET = "S3cr3tW0rd"
WITH_SECRET = (
    "token={0}", "access_token={0}", "apikey={0}", "api-key={0}", "key={0}", "code={0}", "subscription-key={0}",
    "X-Amz-Signature={0}&X-Amz-Credential={0}&X-Amz-Security-Token={0}", "AWSAccessKeyId={0}&Signature={0}",
    "sv=2020&se=2026&sig={0}", "Policy=x&Signature={0}", "password={0}", "pass={0}", "jwt={0}", "sid={0}",
    "PHPSESSID={0}", "a=1;token={0}", "TOKEN={0}", "t%6Fken={0}", "user[password]={0}", "hmac={0}", "ticket={0}",
)  # fmt: skip


@pytest.mark.parametrize("query", WITH_SECRET)
def test_no_key_in_an_address_is_kept_or_told(
    query: str, serve: Callable[..., RawServer], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    good = serve(body(DATA))
    extract = ask(good, tmp_path, path="/a.csv?year=2026&" + query.format(SECRET)).extract
    assert SECRET in good.asked[0]
    told = [repr(extract), caplog.text]
    for says in (
        body(b"<html>"),
        forever(HEAD + b"Content-Length: 9\r\n\r\n"),
        lambda _: iter([b"HTTP/1.1 404 No\r\n\r\n"]),
    ):
        limits = DownloadLimits(seconds=0.3, attempts=1)
        with pytest.raises(LondataError) as refused:
            ask(serve(says), tmp_path, limits, "/a.csv?" + query.format(SECRET))
        told += [refused.value.what, refused.value.fix, *chain_of(refused.value)]
    assert "year=2026" in extract.url
    assert SECRET not in "".join(told) + caplog.text


def chain_of(error: BaseException | None) -> list[str]:
    """The words of an exception and of those that it came from, as a trace would show them."""
    texts = []
    while error is not None:
        texts += [str(error), repr(error)]
        error = error.__cause__ or error.__context__
    return texts


@pytest.mark.parametrize(
    "url",
    [f"https://user:{SECRET}@data.example.org/a", f"https://{SECRET}@data.example.org/a", f"user:{SECRET}@host/a",
     f"https://data.example.org@{SECRET}@/a", f"https:///a?token={SECRET}", f"//user:{SECRET}@data.example.org/a"],
)  # fmt: skip
def test_a_login_in_an_address_is_refused_and_not_repeated(url: str, no_names: None, tmp_path: Path) -> None:
    with pytest.raises(LondataError) as refused:
        download(url, FetchContext(tmp_path, tmp_path, NOW, limits=DownloadLimits(attempts=1)))
    assert SECRET not in "".join([refused.value.what, refused.value.fix, *chain_of(refused.value)])


@pytest.mark.parametrize("query", WITH_SECRET)
def test_an_address_of_a_description_is_shown_without_its_keys(query: str) -> None:
    for login in ("", f"user:{SECRET}@", f"{SECRET}@"):
        shown, *odd = (
            shown_address(f"https://{login}{host}/a.csv?year=2026&{query.format(SECRET)}#{SECRET}")
            for host in ("data.example.org", "[", "", "a..b", "data.example.org:x")
        )
        assert shown.startswith("https://data.example.org/a.csv?year=2026")
        assert SECRET not in shown + "".join(odd)


def test_what_stands_in_the_path_after_a_semicolon_is_not_kept() -> None:
    assert display_url(httpx.URL("https://a.example/x.csv;jsessionid=1?y=2")) == "https://a.example/x.csv?y=2"


# --- answers of programs ----------------------------------------------------------------------------------------------

JSON = {
    "deep lists": b"[" * 200_000 + b"]" * 200_000,
    "deep objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "a number of 100,000 digits": b"9" * 100_000,
    "half of it": b'{"a": [1, 2',
    "no text": b"\xff\xfe\x00\xd8",
    "nothing": b"",
    "a web page": b"<!DOCTYPE html><p>Not here",
    "empty lists without number": b"[" + b"[]," * (VALUES // 2) + b"[]]",
    "empty texts without number": b"[" + b'"",' * (VALUES + 1) + b'""]',
}


@pytest.mark.parametrize("kind", JSON)
def test_a_hostile_answer_of_a_program_is_told_in_words(kind: str) -> None:
    with pytest.raises((FileProblem, TemporaryProblem)):
        parse_json(JSON[kind], "data.example.org")


@pytest.mark.parametrize("number", [b"1e999999", b"-1E+400", b"NaN", b"Infinity", b"0." + b"0" * 100_000 + b"1"])
def test_an_odd_number_in_json_is_no_trouble(number: bytes) -> None:
    assert list(parse_json(b'{"a":' + number + b"}", "data.example.org")) == ["a"]


@pytest.mark.parametrize("announced", [10**6, 10**30, 10**4000], ids=["million", "many", "4,000 digits"])
@pytest.mark.parametrize("page", ["same", "new"])
def test_a_portal_whose_pages_never_end_is_left(
    announced: int, page: str, serve: Callable[..., RawServer], tmp_path: Path
) -> None:
    turns = iter(range(10_000_000))

    def says(path: str) -> Said:
        said = b'[{"n": "%d"}]' % announced if "count" in path else b"a\n%d\n" % (0 if page == "same" else next(turns))
        if "/api/views/" in path:
            said = b'{"rowsUpdatedAt": 1}'
        yield HEAD + b"Content-Length: %d\r\n\r\n" % len(said) + said

    server = serve(says)
    source = SocrataSource(kind="socrata", url=f"http://127.0.0.1:{server.port}", dataset="abcd-1234")
    limits = DownloadLimits(seconds=1.5, gap=0.0)
    with pytest.raises(LondataError, match=r"again and again|so slowly|no rows|more rows") as refused:
        fetch(source, FetchContext(tmp_path, tmp_path / "store", NOW, allow_local=True, limits=limits))
    assert stored(tmp_path) == []
    assert len(refused.value.what) < 600


@pytest.mark.parametrize(
    "start", [b"<!--", b"<a ", b"<a href=", b"<!", b"<?", b"</a", b"&#", b"<a href='x'>", b"<script>", b"<![CDATA["]
)  # fmt: skip
def test_a_hostile_page_is_read_in_a_moment(start: bytes) -> None:
    began = time.process_time()
    with suppress(FileProblem):
        links_of(HttpPage(start * (MIB // len(start)), httpx.URL("https://data.example.org/"), ""))
    assert time.process_time() - began < 20
