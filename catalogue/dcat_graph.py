"""Listings as RDF (DCAT-AP 3): which property of which vocabulary says what.

No node is blank: every one has an IRI, so that the same listing gives the same triples. rdflib is loaded on first use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalogue.listing import Distribution, Listing, Standard, dataset_path, lasting_path
from catalogue.terms import (
    AUTHORITY,
    AVAILABLE,
    ENGLISH,
    EU_THEMES,
    FILE_TYPE,
    FILE_TYPES,
    LOCAL_AUTHORITY,
    MEDIA_TYPE,
    PUBLIC,
    PUBLISHER_TYPES,
    REGIONAL_AUTHORITY,
    SHA256,
)

if TYPE_CHECKING:
    from rdflib import Graph, Literal, URIRef

TITLE = "London open data"
DESCRIPTION = "Open data of London’s boroughs, checked and published in one place."
PUBLISHER = "The boroughs and authorities of London"

AUTHORITIES = "E09"
"""How the statistical codes of London's 33 authorities begin."""

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
    themes = builder.add(
        _iri(f"{AUTHORITY}data-theme"), "skos:ConceptScheme", {"dct:title": _text("Themes of data (EU vocabulary)")}
    )
    builder.add(
        subject,
        "dcat:Catalog",
        {
            "dct:title": _text(TITLE),
            "dct:description": _text(DESCRIPTION),
            "dct:publisher": publisher,
            "dct:language": builder.language(),
            "dct:modified": _typed(modified.isoformat(), "dateTime") if modified else None,
            "dcat:themeTaxonomy": themes,
            "dcat:dataset": [builder.dataset_iri(listing) for listing in listed],
        },
    )
    return builder.graph


