"""Asking a publisher's web server: every step of the way checked, within limits, with patience."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import PurePosixPath
from typing import Any, TypeVar
from urllib.parse import unquote

import httpx
import stamina

from packages.errors import SetupProblem, TemporaryProblem
from packages.readers.file_kinds import FileKind, refuse_kind
from packages.sources.transport.aws_signature import Sign
from packages.sources.transport.download import Download, FetchContext, write_download
from packages.sources.transport.download_limits import LIMITS, Allowance, DownloadLimits, refuse_size
from packages.sources.transport.host_allow_list import HostAllowList, build_allow_list

# httpx notes every address at INFO, and an address may hold a key
logging.getLogger("httpx").setLevel(logging.WARNING)

T = TypeVar("T")


SECRET = re.compile(r"token|secret|sig$|signature|passw|pwd|auth|credential|session|api[_-]?key|^key$", re.IGNORECASE)
GONE = (404, 410)
CLOSED = (401, 403, 407)
BUSY = (408, 425, 429)


class _Fault(Exception):
    """A server that cannot answer now; `wait` are the seconds it asks for, 0 when it does not say."""

    def __init__(self, wait: float = 0) -> None:
        super().__init__("the server cannot answer now")
        self.wait = wait


FAULTS = (_Fault, httpx.RequestError, socket.gaierror)
"""What may be gone at the next attempt."""


@dataclass(frozen=True, slots=True)
class HttpPage:
    """An answer that is held in memory, and the address where it was in the end."""

    body: bytes
    url: httpx.URL
    charset: str


@dataclass(frozen=True, slots=True)
class DownloadLabel:
    """What is written on a parcel that was gathered from several answers; `stamp` tells one state from the next."""

    url: httpx.URL
    name: str
    stamp: str = ""


class HttpSession:
    """One errand to one publisher's servers: the same gate, deadline and manners for every request.

    `sign` gives headers that prove who asks; only the host of `start` ever gets them.
    """

    def __init__(
        self,
        start: httpx.URL,
        others: HostAllowList,
        errand: FetchContext,
        limits: DownloadLimits,
        sign: Sign | None = None,
    ) -> None:
        self.start, self.gate, self.errand, self.limits, self._sign = start, others, errand, limits, sign
        self._allowance = Allowance(limits)
        self._asked = 0.0

    def parcel(self, url: httpx.URL, name: str = "") -> Download | None:
        """Download a file; None when the server says that it did not change since the previous extract."""
        headers = _conditions(url, self.errand)

        def take(response: httpx.Response, _: httpx.URL) -> Download | None:
            if response.status_code == 304 and headers:
                return None
            pieces = self._taken(response, url.host, self.limits.bytes)
            path, sha256, size = write_download(pieces, self.errand.store)
            told = (response.headers.get("etag", ""), response.headers.get("last-modified", ""))
            return Download(path, sha256, size, name or name_from_url(url), True, display_url(url), *told)

        return self._patiently(url, headers, take)

    def page(self, url: httpx.URL) -> HttpPage:
        """Read an answer into memory; FileProblem when it is larger than a page may be."""

        def take(response: httpx.Response, final: httpx.URL) -> HttpPage:
            body = b"".join(self._taken(response, url.host, self.limits.page))
            return HttpPage(body, final, response.charset_encoding or "")

        return self._patiently(url, {}, take)

    def json(self, url: httpx.URL, *, exact: bool = False) -> Any:
        """Read a JSON answer. With `exact`, numbers with a decimal point stay the text that they were sent as."""
        return parse_json(self.page(url).body, url.host, exact=exact)

    def whole(self, label: DownloadLabel) -> Download:
        """Download what the label says, without asking whether it is new."""

        def take(response: httpx.Response, _: httpx.URL) -> Download:
            pieces = self._taken(response, label.url.host, self.limits.bytes)
            path, sha256, size = write_download(pieces, self.errand.store)
            return Download(path, sha256, size, label.name, True, display_url(label.url), label.stamp)

        return self._patiently(label.url, {}, take)

    def gathered(self, pieces: Iterable[bytes], label: DownloadLabel) -> Download:
        """Write what came in several answers into one file."""
        within = self._allowance.watched(pieces, label.url.host, self.limits.bytes)
        path, sha256, size = write_download(within, self.errand.store)
        return Download(path, sha256, size, label.name, True, display_url(label.url), label.stamp)

    def holds(self, label: DownloadLabel) -> bool:
        """Whether the previous extract is this very state of this very address, and still there."""
        old = self.errand.previous
        return bool(
            label.stamp
            and old is not None
            and (old.url, old.etag) == (display_url(label.url), label.stamp)
            and old.path.exists()
        )

    def _patiently(
        self,
        url: httpx.URL,
        headers: Mapping[str, str],
        take: Callable[[httpx.Response, httpx.URL], T],
    ) -> T:
        _refuse_credentials(url)
        self._allowance.refuse_late(url.host)
        calling = stamina.RetryingCaller(attempts=self.limits.attempts, timeout=self._allowance.left)
        try:
            return calling(_pause(self.limits), self._ask, url, headers, take)
        except FAULTS as error:
            raise _later(url, error) from error

    def _ask(
        self,
        start: httpx.URL,
        headers: Mapping[str, str],
        take: Callable[[httpx.Response, httpx.URL], T],
    ) -> T:
        self._keep_distance()
        timeout = httpx.Timeout(self.limits.silence)
        # settings of the machine (proxies, .netrc) must not decide where we connect or with whose name
        with httpx.Client(trust_env=False, verify=_trust(), timeout=timeout, follow_redirects=False) as client:
            url = start
            for _ in range(self.limits.redirects + 1):
                told = {**headers, **self._signed(url)}
                with closing(client.send(_pinned(client, url, self.gate, told), stream=True)) as response:
                    if not response.has_redirect_location:
                        return take(response, url)
                    url = resolve_url(response.headers["location"], url)
        raise SetupProblem(
            f"{start.host} passes on from one address to the next without end.",
            fix="Open the address in a browser and give the one where it ends.",
        )

    def _signed(self, url: httpx.URL) -> dict[str, str]:
        at_home = (url.scheme, url.netloc) == (self.start.scheme, self.start.netloc)
        return self._sign(url) if self._sign and at_home else {}

    def _keep_distance(self) -> None:
        time.sleep(max(0.0, self._asked + self.limits.gap - time.monotonic()))
        self._asked = time.monotonic()

    def _taken(self, response: httpx.Response, host: str, most: int) -> Iterator[bytes]:
        _refuse_answer(response, host, self.errand.now)
        declared = response.headers.get("content-length", "")
        refuse_size(int(declared) if declared.isdecimal() else 0, most)
        return self._allowance.watched(response.iter_bytes(), host, most)


def open_session(
    url: str,
    allow_hosts: Collection[str],
    errand: FetchContext,
    limits: DownloadLimits = LIMITS,
    sign: Sign | None = None,
) -> HttpSession:
    """Set out to an address; other hosts are only asked when they are allowed by name."""
    start = resolve_url(url)
    _refuse_credentials(start)
    return HttpSession(start, allow_list_of(start, allow_hosts, errand), errand, limits, sign)


def allow_list_of(
    start: httpx.URL, allow_hosts: Collection[str], errand: FetchContext, domains: Collection[str] = ()
) -> HostAllowList:
    """The gate for the host of an address, hosts allowed by name, and all hosts of `domains`."""
    return build_allow_list([_ascii(start), *map(_ascii_name, allow_hosts)], local=errand.allow_local, domains=domains)


def resolve_url(text: str, start: httpx.URL | None = None) -> httpx.URL:
    """An address, or where a redirect or link from `start` leads; SetupProblem when nobody could go there."""
    try:
        url = start.join(text) if start else httpx.URL(text)
    except httpx.InvalidURL:
        url = None
    if url is None or not url.host:
        raise SetupProblem(
            f"{start.host} passes on to something that is no address." if start else f"“{text}” is no address.",
            fix="Open the address in a browser and copy it from there.",
        )
    return url


def display_url(url: httpx.URL) -> str:
    """The address without user name, password, fragment and secret-looking parameters."""
    pairs = url.params.multi_items()
    kept = [(key, value) for key, value in pairs if not SECRET.search(key)]
    bare = url.copy_with(username=None, password=None, fragment=None)
    if len(kept) == len(pairs):
        return str(bare)
    return str(bare.copy_with(query=str(httpx.QueryParams(tuple(kept))).encode() or None))


def name_from_url(url: httpx.URL) -> str:
    """The last part of an address, which is a file's name for most."""
    return unquote(PurePosixPath(url.path).name) or url.host


