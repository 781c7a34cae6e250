"""Columns that no field takes and that still speak: of other publishers, of people, of other places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from packages.model import ChangeLog, Identity, Severity
from packages.shaping.shape import shape
from packages.spec import generic_spec, load_spec
from tests.packages.shape_examples import DAY, FIRST_ROW, Shaped, a_spec, run, table

PAYMENT = ("2026-03-31", "Quillstone Ltd", "5.00")
HEADINGS = ["paid_on", "supplier", "amount"]


def payments(root: Path, heading: str, cells: Sequence[str], *, supplier: Sequence[str] = ()) -> Shaped:
    """Payments of Camden with one more column, which the layout leaves out on purpose."""
    spec = a_spec(root, publisher={"layouts": [{"ignore": [heading]}]})
    rows = [(PAYMENT[0], s, PAYMENT[2], c) for c, s in zip(cells, supplier or [PAYMENT[1]] * len(cells), strict=True)]
    return run(table([*HEADINGS, heading], rows, batch=3), spec)


@pytest.mark.parametrize("heading", ["Borough", "Council Name", "organisation_uri", "Body Name", "GSS Code", "LPA"])
@pytest.mark.parametrize(
    ("own", "other", "name"),
    [
        ("Camden", "Islington", "Islington"),
        ("LB Camden", "London Borough of Haringey", "Haringey"),
        ("E09000007", "E09000019", "Islington"),
        ("E09000007", "E07000223", "another authority"),
        (
            "http://opendatacommunities.org/id/london-borough-council/camden",
            "http://opendatacommunities.org/id/district-council/adur",
            "another authority",
        ),
    ],
)
def test_rows_of_another_publisher_are_held(heading: str, own: str, other: str, name: str, tmp_path: Path) -> None:
    shaped = payments(tmp_path, heading, [own] * 5 + [other] * 2 + [own])
    found = shaped.found("rows-of-another-publisher")
    assert (found.severity, found.where.rows, found.where.count, found.where.of) == (Severity.HOLD, (7, 8), 2, 8)
    assert name in found.what
    # and all of them, when the whole file is another's
    assert payments(tmp_path, heading, [other] * 4).found("rows-of-another-publisher").where.count == 4


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Borough", ["Camden", "LB Camden", "E09000007", "", "Camden Council", "local-authority:CMD"]),
        ("Organisation", ["Camden Town Hall", "Islington Road Library", "Various"]),
        ("Supplier area", ["Islington", "Haringey"]),
        ("Council", ["Council", "Council"]),
    ],
)
def test_what_names_no_other_publisher_is_no_objection(heading: str, cells: list[str], tmp_path: Path) -> None:
    assert "rows-of-another-publisher" not in payments(tmp_path, heading, cells).rules()


def test_of_an_unknown_publisher_the_rarer_names_are_the_others(tmp_path: Path) -> None:
    a_spec(tmp_path, mapping={"layouts": [{"ignore": ["Borough"]}]})
    rows = [(*PAYMENT, name) for name in ("Camden", "Camden", "Islington", "Haringey", "")]
    shaped = run(table([*HEADINGS, "Borough"], rows), generic_spec("payments", tmp_path))
    found = [f for f in shaped.findings if f.rule == "rows-of-another-publisher"]
    assert [f.where.rows for f in found] == [(4,), (5,)]


def test_a_column_that_is_mapped_to_something_else_names_no_publisher(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, publisher={"layouts": [{"columns": {"note": "Organisation"}}]})
    shaped = run(table([*HEADINGS, "Organisation"], [(*PAYMENT, "Islington")]), spec)
    assert "rows-of-another-publisher" not in shaped.rules()


@pytest.mark.parametrize(
    ("heading", "mark"),
    [
        ("Vendor Type", "INDIVIDUAL"), ("Vendor Type", "Foster carer"), ("Supplier type", "Employee"),
        ("Redact flag", "Y"), ("Redaction Necessary", "yes"),
        ("Comment from Database: Publish/ Exclude/ Publish-Redact Name", "Publish-Redact Name"),
    ],
)  # fmt: skip
def test_marked_rows_that_name_their_payee_are_held(heading: str, mark: str, tmp_path: Path) -> None:
    payees = ["Quillstone Ltd", "Redacted", "J Smith", "REDACTED PERSONAL DATA", "", "A Jones"]
    shaped = payments(tmp_path, heading, ["SUPPLIER", mark, mark, mark, mark, "No"], supplier=payees)
    found = shaped.found("person-marked")
    assert (found.severity, found.who, found.where.rows) == (Severity.HOLD, "data protection officer", (4,))


@pytest.mark.parametrize(
    ("heading", "marks"),
    [
        ("Vendor Type", {"Foster Carers": "marked", "Limited company": "vouched", "Charity": "vouched", "VAT": ""}),
        ("Publish?", {"No": "marked", "Y": "vouched", "maybe": ""}),
        ("Redact flag", {"1": "marked", "N": "vouched", "Publish": "vouched", "Do not publish": "marked"}),
        ("Payee class", {"PERS": "marked", "corp": "vouched", "Company": ""}),
    ],
)
def test_what_a_file_says_of_its_payees(heading: str, marks: dict[str, str], tmp_path: Path) -> None:
    a_spec(tmp_path, mapping={"layouts": [{"ignore": [heading]}]})
    flag = "flags: [{column: payee class, person: [pers], organisation: [Corp]}]\n"
    (tmp_path / "payments/quality.yaml").write_text(flag)
    spec = load_spec(Identity("payments", "camden"), tmp_path)
    names = [f"Ottoline Quill {place}" for place in range(len(marks))]
    rows = [("2026-03-31", name, "5.00", text) for name, text in zip(names, marks, strict=True)]
    log, shaped = ChangeLog(), shape(table([*HEADINGS, heading], rows), spec, spec.resource, day=DAY)
    list(shaped.start(log))
    marked = {row for found in log.findings if found.rule == "person-marked" for row in found.where.rows}
    assert marked == {FIRST_ROW + place for place, mark in enumerate(marks.values()) if mark == "marked"}
    assert log.vouched == {name for name, mark in zip(names, marks.values(), strict=True) if mark == "vouched"}


def test_a_mark_counts_also_in_a_column_that_is_published(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, publisher={"layouts": [{"columns": {"note": "Vendor Type"}}]})
    shaped = run(table([*HEADINGS, "Vendor Type"], [("2026-03-31", "J Smith", "5", "Individual")]), spec)
    assert shaped.found("person-marked").where.rows == (FIRST_ROW,)


def places(root: Path, headings: list[str], rows: Sequence[Sequence[str]], *, ignore: Sequence[str] = ()) -> Shaped:
    """Things of Camden with a place each, as longitude and latitude or otherwise."""
    fields = [{"name": "name"}, {"name": "x", "type": "number"}, {"name": "y", "type": "number"}]
    a_spec(root, fields=fields)
    (root / "payments/quality.yaml").write_text("places: [{resource: payments, x: x, y: y}]\n")
    layout = {"columns": {"x": ["Longitude"], "y": ["Latitude"]}, "ignore": list(ignore)}
    spec = a_spec(root, fields=fields, publisher={"layouts": [layout]})
    return run(table(headings, rows), spec)


GRID = [("528000", "184000", "-0.155751", "51.540417"), ("528500", "184200", "-0.148471", "51.542103"),
        ("529000", "184900", "-0.141010", "51.548280"), ("529300", "183300", "-0.137270", "51.533833"),
        ("527100", "185200", "-0.168300", "51.551400")]  # fmt: skip


def test_eastings_and_northings_are_places_where_there_are_no_others(tmp_path: Path) -> None:
    rows = [(f"n{i}", east, north) for i, (east, north, _, _) in enumerate(GRID)]
    for ignore in ((), ("Easting", "Northing")):
        shaped = places(tmp_path, ["name", "Easting", "Northing"], rows, ignore=ignore)
        assert float(shaped.rows[0]["x"]) == pytest.approx(-0.15575, abs=1e-3)
        assert float(shaped.rows[0]["y"]) == pytest.approx(51.5404, abs=1e-3)
        assert shaped.counts() == {("grid", "x"): 5, ("grid", "y"): 5}
        assert "columns-absent" not in shaped.rules()


def test_a_row_without_degrees_gets_its_place_from_the_grid(tmp_path: Path) -> None:
    rows = [("a", *GRID[0]), ("b", "528500", "184200", "", ""), ("c", "", "", "", ""), ("d", "0", "0", "", "")]
    headings = ["name", "EASTING", "NORTHING", "Longitude", "Latitude"]
    shaped = places(tmp_path, headings, rows, ignore=["EASTING", "NORTHING"])
    assert [row["x"] for row in shaped.rows][0::2] == ["-0.155751", ""]
    assert float(shaped.rows[1]["x"]) == pytest.approx(-0.148, abs=2e-3)
    assert shaped.rows[3]["x"] == ""
    assert shaped.counts() == {("grid", "x"): 1, ("grid", "y"): 1}


@pytest.mark.parametrize(
    ("east", "north", "rule"),
    [("538000", "184000", "grid-contradicts"), ("528000", "186000", "grid-contradicts"), ("528050", "184020", "")],
)
def test_a_grid_reference_that_says_another_place_is_held(east: str, north: str, rule: str, tmp_path: Path) -> None:
    rows = [(f"n{i}", *cells) for i, cells in enumerate(GRID[1:])] + [("odd", east, north, *GRID[0][2:])]
    heading = ["name", "Eastings", "Northings", "Longitude", "Latitude"]
    shaped = places(tmp_path, heading, rows, ignore=["Eastings", "Northings"])
    assert [f.rule for f in shaped.findings if f.rule == "grid-contradicts"] == ([rule] if rule else [])
    if rule:
        assert shaped.found(rule).where.rows == (6,)


def test_a_file_whose_grid_references_are_in_another_borough_is_held(tmp_path: Path) -> None:
    rows = [(f"n{i}", str(545_000 + i), "165000", *cells[2:]) for i, cells in enumerate(GRID)]
    shaped = places(tmp_path, ["name", "Easting", "Northing", "Longitude", "Latitude"], rows)
    assert shaped.found("grid-contradicts").where.count == 5


@pytest.mark.parametrize(
    ("system", "place", "words"),
    [
        ("OSGB36", ("-0.15", "51.54"), "the National Grid"),
        ("EPSG:27700", ("-0.15", "51.54"), "the National Grid"),
        ("WGS84", ("528000", "184000"), "degrees"),
        ("EPSG:2157", ("-0.15", "51.54"), "another system"),
        ("Web Mercator", ("-0.15", "51.54"), "another system"),
        ("WGS84", ("-0.15", "51.54"), ""),
        ("ETRS89", ("-0.15", "51.54"), ""),
        ("OSGB36", ("528000", "184000"), ""),
        ("not known", ("-0.15", "51.54"), ""),
        ("OSGB36", ("", ""), ""),
    ],
)
def test_a_system_that_does_not_fit_the_numbers_is_held(
    system: str, place: tuple[str, str], words: str, tmp_path: Path
) -> None:
    rows = [("a", "-0.14", "51.54", "WGS84"), ("b", *place, system)]
    shaped = places(tmp_path, ["name", "Longitude", "Latitude", "CoordinateReferenceSystem"], rows)
    found = [f for f in shaped.findings if f.rule == "system-contradicts"]
    assert [(f.where.rows, words in f.what) for f in found] == ([((3,), True)] if words else [])


AREA = "POLYGON ((-0.15 51.54, -0.14 51.54, -0.14 51.55, -0.15 51.54))"


@pytest.mark.parametrize("heading", ["geometry", "WKT", "the_geom"])
def test_areas_in_a_dataset_of_points_are_held(heading: str, tmp_path: Path) -> None:
    rows = [
        ("a", "-0.15", "51.54", "POINT (-0.15 51.54)"),
        ("b", "", "", AREA),
        ("c", "", "", ""),
        ("d", "-0.1", "51.5", AREA),
    ]
    shaped = places(tmp_path, ["name", "Longitude", "Latitude", heading], rows, ignore=[heading])
    assert shaped.found("shape-without-point").where.rows == (3,)
    shaped = places(tmp_path, ["name", heading], [("a", AREA), ("b", AREA)], ignore=[heading])
    assert shaped.found("shape-without-point").where.count == 2


def test_the_points_of_a_map_are_its_places_whatever_the_layout_calls_them(tmp_path: Path) -> None:
    fields = [{"name": "name"}, {"name": "x", "type": "number"}, {"name": "y", "type": "number"}]
    a_spec(tmp_path, fields=fields)
    (tmp_path / "payments/quality.yaml").write_text("places: [{resource: payments, x: x, y: y}]\n")
    spec = a_spec(tmp_path, fields=fields, publisher={"layouts": [{"columns": {"x": ["X"], "y": ["Y"]}}]})
    rows = table(["name", "geometry", "longitude", "latitude"], [("a", "POINT (-0.15 51.54)", "-0.15", "51.54")])
    made = replace(rows, made=frozenset({"geometry", "longitude", "latitude"}))
    shaped = run(made, spec)
    assert (shaped.column("x"), shaped.column("y")) == (["-0.15"], ["51.54"])
    assert "column-unmapped" not in shaped.rules()
    # columns of the file itself that nobody mapped are another matter
    assert "column-unmapped" in run(rows, spec).rules()
