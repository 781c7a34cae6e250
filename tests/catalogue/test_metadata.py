"""What the metadata lack is named, with whoever can add it; a star counts only after those before it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.dcat_completeness import metadata_properties, missing_properties, open_data_stars, stars_reached
from catalogue.listing import Listing, Period, Team, listing_of
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import release, spec

CAMDEN = Identity("spend-over-500", "camden")


@pytest.fixture
def listed(tmp_path: Path) -> Listing:
    made = listing_of(
        release(tmp_path, CAMDEN), spec(CAMDEN), publisher("camden"), public_url="https://data.example.org"
    )
    files = tuple(replace(file, description="One row for each payment.") for file in made.distributions)
    return replace(made, distributions=files, classification="OFFICIAL")


def test_nothing_is_missing_of_a_whole_description(listed: Listing) -> None:
    assert missing_properties(listed) == ()
    assert sum(found.mandatory for found in metadata_properties(listed)) == 6


@pytest.mark.parametrize(
    ("change", "name", "who"),
    [
        ({"description": " "}, "dct:description", "datapackage.yaml"),
        ({"keywords": ()}, "dcat:keyword", "datapackage.yaml"),
        ({"contact": Team("Team", "", "https://camden.example")}, "vcard:hasEmail", "publishers/camden.yaml"),
        ({"contact": Team("Team", "", "")}, "vcard:hasEmail dcat:contactPoint", "publishers/camden.yaml"),
        ({"classification": ""}, "ukgov:securityClassification", "publishers/camden.yaml"),
        ({"creator": ""}, "dct:creator", "publishers/camden.yaml"),
        ({"period": Period()}, "dct:temporal", "datapackage.yaml"),
    ],
)
def test_what_is_missing_and_who_can_add_it(listed: Listing, change: dict[str, object], name: str, who: str) -> None:
    missing = missing_properties(replace(listed, **change))
    assert [found.name for found in missing] == name.split()
    assert all(who in found.who for found in missing)


def test_an_address_that_nobody_outside_can_use_is_none(listed: Listing) -> None:
    files = tuple(replace(file, url="") for file in listed.distributions)
    (found,) = missing_properties(replace(listed, distributions=files))
    assert (found.name, found.mandatory) == ("dcat:accessURL", True)
    assert "public_url" in found.who


def with_field(listed: Listing, **field: str) -> Listing:
    schema = {"fields": [{"name": "site", "type": "string"} | field]}
    return replace(listed, distributions=tuple(replace(file, schema=schema) for file in listed.distributions))


@pytest.mark.parametrize(
    ("field", "count"),
    [
        ({}, 3),
        ({"name": "OrganisationURI"}, 4),
        ({"format": "uri"}, 4),
        ({"format": "uri", "rdfType": "https://schema.org/Place"}, 5),
        ({"rdfType": "https://schema.org/Place"}, 3),
    ],
)
def test_stars(listed: Listing, field: dict[str, str], count: int) -> None:
    made = with_field(listed, **field)
    assert stars_reached(made) == count
    assert [star.reached for star in open_data_stars(made)] == [True] * count + [False] * (5 - count)
