"""Four kinds of CKAN: publish, change, roll back, withdraw, and what somebody without an account then finds."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr
from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, Graph, Namespace, URIRef

from catalogue.backends.ckan.settings import CkanSettings
from flows.maintenance.reconcile import reconcile
from flows.maintenance.versions import rollback, withdraw
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.errors import SetupProblem
from packages.model import Identity
from tests.flows.city import GOOD, make_city
from tests.live.dcat_ap import datasets, distributions, rdf, violations
from tests.live.set_ups import OWN, SetUp
from tests.live.test_ckan import call, public
from tests.reliability.stranger import look
from tests.signing.trusted_keys import TrustedKeys

CAMDEN, NAME = Identity("street-trees", "camden"), "street-trees-camden"
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
MORE = GOOD + "T005,Betula pendula,30/11/2021,2.5\n"
SCHEMA = Namespace("http://schema.org/")

TEXTS_OF_CKAN = {
    ("dct:format", "ClassConstraintComponent"),
    ("dct:format", "NodeKindConstraintComponent"),
    ("dcat:mediaType", "ClassConstraintComponent"),
    ("dcat:mediaType", "NodeKindConstraintComponent"),
}
"""What ckanext-dcat (2.4.4) writes as plain text of CKAN's own fields `format` and `mimetype`, where DCAT-AP wants
addresses. With addresses there, CKAN would show and search one instead of `CSV`, and send it as Content-Type."""

CKANS_OWN_NODE = {
    ("dct:description", "MinCountConstraintComponent"),
    ("dct:publisher", "MinCountConstraintComponent"),
    ("dct:language", "ClassConstraintComponent"),
    ("dct:language", "NodeKindConstraintComponent"),
    ("foaf:homepage", "ClassConstraintComponent"),
}
"""What CKAN says of itself, or does not, in `catalog.ttl`; its administrator has the description to set."""


@dataclass
class House:
    """One borough that publishes to one kind of CKAN."""

    root: Path
    set_up: SetUp
    ckan: CkanSettings
    night: int = 0
    changed: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = TrustedKeys.in_folder(self.root / "home/keys", NIGHT)

    @property
    def services(self) -> Services:
        known: dict[str, object] = {
            "home": self.root / "home",
            "datasets": self.root / "datasets",
            "catalogue": "ckan",
            "ckan_url": self.ckan.url,
            "ckan_token": SecretStr(self.ckan.token),
            "ckan_datastore": self.set_up.datastore,
            "ckan_fields": dict(self.set_up.fields),
        }
        return Services(Settings(**known | self.changed))  # type: ignore[arg-type]

    @property
    def now(self) -> dt.datetime:
        self.night += 1
        return NIGHT + dt.timedelta(days=self.night)

    def run(self, text: str) -> Outcome:
        (self.root / "drop/camden/trees.csv").write_text(text)
        return publish(PublishJob(CAMDEN), self.services, self.now)

    def stamp(self) -> str:
        return str(public(self.ckan, NAME)["metadata_modified"])

    def resource(self, file_format: str) -> dict:
        return next(r for r in public(self.ckan, NAME)["resources"] if r["format"] == file_format)


@pytest.fixture
def house(set_up: tuple[SetUp, CkanSettings], tmp_path: Path) -> House:
    make_city(tmp_path, "camden")
    return House(tmp_path, *set_up)


def test_publish_change_roll_back_withdraw(house: House) -> None:
    first = house.run(GOOD)
    assert (first.verdict, seen(house)) == ("publish", first.release)
    before = house.stamp()
    assert (house.run(GOOD).verdict, house.stamp()) == ("unchanged", before)

    second = house.run(MORE)
    assert (second.verdict, seen(house)) == ("publish", second.release)
    before = house.stamp()
    assert (house.run(MORE).verdict, house.stamp()) == ("unchanged", before)
    assert [found.result for found in reconcile(house.services, house.now)] == ["in order"]

    rollback(CAMDEN, first.release, house.services, house.now)
    assert seen(house) == first.release
    addresses = [resource["url"] for resource in public(house.ckan, NAME)["resources"]]
    table = house.resource("CSV")["id"]

    withdraw(CAMDEN, "It named people.", house.services, house.now)
    assert not look(house.ckan.url, NAME).release
    assert not any(requests.get(address, timeout=30).ok for address in addresses)
    assert not rows_in_datastore(house.ckan, table)
    call(house.ckan, "dataset_purge", id=NAME)


def seen(house: House) -> str:
    """The release that anybody sees, of one piece: files, description, table, and what programs read of it."""
    found = look(house.ckan.url, NAME)
    assert not found.wrong
    # whatever schema there is, it keeps the signature
    api = f"{house.ckan.url}/api/3/action/package_show?id={NAME}"
    proof = house.keys.verify_afresh(api, dt.datetime.now(dt.UTC))
    assert (proof.found, proof.files) == ([], 4)
    standard_tools(house)
    if house.set_up.datastore:
        same_rows(house)
    if house.set_up.has_dcat:
        dcat(house)
        schema_org(house)
    return found.release


def standard_tools(house: House) -> None:
    """`frictionless validate` on the address of the descriptor: sizes, hashes and every cell of both files."""
    address = house.resource("JSON")["url"]
    done = subprocess.run(
        [sys.executable, "-m", "frictionless", "validate", "--json", address],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert (report["valid"], len(report["tasks"])) == (True, 2), done.stdout
    described = requests.get(address, timeout=30).json()
    assert [r["path"] for r in described["resources"]] == [house.resource(kind)["url"] for kind in ("CSV", "Parquet")]


def rows_in_datastore(ckan: CkanSettings, resource: str) -> list[dict]:
    answer = requests.get(
        f"{ckan.url}/api/3/action/datastore_search", params={"resource_id": resource, "sort": "_id"}, timeout=30
    )
    return answer.json()["result"]["records"] if answer.ok else []


def same_rows(house: House) -> None:
    """File and DataStore hold the same rows, typed, with titles and descriptions, and CKAN shows them."""
    resource = house.resource("CSV")
    text = requests.get(resource["url"], timeout=30).content.decode()
    wanted = [{**row, "height_m": Decimal(row["height_m"])} for row in csv.DictReader(io.StringIO(text))]
    answer = requests.get(
        f"{house.ckan.url}/api/3/action/datastore_search", params={"resource_id": resource["id"]}, timeout=30
    )
    found = json.loads(answer.text, parse_float=Decimal)["result"]
    assert [{key: value for key, value in row.items() if key != "_id"} for row in found["records"]] == wanted
    columns = {column["id"]: column for column in found["fields"]}
    assert {name: column["type"] for name, column in columns.items() if name != "_id"} == {
        "tree_id": "text",
        "species": "text",
        "planted": "date",
        "height_m": "numeric",
    }
    assert columns["height_m"]["info"] == {
        "label": "Height",
        "notes": "In metres.",
        "londata_release": resource["release_digest"],
    }
    assert resource["datastore_active"] is True
    views = call(house.ckan, "resource_view_list", id=resource["id"])
    assert [view["view_type"] for view in views] == ["datatables_view"]


def dcat(house: House) -> None:
    """The official shapes find nothing in our dataset but what CKAN's own fields are to ckanext-dcat."""
    one = rdf(f"{house.ckan.url}/dataset/{NAME}.ttl")
    whole = rdf(f"{house.ckan.url}/catalog.ttl")
    for graph in (one, whole):
        (dataset,) = datasets(graph)
        found = violations(graph)
        assert found.pop(house.ckan.url, set()) <= CKANS_OWN_NODE
        assert set(found) <= distributions(graph)
        assert all(kinds <= TEXTS_OF_CKAN for kinds in found.values()), found
    everything_is_said(one, URIRef(dataset), house)


