"""The sha256 and the size of a file: at once, or while the rest of a command is imported."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

BLOCK = 1 << 18
"""Bytes that are hashed at once: they stay in the processor's cache from the disk to the hash."""

BLOCK_ASIDE = 4 << 20
"""The same beside other threads: after each block it waits for its turn, some milliseconds."""

Measured = tuple[str, int]
"""The sha256 (hex) of a file, and its size in bytes."""


def digest_file(path: Path, at_once: int = BLOCK) -> Measured:
    """The sha256 and the size of a file; OSError where it cannot be read."""
    digest, size = hashlib.sha256(), 0
    block = memoryview(bytearray(at_once))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(block):
            digest.update(block[:count])
            size += count
    return digest.hexdigest(), size


def digest_in_background(path: Path) -> Callable[[], Measured]:
    """Begin to measure a file in a thread; the answer waits until it is done, and raises what `measure` raises."""
    measured: Future[Measured] = Future()

    def work() -> None:
        try:
            measured.set_result(digest_file(path, BLOCK_ASIDE))
        except Exception as error:  # noqa: BLE001 whoever asks has to hear of it
            measured.set_exception(error)

    # nobody waits for a thread of this kind at the end of a process
    threading.Thread(target=work, daemon=True, name="measure").start()
    return measured.result
