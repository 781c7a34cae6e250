"""A resource of a CKAN portal: its file, or the rows of its DataStore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import httpx

from packages.errors import FileProblem, SetupProblem
from packages.sources.transport.answers import incomplete_answer
from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.http_session import DownloadLabel, HttpSession, open_session
from packages.sources.transport.page_formats import require_row_count
from packages.sources.transport.paging import require_rows, retry_if_changed
from packages.sources.transport.period import newest_period
from packages.sources.transport.urls import resolve_url
from packages.spec import CkanSource


def download_source(source: CkanSource, context: FetchContext) -> Download | None:
    """Download the resource; None when its file has not changed since the previous extract."""
    session = open_session(source.url.rstrip("/"), source.allow_hosts, context)
    portal = _Portal(session)
    resource = portal.find_resource(source)
    if source.datastore:
        return retry_if_changed(partial(portal.download_datastore, resource))
    return session.download_if_changed(resolve_url(str(resource.get("url") or ""), session.start))


@dataclass(frozen=True, slots=True)
class _Portal:
    session: HttpSession

    def find_resource(self, source: CkanSource) -> dict[str, Any]:
        """Return the resource with the given identifier, or the one of the newest period that fits the pattern."""
        if source.resource:
            return self.call_action("resource_show", {"id": source.resource})
        package = self.call_action("package_show", {"id": source.dataset})
        # on a DataPress portal the list is under the organisation
        listed = package.get("resources") or (package.get("organization") or {}).get("resources") or []
        pattern = source.match.casefold()

        def fits(resource: Mapping[str, Any]) -> bool:
            return any(fnmatchcase(str(resource.get(key) or "").casefold(), pattern) for key in ("name", "url"))

        fitting = [resource for resource in listed if isinstance(resource, dict) and fits(resource)]
        if not fitting:
            raise FileProblem(
                f"No resource of {source.dataset} at {self.session.host} fits “{source.match}”.",
                fix="Look at the dataset on the portal, and change `match` under `source` in the description.",
                why="There is nothing to publish until the portal lists a file.",
            )
        # where no period is named, the first of the list is taken: the latest that was added
        latest_first = sorted(fitting, key=lambda resource: str(resource.get("created") or ""), reverse=True)
        return newest_period(
            latest_first,
            lambda resource: (str(resource.get("name") or ""), str(resource.get("url") or "").rpartition("/")[2]),
        )

    def download_datastore(self, resource: Mapping[str, Any]) -> Download:
        """Download all rows of the DataStore in the order of their insertion, verified by their count."""
        identifier, host = str(resource.get("id") or ""), self.session.host
        total = self.call_action("datastore_search", {"resource_id": identifier, "limit": "0"}).get("total")
        if not isinstance(total, int):
            raise incomplete_answer(host)
        require_rows(total, host)
        label = DownloadLabel(self.url(f"/datastore/dump/{identifier}"), f"{identifier}.csv")
        download = self.session.download(label)
        with discard_on_failure(download):
            require_row_count(download.path, total, host)
        return download

    def call_action(self, name: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Return the result of an action of the API, which also reports failure inside an answer of status 200."""
        answer = self.session.read_json(self.url(f"/api/3/action/{name}").copy_merge_params(params))
        if not isinstance(answer, dict):
            raise incomplete_answer(self.session.host)
        result = answer.get("result")
        if answer.get("success") is not True or not isinstance(result, dict):
            raise SetupProblem(
                f"{self.session.host} does not know this dataset or resource, or does not give it to everybody.",
                fix="Look for it on the portal and check `dataset` or `resource` under `source` in the description.",
            )
        return result

    def url(self, path: str) -> httpx.URL:
        """Return an address below the portal, which may itself lie below the root of its host."""
        start = self.session.start
        return start.copy_with(path=start.path.rstrip("/") + path, query=None, fragment=None)
