"""One version of the static site while it is made: files written to the disk for good, links to what did not change."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from catalogue.backends.protocol import Progress
from packages.errors import SetupProblem
from packages.model import Release

MANIFEST = "manifest.json"
CHUNK = 1 << 20

AT_ONCE = 100
"""From so many pages on, one wait for the whole disk is shorter than one for each."""


@dataclass
class SiteVersion:
    """A site in the making, and how many files in it are new."""

    folder: Path
    writes: int = 0
    pages: list[Path] = field(default_factory=list)

    def write(self, path: Path, content: bytes) -> None:
        """Make a file say this, on the disk after `sync`; one that already does is left alone."""
        if path.is_file() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        self.pages.append(path)
        self.writes += 1

    def sync(self) -> None:
        """Wait until everything that was written is on the disk: thousands of pages at once, a few one by one."""
        if len(self.pages) > AT_ONCE:
            os.sync()
            return
        for path in self.pages:
            if path.is_file():
                _sync_file(path)

    @contextlib.contextmanager
    def new(self, path: Path) -> Iterator[BinaryIO]:
        """Open a new file in the place of the old one, whose bytes are shared with other versions."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with path.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        self.writes += 1

    def remove(self, folder: Path) -> None:
        """Take a folder away with everything in it."""
        self.writes += sum(1 for path in folder.rglob("*") if path.is_file())
        shutil.rmtree(folder)

    def keep_only(self, folder: Path, names: Collection[str]) -> None:
        """Take away whatever else is in a folder."""
        for name in folder_names(folder) - set(names):
            if (folder / name).is_dir():
                self.remove(folder / name)
            else:
                (folder / name).unlink()
                self.writes += 1

    def link(self, source: Path, target: Path) -> None:
        """Give a file of this version a second name; one that has these bytes already is left alone."""
        if common_digest(source, target):
            return
        target.unlink(missing_ok=True)
        _link(str(source), str(target))
        self.writes += 1


def release_file_names(release: Release) -> tuple[str, ...]:
    """The names of the files of a release."""
    return (*(file.name for file in release.manifest), MANIFEST)


def copy_release(made: SiteVersion, folder: Path, release: Release, on_progress: Progress | None) -> None:
    """Bring the files of a release into the version, proving each on the way; what is there already stays."""
    done, whole = 0, sum(file.bytes for file in release.manifest)
    for file in release.manifest:
        if _sha256(folder / file.name) != file.sha256:
            _copy(made, release.folder / file.name, folder / file.name, file.sha256)
        done += file.bytes
        if on_progress:
            on_progress(done, whole)
    made.write(folder / MANIFEST, _stored(release.folder / MANIFEST))


def _copy(made: SiteVersion, source: Path, target: Path, sha256: str) -> None:
    digest = hashlib.sha256()
    if not source.is_file():
        raise _damaged(source)
    with source.open("rb") as stored, made.new(target) as file:
        while chunk := stored.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != sha256:
        raise _damaged(source)


def _stored(path: Path) -> bytes:
    if not path.is_file():
        raise _damaged(path)
    return path.read_bytes()


def _damaged(path: Path) -> SetupProblem:
    return SetupProblem(
        f"The stored release is not whole: {path.name} in {path.parent} is missing or was changed.",
        fix="Move that folder away and publish again; the release is then made anew from the file that was received.",
        why="Only what was checked is published. The site is as it was.",
    )


def _sha256(path: Path) -> str:
    """The sha256 of a file in hex; empty when there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def common_digest(one: Path, other: Path) -> str:
    """The sha256 of two files if they are the same, else empty."""
    digest = _sha256(one)
    same_file = digest and other.is_file() and one.samefile(other)
    return digest if same_file or _sha256(other) == digest else ""


def folder_names(folder: Path) -> set[str]:
    """What is in a folder; nothing when there is none."""
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def link_tree(source: Path, target: Path) -> None:
    """Make a folder out of links to all that is in another; an empty one when there is no other."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link)
    else:
        target.mkdir(parents=True)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        # some file systems have no hard links, or a limit on them
        if error.errno not in (errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        shutil.copy2(source, target)


def sync_folders(root: Path) -> None:
    """Wait until the names in a folder, and in all below it, are on the disk."""
    for folder, _, _ in os.walk(root, topdown=False):
        sync_folder(Path(folder))


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
