"""The workers of a Dask cluster as those of a table in parts: what they need comes with the work, and no file of ours.

A part whose worker dies is done again by another one, as Dask has it.
"""

from __future__ import annotations

import logging
import pickle
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager
from functools import lru_cache
from types import TracebackType
from typing import Any, TypeVar

from distributed import Client, KilledWorker, worker_client
from distributed.comm.core import CommClosedError
from distributed.worker import get_worker

from packages.model import CannotBeCut
from packages.parallel.threads import take_in_order, work_alone

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")

CONNECT = 10.0
"""Seconds in which a scheduler has to answer."""

log = logging.getLogger(__name__)

LOST = (KilledWorker, CancelledError, CommClosedError)


class DaskWorkers:
    """All workers of a scheduler. Whoever runs on one of them already takes the others, and lends its own meanwhile."""

    see_files = False

    def __init__(self, address: str) -> None:
        self._address = address
        self._opened: AbstractContextManager[Any] | None = None
        self._client: Any = None

    def __enter__(self) -> DaskWorkers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._opened:
            self._opened.__exit__(kind, error, at)
            self._opened = self._client = None

    def map(self, work: Callable[[C, T], R], common: C, items: Iterable[T]) -> Iterator[R]:
        """Yield `work(common, item)` for each item, in order."""
        client = self._connected()
        # as a task, so that Dask makes it again where it was lost
        known = client.submit(_same, pickle.dumps(common, pickle.HIGHEST_PROTOCOL), pure=False)
        most = sum(client.nthreads().values())

        def begin(item: T) -> Any:
            with warnings.catch_warnings():
                # a part goes with its task, not as data of one worker that may die with it; Dask advises against that
                warnings.filterwarnings("ignore", message="Sending large graph")
                return client.submit(_work_on, work, known, item, pure=False)

        def result(begun: tuple[T, Any]) -> R:
            item, future = begun
            try:
                found: R = future.result()
            except LOST:
                log.warning("Dask workers were lost again and again: this process does what they had begun.")
                return work(common, item)
            return found

        def end(pending: Iterable[tuple[T, Any]]) -> None:
            client.cancel([future for _, future in pending])

        # one more than there are workers: none is idle while a result is taken
        yield from take_in_order(((item, begin(item)) for item in items), result, most + 1, end)

    def _connected(self) -> Any:
        """Return a client, opened on first use: small tables need none. CannotBeCut where nobody is there to work."""
        if self._client is None:
            # as every class of Dask, these have no types
            connect: Any = Client
            try:
                self._opened = (
                    worker_client()
                    if is_dask_worker()
                    else connect(self._address, timeout=CONNECT, set_as_default=False)
                )
                self._client = self._opened.__enter__()
            except (OSError, ValueError) as error:
                log.warning("%s does not answer: one process reads the file.", self._address)
                raise CannotBeCut("the Dask scheduler does not answer") from error
        if not self._client.nthreads():
            log.warning("The Dask scheduler has no workers: one process reads the file.")
            raise CannotBeCut("the Dask scheduler has no workers")
        return self._client


def is_dask_worker() -> bool:
    """Whether this is the work of a Dask worker."""
    try:
        get_worker()
    except ValueError:
        return False
    return True


def _same(packed: bytes) -> bytes:
    return packed


def _work_on(work: Callable[[Any, T], R], packed: bytes, item: T) -> R:
    # one part after the other in each process
    work_alone()
    return work(_common(packed), item)


@lru_cache(maxsize=1)
def _common(packed: bytes) -> Any:
    return pickle.loads(packed)  # noqa: S301 - sent by the process whose work this is
