"""What waits for decisions, of all datasets: read again only where something has changed since the last look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.decisions.book import Book, people_file, read_book
from flows.decisions.deciding import Proven, why_not_theirs
from flows.decisions.facts import Exemption, found_facts
from flows.decisions.queue import OpenSubject, open_subjects
from flows.decisions.standing import State
from flows.services import Services
from flows.state.records import chain_broken
from packages.model import Identity

RISKS = ("people", "counts", "payees-and-roles", "none")
"""The classes of datasets, those with the most risk first."""


@dataclass(frozen=True)
class QueuedSubject:
    """Something that waits: how it stands, the book of its dataset, and since when it is known."""

    opened: OpenSubject
    book: Book
    since: dt.datetime

    @property
    def identity(self) -> Identity:
        """The dataset that it is about."""
        return self.book.identity

    @property
    def concerns(self) -> str:
        """The class of the dataset; an exception is about people whatever the class."""
        subject = self.opened.subject
        return "people" if isinstance(subject, Exemption) else subject.concerns

    @property
    def about_people(self) -> bool:
        """Whether any of what is not decided is about people."""
        facts = found_facts(self.opened.subject)
        return any(facts[s.number - 1].about_people for s in self.opened.standings if s.state is not State.APPROVED)

    def is_for(self, proven: Proven) -> bool:
        """Whether somebody has a say in any of what waits."""
        subject = self.opened.subject
        return any(why_not_theirs(number, subject, proven, self.book) is None for number in self.opened.waiting)

    @property
    def urgency(self) -> tuple[bool, int, dt.datetime]:
        """By what it is put in order: about people first, then by class, then the oldest."""
        place = RISKS.index(self.concerns) if self.concerns in RISKS else 0
        return (not self.about_people, place, self.since)


class DecisionQueue:
    """The queue of one desk. Safe to use from several threads: at worst two of them look at the same dataset."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[Identity, tuple[object, tuple[QueuedSubject, ...]]] = {}

    def open(self, now: dt.datetime) -> tuple[QueuedSubject, ...]:
        """Return what waits, the most urgent first; SetupProblem when the chain of the audit is broken."""
        return self._found(self._services.ledger.changes(), now)

    def of(self, identity: Identity, now: dt.datetime) -> tuple[QueuedSubject, ...]:
        """Return what waits on one dataset, the most urgent first; SetupProblem as above."""
        changes = self._services.ledger.changes()
        return self._found({identity: changes[identity]} if identity in changes else {}, now)

    def _found(self, changes: Mapping[Identity, object], now: dt.datetime) -> tuple[QueuedSubject, ...]:
        chain = self._services.ledger.chain
        if chain.broken_at:
            raise chain_broken(chain)
        common = (now.date(), *self._files())
        found: list[QueuedSubject] = []
        for identity, mark in sorted(changes.items()):
            known = self._known.get(identity)
            if known is None or known[0] != (mark, common):
                # what keeps it away is noted by the look: from then on there is another mark
                known = self._known[identity] = ((mark, common), tuple(self._waiting(identity, now)))
            found += known[1]
        return tuple(sorted(found, key=lambda one: one.urgency))

    def _waiting(self, identity: Identity, now: dt.datetime) -> Iterator[QueuedSubject]:
        opened = open_subjects(identity, self._services, now)
        if opened:
            book = read_book(identity, self._services)
            noted = {record.digest: record.at for record in book.records}
            for one in opened:
                yield QueuedSubject(one, book, noted.get(one.subject.digest, now))

    def _files(self) -> Iterator[tuple[str, int, int]]:
        """Yield a mark of each file that says who decides."""
        settings = self._services.settings
        policies: Path = settings.policies or settings.home / "policies"
        for path in (people_file(settings), *sorted(policies.glob("*.yaml"))):
            try:
                status = path.stat()
            except OSError:
                continue
            yield (path.name, status.st_mtime_ns, status.st_size)
