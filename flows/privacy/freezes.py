"""Incidents as records: what people should not have seen, since when somebody knows, and what is frozen meanwhile.

While an incident is open, nothing of the datasets that it freezes changes in public, but for what is taken away. It is
closed by a request that the asset owner and a Data Protection Officer have approved, and by nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field, TypeAdapter, ValidationError

from flows.decisions.asking import found_fact
from flows.decisions.book import Book, read_book
from flows.decisions.facts import Fact, Line, Request
from flows.decisions.standing import State
from flows.services import Services
from flows.state.records import LedgerRecord, chain_broken, chained_records, verified_chain
from flows.state.tables import RECORDS
from packages.errors import SetupProblem, WaitingForPerson
from packages.messages import finding
from packages.model import Identity
from packages.spec import LONDON
from quality.report.wording import day_text

KIND = "incident"
"""The kind of record, and the key of its body."""

RULE = "incident-open"
"""What people decide on when an incident is closed."""

TIME_LIMIT = dt.timedelta(hours=72)
"""From becoming aware to telling the Information Commissioner: Article 33(1) of the UK GDPR."""

OUTCOME = "outcome"
"""The answer of a request to close an incident that says how it ended."""


class ShownFact(Fact):
    """A time in which a catalogue showed a release; `until` is empty while it still does."""

    catalogue: str
    since: str
    until: str = ""


class MissedFact(Fact):
    """What today's rules find in a release: `rows` of `of`, in a field. An empty rule: none finds it, people did.

    `let_pass` says that the rules of the time found nothing of it.
    """

    rule: str
    table: str = ""
    field: str = ""
    rows: int = 0
    of: int = 0
    let_pass: bool = True


class ReleaseFact(Fact):
    """What was public of one release: rows by table, when and where, its files, who let it pass, what is in it.

    `approved` says it in roles. `kept` tells whether its files still lie in the folder of releases. `unions` are the
    releases of all of London that hold its rows.
    """

    release: str
    rows: Mapping[str, int] = {}
    shown: tuple[ShownFact, ...] = ()
    files: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    approved: str = ""
    kept: bool = False
    found: tuple[MissedFact, ...] = ()
    unions: tuple[str, ...] = ()
    unread: str = ""


class SiblingFact(Fact):
    """Another publisher's dataset whose public release has the same finding today, or that could not be looked at."""

    dataset: str
    publisher: str
    release: str
    found: tuple[MissedFact, ...] = ()
    unread: str = ""


class Opened(Fact):
    """The opening: `number` counts the incidents of the dataset, `aware` is when somebody knew (ISO, UTC)."""

    act: Literal["open"] = "open"
    number: int
    aware: dt.datetime
    release: str = ""
    field: str = ""
    note: Line = ""


class Collected(Fact):
    """The facts of the incident `of`, as they were found out; the latest count."""

    act: Literal["facts"] = "facts"
    of: str
    releases: tuple[ReleaseFact, ...]
    siblings: tuple[SiblingFact, ...] = ()


class Noted(Fact):
    """Something that somebody adds."""

    act: Literal["note"] = "note"
    of: str
    text: Line


class Closed(Fact):
    """The end: `request` is the digest of what people have decided, `outcome` what they have signed.

    `decisions` are the digests of theirs, so that a closing from before them is not taken for this one.
    """

    act: Literal["close"] = "close"
    of: str
    request: str
    outcome: Line
    decisions: tuple[str, ...] = ()


