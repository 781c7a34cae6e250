"""Role by action by borough by class: who has a say, and whose decisions together are enough. Every cell."""

from __future__ import annotations

import datetime as dt
from itertools import combinations, product
from pathlib import Path

import pytest

from flows.decisions.book import Book
from flows.decisions.deciding import Wish, draft_decision
from flows.decisions.facts import Envelope, Exemption, FoundFact, Request, Subject
from flows.decisions.people import People, Person
from flows.decisions.policy import load_policy, loosenings
from flows.decisions.proofs import proven_voice, sealed
from flows.decisions.standing import State, may_decide
from flows.state.records import LedgerRecord
from packages.model import Identity

CAMDEN = Identity("street-trees", "camden")
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
KEY = b"k" * 32
ROLES = ("data-officer", "asset-owner", "ig-reviewer", "dpo")
DECIDERS = (*ROLES, "account")
BOROUGHS = ("camden", "all", "lambeth")
CLASSES = ("none", "payees-and-roles", "counts", "people")
KINDS = ("request", "request about people", "request on payees", "envelope", "envelope about people", "exception")
CHOICES = ("approve", "return", "refuse")

# written by hand from the rules, not from policies/london.yaml: who has a say, and which sets of them are enough
OWNER = [{"asset-owner"}, {"account"}]
OWNER_AND_REVIEWER = [{"asset-owner", "ig-reviewer"}, {"asset-owner", "dpo"}]
OWNER_AND_DPO = [{"asset-owner", "dpo"}]
ENOUGH = {
    ("none", False): OWNER,
    ("payees-and-roles", False): OWNER,
    ("counts", False): OWNER_AND_REVIEWER,
    ("people", False): OWNER_AND_DPO,
    ("none", True): OWNER_AND_REVIEWER,
    ("payees-and-roles", True): OWNER_AND_REVIEWER,
    ("counts", True): OWNER_AND_REVIEWER,
    ("people", True): OWNER_AND_DPO,
}
ON_PAYEES = {
    "none": [{"asset-owner"}],
    "payees-and-roles": [{"asset-owner"}],
    "counts": OWNER_AND_REVIEWER,
    "people": OWNER_AND_DPO,
}
ALSO_HEARD = {("people", True): {"ig-reviewer"}}
"""Who has a say without being needed."""


def enough(kind: str, concerns: str) -> list[set[str]]:
    if kind == "request on payees":
        return ON_PAYEES[concerns]
    return OWNER_AND_DPO if kind == "exception" else ENOUGH[concerns, kind.endswith("about people")]


def has_say(decider: str, kind: str, concerns: str) -> bool:
    also = set() if kind == "exception" else ALSO_HEARD.get((concerns, kind.endswith("about people")), set())
    return any(decider in group for group in enough(kind, concerns)) or decider in also


def subject_of(kind: str, concerns: str) -> Subject:
    shared = {"dataset": "street-trees", "publisher": "camden"}
    if kind == "exception":
        place = {"rule": "personal-payment-card", "resource": "trees", "field": "tree_id", "shape": "9999"}
        return Exemption(**shared, **place, most=2, reason="Tags", until=dt.date(2027, 1, 1))
    rule = "personal-title" if kind.endswith("about people") else "drift-rows-fewer"
    rule = "payee-person-like" if kind.endswith("on payees") else rule
    if kind.startswith("request"):
        fact = FoundFact(rule=rule, resource="trees", about_people=kind.endswith("about people"))
        return Request(**shared, fingerprint="f" * 64, findings=(fact,), concerns=concerns)
    empty = {"columns": {}, "natures": {}, "lists": {}, "rows": {}, "totals": {}, "suppression": "", "host": "file"}
    kinds = ((rule, "trees", ""),)
    until = dt.date(2027, 1, 1)
    return Envelope(**shared, **empty, findings=kinds, licence="OGL", concerns=concerns, until=until)


def person(role: str, borough: str) -> Person:
    return Person(id=f"{role}-{borough}", roles={borough: (role,)})


def book_of(subject: Subject, deciders: list[tuple[str, str]], choice: str) -> Book:
    """A book in which each (role, borough) has decided, whether it may or not."""
    people = People(people=tuple(person(*decider) for decider in deciders if decider[0] != "account"))
    empty = Book(CAMDEN, (), people, load_policy("camden", Path("/nowhere")), KEY)
    records = [LedgerRecord("request", CAMDEN, NOON, subject.body)]
    for role, borough in deciders:
        by, proof = ("somebody", "account") if role == "account" else (f"{role}-{borough}", "ckan")
        wish = Wish(choice, (1,), reason="Because", alternative="Counts")  # type: ignore[arg-type]
        drafted = draft_decision(subject, wish, empty, by, NOON.date())
        decision = sealed(drafted.model_copy(update={"proof": proof}), subject, KEY)
        records.append(LedgerRecord("decision", CAMDEN, NOON, decision.body))
    return Book(CAMDEN, tuple(records), people, empty.policy, KEY)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("concerns", CLASSES)
@pytest.mark.parametrize("borough", BOROUGHS)
@pytest.mark.parametrize("decider", DECIDERS)
def test_who_has_a_say(decider: str, borough: str, concerns: str, kind: str) -> None:
    subject = subject_of(kind, concerns)
    for choice in CHOICES:
        book = book_of(subject, [(decider, borough)], choice)
        ((decision, at),) = book.decisions
        voice = proven_voice(decision, subject, book.people, KEY, at)
        assert voice is not None
        (rules,) = book.rules(subject)
        is_proof_taken = all(decision.proof in rule.proofs for rule in rules)
        is_here = decider == "account" or borough in ("camden", "all")
        assert (is_proof_taken and may_decide(voice, rules)) == (is_here and has_say(decider, kind, concerns))
        (standing,) = book.standings(subject, NOON.date())
        alone = is_here and {decider} in enough(kind, concerns)
        state = {"approve": State.APPROVED, "return": State.RETURNED, "refuse": State.REFUSED}[choice]
        assert standing.state is (state if alone else State.WAITING)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("concerns", CLASSES)
def test_whose_decisions_together_are_enough(concerns: str, kind: str) -> None:
    subject = subject_of(kind, concerns)
    for one, other in combinations(DECIDERS, 2):
        for boroughs in product(("camden", "lambeth"), repeat=2):
            deciders = list(zip((one, other), boroughs, strict=True))
            (standing,) = book_of(subject, deciders, "approve").standings(subject, NOON.date())
            here = {role for role, borough in deciders if borough == "camden" or role == "account"}
            expected = any(group <= here for group in enough(kind, concerns))
            assert (standing.state is State.APPROVED) == expected, (one, other, boroughs)
            if expected:
                assert set(standing.roles) <= here


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("concerns", CLASSES)
@pytest.mark.parametrize("role", ROLES)
def test_one_person_never_fills_two_seats(role: str, concerns: str, kind: str) -> None:
    subject = subject_of(kind, concerns)
    everything = Person(id=f"{role}-camden", roles={"camden": ROLES})
    book = book_of(subject, [(role, "camden")], "approve")
    book = Book(CAMDEN, book.records, People(people=(everything,)), book.policy, KEY)
    (standing,) = book.standings(subject, NOON.date())
    assert (standing.state is State.APPROVED) == any(len(group) == 1 for group in enough(kind, concerns))


def test_the_shipped_policy_is_its_own_floor() -> None:
    policy = load_policy("camden", Path("/nowhere"))
    assert loosenings(policy, policy) == ()
    assert set(policy.classes) == set(CLASSES)
