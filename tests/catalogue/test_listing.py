from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.listing import Listing, Period, continue_listing, listing_from_json, listing_of, listing_to_json
from packages.errors import SetupProblem
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, SEALED, release, spec

CAMDEN = Identity("spend-over-500", "camden")


@pytest.fixture
def listed(tmp_path: Path) -> Listing:
    return listing_of(release(tmp_path, CAMDEN), spec(CAMDEN), publisher("camden"), public_url="https://data.example/")


def test_says_what_a_catalogue_needs(listed: Listing) -> None:
    assert listed.name == "spend-over-500-camden"
    assert listed.title == "Council spending over £500 – Camden"
    assert listed.licence.ckan_id == "uk-ogl"
    assert listed.publisher.gss == "E09000007"
    assert listed.contact.name == "Open data team"
    assert listed.frequency.title == "Monthly"
    assert listed.period == Period("2026-01-05", "2026-02-27")
    assert (listed.geography, listed.verdict) == ("Borough", "publish")
    assert listed.issued == listed.modified == SEALED
    assert listed.page == "https://data.example/datasets/spend-over-500/camden/"


def test_files_have_name_format_size_and_digest(tmp_path: Path, listed: Listing) -> None:
    sealed = release(tmp_path, CAMDEN)
    assert [(f.title, f.format, f.file, f.rows) for f in listed.files] == [
        ("Payments (CSV)", "CSV", "payments.csv", 3),
        ("Payments (Parquet)", "Parquet", "payments.parquet", 3),
        ("Quality report", "HTML", "report.html", None),
        ("Data Package descriptor", "JSON", "datapackage.json", None),
    ]
    for file in listed.files:
        assert (file.sha256, file.bytes) == (sealed.file(file.file).sha256, sealed.file(file.file).bytes)
        assert file.url == f"{listed.page}releases/{listed.release[:16]}/{file.file}"


def test_ids_are_the_same_for_ever_and_all_different(tmp_path: Path, listed: Listing) -> None:
    other = listing_of(release(tmp_path, CAMDEN, ROWS[:1]), spec(CAMDEN), publisher("camden"))
    assert [f.id for f in other.files] == [f.id for f in listed.files]
    assert len({listed.id, *(f.id for f in listed.files)}) == 5
    # written down: a change here would make a second listing of everything in every catalogue
    assert listed.id == "a331a3b4-d178-59b5-9e81-5f041de22c45"


def test_goes_through_json_unchanged(listed: Listing) -> None:
    assert listing_from_json(listing_to_json(listed)) == listed
    assert listing_to_json(listing_from_json(listing_to_json(listed))) == listing_to_json(listed)


def test_without_a_public_address_nothing_has_one(tmp_path: Path) -> None:
    listed = listing_of(release(tmp_path, CAMDEN), spec(CAMDEN), publisher("camden"))
    assert {listed.page, *(f.url for f in listed.files)} == {""}


@pytest.mark.parametrize(
    ("change", "what", "fix"),
    [
        ({"license": "OGL-UK-3"}, "The licence “OGL-UK-3” is not in the vocabulary.", "OGL-UK-3.0"),
        ({"theme": "transparancy"}, "The theme “transparancy” is not in the vocabulary.", "transparency"),
        ({"cadence": "montly"}, "The cadence “montly” is not in the vocabulary.", "monthly"),
    ],
)
def test_a_word_that_is_not_in_the_vocabulary(tmp_path: Path, change: dict, what: str, fix: str) -> None:
    with pytest.raises(SetupProblem) as caught:
        listing_of(release(tmp_path, CAMDEN), spec(CAMDEN, **change), publisher("camden"))
    assert caught.value.what == what
    assert fix in caught.value.fix


def test_the_next_version_keeps_when_it_was_first_listed(listed: Listing) -> None:
    old = dt.datetime(2025, 1, 1, tzinfo=dt.UTC).isoformat()
    later = replace(listed, modified=LATER, issued=LATER)
    same = continue_listing(later, issued=old, modified=SEALED.isoformat(), release=listed.release)
    assert (same.issued.year, same.modified) == (2025, SEALED)
    new = continue_listing(later, issued=old, modified=SEALED.isoformat(), release="another")
    assert (new.issued.year, new.modified) == (2025, LATER)
    assert continue_listing(later, issued="", modified="", release="") == later
