from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.formats.arrow import arrow_schema
from packages.formats.parquet import ParquetWriter
from packages.model import DISTINCT_LIMIT, ColumnStatistics
from packages.spec import TableSchema
from quality.profile.bins import NumberRange, bin_edges, bin_label, calendar_bins
from quality.profile.statistics import Statistics


def column(values, size=5, period="", **field) -> ColumnStatistics:
    """The statistics of one column that comes in batches of `size` rows."""
    schema = TableSchema.model_validate({"fields": [{"name": "x", "safe": True, **field}]})
    arrow = arrow_schema(schema)
    statistics = Statistics(schema, period)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.parquet"
        writer = ParquetWriter(path, arrow)
        for start in range(0, len(values), size):
            array = pa.array(values[start : start + size], arrow.field("x").type)
            batch = pa.RecordBatch.from_arrays([array], schema=arrow)
            statistics.add(batch)
            writer.write(batch)
        writer.close()
        (found,) = statistics.finish(path)
    return found


def test_filled_missing_and_different_cells_are_counted():
    found = column(["a", None, "b", "a", "", None], type="string")

    assert (found.filled, found.missing, found.distinct) == (4, 2, 3)
    assert found.top == (("a", 2), ("", 1), ("b", 1))
    assert found.bars == found.top


def test_a_column_that_is_not_safe_shows_counts_alone():
    for kind, values in {"string": ["Ann", "Ann"], "integer": [1, 1], "date": [dt.date(2026, 1, 1)] * 2}.items():
        found = column(values, type=kind, safe=False)

        assert (found.filled, found.distinct) == (2, 1)
        assert (found.minimum, found.maximum, found.total, found.top, found.bars) == ("", "", "", (), ())


def test_sums_of_floats_leave_out_what_is_noise():
    assert column([51 + i / 1000 for i in range(600)], type="number").total == "30779.7"


def test_the_period_shows_its_ends_and_nothing_else():
    found = column([dt.date(2026, 1, 5), dt.date(2026, 3, 1)], type="date", safe=False, period="x")

    assert (found.minimum, found.maximum) == ("2026-01-05", "2026-03-01")
    assert (found.top, found.bars) == ((), ())


def test_sums_of_decimals_are_exact():
    found = column([Decimal("0.10")] * 30 + [None], type="number", decimals=2)

    assert found.total == "3.00"
    assert (found.minimum, found.maximum) == ("0.10", "0.10")
    assert found.top == (("0.10", 30),)


def test_sums_too_large_for_the_column_s_own_type_are_exact():
    assert column([2**63 - 1] * 3, type="integer").total == str(3 * (2**63 - 1))
    largest = Decimal("9" * 36 + ".99")
    assert column([largest] * 7, type="number", decimals=2).total == "6" + "9" * 35 + "9.93"


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=40))
@settings(max_examples=80, deadline=None)
def test_whole_numbers_as_python_counts_them(values):
    found = column(values, type="integer")

    known = [v for v in values if v is not None]
    assert found.filled == len(known)
    assert found.distinct == len(set(known))
    assert found.total == (str(sum(known)) if known else "")
    assert (found.minimum, found.maximum) == ((str(min(known)), str(max(known))) if known else ("", ""))
    assert sum(n for _, n in found.bars) == len(known)


def test_numbers_that_are_none_are_left_out_of_sums_and_bars():
    found = column([1.5, float("nan"), float("inf"), 2.5] * 5, type="number")

    assert (found.minimum, found.maximum, found.total) == ("1.5", "2.5", "20")


@given(st.lists(st.sampled_from("abcdefghijklmnop"), min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_the_most_frequent_values(values):
    found = column(values, type="string")

    expected = sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))[:8]
    assert found.top == (tuple(expected) if len(set(values)) < len(values) else ())


@pytest.mark.parametrize("many", [DISTINCT_LIMIT - 1, DISTINCT_LIMIT, DISTINCT_LIMIT + 1, 5 * DISTINCT_LIMIT])
def test_different_values_are_counted_up_to_the_limit(many):
    found = column([str(i) for i in range(many)] * 2, size=7_000, type="string")

    assert found.distinct == min(many, DISTINCT_LIMIT + 1)
    assert (found.top == ()) == (many > DISTINCT_LIMIT)


def test_long_texts_are_told_apart_and_not_shown():
    texts = ["x" * 500 + str(i % 3) for i in range(30)]

    found = column(texts, type="string")

    assert found.distinct == 3
    assert found.top == ()


def test_few_different_numbers_are_bars_of_their_own_in_order():
    assert column([10, 2, 2, 1, 10, 10], type="integer").bars == (("1", 1), ("2", 2), ("10", 3))


