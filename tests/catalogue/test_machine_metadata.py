"""Listings in the words of others, read with the tools of others."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.backends.folder import FolderCatalogue
from catalogue.listing import Listing, Standard, listing_of
from catalogue.metadata.croissant import croissant_json
from catalogue.metadata.schema_org import schema_org, schema_org_script
from catalogue.metadata.uk_exchange import uk_exchange_json
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, release, spec
from tests.catalogue.web_server import served

CAMDEN = Identity("spend-over-500", "camden")
HACKNEY = Identity("spend-over-500", "hackney")
TOILETS = Identity("public-toilets", "camden")


def listed_of(root: Path, identity: Identity = CAMDEN, public_url: str = "") -> Listing:
    sealed = release(root / "releases", identity)
    return listing_of(sealed, spec(identity), publisher(identity.publisher), public_url=public_url)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    catalogue = FolderCatalogue(tmp_path / "site")
    for identity in (CAMDEN, HACKNEY, TOILETS):
        catalogue.publish(listed_of(tmp_path, identity), release(tmp_path / "releases", identity), now=LATER)
    catalogue.rebuild()
    return catalogue.current


@pytest.fixture
def server(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


# --- schema.org -------------------------------------------------------------------------------------------------------


def test_a_page_says_in_schema_org_what_search_engines_ask(tmp_path: Path) -> None:
    from rdflib import Graph, Namespace

    listed = listed_of(tmp_path, public_url="https://data.example")
    said = schema_org(listed)
    said["@context"] = {"@vocab": "https://schema.org/"}  # the network is closed to tests
    graph, schema = Graph().parse(data=json.dumps(said), format="json-ld"), Namespace("https://schema.org/")
    (dataset,) = set(graph.subjects(predicate=schema.distribution))
    name = graph.value(graph.value(dataset, schema.publisher), schema.name)
    assert str(name) == "London Borough of Camden"
    assert str(graph.value(dataset, schema.license)).startswith("https://www.nationalarchives.gov.uk/")
    assert str(graph.value(dataset, schema.temporalCoverage)) == "2026-01-05/2026-02-27"
    place = graph.value(graph.value(dataset, schema.spatialCoverage), schema.geo)
    south, west, north, east = map(float, str(graph.value(place, schema.box)).split())
    assert 51 < south < north < 52
    assert -0.5 < west < east < 0.3
    files = {str(graph.value(one, schema.contentUrl)): one for one in graph.objects(dataset, schema.distribution)}
    csv = files["https://data.example/datasets/spend-over-500/camden/latest/payments.csv"]
    assert str(graph.value(csv, schema.encodingFormat)) == "text/csv"
    assert str(graph.value(csv, schema.sha256)) == listed.distributions[0].sha256
    assert len(files) == 2


def test_every_page_of_a_dataset_has_it_where_its_links_work(site: Path) -> None:
    pages = list(site.glob("datasets/*/*/index.html"))
    assert len(pages) == 3
    for page in pages:
        (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.read_text())
        for file in json.loads(text)["distribution"]:
            assert (page.parent / file["contentUrl"]).is_file()


def test_nothing_in_a_listing_ends_the_script(tmp_path: Path) -> None:
    nasty = replace(listed_of(tmp_path), title="</script><script>alert(1)</script><!-- & ]]>")
    text = schema_org_script(nasty)
    assert not set("<>&") & set(text)
    assert json.loads(text)["name"] == nasty.title


# --- Croissant --------------------------------------------------------------------------------------------------------


def test_mlcroissant_finds_no_fault_and_reads_the_rows(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    import mlcroissant

    folder = site / "datasets/spend-over-500/camden"
    dataset = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    assert not caplog.records
    issues = dataset.metadata.ctx.issues
    assert (list(issues.errors), list(issues.warnings)) == ([], [])
    rows = list(dataset.records("payments"))
    assert [row["payments/supplier"].decode() for row in rows] == [supplier for _, supplier, _ in ROWS]
    assert [row["payments/amount"] for row in rows] == [float(amount) for _, _, amount in ROWS]


@pytest.mark.parametrize("address", ["", "https://data.example"])
def test_mlcroissant_finds_no_fault_in_any_address(tmp_path: Path, address: str) -> None:
    import mlcroissant

    path = tmp_path / "croissant.json"
    path.write_bytes(croissant_json(listed_of(tmp_path, public_url=address)))
    (tmp_path / "latest").mkdir()
    for name in ("payments.csv", "payments.parquet"):
        (tmp_path / "latest" / name).touch()
    issues = mlcroissant.Dataset(jsonld=path).metadata.ctx.issues
    assert (list(issues.errors), list(issues.warnings)) == ([], [])


# --- the UK cross-government metadata exchange model ------------------------------------------------------------------

MODEL = yaml.safe_load(
    (Path(__file__).parent / "uk_exchange/uk_cross_government_metadata_exchange_model.yaml").read_bytes()
)


def slots_of(name: str) -> dict[str, dict[str, Any]]:
    """The slots of a class of the model, its ancestors' included, each with what the class says of it."""
    described = MODEL["classes"][name]
    slots = slots_of(described["is_a"]) if "is_a" in described else {}
    slots |= {slot: dict(MODEL["slots"][slot]) for slot in described.get("slots", ())}
    for slot, usage in described.get("slot_usage", {}).items():
        slots[slot] |= usage
    return slots


