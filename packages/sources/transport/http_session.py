"""HTTP requests to one publisher: checked addresses, limits on size and time, retries with polite pauses."""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import httpx
import stamina

from packages.errors import SetupProblem, TemporaryProblem
from packages.model import Extract
from packages.sources.transport.answers import ServerFault, parse_json, refuse_status
from packages.sources.transport.aws_signature import Sign
from packages.sources.transport.body_coding import ACCEPTED, packing_of, unpacked
from packages.sources.transport.cut_off import CutOff
from packages.sources.transport.download import Download, FetchContext, write_download
from packages.sources.transport.download_limits import Allowance, refuse_size
from packages.sources.transport.host_allow_list import HostAllowList, build_allow_list
from packages.sources.transport.urls import (
    ascii_host,
    display_url,
    name_from_url,
    no_target,
    refuse_credentials,
    resolve_url,
)

# httpx logs every address at INFO, and an address may hold a key
logging.getLogger("httpx").setLevel(logging.WARNING)

T = TypeVar("T")
ReadResponse = Callable[[httpx.Response, httpx.URL], T]
"""Reads an open response; the address is the one after all redirects."""

PASSING_FAULTS = (ServerFault, httpx.RequestError, socket.gaierror)
"""Failures that may be over at the next attempt."""


@dataclass(frozen=True, slots=True)
class HttpPage:
    """An answer held in memory, with the address it came from after redirects."""

    body: bytes
    url: httpx.URL
    charset: str


@dataclass(frozen=True, slots=True)
class DownloadLabel:
    """Address, file name and revision to record with a download.

    `revision` changes whenever the publisher's data change; it is empty when the publisher does not tell.
    """

    url: httpx.URL
    name: str
    revision: str = ""


