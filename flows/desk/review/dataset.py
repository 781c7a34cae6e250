"""The page of one dataset of one borough: its history, and what may be done with it by those who may."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from catalogue.listing import dataset_path
from flows.decisions.book import read_book
from flows.desk.actions import DeskAction
from flows.desk.doors.refusals import nothing_here
from flows.desk.pages.checked import REPORT_POLICY
from flows.desk.pages.start import KINDS
from flows.desk.review.evidence import earlier_decisions, report_folder
from flows.desk.review.queue import clock_row, title_of
from flows.desk.visits import Visit
from flows.orchestration.summary import WORDS
from flows.privacy.exposures import Exposure
from flows.privacy.freezes import Incident, incidents_of
from flows.services import Services
from flows.state.ledger import Attempt, PublishStep
from packages.errors import SetupProblem
from packages.model import Identity
from packages.spec import list_identities, list_unions, load_spec

ACTS = (DeskAction.RUN, DeskAction.UNDO, DeskAction.WITHDRAW, DeskAction.INCIDENT, DeskAction.PURGE)
"""What can be done on the page, in its order."""

SHOWN = 24
"""Attempts and steps that the page shows."""

STEP_WORDS = {
    "intent": "Begun to make it public",
    "done": "Public",
    "withdrawing": "Begun to withdraw it",
    "withdrawn": "Withdrawn",
    "superseded": "Given up: nothing had become public",
    "taken back": "Taken back for an earlier release",
}
"""What happened at each step, by its state."""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One file that was judged. `report` is the page of its report; empty where it is not kept."""

    at: dt.datetime
    words: str
    kind: str
    rows: int
    summary: str
    came: str
    report: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of publishing. `release` is empty where none is meant."""

    at: dt.datetime
    words: str
    release: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeptRelease:
    """A release that can become public again."""

    digest: str
    sealed: str


def dataset_history_page(visit: Visit) -> Response:
    """Show the history of a dataset, and the forms of those who may do something."""
    identity = known_identity(visit)
    if not visit.may(DeskAction.RUN, identity):
        visit.require(DeskAction.REVIEW, identity)
    services = visit.desk.services
    public = services.ledger.published(identity, services.settings.catalogue)
    incidents = [one for one in incidents_of(services, identity.dataset) if identity in one.frozen | {one.identity}]
    may = {action for action in ACTS if visit.may(action, identity)}
    return visit.page(
        "dataset.html",
        identity=identity,
        title=title_of(identity, visit),
        public=public,
        public_page=_public_page(identity, public, services),
        withdrawal=services.ledger.withdrawal(identity, services.settings.catalogue),
        attempts=[_attempt_row(one, visit) for one in services.ledger.attempts(identity, SHOWN)],
        steps=[*_step_rows(identity, services)][:SHOWN],
        decided=list(earlier_decisions(None, read_book(identity, services)))[:SHOWN],
        waiting=visit.desk.queue.of(identity, visit.now),
        incidents=[(one, clock_row(one, visit)) for one in reversed(incidents)],
        open_incident=_open_incident(identity, incidents),
        purges=list(_purges(identity, services)),
        releases=list(_kept(identity, public, services)) if may & {DeskAction.UNDO, DeskAction.PURGE} else [],
        columns=_columns(identity, services) if may & {DeskAction.PURGE, DeskAction.INCIDENT} else {},
        sees=visit.may(DeskAction.REVIEW, identity),
        may=may,
        deeds=may - {DeskAction.RUN},
        now_text=_london_text(visit.now),
    )


def known_identity(visit: Visit) -> Identity:
    """Return the dataset that the path names; nothing here where it is described nowhere and was never public."""
    identity, services = visit.identity(), visit.desk.services
    root = services.settings.datasets
    known = (*list_identities(root), *list_unions(root), *services.ledger.identities())
    if identity not in known:
        raise nothing_here()
    return identity


def attempt_report(visit: Visit) -> Response:
    """Give the report on a file that was judged, as a page that can do nothing."""
    identity = known_identity(visit)
    visit.require(DeskAction.REVIEW, identity)
    folder = report_folder(visit.place["fingerprint"], identity, visit.desk.services)
    if folder is None or not (folder / "report.html").is_file():
        raise nothing_here()
    return Response(
        (folder / "report.html").read_bytes(),
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": REPORT_POLICY},
    )


def _attempt_row(attempt: Attempt, visit: Visit) -> AttemptRow:
    identity = attempt.identity
    has_report = attempt.report and (visit.desk.services.store.report_folder(attempt.report) / "report.html").is_file()
    return AttemptRow(
        at=attempt.at,
        words=str(WORDS[attempt.verdict]).capitalize(),
        kind=KINDS.get(attempt.verdict, "none"),
        rows=attempt.rows,
        summary=attempt.summary,
        came={"source": "the source", "file": "a person", "purge": "a purge"}.get(attempt.origin, attempt.origin),
        report=f"datasets/{identity.dataset}/{identity.publisher}/reports/{attempt.fingerprint}" if has_report else "",
    )


def _step_rows(identity: Identity, services: Services) -> Iterator[StepRow]:
    """Yield the steps of publishing, the latest first; an intent that was carried out is told once."""
    newer: PublishStep | None = None
    for step in services.ledger.steps(identity, services.settings.catalogue):
        is_told = newer is not None and newer.release == step.release and newer.state in ("done", "superseded")
        if not (step.state == "intent" and is_told) and not (
            step.state == "withdrawing" and newer is not None and newer.state == "withdrawn"
        ):
            yield StepRow(step.at, STEP_WORDS.get(step.state, step.state), step.release[:12], step.reason)
        newer = step


def _public_page(identity: Identity, public: PublishStep | None, services: Services) -> str:
    """Return the address of the public page; empty when there is none on the web or on this machine."""
    if public is None:
        return ""
    if services.settings.catalogue != "folder":
        return str(json.loads(public.receipt or "{}").get("page", ""))
    site = services.settings.public_url
    return f"{site.rstrip('/')}/{dataset_path(identity)}index.html" if site else ""


def _open_incident(identity: Identity, incidents: list[Incident]) -> Incident | None:
    return next((one for one in incidents if not one.closed and one.identity == identity), None)


def _purges(identity: Identity, services: Services) -> Iterator[tuple[dt.datetime, str, str]]:
    """Yield when data were taken away for good, in words what, and the public reason; the latest first."""
    for record in reversed(services.ledger.records(identity, "exposure")):
        exposure = Exposure.of(record.body)
        if exposure is not None:
            yield record.at, exposure.target.words, exposure.target.reason


def _kept(identity: Identity, public: PublishStep | None, services: Services) -> Iterator[KeptRelease]:
    """Yield the releases that are kept and not public, the latest first."""
    shown = public.release if public else ""
    last = {step.release: step.at for step in reversed(services.ledger.steps(identity, services.settings.catalogue))}
    kept = [digest for digest in services.store.stored(identity) if digest != shown]
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    for digest in sorted(kept, key=lambda one: last.get(one, never), reverse=True):
        when = f"public on {last[digest].day} {last[digest]:%B %Y}" if digest in last else "never public"
        yield KeptRelease(digest, when)


def _columns(identity: Identity, services: Services) -> dict[str, list[tuple[str, str]]]:
    """Return the fields of each table with their titles, as the description has them."""
    try:
        resources = load_spec(identity, services.settings.datasets).package.resources
    except SetupProblem:
        return {}
    return {r.name: [(f.name, f.title or f.name) for f in r.table_schema.fields] for r in resources}


def _london_text(now: dt.datetime) -> str:
    """Return a moment as a form takes it, in London."""
    from zoneinfo import ZoneInfo

    return f"{now.astimezone(ZoneInfo('Europe/London')):%Y-%m-%dT%H:%M}"
