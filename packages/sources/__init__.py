"""Where files come from: one module for each kind of source, each with the same function `download_source`."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol, cast

from packages.sources.transport.download import Download, FetchContext

SOURCES = {
    "folder": "packages.sources.folder",
    "http": "packages.sources.http",
    "webpage": "packages.sources.webpage",
    "socrata": "packages.sources.socrata",
    "arcgis": "packages.sources.arcgis",
    "wfs": "packages.sources.wfs",
    "ckan": "packages.sources.ckan",
    "datapress": "packages.sources.datapress",
    "opendatasoft": "packages.sources.opendatasoft",
    "google-sheets": "packages.sources.google_sheets",
    "sql": "packages.sources.sql",
    "bucket": "packages.sources.bucket",
    "bundle": "packages.sources.bundle",
}
"""The module of each `kind` of source."""


class SourceModule(Protocol):
    """The one function that every module of a source offers."""

    def download_source(self, source: Any, context: FetchContext) -> Download | None:
        """Download the data of a source; None when they have not changed since `context.previous`.

        Raises FileProblem when there is no data, TemporaryProblem when trying later may help, SetupProblem otherwise.
        """


def source_module(kind: str) -> SourceModule:
    """Return the module of a kind of source, imported on first use."""
    # httpx takes half a second to import, which checking a local file should not cost
    return cast(SourceModule, import_module(SOURCES[kind]))
