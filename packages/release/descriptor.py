"""The Data Package descriptor of a release: what `datapackage.json` says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from packages.formats.csv import DIALECT
from packages.model import Draft, StagedFile, Table
from packages.spec import Contact, DatasetSpec
from packages.vocabulary import find_publisher, licences

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

PARQUET = "parquet"


def describe_draft(spec: DatasetSpec, draft: Draft) -> dict[str, Any]:
    """The descriptor of a draft: a Data Package that readers of version 1 and of version 2 both understand.

    It holds no time and nothing of the received file, so that the same content always has the same descriptor.
    """
    package = spec.package
    described = {
        "$schema": PROFILE,
        "profile": "data-package",
        "name": f"{spec.identity.dataset}-{spec.identity.publisher}",
        "title": f"{package.title} – {_publisher_title(spec)}",
        "description": package.description,
        "licenses": [_licence(package.licence)],
        "contributors": _contributors(spec),
        "keywords": package.keywords,
        "sources": package.sources,
        "temporal": _temporal(spec, draft),
        "theme": package.theme,
        "cadence": spec.cadence,
        "geography": package.geography,
        "resources": [resource for table in draft.tables for resource in _resources(spec, table)],
    }
    return {key: value for key, value in described.items() if value}


def content_digest(draft: Draft, spec: DatasetSpec) -> str:
    """The digest (sha256, hex) that names a release: over its descriptor, which holds the sha256 of every CSV.

    Size and hash of the Parquet files are left out: a newer pyarrow may write the same cells as other bytes, and that
    alone is no new release. Equality of CSV and Parquet is proven when the draft is sealed.
    """
    described = describe_draft(spec, draft)
    resources = [_without_parquet_bytes(resource) for resource in described["resources"]]
    text = json.dumps(described | {"resources": resources}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _without_parquet_bytes(resource: Mapping[str, Any]) -> dict[str, Any]:
    dropped = {"bytes", "hash"} if resource["format"] == PARQUET else set()
    return {key: value for key, value in resource.items() if key not in dropped}


def _publisher_title(spec: DatasetSpec) -> str:
    known = find_publisher(spec.identity.publisher)
    return known.title if known else spec.identity.publisher


def _licence(name: str) -> dict[str, str]:
    known = licences().get(name)
    return {"name": name, "title": known.title, "path": known.url} if known else {"name": name}


def _contributors(spec: DatasetSpec) -> list[dict[str, Any]]:
    # `role` is how version 1 of the standard says it, `roles` how version 2 does
    known = find_publisher(spec.identity.publisher)
    publisher = {"title": _publisher_title(spec), "path": known.website if known else ""}
    return [
        _filled(publisher | {"role": "publisher", "roles": ["publisher"]}),
        _filled(_contact(spec.publisher.contact) | {"role": "contributor", "roles": ["contact"]}),
    ]


def _contact(contact: Contact) -> dict[str, Any]:
    return {"title": contact.team, "email": contact.email, "path": contact.page}


def _filled(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value}


def _temporal(spec: DatasetSpec, draft: Draft) -> dict[str, str]:
    for column in (column for table in draft.tables for column in table.columns):
        if column.name == spec.package.period_field and column.minimum:
            return {"start": column.minimum, "end": column.maximum}
    return {}


def _resources(spec: DatasetSpec, table: Table) -> list[dict[str, Any]]:
    known = next(resource for resource in spec.package.resources if resource.name == table.name)
    words = _filled({"title": known.title or spec.package.title, "description": known.description})
    csv = {"name": table.name} | words | _file(table.csv, "csv", table)
    csv |= {"profile": "tabular-data-resource", "type": "table", "encoding": "utf-8", "dialect": DIALECT}
    parquet = {"name": f"{table.name}-{PARQUET}"} | words | _file(table.parquet, PARQUET, table)
    return [csv, parquet]


def _file(file: StagedFile, form: str, table: Table) -> dict[str, Any]:
    return {
        "path": file.name,
        "format": form,
        "mediatype": file.media_type,
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": table.schema,
    }
