"""Places that stand in the wrong column, lost a sign, are in another system or lie elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packages.model import CheckOutcome, Finding, Severity
from packages.shaping.places.wkt import parse_wkt
from packages.vocabulary import LONDON, publishers
from packages.vocabulary.outlines import outlines
from quality.places import places_part
from quality.places.areas import boroughs_of, expected_area
from tests.conftest import ROOT
from tests.quality.drafts import make_draft, make_spec

FIELDS = [{"name": "x", "type": "number"}, {"name": "y", "type": "number"}, {"name": "system"}, {"name": "shape"}]
CAMDEN = (-0.14, 51.54)
POINTS = {"resource": "things", "x": "x", "y": "y", "system": "system"}


def said(folder: Path, rows: list[tuple[float | None, float | None, str]], **place: str) -> tuple[Finding, ...]:
    """What is found on rows of a publisher called camden."""
    x, y, system = (list(column) for column in zip(*rows, strict=True))
    columns = {"x": pa.array(x, pa.float64()), "y": pa.array(y, pa.float64()), "system": pa.array(system, pa.string())}
    spec = make_spec(FIELDS, places=[POINTS])
    part = places_part(make_draft(folder, columns), spec)
    assert [check.outcome for check in part.checks] == [CheckOutcome.FAILED if part.findings else CheckOutcome.PASSED]
    return part.findings


@pytest.mark.parametrize(
    ("row", "rule", "words"),
    [
        ((51.54, -0.14, ""), "place-turned", ""),
        ((0.14, 51.54, ""), "place-sign-lost", ""),
        # the place itself is some way beyond the border
        ((0.173, 51.534, ""), "place-sign-lost", ""),
        ((528000, 184000, ""), "place-other-system", "the British National Grid"),
        ((184000, 528000, "WGS84"), "place-other-system", "the British National Grid"),
        ((-15585, 6717000, ""), "place-other-system", "Web Mercator"),
        ((-0.14, 51.54, "OSGB36"), "place-other-system", "longitude and latitude"),
        ((528000, 184000, "osgb36"), "", ""),
        ((545000, 165000, "OSGB36"), "place-outside-borough", ""),
        ((0.02, 51.40, "WGS84"), "place-outside-borough", ""),
        ((0.0, 0.0, ""), "place-outside-london", ""),
        ((-2.24, 53.48, ""), "place-outside-london", ""),
        ((None, 51.5, ""), "", ""),
        ((*CAMDEN, "WGS84"), "", ""),
    ],
)
def test_each_way_to_be_in_the_wrong_place(
    tmp_path: Path, row: tuple[float | None, float | None, str], rule: str, words: str
) -> None:
    found = said(tmp_path, [(*CAMDEN, ""), row])
    assert [f.rule for f in found] == ([rule] if rule else [])
    assert all(words in f.what for f in found)


def test_rows_are_counted_by_what_is_wrong(tmp_path: Path) -> None:
    turned, good = (51.54, -0.14, ""), (*CAMDEN, "")
    found = said(tmp_path, [good, turned, turned, (0.02, 51.40, ""), turned, turned])
    counts = {f.rule: (f.severity, f.where.count, f.where.of, f.where.field) for f in found}
    assert counts == {
        "place-turned": (Severity.HOLD, 4, 6, "x, y"),
        "place-outside-borough": (Severity.WARN, 1, 6, "x, y"),
    }


def test_a_shape_is_where_its_first_point_is(tmp_path: Path) -> None:
    here, turned = "POLYGON ((-0.14 51.54, -0.15 51.54, -0.14 51.55, -0.14 51.54))", "POINT (51.54 -0.14)"
    draft = make_draft(tmp_path, {"shape": pa.array([here, None, turned])})
    part = places_part(draft, make_spec(FIELDS, places=[{"resource": "things", "wkt": "shape"}]))
    assert [(f.rule, f.where.count) for f in part.findings] == [("place-turned", 1)]


def test_every_borough_has_a_box_of_its_own_in_london() -> None:
    boroughs = [p for p in publishers().values() if p.kind in ("london-borough", "city-corporation")]
    west, south, east, north = LONDON
    for one in boroughs:
        w, s, e, n = one.bbox
        assert west - 0.02 <= w < e <= east + 0.02, one.slug
        assert south - 0.02 <= s < n <= north + 0.02, one.slug
        assert (e - w) * (n - s) < 0.06, one.slug
    assert len({one.bbox for one in boroughs}) == 33


SQUARE = "POLYGON ((-0.14 51.54, -0.13 51.54, -0.13 51.55, -0.14 51.55, -0.14 51.54))"
LONG = "POLYGON ((" + ", ".join(f"-0.{n:06d}1 51.541" for n in range(2_000)) + "))"


def shapes_said(folder: Path, *cells: str | None) -> dict[str, Finding]:
    draft = make_draft(folder, {"shape": pa.array(cells, pa.string())})
    part = places_part(draft, make_spec(FIELDS, places=[{"resource": "things", "wkt": "shape"}]))
    return {f.rule: f for f in part.findings}


@pytest.mark.parametrize(
    ("cell", "rule", "severity", "words"),
    [
        (LONG[:32_767], "shape-cut", Severity.BLOCK, "32,767 characters"),
        # a space at the cut is trimmed while shaping
        (LONG[:32_766], "shape-cut", Severity.BLOCK, "32,767 characters"),
        (LONG[:4_000], "shape-unreadable", Severity.BLOCK, "cut off"),
        ("see the map", "shape-unreadable", Severity.BLOCK, "form of WKT"),
        ("POLYGON ((-0.14 51.54, -0.13 51.54, -0.13 51.55))", "shape-unreadable", Severity.BLOCK, "form of WKT"),
        ("CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))", "shape-curved", Severity.BLOCK, "curves"),
        (
            "POLYGON ((-0.14 51.54, -0.13 51.55, -0.14 51.55, -0.13 51.54, -0.14 51.54))",
            "shape-crossed", Severity.HOLD, "crosses itself",
        ),
        (
            "POLYGON ((-0.14 51.54, -0.13 51.54, -0.13 51.55, -0.14 51.54), (-0.18 51.5, -0.18 51.6, -0.17 51.5, "
            "-0.18 51.5))",
            "shape-crossed", Severity.HOLD, "a hole lies outside",
        ),
        ("POLYGON EMPTY", "shape-empty", Severity.HOLD, "is empty"),
        ("POINT EMPTY", "shape-empty", Severity.HOLD, "is empty"),
        ("POINT (-0.14 51.54)", "shapes-mixed", Severity.HOLD, "points among areas"),
        ("LINESTRING (-0.14 51.54, -0.13 51.55)", "shapes-mixed", Severity.HOLD, "lines among areas"),
        # one point that lost its first digits
        ("POLYGON ((-0.14 51.54, -0.13 1.54, -0.13 51.55, -0.14 51.54))", "place-outside-london", Severity.HOLD, ""),
        ("", "", None, ""),
        (None, "", None, ""),
        (f"MULTI{SQUARE.replace('((', '(((').replace('))', ')))')}", "", None, ""),
    ],
)  # fmt: skip
def test_what_is_no_shape_stops_the_file(
    tmp_path: Path, cell: str | None, rule: str, severity: Severity | None, words: str
) -> None:
    found = shapes_said(tmp_path, SQUARE, SQUARE, cell)
    assert list(found) == ([rule] if rule else [])
    assert [(f.severity, f.where.count, words in f.what) for f in found.values()] == (
        [(severity, 1, True)] if rule else []
    )


def test_a_shape_at_the_border_is_at_home_and_one_beyond_is_not(tmp_path: Path) -> None:
    # the border of Camden and Westminster is Regent's Park's outer edge in the west, and Oxford Street in the south
    across = "POLYGON ((-0.1450 51.540, -0.190 51.525, -0.190 51.530, -0.1450 51.540))"
    beyond = "POLYGON ((-0.190 51.495, -0.185 51.495, -0.185 51.500, -0.190 51.495))"
    assert list(shapes_said(tmp_path, SQUARE, across)) == []
    assert list(shapes_said(tmp_path, SQUARE, SQUARE, beyond)) == ["place-outside-borough"]


@pytest.mark.parametrize(
    ("here", "there", "severity", "words"),
    [
        (0, 6, Severity.HOLD, "All places lie in London, but outside the borough. They lie in Islington."),
        (2, 6, Severity.HOLD, "They lie in Islington."),
        (0, 1, Severity.HOLD, "It lies in Islington."),
        (9, 2, Severity.WARN, "outside the borough"),
    ],
)
def test_most_places_in_another_borough_stop_the_file(
    tmp_path: Path, here: int, there: int, severity: Severity, words: str
) -> None:
    rows = [(-0.1403 - n / 5000, 51.5441 + n / 7000, "") for n in range(here)]
    rows += [(-0.1041 + n / 3000, 51.5461 + n / 7000, "") for n in range(there)]
    (one,) = said(tmp_path, rows)
    assert (one.severity, one.where.count, words in one.what) == (severity, there, True)


def test_some_places_far_beyond_the_borough_stop_the_file_too(tmp_path: Path) -> None:
    rows = [(-0.1403 - n / 5000, 51.5441 + n / 7000, "") for n in range(20)]
    rows += [(0.0811 + n / 3000, 51.4531 + n / 7000, "") for n in range(3)]
    (one,) = said(tmp_path, rows)
    assert (one.rule, one.severity) == ("places-elsewhere", Severity.HOLD)
    assert "Greenwich" in one.what


@pytest.mark.parametrize("slug", sorted(outlines()))
def test_a_borough_holds_its_own_middle_and_no_other_does(slug: str, tmp_path: Path) -> None:
    inside = outlines()[slug].representative_point()
    assert expected_area(slug).holds(np.array([inside.x]), np.array([inside.y])).all()
    assert [name for name, _ in boroughs_of(np.array([inside.x]), np.array([inside.y]))] == [slug]


def test_there_is_an_outline_for_each_authority() -> None:
    assert len(outlines()) == 33
    assert all(outline.is_valid for outline in outlines().values())
    assert "Ordnance Survey data © Crown copyright" in (ROOT / "packages/vocabulary/outlines.geojson").read_text()


APART = [(-0.14031 - n * 0.00123, 51.54413 + n * 0.00077, "") for n in range(10)]


@pytest.mark.parametrize(
    ("rows", "severity", "count"),
    [
        ([(-0.14321, 51.54321, "")] * 10, Severity.HOLD, 10),
        (APART[:9] + [(-0.14321, 51.54321, "")] * 5, Severity.WARN, 5),
        (APART[:5] + [(-0.14321, 51.54321, "")] * 5, Severity.HOLD, 5),
        (APART[:1] + [(-0.14321, 51.54321, "")] * 9, Severity.HOLD, 9),
        (APART, None, 0),
        ([*APART, *APART], None, 0),
        ([(-0.14321, 51.54321, "")] * 2, None, 0),
        ([(None, None, "")] * 9, None, 0),
    ],
)
def test_one_point_for_many_rows(
    tmp_path: Path, rows: list[tuple[float | None, float | None, str]], severity: Severity | None, count: int
) -> None:
    found = said(tmp_path, rows)
    assert [(f.rule, f.severity, f.where.count) for f in found] == (
        [("place-repeated", severity, count)] if severity else []
    )


@pytest.mark.parametrize(("count", "severity"), [(4, None), (10, Severity.WARN), (60, Severity.HOLD)])
def test_one_coordinate_for_all_rows(tmp_path: Path, count: int, severity: Severity | None) -> None:
    found = said(tmp_path, [(-0.14321, 51.54321 + n / 9000, "") for n in range(count)])
    assert [(f.rule, f.severity) for f in found] == ([("places-on-a-line", severity)] if severity else [])


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([(round(x, 2), round(y, 2), "") for x, y, _ in APART], 10),
        ([(-0.1, 51.5, ""), *APART], 1),
        ([(-0.1, 51.6, ""), (-0.2, 51.5, ""), (-0.1, 51.5, "")], 3),
        ([(-0.1, 51.6, ""), (-0.2, 51.5, "")], 0),
        ([*APART[:9], (-0.14, 51.55, "")], 1),
        ([(529000 + 1000 * (n % 2), 183000 + 1000 * (n % 3), "OSGB36") for n in range(6)], 6),
        ([(529031 + 77 * n, 184013 + 91 * n, "OSGB36") for n in range(6)], 0),
        ([(round(x, 3), round(y, 3), "") for x, y, _ in APART], 0),
        # 528000 184000, 527000 185000 and 529000 183000 in degrees
        (
            [
                (-0.155677, 51.540396, ""),
                (-0.169728, 51.549609, ""),
                (-0.141631, 51.531182, ""),
                (-0.141265, 51.540169, ""),
            ],
            4,
        ),
    ],
)
def test_places_to_the_nearest_kilometre(tmp_path: Path, rows: list[tuple[float, float, str]], count: int) -> None:
    found = [f for f in said(tmp_path, rows) if not f.rule.startswith("place-outside")]
    assert [(f.rule, f.where.count) for f in found if f.rule == "place-coarse"] == (
        [("place-coarse", count)] if count else []
    )


@pytest.mark.parametrize("length", [254, 255, 1_000, 4_000, 32_767])
def test_shapes_that_all_end_at_the_same_length_were_cut_there(tmp_path: Path, length: int) -> None:
    found = shapes_said(tmp_path, LONG[:length], SQUARE, LONG[:length], LONG[:150])
    assert {rule: f.where.count for rule, f in found.items()} == {"shape-cut": 2, "shape-unreadable": 1}
    assert f"cut off after {length:,} characters" in found["shape-cut"].what


@given(st.integers(1, len(LONG) - 1))
def test_a_shape_is_never_read_from_a_part_of_its_text(length: int) -> None:
    assert parse_wkt([LONG[:length]])[0] is None


def test_places_cut_to_kilometres_are_not_called_those_of_another_borough(tmp_path: Path) -> None:
    rows = [(round(x - 0.05, 1), round(y, 1), "") for x, y, _ in APART] + [(-0.1, 51.6, ""), (-0.1, 51.4, "")]
    assert [f.rule for f in said(tmp_path, rows)] == ["place-coarse"]
