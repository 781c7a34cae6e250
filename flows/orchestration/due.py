"""Which datasets a nightly run looks at. A look is cheap: only annual and irregular datasets are spread over a week."""

from __future__ import annotations

import datetime as dt
import fnmatch
import zlib
from collections.abc import Iterable

from flows.state.ledger import Attempt, PublishStep
from packages.errors import SetupProblem
from packages.model import Identity, Verdict

NIGHTLY_UP_TO = 100
"""Days of the longest cadence that is looked at every night: corrections come at any time."""


def is_due(identity: Identity, cadence_days: int, last: Verdict | None, day: dt.date) -> bool:
    """Return whether to look at a dataset tonight.

    `cadence_days` is 0 for an irregular one. Annual and irregular datasets have one night a week, spread over the week
    by name; whatever is not published yet, or was stopped last time, is looked at every night.
    """
    if last not in (Verdict.PUBLISH, Verdict.UNCHANGED):
        return True
    if 0 < cadence_days <= NIGHTLY_UP_TO:
        return True
    # a checksum and not hash(), which differs from one process to the next
    return zlib.crc32(str(identity).encode()) % 7 == day.weekday()


def standing_verdict(last: Attempt | None, public: PublishStep | None) -> Verdict | None:
    """Return the verdict of the last attempt; None when there was none, or its release is not the one that is public.

    A run that ended between accepting a file and listing it has not done its work, whatever its verdict says.
    """
    if last is None or (last.release and last.release != (public.release if public else "")):
        return None
    return last.verdict


def matching_identities(identities: Iterable[Identity], pattern: str) -> tuple[Identity, ...]:
    """Return those that match a pattern such as `spend-over-500/*` or `*/camden`; a bare dataset name means all."""
    wanted = pattern if "/" in pattern or pattern == "*" else f"{pattern}/*"
    return tuple(i for i in identities if fnmatch.fnmatchcase(str(i), wanted) or wanted == "*")


def chosen_identities(identities: Iterable[Identity], pattern: str) -> tuple[Identity, ...]:
    """Return those that match a pattern; SetupProblem when none does."""
    found = matching_identities(identities, pattern)
    if not found:
        raise SetupProblem(f"“{pattern}” matches no dataset.", fix="`londata datasets` lists them all.")
    return found
