"""The gate before all pages: the path of a reverse proxy, known hosts, forms from here alone, sizes, times, headers.

Nothing here knows what a page is about; whatever is refused is raised as Refused, and told in words by the pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.desk.address import LOOPBACK, DeskAddress
from flows.desk.doors.rates import RateLimiter
from flows.desk.doors.refusals import Refused, from_elsewhere, nothing_here, too_large, too_many, too_slow

SAFE = ("GET", "HEAD")

UPLOADS = ("check", "drafts")
"""First parts of paths at which files are handed in; everything else takes short forms."""

LONGEST_FORM = 1 << 20
"""Bytes of a form without a file."""

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

Answer = Callable[[Refused, Scope, Receive, Send], object]
"""Answers a refusal as a page."""


@dataclass(frozen=True, slots=True)
class GateRules:
    """What the gate goes by. `upload_mib` is the largest file in MiB."""

    address: DeskAddress
    rates: RateLimiter
    upload_mib: int


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
        scope["refused"] = self._refusal(scope)
        # for who refuses a body that is too large, and still has to take some of it
        scope["received"] = receive
        await self._app(scope, self._bounded(scope, receive), with_headers(send, address))

    def _refusal(self, scope: Scope) -> Refused | None:
        """Return why a request is not let through; None when it is."""
        headers, method = Headers(scope=scope), scope["method"]
        visitor = scope["client"][0] if scope.get("client") else ""
        # a page of another site that gives our machine a name of its own must not get through to a desk on it
        if not is_known_host(headers.get("host", ""), self._rules.address):
            return nothing_here()
        kind = kind_of_request(method, scope["path"])
        if waits := self._rules.rates.wait(kind, visitor):
            return too_many(waits)
        if method not in SAFE and not is_from_here(headers, self._rules.address):
            return from_elsewhere()
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._limit(scope["path"]):
            return too_large(self._rules.upload_mib)
        return None

    def _limit(self, path: str) -> int:
        is_upload = first_part(path) in UPLOADS
        return (self._rules.upload_mib << 20) + LONGEST_FORM if is_upload else LONGEST_FORM

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Return a receiver that gives up on a body that is too large or too slow, whatever it says of itself."""
        left = self._limit(scope["path"])
        loop = asyncio.get_running_loop()
        end = loop.time() + WHOLE
        is_whole = False

        async def bounded() -> Message:
            nonlocal left, is_whole
            if is_whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), min(SILENCE, max(0.0, end - loop.time())))
            except TimeoutError:
                raise too_slow() from None
            left -= len(message.get("body", b""))
            if left < 0:
                raise too_large(self._rules.upload_mib)
            is_whole = not message.get("more_body", False)
            return message

        return bounded


def path_within(path: str, prefix: str) -> str:
    """Return the path of a page, whether a reverse proxy has taken its own part away or not. Pure."""
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path[len(prefix) :] or "/"
    return path


def first_part(path: str) -> str:
    """Return the first part of a path. Pure."""
    return path.lstrip("/").partition("/")[0]


def kind_of_request(method: str, path: str) -> str:
    """Return the kind of a request, as RATES names it. Pure."""
    first = first_part(path)
    # the page that only shows the ways to sign in lets nobody in
    if first == "sign-in" and path.strip("/") != "sign-in":
        return "sign in"
    if method in SAFE:
        return "page"
    return "upload" if first in UPLOADS else "act"


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


def with_headers(send: Send, address: DeskAddress) -> Send:
    """Return a sender that adds the headers of every answer, where the page has not set its own."""
    added: Iterable[tuple[str, str]] = HEADERS.items()
    if address.is_secure:
        added = (*added, ("strict-transport-security", f"max-age={YEAR}"))

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in added:
                headers.setdefault(name, value)
        await send(message)

    return sender
