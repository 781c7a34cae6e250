"""Acts at the desk: noting a request, and deciding, by whatever proves who does. The web desk calls these as well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flows.decisions.book import Book, people_file, read_book
from flows.decisions.facts import Choice, DecidedFact, Proof, Request, Subject, found_facts, subject_kind
from flows.decisions.policy import Rule
from flows.decisions.proofs import Voice, proven_voice, sealed
from flows.decisions.ruling import roles_text
from flows.decisions.standing import State, author_is_unknown, is_author, may_decide, needs_another
from flows.services import Services
from flows.state.lease import current_user
from flows.state.records import LedgerRecord
from packages.errors import SetupProblem, WaitingForPerson
from packages.model import Identity


@dataclass(frozen=True, slots=True)
class Proven:
    """Who decides, as it was proven: the id of a person in people.yaml, or the name of an account.

    `evidence` is the signature; empty where the proof cannot be repeated, and is sealed with the key of this instance.
    """

    by: str
    proof: Proof
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to decide about numbered findings; an empty end is the latest that the rules allow."""

    choice: Choice
    findings: tuple[int, ...]
    reason: str = ""
    alternative: str = ""
    until: dt.date | None = None


def identity_of(subject: Subject) -> Identity:
    """Return the dataset that a subject is about."""
    return Identity(subject.dataset, subject.publisher)


def note_subject(subject: Subject, services: Services, now: dt.datetime) -> LedgerRecord:
    """Note a request, an envelope or an exception; one that is noted already stays as it is."""
    record = LedgerRecord(subject_kind(subject), identity_of(subject), now, subject.body)
    return services.ledger.record(record, current_user())


def draft_decision(subject: Subject, wish: Wish, book: Book, by: str, day: dt.date) -> DecidedFact:
    """Return the decision that a wish asks for, still to be proven; SetupProblem for what cannot be decided so."""
    facts, rules = found_facts(subject), book.rules(subject)
    unknown = [number for number in wish.findings if not 1 <= number <= len(facts)]
    if unknown or not wish.findings:
        raise SetupProblem(
            f"There is no finding {unknown[0]}." if unknown else "It is not said which findings are decided.",
            fix=f"Name each by its number, from 1 to {len(facts)}: `--finding 1`. `londata ask` lists them.",
            why="Each finding is decided apart.",
        )
    if wish.choice != "approve" and not (wish.reason.strip() and (wish.choice == "return" or wish.alternative.strip())):
        raise SetupProblem(
            f"To {wish.choice} needs a reason" + (" and an alternative." if wish.choice == "refuse" else "."),
            fix="Say them in a sentence each: --reason “…”"
            + (", --alternative “…”: what could be published instead." if wish.choice == "refuse" else "."),
            why="Whoever asked must know what to do next.",
        )
    latest = day + dt.timedelta(days=min(rule.days for number in wish.findings for rule in rules[number - 1]))
    if not isinstance(subject, Request):
        latest = min(latest, subject.until)
    until = wish.until or latest
    if not day <= until <= latest:
        raise SetupProblem(
            f"The end of a decision lies between today and {latest.isoformat()}.",
            fix="Leave --until out, or name a day between them.",
        )
    earlier = [decision for decision, _ in book.decisions if decision.about == subject.digest and decision.by == by]
    return DecidedFact(
        dataset=subject.dataset,
        publisher=subject.publisher,
        subject=subject_kind(subject),
        about=subject.digest,
        choice=wish.choice,
        findings=tuple(sorted(set(wish.findings))),
        until=until,
        reason=" ".join(wish.reason.split()),
        alternative=" ".join(wish.alternative.split()),
        after=earlier[-1].digest if earlier else "",
        by=by,
    )


