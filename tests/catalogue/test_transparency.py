"""Every list of the Transparency Code by borough: it follows from what is public and what is known."""

from __future__ import annotations

import csv
import io

import pytest

from catalogue.site.status import DatasetState, DatasetStatus
from catalogue.site.transparency import ListCell, Provision, list_cell, transparency_files
from packages.model import Identity
from packages.spec import list_datasets
from packages.vocabulary import publishers
from packages.vocabulary.transparency_code import bound_councils, code_lists, pages_elsewhere
from tests.catalogue import overviews

GRANTS = next(one for one in code_lists() if one.name == "grants")


def status(slug: str, **known: str) -> DatasetStatus:
    return DatasetStatus(Identity(GRANTS.dataset, slug), "Grants", slug, DatasetState.AWAITED, **known)


def test_the_code_binds_33_councils_and_asks_for_sixteen_lists() -> None:
    assert len(bound_councils()) == 33
    assert len(code_lists()) == 16
    assert {one.dataset for one in code_lists() if one.dataset} <= set(list_datasets())


@pytest.mark.parametrize(("slug", "name"), sorted(pages_elsewhere()))
def test_a_page_elsewhere_is_of_a_council_and_a_list(slug: str, name: str) -> None:
    assert slug in publishers()
    assert name in {one.name for one in code_lists()}
    assert pages_elsewhere()[slug, name].startswith("https://")


def test_what_is_public_here_goes_before_a_page_elsewhere() -> None:
    slug = "barking-and-dagenham"
    released = status(slug, released="2026-05-01")
    page = f"datasets/{GRANTS.dataset}/{slug}/index.html"
    assert list_cell(slug, GRANTS, released) == ListCell(Provision.PUBLISHED, "2026-05-01", page)
    assert list_cell(slug, GRANTS, status(slug)).provision is Provision.ELSEWHERE
    assert list_cell("bexley", GRANTS, status("bexley", due="2026-04-30")) == ListCell(Provision.MISSING, "2026-04-30")
    assert list_cell("bexley", GRANTS, None) == ListCell(Provision.MISSING)


def test_the_table_for_programs_has_every_cell() -> None:
    known = [overviews.overview(Identity("spend-over-500", "camden"), DatasetState.UP_TO_DATE)]
    files = transparency_files(known)
    rows = list(csv.DictReader(io.StringIO(files["transparency/transparency.csv"].decode())))
    assert len(rows) == 33 * 16
    assert {row["provision"] for row in rows} <= set(Provision)
    page = files["transparency/index.html"].decode()
    assert page.count('<tr><th scope="row">') == 33 + 16
    assert "no ranking" in page
