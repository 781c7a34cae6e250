"""A listing as CKAN stores it, and back: what is sent and how an answer is understood, never when. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from catalogue.listing import Distribution, Listing
from catalogue.plan import Live, Revise, file_facts, listing_facts

FIELDS = {
    "title": "title",
    "description": "notes",
    "licence": "license_id",
    "contact": "maintainer",
    "contact_email": "maintainer_email",
}
"""Facts of a listing in CKAN's own fields."""

EXTRAS = {
    "identifier": "identifier",
    "contact_page": "contact_page",
    "publisher_uri": "publisher_uri",
    "theme": "theme",
    "topic": "topic",
    "frequency": "frequency",
    "frequency_words": "update_frequency",
    "period_from": "temporal_coverage_from",
    "period_to": "temporal_coverage_to",
    "geography": "london_smallest_geography",
    "geography_uri": "spatial_uri",
    "gss": "gss_code",
    "issued": "issued",
    "modified": "modified",
    "release": "release_digest",
    "verdict": "quality_verdict",
    "report": "quality_report",
    "schema": "schema",
    "withdrawn": "withdrawn",
    "reason": "withdrawal_reason",
}
"""Facts of a listing for which CKAN has no field."""

RESOURCE = {
    "title": "name",
    "format": "format",
    "media_type": "mimetype",
    "sha256": "hash",
    "bytes": "size",
    "rows": "rows",
    "schema": "schema",
    "release": "release_digest",
}
"""Facts of a file in the fields of a CKAN resource."""

IN_REPAIR = "entries_in_repair"
"""The extra that holds the resources of a damaged dataset while they are taken out of it."""

ALGORITHM = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
NOT_IN_A_TAG = re.compile(r"[^\w \-.]")
LONGEST_TAG = 100


@dataclass(frozen=True, slots=True)
class CkanSettings:
    """The address of a CKAN and how it holds files.

    `upload`: CKAN holds the bytes. `link`: CKAN links to `public_url`, where the folder of releases is public with its
    own paths (`<dataset>/<publisher>/<digest>/<file>`).
    """

    url: str
    token: str = field(repr=False)
    mode: str = "upload"
    public_url: str = ""
    may_create_organisations: bool = True


def with_ckan_addresses(listed: Listing, settings: CkanSettings, dataset: str) -> Listing:
    """Return the listing with the addresses of its files in this CKAN, and keywords that CKAN takes as tags.

    `dataset` is the id of the dataset there.
    """

    def with_url(file: Distribution) -> Distribution:
        if settings.mode == "link":
            folder = f"{listed.identity.dataset}/{listed.identity.publisher}/{listed.release}"
            return replace(file, url=f"{settings.public_url}/{folder}/{file.file}")
        return replace(file, url=_download(settings.url, dataset, file.id, file.file))

    tags = (NOT_IN_A_TAG.sub("", keyword).strip()[:LONGEST_TAG] for keyword in listed.keywords)
    return replace(
        listed,
        keywords=tuple(tag for tag in tags if len(tag) > 1),
        distributions=tuple(with_url(file) for file in listed.distributions),
        documents=tuple(with_url(file) for file in listed.documents),
    )


def dataset_to_live(package: Mapping[str, Any], url: str) -> Live:
    """Return what a CKAN dataset says, under our names. Resources without a release digest are not ours."""
    extras = extras_of(package)
    values = {fact: package.get(key) for fact, key in FIELDS.items()}
    values |= {fact: extras.get(key) for fact, key in EXTRAS.items()}
    ours = [resource for resource in package.get("resources", []) if resource.get("release_digest")]
    return Live(
        id=package["id"],
        stamp=package["metadata_modified"],
        organisation=(package.get("organization") or {}).get("name", ""),
        facts=_as_text(values),
        keywords=frozenset(tag["name"] for tag in package.get("tags", [])),
        files={resource["id"]: _live_file(resource, url) for resource in ours},
        state=package.get("state", ""),
        private=bool(package.get("private")),
        page=f"{url}/dataset/{package['name']}",
        urls={resource["id"]: resource["url"] for resource in ours},
    )


def extras_of(package: Mapping[str, Any]) -> dict[str, str]:
    """Return the extras of a dataset by key."""
    return {extra["key"]: extra["value"] for extra in package.get("extras", [])}


def _live_file(resource: Mapping[str, Any], url: str) -> dict[str, str]:
    values = {fact: resource.get(key) for fact, key in RESOURCE.items()}
    address = resource["url"]
    if resource.get("url_type") == "upload":
        # CKAN builds this address from its own settings; behind a proxy it differs from the one that we use
        address = _download(url, resource["package_id"], resource["id"], address.rpartition("/")[2])
    return _as_text(values | {"url": address})


def _as_text(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items() if value not in (None, "")}


def _download(url: str, dataset: str, resource: str, file: str) -> str:
    return f"{url}/dataset/{dataset}/resource/{resource}/download/{file}"


