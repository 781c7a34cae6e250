"""The HTTP client of a DataPress: the key in one header and to one host only, and files in parts of 5 MiB.

A call without a clear answer raises `Unsettled`: a read may be repeated; what a write did has to be read. What the
DataPress refuses raises `Refusal`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from catalogue.backends.datapress.problems import LONGEST_WORDS, not_a_datapress, other_host, too_large_there
from catalogue.backends.transport.answers import (
    TIMEOUT,
    Unsettled,
    connection_words,
    make_session,
    read_digest,
    require_settled,
    retry_call,
)

PART = 5 * 1024 * 1024
"""Bytes of every part of a file but the last."""


class Refusal(Exception):
    """The DataPress did not do it: `status` is that of HTTP, `words` are its own."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.words = words


@dataclass(frozen=True, slots=True)
class UploadSession:
    """Where the parts of one file are sent, and what makes a file of them."""

    chunk: str
    complete: str


class DatapressClient:
    """One DataPress, as the holder of a key or, without one, as the public sees it. `writes` counts writing calls."""

    def __init__(self, url: str, key: str = "") -> None:
        self.writes = 0
        self._url = url
        self._key = key
        self._session = make_session(key)

    def read(self, path: str) -> Any:
        """Return the JSON at a path, tried a few times; Refusal, or Unsettled."""
        return retry_call(lambda: self._call("GET", f"{self._url}{path}"))

    def create(self, document: Mapping[str, Any]) -> Any:
        """Send a new dataset once; to do it again without a look makes a second one."""
        self.writes += 1
        return self._call("POST", f"{self._url}/api/dataset", json=document)

    def patch(self, key: str, operations: Sequence[Mapping[str, Any]]) -> Any:
        """Send a JSON Patch of a dataset once: all of it is done, or nothing."""
        self.writes += 1
        return self._call("PATCH", f"{self._url}{dataset_api(key)}", json=operations)

    def open_upload(self, key: str, details: Mapping[str, Any]) -> UploadSession:
        """Ask where to send the parts of a file; nobody sees anything of it before it is completed."""
        self.writes += 1
        answer = self._call("POST", f"{self._url}{dataset_api(key)}/upload", json=details)
        if not isinstance(answer, dict) or not {"urlChunk", "urlComplete"} <= answer.keys():
            raise not_a_datapress(self._url)
        return UploadSession(self._own(answer["urlChunk"]), self._own(answer["urlComplete"]))

    def send_part(self, session: UploadSession, number: int, content: bytes) -> None:
        """Send one part, counted from 0; sent again, it takes the place of the one before."""
        self.writes += 1
        form = {"files": {"file": ("part", content)}, "data": {"part": str(number)}}
        retry_call(lambda: self._call("POST", session.chunk, **form))

    def complete(self, session: UploadSession) -> Any:
        """Make a file of the parts: from now on it is what the resource gives."""
        self.writes += 1
        return self._call("POST", session.complete)

    def digest(self, url: str) -> str:
        """Return the sha256 of the bytes at an address, empty when there is no such file; Unsettled when unclear."""
        return read_digest(self._session, url)

    def _call(self, method: str, url: str, **options: Any) -> Any:
        try:
            # redirects are not followed: they would take the key to another server
            response = self._session.request(method, url, timeout=TIMEOUT, allow_redirects=False, **options)
        except (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise not_a_datapress(self._url) from None
        except requests.RequestException as error:
            # not chained: the error holds the request, and the request the key
            raise Unsettled(connection_words(error)) from None
        require_settled(response)
        if response.status_code == requests.codes.request_entity_too_large:
            raise too_large_there(self._url)
        if response.is_redirect or "json" not in response.headers.get("Content-Type", ""):
            raise not_a_datapress(self._url)
        try:
            content = response.json()
        except ValueError:
            raise Unsettled("its answer ended early") from None
        if response.status_code >= requests.codes.bad_request:
            told = content.get("message") or content.get("error") if isinstance(content, dict) else content
            text = told if isinstance(told, str) else json.dumps(content, ensure_ascii=False)
            words = " ".join(text.split())[:LONGEST_WORDS].rstrip(".")
            # a server that repeats what it was sent must not make us repeat the key
            raise Refusal(response.status_code, words.replace(self._key, "…") if self._key else words)
        return content

    def _own(self, url: str) -> str:
        """Return an address that the DataPress gave, provided that it is its own."""
        if urlsplit(url)[:2] != urlsplit(self._url)[:2]:
            raise other_host(self._url, urlsplit(url).netloc or "nowhere")
        return url


def dataset_api(key: str) -> str:
    """Return the path of a dataset; the id is the server's, and could be anything."""
    return f"/api/v3/dataset/{quote(key, safe='')}"
