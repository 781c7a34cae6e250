"""The order of day and month in a column is weighed: a few cells, a block or a broken column decide nothing alone."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.model import Severity
from packages.spec import DatasetSpec
from tests.packages.shape_examples import Shaped, a_field, a_spec, values

DMY, MDY, ISO = "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> DatasetSpec:
    return a_spec(tmp_path_factory.mktemp("spec"), fields=a_field("date"))


def days(first: str, count: int, *, step: int = 1) -> list[dt.date]:
    start = dt.date.fromisoformat(first)
    return [start + dt.timedelta(days=step * number) for number in range(count)]


def written(moments: Sequence[dt.date], form: str) -> list[str]:
    return [f"{day:{form}}" for day in moments]


def early(moments: Sequence[dt.date]) -> list[dt.date]:
    return [day for day in moments if day.day <= 12 and day.day != day.month]


def holds(shaped: Shaped) -> list[str]:
    return [f.rule for f in shaped.findings if f.severity in (Severity.HOLD, Severity.BLOCK)]


JULY, YEAR = days("2026-07-01", 31), days("2025-07-01", 365)


@pytest.mark.parametrize(
    ("moments", "slip", "at"),
    [(early(JULY) * 20, "07/23/2026", 100), (early(YEAR), "11/13/2025", 3), (early(YEAR)[:30], "12/31/2025", 29)],
)
def test_a_lone_cell_against_a_column_is_a_suspect_row(
    spec: DatasetSpec, moments: list[dt.date], slip: str, at: int
) -> None:
    texts = written(moments, DMY)
    texts.insert(at, slip)
    shaped = values(texts, spec)
    found = shaped.found("date-order-lone")
    # the row itself is no day with the day first, so that nobody can let it pass
    assert found.severity is Severity.BLOCK
    assert found.where.rows == (at + 2,)
    assert shaped.column("value")[:at] == written(moments[:at], ISO)


def test_a_lone_day_first_cell_in_a_column_of_american_dates_is_held_too(spec: DatasetSpec) -> None:
    texts = [*written(early(YEAR), MDY), "23/07/2025"]
    assert holds(values(texts, spec)) == ["date-order-lone"]


def test_two_slips_are_no_verdict_either(spec: DatasetSpec) -> None:
    texts = ["07/23/2026", *written(early(JULY) * 20, DMY), "07/24/2026"]
    assert values(texts, spec).found("date-order-lone").where.rows == (2, len(texts) + 1)


@pytest.mark.parametrize(
    "texts",
    [
        written(JULY[12:24], MDY) + written(JULY[:12], DMY),
        written(JULY[12:16], MDY) + written(JULY[:12] * 2, DMY),
        written(JULY[:12], MDY) + written(JULY[14:], DMY),
    ],
)
def test_a_block_in_another_order_is_seen_by_the_months(spec: DatasetSpec, texts: list[str]) -> None:
    found = values(texts, spec).found("date-order-doubtful")
    assert found.severity is Severity.HOLD
    assert found.where.rows


def test_a_block_in_another_order_is_seen_by_its_place(spec: DatasetSpec) -> None:
    mixed = YEAR[:]
    random.Random(3).shuffle(mixed)
    pasted = early(mixed)[:40]
    texts = written(mixed[:200], DMY) + written(pasted, MDY) + written(mixed[200:], DMY)
    found = values(texts, spec).found("date-order-clustered")
    assert found.where.rows[0] <= 202
    assert found.where.rows[1] >= 241


@pytest.mark.parametrize("other", [ISO, "%Y-%m-%d 00:00:00", "%d-%b-%y"])
@pytest.mark.parametrize("text", [DMY, MDY])
@pytest.mark.parametrize("moments", [JULY, YEAR])
def test_what_american_settings_leave_is_held(spec: DatasetSpec, other: str, text: str, moments: list[dt.date]) -> None:
    # up to the 12th, day and month were exchanged
    texts = [
        f"{day.replace(day=day.month, month=day.day):{other}}" if day.day <= 12 else f"{day:{text}}" for day in moments
    ]
    found = values(texts, spec).found("date-order-split")
    assert found.severity is Severity.HOLD
    assert found.where.count == sum(day.day <= 12 for day in moments)


def test_days_that_only_make_sense_the_other_way_round_are_held(spec: DatasetSpec) -> None:
    # no cell proves anything, and read with the day first they are the seventh of twelve months
    shaped = values(written(JULY[:12], MDY), spec)
    assert holds(shaped) == ["date-order-doubtful"]
    assert "12 months" in shaped.found("date-order-doubtful").what or "11 months" in shaped.findings[0].what


def test_a_year_of_first_days_of_the_month_is_no_doubt(spec: DatasetSpec) -> None:
    texts = [f"01/{month:02}/2026" for month in range(1, 13)]
    assert holds(values(texts, spec)) == []


def test_a_described_order_that_the_cells_contradict_is_named(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("date"), publisher={"rules": {"value": {"date": "month-first"}}})
    shaped = values(written(JULY, DMY), spec)
    assert "date-order-not-as-described" in holds(shaped)
    assert holds(values(written(JULY[:12], DMY), spec)) == ["date-order-doubtful"]
    assert holds(values([*written(JULY[:12], DMY), "2026-07-20"], spec)) == ["date-order-doubtful"]
    assert holds(values(written(JULY, MDY), spec)) == []


def shuffled(moments: list[dt.date], seed: int) -> list[dt.date]:
    copy = moments[:]
    random.Random(seed).shuffle(copy)
    return copy


ARRANGEMENTS: list[Callable[[list[dt.date], int], list[dt.date]]] = [
    lambda moments, _: sorted(moments),
    lambda moments, _: sorted(moments, reverse=True),
    shuffled,
    lambda moments, _: sorted(moments, key=lambda day: f"{day:{DMY}}"),
]


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("arrange", ARRANGEMENTS)
@pytest.mark.parametrize("form", [DMY, MDY, ISO])
def test_a_clean_column_is_read_right_and_raises_no_alarm(
    spec: DatasetSpec, seed: int, arrange: Callable[[list[dt.date], int], list[dt.date]], form: str
) -> None:
    chance = random.Random(seed)
    start = dt.date(2024, chance.randint(1, 12), 1)
    span = chance.choice([31, 91, 365])
    moments = arrange(
        [start + dt.timedelta(days=chance.randrange(span)) for _ in range(chance.choice([40, 400]))], seed
    )
    shaped = values(written(moments, form), spec)
    assert holds(shaped) == []
    assert shaped.column("value") == written(moments, ISO)


@settings(max_examples=60, deadline=None)
@given(
    moments=st.lists(st.dates(dt.date(2025, 1, 1), dt.date(2026, 6, 30)), min_size=1, max_size=60),
    turned=st.sets(st.integers(0, 59), max_size=59),
    data=st.data(),
)
def test_a_column_with_some_dates_turned_round_is_never_read_wrong_in_silence(
    spec: DatasetSpec, moments: list[dt.date], turned: set[int], data: st.DataObject
) -> None:
    """A block of rows with late days in the wrong order: each of its rows proves the other order."""
    turned &= set(range(len(moments)))
    texts = [f"{day:{MDY if place in turned else DMY}}" for place, day in enumerate(moments)]
    shaped = values(texts, spec)
    proofs = {place in turned for place, day in enumerate(moments) if day.day > 12}
    if shaped.column("value") != written(moments, ISO) and len(proofs) == 2:
        assert holds(shaped)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("form", [DMY, MDY])
def test_the_few_dates_of_a_register_over_years_raise_no_alarm(spec: DatasetSpec, seed: int, form: str) -> None:
    chance = random.Random(seed)
    count = chance.choice([4, 8, 12, 30])
    moments = [dt.date(2016, 1, 1) + dt.timedelta(days=chance.randrange(365 * 8)) for _ in range(count)]
    if form == DMY or sum(day.day > 12 for day in moments) > count / 5:
        assert holds(values(written(moments, form), spec)) == []


def test_open_dates_near_proven_ones_by_chance_are_no_doubt(spec: DatasetSpec) -> None:
    texts = [
        "28/06/2019",
        "13/08/2017",
        "30/10/2017",
        "12/04/2021",
        "07/11/2019",
        "17/05/2020",
        "26/10/2021",
        "08/03/2019",
    ]
    assert holds(values([*texts, "22/07/2019", "25/11/2017", "24/11/2021", "12/08/2017"], spec)) == []


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("form", [DMY, MDY])
@pytest.mark.parametrize("turned", [{40}, set(range(80, 120)), {5, 95, 150}])
def test_turned_dates_in_rows_sorted_by_date_are_out_of_place(
    spec: DatasetSpec, turned: set[int], form: str, descending: bool
) -> None:
    moments = sorted(days("2026-01-01", 200), reverse=descending)
    other = MDY if form == DMY else DMY
    texts = [f"{day:{other if i in turned and day.day <= 12 else form}}" for i, day in enumerate(moments)]
    wrong = [i + 2 for i in turned if moments[i].day <= 12 and moments[i].day != moments[i].month]
    if wrong:
        found = values(texts, spec).found("date-order-turned")
        assert found.where.count == len(wrong)
        assert found.where.rows == tuple(sorted(wrong))[:3]


def test_a_part_that_is_sorted_in_the_other_order_only_is_held(spec: DatasetSpec) -> None:
    early = [f"{day:02}/{month:02}/2026" for month in range(1, 7) for day in (7, 9)]
    late = [f"{month:02}/{day:02}/2026" for month in range(7, 10) for day in (11, 19, 27)]
    assert values([*early, *late], spec).found("date-order-clustered").severity is Severity.HOLD
    # the same with the month first throughout is sorted in its own order
    same = [f"{month:02}/{day:02}/2026" for month in range(1, 7) for day in (7, 9)]
    assert "date-order-clustered" not in values([*same, *late], spec).rules()


@pytest.mark.parametrize("at_end", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_a_block_in_another_order_is_seen_by_the_order_of_its_rows(spec: DatasetSpec, seed: int, at_end: bool) -> None:
    chance = random.Random(seed)
    moments = sorted(dt.date(2026, chance.randint(1, 10), chance.randint(1, 12)) for _ in range(40))
    block = range(25, 40) if at_end else range(15)
    moments = [
        day.replace(day=chance.randint(13, 28)) if i in block and i % 3 == 0 else day for i, day in enumerate(moments)
    ]
    texts = [f"{day:{MDY if i in block else DMY}}" for i, day in enumerate(moments)]
    assert holds(values(texts, spec))
