"""A proxy before an S3 server that breaks things on purpose: the same seed and order give the same faults."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from packages.objects import StoreAddress

BROKEN = b"<Error><Code>InternalError</Code></Error>"
BUSY = b"<Error><Code>SlowDown</Code></Error>"
XML = {"Content-Type": "application/xml"}
BETWEEN_TWO_SERVERS = frozenset({"connection", "transfer-encoding", "content-length", "date", "server"})


@dataclass(frozen=True)
class S3Request:
    """A request as S3 means it: bucket and key are in the path."""

    method: str
    address: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.address).path).lstrip("/").partition("/")[2]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.address).query, keep_blank_values=True))

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and "list-type" in self.query

    @property
    def source(self) -> str:
        """The key that is copied from; empty when nothing is."""
        named = {name.lower(): text for name, text in self.headers.items()}.get("x-amz-copy-source", "")
        return unquote(named).lstrip("/").partition("/")[2]

    @property
    def ends_upload(self) -> bool:
        return self.method == "POST" and "uploadId" in self.query

    @property
    def never_meets(self) -> tuple[str, ...]:
        """Faults that this request cannot meet."""
        within = () if self.source or self.ends_upload else ("error_within",)
        return within if self.is_list else (*within, "stale")


@dataclass(frozen=True)
class Listed:
    """What a list says of an object."""

    etag: str
    bytes: int
    at: str


@dataclass
class PastLists:
    """What a list would have said at any moment since the proxy began, from the writes that went through it."""

    _said: dict[str, list[tuple[float, Listed | None]]] = field(default_factory=dict)
    _parts: Counter[str] = field(default_factory=Counter)
    _lock: Any = field(default_factory=threading.Lock)

    def note(self, request: S3Request, headers: Mapping[str, str], answer: bytes) -> None:
        """Take in a request that the server has granted."""
        named = {name.lower(): text for name, text in headers.items()}
        with self._lock:
            if request.method == "PUT" and "uploadId" in request.query:
                self._parts[request.query["uploadId"]] += len(request.body)
            elif request.method == "PUT":
                before = self._now(request.source)
                etag = named.get("etag") or _text(answer, "ETag")
                self._write(request.key, etag, before.bytes if before else len(request.body))
            elif request.ends_upload:
                self._write(request.key, _text(answer, "ETag"), self._parts.pop(request.query["uploadId"], 0))
            elif request.method == "DELETE" and "uploadId" not in request.query:
                self._remove(request.key)
            elif request.method == "POST" and "delete" in request.query:
                for key in ElementTree.fromstring(request.body).iterfind(".//{*}Key"):
                    self._remove(key.text or "")

    def _now(self, key: str) -> Listed | None:
        return self._said[key][-1][1] if key in self._said else None

    def _write(self, key: str, etag: str, size: int) -> None:
        at = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self._said.setdefault(key, []).append((time.monotonic(), Listed(etag, size, at)))

    def _remove(self, key: str) -> None:
        self._said.setdefault(key, []).append((time.monotonic(), None))

    def answer(self, request: S3Request, age: float) -> bytes:
        """The list that is asked for, as it was so many seconds ago, all in one piece."""
        prefix, delimiter = request.query.get("prefix", ""), request.query.get("delimiter", "")
        when, folders, objects = time.monotonic() - age, set(), []
        with self._lock:
            past = {key: [one for at, one in said if at <= when] for key, said in self._said.items()}
        for key in sorted(key for key, said in past.items() if key.startswith(prefix) and said and said[-1]):
            rest = key.removeprefix(prefix)
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
                continue
            one = past[key][-1]
            assert one
            told = f"<Key>{escape(key)}</Key><LastModified>{one.at}</LastModified><ETag>{escape(one.etag)}</ETag>"
            objects.append(f"<Contents>{told}<Size>{one.bytes}</Size></Contents>")
        below = "".join(f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in sorted(folders))
        count = len(objects) + len(folders)
        head = f"<Prefix>{escape(prefix)}</Prefix><KeyCount>{count}</KeyCount><IsTruncated>false</IsTruncated>"
        return f"<ListBucketResult>{head}{''.join(objects)}{below}</ListBucketResult>".encode()


def _text(answer: bytes, name: str) -> str:
    found = ElementTree.fromstring(answer).find(f".//{{*}}{name}")
    return (found.text or "") if found is not None else ""


@dataclass
class Faults:
    """How often each fault strikes, as shares of the requests.

    `error` and `busy` (503 SlowDown) are answered without the server; `error_after` and `reset_after` after it did the
    work; `cut` gives half of the body of an answer; `slow` waits `seconds` before it asks the server. `error_within`
    ends a copy or an upload in parts with the status of a success and an error as its body, as S3 may. `stale` gives a
    list as it was up to `stale_seconds` ago. The same request meets no more than `streak` faults in a row.
    """

    shares: Mapping[str, float]
    seed: int = 0
    seconds: float = 0.5
    streak: int = 2
    stale_seconds: float = 5.0
    met: Counter[str] = field(default_factory=Counter)
    _in_a_row: Counter[str] = field(default_factory=Counter)
    _lock: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def choose(self, request: str, but: Collection[str] = ()) -> str:
        """The fault that a request meets, none of those in `but`; empty for none."""
        with self._lock:
            roll, fault = self._random.random(), ""
            for name, share in self.shares.items():
                if name in but:
                    continue
                if roll < share and self._in_a_row[request] < self.streak:
                    fault = name
                    break
                roll -= share
            self._in_a_row[request] = self._in_a_row[request] + 1 if fault else 0
            self.met[fault or "none"] += 1
            return fault

    def age(self) -> float:
        """How many seconds old a list is."""
        with self._lock:
            return self._random.uniform(0, self.stale_seconds)


@contextlib.contextmanager
def faulty(address: StoreAddress, faults: Faults) -> Iterator[StoreAddress]:
    """The address of a proxy before a server; what it did is counted in `faults.met`."""
    upstream, past = urlsplit(address.endpoint).netloc, PastLists()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = S3Request(self.command, self.path, dict(self.headers), body)
            fault = faults.choose(f"{self.command} {self.path}", request.never_meets)
            if fault == "stale":
                return self.answer(200, past.answer(request, faults.age()), XML)
            if fault == "error_within":
                return self.answer(200, BROKEN, XML)
            if fault in ("error", "busy"):
                return self.answer(503 if fault == "busy" else 500, BUSY if fault == "busy" else BROKEN, {})
            if fault == "slow":
                time.sleep(faults.seconds)
            status, headers, content = self.ask(body)
            if status < 300:
                past.note(request, headers, content)
            if fault == "error_after":
                return self.answer(500, BROKEN, {})
            if fault == "reset_after":
                self.close_connection = True
                # no time to linger: whoever waits for an answer gets a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return self.connection.close()
            return self.answer(status, content, headers, is_cut=fault == "cut" and len(content) > 1)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

        def ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            server = http.client.HTTPConnection(upstream, timeout=30)
            with contextlib.closing(server):
                # the host stays as the client signed it
                server.request(self.command, self.path, body, {**self.headers, "Connection": "close"})
                found = server.getresponse()
                return found.status, dict(found.getheaders()), found.read()

        def answer(self, status: int, content: bytes, headers: dict[str, str], is_cut: bool = False) -> None:
            self.send_response_only(status)
            kept = {name.lower(): value for name, value in headers.items()}
            length = kept.get("content-length") if self.command == "HEAD" else None
            for name, value in kept.items():
                if name not in BETWEEN_TWO_SERVERS:
                    self.send_header(name, value)
            if status not in (204, 304):
                self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: len(content) // 2] if is_cut else content)
            self.close_connection = self.close_connection or is_cut

        def log_message(self, *_: Any) -> None:
            """Nothing is written."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that went away is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield replace(address, endpoint=f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
