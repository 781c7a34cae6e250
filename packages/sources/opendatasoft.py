"""A dataset of an Opendatasoft portal, exported as CSV."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from packages.sources.limits import LIMITS, Limits
from packages.sources.paging import refuse_moved, refuse_none, refuse_part, steadily
from packages.sources.parcel import Errand, Parcel, kept_if_sound
from packages.sources.visit import Label, Visit, begin, broken_off
from packages.spec import OpendatasoftSource

STYLE = {"delimiter": ",", "use_labels": "false", "with_bom": "false", "timezone": "Europe/London"}


def bring(source: OpendatasoftSource, errand: Errand, limits: Limits = LIMITS) -> Parcel | None:
    """Download all records; None when the portal says that nothing changed since the previous extract."""
    visit = begin(source.url, source.allow_hosts, errand, limits)
    return steadily(lambda: _read(visit, source))


def _read(visit: Visit, source: OpendatasoftSource) -> Parcel | None:
    asked = {"select": source.select, "where": source.where, "order_by": source.order}
    label = Label(_url(visit, source, "/exports/csv", STYLE | asked), f"{source.dataset}.csv", _stamp(visit, source))
    if visit.holds(label):
        return None
    host, total = visit.start.host, _total(visit, source)
    refuse_none(total, host)
    parcel = visit.whole(label)
    with kept_if_sound(parcel):
        refuse_part(parcel.path, total, host)
        refuse_moved(label.stamp, _stamp(visit, source), host)
    return parcel


def _stamp(visit: Visit, source: OpendatasoftSource) -> str:
    """When the portal last worked on the records; empty when it does not tell."""
    told = visit.json(_url(visit, source, "", {}))
    try:
        times = told["metas"]["default"]
        return "/".join(str(times.get(name) or "") for name in ("data_processed", "modified")).strip("/")
    except (LookupError, TypeError, AttributeError) as error:
        raise broken_off(visit.start.host) from error


def _total(visit: Visit, source: OpendatasoftSource) -> int:
    told = visit.json(_url(visit, source, "/records", {"limit": "0", "where": source.where}))
    total = told.get("total_count") if isinstance(told, dict) else None
    if not isinstance(total, int):
        raise broken_off(visit.start.host)
    return total


def _url(visit: Visit, source: OpendatasoftSource, ending: str, params: Mapping[str, str]) -> httpx.URL:
    path = f"/api/explore/v2.1/catalog/datasets/{source.dataset}{ending}"
    asked = {name: value for name, value in params.items() if value}
    return visit.start.copy_with(path=path, query=None, fragment=None).copy_merge_params(asked)
