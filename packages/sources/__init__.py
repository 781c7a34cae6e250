"""Where files come from: one module for each kind of source."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from packages.sources.transport.download import Download, FetchContext

Bring = Callable[[Any, FetchContext], Download | None]


def _when_needed(module: str) -> Bring:
    # httpx takes half a second to import, which checking a local file should not cost
    def bring(source: Any, errand: FetchContext) -> Download | None:
        found: Download | None = import_module(f"packages.sources.{module}").download_source(source, errand)
        return found

    return bring


SOURCES: dict[str, Bring] = {
    "folder": _when_needed("folder"),
    "http": _when_needed("http"),
    "webpage": _when_needed("webpage"),
    "socrata": _when_needed("socrata"),
    "arcgis": _when_needed("arcgis"),
    "wfs": _when_needed("wfs"),
    "ckan": _when_needed("ckan"),
    "datapress": _when_needed("datapress"),
    "opendatasoft": _when_needed("opendatasoft"),
    "google-sheets": _when_needed("google_sheets"),
    "sql": _when_needed("sql"),
    "bucket": _when_needed("bucket"),
    "bundle": _when_needed("bundle"),
}
"""By the `kind` of a source. Each brings a parcel, or None when the source says that nothing changed."""
