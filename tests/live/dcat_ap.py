"""What the official shapes of DCAT-AP 3.0.0 say about the RDF of a CKAN."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyshacl
import requests
from rdflib import DCAT, RDF, SKOS, Graph, Literal, Namespace, URIRef

SHAPES = Path(__file__).parents[1] / "catalogue/shacl/dcat-ap-3.0.0.ttl"
SH = Namespace("http://www.w3.org/ns/shacl#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
LISTS = ("http://publications.europa.eu/resource/authority/", "http://purl.org/adms/")
"""Where the lists of terms are that DCAT-AP takes terms from; every entry of them is a concept with a label."""

Violation = tuple[str, str]
"""The property (prefix and name) and the kind of constraint."""


@cache
def shapes() -> Graph:
    return Graph().parse(SHAPES)


def rdf(address: str) -> Graph:
    """The RDF (Turtle) at an address, as anybody gets it."""
    answer = requests.get(address, timeout=60)
    answer.raise_for_status()
    return Graph().parse(data=answer.content, format="turtle")


def violations(graph: Graph) -> dict[str, set[Violation]]:
    """What violates the shapes, by the node that it is about.

    The shapes ask for classes and labels of terms, which stand in the vocabularies themselves: they are added here.
    """
    known = Graph()
    known += graph
    for term in set(graph.objects()):
        if isinstance(term, URIRef) and str(term).startswith(LISTS):
            known.add((term, RDF.type, SKOS.Concept))
            known.add((term, SKOS.prefLabel, Literal(term.rpartition("/")[2], lang="en")))
    for contact in graph.subjects(RDF.type, VCARD.Organization):
        known.add((contact, RDF.type, VCARD.Kind))  # the vCard ontology: Organization is a subclass of Kind
    _, results, _ = pyshacl.validate(known, shacl_graph=shapes(), advanced=True, inference="none")
    found: dict[str, set[Violation]] = {}
    for result in results.subjects(RDF.type, SH.ValidationResult):
        path = graph.namespace_manager.normalizeUri(results.value(result, SH.resultPath))
        kind = str(results.value(result, SH.sourceConstraintComponent)).rpartition("#")[2]
        found.setdefault(str(results.value(result, SH.focusNode)), set()).add((path, kind))
    return found


def datasets(graph: Graph) -> set[str]:
    return {str(subject) for subject in graph.subjects(RDF.type, DCAT.Dataset)}


def distributions(graph: Graph) -> set[str]:
    return {str(subject) for subject in graph.subjects(RDF.type, DCAT.Distribution)}
