"""The answers of a CKAN to whoever only reads: its action API as files. Pure.

A plain web server gives a file and knows nothing of the query behind its name. So what needs no query is whole: the
names, all datasets at once, the bodies, the topics. One dataset by its name needs a rule that leads the query to
`packages/<name>.json`, as `londata serve` has it; without one, the file says so in the form that CKAN gives errors.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from catalogue.listing import Distribution, Listing, dataset_path, lasting_address
from catalogue.tombstone import Tombstone

API = "api/3/action/"
PACKAGES = "packages/"
"""The folder of one answer for each dataset, by its name and by its id."""

NO_QUERY = (
    "This catalogue is a folder of files: its web server does not lead the query to packages/<name>.json. Ask for "
    "package_search, which has every dataset, or for that file."
)


def ckan_package(listed: Listing) -> dict[str, Any]:
    """Return a listing as CKAN shows a dataset (`package_show`)."""
    body, topic = listed.publisher, listed.theme
    organisation = {
        "id": body.slug, "name": body.slug, "title": body.title, "type": "organization", "state": "active",
        "is_organization": True, "approval_status": "approved", "description": "", "image_url": "",
    }  # fmt: skip
    extras = {
        "identifier": listed.id,
        "publisher_name": listed.publisher.title,
        "publisher_uri": listed.publisher.uri,
        "contact_name": listed.contact.name,
        "contact_email": listed.contact.email,
        "contact_uri": listed.contact.page,
        "temporal_start": listed.period.start,
        "temporal_end": listed.period.end,
        "spatial_uri": listed.publisher.geography,
        "frequency": listed.frequency.eu_uri,
        "theme": listed.theme.uri,
        "provenance": listed.provenance,
        "release_digest": listed.release,
    }
    files = [_resource(listed, file, position) for position, file in enumerate(listed.files)]
    return {
        "id": listed.id,
        "name": listed.name,
        "title": listed.title,
        "notes": listed.description,
        "type": "dataset",
        "state": "active",
        "private": False,
        "isopen": True,
        "url": listed.page or f"{dataset_path(listed.identity)}index.html",
        "license_id": listed.licence.ckan_id,
        "license_title": listed.licence.title,
        "license_url": listed.licence.url,
        "author": listed.creator or body.title,
        "author_email": "",
        "maintainer": listed.contact.name,
        "maintainer_email": listed.contact.email,
        "version": listed.release,
        "metadata_created": _moment(listed.issued.isoformat()),
        "metadata_modified": _moment(listed.modified.isoformat()),
        "owner_org": body.slug,
        "organization": organisation,
        "groups": [{"id": topic.name, "name": topic.name, "title": topic.title, "display_name": topic.title}],
        "tags": [
            {"id": keyword, "name": keyword, "display_name": keyword, "state": "active", "vocabulary_id": None}
            for keyword in listed.keywords
        ],
        "num_tags": len(listed.keywords),
        "resources": files,
        "num_resources": len(files),
        "extras": [{"key": key, "value": value} for key, value in extras.items() if value],
        "relationships_as_object": [],
        "relationships_as_subject": [],
    }


def package_answer(listed: Listing) -> bytes:
    """Return what CKAN answers when it is asked for one dataset."""
    return _answer("package_show", ckan_package(listed))


def withdrawn_answer(tombstone: Tombstone) -> bytes:
    """Return what CKAN would answer when it is asked for a dataset that was withdrawn, with the reason."""
    day = tombstone.at.date().isoformat()
    return _error("package_show", f"{tombstone.publisher} withdrew this dataset on {day}. {tombstone.reason}")


def api_files(listings: Iterable[Listing]) -> dict[str, bytes]:
    """Return the answers that need no query by their path from the root of the site."""
    packages = sorted((ckan_package(listed) for listed in listings), key=lambda package: str(package["name"]))
    organisations = _counted([package["organization"] for package in packages])
    groups = _counted([group for package in packages for group in package["groups"]])
    found = {"count": len(packages), "sort": "name asc", "facets": {}, "search_facets": {}, "results": packages}
    results: dict[str, Any] = {
        "package_list": [package["name"] for package in packages],
        "package_search": found,
        "current_package_list_with_resources": packages,
        "organization_list": [body["name"] for body in organisations],
        "group_list": [group["name"] for group in groups],
        "tag_list": sorted({tag["name"] for package in packages for tag in package["tags"]}),
        "site_read": True,
        "status_show": {"site_title": "London open data", "ckan_version": "2.11", "extensions": []},
    }
    files = {f"{API}{action}": _answer(action, result) for action, result in results.items()}
    return files | {f"{API}package_show": _error("package_show", NO_QUERY)}


def _counted(groups: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return groups once each, in the order of their names, with how many datasets each has."""
    counts = Counter(group["name"] for group in groups)
    known = {group["name"]: group for group in groups}
    return [known[name] | {"package_count": counts[name]} for name in sorted(known)]


def _resource(listed: Listing, file: Distribution, position: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": file.id,
        "package_id": listed.id,
        "position": position,
        "name": file.title,
        "description": file.description,
        "format": file.format,
        "mimetype": file.media_type,
        "size": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "state": "active",
        "url": lasting_address(listed, file),
        "url_type": None,
        "created": _moment(listed.issued.isoformat()),
        "last_modified": _moment(listed.modified.isoformat()),
        "metadata_modified": _moment(listed.modified.isoformat()),
    }
    return described | ({} if file.rows is None else {"rows": file.rows})


def _moment(iso: str) -> str:
    """Return a moment as CKAN writes it: in UTC, without saying so."""
    return iso.removesuffix("+00:00")


def _answer(action: str, result: Any) -> bytes:
    return _json({"help": _help(action), "success": True, "result": result})


def _error(action: str, message: str) -> bytes:
    return _json({"help": _help(action), "success": False, "error": {"__type": "Not Found Error", "message": message}})


def _help(action: str) -> str:
    return f"https://docs.ckan.org/en/latest/api/#ckan.logic.action.get.{action}"


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()
