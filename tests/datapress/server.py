"""A DataPress over HTTP on this machine, well or badly behaved."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from catalogue.backends.transport.answers import AGENT
from tests.datapress.portal import Account, Portal, Refused

KEY = "0f4e2c1a-secret-canary"
BEFORE = ("500", "502", "503", "504", "429", "reset")
AFTER = ("500_after", "502_after", "503_after", "504_after", "reset_after", "short_body", "delay_after", "part_short")


@dataclass
class Faults:
    """Which requests meet which fault: those of the `script` in order, else each with its rate.

    A request of ours counts when `match` is found in its method and path; at most `streak` of them fail in a row.
    """

    script: list[str] = field(default_factory=list)
    rates: Mapping[str, float] = field(default_factory=dict)
    match: str = ""
    seed: int = 7
    streak: int = 3
    retry_after: str = "0"
    met: Counter[str] = field(default_factory=Counter)
    matched: int = 0

    def __post_init__(self) -> None:
        assert not {*self.script, *self.rates} - {*BEFORE, *AFTER, "ok"}
        self._dice, self._in_a_row, self._lock = random.Random(self.seed), 0, threading.Lock()

    def next(self, line: str) -> str:
        with self._lock:
            if not re.search(self.match, line):
                return ""
            self.matched += 1
            fault = (self.script.pop(0) if self.script else self._drawn()).replace("ok", "")
            self._in_a_row = self._in_a_row + 1 if fault else 0
            self.met.update([fault] if fault else [])
            return fault

    def _drawn(self) -> str:
        drawn = self._dice.random()
        for fault, rate in self.rates.items():
            drawn -= rate
            if drawn < 0:
                return fault if self._in_a_row < self.streak else ""
        return ""


class Server(ThreadingHTTPServer):
    """The portal and its faults; `asked` are all requests: method, path and headers."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, portal: Portal) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.portal, self.faults = portal, Faults()
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def written(self) -> list[str]:
        """Every request that writes."""
        return [f"{method} {path}" for method, path, _ in self.asked if method != "GET"]

    def handle_error(self, *_: object) -> None: ...


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        # whoever looks on is not in the way of the faults
        is_ours = self.headers.get("User-Agent") == AGENT
        fault = self.server.faults.next(f"{self.command} {self.path}") if is_ours else ""
        if fault == "reset":
            return self.reset()
        if fault in BEFORE:
            return self.send(
                int(fault), b"<html>Bad day</html>", "text/html", Retry_After=self.server.faults.retry_after
            )
        if fault == "part_short":
            body = shortened(body)
        status, content, kind = self.result(body)
        if fault == "delay_after":
            time.sleep(0.3)
        if fault == "reset_after":
            return self.reset()
        if fault == "short_body":
            return self.send(status, content, kind, cut=True)
        if fault[:3].isdigit():
            return self.send(int(fault[:3]), b"<html>Bad day</html>", "text/html")
        return self.send(status, content, kind)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815  # the library's names

    def result(self, body: bytes) -> tuple[int, bytes, str]:
        try:
            with self.server.portal.lock:
                found = self.route(body)
        except Refused as refused:
            found, status = {"statusCode": refused.status, "message": refused.message}, refused.status
            return status, json.dumps(found).encode(), "application/json; charset=utf-8"
        if isinstance(found, bytes):
            return 200, found, "application/octet-stream"
        return 200, json.dumps(found).encode(), "application/json; charset=utf-8"

    def route(self, body: bytes) -> Any:
        portal, base = self.server.portal, f"http://{self.headers['Host']}"
        who = portal.account(self.headers.get("Authorization"))
        parts = [unquote(part) for part in self.path.partition("?")[0].strip("/").split("/")]
        match (self.command, *parts):
            case ("GET", "api", "v3", "whoami"):
                return who.who() if who else None
            case ("GET", "api", "site"):
                return portal.site()
            case ("GET", "api", "v3", "datasets", "export.json"):
                return portal.export(who, base)
            case ("GET", "api", "v3", "dataset", key) | ("GET", "api", "dataset", key):
                return portal.read(key, who, base)
            case ("POST", "api", "dataset"):
                return portal.create(self.json(body), who, base)
            case ("PATCH", "api", "v3", "dataset", key) | ("PATCH", "api", "dataset", key):
                return portal.patch(key, self.json(body), who, base)
            case ("POST", "api", "v3", "dataset", key, "upload"):
                return portal.open_upload(key, self.json(body), who, base)
            case ("POST", "api", "v3", "upload", session, "chunk"):
                return portal.chunk(session, self.form(body), who)
            case ("POST", "api", "v3", "upload", session, "complete"):
                return portal.complete(session, who, base)
            case ("POST", "api", "dataset", key, "resources", *rest) if len(rest) < 2:
                return portal.add_file(key, "".join(rest), self.form(body, named=True), who, base)
            case ("GET", "download", key, rid, *name) if len(name) < 2:
                return portal.download(key, rid, "".join(name), who)
        raise Refused(404, "Not found")

    def json(self, body: bytes) -> Any:
        if not str(self.headers.get("Content-Type")).startswith("application/json"):
            raise Refused(400, "Content-Type must be application/json")
        try:
            return json.loads(body)
        except ValueError:
            raise Refused(400, "The body is not JSON") from None

    def form(self, body: bytes, named: bool = False) -> dict[str, Any]:
        """The fields of a form with files; `named` adds the name of the file."""
        kind = str(self.headers.get("Content-Type"))
        if not kind.startswith("multipart/form-data"):
            raise Refused(400, "Content-Type must be multipart/form-data")
        boundary = b"--" + kind.partition("boundary=")[2].strip('"').encode()
        fields: dict[str, Any] = {}
        for part in body.split(boundary)[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            words = head.decode()
            fields[re.findall(r'\bname="([^"]*)"', words)[0]] = content.removesuffix(b"\r\n")
            if named and (filename := re.findall(r'filename="([^"]*)"', words)):
                fields["filename"] = filename[0]
        return fields

    def send(self, status: int, content: bytes, kind: str, cut: bool = False, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = self.close_connection or cut

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        os.close(self.connection.detach())
        raise ConnectionResetError

    def log_message(self, *_: object) -> None: ...


def shortened(body: bytes) -> bytes:
    """A form whose file lost its second half on the way."""
    start = body.find(b"\r\n\r\n", body.find(b'filename="')) + 4
    end = body.find(b"\r\n--", start)
    return body[: start + (end - start) // 2] + body[end:] if b'filename="' in body and end - start > 1 else body


@contextmanager
def datapress(portal: Portal | None = None) -> Iterator[Server]:
    """A DataPress with one administrator, who has the key `KEY`."""
    portal = portal or Portal()
    portal.accounts.setdefault(KEY, Account(17, "londata", admin=True))
    with Server(portal) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
