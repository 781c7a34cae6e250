"""All listings as one DCAT catalogue (DCAT-AP 3), in Turtle and JSON-LD. The same listings give the same bytes.

Without a public address every IRI is relative to the document, so that the site can be put anywhere.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalogue.listing import Distribution, Listing, dataset_path, file_path, listing_from_json, listing_to_json

if TYPE_CHECKING:
    from rdflib import Graph, URIRef

TITLE = "London open data"
DESCRIPTION = "Open data of London’s boroughs, checked and published in one place."
PUBLISHER = "The boroughs and authorities of London"

MEDIA_TYPE = "https://www.iana.org/assignments/media-types/"
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
FILE_TYPES = {"CSV": "CSV", "Parquet": "PARQUET", "JSON": "JSON", "HTML": "HTML"}
ENGLISH = "http://publications.europa.eu/resource/authority/language/ENG"
PUBLIC = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
AVAILABLE = "http://publications.europa.eu/resource/authority/planned-availability/AVAILABLE"
"""For years to come; a dataset can be withdrawn, so no more is promised."""

SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


REMEMBERED = 4096
"""So many datasets are kept as text while a program runs."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one dataset adds to the catalogue: Turtle that stands for itself, and JSON-LD, a node in each line."""

    turtle: str
    nodes: tuple[str, ...]

    @property
    def jsonld(self) -> bytes:
        """A JSON-LD document of its own."""
        listed = ",\n".join(self.nodes)
        return f'{{"@context": {json.dumps(CONTEXT)}, "@graph": [\n{listed}\n]}}\n'.encode()


def describe_dataset(listed: Listing, *, public_url: str = "") -> Fragment:
    """Describe one dataset; the slow part, done once for each listing."""
    return _about(listing_to_json(listed), _base(public_url))


@functools.lru_cache(maxsize=REMEMBERED)
def _about(listed: bytes, base: str) -> Fragment:
    made = _empty()
    _dataset(made, base, listing_from_json(listed))
    return _fragment(made)


def read_fragment(turtle: bytes, jsonld: bytes) -> Fragment:
    """A fragment as it was written to two files."""
    return Fragment(turtle.decode(), tuple(line.removesuffix(",") for line in jsonld.decode().splitlines()[1:-1]))


def compose_catalogue(listings: Iterable[Listing], parts: Iterable[Fragment], *, public_url: str = "") -> Fragment:
    """The whole catalogue: what it says of itself, and the fragments of its listings in their order."""
    listed = sorted(listings, key=lambda one: one.identity)
    made = _empty()
    _catalogue(made, _base(public_url), listed)
    fragments = (_fragment(made), *parts)
    prefixes = {line for part in fragments for line in part.turtle.splitlines() if line.startswith("@prefix ")}
    bodies = (_body(part.turtle) for part in fragments)
    # datasets share publishers and terms, which are said once
    nodes = sorted({node for part in fragments for node in part.nodes})
    return Fragment("\n".join((*sorted(prefixes), "", *bodies)), tuple(nodes))


def catalogue_turtle(listings: Iterable[Listing], *, public_url: str = "") -> bytes:
    """The catalogue in Turtle."""
    return _composed(listings, public_url).turtle.encode()


def catalogue_jsonld(listings: Iterable[Listing], *, public_url: str = "") -> bytes:
    """The catalogue in JSON-LD, sorted."""
    return _composed(listings, public_url).jsonld


def _composed(listings: Iterable[Listing], public_url: str) -> Fragment:
    listed = sorted(listings, key=lambda one: one.identity)
    return compose_catalogue(
        listed, (describe_dataset(one, public_url=public_url) for one in listed), public_url=public_url
    )


def _fragment(made: Graph) -> Fragment:
    text = made.serialize(format="json-ld", context=CONTEXT, auto_compact=False)
    document = _sorted(json.loads(text))
    nodes = document.get("@graph") or [{key: value for key, value in document.items() if key != "@context"}]
    lines = tuple(json.dumps(node, ensure_ascii=False, sort_keys=True) for node in nodes)
    return Fragment(made.serialize(format="turtle"), lines)


def _body(turtle: str) -> str:
    return "\n".join(line for line in turtle.splitlines() if not line.startswith("@prefix ")).strip() + "\n"


