"""Who decides what: `policies/london.yaml`, which a borough's own file can only tighten. Pure but for the reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from flows.decisions.facts import Exemption, FoundFact, Proof, Subject
from packages.errors import SetupProblem
from packages.spec import StrictModel
from packages.spec.dataset import Concerns
from packages.yaml_file import read_yaml
from quality.disclosure.payees import RULE as PAYEES

POLICIES = Path(__file__).parents[2] / "packages" / "policies"
"""The shipped folder: its london.yaml is the least that holds everywhere."""

Role = Literal["data-officer", "asset-owner", "ig-reviewer", "dpo"]

ROLE_NAMES: Mapping[str, str] = {
    "data-officer": "the data officer",
    "asset-owner": "the asset owner",
    "ig-reviewer": "the information governance reviewer",
    "dpo": "the Data Protection Officer",
}

Seat = tuple[Role, ...]
"""The roles of which one fills the seat."""


class Rule(StrictModel):
    """How one kind of thing is decided: a person for each seat, the ways to prove who it is, the days it counts."""

    seats: tuple[Seat, ...] = Field(min_length=1)
    proofs: frozenset[Proof] = Field(min_length=1)
    days: int = Field(ge=1)

    @property
    def takes_several(self) -> bool:
        """Whether more than one person decides; then nobody sees a decision before all have made theirs."""
        return len(self.seats) > 1


class ExceptionRule(Rule):
    """How a false block is let pass; `share` is the part of the rows up to which it may be."""

    share: float = Field(gt=0, le=1)


class Policy(StrictModel):
    """The rules by class of dataset, for findings about people, for payees to be confirmed, and for exceptions."""

    classes: Mapping[Concerns, Rule]
    about_people: Rule
    payees: Rule
    exceptions: ExceptionRule
    envelope_days: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class Loosening:
    """A place at which a policy asks for less than the one above it: where, and in what."""

    place: str
    what: str


def rules_of(subject: Subject, fact: FoundFact, policy: Policy) -> tuple[Rule, ...]:
    """Return the rules by which one finding of a subject is decided; every one of them has to be kept. Pure."""
    if isinstance(subject, Exemption):
        return (policy.exceptions,)
    # the class is kept as text; one that is not known is decided like the strictest
    concerns: Any = subject.concerns
    by_class = policy.classes.get(concerns, policy.classes["people"])
    if fact.rule == PAYEES:
        return (by_class, policy.payees)
    return (by_class, policy.about_people) if fact.about_people else (by_class,)


def fills_seats(people: Sequence[frozenset[str]], seats: Sequence[Seat]) -> bool:
    """Return whether each seat can have a person of its own; `people` are the roles of each. Pure."""
    if not seats:
        return True
    return any(
        roles.intersection(seats[0]) and fills_seats([*people[:place], *people[place + 1 :]], seats[1:])
        for place, roles in enumerate(people)
    )


def loosenings(own: Policy, above: Policy) -> tuple[Loosening, ...]:
    """Return where a policy asks for less than the one above it. Pure."""
    pairs: list[tuple[str, Rule, Rule]] = [
        (f"classes.{name}", own.classes[name], rule) for name, rule in above.classes.items() if name in own.classes
    ]
    pairs += [
        ("about_people", own.about_people, above.about_people),
        ("payees", own.payees, above.payees),
        ("exceptions", own.exceptions, above.exceptions),
    ]
    found = [Loosening(f"classes.{name}", "it is left out") for name in above.classes if name not in own.classes]
    for place, mine, theirs in pairs:
        if not is_harder(mine.seats, theirs.seats):
            found.append(Loosening(f"{place}.seats", "fewer people, or other roles"))
        if not mine.proofs <= theirs.proofs:
            found.append(Loosening(f"{place}.proofs", "another way to prove who decides"))
        if mine.days > theirs.days:
            found.append(Loosening(f"{place}.days", f"more than {theirs.days} days"))
    if own.exceptions.share > above.exceptions.share:
        found.append(Loosening("exceptions.share", f"more than {above.exceptions.share:g} of the rows"))
    if own.envelope_days > above.envelope_days:
        found.append(Loosening("envelope_days", f"more than {above.envelope_days} days"))
    return tuple(found)


def is_harder(mine: Sequence[Seat], theirs: Sequence[Seat]) -> bool:
    """Return whether whoever fills my seats fills theirs: each of theirs has one of mine within it, of its own."""
    if not theirs:
        return True
    return any(
        set(seat) <= set(theirs[0]) and is_harder([*mine[:place], *mine[place + 1 :]], theirs[1:])
        for place, seat in enumerate(mine)
    )


def seats_text(rules: Sequence[Rule]) -> str:
    """Return who decides by some rules: `the asset owner, and the … or the …`. Pure."""
    hardest = [
        rule
        for place, rule in enumerate(rules)
        if not any(is_harder(other.seats, rule.seats) for other in rules[place + 1 :])
    ]
    texts = (", and ".join(" or ".join(ROLE_NAMES[role] for role in seat) for seat in rule.seats) for rule in hardest)
    return "; and ".join(texts)


def load_policy(borough: str, folder: Path) -> Policy:
    """Return the policy of a borough: its own file over London's over the shipped one.

    A file has only what it tightens. SetupProblem when it cannot be read or loosens anything.
    """
    content = _read(POLICIES / "london.yaml")
    policy = _validated(content, POLICIES / "london.yaml")
    for name in dict.fromkeys(("london", borough)):
        path = folder / f"{name}.yaml"
        if path == POLICIES / "london.yaml" or not path.is_file():
            continue
        content = _merged(content, _read(path))
        own = _validated(content, path)
        if looser := loosenings(own, policy):
            raise SetupProblem(
                f"{path} asks for less than what holds for all of London: {looser[0].place} ({looser[0].what}).",
                fix="A policy may ask for more people, for fewer ways to prove who they are, and for fewer days, never "
                "the other way round. Nothing that needs a decision is published until it is put right.",
                why="Everybody in London may rely on the least that london.yaml asks for.",
            )
        policy = own
    return policy


def _read(path: Path) -> Mapping[str, object]:
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SetupProblem(
            f"{path} cannot be read ({type(error).__name__}).", fix="Check its rights, its indentation and its quotes."
        ) from None
    if content is not None and not isinstance(content, dict):
        raise SetupProblem(f"{path} is not a policy.", fix="Write it like packages/policies/london.yaml.")
    return content or {}


def _validated(content: Mapping[str, object], path: Path) -> Policy:
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SetupProblem(
            f"{path}: `{place}` does not fit: {first['msg']}.", fix="Write it like packages/policies/london.yaml."
        ) from None


def _merged(base: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """Return the content with what the own one says instead, key by key."""
    merged = dict(base)
    for key, value in own.items():
        known = merged.get(key)
        both = isinstance(value, dict) and isinstance(known, dict)
        merged[key] = _merged(known, value) if both else value  # type: ignore[arg-type]
    return merged
