"""A plain web server over a folder, such as anybody may put in front of a site: the one of Python's library."""

from __future__ import annotations

import contextlib
import functools
import http.client
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; the address has no slash at its end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Answer:
    """What a web server said at last, after redirects."""

    status: int
    kind: str
    body: bytes


def ask(server: str, path: str) -> Answer:
    """Ask a web server for a path below its root, as a browser does."""
    host = server.removeprefix("http://")
    for _ in range(3):
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", f"/{path.lstrip('/')}")
        response = connection.getresponse()
        answer = Answer(response.status, response.headers.get("Content-Type", ""), response.read())
        connection.close()
        if response.status not in (301, 302):
            return answer
        path = response.headers["Location"].removeprefix(server)
    raise AssertionError("redirects without end")
