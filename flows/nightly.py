"""The nightly run: everything that is due, side by side; one failure never stops the rest; a table at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from prefect import flow, tags
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.logging import get_run_logger
from prefect.task_runners import TaskRunner

from flows.examine import silent
from flows.maintenance.tidy import remove_received
from flows.orchestration.dask_workers import require_workers
from flows.orchestration.dispatch import outcome_of, outcomes_as_known
from flows.orchestration.due import chosen_identities, is_due, matching_identities, standing_verdict
from flows.orchestration.events import emit_night, emit_outcome
from flows.orchestration.notices import announce
from flows.orchestration.summary import SUMMARY_COLUMNS, dataset_link, night_markdown, summary_row
from flows.orchestration.task_runner import lookers, night_task_runner
from flows.orchestration.tasks import job_fields, publish_dataset
from flows.outcome import FAILED, Outcome
from flows.services import Services, services_for
from flows.settings import Settings, load_settings
from flows.site.links import broken_links_sentence
from flows.site.update import record_failures, update_site_after
from flows.state.hosts import Host, note_host
from flows.takedown.alarms import announce_incidents, announce_rescan, incident_lines
from flows.takedown.purge import finish_purges, remove_sealed_copies
from flows.takedown.rescan import note_first_rules, rescan_if_rules_changed, rescan_sentence
from packages.errors import ExitCode, LondataError, SetupProblem, TemporaryProblem
from packages.model import Extract, Identity, Verdict
from packages.spec import LONDON, list_identities, list_unions, load_spec
from packages.vocabulary import cadences

OnOutcome = Callable[[Outcome], None]
"""Called with each outcome as soon as it is known."""

OnNote = Callable[[str], None]
"""Called with a sentence about something else than the outcome of a dataset."""


def due_tonight(settings: Settings, only: str, everything: bool, day: dt.date) -> tuple[Identity, ...]:
    """Return the datasets of publishers to look at; SetupProblem when the pattern matches none."""
    described = (*list_identities(settings.datasets), *list_unions(settings.datasets))
    identities = tuple(i for i in chosen_identities(described, only) if i.publisher != LONDON)
    if everything:
        return identities
    ledger = services_for(settings).ledger
    attempts, public = ledger.last_attempts(), ledger.all_published(settings.catalogue)
    last = {i: standing_verdict(attempts.get(i), public.get(i)) for i in identities}
    return tuple(i for i in identities if _is_due(i, settings, (last[i], i in public), day))


def _is_due(identity: Identity, settings: Settings, known: tuple[Verdict | None, bool], day: dt.date) -> bool:
    last, is_public = known
    try:
        spec = load_spec(identity, settings.datasets)
    except SetupProblem:
        return True  # its own task reports what is wrong with the description
    cadence = cadences().get(spec.cadence)
    if not spec.governance.is_open:
        return is_public  # what was closed goes away tonight
    return cadence is None or is_due(identity, cadence.days, last, day)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who follows a night: `on_outcome` gets each outcome as it is done, `on_note` what people should know besides."""

    on_outcome: OnOutcome
    on_note: OnNote = silent


def _ignore_outcome(_outcome: Outcome) -> None:
    """Show nothing: a scheduled run has its page in Prefect."""


# no parameter and no closure of the flow: a flow is pickled with every task that goes to another process
_watcher: ContextVar[Watcher] = ContextVar("watcher", default=Watcher(_ignore_outcome))  # noqa: B039 - it is frozen


def _night_name() -> str:
    return f"night of {dt.datetime.now(dt.UTC):%-d %B %Y, %H:%M}"


@flow(name="nightly", flow_run_name=_night_name, task_runner=night_task_runner(load_settings()))
def nightly(only: str = "*", everything: bool = False) -> list[dict[str, str]]:
    """Publish what is due, and leave a summary and a table on the run's page."""
    return [summary_row(outcome) for outcome in run_night(load_settings(), only, everything)]


def watched_night(watcher: Watcher, only: str = "*", everything: bool = False) -> list[dict[str, str]]:
    """Run the nightly flow in this process, and tell the watcher what becomes known; return the rows of its table."""
    token = _watcher.set(watcher)
    try:
        return nightly(only=only, everything=everything)
    finally:
        _watcher.reset(token)


def due_unions(settings: Settings, only: str, inspected: Iterable[Identity]) -> tuple[Identity, ...]:
    """Return all of London, for every dataset that was inspected or is asked for and has something public."""
    datasets, unions = {identity.dataset for identity in inspected}, list_unions(settings.datasets)
    asked_for = {*matching_identities(unions, only)}
    public = services_for(settings).ledger.all_published(settings.catalogue)
    filled = {identity.dataset for identity in public if identity.publisher != LONDON}
    return tuple(u for u in unions if u.dataset in filled and (u.dataset in datasets or u in asked_for))


