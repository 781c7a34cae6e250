"""The information asset register: Article 30's fields, schemas, and a way through it that needs no script."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from catalogue.backends.folder import FolderCatalogue
from catalogue.site import register
from catalogue.site.shared_files import register_files
from catalogue.site.status import DatasetOverview, DatasetState
from flows.site.update import information_asset
from packages.model import Identity
from packages.spec import list_identities, list_unions, load_spec
from packages.spec.governance import GovernanceSpec
from tests.catalogue.overviews import city, overview

CAMDEN, BEXLEY = Identity("spend-over-500", "camden"), Identity("spend-over-500", "bexley")
LAND = Identity("brownfield-land", "camden")
DAY = dt.date(2026, 11, 29)
FIRST = (
    "dataset", "publisher", "title", "publisher_name", "owner", "purpose", "lawful_basis", "personal_data", "dpia",
    "sharing_agreement", "licence", "retention", "reviewed", "openness", "reason", "cadence", "state", "released",
)  # fmt: skip
"""The columns that the register has always had."""


@pytest.fixture
def held() -> list[DatasetOverview]:
    return [overview(CAMDEN), overview(BEXLEY, DatasetState.FAILED), overview(LAND, DatasetState.HELD)]


def test_the_first_columns_are_those_that_programs_know(held: list[DatasetOverview]) -> None:
    assert tuple(register.COLUMNS)[: len(FIRST)] == FIRST
    assert next(csv.reader(io.StringIO(register.register_to_csv(held).decode()))) == list(register.COLUMNS)


def test_every_shipped_entry_has_what_article_30_asks_and_suits_the_published_schema() -> None:
    overviews = [
        replace(overview(CAMDEN), asset=information_asset(load_spec(identity), DAY))
        for identity in (*list_identities(), *list_unions())
    ]
    assert [register.missing_headings(one) for one in overviews if register.missing_headings(one)] == []
    for one in overviews:
        asset = one.asset
        assert all((asset.controller, asset.contact, asset.dpo, asset.joint_controllers, asset.supplier, asset.system))
        assert asset.review == "in time"
    files = register_files(overviews)
    schema = json.loads(files[register.SCHEMA])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(files["register.json"]), schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("key", "value"), [("openness", "Open"), ("reviewed", "last year"), ("review", "late"), ("state", "held")]
)
def test_the_schema_refuses_what_is_no_entry(key: str, value: str, held: list[DatasetOverview]) -> None:
    schema = json.loads(register.register_schemas()[register.SCHEMA])
    content = json.loads(register.register_to_json(held))
    content["datasets"][0][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema, jsonschema.Draft202012Validator)


def test_the_schema_of_the_descriptions_is_that_of_the_yaml() -> None:
    schema = json.loads(register.register_schemas()[register.YAML_SCHEMA])
    said = load_spec(CAMDEN).package.governance.model_dump(mode="json", exclude_defaults=True)
    jsonschema.validate(said, schema, jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said | {"ownr": "Head of finance"}, schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("day", "review"),
    [("2026-10-01", "in time"), ("2026-10-15", "soon"), ("2027-01-01", "soon"), ("2027-01-02", "overdue")],
)
def test_how_a_review_stands_follows_from_the_day(day: str, review: str) -> None:
    spec = load_spec(CAMDEN)
    own = GovernanceSpec(reviewed=dt.date(2026, 1, 1), review_months=12)
    spec = spec.model_copy(update={"publisher": spec.publisher.model_copy(update={"governance": own})})
    assert information_asset(spec, dt.date.fromisoformat(day)).review == review
    never = spec.package.model_copy(update={"governance": GovernanceSpec()})
    bare = spec.model_copy(update={"package": never, "publisher": load_spec(CAMDEN).publisher})
    assert information_asset(bare, DAY).review == "never"


def test_every_entry_is_in_exactly_one_part_of_each_facet(held: list[DatasetOverview]) -> None:
    parts = register.register_parts(held)
    assert tuple(parts) == register.FACETS
    for found in parts.values():
        assert sorted(one.identity for part in found for one in part.overviews) == sorted(o.identity for o in held)
    folders = [part.folder for found in parts.values() for part in found]
    assert len(folders) == len(set(folders))


def test_labels_that_look_alike_have_pages_of_their_own(held: list[DatasetOverview]) -> None:
    owners = ("Head of finance", "Head of: finance", "¿?", "«»", "")
    many = [replace(held[0], asset=replace(held[0].asset, owner=owner)) for owner in owners]
    found = register.register_parts(many)["owner"]
    assert {part.label for part in found} == {*owners[:-1], register.NOT_SAID}
    assert len({part.folder for part in found}) == len(owners)
    assert all(re.fullmatch(r"owner/[a-z0-9-]+/", part.folder) for part in found)


def test_a_part_is_found_by_what_it_says_and_in_the_index(held: list[DatasetOverview]) -> None:
    files = register_files(held)
    page = files["index.html"].decode()
    assert 'href="state/held/index.html">Held</a> <span class="quiet number">(1)' in page
    assert 'href="lawful-basis/not-said/index.html"' in page
    index = files["index-of-words/index.html"].decode()
    assert 'id="letter-C"' in index
    assert 'href="../publisher/camden/index.html">Camden' in index
    assert re.search(r'href="\.\./dataset/[a-z0-9-]+/index\.html">spending \(', index)
    whole = files["publisher/bexley/index.html"].decode()
    assert "Transfers to other countries" in whole
    assert "brownfield" not in whole.lower()


def test_a_part_that_is_empty_now_says_so(tmp_path: Path) -> None:
    catalogue = FolderCatalogue(tmp_path)
    catalogue.show(city(overview(CAMDEN), overview(BEXLEY, DatasetState.HELD)))
    assert (catalogue.current / "register/state/held/index.html").is_file()
    catalogue.show(city(overview(CAMDEN), overview(BEXLEY)))
    assert "Nothing is listed here any more" in (catalogue.current / "register/state/held/index.html").read_text()


def test_no_page_of_the_register_needs_a_script(held: list[DatasetOverview]) -> None:
    for name, content in register_files(held).items():
        if name.endswith(".html"):
            text = content.decode()
            assert not re.search(r"<form|onclick|<button", text.partition("<script>")[0]), name
            assert len(re.findall("<h1>", text)) == 1
