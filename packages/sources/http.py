"""A file at a fixed https address, with every step of the way checked."""

from __future__ import annotations

import datetime as dt
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from urllib.parse import unquote

import httpx
import stamina

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.sources.address import Gate, gate
from packages.sources.parcel import Errand, Parcel, receive
from packages.spec import HttpSource


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a source may cost: bytes, seconds in all, seconds of silence, redirects, attempts, longest pause."""

    bytes: int = 512 << 20
    seconds: float = 600
    silence: float = 30
    redirects: int = 5
    attempts: int = 4
    pause: float = 60


LIMITS = Limits()
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
class _Request:
    """One address to ask, through which gate, with which headers, until when (monotonic seconds), within limits."""

    url: httpx.URL
    gate: Gate
    headers: Mapping[str, str]
    deadline: float
    limits: Limits


def bring(source: HttpSource, errand: Errand, limits: Limits = LIMITS) -> Parcel | None:
    """Download the file; None when the server says that it did not change since the previous extract."""
    url = _url(source.url)
    _refuse_credentials(url)
    hosts = gate([_ascii(url), *map(_ascii_name, source.allow_hosts)], local=errand.allow_local)
    request = _Request(url, hosts, _conditions(url, errand), time.monotonic() + limits.seconds, limits)
    calling = stamina.RetryingCaller(attempts=limits.attempts, timeout=limits.seconds)
    try:
        return calling(_pause(limits), _ask, request, errand)
    except FAULTS as error:
        raise _later(url, error) from error


def _url(text: str, start: httpx.URL | None = None) -> httpx.URL:
    """An address, or where a redirect from `start` leads; SetupProblem when nobody could go there."""
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


def _ascii(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _ascii_name(host: str) -> str:
    return _ascii(httpx.URL(scheme="https", host=host))


def shown(url: httpx.URL) -> str:
    """The address without user name, password, fragment and secret-looking parameters."""
    pairs = url.params.multi_items()
    kept = [(key, value) for key, value in pairs if not SECRET.search(key)]
    bare = url.copy_with(username=None, password=None, fragment=None)
    if len(kept) == len(pairs):
        return str(bare)
    return str(bare.copy_with(query=str(httpx.QueryParams(tuple(kept))).encode() or None))


def _refuse_credentials(url: httpx.URL) -> None:
    if url.userinfo:
        raise SetupProblem(
            f"The address at {url.host} holds a user name or password.",
            fix="Remove them from the address. Open data need no login.",
            why="Addresses are kept, logged and shown.",
        )


def _conditions(url: httpx.URL, errand: Errand) -> dict[str, str]:
    """Ask only for something newer, where we still hold what came from the same address."""
    old = errand.previous
    if old is None or old.url != shown(url) or not old.path.exists():
        return {}
    asked = {"If-None-Match": old.etag, "If-Modified-Since": old.last_modified}
    return {name: value for name, value in asked.items() if value}


def _pause(limits: Limits) -> Callable[[Exception], bool | float]:
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


def _ask(request: _Request, errand: Errand) -> Parcel | None:
    timeout = httpx.Timeout(request.limits.silence)
    # settings of the machine (proxies, .netrc) must not decide where we connect or with whose name
    with httpx.Client(trust_env=False, timeout=timeout, follow_redirects=False) as client:
        url = request.url
        for _ in range(request.limits.redirects + 1):
            with closing(client.send(_pinned(client, url, request), stream=True)) as response:
                if not response.has_redirect_location:
                    return _taken(response, request, errand)
                url = _url(response.headers["location"], url)
    raise SetupProblem(
        f"{request.url.host} passes on from one address to the next without end.",
        fix="Open the address in a browser and give the one where it ends.",
    )


def _pinned(client: httpx.Client, url: httpx.URL, request: _Request) -> httpx.Request:
    """A request to the very address that was checked: the name is not looked up a second time."""
    host = _ascii(url)
    address = request.gate.admit(url.scheme, host, url.port or (443 if url.scheme == "https" else 80))
    return client.build_request(
        "GET",
        url.copy_with(host=address, username=None, password=None),
        headers={"Host": url.netloc.decode("ascii"), "User-Agent": "londata", **request.headers},
        extensions={"sni_hostname": host},
    )


def _taken(response: httpx.Response, request: _Request, errand: Errand) -> Parcel | None:
    if response.status_code == 304 and request.headers:
        return None
    _refuse_answer(response, request.url.host, errand.now)
    _refuse_size(int(response.headers.get("content-length") or 0), request)
    path, sha256, size = receive(_within(response.iter_bytes(), request), errand.store)
    return Parcel(
        path,
        sha256,
        size,
        _name(request.url),
        passing=True,
        url=shown(request.url),
        etag=response.headers.get("etag", ""),
        last_modified=response.headers.get("last-modified", ""),
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


def _within(pieces: Iterator[bytes], request: _Request) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        _refuse_size(size, request)
        if time.monotonic() > request.deadline:
            raise TemporaryProblem(
                f"{request.url.host} sends so slowly that the file was not there after {_minutes(request.limits)}.",
                fix="It will be tried again with the next run. If this lasts, ask the publisher for a faster address.",
            )
        yield piece


def _minutes(limits: Limits) -> str:
    minutes = max(1, round(limits.seconds / 60))
    return f"{minutes} minutes" if minutes > 1 else "a minute"


def _refuse_size(size: int, request: _Request) -> None:
    if size > request.limits.bytes:
        raise FileProblem(
            f"The file is larger than {request.limits.bytes >> 20:,} MiB.",
            fix="Publish it in parts, for example one file a year, or ask the londata team to raise the limit.",
            why="An answer without end would fill the disk.",
        )


def _name(url: httpx.URL) -> str:
    return unquote(PurePosixPath(url.path).name) or url.host
