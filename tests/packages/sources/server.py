"""A web server on this machine that answers as it is told, well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

Answer = Callable[[BaseHTTPRequestHandler], None]
Query = dict[str, str]
Portal = Callable[[str, Query], Answer]


class Server:
    """Answers each path with a list of answers in turn, the last one again and again; other paths ask the portal.

    `instead` are answers to whatever is asked next, `always` is one to everything. Keeps what it was asked.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.portal: Portal = lambda path, query: send(b"not here", status=404)
        self.instead: list[Answer] = []
        self.always: Answer | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.queries: list[tuple[str, Query]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                outer.asked.append((path, dict(self.headers)))
                outer.queries.append((unquote(path), dict(parse_qsl(query))))
                outer.answer(path, dict(parse_qsl(query)))(self)

            def log_message(self, *_: object) -> None: ...

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        threading.Thread(target=self.httpd.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path: str, query: Query) -> Answer:
        if self.instead:
            return self.instead.pop(0)
        if self.always:
            return self.always
        answers = self.answers.get(path)
        if answers:
            return answers.pop(0) if len(answers) > 1 else answers[0]
        return self.portal(unquote(path), query)

    def url(self, path: str = "", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.httpd.server_port}{path}"


def send(
    body: bytes = b"Supplier,Amount\nAlpha,1.00\n", status: int = 200, length: int | None = None, **headers: str
) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def send_json(value: Any, status: int = 200) -> Answer:
    return send(json.dumps(value).encode(), status, Content_Type="application/json")


def send_page(body: str) -> Answer:
    page = f"<!DOCTYPE html><html><head><title>Council</title></head><body>{body}</body></html>"
    return send(page.encode(), Content_Type="text/html; charset=utf-8")


def send_unmeasured(body: bytes) -> Answer:
    """As HTTP/1.0 servers do it: no length, the end is where the line goes dead."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return answer


def endless(pause: float = 0) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"a,b\n" * 2_000)
                time.sleep(pause)
        except OSError:
            pass

    return answer


def stored(tmp_path: Path) -> list[Path]:
    return sorted(p for p in (tmp_path / "store").rglob("*") if p.is_file())