def dataset_graph(listed: Listing, *, public_url: str = "") -> Graph:
    """Return one dataset with everything that it refers to."""
    builder = _GraphBuilder.empty(public_url)
    subject = builder.dataset_iri(listed)
    said = {
        "dct:title": _text(listed.title),
        "dct:description": _text(listed.description),
        "dct:identifier": _plain(listed.id),
        "dcat:keyword": [_text(keyword) for keyword in listed.keywords],
        "dct:issued": _typed(listed.issued.isoformat(), "dateTime"),
        "dct:modified": _typed(listed.modified.isoformat(), "dateTime"),
        "dcat:version": _plain(listed.release),
    }
    builder.add(subject, "dcat:Dataset", said | builder.neighbours(subject, listed))
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

    def add(self, subject: URIRef, kinds: str, facts: Mapping[str, Any]) -> URIRef:
        """Add a node of these classes, separated by blanks: property -> IRI, literal, or a list of them.

        Properties without a value are left out.
        """
        from rdflib.namespace import RDF

        for kind in kinds.split():
            self.graph.add((subject, RDF.type, _term(kind)))
        for name, value in facts.items():
            for item in value if isinstance(value, list) else [value]:
                if item:
                    self.graph.add((subject, _term(name), item))
        return subject

    def neighbours(self, subject: URIRef, listed: Listing) -> dict[str, Any]:
        """Add everything that a dataset refers to, and return the properties that lead there."""
        frequency = listed.frequency
        return {
            "dct:publisher": self.publisher(listed),
            "dct:creator": self.creator(subject, listed),
            "dcat:contactPoint": self.contact(subject, listed),
            "dcat:theme": self.concept(listed.theme.uri, EU_THEMES.get(listed.theme.uri.rpartition("/")[2], "")),
            "dct:accrualPeriodicity": self.concept(frequency.eu_uri, frequency.title, "dct:Frequency"),
            "dct:temporal": self.period(subject, listed),
            "dct:spatial": self.area(subject, listed),
            "dct:language": self.language(),
            "dct:accessRights": self.concept(PUBLIC, "public", "dct:RightsStatement"),
            "dct:provenance": self.provenance(subject, listed),
            "dct:conformsTo": [self.standard(standard) for standard in listed.conforms_to],
            "dcat:landingPage": self.add(_iri(f"{subject}index.html"), "foaf:Document", {}),
            "foaf:page": [self.document(listed, file) for file in listed.documents],
            "dcat:distribution": [self.distribution(listed, file) for file in listed.distributions],
        }

    def dataset_iri(self, listed: Listing) -> URIRef:
        return _iri(self.base + dataset_path(listed.identity))

    def publisher(self, listed: Listing) -> URIRef:
        website = _iri(listed.publisher.website) if listed.publisher.website else None
        facts = {
            "foaf:name": _text(listed.publisher.title),
            "foaf:homepage": website,
            "dct:type": self.publisher_type(listed),
        }
        return self.add(_iri(listed.publisher.uri), "foaf:Agent", facts)

    def creator(self, subject: URIRef, listed: Listing) -> URIRef | None:
        if listed.creator in ("", listed.publisher.title):
            return _iri(listed.publisher.uri)
        return self.add(_iri(f"{subject}#creator"), "foaf:Agent", {"foaf:name": _text(listed.creator)})

    def contact(self, subject: URIRef, listed: Listing) -> URIRef:
        email = _iri(f"mailto:{listed.contact.email}") if listed.contact.email else None
        page = _iri(listed.contact.page) if listed.contact.page else None
        facts = {"vcard:fn": _text(listed.contact.name), "vcard:hasEmail": email, "vcard:hasURL": page}
        return self.add(_iri(f"{subject}#contact"), "vcard:Kind vcard:Organization", facts)

    def concept(self, uri: str, title: str, kind: str = "skos:Concept") -> URIRef:
        # a term of the EU is in the list that its IRI begins with
        scheme = _iri(uri.rpartition("/")[0]) if uri.startswith(AUTHORITY) else None
        label = "skos:prefLabel" if kind == "skos:Concept" else "rdfs:label"
        return self.add(_iri(uri), kind, {label: _text(title), "skos:inScheme": scheme})

    def publisher_type(self, listed: Listing) -> URIRef:
        is_local = listed.publisher.gss.startswith(AUTHORITIES)
        uri, title = (LOCAL_AUTHORITY, "Local authority") if is_local else (REGIONAL_AUTHORITY, "Regional authority")
        scheme = self.add(_iri(PUBLISHER_TYPES), "skos:ConceptScheme", {"dct:title": _text("Types of publishers")})
        return self.add(_iri(uri), "skos:Concept", {"skos:prefLabel": _text(title), "skos:inScheme": scheme})

    def language(self) -> URIRef:
        return self.concept(ENGLISH, "English", "dct:LinguisticSystem")

    def provenance(self, subject: URIRef, listed: Listing) -> URIRef | None:
        if not listed.provenance:
            return None
        facts = {"rdfs:label": _text(listed.provenance)}
        return self.add(_iri(f"{subject}#provenance"), "dct:ProvenanceStatement", facts)

    def standard(self, standard: Standard) -> URIRef:
        return self.add(_iri(standard.url), "dct:Standard", {"rdfs:label": _text(standard.title)})

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
        middle = f"POINT({(west + east) / 2:.4f} {(south + north) / 2:.4f})"
        facts = {
            "rdfs:label": _text(listed.publisher.name),
            "dcat:bbox": Literal(box, datatype=_iri(WKT)),
            "dcat:centroid": Literal(middle, datatype=_iri(WKT)),
        }
        return self.add(_iri(listed.publisher.geography or f"{subject}#area"), "dct:Location", facts)

    def document(self, listed: Listing, file: Distribution) -> URIRef:
        address = _iri(self.base + lasting_path(listed, file))
        return self.add(address, "foaf:Document", {"dct:title": _text(file.title)})

    def checksum(self, subject: URIRef, file: Distribution) -> URIRef:
        algorithm = self.add(_iri(SHA256), "spdx:ChecksumAlgorithm", {})
        digest = {"spdx:algorithm": algorithm, "spdx:checksumValue": _typed(file.sha256, "hexBinary")}
        return self.add(_iri(f"{subject}-checksum"), "spdx:Checksum", digest)

    def distribution(self, listed: Listing, file: Distribution) -> URIRef:
        subject = _iri(f"{self.dataset_iri(listed)}#{file.name}")
        # the address that lasts; whoever needs exactly this release finds its address in listing.json
        address = self.add(_iri(self.base + lasting_path(listed, file)), "rdfs:Resource", {})
        facts = {
            "dct:title": _text(file.title),
            "dct:description": _text(file.description),
            "dct:identifier": _plain(file.id),
            "dcatap:availability": self.concept(AVAILABLE, "available"),
            "dct:format": self.concept(FILE_TYPE + FILE_TYPES[file.format], file.format, "dct:MediaTypeOrExtent"),
            "dcat:mediaType": self.concept(MEDIA_TYPE + file.media_type, file.media_type, "dct:MediaType"),
            "dct:license": self.concept(listed.licence.url, listed.licence.title, "dct:LicenseDocument"),
            "dct:language": self.language(),
            "dct:modified": _typed(listed.modified.isoformat(), "dateTime"),
            "dcat:byteSize": _typed(file.bytes, "nonNegativeInteger"),
            "dcat:accessURL": address,
            "dcat:downloadURL": address,
            "spdx:checksum": self.checksum(subject, file),
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
