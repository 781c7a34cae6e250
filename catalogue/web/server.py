"""A small read-only web server for the site: ranges, tombstones, and the query of CKAN's API.

For looking at the site on this machine, and as an example of the rules that any web server can be given. It gives
nothing but files of the site, and answers for what is gone with 410 and the page that says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from catalogue.metadata.ckan_api import API, PACKAGES
from catalogue.web.addresses import INDEX
from catalogue.web.public_site import PublicFile, PublicSite
from packages.errors import LondataError

ACTIONS = re.compile(r"^/api/(?:3/)?action/([a-z_]+)$")
NAME = re.compile(r"^[a-z0-9][a-z0-9-]*$")
RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
LONGEST_QUESTION = 1 << 20
"""Bytes of a question sent to the API that are read."""

RETRY_AFTER = 5
"""Seconds after which a visitor may ask again where the store did not answer."""

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


def api_answer(site: PublicSite, action: str, question: dict[str, Any]) -> tuple[HTTPStatus, bytes]:
    """Return what a CKAN with this site would answer to an action that only reads."""
    if action == "package_show":
        name = str(question.get("id", ""))
        found = site.find(f"{PACKAGES}{name}.json") if NAME.match(name) else None
    else:
        found = site.find(f"{API}{action}")
    if found is None:
        missing = {"__type": "Not Found Error", "message": f"Not found: {action}"}
        return HTTPStatus.NOT_FOUND, json.dumps({"success": False, "error": missing}).encode()
    content = found.content
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
    """Answers one visitor from a site."""

    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT
    server_version = "londata"
    sys_version = ""

    def __init__(self, *connection: Any, site: PublicSite, quiet: bool) -> None:
        self._site, self._quiet = site, quiet
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Give a file, a part of one, or an answer of the API."""
        try:
            # what an old version names may be gone when its turn comes
            with suppress(KeyError):
                return self._get()
            return self._get()
        except (LondataError, KeyError):
            return self._not_now()

    do_HEAD = do_GET  # noqa: N815

    def _get(self) -> None:
        parts = urlsplit(self.path)
        if action := ACTIONS.match(parts.path):
            question = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            return self._answer(*api_answer(self._site, action[1], question))
        found = self._site.find(parts.path)
        if found is None:
            return self.send_error(HTTPStatus.NOT_FOUND)
        # relative links of a page work only below its folder
        if found.name == INDEX and not parts.path.endswith(("/", f"/{INDEX}")):
            # a place that begins with two slashes would be another host
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", f"/{parts.path.lstrip('/')}/")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        return self._give(found)

    def _not_now(self) -> None:
        """Say that the store did not answer; what it said is for the operator, not for the public."""
        self.close_connection = True
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("Retry-After", str(RETRY_AFTER))
        self.send_header("Content-Length", "0")
        self.end_headers()

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
        try:
            return self._answer(*api_answer(self._site, action[1], question))
        except LondataError:
            return self._not_now()

    def log_message(self, *words: Any) -> None:
        """Note a visit on standard error, unless nobody wants to know."""
        if not self._quiet:
            super().log_message(*words)

    def _answer(self, status: HTTPStatus, content: bytes) -> None:
        self._begin(status, "application/json", len(content))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _give(self, found: PublicFile) -> None:
        whole = "" if found.is_gone else _tag(found)
        if whole and whole in self.headers.get("If-None-Match", ""):
            return self._head(HTTPStatus.NOT_MODIFIED, found)
        # a part of other bytes than the visitor has would fit nothing
        is_same = self.headers.get("If-Range", whole) == whole
        asked = self.headers.get("Range", "") if is_same and not found.is_gone else ""
        try:
            part = asked_range(asked, found.size)
        except UnsatisfiableRange:
            return self._head(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, found, 0, f"bytes */{found.size}")
        given = part or ByteRange(0, found.size)
        is_asked_for = self.command != "HEAD" and given.length > 0
        pieces = found.pieces(given.start, given.length) if is_asked_for else iter(())
        # the first bytes are here before anything is promised
        first = next(pieces, b"")
        if part:
            said = f"bytes {part.start}-{part.start + part.length - 1}/{found.size}"
            self._head(HTTPStatus.PARTIAL_CONTENT, found, part.length, said)
        else:
            self._head(HTTPStatus.GONE if found.is_gone else HTTPStatus.OK, found, found.size)
        # a connection that is kept must not be ended by an answer without a body
        return self._copy(first, pieces, given.length) if is_asked_for else None

    def _head(self, status: HTTPStatus, found: PublicFile, length: int | None = None, part: str = "") -> None:
        self._begin(status, found.media_type, length)
        self.send_header("Accept-Ranges", "bytes")
        if part:
            self.send_header("Content-Range", part)
        if found.sha256:
            # it may be kept, but whoever keeps it asks whether it still holds
            self.send_header("Cache-Control", f"max-age={found.seconds}" if found.seconds else "no-cache")
            if not found.is_gone:
                self.send_header("ETag", _tag(found))
        self.end_headers()

    def _begin(self, status: HTTPStatus, media_type: str, length: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        if length is not None:
            self.send_header("Content-Length", str(length))
        # open data: programs in pages of others may read it
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("X-Content-Type-Options", "nosniff")

    def _copy(self, first: bytes, rest: Iterator[bytes], length: int) -> None:
        left = length - len(first)
        with suppress(ConnectionError):  # the visitor has seen enough
            self.wfile.write(first)
            # what is taken away meanwhile ends the connection: the visitor knows how much was promised
            with suppress(KeyError, LondataError, OSError):
                for piece in rest:
                    self.wfile.write(piece)
                    left -= len(piece)
        if left:
            self.close_connection = True


def _tag(found: PublicFile) -> str:
    return f'"{found.sha256}"' if found.sha256 else ""


def site_server(site: PublicSite, port: int, *, host: str = "127.0.0.1", quiet: bool = False) -> ThreadingHTTPServer:
    """Return a server for a site; port 0 takes a free one. OSError when it cannot listen there."""
    server = ThreadingHTTPServer((host, port), partial(SiteHandler, site=site, quiet=quiet))
    server.daemon_threads = True
    return server
