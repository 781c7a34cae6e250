"""Downloaded bytes, and the store that keeps them under their sha256."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from packages.errors import LondataError, SetupProblem
from packages.file_digest import digest_file
from packages.model import Extract
from packages.readers.file_kinds import FileKind
from packages.readers.opening.ask import file_kind
from packages.readers.opening.refused_kinds import refuse_kind
from packages.sources.transport.download_limits import LIMITS, DownloadLimits

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class FetchContext:
    """The circumstances of a fetch that do not depend on the kind of source.

    A relative folder of a source is taken from `base`. `store` receives the bytes. `previous` is the extract of the
    last fetch, against which a source may answer “unchanged”. `allow_local` admits http and the addresses of this
    machine, for tests. `environ` holds the secrets that a source's description refers to by name.
    """

    base: Path
    store: Path
    now: dt.datetime
    previous: Extract | None = None
    allow_local: bool = False
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    limits: DownloadLimits = LIMITS


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes that have arrived but are not yet in the store.

    `is_temporary`: `path` is a temporary file of ours; otherwise the file belongs to a person and stays where it is.
    """

    path: Path
    sha256: str
    bytes: int
    name: str
    is_temporary: bool
    url: str = ""
    etag: str = ""
    last_modified: str = ""


def file_blocks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file in blocks of one megabyte."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def write_download(pieces: Iterable[bytes], store: Path) -> tuple[Path, str, int]:
    """Write pieces to a temporary file in the store and sync it; return its path, sha256 (hex) and size in bytes."""
    store.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    # in the store itself, so that it can later be renamed into place: a rename works within one file system only
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
    """Return the path in the store of the bytes with that sha256."""
    return store / sha256[:2] / sha256


def store_blob(download: Download, store: Path) -> Download:
    """Move a download into the store, unless its bytes are there already; return it with its path there."""
    if _holds(blob_path(store, download.sha256), download.sha256, download.bytes):
        discard_download(download)
        return replace(download, path=blob_path(store, download.sha256), is_temporary=False)
    if download.is_temporary:
        path, sha256, size = download.path, download.sha256, download.bytes
    else:
        # hashed again while copying: a person may have written to the file since
        path, sha256, size = write_download(file_blocks(download.path), store)
    target = blob_path(store, sha256)
    target.parent.mkdir(exist_ok=True)
    if target.is_dir() and not target.is_symlink():
        raise SetupProblem(
            f"{target} is a folder, where a received file belongs.",
            fix="Move it away: nobody but londata should write there.",
        )
    _place(path, target, sha256, size)
    # a rename survives a power cut only once the folder itself is on disk
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return replace(download, path=target, sha256=sha256, bytes=size, is_temporary=False)


def _holds(target: Path, sha256: str, size: int) -> bool:
    """Return whether a file is there with these bytes, and no link: somebody may have changed it since it came."""
    try:
        return not target.is_symlink() and target.stat().st_size == size and digest_file(target) == (sha256, size)
    except OSError:
        return False


def _place(path: Path, target: Path, sha256: str, size: int) -> None:
    """Give a new file its place, and leave one with the same bytes that came there meanwhile.

    A reader in its box may open that very file and no other of its name, so it is replaced only where it is damaged.
    """
    try:
        os.link(path, target)
    except OSError:
        # it is there, or this file system has no hard links
        if not _holds(target, sha256, size):
            if target.is_file() and not target.is_symlink():
                # what comes again does not stay longer: received files go some days after they came first
                known = target.stat()
                os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
            path.replace(target)
            return
    path.unlink()


def require_data(download: Download) -> Download:
    """Refuse an empty file and a web page before they reach the store; other kinds are left to the readers."""
    kind = file_kind(download.path)
    if kind in (FileKind.HTML, FileKind.HTML_TABLE, FileKind.EMPTY):
        discard_download(download)
        raise refuse_kind(kind)
    return download


def discard_download(download: Download) -> None:
    """Remove the file of a download if it is a temporary one."""
    if download.is_temporary:
        download.path.unlink(missing_ok=True)


@contextmanager
def discard_on_failure(download: Download) -> Iterator[None]:
    """Discard the download when a check inside the block fails."""
    try:
        yield
    except LondataError:
        discard_download(download)
        raise
