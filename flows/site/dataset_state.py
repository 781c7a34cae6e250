"""The state of a dataset today, from the facts on it. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from catalogue.site.status import DatasetState
from packages.model import Verdict
from quality.dimensions import PUBLISHING

SOON = dt.timedelta(days=14)
"""Time before the day on which it is due from which the next release is due soon."""


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """The last verdict and its day, and of the public release the day it was made and the last day it covers.

    `failing` is the day since which runs end without a verdict, `withdrawn` the day of a withdrawal. `days` lie between
    two releases; 0 when the cadence is irregular.
    """

    days: int = 0
    verdict: Verdict | None = None
    judged: dt.date | None = None
    released: dt.date | None = None
    covers_to: str = ""
    failing: dt.date | None = None
    withdrawn: dt.date | None = None
    is_open: bool = True


def expected_day(facts: DatasetFacts) -> dt.date | None:
    """Return the day by which a newer release is expected; None when that cannot be known.

    That is one period and a month for publishing after the end of what the public release covers, or after the day it
    was made when its period is not known. A period that ends in the future is a mistake in the data: the day of the
    release is used instead.
    """
    if not facts.days or facts.released is None:
        return None
    covered = dt.date.fromisoformat(facts.covers_to[:10]) if facts.covers_to else facts.released
    return min(covered, facts.released) + dt.timedelta(days=facts.days) + PUBLISHING


def dataset_state(facts: DatasetFacts, today: dt.date) -> tuple[DatasetState, dt.date | None]:
    """Return the state, and the day since which. What was never received is awaited: it has not failed."""
    stopped = {Verdict.HELD: DatasetState.HELD, Verdict.BLOCKED: DatasetState.FAILED}
    if not facts.is_open and facts.released is None:
        return DatasetState.NOT_EXPECTED, None
    if facts.withdrawn:
        return DatasetState.WITHDRAWN, facts.withdrawn
    if facts.failing:
        return DatasetState.FAILED, facts.failing
    if facts.verdict in stopped:
        return stopped[facts.verdict], facts.judged
    expected = expected_day(facts)
    if facts.released is None:
        return DatasetState.AWAITED, None
    if expected and today > expected:
        return DatasetState.OVERDUE, expected
    is_due_soon = expected is not None and today > expected - SOON
    return (DatasetState.DUE_SOON if is_due_soon else DatasetState.UP_TO_DATE), facts.released
