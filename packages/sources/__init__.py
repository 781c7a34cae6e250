"""Where files come from: one module for each kind of source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from packages.sources import folder
from packages.sources.parcel import Errand, Parcel

SOURCES: dict[str, Callable[[Any, Errand], Parcel | None]] = {
    "folder": folder.bring,
}
"""By the `kind` of a source. Each brings a parcel, or None when the source says that nothing changed."""
