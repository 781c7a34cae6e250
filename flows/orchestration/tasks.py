"""The steps as Prefect tasks: retries, logging and timing around the plain functions, nothing more."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from prefect import State, Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun
from prefect.logging import get_run_logger

from flows.cli.interrupt import interruptible
from flows.publish import Outcome, PublishJob, publish
from flows.services import Services
from flows.settings import Settings
from packages.errors import LondataError, TemporaryProblem, WaitingForPerson
from packages.model import Identity, Verdict

FAILED = "failed"


def _is_temporary(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), TemporaryProblem)


@task(
    name="publish",
    task_run_name="{identity}",
    retries=2,
    retry_delay_seconds=[10, 60],
    retry_jitter_factor=0.5,
    retry_condition_fn=_is_temporary,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def publish_dataset(identity: str, settings: Settings, job: dict[str, Any]) -> Outcome:
    """Publish one dataset of one publisher; only a temporary problem is tried again."""
    logger = get_run_logger()
    wanted = PublishJob(Identity.parse(identity), **job)
    with interruptible(logger.info) as say:
        outcome = publish(wanted, Services(settings), dt.datetime.now(dt.UTC), say=say)
    logger.info("%s: %s %s", identity, outcome.verdict, outcome.summary)
    return outcome


def outcome_of(identity: Identity, state: State[Any]) -> Outcome:
    """What a finished task run says; a failure becomes an outcome of its own, so that it never stops the rest."""
    result = state.result(raise_on_failure=False)
    if isinstance(result, Outcome):
        return result
    return failed_outcome(identity, result)


def failed_outcome(identity: Identity, problem: object) -> Outcome:
    """The outcome of a job that ended with an exception. A surprise of ours is named by its type alone."""
    if isinstance(problem, WaitingForPerson):
        return Outcome(identity, Verdict.HELD, problem.exit_code, f"{problem.what} {problem.fix}")
    if isinstance(problem, LondataError):
        return Outcome(identity, FAILED, problem.exit_code, f"{problem.what} {problem.fix}")
    summary = (
        f"Stopped by a fault of ours ({type(problem).__name__}); the log of the run has it. Nothing was published."
    )
    return Outcome(identity, FAILED, LondataError.exit_code, summary)


def job_fields(file: str | None, approved_by: str, dry_run: bool) -> dict[str, Any]:
    """Parameters as Prefect passes them -> the fields of a Job."""
    return {"file": Path(file) if file else None, "approved_by": approved_by, "dry_run": dry_run}