def everything_is_said(graph: Graph, dataset: URIRef, house: House) -> None:
    (publisher,) = graph.objects(dataset, DCTERMS.publisher)
    assert str(graph.value(publisher, FOAF.name)) == "London Borough of Camden"
    areas = [str(graph.value(area, SKOS.prefLabel)) for area in graph.objects(dataset, DCTERMS.spatial)]
    assert areas == ["Camden"]
    periods = {
        (str(graph.value(one, DCAT.startDate)), str(graph.value(one, DCAT.endDate)))
        for one in graph.objects(dataset, DCTERMS.temporal)
    }
    assert periods == {("2019-03-01", "2021-11-30")}
    for name in ("accessRights", "language", "provenance", "accrualPeriodicity", "creator"):
        assert graph.value(dataset, DCTERMS[name]), name
    assert graph.value(dataset, DCAT.contactPoint)
    assert str(graph.value(dataset, DCAT.landingPage)) == f"{house.ckan.url}/dataset/{NAME}"
    documents = {house.resource(kind)["url"] for kind in ("HTML", "JSON")}
    assert {str(page) for page in graph.objects(dataset, FOAF.page)} == documents
    for distribution in graph.objects(dataset, DCAT.distribution):
        assert "open-government-licence" in str(graph.value(distribution, DCTERMS.license))
        assert graph.value(distribution, Namespace("http://data.europa.eu/r5r/").availability)