def decide_subject(
    subject: Subject, decision: DecidedFact, proven: Proven, services: Services, now: dt.datetime
) -> LedgerRecord:
    """Note a decision by somebody who is proven; WaitingForPerson when it is not theirs to make.

    Nothing is noted unless the proof holds and the rules give this person a say in every finding that it is about.
    """
    book = read_book(identity_of(subject), services)
    decision = decision.model_copy(update={"by": proven.by, "proof": proven.proof, "evidence": proven.evidence})
    if not proven.evidence:
        decision = sealed(decision, subject, book.key)
    voice = proven_voice(decision, subject, book.people, book.key, now)
    if voice is None:
        raise SetupProblem(
            "The proof of who decides does not fit: it is about other facts, or by nobody who is known here.",
            fix=f"Sign the text that `londata ask {subject.dataset}/{subject.publisher}` gives now, with a key that "
            f"stands in {people_file(services.settings).name}.",
            why="Somebody could otherwise decide in the name of others.",
        )
    rules = book.rules(subject)
    for number in decision.findings:
        _require_say(number, subject, rules[number - 1], voice, book)
    if book.decisions and any(d.about == decision.about and d.digest == decision.digest for d, _ in book.decisions):
        raise SetupProblem(
            "This decision was handed in before.", fix="Nothing has to be done: `londata queue` shows it."
        )
    heard = {other.who: other.decision.digest for other in book.voices(subject)}
    if decision.after != heard.get(voice.who, decision.after):
        raise SetupProblem(
            "Another decision of yours was noted since this text was made.",
            fix="Make the text again with `londata decide`, and sign that.",
            why="An old signature must not undo a later decision.",
        )
    record = LedgerRecord("decision", identity_of(subject), now, decision.body)
    return services.ledger.record(record, voice.who)


def _require_say(number: int, subject: Subject, rules: Sequence[Rule], voice: Voice, book: Book) -> None:
    """Raise WaitingForPerson unless this person has a say in a finding."""
    fact = found_facts(subject)[number - 1]
    needed = "; ".join(dict.fromkeys(seats_text(rule) for rule in rules))
    if not may_decide(voice, rules) or any(voice.decision.proof not in rule.proofs for rule in rules):
        unproven = "an account proves nobody, and " if voice.person is None else ""
        raise WaitingForPerson(
            f"Finding {number} is not yours to decide: {unproven}it takes {needed}.",
            fix="Let them decide: `londata ask` gives them the text to sign with their own key.",
            why="What is about people is decided by people who are known, each in their role.",
        )
    if needs_another(fact, rules):
        if author_is_unknown(subject, book.people):
            raise WaitingForPerson(
                f"Finding {number} cannot be decided yet: a file was handed over by an account that stands in no entry "
                "of people.yaml.",
                fix="Add the account to `accounts` of the person who handed it over, or publish from the source.",
                why="The author of a file never decides about it, and nobody can tell whether you are.",
            )
        if is_author(voice, subject, book.people):
            raise WaitingForPerson(
                f"Finding {number} is not yours to decide: you handed the file over.",
                fix=f"Let others decide: {needed}.",
                why="The author of a file never decides about it.",
            )


def seats_text(rule: Rule) -> str:
    """Return who decides by a rule: `the asset owner`, `the asset owner, and the … or the …`."""
    return ", and ".join(roles_text(seat).replace(" and ", " or ") for seat in rule.seats)


def decide_by_account(subject: Subject, account: str, services: Services, now: dt.datetime) -> tuple[int, ...]:
    """Approve, in the name of an unproven account, what such an account may; return the numbers of these findings."""
    book = read_book(identity_of(subject), services)
    standings = book.standings(subject, now.date())
    mine = tuple(n for n in book.for_an_account(subject) if standings[n - 1].state is not State.APPROVED)
    if mine:
        note_subject(subject, services, now)
        wish = Wish("approve", mine, reason="Approved with --yes.")
        decision = draft_decision(subject, wish, book, account, now.date())
        decide_subject(subject, decision, Proven(account, "account"), services, now)
    return mine
