"""A file at a fixed https address."""

from __future__ import annotations

from packages.sources.limits import LIMITS, Limits
from packages.sources.parcel import Errand, Parcel
from packages.sources.visit import begin
from packages.spec import HttpSource


def bring(source: HttpSource, errand: Errand, limits: Limits = LIMITS) -> Parcel | None:
    """Download the file; None when the server says that it did not change since the previous extract."""
    visit = begin(source.url, source.allow_hosts, errand, limits)
    return visit.parcel(visit.start)
