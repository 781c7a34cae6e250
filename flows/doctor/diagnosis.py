"""What a check of the set-up found, and how a check that is stopped itself is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from flows.services import Services
from packages.errors import LondataError, TemporaryProblem


class PartState(StrEnum):
    """How a part of the set-up is."""

    IN_ORDER = "in order"
    NOT_USED = "not used"
    TO_WATCH = "to watch"
    TO_MEND = "to mend"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One part of the set-up: what was found in a sentence, and what mends it; no secret is ever in either.

    `is_temporary` says that it may pass by itself, such as a server that does not answer now.
    """

    part: str
    state: PartState
    what: str
    fix: str = ""
    is_temporary: bool = False


Check = Callable[[Services], Diagnosis]
"""Looks at one part of the set-up; raises LondataError for what makes that part unusable."""


@dataclass(frozen=True, slots=True)
class PartCheck:
    """The check of one part of the set-up, and the name of that part for people."""

    part: str
    check: Check


def diagnose(checks: tuple[PartCheck, ...], services: Services) -> Iterator[Diagnosis]:
    """Yield what each check finds; one that cannot be made says why, and stops no other."""
    for one in checks:
        try:
            yield one.check(services)
        except LondataError as problem:
            is_temporary = isinstance(problem, TemporaryProblem)
            yield Diagnosis(one.part, PartState.TO_MEND, problem.what, problem.fix, is_temporary)
        except Exception as error:  # noqa: BLE001 - whatever stopped a check, the others are still worth making
            # its words may hold an address with a password
            found = f"This could not be looked at, for a fault of ours ({type(error).__name__})."
            yield Diagnosis(one.part, PartState.TO_WATCH, found, "Tell the developers of londata.")
