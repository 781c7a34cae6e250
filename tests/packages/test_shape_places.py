"""Shapes in a column of WKT: what is repaired with certainty and counted, and what stays as it is."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from packages.model import ChangeLog
from packages.shaping.places.wkt import parse_wkt, shapes_in_form
from tests.packages.shape_examples import a_field, a_spec, table
from tests.packages.shape_examples import run as run_shape

RIGHT = "POLYGON ((-0.14 51.540, -0.13 51.540, -0.13 51.550, -0.14 51.540))"
WRONG = "POLYGON ((-0.14 51.540, -0.13 51.550, -0.13 51.540, -0.14 51.540))"
HOLED = "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))"
BOW_TIE = "POLYGON ((0 0, 2 2, 0 2, 2 0, 0 0))"


def settled(*texts: str | None, several: bool = False) -> tuple[list[str | None], dict[str, tuple[int, ...]]]:
    """The shapes as they come out, and the rows that each rule changed; the first row is 2."""
    log = ChangeLog()
    numbers = pa.array(range(2, len(texts) + 2), pa.int64())
    cells = shapes_in_form(pa.array(texts, pa.string()), "shape", numbers, log, several=several)
    return cells.to_pylist(), {change.rule: change.rows for change in log.changes}


@pytest.mark.parametrize(
    "text",
    [RIGHT, HOLED, f"MULTI{RIGHT.replace('((', '(((').replace('))', ')))')}", "POINT (1.0 2)", "LINESTRING (0 0, 1 1)",
     BOW_TIE, "POLYGON EMPTY", "POLYGON ((0 0, 1 0", "somewhere", "", None, "POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))",
     "GEOMETRYCOLLECTION (POINT (1 2), POLYGON ((0 0, 1 1, 1 0, 0 0)))", "CIRCULARSTRING (0 0, 1 1, 2 0)"],
)  # fmt: skip
def test_a_shape_in_form_or_beyond_repair_stays_to_the_letter(text: str | None) -> None:
    assert settled(RIGHT, text) == ([RIGHT, text], {})


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (WRONG, "POLYGON ((-0.14 51.540, -0.13 51.540, -0.13 51.550, -0.14 51.540))"),
        (
            HOLED.replace("1 1, 1 2, 2 2, 2 1, 1 1", "1 1, 2 1, 2 2, 1 2, 1 1"),
            HOLED,
        ),
        (
            "MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
            "MULTIPOLYGON (((0 0, 1 1, 0 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
        ),
        ("POLYGON Z ((0 0 1, 1 1 2, 1 0 3, 0 0 1))", "POLYGON Z ((0 0 1, 1 0 3, 1 1 2, 0 0 1))"),
    ],
)
def test_rings_in_the_wrong_order_are_turned_digit_by_digit(wrong: str, right: str) -> None:
    assert settled(RIGHT, wrong, None) == ([RIGHT, right, None], {"ring-order": (3,)})


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(0, 3))
def test_turning_moves_no_point(turns: list[bool], places: int) -> None:
    boxes = [shapely.box(n, 51, n + 0.5 + n / 8, 51.5, ccw=not turn) for n, turn in enumerate(turns)]
    texts = [shapely.to_wkt(box, rounding_precision=places + 3) for box in boxes]
    after, changes = settled(*texts)
    assert all(shapely.is_ccw(shape.exterior) for shape in parse_wkt(after))
    assert all(shapely.equals(*pair) for pair in zip(parse_wkt(texts), parse_wkt(after), strict=True))
    assert len(changes.get("ring-order", ())) == min(sum(turns), 3)


@pytest.mark.parametrize(
    "text",
    [
        "POLYGON ((0 0, 2 2, 4 0, 4 4, 2 2, 0 4, 0 0))",
        "POLYGON ((0 0, 4 0, 4 4, 2 0, 0 4, 0 0))",
        "POLYGON ((0 0, 8 0, 8 8, 4 8, 5 6, 3 6, 4 8, 0 8, 0 0))",
    ],
)
def test_a_line_that_touches_itself_is_divided_there_when_the_area_stays(text: str) -> None:
    (first, after), changes = settled(RIGHT, text)
    before, repaired = parse_wkt([text, after])
    assert (first, changes) == (RIGHT, {"shape-touching": (3,)})
    assert repaired.is_valid
    assert repaired.area == pytest.approx(before.area)


def test_a_line_that_runs_round_a_part_twice_stays_for_a_person() -> None:
    twice = "POLYGON ((0 0, 8 0, 8 8, 4 8, 3 6, 5 6, 4 8, 0 8, 0 0))"
    assert settled(RIGHT, twice) == ([RIGHT, twice], {})


def test_a_multipolygon_of_a_polygon_only_where_the_dataset_wants_one() -> None:
    many = "MULTIPOLYGON (((-0.14 51.540, -0.13 51.540, -0.13 51.550, -0.14 51.540)))"
    assert settled(RIGHT, many) == ([RIGHT, many], {})
    assert settled(RIGHT, many, "polygon z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))", "", several=True) == (
        [many, many, "MULTIPOLYGON z (((0 0 1, 1 0 1, 1 1 1, 0 0 1)))", ""],
        {"multipolygon": (2, 4)},
    )


@pytest.mark.parametrize(
    ("text", "wkt"),
    [
        (f"SRID=4326;{RIGHT}", RIGHT),
        (shapely.to_wkb(shapely.from_wkt("POINT (-0.14 51.54)"), hex=True), "POINT (-0.14 51.54)"),
        ('{"type": "Point", "coordinates": [-0.14, 51.54]}', "POINT (-0.14 51.54)"),
        ("SRID=4326;POLYGON ((0 0, 1", "SRID=4326;POLYGON ((0 0, 1"),
        ('{"type": "Point"}', '{"type": "Point"}'),
        ("0101000000", "0101000000"),
    ],
)
def test_other_forms_of_databases_become_wkt(text: str, wkt: str) -> None:
    assert settled(RIGHT, text) == ([RIGHT, wkt], {"shape-form": (3,)} if text != wkt else {})


def test_the_shapes_of_a_dataset_are_those_that_its_quality_names(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("string"))
    rows = table(["value"], [[RIGHT], [WRONG]])
    assert run_shape(rows, spec).changes == ()
    (tmp_path / "payments/quality.yaml").write_text("places: [{resource: payments, wkt: value}]\n")
    shaped = run_shape(rows, a_spec(tmp_path, fields=a_field("string")))
    assert shaped.column("value") == [RIGHT, RIGHT]
    assert shaped.counts() == {("ring-order", "value"): 1}
