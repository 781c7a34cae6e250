"""How a dataset stands: missing is not failed, and an age counts from a day that can be named."""

from __future__ import annotations

import datetime as dt

import pytest

from catalogue.site.status import DatasetState
from flows.site.dataset_state import DatasetFacts, dataset_state, expected_day
from packages.model import Verdict

TODAY = dt.date(2026, 11, 22)
RELEASED = dt.date(2026, 8, 20)


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (DatasetFacts(), (DatasetState.AWAITED, None)),
        (DatasetFacts(days=31, verdict=Verdict.BLOCKED, judged=TODAY), (DatasetState.FAILED, TODAY)),
        (DatasetFacts(days=31, verdict=Verdict.HELD, judged=TODAY, released=RELEASED), (DatasetState.HELD, TODAY)),
        (DatasetFacts(days=0, verdict=Verdict.PUBLISH, released=RELEASED), (DatasetState.UP_TO_DATE, RELEASED)),
        (DatasetFacts(days=92, released=RELEASED, covers_to="2026-07-31"), (DatasetState.DUE_SOON, RELEASED)),
        (
            DatasetFacts(days=31, released=RELEASED, covers_to="2026-07-31"),
            (DatasetState.OVERDUE, dt.date(2026, 10, 1)),
        ),
        (DatasetFacts(days=366, released=RELEASED), (DatasetState.UP_TO_DATE, RELEASED)),
        (DatasetFacts(days=31, released=RELEASED, failing=TODAY), (DatasetState.FAILED, TODAY)),
        (DatasetFacts(days=31, released=RELEASED, withdrawn=TODAY, failing=TODAY), (DatasetState.WITHDRAWN, TODAY)),
        (DatasetFacts(is_open=False), (DatasetState.NOT_EXPECTED, None)),
    ],
)
def test_state(known: DatasetFacts, found: tuple[DatasetState, dt.date | None]) -> None:
    assert dataset_state(known, TODAY) == found


def test_it_is_due_a_period_and_a_month_after_what_it_covers() -> None:
    assert expected_day(DatasetFacts(days=31, released=RELEASED, covers_to="2026-07-31")) == dt.date(2026, 10, 1)
    assert expected_day(DatasetFacts(days=31, released=RELEASED)) == RELEASED + dt.timedelta(days=62)


def test_a_date_in_the_future_is_not_believed() -> None:
    assert expected_day(DatasetFacts(days=31, released=RELEASED, covers_to="2062-07-31")) == RELEASED + dt.timedelta(
        days=62
    )


def test_nobody_can_say_when_the_irregular_is_due() -> None:
    assert expected_day(DatasetFacts(days=0, released=RELEASED)) is None
