"""How the pages say things: days, sizes, places, states. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from catalogue.listing import (
    Listing,
    Period,
    dataset_overview_path,
    dataset_path,
    history_path,
    publisher_path,
    release_path,
)
from catalogue.site.status import DatasetState

VERDICTS = {
    "publish": ("Passed", "It passed its checks."),
    "held": ("Reviewed", "A person looked at what the checks found and decided to publish it."),
    "unchanged": ("Passed", "It passed its checks."),
}

PERSONAL = {
    "none": "None",
    "roles": "People in their public work",
    "personal": "Personal data, taken out before publishing",
    "special-category": "Special categories, taken out before publishing",
}
"""How the register says which personal data the source of a dataset holds."""

OPENNESS = {"open": "Open", "shared": "Shared with named bodies", "closed": "Closed"}


@dataclass(frozen=True, slots=True)
class StateLabel:
    """A state on the page: its word, the name of its shape, what stands before its day, and what it means."""

    word: str
    shape: str
    before: str
    meaning: str


STATES: Mapping[DatasetState, StateLabel] = {
    DatasetState.UP_TO_DATE: StateLabel(
        "Up to date", "done", "released", "The newest release is the one that is expected."
    ),
    DatasetState.DUE_SOON: StateLabel("Due soon", "soon", "by", "The next release is expected within two weeks."),
    DatasetState.OVERDUE: StateLabel("Overdue", "late", "since", "A newer release was expected and has not arrived."),
    DatasetState.HELD: StateLabel("Held", "held", "since", "The newest file waits for a person to decide."),
    DatasetState.FAILED: StateLabel("Failed", "failed", "since", "The newest file could not be published as it is."),
    DatasetState.AWAITED: StateLabel("Awaited", "open", "", "It is expected, and nothing has been received yet."),
    DatasetState.WITHDRAWN: StateLabel("Withdrawn", "gone", "since", "It was public, and the publisher took it back."),
    DatasetState.NOT_EXPECTED: StateLabel("Not expected", "none", "", "Nothing is expected of this publisher here."),
}
"""Every state in the order in which people should see them explained."""


def state_label(state: DatasetState) -> StateLabel:
    """How a state is shown."""
    return STATES[state]


def total_rows(listed: Listing) -> int:
    """Rows of the dataset: each resource counts once, though it is there in two formats."""
    return sum({file.resource: file.rows or 0 for file in listed.distributions}.values())


def long_day(moment: dt.date | str) -> str:
    """2 March 2026."""
    found = dt.date.fromisoformat(moment[:10]) if isinstance(moment, str) else moment
    return f"{found.day} {found:%B %Y}"


def short_day(moment: str) -> str:
    """2 Mar 2026."""
    found = dt.date.fromisoformat(moment[:10])
    return f"{found.day} {found:%b %Y}"


def iso_day(moment: dt.datetime) -> str:
    """2026-03-02."""
    return moment.date().isoformat()


def covered_period(covered: Period) -> str:
    """The days from and to which the data are about."""
    return day_range(covered.start, covered.end)


def day_range(start: str, end: str) -> str:
    """From one ISO day to another; either may be empty."""
    first, last = (long_day(text) if text else "" for text in (start, end))
    if not (first and last):
        return f"from {first}" if first else f"to {last}"
    return f"{first} to {last}"


def byte_size(count: int) -> str:
    """A number of bytes as people say it."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def counted_noun(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def paragraphs(text: str) -> list[str]:
    """A text cut where it has empty lines."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def dataset_title(listed: Listing) -> str:
    """What the dataset is called whoever publishes it."""
    return listed.title.removesuffix(f" – {listed.publisher.name}")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "counted": counted_noun,
    "dataset_place": dataset_overview_path,
    "dataset_title": dataset_title,
    "day": long_day,
    "first_paragraph": lambda text: (paragraphs(text) or [""])[0],
    "history_place": history_path,
    "iso_day": iso_day,
    "openness": lambda word: OPENNESS.get(word, word),
    "paragraphs": paragraphs,
    "period": covered_period,
    "personal": lambda word: PERSONAL.get(word, word),
    "place": dataset_path,
    "publisher_place": publisher_path,
    "release_place": release_path,
    "rows": total_rows,
    "short_day": short_day,
    "shown": state_label,
    "size": byte_size,
    "span": day_range,
    "thousands": lambda number: f"{number:,}",
    "verdict": lambda verdict: VERDICTS.get(verdict, (verdict, ""))[0],
    "verdict_sentence": lambda verdict: VERDICTS.get(verdict, ("", f"The verdict was: {verdict}."))[1],
}
