"""A file that a person drops into a folder: the newest that matches a pattern."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

from packages.errors import FileProblem, SetupProblem
from packages.file_digest import Measured, digest_file
from packages.sources.transport.download import Download, FetchContext, file_blocks, write_download
from packages.spec import FolderSource


def download_source(source: FolderSource, context: FetchContext) -> Download:
    """Return the newest matching file of the folder, where it lies; FileProblem when there is none."""
    folder = context.base / source.path
    if not folder.is_dir():
        raise SetupProblem(
            f"The folder {folder} does not exist.",
            fix="Create it, or change `path` under `source` in the publisher's description.",
        )
    # Excel keeps a lock file “~$name.xlsx” beside an open workbook
    files = [p for p in folder.glob(source.pattern) if not p.name.startswith((".", "~$")) and p.is_file()]
    # a link out of the folder could publish any file of this machine
    candidates = [path for path in files if path.resolve().is_relative_to(folder.resolve())]
    if not candidates:
        raise FileProblem(
            f"No file in the folder {folder} matches “{source.pattern}”.",
            fix="Put the file there, or change `pattern` under `source` in the publisher's description.",
            why="There is nothing to publish until a file arrives.",
        )
    newest = max(candidates, key=lambda path: (path.stat().st_mtime, path.name))
    # most nights bring the same file again, which then need not be copied to be known
    is_known_size = context.previous is not None and context.previous.bytes == newest.stat().st_size
    return local_download(newest) if is_known_size else copied_download(newest, context.store)


def local_download(path: Path, digest: Callable[[], Measured] | None = None) -> Download:
    """Return a local file as a download; `digest` gives sha256 and size where they are already being computed."""
    sha256, size = digest() if digest else digest_file(path)
    last_modified = formatdate(path.stat().st_mtime, usegmt=True)
    return Download(path, sha256, size, path.name, is_temporary=False, last_modified=last_modified)


def copied_download(path: Path, store: Path) -> Download:
    """Return a local file as a download whose bytes have been copied into the store and hashed on the way."""
    last_modified = formatdate(path.stat().st_mtime, usegmt=True)
    copy, sha256, size = write_download(file_blocks(path), store)
    return Download(copy, sha256, size, path.name, is_temporary=True, last_modified=last_modified)
