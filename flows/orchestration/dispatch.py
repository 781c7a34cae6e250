"""Who has work to do: every dataset is looked at by plain code, and only what has something new becomes a task run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from flows.examine import silent
from flows.interrupt import interruptible
from flows.look import Looked, look
from flows.outcome import Outcome, failed_outcome
from flows.services import Services
from packages.model import Extract, Identity

if TYPE_CHECKING:
    from prefect import State
    from prefect.futures import PrefectFuture

Submit = Callable[[Identity, Extract | None], "PrefectFuture[Outcome]"]
"""Begins the task run of a dataset, with what its source has just sent."""


def outcomes_as_known(identities: Sequence[Identity], services: Services, submit: Submit) -> Iterator[Outcome]:
    """Yield the outcome of each dataset as soon as it is known, from its look or from its task run.

    A look that fails in any way decides nothing: the task run tries again, waits and retries, and shows what is wrong.
    """
    done: SimpleQueue[tuple[Identity, Future[Looked] | PrefectFuture[Outcome]]] = SimpleQueue()

    def when_done(identity: Identity) -> Callable[[Any], None]:
        return lambda future: done.put((identity, future))

    with _lookers(services.settings.workers) as pool:
        for identity in identities:
            pool.submit(_look, identity, services).add_done_callback(when_done(identity))
        waiting = len(identities)
        while waiting:
            identity, future = done.get()
            if isinstance(future, Future):
                found = Looked() if future.exception() else future.result()
                if found.outcome is None:
                    # by this thread, in which Prefect knows its flow run
                    submit(identity, found.received).add_done_callback(when_done(identity))
                    continue
                outcome = found.outcome
            else:
                future.wait()
                outcome = outcome_of(identity, future.state)
            waiting -= 1
            yield outcome


def outcome_of(identity: Identity, state: State[Any]) -> Outcome:
    """Return the outcome of a finished task run; a failure becomes an outcome too, so that it never stops the rest."""
    result = state.result(raise_on_failure=False)
    return result if isinstance(result, Outcome) else failed_outcome(identity, result)


def _look(identity: Identity, services: Services) -> Looked:
    with interruptible(silent) as on_stage:
        return look(identity, services, dt.datetime.now(dt.UTC), on_stage)


@contextmanager
def _lookers(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool of threads; when the night is broken off, only looks under way are waited for."""
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="look")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
