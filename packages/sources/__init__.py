"""Where files come from: one module for each kind of source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from packages.sources import folder
from packages.sources.parcel import Errand, Parcel
from packages.spec import HttpSource


def _http(source: HttpSource, errand: Errand) -> Parcel | None:
    # httpx takes half a second to import, which checking a local file should not cost
    from packages.sources import http

    return http.bring(source, errand)


SOURCES: dict[str, Callable[[Any, Errand], Parcel | None]] = {
    "folder": folder.bring,
    "http": _http,
}
"""By the `kind` of a source. Each brings a parcel, or None when the source says that nothing changed."""
