"""All listings as one DCAT catalogue (DCAT-AP 3), in Turtle and JSON-LD. The same listings give the same bytes. Pure.

Without a public address every IRI is relative to the document, so that the site can be put anywhere.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalogue.dcat_graph import CONTEXT, catalogue_graph, dataset_graph
from catalogue.listing import Listing, listing_from_json, listing_to_json

if TYPE_CHECKING:
    from rdflib import Graph

BASE = "@base "
FRAGMENTS_IN_MEMORY = 4096
"""Descriptions of datasets kept as text while a program runs."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one dataset adds to the catalogue: a Turtle document, and the nodes of its JSON-LD, a line each."""

    turtle: str
    nodes: tuple[str, ...]

    @property
    def jsonld(self) -> bytes:
        """The nodes as a JSON-LD document at the root of the site."""
        return self.files("")[1]

    def files(self, up: str) -> tuple[bytes, bytes]:
        """Return both documents, Turtle and JSON-LD, for a folder; `up` leads from there to the root of the site."""
        base, context = (f"{BASE}<{up}> .\n", {"@base": up} | CONTEXT) if up else ("", CONTEXT)
        nodes = ",\n".join(self.nodes)
        text = f'{{"@context": {json.dumps(context)}, "@graph": [\n{nodes}\n]}}\n'
        return f"{base}{self.turtle}".encode(), text.encode()


def describe_dataset(listed: Listing, *, public_url: str = "") -> Fragment:
    """Describe one dataset. Slow, so it is done once for each listing."""
    # a listing cannot be hashed (its schemas are dicts), its JSON can
    return _describe(listing_to_json(listed), public_url)


@functools.lru_cache(maxsize=FRAGMENTS_IN_MEMORY)
def _describe(listing_json: bytes, public_url: str) -> Fragment:
    return _fragment(dataset_graph(listing_from_json(listing_json), public_url=public_url))


def read_fragment(turtle: bytes, jsonld: bytes) -> Fragment:
    """Read a fragment back from its two files."""
    # the nodes are the lines between the first and the last, with a comma after all but one
    text = turtle.decode()
    if text.startswith(BASE):
        text = text.partition("\n")[2]
    return Fragment(text, tuple(line.removesuffix(",") for line in jsonld.decode().splitlines()[1:-1]))


def compose_catalogue(listings: Iterable[Listing], fragments: Iterable[Fragment], *, public_url: str = "") -> Fragment:
    """Put the whole catalogue together as text: what it says of itself, and the fragments of its listings in order."""
    # as text, not as one graph: a new release of one dataset leaves the fragments of all others as they are
    parts = (_fragment(catalogue_graph(listings, public_url=public_url)), *fragments)
    prefixes: set[str] = set()
    bodies = []
    for part in parts:
        lines = part.turtle.splitlines()
        prefixes |= {line for line in lines if line.startswith("@prefix ")}
        bodies.append("\n".join(line for line in lines if not line.startswith("@prefix ")).strip() + "\n")
    # datasets share publishers and terms, which are said once
    nodes = sorted({node for part in parts for node in part.nodes})
    return Fragment("\n".join((*sorted(prefixes), "", *bodies)), tuple(nodes))


def _fragment(graph: Graph) -> Fragment:
    text = graph.serialize(format="json-ld", context=CONTEXT, auto_compact=False)
    document = _sorted(json.loads(text))
    # rdflib leaves @graph out when there is only one node
    nodes = document.get("@graph") or [{key: value for key, value in document.items() if key != "@context"}]
    lines = tuple(json.dumps(node, ensure_ascii=False, sort_keys=True) for node in nodes)
    return Fragment(graph.serialize(format="turtle"), lines)


def _sorted(value: Any) -> Any:
    """Return JSON whose lists have one order: rdflib takes them from sets."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
