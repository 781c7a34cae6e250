from __future__ import annotations

import re

import pytest

from packages.errors import SetupProblem
from packages.vocabulary import LONDON, cadences, licences, publisher, publishers, themes
from packages.vocabulary.naming import ELSEWHERE, publisher_named

AUTHORITIES = [p for p in publishers().values() if p.kind in {"london-borough", "city-corporation"}]
FORMATS = {
    "slug": r"[a-z]+(-[a-z]+)*",
    "gss": r"E09000\d{3}",
    "ref": r"[A-Z]{3}",
    "custodian": r"5\d{2}0",
    "billing": r"E50\d{2}",
    "lpa": r"E60000\d{3}",
    "snac": r"00[AB][A-Z]",
    "wikidata": r"Q\d+",
    "opendatacommunities": r"london-borough-council/[a-z-]+",
    "website": r"https://[a-z.]+\.gov\.uk",
}


def test_everyone_is_there() -> None:
    assert len(publishers()) == 36
    assert len(AUTHORITIES) == 33
    assert sorted(p.gss for p in AUTHORITIES) == [f"E09000{n:03}" for n in range(1, 34)]
    assert {"gla", "opdc", "lldc"} <= set(publishers())


@pytest.mark.parametrize("code", FORMATS)
def test_codes_of_the_authorities_have_their_form(code: str) -> None:
    assert [p.slug for p in AUTHORITIES if not re.fullmatch(FORMATS[code], getattr(p, code))] == []


@pytest.mark.parametrize("code", [*FORMATS, "name", "title", "uri", "curie"])
def test_no_two_publishers_share_a_code(code: str) -> None:
    values = [v for p in publishers().values() if (v := getattr(p, code))]
    if code == "website":  # the development corporation of Old Oak lives on the GLA's site
        values.remove("https://www.london.gov.uk")
    assert len(values) == len(set(values))


def test_no_spelling_means_two_publishers() -> None:
    meant = {(s.casefold(), p.slug) for p in publishers().values() for s in (p.slug, p.name, *p.aliases)}
    spellings = [spelling for spelling, _ in meant]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize("slug", ["barking-and-dagenham", "kingston-upon-thames", "richmond-upon-thames", "lldc"])
def test_names_used_in_identities(slug: str) -> None:
    assert publisher(slug).slug == slug


def test_the_registers_have_their_own_spelling_of_kingston() -> None:
    assert publisher("kingston-upon-thames").uri == "http://opendatacommunities.org/id/london-borough-council/kingston"
    assert publisher("camden").curie == "local-authority:CMD"
    assert publisher("lldc").curie == "development-corporation:Q6670544"
    assert publisher("camden").geography_uri.endswith("/statistical-geography/E09000007")
    assert publisher("lldc").geography_uri == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("camdem", "camden"),
        ("Camden Council", "camden"),
        ("RBKC", "kensington-and-chelsea"),
        ("kingston", "kingston-upon-thames"),
    ],
)
def test_an_unknown_publisher_gets_a_suggestion(written: str, meant: str) -> None:
    with pytest.raises(SetupProblem) as problem:
        publisher(written)
    assert problem.value.fix == f"Did you mean “{meant}”?"


def test_a_far_off_publisher_is_told_how_names_look() -> None:
    with pytest.raises(SetupProblem) as problem:
        publisher("xyzzy-123")
    assert "kingston-upon-thames" in problem.value.fix


def test_licences_themes_and_cadences() -> None:
    assert licences()["OGL-UK-3.0"].ckan_id == "uk-ogl"
    assert all(licence.url.startswith("https://") for licence in licences().values())
    assert themes()["transparency"].uri == "http://publications.europa.eu/resource/authority/data-theme/GOVE"
    assert cadences()["quarterly"].days == 92
    assert cadences()["irregular"].days == 0
    assert all(re.fullmatch(r"P\d+[DWMY]", c.iso) for c in cadences().values() if c.days)


def test_the_box_holds_charing_cross() -> None:
    west, south, east, north = LONDON
    assert west < -0.1276 < east
    assert south < 51.5072 < north


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Camden", "camden"),
        (" London Borough of CAMDEN ", "camden"),
        ("Camden London Borough Council", "camden"),
        ("LB Camden", "camden"),
        ("E09000007", "camden"),
        ("http://opendatacommunities.org/id/london-borough-council/camden", "camden"),
        ("http://opendatacommunities.org/doc/dev-corp/london-legacy", "lldc"),
        ("local-authority:CMD", "camden"),
        ("local-authority-eng:RIC", "richmond-upon-thames"),
        ("http://statistics.data.gov.uk/id/statistical-geography/E09000019", "islington"),
        ("Hammersmith & Fulham", "hammersmith-and-fulham"),
        ("The Royal Borough of Kensington and Chelsea", "kensington-and-chelsea"),
        ("City of London", "city-of-london"),
        ("City of Westminster", "westminster"),
        ("Westminster City Council", "westminster"),
        ("Kingston-upon-Thames", "kingston-upon-thames"),
        ("Adur District Council", ELSEWHERE),
        ("E07000223", ELSEWHERE),
        ("http://opendatacommunities.org/id/district-council/new-forest", ELSEWHERE),
        ("Camden Town", ""),
        ("Camden Town Hall", ""),
        ("Council", ""),
        ("London", ""),
        ("Tannery Lane Library", ""),
        ("", ""),
    ],
)
def test_a_publisher_is_known_by_every_spelling(text: str, slug: str) -> None:
    assert publisher_named(text) == slug


def test_every_name_and_code_names_its_publisher() -> None:
    for known in publishers().values():
        for spelling in (known.name, known.title, known.gss, known.uri, known.curie, *known.aliases):
            assert publisher_named(spelling) in ((known.slug,) if spelling else ("",)), spelling
