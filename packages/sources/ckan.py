"""A resource of another CKAN: its file, or the rows that it holds in its DataStore."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import httpx

from packages.errors import FileProblem, SetupProblem
from packages.sources.limits import LIMITS, Limits
from packages.sources.paging import refuse_none, refuse_part, steadily
from packages.sources.parcel import Errand, Parcel, kept_if_sound
from packages.sources.period import newest
from packages.sources.visit import Label, Visit, address, begin, broken_off
from packages.spec import CkanSource


def bring(source: CkanSource, errand: Errand, limits: Limits = LIMITS) -> Parcel | None:
    """Download the resource; None when it is the one that we have."""
    visit = begin(source.url.rstrip("/"), source.allow_hosts, errand, limits)
    resource = _resource(visit, source)
    if source.datastore:
        return steadily(lambda: _dump(visit, resource))
    return visit.parcel(address(str(resource.get("url") or ""), visit.start))


def _resource(visit: Visit, source: CkanSource) -> dict[str, Any]:
    if source.resource:
        return _action(visit, "resource_show", {"id": source.resource})
    package = _action(visit, "package_show", {"id": source.dataset})
    # on a DataPress portal the list hides under the organisation
    listed = package.get("resources") or (package.get("organization") or {}).get("resources") or []
    fitting = [r for r in listed if isinstance(r, dict) and _fits(r, source.match)]
    if not fitting:
        raise FileProblem(
            f"No resource of {source.dataset} at {visit.start.host} fits “{source.match}”.",
            fix="Look at the dataset on the portal, and change `match` under `source` in the description.",
            why="There is nothing to publish until the portal lists a file.",
        )
    latest_first = sorted(fitting, key=lambda r: str(r.get("created") or ""), reverse=True)
    return newest(latest_first, lambda r: (str(r.get("name") or ""), str(r.get("url") or "").rpartition("/")[2]))


def _fits(resource: Mapping[str, Any], pattern: str) -> bool:
    said = (str(resource.get(key) or "").casefold() for key in ("name", "url"))
    return any(fnmatchcase(text, pattern.casefold()) for text in said)


def _dump(visit: Visit, resource: Mapping[str, Any]) -> Parcel:
    """All rows in the order in which they were put in, proven by their count."""
    identifier, host = str(resource.get("id") or ""), visit.start.host
    told = _action(visit, "datastore_search", {"resource_id": identifier, "limit": "0"})
    total = told.get("total")
    if not isinstance(total, int):
        raise broken_off(host)
    refuse_none(total, host)
    parcel = visit.whole(Label(_under(visit.start, f"/datastore/dump/{identifier}"), f"{identifier}.csv"))
    with kept_if_sound(parcel):
        refuse_part(parcel.path, total, host)
    return parcel


def _action(visit: Visit, name: str, params: Mapping[str, str]) -> dict[str, Any]:
    """What an action of the API gives; CKAN says in the answer too whether it worked."""
    answer = visit.json(_under(visit.start, f"/api/3/action/{name}").copy_merge_params(params))
    if not isinstance(answer, dict):
        raise broken_off(visit.start.host)
    result = answer.get("result")
    if answer.get("success") is not True or not isinstance(result, dict):
        raise SetupProblem(
            f"{visit.start.host} does not know this dataset or resource, or does not give it to everybody.",
            fix="Look for it on the portal and check `dataset` or `resource` under `source` in the description.",
        )
    return result


def _under(start: httpx.URL, path: str) -> httpx.URL:
    """An address below a portal that may itself lie below the root of its host."""
    return start.copy_with(path=start.path.rstrip("/") + path, query=None, fragment=None)
