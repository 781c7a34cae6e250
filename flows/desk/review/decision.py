"""One page to decide: what waits, why, the evidence, what was decided before; and the decision of who has a say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from starlette.responses import Response

from flows.decisions.book import Book, read_book
from flows.decisions.deciding import (
    Wish,
    decide_subject,
    draft_decision,
    identity_of,
    latest_end,
    note_subject,
    why_not_theirs,
)
from flows.decisions.facts import Choice, FoundFact, Request, Subject, found_facts
from flows.decisions.queue import as_open, find_subject, open_subjects
from flows.decisions.standing import Standing, State
from flows.desk.actions import DeskAction
from flows.desk.doors.refusals import nothing_here
from flows.desk.drafts.draft import DeskDraft, Errand
from flows.desk.review.evidence import (
    answered,
    changes_to_public,
    earlier_decisions,
    fact_lines,
    fact_sentence,
    found_in,
    place_words,
    report_on,
    smallest_cells,
    stood_text,
)
from flows.desk.review.queue import kind_words, title_of
from flows.desk.visits import Visit
from flows.privacy.freezes import OUTCOME
from flows.state.lease import acting_as
from flows.takedown.alarms import announce_incidents
from flows.takedown.incidents import close_incident
from packages.errors import SetupProblem, WaitingForPerson
from packages.model import Identity, Report

WHOLE = 64
"""Characters of a digest."""

CHOICES: dict[Choice, tuple[str, str]] = {
    "approve": ("Approve", "It may pass, until the day below."),
    "return": ("Return", "It goes back to be made better. Say what has to change."),
    "refuse": ("Refuse", "It does not pass. Say why, and what could be published instead."),
}
"""The choices with what they do."""


@dataclass(frozen=True, slots=True)
class FindingToDecide:
    """One finding: what, where, what its cells look like, how it stands, who decides, and whether it is theirs.

    `not_theirs` says why it is not, and is empty where it is; `is_noted` tells that they have decided already.
    """

    number: int
    what: str
    where: str
    why: str
    shapes: tuple[str, ...]
    about_people: bool
    standing: Standing
    stood: str
    seats: str
    not_theirs: str
    is_noted: bool


def decision_page(visit: Visit) -> Response:
    """Show one thing that waits, or what was decided about it."""
    subject, book = _subject(visit)
    services, identity = visit.desk.services, identity_of(subject)
    report = report_on(subject, services)
    findings = _findings(subject, book, report, visit)
    theirs = [one.number for one in findings if not one.not_theirs]
    return visit.page(
        "decide.html",
        subject=subject,
        identity=identity,
        title=title_of(identity, visit),
        kind=kind_words(subject),
        since=next((r.at for r in book.records if r.digest == subject.digest), visit.now),
        is_over=_is_over(subject, visit),
        findings=findings,
        theirs=theirs,
        latest=latest_end(subject, theirs, book, visit.now.date()) if theirs else None,
        facts=list(fact_lines(subject)),
        answers=answered(subject),
        cells=list(smallest_cells(subject, report)),
        lines=changes_to_public(report, services),
        report=report,
        has_file=isinstance(subject, Request) and bool(subject.received),
        # what is about people is to be seen without opening it
        is_open=any(one.about_people for one in findings),
        earlier=list(earlier_decisions(subject, book))[:12],
        choices=CHOICES,
        noted=visit.query.get("noted", ""),
        follows=_what_follows(subject, findings, visit),
        run=_run_of(identity, visit),
    )


def _run_of(identity: Identity, visit: Visit) -> DeskDraft | None:
    """Return the last run of a dataset that a visitor's decision has brought about, or that they asked for."""
    own = visit.desk.drafts.of_owner(visit.visitor.who)
    return next((one for one in own if one.errand and one.errand.kind == "run" and one.identity == identity), None)


def _subject(visit: Visit) -> tuple[Subject, Book]:
    """Return what the path names, with its book; nothing where there is none, NotAllowed where it is not theirs."""
    visit.require(DeskAction.REVIEW)
    digest = visit.place["digest"]
    try:
        subject, book = find_subject(digest if len(digest) == WHOLE else "", visit.desk.services, visit.now)
    except SetupProblem:
        raise nothing_here() from None
    visit.require(DeskAction.REVIEW, identity_of(subject))
    return subject, book


def _is_over(subject: Subject, visit: Visit) -> bool:
    """Return whether nothing waits for it any more: another file is there, or it has ended.

    What holds for later files, too, can be taken back until its end.
    """
    if not isinstance(subject, Request):
        return subject.until < visit.now.date()
    waiting = open_subjects(identity_of(subject), visit.desk.services, visit.now)
    return subject.digest not in {opened.subject.digest for opened in waiting}


def _findings(subject: Subject, book: Book, report: Report | None, visit: Visit) -> tuple[FindingToDecide, ...]:
    opened, said = as_open(subject, book, visit.now.date()), found_in(report)
    proven = visit.visitor.proven
    mine = [voice.decision for voice in book.voices(subject) if voice.decision.by == proven.by]
    made = []
    for fact, standing, seats in zip(found_facts(subject), opened.standings, opened.seats, strict=True):
        item = said.get(fact)
        problem = why_not_theirs(standing.number, subject, proven, book)
        made.append(
            FindingToDecide(
                number=standing.number,
                what=item.what if item else fact_sentence(fact, subject),
                where=item.where if item else place_words(fact),
                why=item.why if item else "",
                shapes=fact.shapes,
                about_people=fact.about_people,
                standing=standing,
                stood="" if standing.state is State.WAITING else stood_text(standing),
                seats=seats,
                not_theirs=_not_theirs(problem, fact) if problem else "",
                is_noted=any(standing.number in decision.findings for decision in mine),
            )
        )
    return tuple(made)


