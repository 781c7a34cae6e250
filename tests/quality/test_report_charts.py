from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from quality.report.charts import WIDTH, column_chart, horizontal_bars, vertical_bars
from tests.quality import report_examples as examples

CATEGORY = examples.SPEND[4]
AMOUNT = examples.SPEND[2]


def words(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("text")]


def test_no_chart_of_an_unsafe_column() -> None:
    assert column_chart(examples.SPEND[3]) == ""


def test_no_chart_without_numbers() -> None:
    assert column_chart(replace(CATEGORY, top=())) == ""


def test_a_category_names_each_value_and_its_rows() -> None:
    drawn = words(column_chart(CATEGORY))
    assert {"Education", "40", "Transport", "4"} <= set(drawn)


def test_bars_that_are_the_most_frequent_values_are_drawn_as_lines_of_names() -> None:
    assert column_chart(replace(CATEGORY, bars=CATEGORY.top)) == column_chart(CATEGORY)


def test_many_bars_name_the_first_and_the_last() -> None:
    months = [(f"2026-{month:02d}", month) for month in range(1, 13)]
    named = [word for word in words(vertical_bars("Months", months)) if word.startswith("2026")]
    assert named == ["2026-01", "2026-12"]


def test_few_bars_name_all() -> None:
    assert {"2024", "2025", "2026"} <= set(words(vertical_bars("Years", [("2024", 1), ("2025", 0), ("2026", 3)])))


def test_it_is_named_for_listeners_and_fits_a_phone() -> None:
    root = ElementTree.fromstring(column_chart(AMOUNT))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Net amount: rows by value"
    assert root.findtext("title") == "Net amount: rows by value"
    assert float(root.get("width", "0")) <= WIDTH + 16


def test_no_text_is_smaller_than_11_px() -> None:
    sizes = [int(size) for size in re.findall(r'font-size="(\d+)px"', column_chart(AMOUNT) + column_chart(CATEGORY))]
    assert sizes
    assert min(sizes) >= 11


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert column_chart(AMOUNT) == column_chart(replace(AMOUNT))


@pytest.mark.parametrize(
    ("most", "axis"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (3, ["0", "2", "4"]),
        (96, ["0", "50", "100"]),
        (1_400_000, ["0", "500k", "1M", "1.5M"]),
    ],
)
def test_the_axis_has_few_round_numbers(most: int, axis: list[str]) -> None:
    assert words(vertical_bars("Rows", [("2024", 0), ("2025", most)]))[: len(axis)] == axis


@pytest.mark.parametrize("text", ["London Borough of Camden", "HOUSING MANAGEMENT", "x"])
@pytest.mark.parametrize("count", [0, 1, 1_234_567])
def test_nothing_is_drawn_outside(text: str, count: int) -> None:
    for drawn in (horizontal_bars("Title", [(text, count)]), vertical_bars("Title", [(text, count)] * 3)):
        for bar in ElementTree.fromstring(drawn).iter("rect"):
            assert float(bar.get("x", "")) >= 0
            assert float(bar.get("width", "")) >= 0
            assert float(bar.get("x", "")) + float(bar.get("width", "")) <= WIDTH
            assert float(bar.get("height", "")) >= 0


def test_only_shapes_and_text_come_through() -> None:
    root = ElementTree.fromstring(column_chart(replace(CATEGORY, top=(("</text><script>alert(1)</script>", 3),))))
    assert {element.tag for element in root.iter()} <= {"svg", "title", "line", "rect", "text"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not names & {"id", "style", "clip-path", "onclick", "href"}
