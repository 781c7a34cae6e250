"""Listings in the UK cross-government metadata exchange model, as JSON-LD. Pure.

https://co-cddo.github.io/ukgov-metadata-exchange-model/. What a publisher has not said is left out, and stands in the
page on the completeness of the metadata. The model names bodies by their names on GOV.UK, where councils have none:
they are named by their IRI.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from typing import Any

from catalogue.listing import Distribution, Listing, dataset_path, lasting_address, without_blanks

MODEL = "https://w3id.org/co-cddo/ukgov-metadata-exchange-model/"

CONTEXT: dict[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "freq": "http://purl.org/cld/freq/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "ukgov_metadata": MODEL,
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "identifier": "@id",
    "type": "@type",
    "accessRights": "dct:accessRights",
    "byteSize": {"@id": "dcat:byteSize", "@type": "xsd:integer"},
    "contactName": "vcard:fn",
    "contactPoint": "dcat:contactPoint",
    "creator": {"@id": "dct:creator", "@type": "@id"},
    "description": "dct:description",
    "distribution": {"@id": "dcat:distribution", "@type": "@id"},
    "downloadURL": {"@id": "dcat:downloadURL", "@type": "@id"},
    "email": "vcard:hasEmail",
    "issued": {"@id": "dct:issued", "@type": "xsd:date"},
    "keyword": "dcat:keyword",
    "licence": {"@id": "dct:license", "@type": "@id"},
    "mediaType": "dcat:mediaType",
    "modified": {"@id": "dct:modified", "@type": "xsd:date"},
    "publisher": {"@id": "dct:publisher", "@type": "@id"},
    "securityClassification": "ukgov_metadata:securityClassification",
    "summary": "rdfs:comment",
    "theme": {"@id": "dcat:theme", "@type": "@id"},
    "title": "dct:title",
    "updateFrequency": {"@id": "dct:accrualPeriodicity", "@type": "@vocab"},
    "version": "dcat:version",
}

FREQUENCIES = {
    "daily": "freq:daily",
    "weekly": "freq:weekly",
    "fortnightly": "freq:biweekly",
    "monthly": "freq:monthly",
    "quarterly": "freq:quarterly",
    "twice-a-year": "freq:semiannual",
    "annual": "freq:annual",
    "irregular": "freq:irregular",
}
"""Our cadences in the list of Dublin Core, which the model takes its own from."""

SUMMARY = 250
"""The longest summary, in characters."""


def uk_exchange_json(listings: Iterable[Listing]) -> bytes:
    """Return the listings as JSON-LD; addresses are relative to the site where it has no public one."""
    nodes: list[dict[str, Any]] = []
    for listed in listings:
        nodes.append(_dataset(listed))
        nodes += [_distribution(listed, file) for file in listed.distributions]
    return (json.dumps({"@context": CONTEXT, "@graph": nodes}, indent=1, ensure_ascii=False) + "\n").encode()


def _dataset(listed: Listing) -> dict[str, Any]:
    creator = listed.publisher.uri if listed.creator in ("", listed.publisher.title) else listed.creator
    contact = {"type": "vcard:Kind", "contactName": listed.contact.name, "email": listed.contact.email}
    described = {
        "identifier": listed.page or dataset_path(listed.identity),
        "type": "dcat:Dataset",
        "title": listed.title,
        "summary": textwrap.shorten(listed.description, SUMMARY, placeholder=" …"),
        "description": listed.description,
        "keyword": list(listed.keywords),
        "theme": [listed.theme.uri],
        "licence": listed.licence.url,
        "version": listed.release,
        "accessRights": "OPEN",
        "securityClassification": listed.classification.replace(" ", "_"),
        "issued": listed.issued.date().isoformat(),
        "modified": listed.modified.date().isoformat(),
        "contactPoint": without_blanks(contact),
        "creator": [creator],
        "publisher": listed.publisher.uri,
        "updateFrequency": FREQUENCIES.get(listed.frequency.name, "freq:irregular"),
        "distribution": [lasting_address(listed, file) for file in listed.distributions],
    }
    return without_blanks(described)


def _distribution(listed: Listing, file: Distribution) -> dict[str, Any]:
    address = lasting_address(listed, file)
    described = {
        "identifier": address,
        "type": "dcat:Distribution",
        "title": file.title,
        "description": file.description,
        "licence": listed.licence.url,
        "accessRights": "OPEN",
        "issued": listed.issued.date().isoformat(),
        "modified": listed.modified.date().isoformat(),
        "byteSize": file.bytes,
        "downloadURL": address,
        "mediaType": file.media_type,
    }
    return without_blanks(described)
