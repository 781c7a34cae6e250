"""Where the datasets of a night are worked on: threads of this process, or the processes of Dask workers.

Either way a night first looks at each dataset, and only what has something new becomes a task run of Prefect.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.orchestration.looking import Look, thread_lookers
from flows.settings import Settings


def night_task_runner(settings: Settings) -> TaskRunner[Any]:
    """Return the task runner that the settings name; SetupProblem when Dask is not installed."""
    if settings.task_runner == "dask":
        # imported on use: it takes a second, and most nights run in threads
        from flows.orchestration.dask_workers import dask_task_runner

        return dask_task_runner(settings)
    # threads: fetching and pyarrow release the interpreter's lock; processes would each import everything again
    return ThreadPoolTaskRunner(max_workers=settings.workers)


@contextmanager
def lookers(settings: Settings, runner: TaskRunner[Any]) -> Iterator[Look]:
    """Yield what begins a look where the task runner works; when the night is broken off, no look is begun any more."""
    if settings.task_runner == "dask":
        from flows.orchestration.dask_workers import dask_lookers

        with dask_lookers(runner) as look:
            yield look
    else:
        with thread_lookers(settings.workers) as look:
            yield look
