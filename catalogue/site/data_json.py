"""The catalogue in the `data.json` form (DCAT-US 1.1), which many harvesters read. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from catalogue.listing import Listing, dataset_path, lasting_address


def data_json(listings: Iterable[Listing]) -> bytes:
    """Return the listings as `data.json`; addresses are relative to the site where it has no public one."""
    catalogue = {
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "dataset": [_dataset_entry(listed) for listed in listings],
    }
    return (json.dumps(catalogue, indent=2, ensure_ascii=False) + "\n").encode()


def _dataset_entry(listed: Listing) -> dict[str, Any]:
    """Return one dataset; properties without a value are left out."""
    entry = {
        "@type": "dcat:Dataset",
        "accessLevel": "public",
        "identifier": listed.id,
        "title": listed.title,
        "description": listed.description,
        "keyword": list(listed.keywords),
        "theme": [listed.theme.title],
        "issued": listed.issued.isoformat(),
        "modified": listed.modified.isoformat(),
        "license": listed.licence.url,
        "publisher": {"@type": "org:Organization", "name": listed.publisher.title},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": listed.contact.name,
            "hasEmail": f"mailto:{listed.contact.email}" if listed.contact.email else "",
        },
        "accrualPeriodicity": f"R/{listed.frequency.iso}" if listed.frequency.iso else "irregular",
        "temporal": f"{listed.period.start}/{listed.period.end}" if listed.period.start else "",
        "spatial": listed.publisher.name,
        "landingPage": listed.page or f"{dataset_path(listed.identity)}index.html",
        "distribution": [
            {
                "@type": "dcat:Distribution",
                "title": file.title,
                "format": file.format,
                "mediaType": file.media_type,
                "downloadURL": lasting_address(listed, file),
            }
            for file in listed.distributions
        ],
    }
    return {name: value for name, value in entry.items() if value}
