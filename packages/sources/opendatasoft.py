"""A dataset of an Opendatasoft portal, exported as CSV."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import DownloadLabel, HttpSession, incomplete_answer, open_session
from packages.sources.transport.paging import require_row_count, require_rows, require_unchanged, retry_if_changed
from packages.spec import OpendatasoftSource

STYLE = {"delimiter": ",", "use_labels": "false", "with_bom": "false", "timezone": "Europe/London"}


def download_source(
    source: OpendatasoftSource, errand: FetchContext, limits: DownloadLimits = LIMITS
) -> Download | None:
    """Download all records; None when the portal says that nothing changed since the previous extract."""
    visit = open_session(source.url, source.allow_hosts, errand, limits)
    return retry_if_changed(lambda: _read(visit, source))


def _read(visit: HttpSession, source: OpendatasoftSource) -> Download | None:
    asked = {"select": source.select, "where": source.where, "order_by": source.order}
    label = DownloadLabel(
        _url(visit, source, "/exports/csv", STYLE | asked), f"{source.dataset}.csv", _stamp(visit, source)
    )
    if visit.holds(label):
        return None
    host, total = visit.start.host, _total(visit, source)
    require_rows(total, host)
    parcel = visit.whole(label)
    with discard_on_failure(parcel):
        require_row_count(parcel.path, total, host)
        require_unchanged(label.stamp, _stamp(visit, source), host)
    return parcel


def _stamp(visit: HttpSession, source: OpendatasoftSource) -> str:
    """When the portal last worked on the records; empty when it does not tell."""
    told = visit.json(_url(visit, source, "", {}))
    try:
        times = told["metas"]["default"]
        return "/".join(str(times.get(name) or "") for name in ("data_processed", "modified")).strip("/")
    except (LookupError, TypeError, AttributeError) as error:
        raise incomplete_answer(visit.start.host) from error


def _total(visit: HttpSession, source: OpendatasoftSource) -> int:
    told = visit.json(_url(visit, source, "/records", {"limit": "0", "where": source.where}))
    total = told.get("total_count") if isinstance(told, dict) else None
    if not isinstance(total, int):
        raise incomplete_answer(visit.start.host)
    return total


def _url(visit: HttpSession, source: OpendatasoftSource, ending: str, params: Mapping[str, str]) -> httpx.URL:
    path = f"/api/explore/v2.1/catalog/datasets/{source.dataset}{ending}"
    asked = {name: value for name, value in params.items() if value}
    return visit.start.copy_with(path=path, query=None, fragment=None).copy_merge_params(asked)
