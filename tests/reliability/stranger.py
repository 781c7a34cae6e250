"""Somebody who knows nothing of us and looks at a CKAN without an account: is what is there of one piece?"""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Seen:
    """One observation: one package_show and the bytes at the addresses that it names.

    `release` is empty when there is no such dataset for the public; `rows` tells the order of releases; `wrong` says
    what does not fit together, and is empty when all does. `tables` counts those in the DataStore that fit.
    """

    release: str
    rows: int = 0
    wrong: str = ""
    tables: int = 0


def look(ckan: str, name: str) -> Seen:
    """Observe one dataset by name."""
    try:
        package = json.loads(_get(f"{ckan}/api/3/action/package_show?id={name}"))["result"]
    except urllib.error.HTTPError as error:
        if error.code in (403, 404):
            return Seen("")
        raise
    resources = [resource for resource in package["resources"] if resource.get("release_digest")]
    releases = {resource["release_digest"] for resource in resources}
    rows = max((int(resource.get("rows") or 0) for resource in resources), default=0)
    if len(releases) != 1:
        return Seen("", rows, f"{len(releases)} releases beside each other")
    tables = [_table(ckan, resource) for resource in resources if resource.get("datastore_active")]
    said = next((table for table in tables if table not in (None, "")), "")
    return Seen(releases.pop(), rows, _wrong(resources) or said or "", tables.count(""))


def _table(ckan: str, resource: dict[str, Any]) -> str | None:
    """What is wrong with the table of a file, empty when nothing is; None when there is none."""
    try:
        answer = _get(f"{ckan}/api/3/action/datastore_search?resource_id={resource['id']}&limit=0")
    except urllib.error.HTTPError as error:
        if error.code in (403, 404):
            return None
        raise
    found = json.loads(answer)["result"]
    told = found["fields"][-1].get("info", {}).get("londata_release")
    if told != resource["release_digest"]:
        return "a table of another release" if told else "a table that is not whole"
    return "" if found["total"] == int(resource["rows"]) else "a table with other rows than the file"


def table_rows(ckan: str, resource: str) -> list[dict[str, Any]] | None:
    """The rows of a small table as anybody gets them; None when there is none."""
    try:
        answer = _get(f"{ckan}/api/3/action/datastore_search?resource_id={resource}&sort=_id")
    except urllib.error.HTTPError as error:
        if error.code in (403, 404):
            return None
        raise
    rows: list[dict[str, Any]] = json.loads(answer, parse_float=str)["result"]["records"]
    return [{key: value for key, value in row.items() if key != "_id"} for row in rows]


def _wrong(resources: list[dict[str, Any]]) -> str:
    for resource in resources:
        try:
            found = hashlib.sha256(_get(resource["url"])).hexdigest()
        except urllib.error.HTTPError as error:
            return f"{resource['format']}: {error.code}"
        if found != resource["hash"]:
            return f"{resource['format']}: not the bytes of the hash beside it"
    return ""


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return bytes(answer.read())
