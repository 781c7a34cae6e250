"""Acts of deciding: noting a request, and deciding on it, by whatever proves who does. The web desk calls these too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from flows.decisions.book import Book, comes_after, people_file, read_book
from flows.decisions.facts import (
    Choice,
    DecidedFact,
    Exemption,
    Line,
    Proof,
    Request,
    Subject,
    found_facts,
    subject_kind,
)
from flows.decisions.people import People
from flows.decisions.policy import ExceptionRule, Rule, seats_text
from flows.decisions.proofs import Voice, decision_text, proven_voice, said_in, sealed, signer_of
from flows.decisions.standing import State, author_is_unknown, is_author, may_decide, needs_another
from flows.services import Services
from flows.state.lease import current_user
from flows.state.records import LedgerRecord
from packages.errors import SetupProblem, WaitingForPerson
from packages.model import ROWS_SHOWN, Identity, Report, Severity


@dataclass(frozen=True, slots=True)
class Proven:
    """Who decides, as it was proven: the id of a person in people.yaml, or the name of an account.

    `evidence` is the signature; empty where the proof cannot be repeated, and is sealed with the key of this instance.
    `groups` are those that a provider named when the person signed in at the desk.
    """

    by: str
    proof: Proof
    evidence: str = ""
    groups: tuple[str, ...] = ()


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
    facts = found_facts(subject)
    unknown = [number for number in wish.findings if not 1 <= number <= len(facts)]
    if unknown or not wish.findings:
        raise SetupProblem(
            f"There is no finding {unknown[0]}." if unknown else "It is not said which findings are decided.",
            fix=f"Name each by its number, from 1 to {len(facts)}.",
            why="Each finding is decided apart.",
        )
    if wish.choice != "approve" and not (wish.reason.strip() and (wish.choice == "return" or wish.alternative.strip())):
        raise SetupProblem(
            f"To {wish.choice} needs a reason" + (" and an alternative." if wish.choice == "refuse" else "."),
            fix="Say them in a sentence each: --reason “…”"
            + (", --alternative “…”: what could be published instead." if wish.choice == "refuse" else "."),
            why="Whoever asked must know what to do next.",
        )
    latest = latest_end(subject, wish.findings, book, day)
    until = wish.until or latest
    if not day <= until <= latest:
        raise SetupProblem(
            f"The end of a decision lies between today and {latest.isoformat()}.",
            fix="Leave the end out, or name a day between them.",
        )
    return DecidedFact(
        dataset=subject.dataset,
        publisher=subject.publisher,
        subject=subject_kind(subject),
        about=subject.digest,
        choice=wish.choice,
        findings=tuple(sorted(set(wish.findings))),
        until=until,
        reason=_plain_line(wish.reason),
        alternative=_plain_line(wish.alternative),
        after=_latest_of(by, wish.findings, subject, book),
        by=by,
    )


def _plain_line(text: str) -> str:
    """Return what somebody says as it stands in what people sign; SetupProblem when it cannot."""
    line = " ".join(text.split())
    try:
        return TypeAdapter(Line).validate_python(line)
    except ValidationError:
        raise SetupProblem(
            "What you say is longer than 600 characters, or holds characters that cannot be seen.",
            fix="Say it in a sentence, typed anew.",
        ) from None


def _latest_of(by: str, findings: tuple[int, ...], subject: Subject, book: Book) -> str:
    """Return the digest of a person's or account's latest decision on any of these findings."""
    mine = [voice for voice in book.voices(subject) if voice.decision.by == by]
    return comes_after(mine, mine[-1].who, findings) if mine else ""


def signed_decision(text: str, signature: str, subject: Subject, people: People) -> tuple[DecidedFact, Proven]:
    """Return the decision that a text says and a person signed; SetupProblem when it does not fit, or nobody did."""
    said = said_in(text)
    try:
        decision = DecidedFact.model_validate({**said, "proof": "ssh"})
    except ValidationError:
        raise _unfit("it says no decision that can be read") from None
    if decision.about != subject.digest or any(n > len(found_facts(subject)) or n < 1 for n in decision.findings):
        raise _unfit("it is about other facts")
    if decision_text(decision, subject) != text:
        raise _unfit("it was changed, or is about other facts")
    signer = signer_of(text, signature, people)
    if signer is None:
        raise _unfit("it is signed by nobody who is known here, or for another purpose")
    return decision, Proven(signer.id, "ssh", signature)


def _unfit(why: str) -> SetupProblem:
    return SetupProblem(
        f"The signed text does not count: {why}.",
        fix="Sign the text that `londata ask` gives now, as it is, with `ssh-keygen -Y sign -n londata` and a key that "
        "stands in people.yaml (ssh-ed25519 or ssh-rsa).",
        why="Somebody could otherwise decide in the name of others.",
    )


def exemption_of(
    report: Report, place: tuple[str, str, str], reason: str, until: dt.date, rule: ExceptionRule
) -> Exemption:
    """Return the exception for a block of a report; `place` is its rule, field and shape.

    SetupProblem when there is no such block, or it is too much of a column to be an exception.
    """
    name, field, shape = place
    found = [f for f in report.with_severity(Severity.BLOCK) if (f.rule, f.where.field) == (name, field)]
    blocks = "; ".join(
        f"--rule {f.rule} --field {f.where.field} --shape '{s}'"
        for f in report.with_severity(Severity.BLOCK)
        if f.where.field
        for s in f.shapes
    )
    if not found or shape not in found[0].shapes:
        raise SetupProblem(
            f"The last file of {report.identity} was not blocked by {name} in {field or 'a field'} with this shape.",
            fix=f"Name one of these: {blocks}." if blocks else "No block of it is about single cells.",
        )
    where = found[0].where
    if len(found[0].shapes) >= ROWS_SHOWN or where.count > rule.share * where.of:
        raise SetupProblem(
            f"That is too much for an exception: {where.count:,} of {where.of:,} rows, in at least "
            f"{len(found[0].shapes)} shapes.",
            fix=f"An exception is for up to {rule.share:.0%} of the rows and fewer than {ROWS_SHOWN} shapes. Take what "
            "was found out of the file, or give what the column holds another form.",
            why="A whole column is never let pass.",
        )
    return Exemption(
        dataset=report.identity.dataset,
        publisher=report.identity.publisher,
        rule=name,
        resource=where.resource,
        field=field,
        shape=shape,
        most=where.count,
        reason=" ".join(reason.split()),
        until=until,
    )


def decide_subject(
    subject: Subject, decision: DecidedFact, proven: Proven, services: Services, now: dt.datetime
) -> LedgerRecord:
    """Note a decision by somebody who is proven; WaitingForPerson when it is not theirs to make.

    Nothing is noted unless the proof holds and the rules give this person a say in every finding that it is about.
    """
    book = read_book(identity_of(subject), services)
    # what else somebody belongs to is nobody's business
    groups = book.people.groups_for(proven.groups, identity_of(subject)) if proven.proof == "desk" else ()
    said = {"by": proven.by, "proof": proven.proof, "evidence": proven.evidence, "groups": groups}
    decision = decision.model_copy(update=said)
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
    if any(known.digest == decision.digest for known, _ in book.decisions):
        raise SetupProblem("This decision was handed in before.", fix="Nothing has to be done.")
    # what was signed may say less than the rules ask for, or more than they allow
    wish = Wish(decision.choice, decision.findings, decision.reason, decision.alternative, decision.until)
    draft_decision(subject, wish, book, proven.by, now.date())
    if comes_after(book.voices(subject), voice.who, decision.findings) not in ("", decision.after):
        raise SetupProblem(
            "Another decision of yours was noted since this text was made.",
            fix="Make the text anew with `londata decide … --text FILE --person YOU`, and sign that.",
            why="An old signature must not undo a later decision.",
        )
    record = LedgerRecord("decision", identity_of(subject), now, decision.body)
    return services.ledger.record(record, voice.who)


def why_not_theirs(number: int, subject: Subject, proven: Proven, book: Book) -> WaitingForPerson | None:
    """Return why somebody has no say in a finding, before they decide; None when they have one."""
    day = dt.datetime.now(dt.UTC)
    asked = DecidedFact(
        dataset=subject.dataset,
        publisher=subject.publisher,
        subject=subject_kind(subject),
        about=subject.digest,
        choice="approve",
        findings=(number,),
        until=day.date(),
        by=proven.by,
        proof=proven.proof,
    )
    person = None if proven.proof == "account" else book.people.find(proven.by)
    if person and proven.proof == "desk":
        person = book.people.in_groups(person, proven.groups)
    voice = Voice(asked, person, person.roles_for(identity_of(subject)) if person else frozenset(), day)
    try:
        _require_say(number, subject, book.rules(subject)[number - 1], voice, book)
    except WaitingForPerson as problem:
        return problem
    return None


def latest_end(subject: Subject, findings: Sequence[int], book: Book, day: dt.date) -> dt.date:
    """Return the last day until which a decision on these findings may count."""
    rules = book.rules(subject)
    latest = day + dt.timedelta(days=min(rule.days for number in findings for rule in rules[number - 1]))
    return latest if isinstance(subject, Request) else min(latest, subject.until)


def _require_say(number: int, subject: Subject, rules: Sequence[Rule], voice: Voice, book: Book) -> None:
    """Raise WaitingForPerson unless this person has a say in a finding."""
    fact = found_facts(subject)[number - 1]
    needed = seats_text(rules)
    if not may_decide(voice, rules) or any(voice.decision.proof not in rule.proofs for rule in rules):
        unproven = "an account proves nobody, and " if voice.person is None else ""
        raise WaitingForPerson(
            f"Finding {number} is not yours to decide: {unproven}it takes {needed}.",
            fix="Let them decide at the desk, or sign with their own key the text that `londata ask` gives.",
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
