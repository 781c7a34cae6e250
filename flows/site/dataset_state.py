"""How a dataset stands today, from what is known of it. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from catalogue.site.status import DatasetState
from packages.model import Verdict
from quality.dimensions import PUBLISHING

SOON = dt.timedelta(days=14)
"""So long before the day on which it is due, the next release is due soon."""


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What is known: the last verdict and its day, and of what is public the day it was made and its last day covered.

    `failing` is the day since which runs end without a verdict, `withdrawn` the day of a withdrawal. `days` lie between
    two releases; 0 when nobody can say.
    """

    days: int = 0
    verdict: Verdict | None = None
    judged: dt.date | None = None
    released: dt.date | None = None
    covers_to: str = ""
    failing: dt.date | None = None
    withdrawn: dt.date | None = None
    is_open: bool = True


def expected_day(known: DatasetFacts) -> dt.date | None:
    """The day by which a newer release is expected; None when nobody can say.

    That is one period and a month for publishing after the end of what the public release covers, or after the day it
    was made when it does not say. A date in the future, which is a slip of somebody's, is not believed.
    """
    if not known.days or known.released is None:
        return None
    covered = dt.date.fromisoformat(known.covers_to[:10]) if known.covers_to else known.released
    return min(covered, known.released) + dt.timedelta(days=known.days) + PUBLISHING


def dataset_state(known: DatasetFacts, today: dt.date) -> tuple[DatasetState, dt.date | None]:
    """How it stands, and the day since which. What was never received is awaited: it has not failed."""
    stopped = {Verdict.HELD: DatasetState.HELD, Verdict.BLOCKED: DatasetState.FAILED}
    if not known.is_open and known.released is None:
        return DatasetState.NOT_EXPECTED, None
    if known.withdrawn:
        return DatasetState.WITHDRAWN, known.withdrawn
    if known.failing:
        return DatasetState.FAILED, known.failing
    if known.verdict in stopped:
        return stopped[known.verdict], known.judged
    expected = expected_day(known)
    if known.released is None:
        return DatasetState.AWAITED, None
    if expected and today > expected:
        return DatasetState.OVERDUE, expected
    soon = expected is not None and today > expected - SOON
    return (DatasetState.DUE_SOON if soon else DatasetState.UP_TO_DATE), known.released
