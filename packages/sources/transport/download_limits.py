"""Limits on the bytes and the time that one source may cost, and their enforcement."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packages.errors import FileProblem, TemporaryProblem


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """Limits for one source.

    `bytes` and `seconds` hold for the whole download. `silence` is the longest wait in seconds for the next byte,
    `pause` the longest wait in seconds that a server may ask for before a retry, `gap` the seconds between two
    requests, out of courtesy. `page` is the largest answer in bytes that is held in memory.
    """

    bytes: int = 512 << 20
    seconds: float = 600
    silence: float = 30
    redirects: int = 5
    attempts: int = 4
    pause: float = 60
    page: int = 64 << 20
    gap: float = 0.1


LIMITS = DownloadLimits()


class Allowance:
    """Limits whose time runs from the moment of construction."""

    def __init__(self, limits: DownloadLimits) -> None:
        self.limits = limits
        self._deadline = time.monotonic() + limits.seconds

    @property
    def seconds_left(self) -> float:
        """The seconds until the deadline; negative after it."""
        return self._deadline - time.monotonic()

    def limit(self, pieces: Iterable[bytes], sender: str, max_bytes: int) -> Iterator[bytes]:
        """Yield the pieces until they exceed `max_bytes` (FileProblem) or the time (TemporaryProblem)."""
        size = 0
        for piece in pieces:
            size += len(piece)
            refuse_size(size, max_bytes)
            self.refuse_late(sender)
            yield piece
        # what has no length ends like this, too, when it is cut off
        self.refuse_late(sender)

    def refuse_late(self, sender: str) -> None:
        """Raise TemporaryProblem when the time is over."""
        if self.seconds_left < 0:
            minutes = max(1, round(self.limits.seconds / 60))
            duration = f"{minutes} minutes" if minutes > 1 else "a minute"
            raise TemporaryProblem(
                f"{sender} sends so slowly that the file was not there after {duration}.",
                fix="It will be tried again with the next run. If this lasts, ask the publisher for a faster address, "
                "or raise the setting `fetch_seconds`.",
            )


def refuse_size(size: int, max_bytes: int) -> None:
    """Raise FileProblem when `size` exceeds `max_bytes`."""
    if size > max_bytes:
        raise FileProblem(
            f"The file is larger than {max_bytes >> 20:,} MiB.",
            fix="Publish it in parts, for example one file a year, or ask the londata team to raise the setting "
            "`fetch_mib` (`fetch_page_mib` for what comes in pages).",
            why="An answer without end would fill the disk.",
        )
