"""The end of a run in a sentence and a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from catalogue.listing import dataset_path
from catalogue.site.words import counted_noun
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


def summary_row(outcome: Outcome) -> dict[str, str]:
    """One line of the table, keys as in COLUMNS."""
    rows = f"{outcome.rows:,}" if outcome.rows else "–"
    said = "" if outcome.verdict in GOOD else outcome.summary
    cells = (outcome.identity.dataset, outcome.identity.publisher, rows, WORDS[outcome.verdict], said)
    return dict(zip(COLUMNS, cells, strict=True))


def night_headline(outcomes: Sequence[Outcome]) -> str:
    """For example `21 datasets: 18 published, 1 held, 2 blocked.`"""
    counts = Counter(WORDS[outcome.verdict] for outcome in outcomes)
    parts = [f"{counts[word]} {word}" for word in WORDS.values() if counts[word]]
    total = f"{counted_noun(len(outcomes), 'dataset')}: {', '.join(parts) or 'nothing was due'}."
    return total if counts["published"] else f"{total} Nothing changed since the last run."


def night_markdown(outcomes: Sequence[Outcome], site: str = "") -> str:
    """The run as markdown: the headline, what keeps data from the public, what was published, with links.

    `site` is the address of the folder catalogue, with a slash at the end; empty when another catalogue is used.
    """
    stopped = [outcome for outcome in outcomes if outcome.verdict not in GOOD]
    published = [outcome for outcome in outcomes if outcome.verdict == "publish"]
    parts = [f"# {night_headline(outcomes)}"]
    if site:
        parts.append(f"[London on one page]({site}index.html) · [register]({site}register/index.html)")
    if stopped:
        parts.append("## What keeps data from the public")
        said = ((*_linked(outcome, site), WORDS[outcome.verdict], _plain(outcome.summary)) for outcome in stopped)
        parts.append(_table(("dataset", "publisher", "verdict", "what to know"), said))
    if published:
        parts.append("## Published")
        told = ((*_linked(outcome, site), f"{outcome.rows:,}") for outcome in published)
        parts.append(_table(("dataset", "publisher", "rows"), told))
    return "\n\n".join(parts) + "\n"


def dataset_link(outcome: Outcome, site: str) -> str:
    """Where a person reads more about a dataset; empty when there is no such page."""
    return outcome.page or (f"{site}{dataset_path(outcome.identity)}index.html" if site else "")


def _linked(outcome: Outcome, site: str) -> tuple[str, str]:
    page = dataset_link(outcome, site)
    dataset = f"[{outcome.identity.dataset}]({page})" if page else outcome.identity.dataset
    publisher = f"{site}publishers/{outcome.identity.publisher}/index.html"
    return dataset, f"[{outcome.identity.publisher}]({publisher})" if site else outcome.identity.publisher


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (headings, ["---"] * len(headings), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _plain(text: str) -> str:
    """A sentence in which nothing acts as markdown or markup: it may name a heading of a file."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", " ".join(text.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def night_exit_code(outcomes: Sequence[Outcome]) -> ExitCode:
    """The exit code of a night. A file that was held or blocked is a night's normal work; only a failure is not."""
    failed = [outcome.exit_code for outcome in outcomes if outcome.verdict == "failed"]
    if failed:
        return max(failed)
    changed = any(outcome.verdict != "unchanged" for outcome in outcomes)
    return ExitCode.DONE if changed else ExitCode.UNCHANGED
