"""Whoever loses a race against another host begins again with what that one wrote."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from packages.errors import TemporaryProblem

TRIES = 12
LONGEST_WAIT = 2.0
"""Seconds between two tries, at most."""

Result = TypeVar("Result")


class LostRace(TemporaryProblem):
    """Another run showed a version of the same folder first."""

    def __init__(self, pointer: str) -> None:
        super().__init__(
            f"Another run wrote {pointer} of the site at the same time, again and again.",
            fix="Nothing has to be done: run the same command again, it begins with what the others wrote.",
        )


def until_won(act: Callable[[], Result], refresh: Callable[[], None]) -> Result:
    """Return what an act returns that begins with what is fresh; LostRace when it was too late every time."""
    for turn in range(TRIES):
        refresh()
        try:
            return act()
        except LostRace:
            if turn == TRIES - 1:
                raise
            # two that wait for the same time meet again
            time.sleep(random.uniform(0, min(LONGEST_WAIT, 0.05 * 2**turn)))  # noqa: S311 - no secret
    raise AssertionError("there is at least one try")
