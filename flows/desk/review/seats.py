"""Who may do what: the roles of each action, the seats of the policy in words, and the people who have the roles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from catalogue.site.words import CONCERNS
from flows.decisions.people import ALL, People
from flows.decisions.policy import ROLE_NAMES, Policy, Rule, load_policy, seats_text
from flows.desk.actions import EVERYBODY, ROLES, DeskAction
from flows.desk.visits import Visit
from packages.vocabulary import publishers

NAMES = {**ROLE_NAMES, "operator": "the operator"}

ORDER = ("data-officer", "asset-owner", "ig-reviewer", "dpo", "operator")
"""The roles in the order of the page."""

PROOFS = {
    "ssh": "a signature with their own key",
    "ckan": "their own token of the CKAN",
    "desk": "a sign-in at the desk",
    "account": "the account that runs londata, which proves nobody",
}
"""The ways to prove who decides."""


@dataclass(frozen=True, slots=True)
class SeatRow:
    """How one kind of thing is decided, in words."""

    what: str
    seats: str
    proofs: str
    days: int


def who_page(visit: Visit) -> Response:
    """Show who may do what, for one borough; the ids of people only to those who have a role themselves."""
    settings = visit.desk.services.settings
    own = [borough for borough in visit.visitor.roles if borough in publishers()]
    borough = visit.query.get("borough", "")
    if borough not in publishers():
        borough = own[0] if own else ""
    policy = load_policy(borough or "london", settings.policies or settings.home / "policies")
    has_role = visit.visitor.account or any(EVERYBODY.intersection(roles) for roles in visit.visitor.roles.values())
    return visit.page(
        "who.html",
        names=[(role, NAMES[role]) for role in ORDER],
        actions=[(str(action), [role in ROLES[action] for role in ORDER]) for action in DeskAction if action in ROLES],
        seats=list(seat_rows(policy)),
        borough=borough,
        boroughs={slug: one.name for slug, one in publishers().items()},
        holders=list(role_holders(visit.desk.people, borough)) if has_role else [],
        has_role=has_role,
    )


def seat_rows(policy: Policy) -> Iterator[SeatRow]:
    """Yield how each kind of thing is decided. Pure."""
    for name, rule in policy.classes.items():
        yield _row(f"What was found in a dataset about: {CONCERNS[name].lower()}", rule)
    yield _row("What was found about people, in every dataset", policy.about_people)
    yield _row("Payees that look like private people", policy.payees)
    yield _row("An exception from a rule that was wrong", policy.exceptions)


def _row(what: str, rule: Rule) -> SeatRow:
    proofs = ", or ".join(words for proof, words in PROOFS.items() if proof in rule.proofs)
    return SeatRow(what, seats_text([rule]), proofs, rule.days)


def role_holders(people: People, borough: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each role with those who have it for a borough, or for all: ids of people, and members of groups. Pure."""
    held = [(person.id, person.roles) for person in people.people]
    held += [(f"members of “{group}”", roles) for group, roles in people.groups.items()]
    for role in ORDER:
        places = {ALL, borough or ALL}
        yield NAMES[role], tuple(who for who, roles in held if any(role in roles.get(place, ()) for place in places))
