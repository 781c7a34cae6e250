"""A listing as Croissant, by which machine-learning tools load tables. Pure."""

from __future__ import annotations

import json
from typing import Any

from catalogue.listing import LATEST, Listing

VERSION = "http://mlcommons.org/croissant/1.0"

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification prescribes word for word."""

TYPES = {
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
}
"""The types of Table Schema that Croissant has; everything else is text to it."""


def croissant_json(listed: Listing) -> bytes:
    """Return `croissant.json` of a listing; addresses are relative to its folder while it has no public one."""
    described = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": listed.title,
        "description": listed.description,
        "identifier": listed.id,
        "url": listed.page or "index.html",
        "license": listed.licence.url,
        "version": f"1.0.0+{listed.release[:16]}",
        "datePublished": listed.issued.isoformat(),
        "dateModified": listed.modified.isoformat(),
        "keywords": list(listed.keywords),
        "inLanguage": "en-GB",
        "isLiveDataset": True,
        "publisher": {"@type": "sc:Organization", "name": listed.publisher.title, "url": listed.publisher.website},
        "creator": {"@type": "sc:Organization", "name": listed.creator or listed.publisher.title},
        "citeAs": f"{listed.publisher.title}: {listed.title}, release {listed.release[:12]}.",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.file,
                "name": file.file,
                "description": file.title,
                "contentUrl": f"{listed.page}{LATEST}{file.file}",
                "contentSize": f"{file.bytes} B",
                "encodingFormat": file.media_type,
                "sha256": file.sha256,
            }
            for file in listed.distributions
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": file.resource,
                "name": file.resource,
                "description": file.description or file.title,
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"{file.resource}/{field['name']}",
                        "name": field["name"],
                        "description": field.get("description") or field.get("title") or field["name"],
                        "dataType": TYPES.get(field.get("type", ""), "sc:Text"),
                        "source": {"fileObject": {"@id": file.file}, "extract": {"column": field["name"]}},
                    }
                    for field in file.schema.get("fields", ())
                ],
            }
            for file in listed.distributions
            if file.format == "CSV"
        ],
    }
    return (json.dumps(described, indent=1, ensure_ascii=False) + "\n").encode()
