"""What stands decided about each finding of a subject, from the proven decisions and the rules. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flows.decisions.facts import FoundFact, Request, Subject, found_facts
from flows.decisions.people import People
from flows.decisions.policy import Rule, fills_seats
from flows.decisions.proofs import Voice


class State(StrEnum):
    """How a finding stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one finding stands: by which roles, since when, until when; the reason and alternative of who refused."""

    number: int
    state: State
    roles: tuple[str, ...] = ()
    on: dt.date | None = None
    until: dt.date | None = None
    reason: str = ""
    alternative: str = ""


UNPROVEN = "account"
"""In place of a role, for a decision by an account that proves nobody."""


def finding_standing(number: int, rules: Sequence[Rule], given: Sequence[Voice], day: dt.date) -> Standing:
    """Return how a finding stands on a day.

    `given` are the proven decisions on the subject, oldest first, without those of its author. Where several people
    decide, nothing is known before all seats are filled: the first decision stays hidden until the last.
    """
    latest: dict[str, Voice] = {}
    for voice in given:
        if number in voice.decision.findings and all(voice.decision.proof in rule.proofs for rule in rules):
            latest[voice.who] = voice
    counting = [v for v in latest.values() if _last_day(v, rules) >= day and may_decide(v, rules)]
    if not _is_complete(counting, rules):
        return Standing(number, State.WAITING)
    for choice, state in (("refuse", State.REFUSED), ("return", State.RETURNED)):
        against = [voice for voice in counting if voice.decision.choice == choice]
        if against:
            return _standing(number, state, against, rules)
    return _standing(number, State.APPROVED, counting, rules)


def may_decide(voice: Voice, rules: Sequence[Rule]) -> bool:
    """Return whether a voice has a say: by a role of a seat, or as an account where that is enough for all rules."""
    if voice.person is None:
        return all(not rule.takes_several and "account" in rule.proofs for rule in rules)
    return any(voice.roles.intersection(seat) for rule in rules for seat in rule.seats)


def is_author(voice: Voice, subject: Subject, people: People) -> bool:
    """Return whether a decision is by whoever handed the file over, by account or by the person that it belongs to."""
    if not isinstance(subject, Request) or not subject.author:
        return False
    author = people.author(subject.author)
    return voice.who == f"account {subject.author}" or (
        # not the whole entry: with roles by groups it is another one
        voice.person is not None and author is not None and voice.person.id == author.id
    )


def author_is_unknown(subject: Subject, people: People) -> bool:
    """Return whether a person handed the file over of whom nobody can tell whether they also decide."""
    return isinstance(subject, Request) and bool(subject.author) and people.author(subject.author) is None


def subject_standings(
    subject: Subject, rules: Sequence[Sequence[Rule]], given: Sequence[Voice], people: People, day: dt.date
) -> tuple[Standing, ...]:
    """Return how each finding of a subject stands; `rules` are those of each, in the order of the findings."""
    standings = []
    for number, (fact, of_it) in enumerate(zip(found_facts(subject), rules, strict=True), start=1):
        heard = given
        if needs_another(fact, of_it):
            if author_is_unknown(subject, people):
                standings.append(Standing(number, State.WAITING))
                continue
            heard = [voice for voice in given if not is_author(voice, subject, people)]
        standings.append(finding_standing(number, of_it, heard, day))
    return tuple(standings)


def needs_another(fact: FoundFact, rules: Iterable[Rule]) -> bool:
    """Return whether the author has no say: in what is about people, and wherever several people decide."""
    return fact.about_people or any(rule.takes_several for rule in rules)


def _is_complete(voices: Sequence[Voice], rules: Sequence[Rule]) -> bool:
    accounts = [voice for voice in voices if voice.person is None]
    roles = [voice.roles for voice in voices if voice.person]
    by_account = bool(accounts) and not any(rule.takes_several for rule in rules)
    return by_account or all(fills_seats(roles, rule.seats) for rule in rules)


def _last_day(voice: Voice, rules: Sequence[Rule]) -> dt.date:
    most = min(rule.days for rule in rules)
    return min(voice.decision.until, voice.at.date() + dt.timedelta(days=most))


def _standing(number: int, state: State, voices: Sequence[Voice], rules: Sequence[Rule]) -> Standing:
    seats = [role for rule in rules for seat in rule.seats for role in seat]
    roles: set[str] = {role for voice in voices for role in voice.roles if role in seats}
    if any(voice.person is None for voice in voices):
        roles.add(UNPROVEN)
    last = max(voices, key=lambda voice: voice.at)
    return Standing(
        number=number,
        state=state,
        roles=tuple(sorted(roles)),
        on=last.at.date(),
        until=min(_last_day(voice, rules) for voice in voices),
        reason=last.decision.reason,
        alternative=last.decision.alternative,
    )
