"""Ctrl-C in a night: what is being published is let go cleanly, then everything ends at once.

Prefect's own server hears Ctrl-C as well and is gone first, so that Prefect itself can no longer end a run in order.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from packages.errors import TemporaryProblem

Say = Callable[[str], None]

PATIENCE = 20.0
"""Seconds that those at work have to let go; a lease of one who does not ends by itself."""

STOPPED = "Stopped on request. Nothing was left half done."
AGAIN = "Run the same command again."

_asked = threading.Event()
_at_work: set[int] = set()


@contextmanager
def interruptible(say: Say) -> Iterator[Say]:
    """Around one publication: hands over a `say` that raises, between two stages, once somebody asked to stop."""

    def say_or_stop(stage: str) -> None:
        if _asked.is_set():
            raise TemporaryProblem(STOPPED, fix=AGAIN)
        say(stage)

    me = threading.get_ident()
    _at_work.add(me)
    try:
        say_or_stop("begun")
        yield say_or_stop
    finally:
        _at_work.discard(me)


@contextmanager
def on_interrupt(end: Callable[[], int]) -> Iterator[None]:
    """Until the end of this block, Ctrl-C stops the whole process with the exit code that `end` returns."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever asks twice does not want to wait
        logging.disable(logging.CRITICAL)  # from here on Prefect only complains that its server is gone
        _asked.set()
        until = time.monotonic() + PATIENCE
        while _at_work and time.monotonic() < until:
            time.sleep(0.05)
        _stop_server()
        os._exit(end())

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop_server() -> None:
    from prefect.server.api.server import SubprocessASGIServer

    SubprocessASGIServer().stop()
