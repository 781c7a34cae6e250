"""A dataset of a Socrata portal, in pages of CSV that are in one order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import DownloadLabel, HttpSession, incomplete_answer, open_session
from packages.sources.transport.paging import (
    ResultPage,
    csv_page,
    join_csv,
    read_pages,
    require_rows,
    require_unchanged,
    retry_if_changed,
)
from packages.spec import SocrataSource


@dataclass(frozen=True, slots=True)
class _Dataset:
    visit: HttpSession
    source: SocrataSource

    def url(self, ending: str, params: Mapping[str, str | int]) -> httpx.URL:
        asked = {name: str(value) for name, value in params.items() if value != ""}
        path = f"/resource/{self.source.dataset}.{ending}"
        return self.visit.start.copy_with(path=path, query=None, fragment=None).copy_merge_params(asked)

    def stamp(self) -> str:
        """What changes with the rows and columns; empty when the portal does not tell."""
        told = self.visit.json(self.visit.start.copy_with(path=f"/api/views/{self.source.dataset}.json", query=None))
        if not isinstance(told, dict):
            raise incomplete_answer(self.visit.start.host)
        times = [told.get(name) for name in ("rowsUpdatedAt", "viewLastModified")]
        return "-".join(map(str, times)) if all(times) else ""

    def total(self) -> int:
        """How many rows there are; the API gives a thousand when nobody asks for more, and says nothing."""
        told = self.visit.json(self.url("json", {"$select": "count(*) as n", "$where": self.source.where}))
        try:
            return int(told[0]["n"])
        except (LookupError, TypeError, ValueError) as error:
            raise incomplete_answer(self.visit.start.host) from error

    def page(self, offset: int) -> ResultPage[bytes]:
        window = {"$limit": self.source.page_rows, "$offset": offset}
        return csv_page(self.visit.page(self.url("csv", self.asked() | window)).body)

    def asked(self) -> dict[str, str | int]:
        return {"$select": self.source.select, "$where": self.source.where, "$order": self.source.order}


def download_source(source: SocrataSource, errand: FetchContext, limits: DownloadLimits = LIMITS) -> Download | None:
    """Read all rows into one CSV; None when the portal says that nothing changed since the previous extract."""
    dataset = _Dataset(open_session(source.url, source.allow_hosts, errand, limits), source)
    return retry_if_changed(lambda: _read(dataset))


def _read(dataset: _Dataset) -> Download | None:
    visit = dataset.visit
    label = DownloadLabel(dataset.url("csv", dataset.asked()), f"{dataset.source.dataset}.csv", dataset.stamp())
    if visit.holds(label):
        return None
    total, host = dataset.total(), visit.start.host
    require_rows(total, host)
    parcel = visit.gathered(join_csv(read_pages(dataset.page, total, host), host), label)
    with discard_on_failure(parcel):
        require_unchanged(label.stamp, dataset.stamp(), host)
    return parcel
