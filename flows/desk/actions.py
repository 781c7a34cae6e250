"""Who may do what at the desk: one table, asked before every page and every act."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flows.decisions.people import ALL
from flows.desk.visitor import Visitor
from packages.errors import WaitingForPerson
from packages.model import Identity


class DeskAction(StrEnum):
    """What somebody wants to do, in words that follow “you may not”."""

    CHECK = "check a file"
    DESCRIBE = "change how a file is described"
    PUBLISH = "publish a file"
    UNDO = "take back what was published"
    REVIEW = "see what waits for a decision"
    WITHDRAW = "withdraw a dataset"
    PURGE = "take data away for good"
    INCIDENT = "open or close an incident"
    REGISTER = "see the register"
    RUN = "run a dataset now"
    OPERATE = "see the runs of the night"


OFFICERS = frozenset({"data-officer", "asset-owner"})
REVIEWERS = frozenset({"asset-owner", "ig-reviewer", "dpo"})
EVERYBODY = OFFICERS | REVIEWERS | {"operator"}

ROLES: Mapping[DeskAction, frozenset[str]] = {
    DeskAction.DESCRIBE: OFFICERS,
    DeskAction.PUBLISH: OFFICERS,
    DeskAction.UNDO: OFFICERS,
    DeskAction.REVIEW: OFFICERS | REVIEWERS,
    DeskAction.WITHDRAW: OFFICERS | REVIEWERS,
    DeskAction.PURGE: frozenset({"ig-reviewer", "dpo"}),
    DeskAction.INCIDENT: OFFICERS | REVIEWERS,
    DeskAction.REGISTER: EVERYBODY,
    DeskAction.RUN: OFFICERS | {"operator"},
    DeskAction.OPERATE: frozenset({"operator"}),
}
"""The roles of which one is needed for each action. To check a file needs none; what is decided follows the policy."""

ANYWHERE = Identity("any", ALL)
"""In place of a dataset, for what is about none: a role for any borough is enough."""


class NotAllowed(WaitingForPerson):
    """It is not theirs to do: another person has to."""


def may(visitor: Visitor, action: DeskAction, identity: Identity = ANYWHERE) -> bool:
    """Return whether a visitor may do something with a dataset, or anywhere. Pure.

    The account that runs the desk may do what its command line may.
    """
    if action is DeskAction.CHECK or visitor.account:
        return True
    if visitor.person is None:
        return False
    if identity is ANYWHERE:
        return any(ROLES[action].intersection(roles) for roles in visitor.roles.values())
    return bool(ROLES[action] & visitor.roles_for(identity))


def require(visitor: Visitor, action: DeskAction, identity: Identity = ANYWHERE) -> None:
    """Raise NotAllowed, in words, when a visitor may not do something."""
    if may(visitor, action, identity):
        return
    where = "" if identity is ANYWHERE else f" of {identity}"
    if not visitor.is_signed_in:
        raise NotAllowed(
            "You have to sign in first." if not visitor.subject else "You have signed in, and nobody here knows you.",
            fix="Sign in, and open this page again."
            if not visitor.subject
            else "Whoever keeps people.yaml adds you with the roles that you have.",
            why=f"Not everybody may {action}.",
        )
    roles = " or ".join(sorted(ROLES[action]))
    raise NotAllowed(
        f"You may not {action}{where}.",
        fix=f"Ask somebody who has the role {roles}{' for this borough' if where else ''}, or let whoever keeps "
        "people.yaml give it to you.",
        why="What is published and decided is the work of people in their roles.",
    )
