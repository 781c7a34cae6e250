"""Places that stand in the wrong column, lost a sign, are in another system or lie elsewhere."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from packages.model import CheckOutcome, Finding, Severity
from packages.vocabulary import LONDON, publishers
from quality.places import places_part
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
