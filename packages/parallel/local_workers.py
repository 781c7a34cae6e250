"""Worker processes on this machine: as many cores work on a table as it has parts, each without waiting for another."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from packages.parallel.threads import take_in_order, work_alone

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")

RENEWALS = 3
"""Times that workers that have died are replaced; work that is lost after that is done in this process."""


class LocalWorkers:
    """As many processes as `count` says, started when the first work comes. Close them after use."""

    see_files = True

    def __init__(self, count: int) -> None:
        self._count = count
        self.pool: ProcessPoolExecutor | None = None
        self._renewals = 0

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; what they are at is finished first."""
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
            self.pool = None

    def map(self, work: Callable[[C, T], R], common: C, items: Iterable[T]) -> Iterator[R]:
        """Yield `work(common, item)` for each item, in order."""
        with tempfile.TemporaryDirectory(prefix="londata-parts-") as folder:
            # written once, and read once by each process, however large it is
            known = Path(folder, "common")
            known.write_bytes(pickle.dumps(common, pickle.HIGHEST_PROTOCOL))

            def result(begun: tuple[T, Future[R] | None]) -> R:
                item, future = begun
                while future:
                    try:
                        return future.result()
                    except BrokenProcessPool:
                        future = self._submit(work, known, item)
                return work(common, item)

            def end(pending: Iterable[tuple[T, Future[R] | None]]) -> None:
                for _, future in pending:
                    if future:
                        future.cancel()

            begun = ((item, self._submit(work, known, item)) for item in items)
            # one more than there are workers: none is idle while a result is taken
            yield from take_in_order(begun, result, self._count + 1, end)

    def _submit(self, work: Callable[[C, T], R], known: Path, item: T) -> Future[R] | None:
        """Begin some work; None when the workers die again and again."""
        while self._renewals <= RENEWALS:
            try:
                if self.pool is None:
                    self.pool = ProcessPoolExecutor(
                        self._count,
                        # a fork would take the locks of this process's threads along
                        multiprocessing.get_context("spawn"),
                        initializer=_begin,
                    )
                return self.pool.submit(_work_on, work, known, item)
            except BrokenProcessPool:
                self.pool = None
                self._renewals += 1
        return None


def _work_on(work: Callable[[Any, T], R], known: Path, item: T) -> R:
    return work(_read(known), item)


@lru_cache(maxsize=1)
def _read(known: Path) -> Any:
    return pickle.loads(known.read_bytes())  # noqa: S301 - written by the process that has started this one


def _begin() -> None:
    """Prepare a worker process: it works on one core, and ends with the process that has started it."""
    work_alone()
    # Ctrl-C is for that process, which tells its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
