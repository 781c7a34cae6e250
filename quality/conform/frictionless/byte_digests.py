"""The digests and the size of a file that frictionless' report gives, computed beside other work."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ByteDigests:
    """Digests (hex) and size of a file."""

    md5: str
    sha256: str
    bytes: int


class BackgroundDigest:
    """Reads a file for its digests in a thread; `result` waits for them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stopped = threading.Event()
        self._digests: ByteDigests | None = None
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> ByteDigests:
        """Return the digests of the whole file; an OSError of the thread is raised here."""
        self._thread.join()
        if self._failure:
            raise self._failure
        assert self._digests is not None
        return self._digests

    def stop(self) -> None:
        """End the thread without waiting for the rest of the file."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        # frictionless reports both; md5 protects nothing here
        md5, sha256, total = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
        try:
            with self._path.open("rb") as file:
                while not self._stopped.is_set() and (block := file.read(BLOCK)):
                    md5.update(block)
                    sha256.update(block)
                    total += len(block)
        except OSError as error:
            self._failure = error
        self._digests = ByteDigests(md5.hexdigest(), sha256.hexdigest(), total)
