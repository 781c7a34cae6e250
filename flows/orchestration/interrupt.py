"""Ctrl-C in a nightly run: publications under way are released cleanly, then the whole process ends at once.

Prefect's own server receives Ctrl-C as well and is gone first, so that Prefect itself can no longer end a run in order.
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
from typing import TYPE_CHECKING

from packages.errors import TemporaryProblem

if TYPE_CHECKING:
    from flows.examine import OnStage

PATIENCE = 20.0
"""Seconds that publications under way have to stop; the lease of one that does not runs out by itself."""

STOP_MESSAGE = "Stopped on request. Nothing was left half done."
RUN_AGAIN = "Run the same command again."

StillAtWork = Callable[[], bool]
"""Asks workers in other processes to stop, and says whether any is still at work."""

_is_stopping = threading.Event()
_threads_at_work: set[int] = set()
_others: list[tuple[StillAtWork, Callable[[], None]]] = []


def request_stop() -> None:
    """Let every publication of this process end before its next stage."""
    _is_stopping.set()


def is_at_work() -> bool:
    """Return whether this process has a publication under way."""
    return bool(_threads_at_work)


def _is_anybody_at_work() -> bool:
    # each of them is asked: to be asked is to be told to stop
    others = [ask() for ask, _ in _others]
    return any(others) or is_at_work()


@contextmanager
def when_stopping(ask: StillAtWork, then: Callable[[], None]) -> Iterator[None]:
    """Until the end of this block, pass a stop on to workers in other processes, wait for them, and `then` end them."""
    _others.append((ask, then))
    try:
        yield
    finally:
        _others.remove((ask, then))


@contextmanager
def interruptible(on_stage: OnStage) -> Iterator[OnStage]:
    """Surround one publication: yields an `on_stage` that raises TemporaryProblem once a stop was requested.

    A publication is therefore stopped between two stages only, never in the middle of one.
    """

    def stop_or_continue(stage: str) -> None:
        if _is_stopping.is_set():
            raise TemporaryProblem(STOP_MESSAGE, fix=RUN_AGAIN)
        on_stage(stage)

    thread = threading.get_ident()
    _threads_at_work.add(thread)
    try:
        stop_or_continue("begun")
        yield stop_or_continue
    finally:
        _threads_at_work.discard(thread)


@contextmanager
def on_interrupt(end: Callable[[], int]) -> Iterator[None]:
    """Until the end of this block, let Ctrl-C end the whole process with the exit code that `end` returns."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        from prefect.server.api.server import SubprocessASGIServer

        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second Ctrl-C ends the process without waiting
        logging.disable(logging.CRITICAL)  # from here on Prefect only complains that its server is gone
        request_stop()
        until = time.monotonic() + PATIENCE
        while _is_anybody_at_work() and time.monotonic() < until:
            time.sleep(0.05)
        for _, end_others in _others:
            end_others()
        SubprocessASGIServer().stop()
        # sys.exit would wait for Prefect's threads, which wait for the server
        os._exit(end())

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
