from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalogue.backends.folder import FolderCatalogue
from catalogue.dcat import Fragment, compose_catalogue, describe_dataset
from catalogue.dcat_graph import catalogue_graph, dataset_graph
from catalogue.listing import Listing, listing_of
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import release, spec

if TYPE_CHECKING:
    from rdflib import Graph

IDENTITIES = [
    Identity("spend-over-500", "camden"),
    Identity("brownfield-land", "lldc"),
    Identity("public-toilets", "camden"),
]


@pytest.fixture(params=["", "https://data.example"])
def address(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def listed(tmp_path: Path, address: str) -> list[Listing]:
    return [listing_of(release(tmp_path, i), spec(i), publisher(i.publisher), public_url=address) for i in IDENTITIES]


def composed(listings: list[Listing], address: str) -> Fragment:
    ordered = sorted(listings, key=lambda listing: listing.identity)
    fragments = [describe_dataset(listing, public_url=address) for listing in ordered]
    return compose_catalogue(ordered, fragments, public_url=address)


def catalogue_turtle(listings: list[Listing], *, public_url: str) -> bytes:
    return composed(listings, public_url).turtle.encode()


def catalogue_jsonld(listings: list[Listing], *, public_url: str) -> bytes:
    return composed(listings, public_url).jsonld


def whole_graph(listings: list[Listing], *, public_url: str) -> Graph:
    graph = catalogue_graph(listings, public_url=public_url)
    for listing in listings:
        graph += dataset_graph(listing, public_url=public_url)
    return graph


def test_has_what_dcat_ap_makes_mandatory(listed: list[Listing], address: str) -> None:
    import pyshacl
    from rdflib import Graph

    shapes = (Path(__file__).parent / "shapes.ttl").read_text()
    # a contact is an organisation, which is a kind of vcard:Kind; the ontology says so
    ontology = "@prefix v: <http://www.w3.org/2006/vcard/ns#> . @prefix r: <http://www.w3.org/2000/01/rdf-schema#> . "
    ontology += "v:Organization r:subClassOf v:Kind ."
    written = {
        "turtle": catalogue_turtle(listed, public_url=address),
        "json-ld": catalogue_jsonld(listed, public_url=address),
    }
    for format_name, text in written.items():
        found = Graph().parse(data=text, format=format_name, publicID="https://site.example/catalog")
        assert len(found) > 100
        conforms, _, words = pyshacl.validate(
            found,
            shacl_graph=Graph().parse(data=shapes, format="turtle"),
            ont_graph=Graph().parse(data=ontology, format="turtle"),
            inference="rdfs",
        )
        assert conforms, words


SHACL = Path(__file__).parent / "shacl"


@pytest.mark.parametrize("shapes", ["dcat-ap-3.0.0.ttl", "dcat-ap-3.0.0-ranges.ttl", "dcat-ap-3.0.0-vocabularies.ttl"])
@pytest.mark.parametrize("format_name", ["turtle", "json-ld"])
def test_the_official_shapes_of_dcat_ap_find_no_violation(
    listed: list[Listing], address: str, format_name: str, shapes: str
) -> None:
    import pyshacl
    from rdflib import Graph
    from rdflib.namespace import SH

    text = {"turtle": catalogue_turtle, "json-ld": catalogue_jsonld}[format_name](listed, public_url=address)
    found = Graph().parse(data=text, format=format_name, publicID="https://site.example/catalog")
    official = Graph().parse(SHACL / shapes)
    _, report, words = pyshacl.validate(found, shacl_graph=official, inference="none")
    violations = {
        result
        for _, _, result in report.triples((None, SH.result, None))
        if (result, SH.resultSeverity, SH.Violation) in report
        and str(report.value(result, SH.resultPath)) != "http://spdx.org/rdf/terms#algorithm"
    }
    assert not violations, words
    if "vocabularies" not in shapes:
        assert (None, SH.result, None) not in report, words


def test_a_catalogue_without_titles_violates_the_official_shapes(listed: list[Listing], address: str) -> None:
    import pyshacl
    from rdflib import Graph
    from rdflib.namespace import DCTERMS

    found = Graph().parse(data=catalogue_turtle(listed, public_url=address), publicID="https://site.example/catalog")
    found.remove((None, DCTERMS.title, None))
    conforms, _, _ = pyshacl.validate(found, shacl_graph=Graph().parse(SHACL / "dcat-ap-3.0.0.ttl"))
    assert not conforms


def test_both_formats_say_the_same(listed: list[Listing], address: str) -> None:
    from rdflib import Graph
    from rdflib.compare import isomorphic

    base = "https://site.example/catalog"
    one = Graph().parse(data=catalogue_turtle(listed, public_url=address), format="turtle", publicID=base)
    two = Graph().parse(data=catalogue_jsonld(listed, public_url=address), format="json-ld", publicID=base)
    assert isomorphic(one, two)


def test_what_is_put_together_of_parts_says_what_the_graph_says(listed: list[Listing], address: str) -> None:
    from rdflib import Graph
    from rdflib.compare import isomorphic

    parts = Graph().parse(
        data=catalogue_turtle(listed, public_url=address), format="turtle", publicID="https://site.example/c"
    )
    whole = whole_graph(listed, public_url=address).serialize(format="turtle")
    assert isomorphic(parts, Graph().parse(data=whole, format="turtle", publicID="https://site.example/c"))


def test_an_empty_catalogue_can_be_read(address: str) -> None:
    from rdflib import Graph

    assert (
        len(
            Graph().parse(
                data=catalogue_jsonld([], public_url=address), format="json-ld", publicID="https://a.example/"
            )
        )
        > 3
    )
    assert (
        len(
            Graph().parse(data=catalogue_turtle([], public_url=address), format="turtle", publicID="https://a.example/")
        )
        > 3
    )


def test_the_same_listings_give_the_same_bytes(listed: list[Listing], address: str) -> None:
    again = list(reversed(listed))
    assert catalogue_turtle(listed, public_url=address) == catalogue_turtle(again, public_url=address)
    assert catalogue_jsonld(listed, public_url=address) == catalogue_jsonld(again, public_url=address)


def test_no_blank_nodes(listed: list[Listing], address: str) -> None:
    from rdflib import BNode

    assert not [
        node for triple in whole_graph(listed, public_url=address) for node in triple if isinstance(node, BNode)
    ]


def test_the_description_beside_a_dataset_leads_to_its_files(tmp_path: Path) -> None:
    from rdflib import Graph
    from rdflib.namespace import DCAT

    identity = IDENTITIES[0]
    sealed = release(tmp_path, identity)
    catalogue = FolderCatalogue(tmp_path / "site")
    catalogue.publish(listing_of(sealed, spec(identity), publisher(identity.publisher)), sealed, now=sealed.sealed)
    catalogue.rebuild()
    folder = catalogue.current / "datasets/spend-over-500/camden"
    for name, kind in (("dcat.ttl", "turtle"), ("dcat.jsonld", "json-ld")):
        base = f"https://site.example/open/datasets/spend-over-500/camden/{name}"
        graph = Graph().parse(data=(folder / name).read_bytes(), format=kind, publicID=base)
        assert set(map(str, graph.objects(None, DCAT.downloadURL))) == {
            f"https://site.example/open/datasets/spend-over-500/camden/latest/payments.{end}"
            for end in ("csv", "parquet")
        }
