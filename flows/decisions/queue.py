"""What waits for a decision: the open requests, envelopes and exceptions of one dataset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from flows.decisions.book import Book, read_book
from flows.decisions.conditions import obstacle_request, obstacles_to
from flows.decisions.deciding import note_subject
from flows.decisions.facts import Envelope, Request, Subject, subject_kind
from flows.decisions.policy import seats_text
from flows.decisions.standing import Standing, State
from flows.services import Services
from packages.errors import SetupProblem
from packages.model import Identity, Verdict

SHORTEST = 6
"""Characters of a digest that are enough to name a subject."""


@dataclass(frozen=True, slots=True)
class OpenSubject:
    """Something that waits: how each finding stands, and by whom each is decided, in words."""

    subject: Subject
    standings: tuple[Standing, ...]
    seats: tuple[str, ...]

    @property
    def waiting(self) -> tuple[int, ...]:
        """The numbers of the findings on which nobody has decided, as far as anybody may know."""
        return tuple(s.number for s in self.standings if s.state is State.WAITING)


def open_subjects(identity: Identity, services: Services, now: dt.datetime) -> tuple[OpenSubject, ...]:
    """Return what waits on one dataset; what keeps it away is noted as a request when it was not yet."""
    for obstacle in _obstacles(identity, services):
        note_subject(obstacle, services, now)
    book = read_book(identity, services)
    current = {*_current_fingerprints(identity, services), *(o.fingerprint for o in _obstacles(identity, services))}
    # an incident is closed by a request whose fingerprint is its digest
    current |= {record.digest for record in book.records if record.kind == "incident"}
    found = []
    for subject in _latest(book):
        if isinstance(subject, Request) and subject.fingerprint not in current:
            continue
        opened = as_open(subject, book, now.date())
        is_over = not isinstance(subject, Request) and (subject.until < now.date() or not opened.waiting)
        if not is_over and any(s.state is not State.APPROVED for s in opened.standings):
            found.append(opened)
    return tuple(found)


def as_open(subject: Subject, book: Book, day: dt.date) -> OpenSubject:
    """Return a subject with how it stands."""
    seats = tuple(seats_text(rules) for rules in book.rules(subject))
    return OpenSubject(subject, book.standings(subject, day), seats)


def find_subject(wanted: str, services: Services, now: dt.datetime) -> tuple[Subject, Book]:
    """Return what a person means: a dataset with one thing that waits, or the beginning of a digest.

    SetupProblem lists what there is when it is not exactly one.
    """
    if "/" in wanted:
        identity = Identity.parse(wanted)
        subjects = {o.subject.digest: o.subject for o in open_subjects(identity, services, now)}
    else:
        subjects = {}
        named = (r for r in services.ledger.records() if len(wanted) >= SHORTEST and r.digest.startswith(wanted))
        for identity in sorted({record.identity for record in named}):
            found = read_book(identity, services).subjects
            subjects |= {d: s for d, s in found.items() if d.startswith(wanted)}
    if len(subjects) != 1:
        listed = ", ".join(
            f"{subject_kind(s)} {digest[:12]} ({s.dataset}/{s.publisher})" for digest, s in subjects.items()
        )
        raise SetupProblem(
            f"“{wanted}” does not name one thing to decide on.",
            fix=f"Name one by its first characters: {listed}." if listed else "`londata queue` lists what waits.",
        )
    (subject,) = subjects.values()
    return subject, read_book(Identity(subject.dataset, subject.publisher), services)


def _latest(book: Book) -> Iterator[Subject]:
    """Yield the subjects of a book, of the requests on one file and of the envelopes only the last."""
    last: dict[object, Subject] = {}
    for digest, subject in book.subjects.items():
        key: object = digest
        if isinstance(subject, Request):
            key = subject.fingerprint
        elif isinstance(subject, Envelope):
            key = "envelope"
        last.pop(key, None)
        last[key] = subject
    yield from last.values()


def _current_fingerprints(identity: Identity, services: Services) -> Iterator[str]:
    for origin in ("source", "file"):
        attempt = services.ledger.last_attempt(identity, origin)
        if attempt and attempt.verdict is Verdict.HELD:
            yield attempt.fingerprint


def _obstacles(identity: Identity, services: Services) -> Iterator[Request]:
    attempt = services.ledger.last_attempt(identity)
    for obstacle in obstacles_to(identity, services, attempt.release if attempt else ""):
        yield obstacle_request(obstacle, services)