def _not_theirs(problem: WaitingForPerson, fact: FoundFact) -> str:
    """Return in words why a finding is not theirs; the reason is about people where the finding is."""
    return f"{problem.what} {problem.why}" if fact.about_people else problem.what


def _what_follows(subject: Subject, findings: Sequence[FindingToDecide], visit: Visit) -> str:
    """Return in a sentence what becomes of it now; empty while it waits."""
    states = {one.standing.state for one in findings}
    if State.WAITING in states or not states <= {State.APPROVED}:
        return ""
    if not isinstance(subject, Request):
        return "It holds for every file from now on, until its end."
    if OUTCOME in subject.answers:
        return "The incident is closed with this."
    if any(fact.rule == "dataset-withdrawn" for fact in subject.findings):
        return (
            "It may come back. Whoever runs the catalogue brings it back there (in a folder, its withdrawn.json is "
            "removed; in a CKAN, it is made active); then it is run, tonight or from its page."
        )
    if not subject.received:
        return "It may come back: it is run tonight, or from its page."
    if not subject.author or _draft_of(subject, visit) is not None or _is_public(subject, visit):
        return "It is made public now, by itself."
    return (
        "The file is not at the desk any more. Whoever handed it in hands it in once more: the same file asks nobody "
        "again."
    )


def _is_public(subject: Request, visit: Visit) -> bool:
    services = visit.desk.services
    step = services.ledger.published(identity_of(subject), services.settings.catalogue)
    return step is not None and step.release == subject.content


# --- deciding ---------------------------------------------------------------------------------------------------------


def take_decision(visit: Visit) -> Response:
    """Note the decision of somebody who has a say, and do what follows when it was the last."""
    subject, book = _subject(visit)
    services, now, proven = visit.desk.services, visit.now, visit.visitor.proven
    decision = draft_decision(subject, _wish(visit), book, proven.by, now.date())
    with acting_as(visit.visitor.who):
        note_subject(subject, services, now)
        decide_subject(subject, decision, proven, services, now)
        book = read_book(identity_of(subject), services)
        standings = book.standings(subject, now.date())
        if all(standing.state is State.APPROVED for standing in standings):
            _follow(subject, visit)
    waits = any(standing.state is State.WAITING for standing in standings)
    return visit.go(f"queue/{subject.digest}?noted={'waits' if waits else 'all'}")


def _wish(visit: Visit) -> Wish:
    """Return what a form asks for; SetupProblem in the words of the page."""
    form = visit.form
    choice = next((one for one in get_args(Choice) if one == form.get("choice")), None)
    if choice is None:
        raise SetupProblem("It is not said what is decided.", fix="Go back, and choose: approve, return or refuse.")
    numbers = tuple(int(text) for text in visit.chosen.get("finding", ()) if text.isdecimal() and len(text) < 5)
    if not numbers:
        raise SetupProblem(
            "It is not said which findings are decided.",
            fix="Go back, and tick each that you decide on.",
            why="Each finding is decided apart.",
        )
    reason, alternative = form.get("reason", "").strip(), form.get("alternative", "").strip()
    if choice != "approve" and not (reason and (choice == "return" or alternative)):
        raise SetupProblem(
            f"To {choice} needs a reason{' and an alternative' if choice == 'refuse' else ''}.",
            fix="Go back, and say it in a sentence"
            + (" each: why, and what could be published instead." if choice == "refuse" else "."),
            why="Whoever asked must know what to do next.",
        )
    if max(len(reason), len(alternative)) > 600:
        raise SetupProblem("That is too long.", fix="Go back, and say it in 600 characters.")
    return Wish(choice, numbers, reason, alternative, _day(form.get("until", "")))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise SetupProblem(f"“{text[:20]}” is no day.", fix="Go back, and write it as 2027-03-31.") from None


def _follow(subject: Subject, visit: Visit) -> None:
    """Do what was waited for: publish the file, from the desk or from the source, or close the incident."""
    desk, identity = visit.desk, identity_of(subject)
    if not isinstance(subject, Request):
        return
    if OUTCOME in subject.answers:
        close_incident(identity, "", desk.services, visit.now)
        announce_incidents(desk.services, visit.now)
        return
    draft = _draft_of(subject, visit)
    if draft is not None:
        desk.ask(draft, "publish")
    elif subject.received and not subject.author:
        ask_errand(Errand(kind="run"), identity, visit)


def _draft_of(subject: Request, visit: Visit) -> DeskDraft | None:
    """Return the draft of the file that a request is about, where it still is at the desk and may be published."""
    identity = identity_of(subject)
    for draft in sorted(visit.desk.drafts.all(), key=lambda one: one.changed, reverse=True):
        is_it = draft.sent is not None and draft.sent.request == subject.digest
        is_file = bool(subject.received) and draft.sha256 == subject.received and draft.identity == identity
        if (is_it or is_file) and draft.sent and not draft.is_anonymous and not draft.is_busy:
            return draft
    return None


def ask_errand(errand: Errand, identity: Identity, visit: Visit) -> DeskDraft:
    """Have an act on a dataset done in the workshop, in the name of the visitor."""
    draft = visit.desk.drafts.create(
        visit.visitor.who, visit.now, dataset=identity.dataset, publisher=identity.publisher, errand=errand
    )
    return visit.desk.ask(draft, "errand")