IncidentFact = Opened | Collected | Noted | Closed
_FACTS: TypeAdapter[IncidentFact] = TypeAdapter(Annotated[IncidentFact, Field(discriminator="act")])


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as its records tell it. `digest` names its opening, `at` is when that was noted."""

    identity: Identity
    digest: str
    at: dt.datetime
    opened: Opened
    facts: Collected | None = None
    notes: tuple[tuple[dt.datetime, str], ...] = ()
    closed: tuple[dt.datetime, Closed] | None = None
    frozen: frozenset[Identity] = frozenset()

    @property
    def deadline(self) -> dt.datetime:
        """The moment by which the Information Commissioner has to be told."""
        return self.opened.aware + TIME_LIMIT

    def clock(self, now: dt.datetime) -> str:
        """Return how much of the 72 hours is left, in words."""
        seconds = (self.deadline - now).total_seconds()
        hours = int(abs(seconds) // 3600)
        words = f"{hours} {'hour' if hours == 1 else 'hours'}"
        return f"{words} left" if seconds > 0 else f"over for {words}"


def incident_record(identity: Identity, fact: IncidentFact, now: dt.datetime) -> LedgerRecord:
    """Return the record of one act of an incident."""
    return LedgerRecord("incident", identity, now, {KIND: fact.body})


def closing_request(incident: Incident, outcome: str) -> Request:
    """Return what has to be decided to close an incident: this outcome, by those who decide about single people."""
    fact = found_fact(finding("incident-open"))
    return Request(
        dataset=incident.identity.dataset,
        publisher=incident.identity.publisher,
        fingerprint=incident.digest,
        findings=(fact.model_copy(update={"about_people": True}),),
        # whatever the dataset is about, the incident is about people
        concerns="people",
        host="an incident",
        answers={OUTCOME: outcome},
    )


def incidents_of(
    services: Services, dataset: str = "", connection: sa.Connection | None = None
) -> tuple[Incident, ...]:
    """Return the incidents of a dataset of all publishers, or of all datasets, oldest first.

    SetupProblem when the audit is broken or a record that it names is missing: a freeze must not end unseen.
    """
    if connection is None:
        _ = services.ledger.chain  # what was verified now is remembered by this process
        with services.ledger.database.reading() as reading:
            return incidents_of(services, dataset, reading)
    known = verified_chain(connection, remember=False)
    noted = {(identity, digest) for kind, identity, digest in known.noted if kind == KIND}
    noted = {key for key in noted if dataset in ("", key[0].dataset)}
    if not known.is_whole:
        query = sa.select(RECORDS.c.id).where(RECORDS.c.kind == KIND)
        if noted or connection.execute(query.where(RECORDS.c.dataset == dataset) if dataset else query).first():
            raise chain_broken(known.chain)
        return ()
    records = [r for r in chained_records(connection, kind=KIND) if dataset in ("", r.identity.dataset)]
    if gone := sorted(identity for identity, _ in noted - {(r.identity, r.digest) for r in records}):
        raise SetupProblem(
            f"A record on an incident of {gone[0]} is missing, though the audit names it.",
            fix="Tell the Data Protection Officer, and bring the ledger back from a copy that is whole.",
            why="Somebody may have removed it so that data become public again.",
        )
    return tuple(_told(records, services, connection))


def _told(records: Iterable[LedgerRecord], services: Services, connection: sa.Connection) -> Iterator[Incident]:
    acts: dict[str, list[tuple[LedgerRecord, IncidentFact]]] = {}
    for record in records:
        fact = _parsed(record)
        if fact is not None:
            acts.setdefault(record.digest if isinstance(fact, Opened) else fact.of, []).append((record, fact))
    for digest, told in acts.items():
        first, opened = told[0]
        if not isinstance(opened, Opened):
            continue  # about an incident that nobody opened
        # what is said about an incident of another dataset counts for nothing
        told = [(record, fact) for record, fact in told if record.identity == first.identity]
        facts = [fact for _, fact in told if isinstance(fact, Collected)]
        closings = [(record, fact) for record, fact in told if isinstance(fact, Closed)]
        book = read_book(first.identity, services, connection) if closings else None
        siblings = {Identity(s.dataset, s.publisher) for fact in facts for s in fact.siblings if s.found}
        incident = Incident(
            identity=first.identity,
            digest=digest,
            at=first.at,
            opened=opened,
            facts=facts[-1] if facts else None,
            notes=tuple((record.at, fact.text) for record, fact in told if isinstance(fact, Noted)),
            frozen=frozenset({first.identity, Identity(first.identity.dataset, LONDON), *siblings}),
        )
        decided = [(end.at, fact) for end, fact in closings if book and is_decided(incident, fact, before(book, end))]
        yield replace(incident, closed=decided[0] if decided else None)


def _parsed(record: LedgerRecord) -> IncidentFact | None:
    try:
        return _FACTS.validate_python(record.body.get(KIND))
    except ValidationError:
        return None  # of another version, or nonsense that somebody chained


def before(book: Book, record: LedgerRecord) -> Book:
    """Return a book as it was when a record was added: what was decided later neither helps nor undoes it."""
    place = next(n for n, known in enumerate(book.records) if (known.kind, known.digest) == (KIND, record.digest))
    return replace(book, records=book.records[: place + 1])


def is_decided(incident: Incident, closed: Closed, book: Book) -> bool:
    """Return whether those who may have approved, by then, that an incident is closed with exactly this outcome."""
    request = book.subjects.get(closed.request)
    if request is None or request != closing_request(incident, closed.outcome):
        return False
    return all(s.state is State.APPROVED for s in book.standings(request, book.records[-1].at.date()))


def freeze_on(identity: Identity, services: Services, connection: sa.Connection | None = None) -> Incident | None:
    """Return the open incident by which a dataset is frozen; None when there is none."""
    known = incidents_of(services, identity.dataset, connection)
    return next((one for one in known if not one.closed and identity in one.frozen), None)


def frozen_problem(identity: Identity, incident: Incident) -> WaitingForPerson:
    """Return the problem to raise, or the words to show, while an incident freezes a dataset."""
    of = "" if incident.identity == identity else f" on {incident.identity}"
    return WaitingForPerson(
        f"{identity} is frozen by the incident{of} of {day_text(incident.at.date())}: nothing of it becomes public.",
        fix="What must go can be taken away (`londata purge`, `londata withdraw`). "
        f"`londata incident show {incident.identity}` tells what is known, and what it takes to close it.",
        why="What is wrong in what is public may be in the next file as well.",
    )
