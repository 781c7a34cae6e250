"""The sha256 and the size of a file, computed at once or in the background while a command is imported."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

BLOCK = 1 << 18
"""Bytes hashed at once: few enough to stay in the processor's cache."""

BACKGROUND_BLOCK = 4 << 20
"""Bytes hashed at once beside other threads: after each block the thread waits some milliseconds for its turn."""

Measured = tuple[str, int]
"""The sha256 (hex) of a file, and its size in bytes."""


def digest_file(path: Path, block_size: int = BLOCK) -> Measured:
    """Return the sha256 and the size of a file; OSError when it cannot be read."""
    digest, size = hashlib.sha256(), 0
    block = memoryview(bytearray(block_size))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(block):
            digest.update(block[:count])
            size += count
    return digest.hexdigest(), size


def digest_in_background(path: Path) -> Callable[[], Measured]:
    """Start hashing a file in a thread; the returned function waits for the result, or raises its error."""
    result: Future[Measured] = Future()

    def work() -> None:
        try:
            result.set_result(digest_file(path, BACKGROUND_BLOCK))
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            result.set_exception(error)

    # a daemon: a command that ends early, with an error, does not wait for it
    threading.Thread(target=work, daemon=True, name="measure").start()
    return result.result
