"""The book of one dataset: what was asked and decided about it, as far as it is proven and stands in the chain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from pydantic import ValidationError

from flows.decisions.facts import DecidedFact, Envelope, Exemption, Fact, FoundFact, Request, Subject, found_facts
from flows.decisions.people import People, load_people
from flows.decisions.policy import Policy, Rule, load_policy, rules_of
from flows.decisions.proofs import Voice, proven_voice
from flows.decisions.standing import Standing, State, subject_standings
from flows.services import Services
from flows.settings import Settings
from flows.state.instance_key import instance_key
from flows.state.records import LedgerRecord, chained_records
from packages.model import Identity

F = TypeVar("F", bound=Fact)

SUBJECTS: dict[str, type[Request] | type[Envelope] | type[Exemption]] = {
    "request": Request,
    "envelope": Envelope,
    "exception": Exemption,
}


@dataclass(frozen=True)
class Book:
    """The records of one dataset, with what is needed to say which of them count and what follows from them."""

    identity: Identity
    records: tuple[LedgerRecord, ...]
    people: People
    policy: Policy
    key: bytes

    @cached_property
    def subjects(self) -> dict[str, Subject]:
        """Everything that was ever asked, by digest, oldest first."""
        found: dict[str, Subject] = {}
        for record in self.records:
            model = SUBJECTS.get(record.kind)
            subject = _parsed(record, model) if model else None
            if subject is not None and (subject.dataset, subject.publisher) == tuple(str(self.identity).split("/")):
                found[record.digest] = subject
        return found

    @cached_property
    def decisions(self) -> tuple[tuple[DecidedFact, dt.datetime], ...]:
        """Everything that was ever decided, proven or not, oldest first."""
        parsed = ((_parsed(r, DecidedFact), r.at) for r in self.records if r.kind == "decision")
        return tuple((decision, at) for decision, at in parsed if decision)

    def voices(self, subject: Subject) -> tuple[Voice, ...]:
        """Return the proven decisions on a subject, oldest first.

        An old signature that is handed in again counts for nothing: it does not name the same person's decision before.
        """
        heard: list[Voice] = []
        for decision, at in self.decisions:
            if decision.about != subject.digest:
                continue
            voice = proven_voice(decision, subject, self.people, self.key, at)
            if voice and comes_after(heard, voice.who, decision.findings) in ("", decision.after):
                heard.append(voice)
        return tuple(heard)

    def hidden(self) -> frozenset[str]:
        """Return the digests of decisions that nobody may see yet, because others still have to make theirs."""
        digests: set[str] = set()
        for subject in self.subjects.values():
            if voices := self.voices(subject):
                # as it was when the last of them decided: what was told once is not hidden again when it ends
                standings = self.standings(subject, voices[-1].at.date())
                waiting = {standing.number for standing in standings if standing.state is State.WAITING}
                digests |= {v.decision.digest for v in voices if waiting.intersection(v.decision.findings)}
        return frozenset(digests)

    def rules(self, subject: Subject) -> tuple[tuple[Rule, ...], ...]:
        """Return the rules for each finding of a subject."""
        return tuple(rules_of(subject, fact, self.policy) for fact in found_facts(subject))

    def for_an_account(self, subject: Subject) -> list[int]:
        """Return the numbers of findings that an unproven account may decide: those that are not about people."""
        numbered = enumerate(zip(found_facts(subject), self.rules(subject), strict=True), start=1)
        return [
            number
            for number, (fact, rules) in numbered
            if not fact.about_people and all("account" in rule.proofs and not rule.takes_several for rule in rules)
        ]

    def standings(self, subject: Subject, day: dt.date) -> tuple[Standing, ...]:
        """Return how each finding of a subject stands on a day."""
        return subject_standings(subject, self.rules(subject), self.voices(subject), self.people, day)

    def envelope(self) -> tuple[Envelope, Standing] | None:
        """Return the standing approval that was decided last, also when it has ended; None when it was taken back."""
        for subject in reversed(self.subjects.values()):
            if not isinstance(subject, Envelope) or not (voices := self.voices(subject)):
                continue
            # as it was decided: that its end has passed is a clause of its own
            (standing,) = self.standings(subject, voices[-1].at.date())
            if standing.state is not State.WAITING:
                return (subject, standing) if standing.state is State.APPROVED else None
        return None

    def exemptions(self, day: dt.date) -> Iterator[tuple[Exemption, Standing]]:
        """Yield the exceptions that are approved on a day."""
        for subject in self.subjects.values():
            if isinstance(subject, Exemption) and subject.until >= day:
                (standing,) = self.standings(subject, day)
                if standing.state is State.APPROVED:
                    yield subject, standing

    def accepted(self, content: str, day: dt.date) -> Iterator[tuple[FoundFact, Standing]]:
        """Yield what was approved, and still is, in earlier requests about the same content."""
        for subject in self.subjects.values():
            if isinstance(subject, Request) and content and subject.content == content:
                for fact, standing in zip(subject.findings, self.standings(subject, day), strict=True):
                    if standing.state is State.APPROVED:
                        yield fact, standing


def comes_after(heard: Iterable[Voice], who: str, findings: Iterable[int]) -> str:
    """Return the digest of somebody's latest decision on any of these findings; empty when there is none. Pure."""
    numbers = {*findings}
    mine = [v.decision.digest for v in heard if v.who == who and numbers.intersection(v.decision.findings)]
    return mine[-1] if mine else ""


def read_book(identity: Identity, services: Services, connection: sa.Connection | None = None) -> Book:
    """Return the book of a dataset; within a transaction when its connection is given.

    SetupProblem when people.yaml, the policy or the key cannot be used.
    """
    records = chained_records(connection, identity) if connection else services.ledger.records(identity)
    settings = services.settings
    return Book(
        identity=identity,
        records=records,
        people=load_people(people_file(settings)),
        policy=load_policy(identity.publisher, settings.policies or settings.home / "policies"),
        # nothing is sealed or compared before anything was ever decided
        key=instance_key(settings),
    )


def people_file(settings: Settings) -> Path:
    """Return where people.yaml is."""
    return settings.people or settings.home / "people.yaml"


def _parsed(record: LedgerRecord, model: type[F]) -> F | None:
    try:
        return model.model_validate(record.body)
    except ValidationError:
        return None  # of another version, or nonsense that somebody chained
