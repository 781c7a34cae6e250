"""One version of a folder of the site in the making: new files on the disk for good, links to what did not change."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from catalogue.backends.protocol import Progress
from catalogue.trees.placeholder import content_sha256, has_content, meant_by
from packages.errors import SetupProblem
from packages.model import Release
from packages.release.public_files import make_public, make_public_folder

MANIFEST = "manifest.json"
CHUNK = 1 << 20

SYNC_ALL_ABOVE = 100
"""With more pages than this, one wait for the whole disk is shorter than one for each page."""


def _all_is_here(folder: Path) -> None:
    """Fetch nothing: on a disk, every file has its content."""


def leave_unsigned(version: FolderVersion) -> None:
    """Sign nothing: the version is a copy of one that was signed where it was made, or nobody signs."""


@dataclass
class FolderVersion:
    """A folder in the making. `writes` counts the files written or removed; `pages` wait for `sync_versions`.

    `fetch` gives the files below a folder in it their contents, where there are only placeholders. `sign` gives the
    version its signed list, when everything else is written.
    """

    folder: Path
    writes: int = 0
    pages: list[Path] = field(default_factory=list)
    fetch: Callable[[Path], None] = _all_is_here
    sign: Callable[[FolderVersion], None] = leave_unsigned

    def write(self, path: Path, content: bytes) -> None:
        """Give a file this content, on the disk after `sync_versions`; one that has it already is left alone."""
        if has_content(path, content):
            return
        make_public_folder(path.parent)
        # a new file, never the old one written over: other versions have links to its bytes
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        make_public(path)
        self.pages.append(path)
        self.writes += 1

    @contextlib.contextmanager
    def new(self, path: Path) -> Iterator[BinaryIO]:
        """Open a new file in place of the old one, whose bytes other versions share; on the disk at the end."""
        make_public_folder(path.parent)
        path.unlink(missing_ok=True)
        with path.open("xb") as file:
            make_public(path)
            yield file
            file.flush()
            os.fsync(file.fileno())
        self.writes += 1

    def remove(self, path: Path) -> None:
        """Remove a file, a link, or a folder with everything in it, if it is there."""
        if path.is_dir() and not path.is_symlink():
            self.writes += sum(1 for inner in path.rglob("*") if inner.is_file())
            shutil.rmtree(path)
        elif path.is_symlink() or path.exists():
            path.unlink()
            self.writes += 1

    def lead(self, place: Path, target: str) -> None:
        """Let a symbolic link at `place` lead to `target`, a path from there; whatever was there is removed."""
        if place.is_symlink() and os.readlink(place) == target:  # noqa: PTH115  # the text, as it is written
            return
        self.remove(place)
        make_public_folder(place.parent)
        place.symlink_to(target)
        self.writes += 1

    def keep_only(self, folder: Path, names: Collection[str]) -> None:
        """Remove everything else from a folder."""
        for name in folder_names(folder) - set(names):
            self.remove(folder / name)

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Make these files, by their path in the folder, all that there is."""
        for name, content in files.items():
            self.write(self.folder / name, content)
        for folder, _, names in os.walk(self.folder, topdown=False):
            for name in names:
                path = Path(folder, name)
                if str(path.relative_to(self.folder)) not in files:
                    self.remove(path)
            if not any(Path(folder).iterdir()):
                Path(folder).rmdir()

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name; one that has these bytes already is left alone."""
        if target.is_file() and (source.samefile(target) or common_digest((source, target))):
            return
        make_public_folder(target.parent)
        target.unlink(missing_ok=True)
        _link(str(source), str(target))
        self.writes += 1


def sync_versions(versions: Sequence[FolderVersion]) -> None:
    """Sign versions in the making, and wait until they are on the disk, names and all.

    Thousands of pages are waited for at once, few one by one.
    """
    for version in versions:
        version.sign(version)
    if sum(len(version.pages) for version in versions) > SYNC_ALL_ABOVE:
        os.sync()
        return
    for version in versions:
        for path in version.pages:
            # it may have been removed again since it was written
            if path.is_file():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        sync_folders(version.folder)


def release_file_names(release: Release) -> tuple[str, ...]:
    """Return the names of the files of a release, the manifest included."""
    return (*(file.name for file in release.manifest), MANIFEST)


@dataclass(frozen=True, slots=True)
class FileState:
    """A file on the disk as it is now, whatever its name: as long as this is the same, so are its bytes."""

    device: int
    inode: int
    bytes: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> FileState | None:
        """Return the state of a file; None when there is none."""
        if not path.is_file():
            return None
        known = path.stat()
        return cls(known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns)


Digests = Mapping[FileState, str]
"""The sha256 (hex) of files that have been read, by their state."""

NOTHING_READ: Digests = MappingProxyType({})


def copy_release(
    version: FolderVersion, folder: Path, release: Release, on_progress: Progress | None
) -> dict[FileState, str]:
    """Copy the files of a release into a version and read the copies; what is there already stays.

    Return the digests of copies that are whole. SetupProblem when the stored release is not what was sealed.
    """
    done, total = 0, sum(file.bytes for file in release.manifest)
    digests: dict[FileState, str] = {}
    for file in release.manifest:
        target = folder / file.name
        # of a placeholder no page can be made
        if content_sha256(target) != file.sha256 or meant_by(target):
            _copy(version, release.folder / file.name, target)
            # one reading proves both: that the stored file is what was sealed, and that the copy is whole
            if content_sha256(target) == file.sha256:
                digests |= {state: file.sha256 for state in [FileState.of(target)] if state}
            elif content_sha256(release.folder / file.name) != file.sha256:
                raise _damaged(release.folder / file.name)
        done += file.bytes
        if on_progress:
            on_progress(done, total)
    manifest = release.folder / MANIFEST
    if not manifest.is_file():
        raise _damaged(manifest)
    version.write(folder / MANIFEST, manifest.read_bytes())
    return digests


def _copy(version: FolderVersion, source: Path, target: Path) -> None:
    if not source.is_file():
        raise _damaged(source)
    with source.open("rb") as stored, version.new(target) as file:
        shutil.copyfileobj(stored, file, CHUNK)


def _damaged(path: Path) -> SetupProblem:
    return SetupProblem(
        f"The stored release is not whole: {path.name} in {path.parent} is missing or was changed.",
        fix="Move that folder away and publish again; the release is then made anew from the file that was received.",
        why="Only what was checked is published. The site is as it was.",
    )


def common_digest(paths: Sequence[Path], known: Digests = NOTHING_READ) -> str:
    """Return the sha256 of files if all have the same, else an empty text; `known` ones are not read again."""
    states = {state: path for path in paths if (state := FileState.of(path))}
    # most files that differ do so in size: they need not be read at all
    if not all(path.is_file() for path in paths) or len({state.bytes for state in states}) != 1:
        return ""
    # names of one file, as nearly always: it need not be read twice
    digests = {known.get(state) or content_sha256(path) for state, path in states.items()}
    return digests.pop() if len(digests) == 1 else ""


def folder_names(folder: Path) -> set[str]:
    """Return the names in a folder; none when it does not exist."""
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def link_tree(source: Path, target: Path) -> None:
    """Make a copy of a folder out of hard links; an empty folder when there is nothing to copy.

    Symbolic links are copied as what they are.
    """
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, copy_function=_link)
    else:
        make_public_folder(target)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        # some file systems have no hard links, or a limit on them
        if error.errno not in (errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        shutil.copy2(source, target)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are not there yet, whose names are on the disk then."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    make_public_folder(folder)
    for path in missing:
        sync_folder(path.parent)


def sync_folders(root: Path) -> None:
    """Wait until the names in a folder and in all folders below it are on the disk."""
    for folder, _, _ in os.walk(root, topdown=False):
        sync_folder(Path(folder))


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk: a synced file can be lost with its name."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
