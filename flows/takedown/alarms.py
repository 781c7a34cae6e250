"""Word to people of what a rescan found, and of the 72 hours of an incident: once for each change, without any data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator

from flows.orchestration.notices import IN_ORDER, Notice, announce_state
from flows.privacy.freezes import Incident, incidents_of
from flows.services import Services
from flows.takedown.article33 import moment
from flows.takedown.rescan import ScreenedRelease
from packages.model import Identity

EXPOSED = "public with something about people that nobody has decided on"
HURRY = dt.timedelta(hours=24)
"""What is left of the 72 hours when people hear of it again."""


def announce_rescan(screened: Collection[ScreenedRelease], services: Services, now: dt.datetime) -> str:
    """Send a notice for each dataset in which something was found, or nothing any more; return what went wrong."""
    found = {one.identity: 0 for one in screened}
    for one in screened:
        found[one.identity] += len(one.found)
    notices = (
        Notice(
            identity,
            EXPOSED if count else IN_ORDER,
            "",
            "Today's rules find something about people in what is public." if count else "Nothing is found any more.",
            "",
            now,
            "rescan",
        )
        for identity, count in sorted(found.items())
    )
    return sent(notices, services)


def announce_incidents(services: Services, now: dt.datetime) -> str:
    """Send a notice for each incident whose state has changed; return what went wrong."""
    latest: dict[Identity, Incident] = {one.identity: one for one in incidents_of(services)}
    notices = (
        Notice(identity, incident_state(one, now), "", clock_sentence(one, now), "", now, "incident")
        for identity, one in sorted(latest.items())
    )
    return sent(notices, services)


def sent(notices: Iterable[Notice], services: Services) -> str:
    """Send notices; return what went wrong, each thing once."""
    return " ".join(dict.fromkeys(filter(None, (announce_state(notice, services) for notice in notices))))


def incident_state(incident: Incident, now: dt.datetime) -> str:
    """Return the state of an incident in words that change only when people have to hear of it."""
    left = incident.deadline - now
    if incident.closed:
        return IN_ORDER
    if left <= dt.timedelta(0):
        return "under an incident whose 72 hours are over"
    return "under an incident with less than 24 hours left" if left <= HURRY else "under an incident"


def clock_sentence(incident: Incident, now: dt.datetime) -> str:
    """Return when the Information Commissioner has to be told, and how long that is."""
    if incident.closed:
        return f"The incident was closed on {moment(incident.closed[0])}."
    return (
        f"Aware since {moment(incident.opened.aware)}: the Information Commissioner has to be told by "
        f"{moment(incident.deadline)} ({incident.clock(now)})."
    )


def incident_lines(services: Services, now: dt.datetime) -> Iterator[str]:
    """Yield a line on each open incident."""
    for one in incidents_of(services):
        if not one.closed:
            yield f"Incident on {one.identity}, open. {clock_sentence(one, now)}"
