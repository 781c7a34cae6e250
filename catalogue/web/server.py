"""A small read-only web server for the site: ranges, tombstones, and the query of CKAN's API.

For looking at the site on this machine, and as an example of the rules that any web server can be given. It gives
nothing but files of the site, and answers for what is gone with 410 and the page that says why.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

from catalogue.metadata.ckan_api import API, PACKAGES
from catalogue.web.addresses import Found, find

ACTIONS = re.compile(r"^/api/(?:3/)?action/([a-z_]+)$")
NAME = re.compile(r"^[a-z0-9][a-z0-9-]*$")
RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
LONGEST_QUESTION = 1 << 20
"""Bytes of a question sent to the API that are read."""

CHUNK = 1 << 20
TIMEOUT = 60.0
"""Seconds that a silent visitor may keep a thread."""


class UnsatisfiableRange(ValueError):
    """A range of bytes that a file does not have."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The part of a file that is given: its first byte and the number of bytes."""

    start: int
    length: int


def asked_range(header: str, size: int) -> ByteRange | None:
    """Return the part of a file of `size` bytes that a Range header asks for; None for all of it.

    A header of another form is left alone, as RFC 9110 lets a server do. UnsatisfiableRange when there is no such part.
    """
    found = RANGE.match(header)
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        start = size - length
    else:
        start = int(found[1])
        if found[2] and int(found[2]) < start:
            return None
        length = min(int(found[2] or size - 1), size - 1) - start + 1
    if length <= 0 or start >= size:
        raise UnsatisfiableRange(header)
    return ByteRange(start, length)


def api_answer(root: Path, action: str, question: dict[str, Any]) -> tuple[HTTPStatus, bytes]:
    """Return what a CKAN with the site at `root` would answer to an action that only reads."""
    if action == "package_show":
        name = str(question.get("id", ""))
        found = find(root, f"{PACKAGES}{name}.json") if NAME.match(name) else None
    else:
        found = find(root, f"{API}{action}")
    if found is None:
        missing = {"__type": "Not Found Error", "message": f"Not found: {action}"}
        return HTTPStatus.NOT_FOUND, json.dumps({"success": False, "error": missing}).encode()
    content = found.file.read_bytes()
    answer = json.loads(content)
    if action == "package_search" and question.keys() & {"rows", "start"}:
        start, rows = (_whole(question.get(key)) for key in ("start", "rows"))
        begin = start or 0
        answer["result"]["results"] = answer["result"]["results"][begin : None if rows is None else begin + rows]
        content = json.dumps(answer, ensure_ascii=False).encode()
    return HTTPStatus.OK if answer["success"] else HTTPStatus.NOT_FOUND, content


def _whole(value: object) -> int | None:
    """Return a number of a question; None where there is none."""
    return int(str(value)) if str(value).isdigit() else None


class SiteHandler(BaseHTTPRequestHandler):
    """Answers one visitor from the files of the site at `root`."""

    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT
    server_version = "londata"
    sys_version = ""

    def __init__(self, *connection: Any, root: Path, quiet: bool) -> None:
        self._root, self._quiet = root, quiet
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Give a file, a part of one, or an answer of the API."""
        parts = urlsplit(self.path)
        if action := ACTIONS.match(parts.path):
            question = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            return self._answer(*api_answer(self._root, action[1], question))
        found = find(self._root, parts.path)
        if found is None:
            return self.send_error(HTTPStatus.NOT_FOUND)
        # relative links of a page work only below its folder
        if found.file.name == "index.html" and not parts.path.endswith(("/", "/index.html")):
            # a place that begins with two slashes would be another host
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", f"/{parts.path.lstrip('/')}/")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        return self._give(found)

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        """Answer a question to the API that is sent as JSON, as ckanapi sends it; nothing is written."""
        action = ACTIONS.match(urlsplit(self.path).path)
        size = _whole(self.headers.get("Content-Length")) or 0
        if action is None or size > LONGEST_QUESTION:
            # what was sent is not read, so nothing more can be understood on this connection
            self.close_connection = True
            return self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            question = json.loads(self.rfile.read(size) or b"{}")
        except ValueError:
            return self.send_error(HTTPStatus.BAD_REQUEST)
        if not isinstance(question, dict):
            return self.send_error(HTTPStatus.BAD_REQUEST)
        return self._answer(*api_answer(self._root, action[1], question))

    def log_message(self, *words: Any) -> None:
        """Note a visit on standard error, unless nobody wants to know."""
        if not self._quiet:
            super().log_message(*words)

    def _answer(self, status: HTTPStatus, content: bytes) -> None:
        self._head(status, "application/json", len(content))
        if self.command != "HEAD":
            self.wfile.write(content)

    def _give(self, found: Found) -> None:
        with found.file.open("rb") as file:
            size = file.seek(0, 2)
            try:
                part = None if found.is_gone else asked_range(self.headers.get("Range", ""), size)
            except UnsatisfiableRange:
                self._head(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, found.media_type, 0, f"bytes */{size}")
                return
            file.seek(part.start if part else 0)
            if part:
                given = f"bytes {part.start}-{part.start + part.length - 1}/{size}"
                self._head(HTTPStatus.PARTIAL_CONTENT, found.media_type, part.length, given)
            else:
                self._head(HTTPStatus.GONE if found.is_gone else HTTPStatus.OK, found.media_type, size)
            if self.command != "HEAD":
                self._copy(file, part)

    def _head(self, status: HTTPStatus, media_type: str, length: int, part: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(length))
        self.send_header("Accept-Ranges", "bytes")
        # open data: programs in pages of others may read it
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("X-Content-Type-Options", "nosniff")
        if part:
            self.send_header("Content-Range", part)
        self.end_headers()

    def _copy(self, file: BinaryIO, part: ByteRange | None) -> None:
        try:
            if part is None:
                shutil.copyfileobj(file, self.wfile, CHUNK)
                return
            left = part.length
            while left and (piece := file.read(min(left, CHUNK))):
                self.wfile.write(piece)
                left -= len(piece)
        except ConnectionError:
            # the visitor has seen enough
            self.close_connection = True


def site_server(root: Path, port: int, *, quiet: bool = False) -> ThreadingHTTPServer:
    """Return a server for the site at `root`, for this machine alone; port 0 takes a free one. OSError when taken."""
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(SiteHandler, root=root, quiet=quiet))
    server.daemon_threads = True
    return server
