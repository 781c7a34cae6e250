"""A night over the processes of Dask workers, on this machine or on many hosts.

Each worker is a process with settings, secrets and a folder of its own: a task carries the name of a dataset and what
a look found, never a secret. A task whose worker dies is run again by another one, and finishes what was begun.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flows.orchestration.interrupt import is_at_work, request_stop, when_stopping
from flows.orchestration.looking import Look, night_look
from flows.settings import Settings
from packages.errors import SetupProblem, TemporaryProblem

if TYPE_CHECKING:
    from distributed import Client
    from prefect.task_runners import TaskRunner

CONNECT = 10.0
"""Seconds in which a scheduler has to answer."""

PRELOAD = "flows.orchestration.dask_preload"

QUIET = ("distributed", "distributed.worker", "distributed.scheduler", "distributed.nanny", "distributed.core")
"""Loggers that tell of every worker that comes and goes; what matters of it is told by the outcomes."""


def dask_task_runner(settings: Settings) -> TaskRunner[Any]:
    """Return a task runner on the scheduler that the settings name, or on processes that it starts on this machine.

    Neither is asked for before the first task. SetupProblem when Dask is not installed.
    """
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise SetupProblem(
            "A night on Dask workers needs packages that are not installed here.",
            fix="Install londata[dask] on this host and on every worker, or set LONDATA_TASK_RUNNER=threads.",
        ) from error
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if settings.dask_address:
        return DaskTaskRunner(address=settings.dask_address)
    return DaskTaskRunner(
        cluster_kwargs={
            "n_workers": settings.workers,
            # processes with one thread each: nothing waits for another dataset's lock on the interpreter
            "threads_per_worker": 1,
            "processes": True,
            "dashboard_address": None,
            "silence_logs": logging.CRITICAL,
            # a share of the memory for each would stop one large file on a machine that has room for it
            "memory_limit": 0,
            "preload": [PRELOAD],
        }
    )


def require_workers(settings: Settings) -> None:
    """Make sure of the workers of a scheduler that the settings name; nothing to do where a night starts its own.

    Raises TemporaryProblem when it does not answer or has none, SetupProblem for a bad address.
    """
    address = settings.dask_address
    if settings.task_runner != "dask" or not address:
        return
    from distributed import Client

    try:
        # as every class of Dask, it has no types
        connect: Any = Client
        with connect(address, timeout=CONNECT, set_as_default=False) as client:
            count = len(client.scheduler_info(n_workers=-1)["workers"])
    except ValueError as error:
        raise SetupProblem(
            f"{address} is no address of a Dask scheduler.",
            fix="Set LONDATA_DASK_ADDRESS to one such as tcp://scheduler.example.org:8786.",
        ) from error
    except OSError as error:
        raise TemporaryProblem(
            f"The Dask scheduler at {address} does not answer.",
            fix="Start it with `dask scheduler`, or leave LONDATA_DASK_ADDRESS empty to work on this machine alone.",
        ) from error
    if not count:
        raise TemporaryProblem(
            f"The Dask scheduler at {address} has no workers.",
            fix=f"Start some on each host: `dask worker {address} --nworkers auto --nthreads 1 --preload {PRELOAD}`.",
        )


@contextmanager
def dask_lookers(runner: TaskRunner[Any]) -> Iterator[Look]:
    """Yield what begins a look on a Dask worker; Ctrl-C meanwhile asks all workers to stop between two stages."""
    client: Client = runner.client  # type: ignore[attr-defined]
    with when_stopping(lambda: stop_own_workers(client), then=lambda: _end_own_workers(client)):
        yield lambda identity: client.submit(night_look, identity, pure=False, key=f"look-{identity}")


def stop_own_workers(client: Client) -> bool:
    """Ask the workers of this night alone to stop between two stages; return whether any is still at work.

    Those of a scheduler elsewhere also work for others: they finish what they have begun, and begin nothing more.
    """
    if client.cluster is None:
        return False
    return any(answer is True for answer in client.run(_stop_and_tell, on_error="return").values())


def _end_own_workers(client: Client) -> None:
    """End the processes that were started for this night alone; those of a scheduler elsewhere go on."""
    if client.cluster is not None:
        client.cluster.close(timeout=CONNECT)


def _stop_and_tell() -> bool:
    # from here on Prefect only complains that its server does not answer
    logging.disable(logging.CRITICAL)
    request_stop()
    return is_at_work()
