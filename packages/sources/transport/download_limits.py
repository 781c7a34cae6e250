"""How much a source may cost in bytes and time, and who stops it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packages.errors import FileProblem, TemporaryProblem


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """How much a source may cost: bytes of the whole, seconds in all, seconds of silence, redirects, attempts.

    `pause` is the longest wait in seconds that a server may ask for, `page` the most bytes of one page that is held in
    memory, `gap` the seconds between two requests, so that we are no burden.
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
    """Limits whose time is running since it was made."""

    def __init__(self, limits: DownloadLimits) -> None:
        self.limits = limits
        self._deadline = time.monotonic() + limits.seconds

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self._deadline - time.monotonic()

    def watched(self, pieces: Iterable[bytes], who: str, most: int) -> Iterator[bytes]:
        """The pieces, until they are more than `most` bytes or the time is over."""
        size = 0
        for piece in pieces:
            size += len(piece)
            refuse_size(size, most)
            self.refuse_late(who)
            yield piece

    def refuse_late(self, who: str) -> None:
        """TemporaryProblem when the time is over."""
        if self.left < 0:
            raise TemporaryProblem(
                f"{who} sends so slowly that the file was not there after {_minutes(self.limits)}.",
                fix="It will be tried again with the next run. If this lasts, ask the publisher for a faster address.",
            )


def refuse_size(size: int, most: int) -> None:
    """FileProblem when there are more bytes than may be."""
    if size > most:
        raise FileProblem(
            f"The file is larger than {most >> 20:,} MiB.",
            fix="Publish it in parts, for example one file a year, or ask the londata team to raise the limit.",
            why="An answer without end would fill the disk.",
        )


def _minutes(limits: DownloadLimits) -> str:
    minutes = max(1, round(limits.seconds / 60))
    return f"{minutes} minutes" if minutes > 1 else "a minute"
