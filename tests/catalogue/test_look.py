"""What a page shows of the data: rows, places and sums are those of the files, and drawings lie within their frame."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.listing import Listing, PlaceFields, TimeFields, listing_of
from catalogue.look.look import LookSummary, OverTime, Place, look_from_json, look_to_json
from catalogue.look.map_drawing import draw_numbers, draw_places
from catalogue.look.periods import STEPS, first_day, periods_between, step_for
from catalogue.look.side_by_side import side_by_side
from catalogue.look.taking import LONGEST_CELL, PLACES_SHOWN, ROWS_SHOWN, take_look
from catalogue.look.time_drawing import amount_words, draw_over_time
from catalogue.site.pages import dataset_page
from catalogue.site.problem import problem_report
from packages.model import Identity
from packages.vocabulary import publisher
from packages.vocabulary.outlines import outlines
from tests.catalogue import city, looks

CAMDEN = Identity("spend-over-500", "camden")


def listed_table(folder: Path, query: str, **drawn: object) -> Listing:
    """A listing whose CSV and Parquet hold the result of a query of DuckDB."""
    listed = listing_of(city.release(folder / "release", CAMDEN), city.spec(CAMDEN), publisher("camden"))
    for name, form in (("payments.csv", "csv, header"), ("payments.parquet", "parquet")):
        duckdb.sql(f"copy ({query}) to '{folder / name}' (format {form})")
    ((count,),) = duckdb.sql(f"select count(*) from ({query})").fetchall()
    files = tuple(replace(file, rows=count) for file in listed.distributions)
    return replace(listed, distributions=files, **drawn)


OVER_TIME = TimeFields("payments", "payment_date", "amount", "GBP")
POINTS = (PlaceFields("payments", x="x", y="y", label="name"),)
AREAS = (PlaceFields("payments", wkt="shape", label="name"),)


def test_the_first_rows_are_those_of_the_csv(tmp_path: Path) -> None:
    query = "select i as id, repeat('x', i) as name, 'a \"b\", c' as odd from range(200) t(i)"
    table = take_look(listed_table(tmp_path, query), tmp_path).tables[0]
    assert [name for name, _ in table.columns] == ["id", "name", "odd"]
    assert table.total == 200
    assert [row[0] for row in table.rows] == [str(i) for i in range(ROWS_SHOWN)]
    assert {row[2] for row in table.rows} == {'a "b", c'}
    assert all(len(cell) <= LONGEST_CELL for row in table.rows for cell in row)


def test_sums_over_time_are_those_of_duckdb(tmp_path: Path) -> None:
    query = (
        "select date '2024-11-15' + cast(i * 7 % 500 as int) as payment_date, "
        "case when i % 17 = 0 then null else cast(i % 900 - 100 as decimal(18, 2)) / 4 end::decimal(18, 2) as amount "
        "from range(40000) t(i)"
    )
    drawn = take_look(listed_table(tmp_path, query, over_time=OVER_TIME), tmp_path).over_time
    assert drawn is not None
    assert drawn.step == "month"
    wanted = duckdb.sql(
        f"select strftime(date_trunc('month', payment_date), '%Y-%m-%d'), sum(amount)::double, count(*) "
        f"from ({query}) where amount is not null group by 1 order by 1"
    ).fetchall()
    assert [(day, pytest.approx(value), rows) for day, value, rows in wanted] == list(drawn.sums)
    assert drawn.undated == len([i for i in range(40000) if i % 17 == 0])


def test_a_month_without_rows_is_a_gap_and_no_row_is_no_chart(tmp_path: Path) -> None:
    query = "select * from (values (date '2025-01-05', 1.5), (date '2025-04-30', 2.5)) t(payment_date, amount)"
    drawn = take_look(listed_table(tmp_path, query, over_time=OVER_TIME), tmp_path).over_time
    assert drawn is not None
    assert [(day[:7], value, rows) for day, value, rows in drawn.sums] == [
        ("2025-01", 1.5, 1), ("2025-02", 0, 0), ("2025-03", 0, 0), ("2025-04", 2.5, 1),
    ]  # fmt: skip
    empty = "select null::date as payment_date, null::double as amount"
    assert take_look(listed_table(tmp_path, empty, over_time=OVER_TIME), tmp_path).over_time is None


def test_places_are_counted_whole_and_drawn_evenly(tmp_path: Path) -> None:
    query = (
        "select 'place ' || i as name, case when i % 10 = 0 then null else -0.14 + (i % 100) / 1e4 end as x, "
        "51.53 + (i % 77) / 1e4 as y from range(20000) t(i)"
    )
    places = take_look(listed_table(tmp_path, query, places=POINTS), tmp_path).places[0]
    assert (places.total, places.without) == (18_000, 2_000)
    assert PLACES_SHOWN / 2 < len(places.places) <= PLACES_SHOWN
    numbers = [int(place.label.removeprefix("place ")) for place in places.places]
    assert numbers == sorted(numbers)
    assert numbers[-1] > 18_000


@pytest.mark.parametrize(
    ("wkt", "rings"),
    [
        ("POINT (-0.1 51.5)", 1),
        ("POLYGON ((-0.1 51.5, -0.1 51.6, 0 51.6, -0.1 51.5))", 1),
        ("MULTIPOLYGON (((-0.1 51.5, -0.1 51.6, 0 51.6, -0.1 51.5)), ((0 51, 0 51.1, 0.1 51.1, 0 51)))", 2),
        ("POLYGON ((0 0, 0 9, 9 9, 9 0, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))", 2),
        ("POLYGON EMPTY", 0),
        ("no shape at all", 0),
        ("", 0),
    ],
)
def test_a_shape_keeps_its_rings(tmp_path: Path, wkt: str, rings: int) -> None:
    query = f"select 'here' as name, '{wkt}' as shape"
    places = take_look(listed_table(tmp_path, query, places=AREAS), tmp_path).places[0]
    assert [len(place.rings) for place in places.places] == ([rings] if rings else [])
    assert places.without == (0 if rings else 1)


def test_a_look_is_read_as_it_was_written() -> None:
    look = looks.look("a" * 64)
    assert look_from_json(look_to_json(look)) == look


# --- drawings ---------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=20),
    st.sampled_from([*outlines(), "greater-london-authority", "london"]),
)
def test_a_map_never_fails_and_shows_its_borough(pairs: list[tuple[float, float]], slug: str) -> None:
    drawing = draw_places([Place("", ((pair,),)) for pair in pairs], slug)
    assert drawing.width > 0
    assert 0 < drawing.height < 700
    assert len(drawing.points) == len(pairs)
    own = [outline for outline in drawing.outlines if outline.is_own]
    assert len(own) == (slug in outlines())
    for x, y in (pixel for outline in own for pixel in pixels(outline.path)):
        assert -1 <= x <= drawing.width + 1
        assert -1 <= y <= drawing.height + 1


def pixels(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


def test_a_place_lies_where_it_is_on_the_map() -> None:
    middle = outlines()["camden"].representative_point()
    drawing = draw_places([Place("Camden", (((middle.x, middle.y),),))], "camden")
    import shapely

    own = next(outline for outline in drawing.outlines if outline.is_own)
    assert shapely.Polygon(pixels(own.path)).contains(shapely.Point(drawing.points[0].x, drawing.points[0].y))


def test_each_number_lies_on_its_authority() -> None:
    import shapely

    drawing = draw_numbers({slug: slug for slug in outlines()})
    shapes = {outline.name: outline.path for outline in drawing.outlines}
    for label in drawing.labels:
        rings = shapes[publisher(label.text).name].split("Z")
        assert any(
            shapely.Polygon(pixels(ring)).buffer(1).contains(shapely.Point(label.x, label.y)) for ring in rings if ring
        ), label


@settings(deadline=None)
@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60), st.sampled_from(STEPS))
def test_a_chart_never_leaves_its_frame(values: list[float], step: str) -> None:
    day = dt.date(2020, 1, 1)
    days = []
    for _ in values:
        days.append(day.isoformat())
        day = first_day(day + dt.timedelta(days={"day": 1, "month": 31, "quarter": 92, "year": 366}[step]), step)
    sums = tuple((day, value, 1) for day, value in zip(days, values, strict=True))
    drawing = draw_over_time(OverTime("Amount", "GBP", step, sums, 0))
    assert len(drawing.bars) == len(values)
    for bar in drawing.bars:
        assert bar.height >= 0
        assert -0.2 <= bar.y <= drawing.height - bar.height + 0.2
        assert drawing.left <= bar.x <= drawing.width - bar.width + 0.2
    assert all(drawing.left < tick.at < drawing.width for tick in drawing.days)


@settings(deadline=None)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 9000), st.sampled_from(STEPS))
def test_periods_follow_each_other_without_a_gap(first: dt.date, days: int, step: str) -> None:
    last = first + dt.timedelta(days=days)
    found = list(periods_between(first, last, step))
    assert found[0] <= first
    assert found == sorted(set(found))
    assert {first_day(first + dt.timedelta(days=n), step) for n in range(0, days + 1)} == set(found)
    assert step_for(first, last) in STEPS


def test_publishers_stand_side_by_side_in_one_scale() -> None:
    short = OverTime("Amount", "GBP", "day", (("2026-07-30", 10.0, 1), ("2026-08-01", 30.0, 2)), 0)
    long = OverTime("Amount", "GBP", "month", (("2026-06-01", 120.0, 4), ("2026-07-01", 60.0, 3)), 0)
    drawn = side_by_side({"barnet": LookSummary(None, short), "camden": LookSummary(12, long)})
    assert list(drawn.charts) == ["barnet", "camden"]
    assert (drawn.step, drawn.first, drawn.last, drawn.highest) == ("month", "2026-06-01", "2026-08-01", 120.0)
    assert drawn.sums == {"barnet": 40.0, "camden": 180.0}
    assert drawn.numbers == {"camden": 12}
    heights = [bar.height for bar in drawn.charts["camden"].bars]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert side_by_side({}).charts == {}


def test_a_sum_is_written_with_its_unit() -> None:
    assert amount_words(1234567.4, "GBP") == "£1,234,567"
    assert amount_words(-5, "GBP") == "−£5"
    assert amount_words(12, "households") == "12 households"


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_every_picture_with_a_table_beside_it(tmp_path: Path) -> None:
    listed = listing_of(city.release(tmp_path, CAMDEN), city.spec(CAMDEN), publisher("camden"))
    page = dataset_page(listed, [], None, looks.look(listed.release)).decode()
    assert page.count('class="map"') > 2
    assert page.count('role="img"') == 3
    assert page.count("as a table</summary>") == 3
    assert looks.MARKUP not in page
    assert "The first 2 of 1,234 rows" in page
    assert "Ordnance Survey" in page


def test_a_problem_goes_to_the_contact_with_dataset_and_release(tmp_path: Path) -> None:
    listed = listing_of(city.release(tmp_path, CAMDEN), city.spec(CAMDEN), publisher("camden"))
    without = replace(listed, contact=replace(listed.contact, email="", page="https://a.example"))
    assert problem_report(without).mail == ""
    report = problem_report(replace(listed, contact=replace(listed.contact, email="open data&x=1@camden.example")))
    assert report.mail.startswith("mailto:open%20data%26x%3D1@camden.example?subject=")
    assert listed.release[:16] in report.text
    assert listed.title in report.text
