"""Extracts: bytes as received, kept unchanged under their sha256, and whether they are new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packages.errors import SetupProblem
from packages.file_digest import Measured
from packages.model import Extract
from packages.readers.opening.ask import file_kind, require_size
from packages.sources import source_module
from packages.sources.folder import copied_download, local_download
from packages.sources.transport.download import Download, FetchContext, require_data, store_blob, write_download
from packages.spec import Source


@dataclass(frozen=True, slots=True)
class Fetched:
    """The extract of a source. `unchanged`: it has the bytes of the previous extract."""

    extract: Extract
    unchanged: bool


def fetch(source: Source, context: FetchContext) -> Fetched:
    """Fetch the file of a source into the store.

    Raises FileProblem when what came is no data, TemporaryProblem when trying later may help, SetupProblem otherwise.
    """
    previous = context.previous
    download = source_module(source.kind).download_source(source, context)
    if download is None:
        assert previous is not None, "a source may only say unchanged when something was fetched before"
        return Fetched(previous, unchanged=True)
    # a source that cannot tell a revision is unchanged when its bytes are
    extract = _extract(store_blob(require_data(download), context.store), context.now)
    return Fetched(extract, unchanged=previous is not None and previous.sha256 == extract.sha256)


def extract_file(
    path: Path, *, store: Path | None, now: dt.datetime, measured: Callable[[], Measured] | None = None
) -> Extract:
    """Return the extract of a local file; without a store the file stays where it is and nothing is written.

    `measured` returns sha256 and size when `packages.file_digest.digest_in_background` has begun to compute them.
    """
    if path.is_dir():
        raise SetupProblem(f"{path} is a folder.", fix="Name the file in it.")
    if not path.is_file():
        raise SetupProblem(f"There is no file {path}.", fix="Check the name and the folder you are in.")
    require_size(path)
    try:
        if store and not measured:
            return _extract(store_blob(copied_download(path, store), store), now)
        download = local_download(path, measured)
        return _extract(store_blob(download, store) if store else download, now)
    except PermissionError as error:
        raise SetupProblem(
            f"{path} may not be read by you.", fix="Ask its owner for access, or copy it to a folder of your own."
        ) from error


def extract_bytes(content: bytes, name: str, *, store: Path, now: dt.datetime) -> Extract:
    """Store bytes that londata made itself, and return their extract like that of a received file."""
    path, sha256, size = write_download([content], store)
    return _extract(store_blob(Download(path, sha256, size, name, is_temporary=True), store), now)


def _extract(download: Download, now: dt.datetime) -> Extract:
    return Extract(
        path=download.path,
        name=download.name,
        sha256=download.sha256,
        bytes=download.bytes,
        # recognised from the bytes: neither a server's media type nor a file's suffix can be relied on
        media_type=file_kind(download.path).value,
        url=download.url,
        retrieved=now,
        etag=download.etag,
        last_modified=download.last_modified,
    )
