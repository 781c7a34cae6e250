"""A file that somebody drops into a folder: the newest that matches a pattern."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

from packages.errors import FileProblem, SetupProblem
from packages.file_digest import Measured, digest_file
from packages.sources.transport.download import Download, FetchContext
from packages.spec import FolderSource


def download_source(source: FolderSource, errand: FetchContext) -> Download:
    """The newest matching file of the folder, where it lies; FileProblem when there is none."""
    return local_download(_newest(errand.base / source.path, source.pattern))


def local_download(path: Path, measured: Callable[[], Measured] | None = None) -> Download:
    """Measure a file where it lies; `measured` tells what somebody has begun to measure."""
    sha256, size = measured() if measured else digest_file(path)
    changed = formatdate(path.stat().st_mtime, usegmt=True)
    return Download(path, sha256, size, path.name, passing=False, last_modified=changed)


def _newest(folder: Path, pattern: str) -> Path:
    if not folder.is_dir():
        raise SetupProblem(
            f"The folder {folder} does not exist.",
            fix="Create it, or change `path` under `source` in the publisher's description.",
        )
    files = [path for path in folder.glob(pattern) if _is_meant(path, folder)]
    if not files:
        raise FileProblem(
            f"No file in the folder {folder} matches “{pattern}”.",
            fix="Put the file there, or change `pattern` under `source` in the publisher's description.",
            why="There is nothing to publish until a file arrives.",
        )
    return max(files, key=lambda path: (path.stat().st_mtime, path.name))


def _is_meant(path: Path, folder: Path) -> bool:
    """Leaves out what programs leave lying about, and links that lead out of the folder."""
    if path.name.startswith((".", "~$")) or not path.is_file():
        return False
    return path.resolve().is_relative_to(folder.resolve())
