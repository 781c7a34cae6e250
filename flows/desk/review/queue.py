"""The queue: what waits for a decision in the boroughs of a visitor, incidents with their clock at the top."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from catalogue.site.words import CONCERNS
from flows.decisions.facts import Envelope, Request, Subject
from flows.decisions.standing import State
from flows.desk.actions import DeskAction
from flows.desk.visits import Visit
from flows.desk.waiting import QueuedSubject
from flows.privacy.freezes import OUTCOME, Incident, incidents_of
from flows.takedown.alarms import clock_sentence
from packages.errors import SetupProblem
from packages.model import Identity
from packages.spec import load_package
from quality.report.wording import count_text


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: what waits, why, for whom, since when, and whether the visitor has a say in it."""

    digest: str
    identity: Identity
    title: str
    what: str
    why: str
    seats: str
    concerns: str
    about_people: bool
    since: dt.datetime
    age: str
    is_theirs: bool


@dataclass(frozen=True, slots=True)
class ClockRow:
    """An open incident: its clock in a sentence, and whether its time is nearly over."""

    identity: Identity
    title: str
    clock: str
    left: str
    is_late: bool


def queue_page(visit: Visit) -> Response:
    """Show what waits."""
    visit.require(DeskAction.REVIEW)
    waiting = [one for one in visit.desk.queue.open(visit.now) if visit.may(DeskAction.REVIEW, one.identity)]
    return visit.page(
        "queue.html",
        incidents=list(_incidents(visit)),
        rows=[_row(one, visit) for one in waiting],
    )


def _incidents(visit: Visit) -> Iterator[ClockRow]:
    found = [one for one in incidents_of(visit.desk.services) if not one.closed]
    for one in sorted(found, key=lambda incident: incident.deadline):
        if visit.may(DeskAction.REVIEW, one.identity):
            yield clock_row(one, visit)


def clock_row(incident: Incident, visit: Visit) -> ClockRow:
    """Return an incident as a page shows it."""
    sentence = clock_sentence(incident, visit.now)
    if not incident.closed:
        # how much is left stands beside it
        sentence = sentence.replace(f" ({incident.clock(visit.now)})", "")
    return ClockRow(
        incident.identity,
        title_of(incident.identity, visit),
        sentence,
        incident.clock(visit.now),
        incident.deadline - visit.now < dt.timedelta(hours=24),
    )


def _row(one: QueuedSubject, visit: Visit) -> QueueRow:
    opened = one.opened
    undecided = [s for s in opened.standings if s.state is not State.APPROVED]
    against = [s for s in undecided if s.state is not State.WAITING]
    seats = "; ".join(dict.fromkeys(opened.seats[s.number - 1] for s in undecided if s not in against))
    why = count_text(len(undecided), "thing") + " to decide"
    if against:
        why = "sent back" if all(s.state is State.RETURNED for s in against) else "refused"
    return QueueRow(
        digest=opened.subject.digest,
        identity=one.identity,
        title=title_of(one.identity, visit),
        what=kind_words(opened.subject),
        why=why,
        seats=seats,
        concerns=CONCERNS.get(one.concerns, one.concerns),
        about_people=one.about_people,
        since=one.since,
        age=age_words(visit.now - one.since),
        is_theirs=one.is_for(visit.visitor.proven),
    )


def kind_words(subject: Subject) -> str:
    """Return in words what waits. Pure."""
    if isinstance(subject, Request):
        if OUTCOME in subject.answers:
            return "The end of an incident"
        if not subject.received:
            return "A dataset that was taken away"
        return "A file that was handed in" if subject.author else "A file from the source"
    return "A standing approval" if isinstance(subject, Envelope) else "An exception"


def age_words(age: dt.timedelta) -> str:
    """Return in words for how long something has waited. Pure."""
    if age.days:
        return count_text(age.days, "day")
    hours = max(0, int(age.total_seconds() // 3600))
    return count_text(hours, "hour") if hours else "less than an hour"


def title_of(identity: Identity, visit: Visit) -> str:
    """Return the title of a dataset; its name where its description is not there any more."""
    try:
        return load_package(identity.dataset, visit.desk.services.settings.datasets).title
    except SetupProblem:
        return identity.dataset
