"""Answers over HTTP: which are clear, how long to wait before another try, and the digest of what the public gets."""

from __future__ import annotations

import hashlib
import time
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.auth import AuthBase

TIMEOUT = (10.0, 120.0)
"""Seconds to connect, and between two bytes of an answer."""

READS = 4
"""Attempts at a read in all."""

LONGEST_WAIT = 60.0
"""Seconds; a server that asks for a longer pause is left to the next run."""

CHUNK = 1 << 20
AGENT = "londata"


class Unsettled(Exception):
    """No clear answer came. `seconds` is how long the server asked to wait, or None."""

    def __init__(self, what: str, seconds: float | None = None) -> None:
        super().__init__(what)
        self.seconds = seconds


class HeaderToken(AuthBase):
    """Puts the token into the Authorization header; requests would otherwise put a login from .netrc there."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._token
        return request


def make_session(token: str = "") -> requests.Session:
    """Return a session of the holder of a token or, without one, of the public."""
    session = requests.Session()
    # a cache before the catalogue would prove nothing about what is there now
    session.headers.update({"Cache-Control": "no-cache", "User-Agent": AGENT})
    # without any auth, requests would take a login from .netrc
    session.auth = HeaderToken(token) if token else (lambda request: request)
    return session


def retry_call(call: Any) -> Any:
    """Return the result of a call that may safely be repeated; raises the last Unsettled when no attempt was clear."""
    for attempt in range(READS - 1):
        try:
            return call()
        except Unsettled as error:
            wait_before_retry(attempt, error)
    return call()


def wait_before_retry(attempt: int, error: Unsettled) -> None:
    """Wait as long as the server asked, or longer with each attempt; raise `error` when that is too long."""
    seconds = 0.5 * 2**attempt if error.seconds is None else error.seconds
    if seconds > LONGEST_WAIT:
        raise error
    time.sleep(seconds)


def require_settled(response: requests.Response) -> None:
    """Raise Unsettled for an answer that does not tell what was done: too many requests, or an error of the server."""
    if response.status_code == requests.codes.too_many_requests or response.status_code >= 500:
        raise Unsettled(f"it answered with status {response.status_code}", _retry_after(response))


def read_digest(session: requests.Session, url: str) -> str:
    """Return the sha256 of the bytes at an address, empty when there is no such file; Unsettled when unclear."""

    def attempt() -> str:
        digest, size = hashlib.sha256(), 0
        # uncompressed, so that the length can be compared
        headers = {"Accept-Encoding": "identity"}
        with session.get(url, stream=True, timeout=TIMEOUT, headers=headers) as response:
            require_settled(response)
            if response.status_code != requests.codes.ok:
                return ""
            for chunk in response.iter_content(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        # requests takes a connection that was cut for the end of the file
        stated = response.headers.get("Content-Length", "")
        if stated.isdigit() and int(stated) != size:
            raise Unsettled("the download ended early")
        return digest.hexdigest()

    def settled() -> str:
        try:
            return attempt()
        except requests.RequestException as error:
            raise Unsettled(connection_words(error)) from None

    return str(retry_call(settled))


def connection_words(error: requests.RequestException) -> str:
    """Return what happened to a connection, without the request, which holds the token."""
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    return "the connection could not be made or was cut"


def _retry_after(response: requests.Response) -> float | None:
    asked = response.headers.get("Retry-After", "")
    if asked.isdigit():
        return float(asked)
    try:
        # a moment, by the server's own clock, which may differ from ours
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