def faults(entry: dict[str, Any], name: str) -> list[str]:
    """What the model finds wrong with an entry of a class: slots that are missing, unknown, or hold something else."""
    slots, found = slots_of(name), []
    found += [f"{slot} is missing" for slot, said in slots.items() if said.get("required") and not entry.get(slot)]
    found += [f"{key} is unknown" for key in entry if key not in slots and key != "type"]
    for slot, value in entry.items():
        said = slots.get(slot, {})
        if isinstance(value, list) != bool(said.get("multivalued")):
            found.append(f"{slot} is one or several")
        for item in value if isinstance(value, list) else [value]:
            found += _faults_of_value(slot, item, said)
    return found


def _faults_of_value(slot: str, item: Any, said: dict[str, Any]) -> list[str]:
    kind = said.get("range", "string")
    if kind == "ContactPoint":
        return faults({key: value for key, value in item.items() if key != "type"}, kind)
    if kind == "date":
        dt.date.fromisoformat(item)
    if kind == "integer" and not (isinstance(item, int) and item >= said.get("minimum_value", 0)):
        return [f"{slot} is no number"]
    if "pattern" in said and not re.match(said["pattern"], item):
        return [f"{slot} does not match"]
    # the list of bodies has no councils, and another file has it
    if kind in MODEL["enums"] and item not in MODEL["enums"][kind]["permissible_values"]:
        return [f"{slot} is not in the list"]
    return []


def entries(text: bytes) -> list[tuple[str, dict[str, Any]]]:
    return [(node["type"].partition(":")[2], node) for node in json.loads(text)["@graph"]]


@pytest.mark.parametrize("address", ["", "https://data.example"])
@pytest.mark.parametrize("identity", [CAMDEN, TOILETS], ids=str)
def test_the_model_finds_nothing_missing_that_was_said(tmp_path: Path, identity: Identity, address: str) -> None:
    listed = replace(listed_of(tmp_path, identity, address), classification="OFFICIAL")
    found = entries(uk_exchange_json([listed]))
    assert [kind for kind, _ in found] == ["Dataset", "Distribution", "Distribution"]
    for kind, node in found:
        assert faults(node, kind) == []


def test_the_model_finds_what_a_publisher_has_not_said(tmp_path: Path) -> None:
    listed = listed_of(tmp_path)
    silent = replace(listed, contact=replace(listed.contact, email=""), classification="")
    (_, dataset), *_ = entries(uk_exchange_json([silent]))
    assert faults(dataset, "Dataset") == ["securityClassification is missing", "email is missing"]


def test_its_jsonld_can_be_read_as_dcat(tmp_path: Path) -> None:
    from rdflib import Graph
    from rdflib.namespace import DCAT, DCTERMS, RDF

    listed = replace(listed_of(tmp_path, public_url="https://data.example"), classification="OFFICIAL")
    graph = Graph().parse(data=uk_exchange_json([listed]), format="json-ld")
    (dataset,) = graph.subjects(RDF.type, DCAT.Dataset)
    assert str(graph.value(dataset, DCTERMS.accrualPeriodicity)) == "http://purl.org/cld/freq/monthly"
    assert set(graph.objects(dataset, DCAT.distribution)) == set(graph.subjects(RDF.type, DCAT.Distribution))


