"""A listing as schema.org Dataset, which search engines read out of its page. Pure."""

from __future__ import annotations

import json
from typing import Any

from catalogue.listing import LATEST, Listing, without_blanks


def schema_org(listed: Listing) -> dict[str, Any]:
    """Return the listing as JSON-LD; addresses are relative to its page while it has no public one."""
    start, end = listed.period.start, listed.period.end
    west, south, east, north = listed.publisher.bbox
    columns = [
        column for file in listed.distributions if file.format == "CSV" for column in file.schema.get("fields", ())
    ]
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": listed.page,
        "url": listed.page,
        "name": listed.title,
        "description": listed.description,
        "identifier": listed.id,
        "version": listed.release,
        "keywords": list(listed.keywords),
        "license": listed.licence.url,
        "isAccessibleForFree": True,
        "inLanguage": "en-GB",
        "publisher": _publisher(listed),
        "creator": {"@type": "Organization", "name": listed.creator or listed.publisher.title},
        "datePublished": listed.issued.isoformat(),
        "dateModified": listed.modified.isoformat(),
        "temporalCoverage": f"{start or '..'}/{end or '..'}" if start or end else "",
        "spatialCoverage": without_blanks(
            {
                "@type": "Place",
                "@id": listed.publisher.geography,
                "name": listed.publisher.name,
                "identifier": listed.publisher.gss,
                "geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"},
            }
        ),
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": column["name"],
                "description": column.get("description") or column["name"],
            }
            for column in columns
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.title,
                "contentUrl": f"{listed.page}{LATEST}{file.file}",
                "encodingFormat": file.media_type,
                "contentSize": f"{file.bytes} B",
                "sha256": file.sha256,
                "dateModified": listed.modified.isoformat(),
            }
            for file in listed.distributions
        ],
        "isBasedOn": [standard.url for standard in listed.conforms_to],
    }
    return without_blanks(described)


def schema_org_script(listed: Listing) -> str:
    """Return the listing as the text of a script element of the type `application/ld+json`."""
    text = json.dumps(schema_org(listed), ensure_ascii=False, sort_keys=True)
    # nothing in a title may end the element or begin a comment
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _publisher(listed: Listing) -> dict[str, Any]:
    contact = {
        "@type": "ContactPoint",
        "contactType": "open data",
        "name": listed.contact.name,
        "email": listed.contact.email,
        "url": listed.contact.page,
    }
    body = {
        "@type": "GovernmentOrganization",
        "@id": listed.publisher.uri,
        "name": listed.publisher.title,
        "url": listed.publisher.website,
        "contactPoint": without_blanks(contact),
    }
    return without_blanks(body)
