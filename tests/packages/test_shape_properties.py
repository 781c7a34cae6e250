"""Whatever is in the cells: shaping is finished after once, leaves our own form alone and loses no row unsaid."""

from __future__ import annotations

import datetime as dt
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.shaping.hygiene import nothing_word
from packages.spec import DatasetSpec
from tests.packages.shape_examples import HEADINGS, a_spec, run, table

pytestmark = pytest.mark.usefixtures("readers_in_process")

MAPPING = {"reading": {"total_field": "amount"}, "rules": {"note": {"blank": ["n/a"], "values": {"x": "y"}}}}

DATES = st.dates(min_value=dt.date(1000, 1, 1))
FORMS = st.sampled_from(
    ["%d/%m/%Y", "%m/%d/%Y", "%d-%b-%Y", "%d %B %Y", "%d.%m.%Y %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
)
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)
WILD = st.one_of(
    st.text(max_size=12),
    st.text(alphabet=string.digits + "£-+(),./ :Â†œ", max_size=12),
    st.sampled_from(["", "Total", "Grand Total", "n/a", "GOODS", "services", " x ", "46112"]),
    st.builds(lambda day, form: day.strftime(form), DATES, FORMS),
    AMOUNTS.map("£{:,}".format),
    AMOUNTS.map("({:,})".format),
)
ROWS = st.lists(st.tuples(WILD, WILD, WILD, WILD, WILD), min_size=1, max_size=12)

CANONICAL = st.tuples(
    DATES.map(dt.date.isoformat),
    st.text(alphabet=string.ascii_letters, min_size=1, max_size=12).filter(lambda t: nothing_word(())(t) == t),
    st.sampled_from(["", "goods", "Services"]),
    AMOUNTS.map("{:f}".format),
    st.sampled_from(["", "a note", "y"]),
)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> DatasetSpec:
    return a_spec(Path(tmp_path_factory.mktemp("datasets")), mapping=MAPPING)


def cells(rows: list[dict[str, Any]]) -> list[list[Any]]:
    return [list(row.values()) for row in rows]


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(CANONICAL, min_size=1, max_size=12))
def test_our_own_form_is_never_changed(spec: DatasetSpec, rows: list[tuple[str, ...]]) -> None:
    shaped = run(table(HEADINGS, rows, batch=5), spec)
    assert cells(shaped.rows) == [list(row) for row in rows]
    assert (shaped.changes, shaped.findings) == ((), ())


@settings(max_examples=300, deadline=None)
@given(rows=ROWS)
def test_no_row_is_lost_unsaid(spec: DatasetSpec, rows: list[tuple[str, ...]]) -> None:
    shaped = run(table(HEADINGS, rows, batch=3), spec)
    dropped = sum(
        f.where.count for f in shaped.findings if f.rule in ("totals-row", "totals-row-agrees", "totals-row-differs")
    )
    assert len(shaped.rows) + dropped == len(rows)
    assert shaped.numbers == list(range(2, 2 + len(shaped.rows)))


@settings(max_examples=300, deadline=None)
@given(rows=ROWS, batch=st.integers(1, 13))
def test_how_the_rows_are_cut_into_batches_does_not_matter(spec: DatasetSpec, rows: list[Any], batch: int) -> None:
    cut, whole = run(table(HEADINGS, rows, batch=batch), spec), run(table(HEADINGS, rows), spec)
    assert (cut.rows, cut.numbers, cut.findings) == (whole.rows, whole.numbers, whole.findings)
    assert {c.rule + c.field: c for c in cut.changes} == {c.rule + c.field: c for c in whole.changes}


@settings(max_examples=300, deadline=None)
@given(rows=ROWS)
def test_shaping_twice_changes_what_it_settled_no_more(spec: DatasetSpec, rows: list[Any]) -> None:
    once = run(table(HEADINGS, rows), spec)
    if not once.rows:
        return
    twice = run(table(HEADINGS, cells(once.rows)), spec)
    for name in ("supplier", "kind", "amount", "note"):
        assert twice.column(name) == once.column(name)[: len(twice.rows)]
