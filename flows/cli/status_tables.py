"""Tables of `londata status`: what is published, what was stopped, and the history of one dataset."""

from __future__ import annotations

from flows.cli.results import now
from flows.orchestration.due import standing_verdict
from flows.orchestration.summary import WORDS
from flows.privacy.freezes import incidents_of
from flows.services import Services
from flows.takedown.article33 import moment
from packages.model import Identity
from packages.spec import list_identities, list_unions, load_spec

OVERVIEW_HEADINGS = ("dataset", "publisher", "last looked at", "verdict", "published release", "since")
PUBLICATION_HEADINGS = ("when", "what happened", "release", "kept", "why")
STEP_WORDS = {
    "intent": "begun",
    "done": "public",
    "taken back": "taken back",
    "superseded": "given up",
    "withdrawing": "withdrawal begun",
    "withdrawn": "withdrawn",
}

ACCEPTED = "accepted"
"""The word for a file that passed, but is not public (yet, or any more)."""

ATTEMPT_HEADINGS = ("when", "rows", "verdict", "release", "what to know")


INCIDENT_HEADINGS = ("dataset", "incident", "state", "aware since", "to be notified by")


def incident_table(services: Services, identity: Identity | None = None) -> list[tuple[str, ...]]:
    """Return a line for each incident, or for those that freeze one dataset, cells as in INCIDENT_HEADINGS."""
    at = now()
    return [
        (
            str(one.identity),
            one.digest[:12],
            "closed" if one.closed else "open",
            moment(one.opened.aware),
            "–" if one.closed else f"{moment(one.deadline)}, {one.clock(at)}",
        )
        for one in incidents_of(services, identity.dataset if identity else "")
        if identity is None or identity in one.frozen
    ]


def status_overview(services: Services) -> list[tuple[str, ...]]:
    """Return one line for each described dataset, cells as in OVERVIEW_HEADINGS."""
    root = services.settings.datasets
    rows: list[tuple[str, ...]] = []
    for identity in sorted((*list_identities(root), *list_unions(root))):
        attempt = services.ledger.last_attempt(identity)
        step = services.ledger.published(identity, services.settings.catalogue)
        judged, public = ("never", "–"), ("none", "–")
        if attempt:
            # an accepted file that is not the one that is public does not count as published
            word = WORDS[attempt.verdict] if standing_verdict(attempt, step) else ACCEPTED
            judged = (f"{attempt.at:%Y-%m-%d %H:%M}", word)
        if step:
            public = (step.release[:12], f"{step.at:%Y-%m-%d}")
        rows.append((identity.dataset, identity.publisher, *judged, *public))
    return rows


def attempt_history(identity: Identity, services: Services) -> list[tuple[str, ...]]:
    """Return the latest attempts on one dataset, newest first, cells as in ATTEMPT_HEADINGS.

    SetupProblem when there are none because the name is wrong.
    """
    attempts = services.ledger.attempts(identity)
    if not attempts:
        load_spec(identity, services.settings.datasets)  # raises for a name that is not known
    return [
        (f"{a.at:%Y-%m-%d %H:%M}", f"{a.rows:,}", WORDS[a.verdict], a.release[:12] or "–", a.summary) for a in attempts
    ]


def publication_history(identity: Identity, services: Services) -> list[tuple[str, ...]]:
    """Return every step of making one dataset public, newest first, cells as in PUBLICATION_HEADINGS."""
    kept = set(services.store.stored(identity))
    return [
        (
            f"{s.at:%Y-%m-%d %H:%M}",
            STEP_WORDS[s.state],
            s.release[:12] or "–",
            "yes" if s.release in kept else "no",
            s.reason,
        )
        for s in services.ledger.steps(identity, services.settings.catalogue)
    ]
