"""Work in threads on all cores of the processor, with results in the order of the items."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)

LOOK_SECONDS = 0.1
"""Seconds between two looks whether an item that nobody takes is still wanted."""

SHARED = max(1, CORES // 2)
"""Items that may be pending in each of two stages of which one feeds the other: together they keep all cores busy."""


_alone = Event()


def work_alone() -> None:
    """Let this process use one core from now on: it is one of several that share the machine."""
    import pyarrow

    _alone.set()
    pyarrow.set_cpu_count(1)


def map_in_order(work: Callable[[T], R], items: Iterable[T], ahead: int = CORES) -> Iterator[R]:
    """Yield `work(item)` for each item; at most `ahead` items are pending. A failure stops everything.

    All work of a process shares as many threads as there are cores, so `work` must not wait for other work.
    """
    if _alone.is_set():
        yield from map(work, items)
        return

    def end(pending: Iterable[Future[R]]) -> None:
        # begin nothing more, and wait for what has begun: it may use files that the caller closes next
        wait([future for future in pending if not future.cancel()])

    yield from take_in_order((_pool(os.getpid()).submit(work, item) for item in items), Future.result, ahead, end)


def take_in_order(
    begun: Iterable[T], take: Callable[[T], R], ahead: int, end: Callable[[Iterable[T]], object]
) -> Iterator[R]:
    """Yield what comes of work that is begun as it is iterated, in order; at most `ahead` wait to be taken.

    `end` gets what was begun and not taken, when all is over or the caller stops early.
    """
    pending: deque[T] = deque()
    try:
        for one in begun:
            pending.append(one)
            if len(pending) > ahead:
                yield take(pending.popleft())
        while pending:
            yield take(pending.popleft())
    finally:
        end(pending)


@cache
def _pool(_process: int) -> ThreadPoolExecutor:
    # more threads than cores contend for Python's lock, which costs a fifth of the time of a pass. Cached by process:
    # a forked one has none of its parent's threads
    return ThreadPoolExecutor(CORES, thread_name_prefix="spread")


def made_beside(items: Iterable[T], ahead: int = 1) -> Iterator[T]:
    """Yield the items, which a thread of their own makes while the caller works; at most `ahead` are waiting.

    A failure of the items is raised here. Whoever stops early waits for the item that is being made.
    """
    waiting: Queue[tuple[T, ...] | BaseException] = Queue(ahead)
    is_over = Event()

    def hand_over(made: tuple[T, ...] | BaseException) -> bool:
        while not is_over.is_set():
            try:
                waiting.put(made, timeout=LOOK_SECONDS)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        iterator = iter(items)
        try:
            if all(hand_over((item,)) for item in iterator):
                hand_over(())
        except BaseException as error:  # noqa: BLE001 - raised again where the items are asked for
            hand_over(error)
        finally:
            # what it has open is closed in the thread that has used it
            if isinstance(iterator, Generator):
                iterator.close()

    thread = Thread(target=work, name="beside", daemon=True)
    thread.start()
    try:
        while made := waiting.get():
            if isinstance(made, BaseException):
                raise made
            yield made[0]
    finally:
        is_over.set()
        thread.join()


def feed_all(items: Iterable[T], sinks: Sequence[Callable[[T], None]], ahead: int = 2) -> Iterator[T]:
    """Pass every item to all sinks, each in a thread of its own that takes them in order; at most `ahead` are pending.

    An item is yielded once it has been passed on. A failure of a sink stops everything.
    """
    pools = [ThreadPoolExecutor(1) for _ in sinks]
    pending: deque[list[Future[None]]] = deque()
    try:
        for item in items:
            pending.append([pool.submit(sink, item) for pool, sink in zip(pools, sinks, strict=True)])
            if len(pending) > ahead:
                _wait(pending.popleft())
            yield item
        while pending:
            _wait(pending.popleft())
    finally:
        for pool in pools:
            pool.shutdown(cancel_futures=True)


def _wait(futures: Iterable[Future[None]]) -> None:
    for future in futures:
        future.result()
