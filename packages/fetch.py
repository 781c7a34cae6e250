"""Bytes as received, untouched, in the store under their sha256; and whether they are new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packages.errors import SetupProblem
from packages.file_digest import Measured
from packages.model import Extract
from packages.readers.recognise import recognise_kind
from packages.sources import SOURCES
from packages.sources.folder import local_download
from packages.sources.transport.download import Download, FetchContext, require_data, store_blob, write_download
from packages.spec import Source


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source gave. `unchanged`: it is what the previous extract already holds."""

    extract: Extract
    unchanged: bool


def fetch(
    source: Source,
    *,
    base: Path,
    store: Path,
    now: dt.datetime,
    previous: Extract | None = None,
    allow_local: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Fetched:
    """Fetch the file of a source into the store.

    A relative folder is taken from `base`. `allow_local` admits http and this machine's own address, for tests.
    `environ` is where a source looks up a secret that its description only names.
    FileProblem when what came is no data, TemporaryProblem when trying later may help, SetupProblem otherwise.
    """
    parcel = SOURCES[source.kind](source, FetchContext(base, store, now, previous, allow_local, environ or {}))
    if parcel is None:
        assert previous is not None, "a source may only say unchanged when something was fetched before"
        return Fetched(previous, unchanged=True)
    extract = _extract(store_blob(require_data(parcel), store), now)
    return Fetched(extract, unchanged=previous is not None and previous.sha256 == extract.sha256)


def extract_file(
    path: Path, *, store: Path | None, now: dt.datetime, measured: Callable[[], Measured] | None = None
) -> Extract:
    """The extract of a file that somebody hands over; without a store it stays where it is and nothing is written.

    `measured` gives what `packages.measure.measure_ahead` found.
    """
    if not path.is_file():
        raise _no_such_file(path)
    try:
        parcel = local_download(path, measured)
        return _extract(store_blob(parcel, store) if store else parcel, now)
    except PermissionError as error:
        raise SetupProblem(
            f"{path} may not be read by you.", fix="Ask its owner for access, or copy it to a folder of your own."
        ) from error


def extract_bytes(content: bytes, name: str, *, store: Path, now: dt.datetime) -> Extract:
    """The extract of something that we made ourselves, kept in the store like what was received."""
    return _extract(store_blob(Download(*write_download([content], store), name, passing=True), store), now)


def _extract(parcel: Download, now: dt.datetime) -> Extract:
    return Extract(
        path=parcel.path,
        name=parcel.name,
        sha256=parcel.sha256,
        bytes=parcel.bytes,
        media_type=recognise_kind(parcel.path).value,
        url=parcel.url,
        retrieved=now,
        etag=parcel.etag,
        last_modified=parcel.last_modified,
    )


def _no_such_file(path: Path) -> SetupProblem:
    if path.is_dir():
        return SetupProblem(f"{path} is a folder.", fix="Name the file in it.")
    return SetupProblem(f"There is no file {path}.", fix="Check the name and the folder you are in.")
