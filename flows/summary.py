"""The end of a run in a sentence and a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flows.publish import Outcome
from packages.errors import ExitCode

COLUMNS = ("dataset", "publisher", "rows", "verdict", "what to know")

WORDS = {
    "publish": "published",
    "unchanged": "unchanged",
    "held": "held",
    "blocked": "blocked",
    "failed": "failed",
}
"""How a verdict is said of something that has happened."""

GOOD = ("publish", "unchanged")
"""Verdicts that nobody has to read about."""


def row(outcome: Outcome) -> dict[str, str]:
    """One line of the table, keys as in COLUMNS."""
    rows = f"{outcome.rows:,}" if outcome.rows else "–"
    said = "" if outcome.verdict in GOOD else outcome.summary
    cells = (outcome.identity.dataset, outcome.identity.publisher, rows, WORDS[outcome.verdict], said)
    return dict(zip(COLUMNS, cells, strict=True))


def headline(outcomes: Sequence[Outcome]) -> str:
    """For example `21 datasets: 18 published, 1 held, 2 blocked.`"""
    counts = Counter(WORDS[outcome.verdict] for outcome in outcomes)
    parts = [f"{counts[word]} {word}" for word in WORDS.values() if counts[word]]
    total = f"{len(outcomes)} datasets: {', '.join(parts) or 'nothing was due'}."
    return total if counts["published"] else f"{total} Nothing changed since the last run."


def exit_code(outcomes: Sequence[Outcome]) -> ExitCode:
    """The exit code of a night. A file that was held or blocked is a night's normal work; only a failure is not."""
    failed = [outcome.exit_code for outcome in outcomes if outcome.verdict == "failed"]
    if failed:
        return max(failed)
    changed = any(outcome.verdict != "unchanged" for outcome in outcomes)
    return ExitCode.DONE if changed else ExitCode.UNCHANGED
