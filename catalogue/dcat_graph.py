"""Listings as RDF (DCAT-AP 3): which property of which vocabulary says what.

No node is blank: every one has an IRI, so that the same listing gives the same triples. rdflib is loaded on first use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalogue.listing import Distribution, Listing, dataset_path, file_path
from catalogue.terms import AVAILABLE, ENGLISH, FILE_TYPE, FILE_TYPES, MEDIA_TYPE, PUBLIC, SHA256

if TYPE_CHECKING:
    from rdflib import Graph, Literal, URIRef

TITLE = "London open data"
DESCRIPTION = "Open data of London’s boroughs, checked and published in one place."
PUBLISHER = "The boroughs and authorities of London"

WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"

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
"""Every vocabulary used, by its prefix."""


def catalogue_graph(listings: Iterable[Listing], *, public_url: str = "") -> Graph:
    """Return what the catalogue says of itself; its datasets are only named."""
    builder = _GraphBuilder.empty(public_url)
    listed = sorted(listings, key=lambda listing: listing.identity)
    subject, publisher = _iri(f"{builder.base}index.html"), _iri(f"{builder.base}index.html#publishers")
    builder.add(publisher, "foaf:Agent", {"foaf:name": _text(PUBLISHER)})
    modified = max((listing.modified for listing in listed), default=None)
    builder.add(
        subject,
        "dcat:Catalog",
        {
            "dct:title": _text(TITLE),
            "dct:description": _text(DESCRIPTION),
            "dct:publisher": publisher,
            "dct:language": _iri(ENGLISH),
            "dct:modified": _typed(modified.isoformat(), "dateTime") if modified else None,
            "dcat:dataset": [builder.dataset_iri(listing) for listing in listed],
        },
    )
    return builder.graph


def dataset_graph(listed: Listing, *, public_url: str = "") -> Graph:
    """Return one dataset with everything that it refers to."""
    builder = _GraphBuilder.empty(public_url)
    subject, page = builder.dataset_iri(listed), _iri(f"{builder.dataset_iri(listed)}index.html")
    frequency = listed.frequency
    builder.add(
        subject,
        "dcat:Dataset",
        {
            "dct:title": _text(listed.title),
            "dct:description": _text(listed.description),
            "dct:identifier": _plain(listed.id),
            "dct:publisher": builder.publisher(listed),
            "dcat:contactPoint": builder.contact(subject, listed),
            "dcat:keyword": [_text(keyword) for keyword in listed.keywords],
            "dcat:theme": builder.concept(listed.theme.uri, "", "skos:Concept"),
            "dct:accrualPeriodicity": builder.concept(frequency.eu_uri, frequency.title, "dct:Frequency"),
            "dct:issued": _typed(listed.issued.isoformat(), "dateTime"),
            "dct:modified": _typed(listed.modified.isoformat(), "dateTime"),
            "dct:temporal": builder.period(subject, listed),
            "dct:spatial": builder.area(subject, listed),
            "dct:language": _iri(ENGLISH),
            "dct:accessRights": builder.concept(PUBLIC, "public", "dct:RightsStatement"),
            "dcat:version": _plain(listed.release),
            "dcat:landingPage": page,
            "foaf:page": [builder.document(listed, file) for file in listed.documents],
            "dcat:distribution": [builder.distribution(listed, file) for file in listed.distributions],
        },
    )
    builder.add(page, "foaf:Document", {})
    return builder.graph


@dataclass(frozen=True, slots=True)
class _GraphBuilder:
    """A graph in the making; `base` is the address of the site, or empty.

    A method that is named after a node adds it and returns its IRI.
    """

    graph: Graph
    base: str

    @classmethod
    def empty(cls, public_url: str) -> _GraphBuilder:
        from rdflib import Graph

        # only the prefixes of CONTEXT: rdflib would add many of its own to every file
        graph = Graph(bind_namespaces="none")
        for prefix, namespace in CONTEXT.items():
            graph.bind(prefix, namespace)
        return cls(graph, f"{public_url.rstrip('/')}/" if public_url else "")

    def add(self, subject: URIRef, kind: str, facts: dict[str, Any]) -> URIRef:
        """Add a node: property -> IRI, literal, or a list of them; properties without a value are left out."""
        from rdflib.namespace import RDF

        self.graph.add((subject, RDF.type, _term(kind)))
        for name, value in facts.items():
            for item in value if isinstance(value, list) else [value]:
                if item:
                    self.graph.add((subject, _term(name), item))
        return subject

    def dataset_iri(self, listed: Listing) -> URIRef:
        return _iri(self.base + dataset_path(listed.identity))

    def publisher(self, listed: Listing) -> URIRef:
        website = _iri(listed.publisher.website) if listed.publisher.website else None
        facts = {"foaf:name": _text(listed.publisher.title), "foaf:homepage": website}
        return self.add(_iri(listed.publisher.uri), "foaf:Agent", facts)

    def contact(self, subject: URIRef, listed: Listing) -> URIRef:
        email = _iri(f"mailto:{listed.contact.email}") if listed.contact.email else None
        page = _iri(listed.contact.page) if listed.contact.page else None
        facts = {"vcard:fn": _text(listed.contact.name), "vcard:hasEmail": email, "vcard:hasURL": page}
        return self.add(_iri(f"{subject}#contact"), "vcard:Organization", facts)

    def concept(self, uri: str, title: str, kind: str) -> URIRef:
        # themes come without a title: several of our topics share one EU theme, which would get all their names
        return self.add(_iri(uri), kind, {"rdfs:label": _text(title)})

    def period(self, subject: URIRef, listed: Listing) -> URIRef | None:
        if not (listed.period.start or listed.period.end):
            return None
        start, end = _typed(listed.period.start, "date"), _typed(listed.period.end, "date")
        facts = {"dcat:startDate": start, "dcat:endDate": end}
        return self.add(_iri(f"{subject}#period"), "dct:PeriodOfTime", facts)

    def area(self, subject: URIRef, listed: Listing) -> URIRef:
        from rdflib import Literal

        west, south, east, north = listed.publisher.bbox
        box = f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"
        facts = {"rdfs:label": _text(listed.publisher.name), "dcat:bbox": Literal(box, datatype=_iri(WKT))}
        return self.add(_iri(listed.publisher.geography or f"{subject}#area"), "dct:Location", facts)

    def document(self, listed: Listing, file: Distribution) -> URIRef:
        address = _iri(file.url or self.base + file_path(listed, file))
        return self.add(address, "foaf:Document", {"dct:title": _text(file.title)})

    def distribution(self, listed: Listing, file: Distribution) -> URIRef:
        subject = _iri(f"{self.dataset_iri(listed)}#{file.name}")
        address = _iri(file.url or self.base + file_path(listed, file))
        checksum = _iri(f"{subject}-checksum")
        digest = {"spdx:algorithm": _iri(SHA256), "spdx:checksumValue": _typed(file.sha256, "hexBinary")}
        format_uri = FILE_TYPE + FILE_TYPES[file.format]
        facts = {
            "dct:title": _text(file.title),
            "dct:description": _text(file.description),
            "dct:identifier": _plain(file.id),
            "dcatap:availability": self.concept(AVAILABLE, "available", "skos:Concept"),
            "dct:format": self.concept(format_uri, file.format, "dct:MediaTypeOrExtent"),
            "dcat:mediaType": self.concept(MEDIA_TYPE + file.media_type, file.media_type, "dct:MediaType"),
            "dct:license": self.concept(listed.licence.url, listed.licence.title, "dct:LicenseDocument"),
            "dct:modified": _typed(listed.modified.isoformat(), "dateTime"),
            "dcat:byteSize": _typed(file.bytes, "nonNegativeInteger"),
            "dcat:accessURL": address,
            "dcat:downloadURL": address,
            "spdx:checksum": self.add(checksum, "spdx:Checksum", digest),
        }
        return self.add(subject, "dcat:Distribution", facts)


def _iri(text: str) -> URIRef:
    from rdflib import URIRef

    return URIRef(text)


def _term(compact: str) -> URIRef:
    """Return the IRI of `prefix:name`."""
    prefix, _, name = compact.partition(":")
    return _iri(CONTEXT[prefix] + name)


def _text(value: str) -> Literal | None:
    from rdflib import Literal

    return Literal(value, lang="en") if value else None


def _plain(value: str) -> Literal:
    from rdflib import Literal

    return Literal(value)


def _typed(value: object, kind: str) -> Literal | None:
    from rdflib import Literal

    return Literal(str(value), datatype=_term(f"xsd:{kind}")) if value != "" else None
