"""The publishing of one dataset as a Prefect task: retries, logging and timing around the plain function."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from prefect import State, Task, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun
from prefect.logging import get_run_logger

from flows.orchestration.interrupt import interruptible
from flows.orchestration.steps import StepClock, artifact_key, dataset_markdown
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import services_for
from flows.settings import load_settings
from packages.errors import TemporaryProblem
from packages.model import Extract, Identity


def _is_temporary(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), TemporaryProblem)


@task(
    name="publish",
    task_run_name="{identity}",
    retries=2,
    retry_delay_seconds=[10, 60],
    retry_jitter_factor=0.5,
    retry_condition_fn=_is_temporary,
    # a result would be pickled into Prefect's folder, and a cached one would skip the look at the source
    cache_policy=NO_CACHE,
    persist_result=False,
)
def publish_dataset(identity: str, fields: dict[str, Any]) -> Outcome:
    """Publish one dataset of one publisher; only a temporary problem is tried again.

    With the settings of the process that runs it: one on another host has a home and secrets of its own.
    """
    logger = get_run_logger()
    job = PublishJob(Identity.parse(identity), **fields)
    with interruptible(logger.info) as on_stage:
        clock = StepClock(on_stage)
        outcome = publish(job, services_for(load_settings()), dt.datetime.now(dt.UTC), clock)
    logger.info("%s: %s %s", identity, outcome.verdict, outcome.summary)
    create_markdown_artifact(
        key=artifact_key(job.identity), markdown=dataset_markdown(outcome, clock.steps()), description=identity
    )
    return outcome


def job_fields(file: str | None, dry_run: bool, received: Extract | None = None) -> dict[str, Any]:
    """Return the fields of a PublishJob but for its identity, from parameters as Prefect passes them.

    None of them names anybody: whoever can start a run could name whom they like. `received` is no parameter of a run.
    """
    return {"file": Path(file) if file else None, "dry_run": dry_run, "received": received}
