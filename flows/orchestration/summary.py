"""The summary of a run: a headline, a table and a page of markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from catalogue.listing import dataset_path
from catalogue.site.words import counted_noun
from flows.outcome import FAILED, WITHDRAWN, Outcome
from packages.errors import ExitCode

SUMMARY_COLUMNS = ("dataset", "publisher", "rows", "verdict", "what to know")

WORDS = {
    "publish": "published",
    "unchanged": "unchanged",
    "held": "held",
    "blocked": "blocked",
    FAILED: "failed",
    WITHDRAWN: "withdrawn",
}
"""The word for each verdict in tables, in the past tense."""

GOOD = ("publish", "unchanged")
"""Verdicts that need nobody's attention."""


def summary_row(outcome: Outcome) -> dict[str, str]:
    """Return one line of the table, keys as in SUMMARY_COLUMNS."""
    rows = f"{outcome.rows:,}" if outcome.rows else "–"
    note = "" if outcome.verdict in GOOD else outcome.summary
    cells = (outcome.identity.dataset, outcome.identity.publisher, rows, WORDS[outcome.verdict], note)
    return dict(zip(SUMMARY_COLUMNS, cells, strict=True))


def night_headline(outcomes: Sequence[Outcome]) -> str:
    """Return a sentence such as `21 datasets: 18 published, 1 held, 2 blocked.`"""
    counts = Counter(WORDS[outcome.verdict] for outcome in outcomes)
    parts = [f"{counts[word]} {word}" for word in WORDS.values() if counts[word]]
    total = f"{counted_noun(len(outcomes), 'dataset')}: {', '.join(parts) or 'nothing was due'}."
    return total if counts["published"] else f"{total} Nothing changed since the last run."


def night_markdown(outcomes: Sequence[Outcome], site: str = "", notes: Sequence[str] = ()) -> str:
    """Return the run as markdown: the headline, what keeps data from the public, what was published, with links.

    `site` is the address of the folder catalogue, with a slash at the end; empty when another catalogue is used.
    `notes` are sentences on what people should know besides.
    """
    stopped = [outcome for outcome in outcomes if outcome.verdict not in GOOD]
    published = [outcome for outcome in outcomes if outcome.verdict == "publish"]
    parts = [f"# {night_headline(outcomes)}"]
    if site:
        parts.append(f"[London on one page]({site}index.html) · [register]({site}register/index.html)")
    if notes:
        parts += ["## About people in what is public", "\n".join(f"- {plain_markdown(note)}" for note in notes)]
    if stopped:
        parts.append("## What keeps data from the public")
        rows = (
            (*_linked(outcome, site), WORDS[outcome.verdict], plain_markdown(outcome.summary)) for outcome in stopped
        )
        parts.append(markdown_table(("dataset", "publisher", "verdict", "what to know"), rows))
    if published:
        parts.append("## Published")
        counts = ((*_linked(outcome, site), f"{outcome.rows:,}") for outcome in published)
        parts.append(markdown_table(("dataset", "publisher", "rows"), counts))
    return "\n\n".join(parts) + "\n"


def dataset_link(outcome: Outcome, site: str) -> str:
    """Return the address of the page on a dataset; empty when there is none."""
    return outcome.page or (f"{site}{dataset_path(outcome.identity)}index.html" if site else "")


def _linked(outcome: Outcome, site: str) -> tuple[str, str]:
    page = dataset_link(outcome, site)
    dataset = f"[{outcome.identity.dataset}]({page})" if page else outcome.identity.dataset
    publisher = f"{site}publishers/{outcome.identity.publisher}/index.html"
    return dataset, f"[{outcome.identity.publisher}]({publisher})" if site else outcome.identity.publisher


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; its cells are markdown already."""
    lines = (headings, ["---"] * len(headings), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plain_markdown(text: str) -> str:
    """Escape markdown and markup in a sentence: it may quote a heading of a file, which can hold anything."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    # backslashes for markdown, entities for the HTML that markdown lets through
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", " ".join(shown.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def night_exit_code(outcomes: Sequence[Outcome]) -> ExitCode:
    """Return the exit code of a night. To hold or block a file is normal work; only a failure is not."""
    failed = [outcome.exit_code for outcome in outcomes if outcome.verdict == FAILED]
    if failed:
        return max(failed)
    changed = any(outcome.verdict != "unchanged" for outcome in outcomes)
    return ExitCode.DONE if changed else ExitCode.UNCHANGED
