"""A resource of another CKAN: its file, or the rows that it holds in its DataStore."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import httpx

from packages.errors import FileProblem, SetupProblem
from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import (
    DownloadLabel,
    HttpSession,
    incomplete_answer,
    open_session,
    resolve_url,
)
from packages.sources.transport.paging import require_row_count, require_rows, retry_if_changed
from packages.sources.transport.period import newest_period
from packages.spec import CkanSource


def download_source(source: CkanSource, errand: FetchContext, limits: DownloadLimits = LIMITS) -> Download | None:
    """Download the resource; None when it is the one that we have."""
    visit = open_session(source.url.rstrip("/"), source.allow_hosts, errand, limits)
    resource = _resource(visit, source)
    if source.datastore:
        return retry_if_changed(lambda: _dump(visit, resource))
    return visit.parcel(resolve_url(str(resource.get("url") or ""), visit.start))


def _resource(visit: HttpSession, source: CkanSource) -> dict[str, Any]:
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
    return newest_period(latest_first, lambda r: (str(r.get("name") or ""), str(r.get("url") or "").rpartition("/")[2]))


def _fits(resource: Mapping[str, Any], pattern: str) -> bool:
    said = (str(resource.get(key) or "").casefold() for key in ("name", "url"))
    return any(fnmatchcase(text, pattern.casefold()) for text in said)


def _dump(visit: HttpSession, resource: Mapping[str, Any]) -> Download:
    """All rows in the order in which they were put in, proven by their count."""
    identifier, host = str(resource.get("id") or ""), visit.start.host
    told = _action(visit, "datastore_search", {"resource_id": identifier, "limit": "0"})
    total = told.get("total")
    if not isinstance(total, int):
        raise incomplete_answer(host)
    require_rows(total, host)
    parcel = visit.whole(DownloadLabel(_under(visit.start, f"/datastore/dump/{identifier}"), f"{identifier}.csv"))
    with discard_on_failure(parcel):
        require_row_count(parcel.path, total, host)
    return parcel


def _action(visit: HttpSession, name: str, params: Mapping[str, str]) -> dict[str, Any]:
    """What an action of the API gives; CKAN says in the answer too whether it worked."""
    answer = visit.json(_under(visit.start, f"/api/3/action/{name}").copy_merge_params(params))
    if not isinstance(answer, dict):
        raise incomplete_answer(visit.start.host)
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
