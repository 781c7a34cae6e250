"""Work spread over the processor's cores, with its results in the order of the work."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)

SHARED = max(1, CORES // 2)
"""How many items may be ahead in each of two stages of which one feeds the other: together they keep all cores busy."""


def map_in_order(work: Callable[[T], R], items: Iterable[T], ahead: int = CORES) -> Iterator[R]:
    """`work(item)` for each item; at most `ahead` items are waiting or worked on. A failure stops everything.

    All work of a process shares as many threads as there are cores, so `work` must not wait for other work.
    """
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(_pool(os.getpid()).submit(work, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        _drop(waiting)


@cache
def _pool(_process: int) -> ThreadPoolExecutor:
    # more threads than cores take Python's lock from each other: a fifth of the time of a pass. A process that was
    # forked has none of its parent's threads, and gets its own
    return ThreadPoolExecutor(CORES, thread_name_prefix="spread")


def _drop(futures: Iterable[Future[R]]) -> None:
    """Begin nothing more, and wait for what has begun."""
    wait([future for future in futures if not future.cancel()])


def feed_all(items: Iterable[T], sinks: Sequence[Callable[[T], None]], ahead: int = 2) -> Iterator[T]:
    """Hand every item to all sinks, each in a thread of its own that takes them in order; at most `ahead` wait.

    An item comes out again when it is on its way. A failure of a sink stops everything.
    """
    pools = [ThreadPoolExecutor(1) for _ in sinks]
    waiting: deque[list[Future[None]]] = deque()
    try:
        for item in items:
            waiting.append([pool.submit(sink, item) for pool, sink in zip(pools, sinks, strict=True)])
            if len(waiting) > ahead:
                _wait(waiting.popleft())
            yield item
        while waiting:
            _wait(waiting.popleft())
    finally:
        for pool in pools:
            pool.shutdown(cancel_futures=True)


def _wait(futures: Iterable[Future[None]]) -> None:
    for future in futures:
        future.result()
