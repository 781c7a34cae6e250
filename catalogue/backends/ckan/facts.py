"""What a CKAN shows of a listing beyond what every catalogue shows: facts that ckanext-dcat reads, as text. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from catalogue import terms
from catalogue.backends.ckan.schema import TargetSchema
from catalogue.listing import Distribution, Listing
from catalogue.plan import file_facts, listing_facts

LISTS = frozenset({"language", "conforms_to", "documentation"})
"""Facts with several values, as the text of a JSON list."""

ABOUT = {
    "report.html": "What was checked, found and repaired. It is about the data, and no part of them.",
    "datapackage.json": "The tables, columns, types and checksums, for programs. It is about the data, and no part "
    "of them.",
}
"""What stands beside each document, so that nobody takes it for data."""

DOCUMENT = "documentation"
"""The type of a resource that explains the data; CKAN has no other place for its bytes."""


def dataset_facts(listed: Listing, target: TargetSchema) -> dict[str, str]:
    """Return what is shown of the dataset as a whole; facts that are not known are left out."""
    publisher, contact = listed.publisher, listed.contact
    facts = {
        "landing_page": listed.page,
        "version": listed.release,
        "publisher_name": publisher.title,
        "publisher_url": publisher.website,
        "creator_name": listed.creator,
        # who has no e-mail has a page, and a program needs either
        "contact_uri": "" if contact.email else contact.page,
        "start": listed.period.start,
        "end": listed.period.end,
        "area_name": publisher.name,
        "area_box": _box(publisher.bbox),
        # ckanext-spatial searches by this one; ckanext-dcat would write it in a way that DCAT-AP does not allow
        "area_searched": _box(publisher.bbox) if target.has("spatial_metadata") or target.has("spatial_query") else "",
        "access_rights": terms.PUBLIC,
        "language": _list(terms.ENGLISH),
        "provenance": listed.provenance,
        "classification": listed.classification,
        "conforms_to": _list(*(standard.url for standard in listed.conforms_to)),
        "documentation": _list(*(document.url for document in listed.documents)),
    }
    return listing_facts(listed) | {name: value for name, value in facts.items() if value}


def resource_facts(file: Distribution, listed: Listing) -> dict[str, str]:
    """Return what is shown of one file; facts that are not known are left out."""
    is_document = file in listed.documents
    schemas = [document.url for document in listed.documents if document.file == "datapackage.json"]
    facts = {
        "description": ABOUT.get(file.file, "") if is_document else file.description,
        "kind": DOCUMENT if is_document else "",
        "licence": listed.licence.url,
        "availability": terms.AVAILABLE,
        "language": _list(terms.ENGLISH),
        "conforms_to": "" if is_document else _list(*schemas),
        "issued": listed.issued.isoformat(),
        "modified": listed.modified.isoformat(),
        "algorithm": terms.SHA256,
        # ckanext-dcat takes the address for one or for the other, unless both are there
        "access_url": file.url,
        "download_url": file.url,
    }
    return file_facts(file, listed.release) | {name: value for name, value in facts.items() if value}


def spellings(fact: str, value: str, facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a schema's own list of choices may call a value, the likeliest first."""
    others = {
        "frequency": (facts.get("frequency_words", ""),),
        "theme": (facts.get("topic", ""),),
        "language": ("en", "eng", "English"),
        "access_rights": ("public", "open"),
    }
    return (value, *others.get(fact, ()), value.rpartition("/")[2])


def _list(*values: str) -> str:
    known = [value for value in values if value]
    return json.dumps(known) if known else ""


def _box(bbox: tuple[float, float, float, float]) -> str:
    west, south, east, north = bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    box: dict[str, Any] = {"type": "Polygon", "coordinates": [ring]}
    return json.dumps(box)
