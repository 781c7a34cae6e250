"""The HTTP client of CKAN: time limits on every call, streamed uploads, and the token in one header only.

A call without a clear answer raises `Unsettled`: a read may be repeated; what a write did has to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import requests
from ckanapi import RemoteCKAN
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor

from catalogue.backends.protocol import Progress
from catalogue.backends.transport.answers import (
    AGENT,
    TIMEOUT,
    Unsettled,
    connection_words,
    make_session,
    read_digest,
    require_settled,
    retry_call,
)
from packages.errors import SetupProblem


@dataclass(frozen=True, slots=True)
class Content:
    """A small file that is on no disk."""

    name: str
    content: bytes


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
        self._session = make_session(token)
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
        return read_digest(self._session, url)


def _opened(file: Path | Content) -> IO[bytes]:
    return BytesIO(file.content) if isinstance(file, Content) else file.open("rb")


def _answer(session: requests.Session, method: str, url: str, **options: Any) -> tuple[int, str]:
    try:
        response = session.request(method, url, timeout=TIMEOUT, **options)
    except (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
        raise _no_ckan(url) from None
    except requests.RequestException as error:
        # not chained: the error holds the request, and the request the token
        raise Unsettled(connection_words(error)) from None
    require_settled(response)
    if response.status_code == requests.codes.request_entity_too_large:
        raise too_large(url)
    # redirects are not followed: they would take the token to another server
    if response.is_redirect or "json" not in response.headers.get("Content-Type", ""):
        raise _no_ckan(url)
    return response.status_code, response.text


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
