"""A proxy before an S3 server that breaks things on purpose: the same seed and order give the same faults."""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from packages.objects import StoreAddress

BROKEN = b"<Error><Code>InternalError</Code></Error>"
BUSY = b"<Error><Code>SlowDown</Code></Error>"
BETWEEN_TWO_SERVERS = frozenset({"connection", "transfer-encoding", "content-length", "date", "server"})


@dataclass
class Faults:
    """How often each fault strikes, as shares of the requests.

    `error` and `busy` (503 SlowDown) are answered without the server; `error_after` and `reset_after` after it did the
    work; `cut` gives half of the body of an answer; `slow` waits `seconds` before it asks the server. The same request
    meets no more than `streak` faults in a row.
    """

    shares: Mapping[str, float]
    seed: int = 0
    seconds: float = 0.5
    streak: int = 2
    met: Counter[str] = field(default_factory=Counter)
    _in_a_row: Counter[str] = field(default_factory=Counter)
    _lock: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def choose(self, request: str) -> str:
        """The fault that a request meets; empty for none."""
        with self._lock:
            roll, fault = self._random.random(), ""
            for name, share in self.shares.items():
                if roll < share and self._in_a_row[request] < self.streak:
                    fault = name
                    break
                roll -= share
            self._in_a_row[request] = self._in_a_row[request] + 1 if fault else 0
            self.met[fault or "none"] += 1
            return fault


@contextlib.contextmanager
def faulty(address: StoreAddress, faults: Faults) -> Iterator[StoreAddress]:
    """The address of a proxy before a server; what it did is counted in `faults.met`."""
    upstream = urlsplit(address.endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = faults.choose(f"{self.command} {self.path}")
            if fault in ("error", "busy"):
                return self.answer(503 if fault == "busy" else 500, BUSY if fault == "busy" else BROKEN, {})
            if fault == "slow":
                time.sleep(faults.seconds)
            status, headers, content = self.ask(body)
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
