"""What a source brings, and the store where it is kept under the sha256 of its bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from packages.errors import LondataError
from packages.model import Extract
from packages.readers.file_kinds import FileKind, refuse_kind
from packages.readers.recognise import recognise_kind

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class FetchContext:
    """What a source needs to know besides its own address: folders, what was fetched before, what is allowed.

    `environ` holds the secrets of the machine, by name.
    """

    base: Path
    store: Path
    now: dt.datetime
    previous: Extract | None = None
    allow_local: bool = False
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes that have arrived, not yet in the store.

    `passing` says that `path` is a temporary file of ours; otherwise it is somebody's file and stays where it is.
    """

    path: Path
    sha256: str
    bytes: int
    name: str
    passing: bool
    url: str = ""
    etag: str = ""
    last_modified: str = ""


def file_blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, about a megabyte at a time."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def write_download(pieces: Iterable[bytes], store: Path) -> tuple[Path, str, int]:
    """Write pieces to a temporary file in the store, safely on disk; its path, sha256 (hex) and size in bytes."""
    store.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=store, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                digest.update(piece)
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name), digest.hexdigest(), size


def blob_path(store: Path, sha256: str) -> Path:
    """Where bytes with that sha256 are kept in the store."""
    return store / sha256[:2] / sha256


def store_blob(parcel: Download, store: Path) -> Download:
    """Put the bytes on their shelf, unless they are there already; the parcel as it lies there."""
    if blob_path(store, parcel.sha256).exists():
        discard_download(parcel)
        return _moved(parcel, parcel.sha256, parcel.bytes, store)
    if parcel.passing:
        path, sha256, size = parcel.path, parcel.sha256, parcel.bytes
    else:
        # measured again: somebody may have written to the file since
        path, sha256, size = write_download(file_blocks(parcel.path), store)
    target = blob_path(store, sha256)
    target.parent.mkdir(exist_ok=True)
    path.replace(target)
    _sync(target.parent)
    return _moved(parcel, sha256, size, store)


def require_data(parcel: Download) -> Download:
    """Refuse an empty answer and a web page before they reach the store; other kinds are for the reader to name."""
    kind = recognise_kind(parcel.path)
    if kind in (FileKind.HTML, FileKind.EMPTY):
        discard_download(parcel)
        raise refuse_kind(kind)
    return parcel


def discard_download(parcel: Download) -> None:
    """Remove the temporary file, if it is ours."""
    if parcel.passing:
        parcel.path.unlink(missing_ok=True)


@contextmanager
def discard_on_failure(parcel: Download) -> Iterator[None]:
    """Checks within: when one fails, the temporary file goes."""
    try:
        yield
    except LondataError:
        discard_download(parcel)
        raise


def _moved(parcel: Download, sha256: str, size: int, store: Path) -> Download:
    return Download(
        blob_path(store, sha256),
        sha256,
        size,
        parcel.name,
        False,
        parcel.url,
        parcel.etag,
        parcel.last_modified,
    )


def _sync(folder: Path) -> None:
    # a rename is only lasting when the folder itself is on disk
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
