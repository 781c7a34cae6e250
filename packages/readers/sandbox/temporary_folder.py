"""A temporary folder that lives as long as rows may still be read from it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class TemporaryFolder:
    """A temporary folder, removed when nothing refers to it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="londata-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def __enter__(self) -> TemporaryFolder:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the folder in place: after a pass there may be another."""
