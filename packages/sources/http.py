"""A file at a fixed https address."""

from __future__ import annotations

from packages.sources.transport.download import Download, FetchContext
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import open_session
from packages.spec import HttpSource


def download_source(source: HttpSource, errand: FetchContext, limits: DownloadLimits = LIMITS) -> Download | None:
    """Download the file; None when the server says that it did not change since the previous extract."""
    visit = open_session(source.url, source.allow_hosts, errand, limits)
    return visit.parcel(visit.start)
