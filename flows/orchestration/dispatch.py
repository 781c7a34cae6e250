"""Who has work to do: every dataset is looked at by plain code, and only what has something new becomes a task run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from flows.look import Looked
from flows.outcome import Outcome, failed_outcome
from packages.errors import TemporaryProblem
from packages.model import Extract, Identity

if TYPE_CHECKING:
    from prefect import State
    from prefect.futures import PrefectFuture

    from flows.orchestration.looking import Look, LookFuture

Submit = Callable[[Identity, Extract | None], "PrefectFuture[Outcome]"]
"""Begins the task run of a dataset, with what its source has just sent."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A look or a task run that was begun, and the place that is told when it has ended."""

    identity: Identity
    done: SimpleQueue[tuple[_Begun, Any]]
    is_look: bool

    def ended(self, future: Any) -> None:
        """Tell that it has ended, in whatever way."""
        self.done.put((self, future))


def outcomes_as_known(identities: Sequence[Identity], look: Look, submit: Submit) -> Iterator[Outcome]:
    """Yield the outcome of each dataset as soon as it is known, from its look or from its task run.

    A look that fails in any way decides nothing: the task run tries again, waits and retries, and shows what is wrong.
    """
    done: SimpleQueue[tuple[_Begun, Any]] = SimpleQueue()
    for identity in identities:
        look(identity).add_done_callback(_Begun(identity, done, is_look=True).ended)
    waiting = len(identities)
    while waiting:
        begun, future = done.get()
        found = _found(future) if begun.is_look else None
        if found and found.outcome is None:
            # by this thread, in which Prefect knows its flow run
            run = submit(begun.identity, found.received)
            run.add_done_callback(_Begun(begun.identity, done, is_look=False).ended)
            continue
        waiting -= 1
        yield (found and found.outcome) or _outcome_of_run(begun.identity, future)


def _found(look: LookFuture) -> Looked:
    """Return what a look found: nothing if it was stopped by whatever fault, or lost with its worker."""
    try:
        return look.result()
    except Exception:  # noqa: BLE001 - the task run that follows meets it again, and shows it
        return Looked()


def _outcome_of_run(identity: Identity, run: PrefectFuture[Outcome]) -> Outcome:
    run.wait()
    state = run.state
    if not state.is_final():
        # several workers in turn died with it, so that Dask has given it up
        lost = "The workers that had this dataset ended one after the other."
        return failed_outcome(
            identity, TemporaryProblem(lost, fix="See the logs of the workers; a file may be too large.")
        )
    return outcome_of(identity, state)


def outcome_of(identity: Identity, state: State[Any]) -> Outcome:
    """Return the outcome of a finished task run; a failure becomes an outcome too, so that it never stops the rest."""
    result = state.result(raise_on_failure=False)
    return result if isinstance(result, Outcome) else failed_outcome(identity, result)
