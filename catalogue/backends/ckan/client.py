"""The HTTP client of CKAN: time limits on every call, streamed uploads, and the token in one header only.

A call without a clear answer raises `Unsettled`: a read may be repeated; what a write did has to be read.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import requests
from ckanapi import RemoteCKAN
from requests.auth import AuthBase
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor

from catalogue.backends.protocol import Progress
from packages.errors import SetupProblem

TIMEOUT = (10.0, 120.0)
"""Seconds to connect, and between two bytes of an answer."""

READS = 4
"""Attempts at a read in all."""

LONGEST_WAIT = 60.0
"""Seconds; a server that asks for a longer pause is left to the next run."""

CHUNK = 1 << 20
AGENT = "londata"


@dataclass(frozen=True, slots=True)
class Content:
    """A small file that is on no disk."""

    name: str
    content: bytes


class Unsettled(Exception):
    """No clear answer came. `seconds` is how long the server asked to wait, or None."""

    def __init__(self, what: str, seconds: float | None = None) -> None:
        super().__init__(what)
        self.seconds = seconds


class _Token(AuthBase):
    """Puts the token into the Authorization header; requests would otherwise put a login from .netrc there."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._token
        return request


class _Remote(RemoteCKAN):  # type: ignore[misc]  # ckanapi ships no types
    """ckanapi's client with our transport. It is never given the token, which it would send in two headers."""

    on_progress: Progress | None = None

    def _request_fn(
        self, url: str, data: Any, headers: dict[str, str], files: Mapping[str, Any] | None, _: Mapping[str, Any]
    ) -> tuple[int, str]:
        if files:
            # streamed from the disk: requests would read every file into memory first
            encoder = MultipartEncoder({key.decode(): value for key, value in data.items()} | dict(files))
            on_progress = self.on_progress
            data = MultipartEncoderMonitor(
                encoder, lambda sent: on_progress(sent.bytes_read, sent.len) if on_progress else None
            )
            headers = headers | {"Content-Type": data.content_type}
        return _answer(self.session, "POST", url, data=data, headers=headers, allow_redirects=False)

    def _request_fn_get(
        self, url: str, data_dict: Mapping[str, Any], headers: dict[str, str], _: Mapping[str, Any]
    ) -> tuple[int, str]:
        headers = {key: value for key, value in headers.items() if key != "Content-Type"}
        return _answer(self.session, "GET", url, params=data_dict, headers=headers, allow_redirects=False)


class CkanClient:
    """One CKAN, as the holder of a token or, without one, as the public sees it. `writes` counts the writing calls."""

    def __init__(self, url: str, token: str = "") -> None:
        self.writes = 0
        self._session = requests.Session()
        # a cache before the CKAN would prove nothing about what is there now
        self._session.headers["Cache-Control"] = "no-cache"
        # without any auth, requests would take a login from .netrc
        self._session.auth = _Token(token) if token else (lambda request: request)
        self._reader = _Remote(url, user_agent=AGENT, get_only=True, session=self._session)
        self._writer = _Remote(url, user_agent=AGENT, session=self._session)

    def ask(self, action: str, **parameters: str) -> Any:
        """Return the answer to a reading action, tried a few times; raises ckanapi's errors, or Unsettled."""
        return retry_call(lambda: self._reader.call_action(action, parameters))

    def write(
        self,
        action: str,
        data: Mapping[str, Any],
        files: Mapping[str, Path | Content] | None = None,
        on_progress: Progress | None = None,
    ) -> Any:
        """Send a writing action once, with files by form field; raises ckanapi's errors, or Unsettled."""
        self.writes += 1
        self._writer.on_progress = on_progress
        if not files:
            return self._writer.call_action(action, dict(data))
        with ExitStack() as stack:
            opened = {key: (file.name, stack.enter_context(_opened(file))) for key, file in files.items()}
            return self._writer.call_action(action, dict(data), files=opened)

    def digest(self, url: str) -> str:
        """Return the sha256 of the bytes at an address, empty when there is no such file; Unsettled when unclear."""
        return str(retry_call(lambda: self._digest(url)))

    def _digest(self, url: str) -> str:
        # uncompressed, so that the length can be compared
        headers = {"Accept-Encoding": "identity"}
        try:
            with self._session.get(url, stream=True, timeout=TIMEOUT, headers=headers) as response:
                _require_settled(response)
                return _sha256_of(response) if response.status_code == requests.codes.ok else ""
        except requests.RequestException as error:
            raise Unsettled(_connection_words(error)) from None


def _opened(file: Path | Content) -> IO[bytes]:
    return BytesIO(file.content) if isinstance(file, Content) else file.open("rb")


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


def _answer(session: requests.Session, method: str, url: str, **options: Any) -> tuple[int, str]:
    try:
        response = session.request(method, url, timeout=TIMEOUT, **options)
    except (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
        raise _no_ckan(url) from None
    except requests.RequestException as error:
        # not chained: the error holds the request, and the request the token
        raise Unsettled(_connection_words(error)) from None
    _require_settled(response)
    if response.status_code == requests.codes.request_entity_too_large:
        raise too_large(url)
    # redirects are not followed: they would take the token to another server
    if response.is_redirect or "json" not in response.headers.get("Content-Type", ""):
        raise _no_ckan(url)
    return response.status_code, response.text


def _require_settled(response: requests.Response) -> None:
    if response.status_code == requests.codes.too_many_requests or response.status_code >= 500:
        raise Unsettled(f"it answered with status {response.status_code}", _retry_after(response))


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


def _sha256_of(response: requests.Response) -> str:
    digest, size = hashlib.sha256(), 0
    for chunk in response.iter_content(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    # requests takes a connection that was cut for the end of the file
    stated = response.headers.get("Content-Length", "")
    if stated.isdigit() and int(stated) != size:
        raise Unsettled("the download ended early")
    return digest.hexdigest()


def _connection_words(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    return "the connection could not be made or was cut"


def too_large(url: str) -> SetupProblem:
    """Return the problem of a CKAN that does not take files of this size."""
    return SetupProblem(
        f"A file of this release is larger than the catalogue at {_site(url)} takes.",
        fix="Ask its administrator to raise ckan.max_resource_size (and the limit of the web server before it), or set "
        "LONDATA_CKAN_MODE=link, so that the catalogue links to the files instead of holding them.",
    )


def _site(url: str) -> str:
    return url.partition("/api/")[0] or "the empty address"


def _no_ckan(url: str) -> SetupProblem:
    return SetupProblem(
        f"What answers at {_site(url)} is not a CKAN, or it has moved.",
        fix="Set LONDATA_CKAN_URL to the address of the catalogue's start page, with https:// and without /dataset.",
    )
