from __future__ import annotations

import datetime as dt

import pytest

from flows.due import is_due, matching
from packages.model import Identity, Verdict

CAMDEN = Identity("spend-over-500", "camden")
WEEK = [dt.date(2026, 11, 16) + dt.timedelta(days=n) for n in range(7)]


@pytest.mark.parametrize(
    ("days", "last", "nights"),
    [
        (30, None, 7),
        (92, Verdict.PUBLISH, 7),
        (365, Verdict.PUBLISH, 1),
        (365, Verdict.UNCHANGED, 1),
        (0, Verdict.PUBLISH, 1),
        (365, Verdict.HELD, 7),
        (365, Verdict.BLOCKED, 7),
        (365, None, 7),
    ],
)
def test_how_many_nights_a_week_a_dataset_is_looked_at(days: int, last: Verdict | None, nights: int) -> None:
    assert sum(is_due(CAMDEN, days, last, day) for day in WEEK) == nights


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ["brownfield-land/lldc", "spend-over-500/camden", "spend-over-500/lambeth"]),
        ("spend-over-500", ["spend-over-500/camden", "spend-over-500/lambeth"]),
        ("*/camden", ["spend-over-500/camden"]),
        ("brownfield-land/*", ["brownfield-land/lldc"]),
        ("nothing", []),
    ],
)
def test_patterns_choose_datasets(pattern: str, expected: list[str]) -> None:
    known = [Identity("brownfield-land", "lldc"), CAMDEN, Identity("spend-over-500", "lambeth")]
    assert [str(i) for i in matching(known, pattern)] == expected