class HttpSession:
    """Requests to one publisher's servers under one allow list, one deadline and one minimum gap between requests.

    `sign` returns headers that prove who asks; only the host of `start` ever receives them.
    """

    def __init__(
        self, start: httpx.URL, allow_list: HostAllowList, context: FetchContext, sign: Sign | None = None
    ) -> None:
        self.start, self.allow_list, self.context, self._sign = start, allow_list, context, sign
        self.limits = context.limits
        self._allowance = Allowance(context.limits)
        self._last_request = 0.0

    @property
    def host(self) -> str:
        """The host of the publisher, for messages."""
        return self.start.host

    def download_if_changed(self, url: httpx.URL, name: str = "") -> Download | None:
        """Download a file; None when the server answers that it has not changed since the previous extract."""
        previous, headers = self.previous_from(url), {}
        if previous is not None:
            conditions = {"If-None-Match": previous.etag, "If-Modified-Since": previous.last_modified}
            headers = {field: value for field, value in conditions.items() if value}

        def read(response: httpx.Response, _: httpx.URL) -> Download | None:
            # a 304 that nobody asked for is an error like any other status
            if response.status_code == 304 and headers:
                return None
            pieces = self._read_body(response, url.host, self.limits.bytes)
            path, sha256, size = write_download(pieces, self.context.store)
            etag, last_modified = response.headers.get("etag", ""), response.headers.get("last-modified", "")
            return Download(path, sha256, size, name or name_from_url(url), True, display_url(url), etag, last_modified)

        return self._get(url, headers, read)

    def download(self, label: DownloadLabel) -> Download:
        """Download the file at the address of the label, unconditionally."""

        def read(response: httpx.Response, _: httpx.URL) -> Download:
            pieces = self._read_body(response, label.url.host, self.limits.bytes)
            return self._write(pieces, label)

        return self._get(label.url, {}, read)

    def write_pages(self, pieces: Iterable[bytes], label: DownloadLabel) -> Download:
        """Write data that came in several answers into one file; size and time are limited over all of them."""
        return self._write(self._allowance.limit(pieces, label.url.host, self.limits.bytes), label)

    def read_page(self, url: httpx.URL) -> HttpPage:
        """Read an answer into memory; FileProblem when it is larger than the limit for one page."""

        def read(response: httpx.Response, final: httpx.URL) -> HttpPage:
            body = b"".join(self._read_body(response, url.host, self.limits.page))
            return HttpPage(body, final, response.charset_encoding or "")

        return self._get(url, {}, read)

    def read_json(self, url: httpx.URL, *, exact: bool = False) -> Any:
        """Read a JSON answer. With `exact`, numbers with a decimal point stay the text that they were sent as."""
        return parse_json(self.read_page(url).body, url.host, exact=exact)

    def is_current(self, label: DownloadLabel) -> bool:
        """Whether the previous extract is this revision of this address."""
        previous = self.previous_from(label.url)
        return bool(label.revision) and previous is not None and previous.etag == label.revision

    def previous_from(self, url: httpx.URL) -> Extract | None:
        """Return the previous extract if it came from this address and its file still exists."""
        previous = self.context.previous
        if previous is None or previous.url != display_url(url) or not previous.path.exists():
            return None
        return previous

    def _write(self, pieces: Iterable[bytes], label: DownloadLabel) -> Download:
        path, sha256, size = write_download(pieces, self.context.store)
        # the revision takes the place of an ETag: it is kept with the extract, and `is_current` compares it next time
        return Download(path, sha256, size, label.name, True, display_url(label.url), label.revision)

    def _get(self, url: httpx.URL, headers: Mapping[str, str], read: ReadResponse[T]) -> T:
        refuse_credentials(url)

        def may_retry(error: Exception) -> bool | float:
            """Whether another attempt is due; a number is the pause in seconds that the server asked for."""
            if isinstance(error, ServerFault):
                return error.wait <= self.limits.pause and (error.wait or True)
            return isinstance(error, PASSING_FAULTS)

        # the body is read within the attempt: a download that breaks off half-way is retried as a whole
        retrying = stamina.RetryingCaller(attempts=self.limits.attempts, timeout=self._allowance.seconds_left)
        try:
            return retrying(may_retry, self._attempt, url, headers, read)
        except PASSING_FAULTS as error:
            # a connection that was cut off when the time was over ends like one that broke
            self._allowance.refuse_late(url.host)
            raise _unreachable(url, error) from error
        except httpx.InvalidURL:
            # httpx looks at the target of a redirect before we do
            raise no_target(url.host) from None

    def _attempt(self, start: httpx.URL, headers: Mapping[str, str], read: ReadResponse[T]) -> T:
        """Send one request, follow its redirects, each checked like the first address, and read the answer."""
        time.sleep(max(0.0, self._last_request + self.limits.gap - time.monotonic()))
        self._last_request = time.monotonic()
        timeout = httpx.Timeout(self.limits.silence)
        # proxies and .netrc of the machine must not decide where we connect or under whose name
        with httpx.Client(trust_env=False, verify=_tls_context(), timeout=timeout, follow_redirects=False) as client:
            url = start
            for _ in range(self.limits.redirects + 1):
                self._allowance.refuse_late(start.host)
                # compared with the start, not with the address before: a redirect must not carry a signature away
                at_home = (url.scheme, url.netloc) == (self.start.scheme, self.start.netloc)
                signature = self._sign(url) if self._sign and at_home else {}
                request = self._pinned_request(client, url, {**headers, **signature})
                with (
                    CutOff(self._allowance.seconds_left) as cut_off,
                    closing(client.send(cut_off.watched(request), stream=True)) as response,
                ):
                    if not response.has_redirect_location:
                        return read(response, url)
                    url = resolve_url(response.headers["location"], url)
        raise SetupProblem(
            f"{start.host} passes on from one address to the next without end.",
            fix="Open the address in a browser and give the one where it ends.",
        )

    def _pinned_request(self, client: httpx.Client, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Request:
        """Build a request to the very IP address that was checked.

        A second look-up of the name could lead elsewhere (DNS rebinding). Host and TLS still use the name.
        """
        host = ascii_host(url)
        ip_address = self.allow_list.admit(url.scheme, host, url.port or (443 if url.scheme == "https" else 80))
        return client.build_request(
            "GET",
            url.copy_with(host=ip_address, username=None, password=None),
            headers={
                "Host": url.netloc.decode("ascii"),
                "User-Agent": "londata",
                "Accept-Encoding": ACCEPTED,
                **headers,
            },
            extensions={"sni_hostname": host},
        )

    def _read_body(self, response: httpx.Response, host: str, max_bytes: int) -> Iterator[bytes]:
        refuse_status(response, host, self.context.now)
        # a server that declares its size is refused before anything is read
        declared = response.headers.get("content-length", "")
        refuse_size(int(declared) if declared.isdecimal() else 0, max_bytes)
        # limited twice: what is packed may hold nothing, and never end
        sent = self._allowance.limit(response.iter_raw(), host, max_bytes)
        return self._allowance.limit(unpacked(sent, packing_of(response, host), host), host, max_bytes)


def open_session(
    url: str, allow_hosts: Collection[str], context: FetchContext, sign: Sign | None = None
) -> HttpSession:
    """Start a session at an address; other hosts are only asked when `allow_hosts` names them."""
    start = resolve_url(url)
    refuse_credentials(start)
    return HttpSession(start, allow_list_of(start, allow_hosts, context), context, sign)


def allow_list_of(
    start: httpx.URL, allow_hosts: Collection[str], context: FetchContext, domains: Collection[str] = ()
) -> HostAllowList:
    """Return the allow list of a session: the host of `start`, `allow_hosts`, and all hosts of `domains`."""
    # hosts are compared in ASCII, the form in which redirects name them
    named_hosts = [
        ascii_host(resolve_url(f"https://[{host}]" if ":" in host else f"https://{host}")) for host in allow_hosts
    ]
    return build_allow_list([ascii_host(start), *named_hosts], local=context.allow_local, domains=domains)


@cache
def _tls_context() -> ssl.SSLContext:
    # reading the list of certificate authorities takes longer than many an answer
    return httpx.create_ssl_context(trust_env=False)


def _unreachable(url: httpx.URL, error: Exception) -> TemporaryProblem:
    if isinstance(error, httpx.TimeoutException):
        what = f"{url.host} did not answer in time."
    elif isinstance(error, httpx.RemoteProtocolError):
        what = f"{url.host} broke off before the whole file had arrived."
    elif isinstance(error, ServerFault):
        what = f"{url.host} is too busy or out of order just now."
    else:
        what = f"{url.host} could not be reached over a safe connection."
    return TemporaryProblem(
        what,
        fix="It will be tried again with the next run. If this lasts for days, ask whether the address moved.",
        why="What is public now stays as it is.",
    )
