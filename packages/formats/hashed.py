"""A file in a staging folder that is hashed and counted while it is written."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from packages.errors import SetupProblem
from packages.model import StagedFile

SLICE = 512 * 1024
"""Bytes written and hashed at once: few enough to stay in the processor's cache in between."""


class HashedFile(io.RawIOBase):
    """A new file for writing that computes its sha256 and size on the way.

    Raises SetupProblem when the disk is full or may not be written to.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._hash = hashlib.sha256()
        self._size = 0
        with disk_problems(path):
            self._file = path.open("wb")

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: Any) -> int:
        # pyarrow hands over buffers, whose length need not be counted in bytes
        view = memoryview(data).cast("B")
        with disk_problems(self._path):
            for start in range(0, len(view), SLICE):
                self._hash.update(view[start : start + SLICE])
                self._file.write(view[start : start + SLICE])
        self._size += len(view)
        return len(view)

    def close(self) -> None:
        if not self.closed:
            super().close()
            with disk_problems(self._path):
                self._file.close()

    def staged(self, media_type: str) -> StagedFile:
        """Return name, digest and size of the closed file."""
        return StagedFile(self._path.name, self._hash.hexdigest(), self._size, media_type)


@contextmanager
def disk_problems(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a SetupProblem."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or "the disk refused"
        raise SetupProblem(
            f"{path.name} could not be written in {path.parent}: {reason}.",
            fix="Make room on that disk, or choose a folder that may be written to, and run again.",
            why="Nothing was published; a release is only made of files that were written to their end.",
        ) from error
