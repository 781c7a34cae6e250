"""The gate before all pages: the path of a reverse proxy, known hosts, forms from here alone, sizes, times, headers.

Nothing here knows what a page is about; whatever is refused is raised as RequestRefused, and told in words by the
pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from h11 import LocalProtocolError
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.desk.address import LOOPBACK, DeskAddress
from flows.desk.doors.rates import RateLimiter, network_of
from flows.desk.doors.refusals import (
    RequestRefused,
    body_too_large,
    from_elsewhere,
    nothing_here,
    too_many,
    too_many_headers,
    too_slow,
)

SAFE = ("GET", "HEAD")

GUESSED = ("sign-in/link", "sign-in/back")
"""Pages at which somebody could try out what lets people in."""

MOST_FIELDS = 2_000
MOST_FIELDS_WITH_FILE = 20
"""Fields of a form, and of one by which a file is handed in: each may hold a mebibyte."""

LONGEST_FORM = 1 << 20
"""Bytes of a form without a file."""

LONGEST_HEAD = 32 << 10
"""Bytes of the names and values before a body."""

SILENCE = 30.0
"""Seconds without a byte of an upload after which it is given up."""

WHOLE = 15 * 60.0
"""Seconds that an upload may take in all."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""What a page of the desk may load and send: everything from here, nothing inline."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # addresses of drafts are told to no other site. With `no-referrer`, browsers do not tell us either where a form
    # comes from: they send `Origin: null`
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
}

YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class GateRules:
    """What the gate goes by. `upload_mib` is the largest file in MiB; `silence` and `whole` are seconds."""

    address: DeskAddress
    rates: RateLimiter
    upload_mib: int
    silence: float = SILENCE
    whole: float = WHOLE


class Gate:
    """Lets requests through to the pages, each with the limits of its kind."""

    def __init__(self, app: ASGIApp, rules: GateRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = self._rules.address
        scope = {**scope, "path": path_within(scope["path"], address.prefix), "root_path": ""}
        kind = kind_of_request(scope["method"], scope["path"])
        visitor = network_of(scope["client"][0] if scope.get("client") else "")
        scope["refused"] = refused = self._refusal(scope, kind, visitor)
        is_counted = kind == "sign in" and not (refused and refused.retry)

        def on_status(status: int) -> None:
            # people of one council come from one address: only what is wrong is slowed down
            if is_counted and not 400 <= status < 500:
                self._rules.rates.give_back(kind, visitor)

        await self._app(scope, self._bounded(scope, receive), with_headers(send, address, on_status))

    def _refusal(self, scope: Scope, kind: str, visitor: str) -> RequestRefused | None:
        """Return why a request is not let through; None when it is."""
        headers, method = Headers(scope=scope), scope["method"]
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEAD:
            return too_many_headers()
        # a page of another site that gives our machine a name of its own must not get through to a desk on it
        if not is_known_host(headers.get("host", ""), self._rules.address):
            return nothing_here()
        if waits := self._rules.rates.wait(kind, visitor):
            return too_many(waits)
        if method not in SAFE and not is_from_here(headers, self._rules.address):
            return from_elsewhere()
        length = headers.get("content-length", "0")
        # what is not 1 to 15 digits says no length that anybody could send
        if not length.isdecimal() or len(length) > 15 or int(length) > self._limit(scope):
            return body_too_large(self._rules.upload_mib)
        return None

    def _limit(self, scope: Scope) -> int:
        # a form of another kind is held in memory as a whole, whatever it is sent to
        has_file = Headers(scope=scope).get("content-type", "").lower().startswith("multipart/form-data")
        is_upload = has_file and takes_file(scope["path"])
        return (self._rules.upload_mib << 20) + LONGEST_FORM if is_upload else LONGEST_FORM

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Return a receiver that gives up on a body that is too large or too slow, whatever it says of itself."""
        left = self._limit(scope)
        loop = asyncio.get_running_loop()
        end = loop.time() + self._rules.whole
        is_whole = False

        async def bounded() -> Message:
            nonlocal left, is_whole
            if is_whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), min(self._rules.silence, max(0.0, end - loop.time())))
            except TimeoutError:
                raise too_slow() from None
            left -= len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if left < 0:
                raise body_too_large(self._rules.upload_mib)
            return message

        async def rest() -> Message:
            nonlocal is_whole
            # after the end of a body, the server would wait for the browser to leave
            message: Message = {"type": "http.disconnect"} if is_whole else await receive()
            is_whole = not message.get("more_body", False)
            return message

        # for who refuses a body that is too large, and still has to take some of it
        scope["received"] = rest
        return bounded


def path_within(path: str, prefix: str) -> str:
    """Return the path of a page, whether a reverse proxy has taken its own part away or not. Pure."""
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path[len(prefix) :] or "/"
    return path


def kind_of_request(method: str, path: str) -> str:
    """Return the kind of a request, as RATES names it. Pure."""
    page = path.strip("/")
    if page in GUESSED or (page == "sign-in/key" and method not in SAFE):
        return "sign in"
    if method in SAFE:
        # each of these leaves a session behind
        return "act" if page in ("sign-in/key", "sign-in/provider") else "page"
    return "upload" if takes_file(path) else "act"


def takes_file(path: str) -> bool:
    """Return whether files are handed in at a path; everything else takes short forms. Pure."""
    return path == "/check" or path.endswith("/again")


def most_fields(path: str) -> int:
    """Return how many fields a form may have that is sent to a path. Pure."""
    return MOST_FIELDS_WITH_FILE if takes_file(path) else MOST_FIELDS


def is_known_host(host: str, address: DeskAddress) -> bool:
    """Return whether a request was sent to a name of ours. Pure."""
    host = host.lower()
    if host == address.host:
        return True
    # whoever looks after the machine asks it directly, also behind a reverse proxy
    return host.rpartition(":")[0] in LOOPBACK or host in LOOPBACK


def is_from_here(headers: Headers, address: DeskAddress) -> bool:
    """Return whether a form was sent by a page of ours, as far as the browser says; the token decides. Pure."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None and origin != address.origin and not _is_loopback_alias(origin, address):
        return False
    return site in (None, "same-origin", "none")


def _is_loopback_alias(origin: str, address: DeskAddress) -> bool:
    """Whether an origin is another name of this machine with the same port, as somebody typed it."""
    scheme, _, host = origin.partition("://")
    name, _, port = host.rpartition(":")
    return address.is_local and scheme == "http" and name in LOOPBACK and port == address.host.rpartition(":")[2]


def with_headers(send: Send, address: DeskAddress, on_status: Callable[[int], None]) -> Send:
    """Return a sender that adds the headers of every answer, where the page has not set its own."""
    added: Iterable[tuple[str, str]] = HEADERS.items()
    if address.is_secure:
        added = (*added, ("strict-transport-security", f"max-age={YEAR}"))

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            on_status(message["status"])
            headers = MutableHeaders(scope=message)
            for name, value in added:
                headers.setdefault(name, value)
        # the server has ended a connection on which something else than HTTP was said: nobody hears the answer
        with suppress(LocalProtocolError):
            await send(message)

    return sender
