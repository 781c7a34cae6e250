"""A value of a library's module that is another one as long as any thread needs it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class SharedSwap:
    """Puts another value in the place of an attribute of `owner` while at least one context lasts.

    Threads share it: the first to enter sets the value, the last to leave puts the one before back. Each of them
    saving and restoring on its own would make the value of another thread permanent.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before: Any = None

    @contextmanager
    def swapped(self, owner: Any, name: str, value: Any) -> Iterator[None]:
        """Hold the attribute `name` of `owner` at `value`; every caller of one SharedSwap gives the same three."""
        with self._lock:
            if not self._users:
                self._before = getattr(owner, name)
                setattr(owner, name, value)
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    setattr(owner, name, self._before)