def schema_org(house: House) -> None:
    answer = requests.get(f"{house.ckan.url}/dataset/{NAME}.jsonld", params={"profiles": "schemaorg"}, timeout=30)
    graph = Graph().parse(data=answer.content, format="json-ld")
    (dataset,) = graph.subjects(RDF.type, SCHEMA.Dataset)
    publisher = graph.value(dataset, SCHEMA.publisher)
    assert str(graph.value(publisher, SCHEMA.name)) == "London Borough of Camden"
    assert "open-government-licence" in str(graph.value(dataset, SCHEMA.license))
    assert str(graph.value(dataset, SCHEMA.temporalCoverage)) == "2019-03-01/2021-11-30"
    assert str(graph.value(graph.value(dataset, SCHEMA.spatialCoverage), SCHEMA.description)) == "Camden"


def test_a_dataset_whose_fields_were_emptied_by_hand_is_known_and_filled_again(house: House) -> None:
    release = house.run(GOOD).release
    found = call(house.ckan, "package_show", id=NAME)
    kept = {"extras": []} if not house.set_up.schema else {"extras": [], "identifier": "", "contact": []}
    if house.set_up is OWN:
        kept.pop("identifier")
    call(house.ckan, "package_patch", id=found["id"], **kept)
    assert look(house.ckan.url, NAME).release == release

    (result,) = reconcile(house.services, house.now)

    assert result.result == "repaired"
    after = public(house.ckan, NAME)
    assert after["id"] == found["id"]
    for volatile in ("metadata_modified", "resources"):
        found.pop(volatile), after.pop(volatile)
    assert {e["key"]: e["value"] for e in after.pop("extras")} == {e["key"]: e["value"] for e in found.pop("extras")}
    assert after == found
    call(house.ckan, "dataset_purge", id=NAME)


def test_a_field_that_only_people_know_is_asked_for_by_name(house: House) -> None:
    if house.set_up is not OWN:
        pytest.skip("this CKAN asks for nothing that we do not know")
    asked = []
    for known in ({}, {"data_steward": "Parks team"}, {"data_steward": "Parks team", "audience": "martians"}):
        house.changed = {"ckan_fields": known}
        with pytest.raises(SetupProblem) as caught:
            house.run(GOOD)
        asked.append((caught.value.what, caught.value.fix))
        assert requests.get(f"{house.ckan.url}/api/3/action/package_show?id={NAME}", timeout=30).status_code == 404
    (first, where), (second, choices), (third, _) = asked
    assert "“data_steward” (labelled “Data steward”)" in first
    assert "ckan_fields" in where
    assert "“audience”" in second
    assert "everybody (Everybody), planners (Planners)" in choices
    assert "martians" in third

    house.changed = {"ckan_fields": {"data_steward": "Parks team", "audience": "everybody"}}
    with pytest.raises(SetupProblem, match="quality_level"):
        house.run(GOOD)
    # the publisher's file is nearer than the dataset, and that than the settings
    package = house.root / "datasets/street-trees/datapackage.yaml"
    package.write_text(package.read_text() + "ckan_fields: {audience: planners, resources: {quality_level: raw}}\n")
    own = house.root / "datasets/street-trees/publishers/camden.yaml"
    own.write_text(
        own.read_text() + "ckan_fields: {data_steward: Tree officers, resources: {quality_level: checked}}\n"
    )
    release = house.run(GOOD).release
    found = public(house.ckan, NAME)
    assert (found["data_steward"], found["audience"]) == ("Tree officers", "planners")
    # our monthly and English, by the labels of its own lists
    assert (found["frequency"], found["language"]) == ("30", ["en"])
    assert {resource["quality_level"] for resource in found["resources"]} == {"checked"}
    assert look(house.ckan.url, NAME).release == release
    before = house.stamp()
    assert (house.run(GOOD).verdict, house.stamp()) == ("unchanged", before)
    call(house.ckan, "dataset_purge", id=NAME)


def test_a_setting_that_this_ckan_cannot_meet(house: House) -> None:
    if "datastore" in house.set_up.plugins.split():
        pytest.skip("this CKAN has a DataStore")
    house.changed = {"ckan_datastore": True}
    with pytest.raises(SetupProblem, match="has no DataStore"):
        house.run(GOOD)
    assert requests.get(f"{house.ckan.url}/api/3/action/package_show?id={NAME}", timeout=30).status_code == 404
