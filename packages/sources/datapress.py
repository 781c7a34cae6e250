"""A file of a DataPress portal, such as the London Datastore, checked against the digest that the portal holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from packages.errors import FileProblem, SetupProblem
from packages.sources.transport.download import Download, FetchContext, discard_on_failure, file_blocks
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import (
    DownloadLabel,
    HttpSession,
    display_url,
    incomplete_answer,
    open_session,
)
from packages.sources.transport.paging import data_changed, retry_if_changed
from packages.sources.transport.period import newest_period
from packages.spec import DatapressSource

MD5 = re.compile("[0-9a-f]{32}")


def download_source(source: DatapressSource, errand: FetchContext, limits: DownloadLimits = LIMITS) -> Download | None:
    """Download the file; None when the portal's digest is that of the file that we have."""
    visit = open_session(source.url, source.allow_hosts, errand, limits)
    return retry_if_changed(lambda: _read(visit, source))


def _read(visit: HttpSession, source: DatapressSource) -> Download | None:
    dataset = visit.json(visit.start.copy_with(path=f"/api/v3/dataset/{source.dataset}", query=None))
    # what it does not give to everybody, the portal answers with an empty “null”
    listed = dataset.get("resources") if isinstance(dataset, dict) else {}
    if not isinstance(listed, dict):
        raise incomplete_answer(visit.start.host)
    key = _chosen(listed, source, visit.start.host)
    digest = str(listed[key].get("hash") or "").casefold()
    path = f"/download/{dataset.get('id') or source.dataset}/{key}"
    label = DownloadLabel(visit.start.copy_with(path=path, query=None), _name(key, listed[key]))
    if not MD5.fullmatch(digest):
        return visit.parcel(label.url, label.name)
    if _held(visit, label) == digest:
        return None
    return _checked(visit.whole(label), digest, visit.start.host)


def _chosen(listed: Mapping[str, Any], source: DatapressSource, host: str) -> str:
    if source.resource:
        if source.resource in listed:
            return source.resource
        raise SetupProblem(
            f"The dataset {source.dataset} at {host} has no open file “{source.resource}”.",
            fix="Look at the dataset on the portal, and change `resource` under `source` in the description.",
        )
    fitting = [key for key, told in listed.items() if fnmatchcase(_title(told), source.match.casefold())]
    if not fitting:
        raise FileProblem(
            f"No file of {source.dataset} at {host} fits “{source.match}”.",
            fix="Look at the dataset on the portal, and change `match` under `source` in the description.",
            why="There is nothing to publish until the portal lists a file.",
        )
    in_order = sorted(fitting, key=lambda key: (_order(listed[key]), key))
    return newest_period(in_order, lambda key: (_until(listed[key]), _title(listed[key])))


def _title(told: Mapping[str, Any]) -> str:
    return str(told.get("title") or "").casefold()


def _until(told: Mapping[str, Any]) -> str:
    frame = told.get("timeFrame")
    return str(frame.get("to") or frame.get("from") or "") if isinstance(frame, dict) else ""


def _order(told: Mapping[str, Any]) -> int:
    order = told.get("order")
    return order if isinstance(order, int) else 0


def _name(key: str, told: Mapping[str, Any]) -> str:
    ending = re.sub("[^a-z0-9]", "", str(told.get("format") or "").casefold())
    return f"{key}.{ending}" if ending else key


def _held(visit: HttpSession, label: DownloadLabel) -> str:
    """The MD5 of the file that we have from this address, or nothing."""
    old = visit.errand.previous
    return _md5(old.path) if old is not None and old.url == display_url(label.url) and old.path.exists() else ""


def _checked(parcel: Download, digest: str, host: str) -> Download:
    with discard_on_failure(parcel):
        # a login page has another digest too, and says more
        if _md5(parcel.path) != digest and not _is_markup(parcel.path):
            raise data_changed(host)
    return parcel


def _is_markup(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).lstrip().startswith(b"<")


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for block in file_blocks(path):
        digest.update(block)
    return digest.hexdigest()
