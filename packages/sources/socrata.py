"""A dataset of a Socrata portal, in pages of CSV that are in one order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from packages.sources.limits import LIMITS, Limits
from packages.sources.paging import Portion, csv_portion, joined_csv, portions, refuse_moved, refuse_none, steadily
from packages.sources.parcel import Errand, Parcel, kept_if_sound
from packages.sources.visit import Label, Visit, begin, broken_off
from packages.spec import SocrataSource


@dataclass(frozen=True, slots=True)
class _Dataset:
    visit: Visit
    source: SocrataSource

    def url(self, ending: str, params: Mapping[str, str | int]) -> httpx.URL:
        asked = {name: str(value) for name, value in params.items() if value != ""}
        path = f"/resource/{self.source.dataset}.{ending}"
        return self.visit.start.copy_with(path=path, query=None, fragment=None).copy_merge_params(asked)

    def stamp(self) -> str:
        """What changes with the rows and columns; empty when the portal does not tell."""
        told = self.visit.json(self.visit.start.copy_with(path=f"/api/views/{self.source.dataset}.json", query=None))
        if not isinstance(told, dict):
            raise broken_off(self.visit.start.host)
        times = [told.get(name) for name in ("rowsUpdatedAt", "viewLastModified")]
        return "-".join(map(str, times)) if all(times) else ""

    def total(self) -> int:
        """How many rows there are; the API gives a thousand when nobody asks for more, and says nothing."""
        told = self.visit.json(self.url("json", {"$select": "count(*) as n", "$where": self.source.where}))
        try:
            return int(told[0]["n"])
        except (LookupError, TypeError, ValueError) as error:
            raise broken_off(self.visit.start.host) from error

    def page(self, offset: int) -> Portion[bytes]:
        window = {"$limit": self.source.page_rows, "$offset": offset}
        return csv_portion(self.visit.page(self.url("csv", self.asked() | window)).body)

    def asked(self) -> dict[str, str | int]:
        return {"$select": self.source.select, "$where": self.source.where, "$order": self.source.order}


def bring(source: SocrataSource, errand: Errand, limits: Limits = LIMITS) -> Parcel | None:
    """Read all rows into one CSV; None when the portal says that nothing changed since the previous extract."""
    dataset = _Dataset(begin(source.url, source.allow_hosts, errand, limits), source)
    return steadily(lambda: _read(dataset))


def _read(dataset: _Dataset) -> Parcel | None:
    visit = dataset.visit
    label = Label(dataset.url("csv", dataset.asked()), f"{dataset.source.dataset}.csv", dataset.stamp())
    if visit.holds(label):
        return None
    total, host = dataset.total(), visit.start.host
    refuse_none(total, host)
    parcel = visit.gathered(joined_csv(portions(dataset.page, total, host), host), label)
    with kept_if_sound(parcel):
        refuse_moved(label.stamp, dataset.stamp(), host)
    return parcel
