"""The folder of the static site: complete versions, of which `current` points to one.

    <site>/versions/<n>/     one complete site each; two are kept: the current one, and what was shown before it
    <site>/current           a symlink to one of them, swapped by rename: a reader sees the old site or the new one

A version is made beside the others, out of hard links to what did not change. Nothing in one is ever written over.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from catalogue.backends.site_version import SiteVersion, link_tree, sync_folder, sync_folders
from packages.errors import SetupProblem


class SiteFolder:
    """The versions of a site on the disk. After a crash at any point the old site or the new one is shown."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.versions = self.path / "versions"

    @property
    def current(self) -> Path:
        """The site that a web server should serve, and that a browser can open as it is."""
        return self.path / "current"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Exclude other writers, also those in other processes; a process that dies releases the lock."""
        try:
            self.versions.mkdir(parents=True, exist_ok=True)
            lock = (self.path / ".lock").open("a")
        except OSError as error:
            raise self._cannot_write(error) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def new_version(self) -> Iterator[SiteVersion]:
        """Give a copy of the current version to change; at the end it becomes the current one if anything changed.

        To be used while locked. Raises SetupProblem when the disk refuses, with the old site intact.
        """
        number = max(self._numbers(), default=0) + 1
        draft = self.versions / f"{number}.part"
        try:
            # a killed run may have left one
            shutil.rmtree(draft, ignore_errors=True)
            link_tree(self.current, draft)
            version = SiteVersion(draft)
            yield version
            if version.writes:
                # everything is on the disk before the first reader can see it
                version.sync()
                sync_folders(draft)
                self._make_current(draft, self.versions / str(number))
        except OSError as error:
            raise self._cannot_write(error) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _make_current(self, draft: Path, version: Path) -> None:
        """Show a finished version, and remove all but this one and the one shown before."""
        kept = {version, self.current.resolve()}
        draft.rename(version)
        sync_folder(self.versions)
        self.point_to(version)
        for old in {self.versions / str(number) for number in self._numbers()} - kept:
            shutil.rmtree(old, ignore_errors=True)

    def point_to(self, version: Path) -> None:
        """Show this version."""
        # a symlink cannot be changed; a new one takes the place of the old one in a single step
        pointer = self.path / "current.part"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(version.relative_to(self.path))
        os.replace(pointer, self.current)  # noqa: PTH105  # says what it is: one atomic step
        sync_folder(self.path)

    def other_versions_with(self, path: str, *, ignoring: Collection[str]) -> list[Path]:
        """Return the versions besides the current one that hold files in this folder, unfinished ones included.

        `path` (datasets/<dataset>/<publisher>/) is relative to the root of the site; names in `ignoring` do not count.
        """
        files = (file for file in self.versions.glob(f"*/{path}*") if file.name not in ignoring)
        return sorted({file.parents[3] for file in files} - {self.current.resolve()})

    def _numbers(self) -> list[int]:
        return [int(path.name) for path in self.versions.glob("*") if path.name.isdigit()]

    def _cannot_write(self, error: OSError) -> SetupProblem:
        return SetupProblem(
            f"The site in {self.path} cannot be written ({error.strerror or 'no reason given'}). It is as it was.",
            fix="Give the account that runs londata the right to write there and free space on the disk, or choose "
            "another folder with LONDATA_HOME.",
        )
