"""The nightly run: everything that is due, side by side; one failure never stops the rest; a table at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from prefect import Flow, flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.futures import as_completed
from prefect.logging import get_run_logger
from prefect.task_runners import ThreadPoolTaskRunner

from flows.due import chosen, is_due, made_good, matching
from flows.notices import announce
from flows.publish import Outcome
from flows.settings import Settings, load_settings
from flows.site import note_failures, show_after
from flows.summary import COLUMNS, address, row, story
from flows.tasks import job_values, outcome_of, publish_dataset
from flows.tools import Tools
from flows.union import is_public
from packages.errors import SetupProblem, TemporaryProblem
from packages.model import Identity, Verdict
from packages.spec import LONDON, list_identities, list_unions, load_spec
from packages.vocabulary import cadences

OnOutcome = Callable[[Outcome], None]


def due(settings: Settings, only: str, everything: bool, day: dt.date) -> tuple[Identity, ...]:
    """The datasets of publishers to look at; SetupProblem when the pattern matches none."""
    described = (*list_identities(settings.datasets), *list_unions(settings.datasets))
    identities = tuple(i for i in chosen(described, only) if i.publisher != LONDON)
    if everything:
        return identities
    ledger = Tools(settings).ledger
    lasts = {i: made_good(ledger.last_attempt(i), ledger.published(i, settings.catalogue)) for i in identities}
    return tuple(i for i in identities if _is_due(i, settings, lasts[i], day))


def _is_due(identity: Identity, settings: Settings, last: Verdict | None, day: dt.date) -> bool:
    try:
        spec = load_spec(identity, settings.datasets)
    except SetupProblem:
        return True  # its own task says what is wrong with the description
    cadence = cadences().get(spec.cadence)
    if not spec.governance.is_open:
        return False
    return cadence is None or is_due(identity, cadence.days, last, day)


def _threads() -> Any:
    # fetching and pyarrow leave the interpreter free; processes would each import everything again
    return ThreadPoolTaskRunner(max_workers=load_settings().workers)


def nightly_flow(on_outcome: OnOutcome) -> Flow[..., list[dict[str, str]]]:
    """The nightly flow; `on_outcome` hears of each dataset as it is done."""

    @flow(name="nightly", task_runner=_threads())
    def nightly(only: str = "*", everything: bool = False) -> list[dict[str, str]]:
        """Publish what is due, and leave a summary and a table on the run's page."""
        return [row(outcome) for outcome in run(load_settings(), only, everything, on_outcome)]

    return nightly


def _nobody_listens(_outcome: Outcome) -> None:
    """The run page tells the story."""


nightly = nightly_flow(_nobody_listens)


def unions(settings: Settings, only: str, looked_at: Iterable[Identity]) -> tuple[Identity, ...]:
    """All of London, for every dataset that was looked at or is asked for and has something public."""
    tools, datasets = Tools(settings), {identity.dataset for identity in looked_at}
    every = list_unions(settings.datasets)
    wanted = [one for one in every if one.dataset in datasets or one in matching(every, only)]
    return tuple(one for one in wanted if is_public(one.dataset, tools))


def run(settings: Settings, only: str, everything: bool, on_outcome: OnOutcome) -> tuple[Outcome, ...]:
    """The body of the nightly flow: every publisher first, then all of London out of what is public by then."""
    identities = due(settings, only, everything, dt.datetime.now(dt.UTC).date())
    outcomes = _published(settings, identities, on_outcome)
    outcomes += _published(settings, unions(settings, only, identities), on_outcome)
    outcomes.sort(key=lambda outcome: outcome.identity)
    _show(outcomes, Tools(settings))
    _leave_artifacts(outcomes, Tools(settings))
    return tuple(outcomes)


def _published(settings: Settings, identities: Iterable[Identity], on_outcome: OnOutcome) -> list[Outcome]:
    """Each of them on its own, side by side."""
    tools = Tools(settings)
    futures = {publish_dataset.submit(str(i), settings, job_values(None, "", dry_run=False)): i for i in identities}
    outcomes = []
    for future in as_completed(list(futures)):
        future.wait()
        outcomes.append(outcome_of(futures[future], future.state))
        _tell(outcomes[-1], tools)
        on_outcome(outcomes[-1])
    return outcomes


@flow(name="publish")
def publish_one(identity: str, file: str | None = None, approved_by: str = "", dry_run: bool = False) -> dict[str, str]:
    """Publish one dataset of one publisher now, for example spend-over-500/camden."""
    settings = load_settings()
    future = publish_dataset.submit(identity, settings, job_values(file, approved_by, dry_run))
    future.wait()
    outcome = outcome_of(Identity.parse(identity), future.state)
    tools = Tools(settings)
    _tell(outcome, tools)
    _show([outcome], tools)
    _leave_artifacts([outcome], tools)
    if outcome.verdict == "failed":
        raise TemporaryProblem(outcome.summary, fix="See the log of this run.")
    return row(outcome)


def _tell(outcome: Outcome, tools: Tools) -> None:
    if wrong := announce(outcome, tools, dt.datetime.now(dt.UTC)):
        get_run_logger().warning(wrong)


def _show(outcomes: Sequence[Outcome], tools: Tools) -> None:
    """Bring the pages of the site up to date; a fault there takes nothing back of what the night has done."""
    now = dt.datetime.now(dt.UTC)
    note_failures(outcomes, tools, now)
    if wrong := show_after(tools, now):
        get_run_logger().warning(wrong)


def _leave_artifacts(outcomes: Sequence[Outcome], tools: Tools) -> None:
    site = tools.site_address
    create_markdown_artifact(key="londata-summary", markdown=story(outcomes, site), description="Summary")
    table = [row(o) | {"page": address(o, site)} for o in outcomes]
    create_table_artifact(key="londata-table", table=table, description=", ".join((*COLUMNS, "page")))