def refuse_markup(body: bytes) -> None:
    """FileProblem when a web page came where data were expected, whatever the server calls it."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise refuse_kind(FileKind.HTML)


def parse_json(body: bytes, host: str, *, exact: bool = False) -> Any:
    """The content of a JSON answer; FileProblem for a web page, TemporaryProblem for half of an answer."""
    refuse_markup(body)
    try:
        return json.loads(body, parse_float=str if exact else None, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise incomplete_answer(host) from error


def incomplete_answer(host: str) -> TemporaryProblem:
    """An answer that is not whole."""
    return TemporaryProblem(
        f"{host} broke off before the whole answer had arrived.",
        fix="It will be tried again with the next run. If this lasts for days, tell the publisher.",
        why="What is public now stays as it is.",
    )


@cache
def _trust() -> ssl.SSLContext:
    # reading the list of authorities takes longer than many an answer
    return httpx.create_ssl_context(trust_env=False)


def _ascii(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _ascii_name(host: str) -> str:
    return _ascii(httpx.URL(scheme="https", host=host))


def _refuse_credentials(url: httpx.URL) -> None:
    if url.userinfo:
        raise SetupProblem(
            f"The address at {url.host} holds a user name or password.",
            fix="Remove them from the address. Open data need no login.",
            why="Addresses are kept, logged and shown.",
        )


def _conditions(url: httpx.URL, errand: FetchContext) -> dict[str, str]:
    """Ask only for something newer, where we still hold what came from the same address."""
    old = errand.previous
    if old is None or old.url != display_url(url) or not old.path.exists():
        return {}
    asked = {"If-None-Match": old.etag, "If-Modified-Since": old.last_modified}
    return {name: value for name, value in asked.items() if value}


def _pause(limits: DownloadLimits) -> Callable[[Exception], bool | float]:
    """Decides whether to try again, and after how many seconds if the server says so."""

    def pause(error: Exception) -> bool | float:
        if isinstance(error, _Fault):
            return error.wait <= limits.pause and (error.wait or True)
        return isinstance(error, FAULTS)

    return pause


def _later(url: httpx.URL, error: Exception) -> TemporaryProblem:
    if isinstance(error, httpx.TimeoutException):
        what = f"{url.host} did not answer in time."
    elif isinstance(error, httpx.RemoteProtocolError):
        what = f"{url.host} broke off before the whole file had arrived."
    elif isinstance(error, _Fault):
        what = f"{url.host} is too busy or out of order just now."
    else:
        what = f"{url.host} could not be reached over a safe connection."
    return TemporaryProblem(
        what,
        fix="It will be tried again with the next run. If this lasts for days, ask whether the address moved.",
        why="What is public now stays as it is.",
    )


def _pinned(client: httpx.Client, url: httpx.URL, gate: HostAllowList, headers: Mapping[str, str]) -> httpx.Request:
    """A request to the very address that was checked: the name is not looked up a second time."""
    host = _ascii(url)
    number = gate.admit(url.scheme, host, url.port or (443 if url.scheme == "https" else 80))
    return client.build_request(
        "GET",
        url.copy_with(host=number, username=None, password=None),
        headers={"Host": url.netloc.decode("ascii"), "User-Agent": "londata", **headers},
        extensions={"sni_hostname": host},
    )


def _refuse_answer(response: httpx.Response, host: str, now: dt.datetime) -> None:
    status = response.status_code
    if status == 200:
        return
    if status in BUSY or status >= 500:
        raise _Fault(_asked_pause(response.headers.get("retry-after", ""), now))
    if status in GONE:
        raise SetupProblem(
            f"{host} has no file at this address any more.",
            fix="Find the new address of the file and put it into the publisher's description.",
        )
    if status in CLOSED:
        raise SetupProblem(
            f"{host} does not give this file to everybody.",
            fix="Open the address in a private browser window. If it asks for a login, ask for an open address.",
        )
    raise SetupProblem(
        f"{host} does not understand what is asked at this address.",
        fix="Open the address in a browser and check that it gives the file.",
    )


def _asked_pause(text: str, now: dt.datetime) -> float:
    """The seconds that a Retry-After header asks for; 0 when it says nothing that can be read."""
    if text.strip().isdigit():
        return float(text)
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return 0
    aware = then if then.tzinfo else then.replace(tzinfo=dt.UTC)
    return max(0.0, (aware - (now if now.tzinfo else now.replace(tzinfo=dt.UTC))).total_seconds())
