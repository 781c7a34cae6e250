"""How a dataset stands: missing is not failed, and an age counts from a day that can be named."""

from __future__ import annotations

import datetime as dt

import pytest

from catalogue.city import State
from flows.standing import Known, due, state
from packages.model import Verdict

TODAY = dt.date(2026, 11, 22)
RELEASED = dt.date(2026, 8, 20)


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (Known(), (State.AWAITED, None)),
        (Known(days=31, verdict=Verdict.BLOCKED, judged=TODAY), (State.FAILED, TODAY)),
        (Known(days=31, verdict=Verdict.HELD, judged=TODAY, released=RELEASED), (State.HELD, TODAY)),
        (Known(days=0, verdict=Verdict.PUBLISH, released=RELEASED), (State.UP_TO_DATE, RELEASED)),
        (Known(days=92, released=RELEASED, covers_to="2026-07-31"), (State.DUE_SOON, RELEASED)),
        (Known(days=31, released=RELEASED, covers_to="2026-07-31"), (State.OVERDUE, dt.date(2026, 10, 1))),
        (Known(days=366, released=RELEASED), (State.UP_TO_DATE, RELEASED)),
        (Known(days=31, released=RELEASED, failing=TODAY), (State.FAILED, TODAY)),
        (Known(days=31, released=RELEASED, withdrawn=TODAY, failing=TODAY), (State.WITHDRAWN, TODAY)),
        (Known(is_open=False), (State.NOT_EXPECTED, None)),
    ],
)
def test_state(known: Known, found: tuple[State, dt.date | None]) -> None:
    assert state(known, TODAY) == found


def test_it_is_due_a_period_and_a_month_after_what_it_covers() -> None:
    assert due(Known(days=31, released=RELEASED, covers_to="2026-07-31")) == dt.date(2026, 10, 1)
    assert due(Known(days=31, released=RELEASED)) == RELEASED + dt.timedelta(days=62)


def test_a_date_in_the_future_is_not_believed() -> None:
    assert due(Known(days=31, released=RELEASED, covers_to="2062-07-31")) == RELEASED + dt.timedelta(days=62)


def test_nobody_can_say_when_the_irregular_is_due() -> None:
    assert due(Known(days=0, released=RELEASED)) is None