def test_evenly_spread_numbers_have_even_bars():
    found = column(list(range(1, 101)), type="integer")

    assert found.bars == tuple(
        (f"{low} to {low + 10}", 11 if low == 90 else 9 if low == 0 else 10) for low in range(0, 100, 10)
    )


def test_skewed_numbers_have_growing_bars():
    values = [Decimal(n) for n in [500, 600, 700, 800, 900, 1000, 1100, 1200, 1999, 2000, 5000, 90_000, 1_000_000] * 4]

    found = column(values, type="number", decimals=2, size=100)

    assert found.bars[:3] == (("500 to 1,000", 20), ("1,000 to 2,000", 16), ("2,000 to 5,000", 4))
    assert found.bars[-1] == ("500,000 to 1,000,000", 4)
    assert sum(n for _, n in found.bars) == len(values)
    assert len(found.bars) <= 12


def test_dates_have_a_bar_for_each_month_gaps_included():
    found = column([dt.date(2025, 12, 31), dt.date(2026, 2, 1), dt.date(2026, 2, 28), None], type="date")

    assert found.bars == (("2025-12", 1), ("2026-01", 0), ("2026-02", 2))
    assert found.total == ""


def test_moments_are_counted_like_dates():
    moments = [dt.datetime.fromisoformat("2026-01-02T03:04:05"), dt.datetime.fromisoformat("2026-01-31T23:59:59")]

    found = column(moments, type="datetime")

    assert found.bars == (("2026-01", 2),)
    assert (found.minimum, found.maximum) == ("2026-01-02T03:04:05", "2026-01-31T23:59:59")


def test_years_have_a_bar_each():
    assert column([2020, 2022, 2022], type="year").bars == (("2020", 1), ("2021", 0), ("2022", 2))


def test_yes_and_no_are_counted():
    assert column([True, False, True, None], type="boolean").bars == (("true", 2), ("false", 1))


def test_no_rows_have_statistics_too():
    found = column([], type="number")

    assert found == ColumnStatistics("x", "number", "", "", 0, 0, 0, safe=True)


def test_words_of_the_field_come_along():
    found = column(["a"], type="string", title="Letter", description="A letter.")

    assert (found.name, found.type, found.title, found.description) == ("x", "string", "Letter", "A letter.")


# --- bars -------------------------------------------------------------------------------------------------------------

NUMBERS = st.decimals(-(10**12), 10**12, places=4)


@given(NUMBERS, NUMBERS, NUMBERS, st.booleans())
@settings(max_examples=400, deadline=None)
def test_edges_hold_everything_rise_and_are_few(one, two, three, whole):
    numbers = [n.to_integral_value() for n in (one, two, three)] if whole else [one, two, three]
    low, middle, high = sorted(numbers)

    found = bin_edges(NumberRange(low, high, middle, whole))

    assert found[0] <= low
    assert high <= found[-1]
    assert found == sorted(set(found))
    assert 2 <= len(found) <= 13


@pytest.mark.parametrize(
    ("low", "high", "middle", "first", "last", "bars"),
    [
        ("0", "100", "50", "0", "100", 10),
        ("51.31", "51.69", "51.5", "51.3", "51.7", 8),
        ("7", "7", "7", "7", "8", 1),
        ("0", "0", "0", "0", "1", 1),
        ("-50", "3000000", "1500", "-50", "10000000", 9),
        ("0.02", "31", "0.2", "0.02", "50", 10),
    ],
)
def test_edges_are_round(low, high, middle, first, last, bars):
    found = bin_edges(NumberRange(Decimal(low), Decimal(high), Decimal(middle)))

    assert (found[0], found[-1], len(found) - 1) == (Decimal(first), Decimal(last), bars)


def test_labels_are_plain_numbers():
    assert bin_label(Decimal("500.00"), Decimal("1E+3")) == "500 to 1,000"
    assert bin_label(Decimal("-0.50"), Decimal("0.0")) == "-0.5 to 0"


@given(st.dictionaries(st.integers(12, 9999 * 12 + 11), st.integers(1, 99), max_size=30))
def test_a_calendar_keeps_every_row_in_few_bars(months):
    bars = calendar_bins(months)

    assert sum(n for _, n in bars) == sum(months.values())
    assert len(bars) <= 24


def test_a_calendar_of_many_years_has_round_spans():
    bars = calendar_bins({1990 * 12: 1, 2026 * 12 + 10: 2})

    assert bars[0] == ("1990–1991", 1)
    assert bars[-1] == ("2026–2027", 2)
