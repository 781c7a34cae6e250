"""What is published, what was stopped, and how it came."""

from __future__ import annotations

from flows.orchestration.due import standing_verdict
from flows.orchestration.summary import WORDS
from flows.services import Services
from flows.state.ledger import Attempt, PublishStep
from packages.model import Identity
from packages.spec import list_identities, list_unions, load_spec

COLUMNS = ("dataset", "publisher", "last looked at", "verdict", "published release", "since")
PUBLICATIONS = ("when", "what happened", "release", "kept", "why")
SAID = {
    "intent": "begun",
    "done": "public",
    "taken back": "taken back",
    "superseded": "given up",
    "withdrawing": "withdrawal begun",
    "withdrawn": "withdrawn",
}

ACCEPTED = "accepted"
"""What is said of a file that was good enough, but is not public (yet, or any more)."""

HISTORY = ("when", "rows", "verdict", "release", "what to know")


def status_overview(tools: Services) -> list[tuple[str, ...]]:
    """One line for each described dataset, cells as in COLUMNS."""
    root = tools.settings.datasets
    return [_line(identity, tools) for identity in sorted((*list_identities(root), *list_unions(root)))]


def _line(identity: Identity, tools: Services) -> tuple[str, ...]:
    attempt = tools.ledger.last_attempt(identity)
    step = tools.ledger.published(identity, tools.settings.catalogue)
    looked = (f"{attempt.at:%Y-%m-%d %H:%M}", _word(attempt, step)) if attempt else ("never", "–")
    public = (step.release[:12], f"{step.at:%Y-%m-%d}") if step else ("none", "–")
    return (identity.dataset, identity.publisher, *looked, *public)


def _word(attempt: Attempt, public: PublishStep | None) -> str:
    """The verdict; a file that was accepted but is not the one that is public is not said to be published."""
    return WORDS[attempt.verdict] if standing_verdict(attempt, public) else ACCEPTED


def attempt_history(identity: Identity, tools: Services) -> list[tuple[str, ...]]:
    """The latest attempts on one dataset, newest first, cells as in HISTORY; SetupProblem when there is none such."""
    attempts = tools.ledger.attempts(identity)
    if not attempts:
        load_spec(identity, tools.settings.datasets)  # says what is known, if the name is not
    return [
        (f"{a.at:%Y-%m-%d %H:%M}", f"{a.rows:,}", WORDS[a.verdict], a.release[:12] or "–", a.summary) for a in attempts
    ]


def publication_history(identity: Identity, tools: Services) -> list[tuple[str, ...]]:
    """Every step of making one dataset public, newest first, cells as in PUBLICATIONS."""
    kept = set(tools.store.stored(identity))
    return [
        (f"{s.at:%Y-%m-%d %H:%M}", SAID[s.state], s.release[:12] or "–", "yes" if s.release in kept else "no", s.reason)
        for s in tools.ledger.steps(identity, tools.settings.catalogue)
    ]
