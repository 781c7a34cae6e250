"""A folder for what has to be unpacked or handed over while somebody reads."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class TemporaryFolder:
    """A temporary folder that lives as long as somebody may still start a pass over what is in it."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="londata-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def __enter__(self) -> TemporaryFolder:
        return self

    def __exit__(self, *_: object) -> None:
        """It goes when nobody holds it any more, not at the end of a pass: there may be another."""
