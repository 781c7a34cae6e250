"""A dataset of an Opendatasoft portal, exported as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from packages.sources.transport.answers import incomplete_answer
from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.http_session import DownloadLabel, HttpSession, open_session
from packages.sources.transport.page_formats import require_row_count
from packages.sources.transport.paging import require_rows, require_unchanged, retry_if_changed
from packages.spec import OpendatasoftSource

CSV_OPTIONS = {"delimiter": ",", "use_labels": "false", "with_bom": "false", "timezone": "Europe/London"}


def download_source(source: OpendatasoftSource, context: FetchContext) -> Download | None:
    """Download all records; None when the portal's revision is that of the previous extract."""
    return retry_if_changed(_Dataset(open_session(source.url, source.allow_hosts, context), source).download)


@dataclass(frozen=True, slots=True)
class _Dataset:
    session: HttpSession
    source: OpendatasoftSource

    def download(self) -> Download | None:
        query = {"select": self.source.select, "where": self.source.where, "order_by": self.source.order}
        url, host = self.url("/exports/csv", CSV_OPTIONS | query), self.session.host
        label = DownloadLabel(url, f"{self.source.dataset}.csv", self.revision())
        if self.session.is_current(label):
            return None
        # counted before the export, so that rows which arrive in between show as a difference
        total = self.total()
        require_rows(total, host)
        download = self.session.download(label)
        with discard_on_failure(download):
            require_row_count(download.path, total, host)
            require_unchanged(label.revision, self.revision(), host)
        return download

    def revision(self) -> str:
        """Return the time when the portal last processed the records; empty when it does not tell."""
        answer = self.session.read_json(self.url("", {}))
        try:
            times = answer["metas"]["default"]
            return "/".join(str(times.get(name) or "") for name in ("data_processed", "modified")).strip("/")
        except (LookupError, TypeError, AttributeError) as error:
            raise incomplete_answer(self.session.host) from error

    def total(self) -> int:
        """Return the number of records that the filter of the source selects."""
        answer = self.session.read_json(self.url("/records", {"limit": "0", "where": self.source.where}))
        total = answer.get("total_count") if isinstance(answer, dict) else None
        if not isinstance(total, int):
            raise incomplete_answer(self.session.host)
        return total

    def url(self, ending: str, params: Mapping[str, str]) -> httpx.URL:
        path = f"/api/explore/v2.1/catalog/datasets/{self.source.dataset}{ending}"
        query = {name: value for name, value in params.items() if value}
        return self.session.start.copy_with(path=path, query=None, fragment=None).copy_merge_params(query)
