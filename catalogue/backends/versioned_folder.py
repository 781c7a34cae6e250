"""A folder that readers reach through a symlink, and that is only ever replaced as a whole.

    <versions>/<n>/     complete versions; two are kept: the one that is shown, and the one that was shown before it
    <pointer>           a symlink to one of them, swapped by rename: a reader sees the old version or the new one

A version is made beside the others, out of hard links to what did not change. Nothing in one is ever written over.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from catalogue.backends.folder_version import FolderVersion, link_tree, make_folder, sync_folder, sync_versions
from packages.errors import SetupProblem, TemporaryProblem
from packages.release.public_files import make_public_folder

LOCK = ".lock"

LOCK_WAIT = 300.0
"""Seconds to wait for another writer: longer than a large site takes, and not for ever behind one that stands still."""

LOCK_POLL = 0.02
"""Seconds between two looks whether it has ended."""

Signing = Callable[[FolderVersion, Path], None]
"""Gives a version in the making its signed list; the path is the version that is shown, which has the last one."""


def _unsigned(version: FolderVersion, shown: Path) -> None:
    """Sign nothing."""


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class VersionedFolder:
    """The versions of one folder. After a crash at any point the old version or the new one is shown."""

    pointer: Path
    versions: Path
    signing: Signing = field(default=_unsigned, kw_only=True)

    @property
    def lock(self) -> Path:
        """The file that whoever writes has locked."""
        return self.versions / LOCK

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Exclude other writers, also those in other processes; a process that dies releases the lock.

        TemporaryProblem when one has it for longer than `LOCK_WAIT`.
        """
        try:
            make_folder(self.lock.parent)
            lock = self.lock.open("a")
        except OSError as error:
            raise cannot_write(self.pointer, error) from error
        with lock:
            end = time.monotonic() + LOCK_WAIT
            while not _lock(lock):
                if time.monotonic() >= end:
                    raise TemporaryProblem(
                        f"Another run has been writing at {self.pointer} for {LOCK_WAIT:.0f} seconds.",
                        fix="Look whether a londata process on this machine stands still (`ps -eo pid,stat,args`): let "
                        "it go on, or end it. Then run the command again.",
                        why="Two runs that write one folder could undo each other's work.",
                    )
                time.sleep(LOCK_POLL)
            yield

    @contextlib.contextmanager
    def new_version(self, *, empty: bool = False) -> Iterator[FolderVersion]:
        """Give a copy of the version that is shown, or an empty folder; at the end it is shown if anything changed.

        To be used while locked. Raises SetupProblem when the disk refuses, with the old version intact.
        """
        with self.draft(empty=empty) as version:
            yield version
            if version.writes or empty:
                # everything is on the disk before the first reader can see it
                sync_versions([version])
                self.show(version)

    @contextlib.contextmanager
    def draft(self, *, empty: bool = False) -> Iterator[FolderVersion]:
        """Give what `new_version` does, for `show`; it is removed at the end unless it is shown by then."""
        number = max(self._numbers(), default=0) + 1
        folder = self.versions / f"{number}.part"
        try:
            # a killed run may have left one
            shutil.rmtree(folder, ignore_errors=True)
            if empty:
                make_public_folder(folder)
            else:
                link_tree(self.pointer, folder)
            yield FolderVersion(folder, sign=lambda version: self.signing(version, self.shown))
        except OSError as error:
            raise cannot_write(self.pointer, error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def show(self, draft: FolderVersion) -> None:
        """Show a draft that is on the disk, and remove all versions but this one and the one shown before."""
        version = draft.folder.with_suffix("")
        kept = {version, self.shown}
        draft.folder.rename(version)
        sync_folder(self.versions)
        self.point_to(version)
        for old in {self.versions / str(number) for number in self._numbers()} - kept:
            shutil.rmtree(old, ignore_errors=True)

    def point_to(self, version: Path) -> None:
        """Show this version, in one step."""
        make_folder(self.pointer.parent)
        # a symlink cannot be changed; a new one takes the place of the old one
        part = self.pointer.with_name(f"{self.pointer.name}.part")
        part.unlink(missing_ok=True)
        part.symlink_to(os.path.relpath(version, self.pointer.parent))
        os.replace(part, self.pointer)  # noqa: PTH105  # says what it is: one atomic step
        sync_folder(self.pointer.parent)

    def take_back(self, before: Path) -> None:
        """Show again what was shown before, if anything was."""
        if before.is_dir():
            self.point_to(before)

    @property
    def shown(self) -> Path:
        """The version that readers see; the pointer itself while there is none."""
        return self.pointer.resolve()

    def others(self) -> list[Path]:
        """Return everything that is kept besides the version that is shown, unfinished ones included."""
        if not self.versions.is_dir():
            return []
        return sorted(path for path in self.versions.iterdir() if path.name != LOCK and path.resolve() != self.shown)

    def _numbers(self) -> list[int]:
        return [int(path.name) for path in self.versions.glob("*") if path.name.isdigit()]


def cannot_write(place: Path, error: OSError) -> SetupProblem:
    """Return the problem of a place in the site that the disk refuses to change."""
    return SetupProblem(
        f"The site cannot be written at {place} ({error.strerror or 'no reason given'}). It is as it was.",
        fix="Give the account that runs londata the right to write there and free space on the disk, or choose "
        "another folder with LONDATA_HOME.",
    )