def run_night(settings: Settings, only: str, everything: bool) -> tuple[Outcome, ...]:
    """Run the body of the nightly flow: every publisher first, then all of London from what is public by then."""
    services, watcher = services_for(settings), _watcher.get()
    require_workers(settings)
    note_host(services.ledger.database, Host.this(settings), dt.datetime.now(dt.UTC))
    # first of all: what has to go must not wait for what comes
    services.store.drop_what_is_gone()
    finish_purges(services, dt.datetime.now(dt.UTC))
    note_first_rules(services, dt.datetime.now(dt.UTC))
    identities = due_tonight(settings, only, everything, dt.datetime.now(dt.UTC).date())
    outcomes = _publish_all(settings, identities, watcher.on_outcome)
    # only now, because a union is made from what is public
    outcomes += _publish_all(settings, due_unions(settings, only, identities), watcher.on_outcome)
    outcomes.sort(key=lambda outcome: outcome.identity)
    remove_received(services, dt.datetime.now(dt.UTC))
    remove_sealed_copies(services, dt.datetime.now(dt.UTC).date())
    notes = tuple(people_notes(services))
    for note in notes:
        watcher.on_note(note)
    if broken := _show_outcomes(outcomes, services, notes):
        watcher.on_note(broken)
    emit_night(outcomes)
    return tuple(outcomes)


def people_notes(services: Services) -> Iterator[str]:
    """Yield what today's rules find in what is public, if they have changed, and how the open incidents stand.

    Last of all, because what was published tonight was judged by them already. Nothing here ever stops a night.
    """
    now, logger = dt.datetime.now(dt.UTC), get_run_logger()
    try:
        screened = rescan_if_rules_changed(services, now, logger.info)
        if screened:
            yield rescan_sentence(screened)
            if problem := announce_rescan(screened, services, now):
                logger.warning(problem)
        yield from incident_lines(services, now)
        if problem := announce_incidents(services, now):
            logger.warning(problem)
    except LondataError as failed:
        yield f"What is public could not be looked at: {failed.what} {failed.fix}"
    except Exception as error:  # noqa: BLE001 - a fault in here must not cost the night
        yield f"What is public could not be looked at, for a fault of ours ({type(error).__name__})."


def _publish_all(settings: Settings, identities: Iterable[Identity], on_outcome: OnOutcome) -> list[Outcome]:
    """Look at datasets side by side, and publish in a task run each what has something new; as the settings allow.

    A notice goes out as soon as its dataset is done, not at the end of the night.
    """
    services, outcomes = services_for(settings), []
    with lookers(settings, _task_runner()) as look:
        for outcome in outcomes_as_known(tuple(identities), look, _submit):
            outcomes.append(outcome)
            get_run_logger().info("%s: %s %s", outcome.identity, outcome.verdict, outcome.summary)
            emit_outcome(outcome)
            _announce(outcome, services)
            on_outcome(outcome)
    return outcomes


def _task_runner() -> TaskRunner[Any]:
    context = FlowRunContext.get()
    assert context is not None, "a night is worked on within its flow run"
    return context.task_runner


def _submit(identity: Identity, received: Extract | None) -> PrefectFuture[Outcome]:
    with tags(identity.dataset, identity.publisher):
        return publish_dataset.submit(str(identity), job_fields(None, dry_run=False, received=received))


@flow(name="publish", flow_run_name="{identity}")
def publish_one_flow(identity: str, file: str | None = None, dry_run: bool = False) -> dict[str, str]:
    """Publish one dataset of one publisher now, for example spend-over-500/camden."""
    settings = load_settings()
    with tags(*identity.split("/")):
        future = publish_dataset.submit(identity, job_fields(file, dry_run))
    future.wait()
    outcome = outcome_of(Identity.parse(identity), future.state)
    services = Services(settings)
    emit_outcome(outcome)
    _announce(outcome, services)
    _show_outcomes([outcome], services)
    if outcome.verdict == FAILED:
        raise TemporaryProblem(outcome.summary, fix="See the log of this run.")
    return summary_row(outcome)


def _announce(outcome: Outcome, services: Services) -> None:
    if problem := announce(outcome, services, dt.datetime.now(dt.UTC)):
        get_run_logger().warning(problem)


def _show_outcomes(outcomes: Sequence[Outcome], services: Services, notes: Sequence[str] = ()) -> str:
    """Update the site, and leave a summary and a table on the run's page; a problem with the site is only logged.

    Return in words which links of what was written do not answer.
    """
    now = dt.datetime.now(dt.UTC)
    record_failures(outcomes, services, now)
    problem = update_site_after(services, now)
    changed = [outcome.identity for outcome in outcomes if outcome.exit_code == ExitCode.DONE]
    broken = broken_links_sentence(services, changed) if services.settings.catalogue == "folder" else ""
    for warning in filter(None, (problem, broken)):
        get_run_logger().warning(warning)
    site = services.site_address
    create_markdown_artifact(
        key="londata-summary",
        markdown=night_markdown(outcomes, site, (*notes, *filter(None, [broken]))),
        description="Summary",
    )
    table = [summary_row(o) | {"page": dataset_link(o, site)} for o in outcomes]
    create_table_artifact(key="londata-table", table=table, description=", ".join((*SUMMARY_COLUMNS, "page")))
    return broken
