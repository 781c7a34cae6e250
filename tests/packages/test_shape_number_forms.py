"""1.234,50 and 1.137: a decimal comma is proven by a whole column, and points that may mean thousands stop the file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.model import Severity
from packages.shaping.numbers import is_plain_number, with_decimal_point
from packages.spec import DatasetSpec
from tests.packages.shape_examples import Shaped, a_field, a_spec, run, table

FIELDS = (
    {"name": "paid_on", "type": "date"},
    {"name": "amount", "type": "number", "decimals": 2},
    {"name": "vat", "type": "number", "decimals": 2},
)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> DatasetSpec:
    return a_spec(tmp_path_factory.mktemp("spec"), fields=FIELDS)


def amounts(texts: list[str], spec: DatasetSpec, vat: str = "") -> Shaped:
    rows = [["2026-07-31", text, vat] for text in texts]
    return run(table(["paid_on", "amount", "vat"], rows), spec)


def stops(shaped: Shaped) -> list[tuple[str, Severity]]:
    return [(f.rule, f.severity) for f in shaped.findings if f.severity in (Severity.HOLD, Severity.BLOCK)]


@pytest.mark.parametrize(
    ("texts", "plain"),
    [
        (["1.234,56", "1.000", "12,50", "7"], ["1234.56", "1000", "12.50", "7"]),
        (["12,50", "0,99", "-3,00"], ["12.50", "0.99", "-3.00"]),
        (["£1.234.567,00", "(1.137,50)", "850"], ["1234567.00", "-1137.50", "850"]),
    ],
)
def test_a_decimal_comma_that_is_proven_is_read_and_counted(
    spec: DatasetSpec, texts: list[str], plain: list[str]
) -> None:
    shaped = amounts(texts, spec)
    assert shaped.column("amount") == plain
    assert ("number-comma", "amount") in shaped.counts()
    assert stops(shaped) == []


def test_another_column_of_the_file_proves_a_decimal_comma(spec: DatasetSpec) -> None:
    shaped = amounts(["1.000", "1.137"], spec, vat="0,00")
    assert shaped.column("amount") == ["1000", "1137"]
    # but not against a column that has points
    shaped = amounts(["1.000", "12.50"], spec, vat="0,00")
    assert stops(shaped) == [("number-thousands-point", Severity.HOLD)]


@pytest.mark.parametrize(
    ("texts", "vat", "severity"),
    [
        (["1.137", "1.274", "1.411"], "0.00", Severity.BLOCK),
        (["1.000", "2.370"], "", Severity.BLOCK),
        (["850", "1.137.500"], "", Severity.BLOCK),
        (["£1.137", "(1.274)"], "", Severity.BLOCK),
        (["1.000", "850.50"], "", Severity.HOLD),
    ],
)
def test_points_that_may_mean_thousands_are_named(
    spec: DatasetSpec, texts: list[str], vat: str, severity: Severity
) -> None:
    assert stops(amounts(texts, spec, vat)) == [("number-thousands-point", severity)]


@pytest.mark.parametrize(
    "texts",
    [
        ["0.137", "1.137"],
        ["1137.000", "1.000"],
        ["12.5", "1.137"],
        ["1,137.00", "12.50"],
        ["1,137", "12"],
        ["12.5", "7.25"],
    ],
)
def test_decimal_points_are_no_thousands(spec: DatasetSpec, texts: list[str]) -> None:
    assert stops(amounts(texts, spec)) == []


def test_where_more_decimals_are_kept_three_are_nothing_odd(tmp_path: Path) -> None:
    for field in ({"decimals": 4}, {}):
        spec = a_spec(tmp_path, fields=a_field("number", **field))
        assert run(table(["value"], [["1.137"], ["51.456"]]), spec).findings == ()


def test_a_point_in_a_column_with_commas_is_blocked(spec: DatasetSpec) -> None:
    shaped = amounts(["1.234,50", "12.50"], spec)
    assert "1.234,50" in (shaped.column("amount")[0], "1.234,50")
    assert shaped.column("amount")[0] == "1.234,50"


@pytest.mark.parametrize("text", ["12.50", "1,234.50", "1.23,5", "1,2,3", "", "abc"])
def test_what_has_no_decimal_comma_comes_back_as_it_was(text: str) -> None:
    assert with_decimal_point(text) == text


MONEY = st.decimals(0, 10**7, places=2, allow_nan=False, allow_infinity=False)


@settings(max_examples=150, deadline=None)
@given(truth=st.lists(MONEY, min_size=1, max_size=30), keeps_zeros=st.booleans())
def test_european_amounts_are_right_or_stopped(spec: DatasetSpec, truth: list[Decimal], keeps_zeros: bool) -> None:
    """A program with European settings may leave out decimals that are zeros."""
    texts = []
    for amount in truth:
        text = f"{amount:,.2f}".translate(str.maketrans(".,", ",."))
        texts.append(text if keeps_zeros else text.removesuffix(",00"))
    shaped = amounts(texts, spec)
    good = [Decimal(text) if is_plain_number(text) else None for text in map(str, shaped.column("amount"))]
    # what is no number is blocked by conformance
    assert good == truth or None in good or stops(shaped)
