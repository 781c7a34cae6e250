"""What a report says of the bytes of a file."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ByteDigests:
    """What the report says of the bytes of a file."""

    md5: str
    sha256: str
    bytes: int


class BackgroundDigest:
    """Reads a file for its digests beside other work; `result` waits for them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stopped = threading.Event()
        self._digests: ByteDigests | None = None
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> ByteDigests:
        """The digests of the whole file."""
        self._thread.join()
        if self._failure:
            raise self._failure
        assert self._digests is not None
        return self._digests

    def stop(self) -> None:
        """Nobody wants the digests any more."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._digest()
        except OSError as error:
            self._failure = error

    def _digest(self) -> None:
        # frictionless reports both; md5 is no safeguard here
        md5, sha256, total = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
        with self._path.open("rb") as file:
            while not self._stopped.is_set() and (block := file.read(BLOCK)):
                md5.update(block)
                sha256.update(block)
                total += len(block)
        self._digests = ByteDigests(md5.hexdigest(), sha256.hexdigest(), total)