# --- as a CKAN --------------------------------------------------------------------------------------------------------


def test_ckanapi_reads_the_site_through_a_plain_web_server(server: str) -> None:
    from ckanapi import NotFound, RemoteCKAN

    with RemoteCKAN(server, get_only=True) as ckan:
        names = ckan.action.package_list()
        found = ckan.action.package_search(rows=1000, start=0)
        whole = ckan.action.current_package_list_with_resources()
        assert names == ["public-toilets-camden", "spend-over-500-camden", "spend-over-500-hackney"]
        assert found["count"] == len(found["results"]) == 3
        assert [package["name"] for package in whole] == names
        assert ckan.action.organization_list() == ["camden", "hackney"]
        assert ckan.action.site_read() is True
        with pytest.raises(NotFound, match="Ask for package_search"):
            ckan.action.package_show(id=names[0])


def test_a_harvester_that_pages_through_the_search_meets_every_dataset_once(server: str) -> None:
    import urllib.request

    # as ckanext-harvest does: it leaves out what it has seen, and stops at a page with nothing new
    seen: dict[str, str] = {}
    for start in range(0, 400, 100):
        with urllib.request.urlopen(f"{server}/api/3/action/package_search?rows=100&start={start}") as answer:
            page = json.load(answer)["result"]["results"]
        new = {package["id"]: package["name"] for package in page if package["id"] not in seen}
        if not new:
            break
        seen |= new
    assert len(seen) == 3
    assert start == 100


def test_one_dataset_is_found_by_its_name_and_by_its_id(site: Path) -> None:
    packages = json.loads((site / "api/3/action/package_search").read_bytes())["result"]["results"]
    for package in packages:
        for key in (package["name"], package["id"]):
            assert json.loads((site / f"packages/{key}.json").read_bytes())["result"] == package
        for file in package["resources"]:
            assert (site / file["url"]).is_file()


# --- one table of everything ------------------------------------------------------------------------------------------

LINE = """SET VARIABLE files = (SELECT list(base || parquet_url) FROM (SELECT ? AS base, * FROM read_parquet(?))
WHERE dataset = 'spend-over-500')"""


def test_duckdb_opens_all_publishers_through_the_table(site: Path) -> None:
    import duckdb

    with duckdb.connect() as database:
        database.execute(LINE, [f"{site}/", str(site / "catalogue.parquet")])
        (rows,) = database.execute("SELECT count(*) FROM read_parquet(getvariable('files'))").fetchone()
        assert rows == 2 * len(ROWS)
        known = database.execute(f"SELECT * FROM '{site}/catalogue.parquet'").to_arrow_table().to_pylist()
    assert [(row["dataset"], row["publisher"], row["table"]) for row in known] == [
        ("public-toilets", "camden", "toilets"),
        ("spend-over-500", "camden", "payments"),
        ("spend-over-500", "hackney", "payments"),
    ]
    row = known[1]
    assert (row["gss"], row["rows"], row["period_end"]) == ("E09000007", 3, dt.date(2026, 2, 27))
    assert row["csv_bytes"] == (site / row["csv_url"]).stat().st_size


# --- the Data Package -------------------------------------------------------------------------------------------------


def test_frictionless_finds_the_descriptor_valid_from_disk_and_from_the_web(server: str, site: Path) -> None:
    from frictionless import Package

    for place in (str(site), server):
        for folder in ("", "latest/"):
            package = Package.from_descriptor(f"{place}/datasets/spend-over-500/camden/{folder}datapackage.json")
            assert package.validate().valid


def test_a_period_of_a_month_is_no_day(tmp_path: Path) -> None:
    from catalogue.metadata.catalogue_table import catalogue_table

    listed = listed_of(tmp_path)
    catalogue_table([replace(listed, period=replace(listed.period, start="2026-01", end=""))])
    assert schema_org(replace(listed, period=replace(listed.period, end="")))["temporalCoverage"] == "2026-01-05/.."
    standard = Standard("The Code", "https://www.gov.uk/code")
    assert schema_org(replace(listed, conforms_to=(standard,)))["isBasedOn"] == ["https://www.gov.uk/code"]