def _sorted(value: Any) -> Any:
    """JSON whose lists have one order: what rdflib gives comes out of sets."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted((_sorted(part) for part in value), key=lambda part: json.dumps(part, sort_keys=True))
    return value


def catalogue_graph(listings: Iterable[Listing], *, public_url: str = "") -> Graph:
    """The catalogue as an RDF graph without blank nodes."""
    made = _empty()
    listed = sorted(listings, key=lambda one: one.identity)
    _catalogue(made, _base(public_url), listed)
    for one in listed:
        _dataset(made, _base(public_url), one)
    return made


def _empty() -> Graph:
    from rdflib import Graph

    made = Graph(bind_namespaces="none")
    for prefix, namespace in CONTEXT.items():
        made.bind(prefix, namespace)
    return made


def _base(public_url: str) -> str:
    return f"{public_url.rstrip('/')}/" if public_url else ""


def _iri(text: str) -> URIRef:
    from rdflib import URIRef

    return URIRef(text)


def _term(compact: str) -> URIRef:
    prefix, _, name = compact.partition(":")
    return _iri(CONTEXT[prefix] + name)


def _say(made: Graph, subject: URIRef, facts: dict[str, Any]) -> None:
    """Add facts about a subject: property -> IRI, literal, or a list of them; empty ones are left out."""
    for name, value in facts.items():
        for one in value if isinstance(value, list) else [value]:
            if one:
                made.add((subject, _term(name), one))


def _text(value: str) -> Any:
    from rdflib import Literal

    return Literal(value, lang="en") if value else None


def _plain(value: str) -> Any:
    from rdflib import Literal

    return Literal(value)


def _typed(value: object, kind: str) -> Any:
    from rdflib import Literal

    return Literal(str(value), datatype=_term(f"xsd:{kind}")) if value != "" else None


def _catalogue(made: Graph, base: str, listed: list[Listing]) -> None:
    subject, publisher = _iri(f"{base}index.html"), _iri(f"{base}index.html#publishers")
    _kind(made, publisher, "foaf:Agent")
    _say(made, publisher, {"foaf:name": _text(PUBLISHER)})
    _kind(made, subject, "dcat:Catalog")
    _say(
        made,
        subject,
        {
            "dct:title": _text(TITLE),
            "dct:description": _text(DESCRIPTION),
            "dct:publisher": publisher,
            "dct:language": _iri(ENGLISH),
            "dct:modified": _typed(max(o.modified for o in listed).isoformat(), "dateTime") if listed else None,
            "dcat:dataset": [_subject(base, one) for one in listed],
        },
    )


def _kind(made: Graph, subject: URIRef, name: str) -> None:
    from rdflib.namespace import RDF

    made.add((subject, RDF.type, _term(name)))


def _subject(base: str, listed: Listing) -> URIRef:
    return _iri(base + dataset_path(listed.identity))


def _dataset(made: Graph, base: str, listed: Listing) -> None:
    subject, page = _subject(base, listed), _iri(f"{base}{dataset_path(listed.identity)}index.html")
    _kind(made, subject, "dcat:Dataset")
    _say(
        made,
        subject,
        {
            "dct:title": _text(listed.title),
            "dct:description": _text(listed.description),
            "dct:identifier": _plain(listed.id),
            "dct:publisher": _agent(made, listed),
            "dcat:contactPoint": _contact(made, subject, listed),
            "dcat:keyword": [_text(word) for word in listed.keywords],
            "dcat:theme": _concept(made, listed.theme.uri, "", "skos:Concept"),
            "dct:accrualPeriodicity": _concept(made, listed.frequency.eu_uri, listed.frequency.title, "dct:Frequency"),
            "dct:issued": _typed(listed.issued.isoformat(), "dateTime"),
            "dct:modified": _typed(listed.modified.isoformat(), "dateTime"),
            "dct:temporal": _period(made, subject, listed),
            "dct:spatial": _area(made, subject, listed),
            "dct:language": _iri(ENGLISH),
            "dct:accessRights": _concept(made, PUBLIC, "public", "dct:RightsStatement"),
            "dcat:version": _plain(listed.release),
            "dcat:landingPage": page,
            "foaf:page": [_document(made, base, listed, file) for file in listed.documents],
            "dcat:distribution": [_distribution(made, base, listed, file) for file in listed.distributions],
        },
    )
    _kind(made, page, "foaf:Document")


def _agent(made: Graph, listed: Listing) -> URIRef:
    agent = _iri(listed.publisher.uri)
    _kind(made, agent, "foaf:Agent")
    website = _iri(listed.publisher.website) if listed.publisher.website else None
    _say(made, agent, {"foaf:name": _text(listed.publisher.title), "foaf:homepage": website})
    return agent


def _contact(made: Graph, subject: URIRef, listed: Listing) -> URIRef:
    contact = _iri(f"{subject}#contact")
    _kind(made, contact, "vcard:Organization")
    mail = _iri(f"mailto:{listed.contact.email}") if listed.contact.email else None
    page = _iri(listed.contact.page) if listed.contact.page else None
    _say(made, contact, {"vcard:fn": _text(listed.contact.name), "vcard:hasEmail": mail, "vcard:hasURL": page})
    return contact


def _concept(made: Graph, uri: str, title: str, kind: str) -> URIRef:
    """A term of somebody's list. Themes get no label: several of our topics share one EU theme."""
    concept = _iri(uri)
    _kind(made, concept, kind)
    _say(made, concept, {"rdfs:label": _text(title)})
    return concept


