"""An object store that speaks S3: the newest object of a bucket that fits a pattern."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError, fromstring

import httpx

from packages.errors import FileProblem, SetupProblem
from packages.readers.file_kinds import FileKind
from packages.readers.opening.refused_kinds import refuse_kind
from packages.sources.transport.answers import incomplete_answer
from packages.sources.transport.aws_signature import AccessKey, request_signer
from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.http_session import DownloadLabel, HttpSession, open_session
from packages.sources.transport.paging import data_changed, retry_if_changed
from packages.spec import BucketSource

MAX_LISTING_PAGES = 1_000
"""Pages of a listing, of a thousand objects each."""


@dataclass(frozen=True, slots=True)
class BucketObject:
    """One object of a listing; `last_modified` is an ISO time, `size` in bytes."""

    key: str
    last_modified: str
    etag: str
    size: int


def download_source(source: BucketSource, context: FetchContext) -> Download | None:
    """Download the newest object that fits; None when it is that of the previous extract."""
    sign = None
    # a public bucket takes no key
    if source.keys_from:
        name, colon, secret = context.environ.get(source.keys_from, "").partition(":")
        if not (name and colon and secret):
            raise SetupProblem(
                f"The environment variable {source.keys_from} does not hold the key of the bucket.",
                fix="Set it to the access key and its secret with a colon between them. "
                "Secrets do not belong in files.",
            )
        sign = request_signer(AccessKey(name, secret, source.region), context.now)
    bucket = _Bucket(open_session(source.url.rstrip("/"), [], context, sign), source)
    return retry_if_changed(bucket.download)


@dataclass(frozen=True, slots=True)
class _Bucket:
    session: HttpSession
    source: BucketSource

    def download(self) -> Download | None:
        newest, start = self.newest_object(), self.session.start
        # quoted as a path: a key may hold “?” or “#”
        path = f"{start.path.rstrip('/')}/{newest.key}"
        label = DownloadLabel(
            start.copy_with(raw_path=quote(path).encode()), PurePosixPath(newest.key).name, newest.etag
        )
        if self.session.is_current(label):
            return None
        download = self.session.download(label)
        with discard_on_failure(download):
            # another size than the listing gave: the object was replaced in between
            if download.bytes != newest.size:
                raise data_changed(self.session.host)
        return download

    def newest_object(self) -> BucketObject:
        fitting = [entry for entry in self.list_objects() if self.fits(entry.key)]
        if not fitting:
            raise FileProblem(
                f"No object of the bucket at {self.session.host} fits “{self.source.prefix}{self.source.match}”.",
                fix="Put the file there, or change `prefix` or `match` under `source` in the publisher's description.",
                why="There is nothing to publish until a file arrives.",
            )
        return max(fitting, key=lambda entry: (entry.last_modified, entry.key))

    def fits(self, key: str) -> bool:
        # hidden files, lock files of Excel, and the empty objects that stand for folders are never meant
        if PurePosixPath(key).name.startswith((".", "~$")) or key.endswith("/"):
            return False
        return fnmatchcase(key.removeprefix(self.source.prefix).casefold(), self.source.match.casefold())

    def list_objects(self) -> Iterator[BucketObject]:
        """Yield every object below the prefix, page by page; TemporaryProblem when the listing does not end."""
        query = {"list-type": "2", "prefix": self.source.prefix}
        for _ in range(MAX_LISTING_PAGES):
            listing = self.read_listing(query)
            for element in listing.findall("{*}Contents"):
                key, size = element.findtext("{*}Key", ""), element.findtext("{*}Size", "")
                if not key or not size.isdecimal():
                    raise incomplete_answer(self.session.host)
                modified, etag = element.findtext("{*}LastModified", ""), element.findtext("{*}ETag", "")
                yield BucketObject(key, modified, etag, int(size))
            if listing.findtext("{*}IsTruncated", "false") != "true":
                return
            token = listing.findtext("{*}NextContinuationToken", "")
            # a missing or repeated token would list the same page for ever
            if not token or token == query.get("continuation-token"):
                break
            query["continuation-token"] = token
        raise incomplete_answer(self.session.host)

    def read_listing(self, query: Mapping[str, str]) -> Element:
        start, host = self.session.start, self.session.host
        url = start.copy_with(path=start.path or "/", query=str(httpx.QueryParams(query)).encode())
        body = self.session.read_page(url).body
        if b"<!doctype" in body.lower() or b"<html" in body.lower():
            raise refuse_kind(FileKind.HTML)
        try:
            # safe: a document type, whose entities could expand without end, was refused above
            listing = fromstring(body)  # noqa: S314
        except ParseError as error:
            raise incomplete_answer(host) from error
        if not listing.tag.endswith("ListBucketResult"):
            raise SetupProblem(
                f"{host} answers, but not with the list of a bucket.",
                fix="Give the address of the bucket itself, for example https://drops.s3.eu-west-2.amazonaws.com.",
            )
        return listing
