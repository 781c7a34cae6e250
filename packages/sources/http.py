"""A file at a fixed https address."""

from __future__ import annotations

from packages.sources.transport.download import Download, FetchContext
from packages.sources.transport.http_session import open_session
from packages.spec import HttpSource


def download_source(source: HttpSource, context: FetchContext) -> Download | None:
    """Download the file; None when the server answers that it has not changed since the previous extract."""
    session = open_session(source.url, source.allow_hosts, context)
    return session.download_if_changed(session.start)
