"""Drops in an object store that speaks S3: the newest object of a bucket that fits a pattern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError, fromstring

import httpx

from packages.errors import FileProblem, SetupProblem
from packages.readers.file_kinds import FileKind, refuse_kind
from packages.sources.transport.aws_signature import AccessKey, Sign, request_signer
from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import DownloadLabel, HttpSession, incomplete_answer, open_session
from packages.sources.transport.paging import data_changed, retry_if_changed
from packages.spec import BucketSource

MOST_PAGES = 1_000
"""Pages of a listing, of a thousand objects each."""


@dataclass(frozen=True, slots=True)
class BucketObject:
    """One object: its key, when it was put there (ISO), what tells its states apart, and its size in bytes."""

    key: str
    changed: str
    stamp: str
    bytes: int


def download_source(source: BucketSource, errand: FetchContext, limits: DownloadLimits = LIMITS) -> Download | None:
    """Download the newest object that fits; None when it is the one that we have."""
    visit = open_session(source.url.rstrip("/"), [], errand, limits, _sign(source, errand))
    return retry_if_changed(lambda: _read(visit, source))


def _sign(source: BucketSource, errand: FetchContext) -> Sign | None:
    if not source.keys_from:
        return None
    name, colon, secret = errand.environ.get(source.keys_from, "").partition(":")
    if not (name and colon and secret):
        raise SetupProblem(
            f"The environment variable {source.keys_from} does not hold the key of the bucket.",
            fix="Set it to the access key and its secret with a colon between them. Secrets do not belong in files.",
        )
    return request_signer(AccessKey(name, secret, source.region), errand.now)


def _read(visit: HttpSession, source: BucketSource) -> Download | None:
    drop = _newest(visit, source)
    path = f"{visit.start.path.rstrip('/')}/{drop.key}"
    label = DownloadLabel(
        visit.start.copy_with(raw_path=quote(path).encode()), PurePosixPath(drop.key).name, drop.stamp
    )
    if visit.holds(label):
        return None
    parcel = visit.whole(label)
    with discard_on_failure(parcel):
        if parcel.bytes != drop.bytes:
            raise data_changed(visit.start.host)
    return parcel


def _newest(visit: HttpSession, source: BucketSource) -> BucketObject:
    fitting = [drop for drop in _drops(visit, source) if _fits(drop, source)]
    if not fitting:
        raise FileProblem(
            f"No object of the bucket at {visit.start.host} fits “{source.prefix}{source.match}”.",
            fix="Put the file there, or change `prefix` or `match` under `source` in the publisher's description.",
            why="There is nothing to publish until a file arrives.",
        )
    return max(fitting, key=lambda drop: (drop.changed, drop.key))


def _fits(drop: BucketObject, source: BucketSource) -> bool:
    name = drop.key.removeprefix(source.prefix)
    left_behind = PurePosixPath(drop.key).name.startswith((".", "~$")) or drop.key.endswith("/")
    return not left_behind and fnmatchcase(name.casefold(), source.match.casefold())


def _drops(visit: HttpSession, source: BucketSource) -> Iterator[BucketObject]:
    """Every object below the prefix, page by page."""
    asked = {"list-type": "2", "prefix": source.prefix}
    for _ in range(MOST_PAGES):
        listing = _listing(visit, asked)
        yield from (_drop(one, visit.start.host) for one in listing.findall("{*}Contents"))
        following = listing.findtext("{*}NextContinuationToken", "")
        if listing.findtext("{*}IsTruncated", "false") != "true":
            return
        if not following or following == asked.get("continuation-token"):
            break
        asked["continuation-token"] = following
    raise incomplete_answer(visit.start.host)


def _listing(visit: HttpSession, asked: dict[str, str]) -> Element:
    page = visit.page(visit.start.copy_with(path=visit.start.path or "/", query=str(httpx.QueryParams(asked)).encode()))
    text = page.body.lower()
    if b"<!doctype" in text or b"<html" in text:
        raise refuse_kind(FileKind.HTML)
    try:
        # a document type, which could make the parser work without end, was refused
        listing = fromstring(page.body)  # noqa: S314
    except ParseError as error:
        raise incomplete_answer(visit.start.host) from error
    if not listing.tag.endswith("ListBucketResult"):
        raise SetupProblem(
            f"{visit.start.host} answers, but not with the list of a bucket.",
            fix="Give the address of the bucket itself, for example https://drops.s3.eu-west-2.amazonaws.com.",
        )
    return listing


def _drop(told: Element, host: str) -> BucketObject:
    key, size = told.findtext("{*}Key", ""), told.findtext("{*}Size", "")
    if not key or not size.isdecimal():
        raise incomplete_answer(host)
    return BucketObject(key, told.findtext("{*}LastModified", ""), told.findtext("{*}ETag", ""), int(size))
