"""The Data Package descriptor of a release: the content of `datapackage.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from packages.formats.csv import DIALECT
from packages.model import Draft, StagedFile, Table
from packages.spec import DatasetSpec
from packages.vocabulary import find_publisher, licences

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

PARQUET = "Parquet"
"""The format of a Parquet resource.

With a capital, since frictionless reads what is “parquet” as a table through pandas: there it counts no bytes, so that
every size is wrong, and refuses an empty cell in a column of integers. What it does not know is a file to it, whose
size and hash it proves.
"""

DIGESTED_PARQUET = "parquet"
"""How the format was written at first: the digests of releases are made from that."""


def describe_draft(spec: DatasetSpec, draft: Draft) -> dict[str, Any]:
    """Return the descriptor of a draft: a Data Package that readers of version 1 and of version 2 understand.

    It holds no time and nothing of the received file, so that the same content always has the same descriptor.
    """
    package = spec.package
    publisher, licence = find_publisher(spec.identity.publisher), licences().get(package.licence)
    publisher_title = publisher.title if publisher else spec.identity.publisher
    licence_entry = {"name": package.licence}
    if licence:
        licence_entry |= {"title": licence.title, "path": licence.url}
    described = {
        "$schema": PROFILE,
        "profile": "data-package",
        "name": f"{spec.identity.dataset}-{spec.identity.publisher}",
        "title": f"{package.title} – {publisher_title}",
        "description": package.description,
        "licenses": [licence_entry],
        "contributors": _contributors(spec, publisher_title, publisher.website if publisher else ""),
        "keywords": package.keywords,
        "sources": package.sources,
        "temporal": _temporal_extent(spec, draft),
        "theme": package.theme,
        "cadence": spec.cadence,
        "geography": package.geography,
        "resources": [resource for table in draft.tables for resource in _resources(spec, table)],
    }
    return _without_blanks(described)


def content_digest(draft: Draft, spec: DatasetSpec) -> str:
    """Return the digest (sha256, hex) that names a release: over its descriptor, which holds the sha256 of every CSV.

    Size and hash of the Parquet files are left out: a newer pyarrow may write the same cells as other bytes, and that
    alone is no new release. Equality of CSV and Parquet is proven when the draft is sealed.
    """
    described = describe_draft(spec, draft)
    resources = described["resources"]
    for resource in resources:
        if resource["format"] == PARQUET:
            del resource["bytes"], resource["hash"]
            resource["format"] = DIGESTED_PARQUET
    text = json.dumps(described, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def descriptor_with_addresses(descriptor: Mapping[str, Any], urls_by_file: Mapping[str, str]) -> dict[str, Any]:
    """Return the descriptor with the web addresses of its files in place of their names; the one given stays as it is.

    `urls_by_file` has an address for each file name. A descriptor that lies apart from its files, as in a CKAN, leads
    to them only so; a file without an address keeps its name.
    """
    resources = [
        {**resource, "path": urls_by_file.get(resource["path"]) or resource["path"]}
        for resource in descriptor["resources"]
    ]
    return {**descriptor, "resources": resources}


def _contributors(spec: DatasetSpec, publisher_title: str, website: str) -> list[dict[str, Any]]:
    contact = spec.publisher.contact
    # `role` is the key of version 1 of the standard, `roles` that of version 2
    publisher_roles = {"role": "publisher", "roles": ["publisher"]}
    contact_roles = {"role": "contributor", "roles": ["contact"]}
    return [
        _without_blanks({"title": publisher_title, "path": website} | publisher_roles),
        _without_blanks({"title": contact.team, "email": contact.email, "path": contact.page} | contact_roles),
    ]


def _without_blanks(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value}


def _temporal_extent(spec: DatasetSpec, draft: Draft) -> dict[str, str]:
    """Return the first and last value of the dataset's period field; empty where it has none."""
    for table in draft.tables:
        for column in table.columns:
            if column.name == spec.package.period_field and column.minimum:
                return {"start": column.minimum, "end": column.maximum}
    return {}


def _resources(spec: DatasetSpec, table: Table) -> list[dict[str, Any]]:
    """Return the entries of a table's two files. Both have the same schema, so each needs a name of its own."""
    described = next(resource for resource in spec.package.resources if resource.name == table.name)
    texts = _without_blanks({"title": described.title or spec.package.title, "description": described.description})
    csv = {"name": table.name} | texts | _file_entry(table.csv, "csv", table)
    csv |= {"profile": "tabular-data-resource", "type": "table", "encoding": "utf-8", "dialect": DIALECT}
    parquet = {"name": f"{table.name}-parquet"} | texts | _file_entry(table.parquet, PARQUET, table)
    return [csv, parquet]


def _file_entry(file: StagedFile, form: str, table: Table) -> dict[str, Any]:
    return {
        "path": file.name,
        "format": form,
        "mediatype": file.media_type,
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": table.schema,
    }
