"""One look of a night, in whichever thread or process it is made; and threads that look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol

from flows.examine import silent
from flows.look import Looked, look
from flows.orchestration.interrupt import interruptible
from flows.services import services_for
from flows.settings import load_settings
from packages.model import Identity


class LookFuture(Protocol):
    """A look that may be under way, as threads and Dask both give one."""

    def add_done_callback(self, fn: Callable[[Any], object], /) -> object:
        """Call `fn` with this future when the look has ended, in whatever way."""

    def result(self) -> Looked:
        """Return what the look found, or raise what stopped it."""


Look = Callable[[Identity], LookFuture]
"""Begins a look at one dataset."""


def night_look(identity: Identity) -> Looked:
    """Look at one dataset with the settings of this process: another host has a home and secrets of its own."""
    with interruptible(silent) as on_stage:
        return look(identity, services_for(load_settings()), dt.datetime.now(dt.UTC), on_stage)


@contextmanager
def thread_lookers(workers: int, night_look: Callable[[Identity], Looked] = night_look) -> Iterator[Look]:
    """Yield what begins a look in one of so many threads of this process; only those under way end after it."""
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="look")
    try:
        yield lambda identity: pool.submit(night_look, identity)
    finally:
        pool.shutdown(cancel_futures=True)