def _period(made: Graph, subject: URIRef, listed: Listing) -> URIRef | None:
    if not (listed.period.start or listed.period.end):
        return None
    period = _iri(f"{subject}#period")
    _kind(made, period, "dct:PeriodOfTime")
    start, end = _typed(listed.period.start, "date"), _typed(listed.period.end, "date")
    _say(made, period, {"dcat:startDate": start, "dcat:endDate": end})
    return period


def _area(made: Graph, subject: URIRef, listed: Listing) -> URIRef:
    area = _iri(listed.publisher.geography or f"{subject}#area")
    _kind(made, area, "dct:Location")
    west, south, east, north = listed.publisher.bbox
    box = f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"
    from rdflib import Literal

    wkt = Literal(box, datatype=_iri("http://www.opengis.net/ont/geosparql#wktLiteral"))
    _say(made, area, {"rdfs:label": _text(listed.publisher.name), "dcat:bbox": wkt})
    return area


def _document(made: Graph, base: str, listed: Listing, file: Distribution) -> URIRef:
    document = _iri(file.url or f"{base}{file_path(listed, file)}")
    _kind(made, document, "foaf:Document")
    _say(made, document, {"dct:title": _text(file.title)})
    return document


def _distribution(made: Graph, base: str, listed: Listing, file: Distribution) -> URIRef:
    subject = _iri(f"{base}{dataset_path(listed.identity)}#{file.name}")
    address = _iri(file.url or base + file_path(listed, file))
    _kind(made, subject, "dcat:Distribution")
    _say(
        made,
        subject,
        {
            "dct:title": _text(file.title),
            "dct:description": _text(file.description),
            "dct:identifier": _plain(file.id),
            "dcatap:availability": _concept(made, AVAILABLE, "available", "skos:Concept"),
            "dct:format": _concept(made, FILE_TYPE + FILE_TYPES[file.format], file.format, "dct:MediaTypeOrExtent"),
            "dcat:mediaType": _concept(made, MEDIA_TYPE + file.media_type, file.media_type, "dct:MediaType"),
            "dct:license": _concept(made, listed.licence.url, listed.licence.title, "dct:LicenseDocument"),
            "dct:modified": _typed(listed.modified.isoformat(), "dateTime"),
            "dcat:byteSize": _typed(file.bytes, "nonNegativeInteger"),
            "dcat:accessURL": address,
            "dcat:downloadURL": address,
            "spdx:checksum": _checksum(made, subject, file),
        },
    )
    return subject


def _checksum(made: Graph, subject: URIRef, file: Distribution) -> URIRef:
    checksum = _iri(f"{subject}-checksum")
    _kind(made, checksum, "spdx:Checksum")
    value = _typed(file.sha256, "hexBinary")
    _say(made, checksum, {"spdx:algorithm": _iri(SHA256), "spdx:checksumValue": value})
    return checksum
