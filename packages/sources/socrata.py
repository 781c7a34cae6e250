"""A dataset of a Socrata portal, read in pages of CSV in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from packages.sources.transport.answers import incomplete_answer
from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.http_session import DownloadLabel, HttpSession, open_session
from packages.sources.transport.page_formats import csv_page, join_csv
from packages.sources.transport.paging import (
    ResultPage,
    read_pages,
    require_rows,
    require_unchanged,
    retry_if_changed,
)
from packages.spec import SocrataSource


def download_source(source: SocrataSource, context: FetchContext) -> Download | None:
    """Read all rows into one CSV; None when the portal's revision is that of the previous extract."""
    return retry_if_changed(_Dataset(open_session(source.url, source.allow_hosts, context), source).download)


@dataclass(frozen=True, slots=True)
class _Dataset:
    session: HttpSession
    source: SocrataSource

    def download(self) -> Download | None:
        label = DownloadLabel(self.url("csv", self.query()), f"{self.source.dataset}.csv", self.revision())
        if self.session.is_current(label):
            return None
        total, host = self.total(), self.session.host
        require_rows(total, host)
        # a generator: pages are requested while they are written, and never all in memory
        pages = read_pages(self.read_page, total, host)
        download = self.session.write_pages(join_csv(pages, host), label)
        with discard_on_failure(download):
            require_unchanged(label.revision, self.revision(), host)
        return download

    def revision(self) -> str:
        """Return the times of the last change to rows and columns; empty when the portal does not tell both."""
        url = self.session.start.copy_with(path=f"/api/views/{self.source.dataset}.json", query=None)
        view = self.session.read_json(url)
        if not isinstance(view, dict):
            raise incomplete_answer(self.session.host)
        times = [view.get(name) for name in ("rowsUpdatedAt", "viewLastModified")]
        return "-".join(map(str, times)) if all(times) else ""

    def total(self) -> int:
        """Return the number of rows. Without `$limit` the API silently gives a thousand, so it must be known."""
        answer = self.session.read_json(self.url("json", {"$select": "count(*) as n", "$where": self.source.where}))
        try:
            return int(answer[0]["n"])
        except (LookupError, TypeError, ValueError) as error:
            raise incomplete_answer(self.session.host) from error

    def read_page(self, offset: int) -> ResultPage[bytes]:
        window = {"$limit": self.source.page_rows, "$offset": offset}
        return csv_page(self.session.read_page(self.url("csv", self.query() | window)).body)

    def query(self) -> dict[str, str | int]:
        return {"$select": self.source.select, "$where": self.source.where, "$order": self.source.order}

    def url(self, ending: str, params: Mapping[str, str | int]) -> httpx.URL:
        query = {name: str(value) for name, value in params.items() if value != ""}
        path = f"/resource/{self.source.dataset}.{ending}"
        return self.session.start.copy_with(path=path, query=None, fragment=None).copy_merge_params(query)
