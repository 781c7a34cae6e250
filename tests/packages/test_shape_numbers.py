"""Amounts as boroughs write them."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.shaping.numbers import plain_all, plain_integer, plain_number
from tests.packages.shape_examples import a_field, a_spec, values

AMOUNTS = {
    "£1,234.50": "1234.50",
    "£ 2,465.00": "2465.00",
    "Â£1,234.50": "1234.50",
    "œ600.85": "600.85",
    "†1,979.74†": "1979.74",
    "1 234.50": "1234.50",
    "1\u00a0234\u00a0567.5": "1234567.5",
    "1†234.50": "1234.50",
    "(2,076.25)": "-2076.25",
    "£(2,076.25)": "-2076.25",
    "(£2,076.25)": "-2076.25",
    "-£12.00": "-12.00",
    "£-12.00": "-12.00",
    "12.00-": "-12.00",
    "£ 12.00 -": "-12.00",
    "−12.00": "-12.00",
    "+12.00": "12.00",
    ".5": "0.5",
    "12.": "12",
    "(0.00)": "0.00",
    "-0.00": "-0.00",
    "1,234,567.891": "1234567.891",
    "007": "007",
}


@pytest.mark.parametrize(("text", "expected"), AMOUNTS.items())
def test_an_amount_becomes_plain(text: str, expected: str) -> None:
    assert plain_number(text) == expected


NO_AMOUNTS = [
    "", "-", "£", "()", ".", "1,2", "12,34.50", "1,234,5", "1,234 567", "12 34", "$12.00", "€12", "12.5%", "1.2.3",
    "--12", "-12-", "(-12)", "-(12)", "(12", "12)", "12 CR", "1e5", "twelve", "£12 £13", "�600.85", "١٢", "1.234,50",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_what_is_no_amount_comes_back_as_it_was(text: str) -> None:
    assert plain_number(text) == text


@pytest.mark.parametrize(("text", "expected"), {"12.0": "12", "1,200.00": "1200", "12.5": "12.5", "£3": "3"}.items())
def test_a_whole_number_loses_only_zeros(text: str, expected: str) -> None:
    assert plain_integer(text) == expected


def test_an_endless_cell_costs_no_time() -> None:
    before = time.perf_counter()
    text = "£" + " " * 1_000_000 + "x"
    assert plain_number(text) == text
    assert time.perf_counter() - before < 10  # a pattern that backtracks would take years


def test_changes_are_counted_with_their_rows_and_plain_cells_are_not(tmp_path: Path) -> None:
    shaped = values(["12.50", "£1,234.50", "", None, "ask", "(3)"], a_spec(tmp_path, fields=a_field("number")))
    assert shaped.column("value") == ["12.50", "1234.50", "", None, "ask", "-3"]
    (change,) = shaped.changes
    assert (change.rule, change.field, change.count, change.rows) == ("number", "value", 2, (3, 7))


def test_plain_numbers_are_left_alone(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("number"), mapping={"rules": {"value": {"number": "plain"}}})
    assert values(["51,5", "(0.12)"], spec).column("value") == ["51,5", "(0.12)"]


def test_a_field_with_separators_of_its_own_is_left_alone(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("number", groupChar=","))
    assert values(["1,234"], spec).column("value") == ["1,234"]


@settings(max_examples=200)
@given(
    texts=st.lists(
        st.one_of(
            st.text(alphabet="0123456789,.£-() ", max_size=14),
            st.decimals(-(10**9), 10**9, places=2, allow_nan=False).map("£{:,}".format),
            st.integers(0, 10**12).map("{:,}".format),
            st.just("1" + ",000" * 18),
        )
    )
)
def test_many_amounts_become_what_each_becomes(texts: list[str]) -> None:
    assert plain_all(pa.array(texts, pa.string())).to_pylist() == [plain_number(text) for text in texts]
