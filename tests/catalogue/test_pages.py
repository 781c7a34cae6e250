from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.listing import Listing, Period, listing_of
from catalogue.site.pages import dataset_page
from catalogue.site.top_files import SiteTop, index_page
from packages.model import Identity
from packages.vocabulary import licences, publisher
from tests.catalogue.city import release, spec

CAMDEN = Identity("spend-over-500", "camden")


@pytest.fixture
def listed(tmp_path: Path) -> Listing:
    return listing_of(release(tmp_path, CAMDEN), spec(CAMDEN), publisher("camden"))


def test_a_dataset_page_says_what_a_reuser_asks(listed: Listing) -> None:
    page = dataset_page(listed, {"payments.csv", "report.html"}).decode()
    for words in (
        "Council spending over £500 – Camden",
        "London Borough of Camden",
        "Open Government Licence v3.0",
        "5 January 2026 to 27 February 2026",
        "Updated 2 March 2026",
        listed.distributions[0].sha256,
        listed.distributions[1].sha256,
        "3 rows",
        "payment_date",
        "Day of the payment",
        'href="latest/report.html"',
        "Contains public sector information licensed under the Open Government Licence v3.0.",
        f"Release {listed.release[:12]}",
        'href="../../../index.html"',
    ):
        assert words in page


def test_nothing_in_a_description_becomes_markup(listed: Listing) -> None:
    nasty = "<script>alert(1)</script> & <b>bold</b>"
    wanted = replace(listed, title=nasty, description=nasty, keywords=(nasty,), verdict=nasty)
    for page in (dataset_page(wanted, ()), index_page(SiteTop((wanted,)))):
        assert nasty.encode() not in page
        assert b"<script>alert" not in page
        assert b"<b>bold" not in page
        assert b"&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period("2026-01-05", ""), "from 5 January 2026"),
        (Period("", "2026-02-27"), "to 27 February 2026"),
        (Period(), None),
    ],
)
def test_a_period_that_is_not_wholly_known(listed: Listing, period: Period, words: str | None) -> None:
    page = dataset_page(replace(listed, period=period), ()).decode()
    assert (words in page) if words else ("Period covered" not in page)


def test_another_licence_has_another_attribution(listed: Listing) -> None:
    page = dataset_page(replace(listed, licence=licences()["CC-BY-4.0"]), ()).decode()
    assert "licensed under Creative Commons Attribution 4.0" in page
    assert "public sector information" not in page


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("publish", "It passed its checks."), ("held", "A person looked at"), ("odd", "The verdict was: odd.")],
)
def test_the_verdict_in_a_sentence(listed: Listing, verdict: str, words: str) -> None:
    assert words in dataset_page(replace(listed, verdict=verdict), ()).decode()


def test_the_index_counts_the_rows_of_a_resource_once(listed: Listing) -> None:
    assert "<dt>rows</dt><dd>3</dd>" in index_page(SiteTop((listed,))).decode()