def repair_arguments(package: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the arguments of the next package_update that repairs a damaged dataset; None when it is sound.

    A resource_create with an id that exists (a repeated call) leaves positions that do not begin at 0. Such a dataset
    can be read, and answers every change with status 500, so nobody else can write meanwhile. What helps is to take all
    resources out and to put them back; in between they are in an extra, so that another run can finish the repair.
    """
    kept = [extra for extra in package.get("extras", []) if extra["key"] != IN_REPAIR]
    resources = package.get("resources", [])
    if IN_REPAIR in extras_of(package):
        taken_out = json.loads(extras_of(package)[IN_REPAIR])
        there = {resource["id"] for resource in resources}
        return {**package, "extras": kept, "resources": resources + [r for r in taken_out if r["id"] not in there]}
    if sorted(resource.get("position", 0) for resource in resources) == list(range(len(resources))):
        return None
    # an extra has little room; the schema comes back with the next revision
    taken_out = [{key: value for key, value in resource.items() if key != "schema"} for resource in resources]
    extra = {"key": IN_REPAIR, "value": json.dumps(taken_out)}
    return {**package, "extras": [*kept, extra], "resources": []}


def revise_arguments(
    step: Revise, package: Mapping[str, Any], put: tuple[Distribution, ...], state: Mapping[str, str]
) -> dict[str, str]:
    """Return the arguments of package_revise; everything nested is JSON text, as it has to be when files go with it.

    CKAN lays an updated list over the old one item by item, so that the tail of a longer one would stay: the old one is
    filtered out first.
    """
    uploads = {file.id for file in put}
    data: dict[str, Any] = {"update": _fields(step, package) | dict(state)}
    data["filter"] = ["-extras", "-tags", *(f"-resources__{key}" for key in step.remove)]
    if step.add:
        data["update__resources__extend"] = [_resource(f, step, uploads) | {"id": f.id} for f in step.add]
    data |= {resource_slot(step, file): _resource(file, step, uploads) for file in step.change}
    return _sendable(package, data)


def withdrawal_step(package: Mapping[str, Any], reason: str, moment: str) -> Withdrawal | None:
    """Return the next step of a withdrawal, or None when nothing is left to do.

    First the dataset is hidden, in one step with the reason. Then every file of ours that this CKAN holds is written
    over, because CKAN never removes bytes. Then the entries of the files are removed.
    """
    ours = [resource for resource in package.get("resources", []) if resource.get("release_digest")]
    full = [r["id"] for r in ours if r.get("url_type") == "upload" and r.get("size") != 0]
    step: dict[str, Any] = {}
    if package.get("state") != "deleted" or "withdrawn" not in extras_of(package):
        record = {EXTRAS["withdrawn"]: moment, EXTRAS["reason"]: reason}
        kept = [extra for extra in package.get("extras", []) if extra["key"] not in record]
        extras = kept + [{"key": key, "value": value} for key, value in record.items()]
        step = {"filter": ["-extras"], "update": {"state": "deleted", "extras": extras}}
    elif full:
        step = {f"update__resources__{key}": {"hash": ""} for key in full}
        return Withdrawal(_sendable(package, step), tuple(f"update__resources__{key}__upload" for key in full))
    elif ours:
        step = {"filter": [f"-resources__{resource['id']}" for resource in ours]}
    return Withdrawal(_sendable(package, step)) if step else None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The arguments of one package_revise, and the form fields in which an empty file goes with them."""

    data: Mapping[str, str]
    emptied: tuple[str, ...] = ()


def _sendable(package: Mapping[str, Any], step: Mapping[str, Any]) -> dict[str, str]:
    return {"match": as_read_back(package)} | {key: json.dumps(value) for key, value in step.items()}


def as_read_back(package: Mapping[str, Any]) -> str:
    """Return the `match` of a write: it is refused when anything was written since the dataset was read."""
    return json.dumps({"id": package["id"], "metadata_modified": package["metadata_modified"]})


def _fields(step: Revise, package: Mapping[str, Any]) -> dict[str, Any]:
    facts = listing_facts(step.listing)
    theirs = [e for e in package.get("extras", []) if e["key"] not in EXTRAS.values()]
    ours = [{"key": key, "value": facts[fact]} for fact, key in EXTRAS.items() if fact in facts]
    update: dict[str, Any] = {key: facts.get(fact, "") for fact, key in FIELDS.items()}
    return update | {"tags": [{"name": tag} for tag in step.keywords], "extras": theirs + ours}


def _resource(file: Distribution, step: Revise, uploads: set[str]) -> dict[str, Any]:
    facts = file_facts(file, step.listing.release)
    entry: dict[str, Any] = {key: facts[fact] for fact, key in RESOURCE.items() if fact in facts}
    entry["hash_algorithm"] = ALGORITHM
    if not file.url.endswith(f"/resource/{file.id}/download/{file.file}"):
        return entry | {"url": file.url, "url_type": ""}
    if file.id in uploads:
        # CKAN measures what it was sent; a size that we state would hide a short file
        del entry["size"]
    return entry


def resource_slot(step: Revise, file: Distribution) -> str:
    """Return the key of a resource in package_revise: its id, or its position from the end when it is new."""
    if file in step.add:
        return f"update__resources__{step.add.index(file) - len(step.add)}"
    return f"update__resources__{file.id}"
