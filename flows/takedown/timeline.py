"""When each release was public, where, and at which addresses, as the steps in the ledger tell it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from flows.services import Services
from flows.state.ledger import PublishStep
from packages.model import Identity

CATALOGUES = ("folder", "ckan", "datapress")
"""Every catalogue in which anything can be public."""


@dataclass(frozen=True, slots=True)
class ShownTime:
    """A time in which a catalogue showed a release; `until` is None while it still does."""

    release: str
    catalogue: str
    since: dt.datetime
    until: dt.datetime | None = None
    addresses: tuple[str, ...] = ()


def shown_times(identity: Identity, services: Services) -> tuple[ShownTime, ...]:
    """Return when each release of a dataset was shown, in all catalogues, oldest first."""
    found = [one for name in CATALOGUES for one in times_of(reversed(services.ledger.steps(identity, name)))]
    return tuple(sorted(found, key=lambda one: (one.since, one.catalogue)))


def times_of(steps: Iterable[PublishStep]) -> list[ShownTime]:
    """Return when each release was shown, from the steps in one catalogue, oldest first. Pure."""
    times: list[ShownTime] = []
    for step in steps:
        if step.state not in ("done", "withdrawn"):
            continue
        current = times[-1] if times and times[-1].until is None else None
        addresses = tuple(sorted(json.loads(step.receipt or "{}").get("urls", {}).values()))
        if current and step.state == "done" and current.release == step.release:
            times[-1] = replace(current, addresses=tuple(sorted({*current.addresses, *addresses})))
            continue
        if current:
            times[-1] = replace(current, until=step.at)
        if step.state == "done":
            times.append(ShownTime(step.release, step.catalogue, step.at, None, addresses))
    return times
