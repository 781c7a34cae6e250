"""What is sent to a CKAN lies where its schema has a place for it, and what it then shows reads as what was meant."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalogue.backends.ckan.descriptor import listed_in_ckan
from catalogue.backends.ckan.entry import Translation
from catalogue.backends.ckan.schema import TargetSchema, schema_of
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.listing import Listing, listing_of
from catalogue.plan import Live, make_plan
from packages.model import Identity, Release
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, release, spec

CAMDEN = Identity("spend-over-500", "camden")
SETTINGS = CkanSettings("https://ckan.example", "token")
TEXTS = {"validators": "ignore_missing scheming_multiple_text"}


def parts(*names: str) -> dict[str, Any]:
    return {"repeating_subfields": [{"field_name": name} for name in names]}


def choices(**labels: str) -> dict[str, Any]:
    return {"choices": [{"value": value, "label": label} for value, label in labels.items()]}


def described(**fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "dataset_fields": [{"field_name": name} | field for name, field in fields.items()],
        "resource_fields": [{"field_name": "language"} | TEXTS, {"field_name": "size", "validators": "int_validator"}],
    }


LIKE_DCAT_AP = described(
    title={"required": True},
    contact=parts("uri", "name", "email", "url"),
    publisher=parts("uri", "name", "email", "url", "type"),
    temporal_coverage=parts("start", "end"),
    spatial_coverage=parts("uri", "text", "geom", "bbox"),
    theme=TEXTS,
    language=TEXTS,
    documentation=TEXTS,
    identifier={},
    issued={"validators": "ignore_missing dcat_date"},
    frequency={},
)
WITH_LISTS_OF_ITS_OWN = described(
    frequency=choices(m="Monthly", y="Annual"),
    theme=choices(ENVI="Environment", GOVE="Government"),
    language=choices(en="English") | {"validators": "scheming_multiple_choice"},
    access_rights=choices(secret="Secret"),
    issued={"validators": "isodate"},
    modified={"validators": "isodate"},
)
TARGETS = {
    "plain": TargetSchema(),
    "with search by place": TargetSchema(extensions=frozenset({"spatial_metadata", "spatial_query"})),
    "like DCAT-AP": schema_of(LIKE_DCAT_AP),
    "with lists of its own": schema_of(WITH_LISTS_OF_ITS_OWN),
}


@pytest.fixture
def sealed(tmp_path: Path) -> Release:
    return release(tmp_path, CAMDEN)


@pytest.fixture
def wanted(sealed: Release) -> Listing:
    return listed_in_ckan(listing_of(sealed, spec(CAMDEN), publisher("camden")), sealed, SETTINGS, None)[0]


def shown(translation: Translation, listed: Listing) -> dict[str, Any]:
    """What a CKAN shows of what it was sent: extras as text, no empty fields."""
    sent = translation.dataset(listed, {})
    resources = [translation.resource(file, listed) | {"id": file.id} for file in listed.files]
    package = {key: value for key, value in sent.items() if value not in ("", [], {})}
    package["extras"] = [{"key": e["key"], "value": str(e["value"])} for e in sent["extras"]]
    for resource in resources:
        resource |= {"url_type": "upload", "package_id": listed.id, "url": resource.get("url", resource["access_url"])}
        resource["size"] = int(resource["size"])
    tags = [{"name": tag} for tag in listed.keywords]
    organisation = {"organization": {"name": "camden"}, "tags": tags, "groups": sent.get("groups", [])}
    return package | organisation | {
        "id": listed.id, "name": listed.name, "metadata_modified": "now", "state": "active", "resources": resources,
    }  # fmt: skip


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("group", ["", "transparency"])
def test_what_was_sent_needs_no_second_write(wanted: Listing, target: TargetSchema, group: str) -> None:
    translation = replace(Translation.of(SETTINGS, target), group=group)
    package = shown(translation, wanted)
    later = replace(wanted, issued=LATER, modified=LATER)
    for listed in (wanted, later):
        assert make_plan(listed, translation.live(package, listed), translation.wording).is_empty


@pytest.mark.parametrize("day", ["2026-03-02", "2026-03-02T04:30:00"])
def test_a_field_for_days_or_without_a_zone_keeps_the_first_day(wanted: Listing, day: str) -> None:
    translation = Translation.of(SETTINGS, TARGETS["with lists of its own"])
    known = replace(wanted, issued=dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC))
    package = shown(translation, known) | {"issued": day}
    later = replace(wanted, issued=LATER)
    live = translation.live(package, later)
    assert dt.datetime.fromisoformat(live.facts["issued"]).tzinfo
    assert make_plan(later, live, translation.wording).is_empty


def differs(translation: Translation, package: dict[str, Any], wanted: Listing) -> bool:
    return not make_plan(wanted, translation.live(package, wanted), translation.wording).is_empty


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_whatever_is_taken_away_or_changed_is_put_right(wanted: Listing, target: TargetSchema) -> None:
    translation = Translation.of(SETTINGS, target)
    sound = json.dumps(shown(translation, wanted))
    for key in translation.dataset(wanted, {}).keys() - {"extras", "groups"}:
        package = json.loads(sound)
        if package.pop(key, None):
            assert differs(translation, package, wanted), key
    for number, extra in enumerate(json.loads(sound)["extras"]):
        package = json.loads(sound)
        package["extras"][number]["value"] = "by hand"
        assert differs(translation, package, wanted), extra["key"]
        del package["extras"][number]
        assert differs(translation, package, wanted), extra["key"]
    for field in ("license", "language", "access_url", "conforms_to", "availability"):
        package = json.loads(sound)
        del package["resources"][0][field]
        assert differs(translation, package, wanted), field


def extras(entry: dict[str, Any]) -> dict[str, str]:
    return {extra["key"]: extra["value"] for extra in entry["extras"]}


def test_a_ckan_without_a_schema_gets_the_names_that_ckanext_dcat_reads(wanted: Listing) -> None:
    entry = Translation.of(SETTINGS, TargetSchema()).dataset(wanted, {})
    said = extras(entry)
    assert said["publisher_name"] == "London Borough of Camden"
    assert (said["temporal_start"], said["temporal_end"]) == ("2026-01-05", "2026-02-27")
    assert json.loads(said["language"]) == ["http://publications.europa.eu/resource/authority/language/ENG"]
    assert json.loads(said["spatial_bbox"])["type"] == "Polygon"
    assert "spatial" not in said
    assert len(json.loads(said["documentation"])) == 2
    assert (entry["maintainer"], entry["maintainer_email"]) == ("Open data team", "opendata@camden.example")
    assert (entry["url"], entry["version"]) == ("https://ckan.example/dataset/spend-over-500-camden", wanted.release)
    # those of the version before, which others may read
    assert said["temporal_coverage_from"] == "2026-01-05"
    assert said["gss_code"] == "E09000007"


def test_a_search_by_place_gets_the_place(wanted: Listing) -> None:
    said = extras(Translation.of(SETTINGS, TARGETS["with search by place"]).dataset(wanted, {}))
    assert json.loads(said["spatial"])["type"] == "Polygon"


def test_a_schema_gets_fields_and_no_extra_of_the_same_name(wanted: Listing) -> None:
    target = TARGETS["like DCAT-AP"]
    entry = Translation.of(SETTINGS, target).dataset(wanted, {})
    assert not extras(entry).keys() & target.fields.keys()
    assert entry["contact"] == [{"name": "Open data team", "email": "opendata@camden.example"}]
    # else the same contact would be there twice
    assert entry["maintainer"] == ""
    assert entry["temporal_coverage"] == [{"start": "2026-01-05", "end": "2026-02-27"}]
    assert entry["spatial_coverage"][0]["text"] == "Camden"
    assert entry["theme"] == ["http://publications.europa.eu/resource/authority/data-theme/GOVE"]
    assert entry["identifier"] == wanted.id


def test_what_others_said_beside_ours_stays(wanted: Listing) -> None:
    translation = Translation.of(SETTINGS, TARGETS["like DCAT-AP"])
    theirs = {"name": "A second contact", "email": "second@example.org"}
    there = {
        "contact": [{"name": "Old team", "identifier": "ror-1"}, theirs],
        "extras": [{"key": "note", "value": "x"}],
    }
    entry = translation.dataset(wanted, there)
    assert entry["contact"][0]["identifier"] == "ror-1"
    assert entry["contact"][0]["name"] == "Open data team"
    assert entry["contact"][1] == theirs
    assert extras(entry)["note"] == "x"


def test_lists_of_choices_are_met_by_value_or_label_and_left_out_where_nothing_fits(wanted: Listing) -> None:
    entry = Translation.of(SETTINGS, TARGETS["with lists of its own"]).dataset(wanted, {})
    assert (entry["frequency"], entry["theme"], entry["language"]) == ("m", "GOVE", ["en"])
    assert entry["access_rights"] == ""


def test_documents_are_marked_and_say_that_they_are_no_data(wanted: Listing) -> None:
    translation = Translation.of(SETTINGS, TargetSchema())
    marks = {file.file: translation.resource(file, wanted).get("resource_type") for file in wanted.files}
    assert marks == {
        "payments.csv": None,
        "payments.parquet": None,
        "report.html": "documentation",
        "datapackage.json": "documentation",
    }
    assert "no part of them" in translation.resource(wanted.documents[0], wanted)["description"]


def test_own_fields_take_the_place_of_ours_and_the_nearest_counts(wanted: Listing) -> None:
    settings = replace(SETTINGS, fields={"steward": "A", "frequency": "often", "resources": {"grade": 1}})
    translation = Translation.of(settings, TargetSchema(), {"steward": "B", "resources": {"grade": 2}})
    entry = translation.dataset(wanted, {})
    assert (extras(entry)["steward"], extras(entry)["frequency"]) == ("B", "often")
    assert translation.resource(wanted.files[0], wanted)["grade"] == "2"
    package = shown(translation, wanted)
    assert not differs(translation, package, wanted)
    package["resources"][0]["grade"] = "3"
    assert differs(translation, package, wanted)


def test_the_group_is_said_once_and_never_where_we_may_not(wanted: Listing) -> None:
    translation = replace(Translation.of(SETTINGS, TargetSchema()), group="transparency")
    assert translation.dataset(wanted, {"groups": [{"name": "theirs"}]})["groups"] == [
        {"name": "theirs"},
        {"name": "transparency"},
    ]
    assert "groups" not in translation.dataset(wanted, {"groups": [{"name": "transparency"}]})
    assert "groups" not in Translation.of(SETTINGS, TargetSchema()).dataset(wanted, {})


def test_files_tell_the_release_of_a_dataset_whose_fields_were_emptied(wanted: Listing) -> None:
    translation = Translation.of(SETTINGS, TargetSchema())
    package = shown(translation, wanted) | {"extras": []}
    live = translation.live(package)
    assert live.release == wanted.release
    assert differs(translation, package, wanted)
    package["resources"][0]["release_digest"] = "another"
    assert translation.live(package).release == ""


def test_a_listing_of_the_version_before_is_continued(wanted: Listing) -> None:
    """Its extras have other values and names for some facts; its id, first day and release are understood."""
    old = {"identifier": wanted.id, "issued": "2025-01-01T00:00:00+00:00", "release_digest": "old", "theme": "x"}
    package = shown(Translation.of(SETTINGS, TargetSchema()), wanted)
    package["extras"] = [{"key": key, "value": value} for key, value in old.items()]
    translation = Translation.of(SETTINGS, TARGETS["like DCAT-AP"])
    live: Live = translation.live(package, wanted)
    assert live.release == "old"
    plain = Translation.of(SETTINGS, TargetSchema()).live(package, wanted)
    assert plain.facts["issued"] == "2025-01-01T00:00:00+00:00"
    assert differs(translation, package, wanted)


def test_the_descriptor_leads_to_the_files_in_ckan_and_is_listed_as_it_is_sent(sealed: Release) -> None:
    plain = listing_of(sealed, spec(CAMDEN), publisher("camden"))
    listed, contents = listed_in_ckan(plain, sealed, SETTINGS, {"id": "the-id", "name": "renamed"})
    sent = contents["datapackage.json"]
    (document,) = (file for file in listed.documents if file.file == "datapackage.json")
    assert (document.sha256, document.bytes) == (hashlib.sha256(sent).hexdigest(), len(sent))
    assert json.loads(sent)["resources"][0]["path"] == listed.distributions[0].url
    assert listed.distributions[0].url.startswith("https://ckan.example/dataset/the-id/resource/")
    assert listed.page == "https://ckan.example/dataset/renamed"
    # where CKAN links to our folder, the descriptor lies beside its files as it is
    linking = replace(SETTINGS, mode="link", public_url="https://files.example")
    assert listed_in_ckan(plain, sealed, linking, None)[1] == {}


@pytest.mark.parametrize(
    ("ours", "said", "public"),
    [
        ("https://ckan.internal/data", "https://data.example.org", "https://data.example.org/data"),
        ("https://ckan.example", "https://ckan.example", "https://ckan.example"),
        ("https://ckan.example", "", "https://ckan.example"),
        ("https://ckan.example", "not an address", "https://ckan.example"),
    ],
)
def test_the_public_is_led_to_the_address_that_the_ckan_says_is_its_own(ours: str, said: str, public: str) -> None:
    assert TargetSchema(site_url=said).public_address(ours) == public
