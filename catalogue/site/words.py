"""The wording of the pages: days, sizes, addresses, states; and the filters of the templates. Pure."""

from __future__ import annotations

import datetime as dt
import re
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
from catalogue.look.look import Place
from catalogue.look.periods import period_words
from catalogue.look.time_drawing import amount_words
from catalogue.site.status import DatasetState, DimensionTally
from packages.vocabulary import publishers

NUMBER = re.compile(r"-?\d+(\.\d+)?")
"""A cell that is set to the right."""

VERDICTS = {
    "publish": ("Passed", "It passed its checks."),
    "held": ("Reviewed", "A person looked at what the checks found and decided to publish it."),
    "unchanged": ("Passed", "It passed its checks."),
}
"""A verdict as a word and as a sentence."""

PERSONAL = {
    "none": "None",
    "roles": "People in their public work",
    "personal": "Personal data, taken out before publishing",
    "special-category": "Special categories, taken out before publishing",
}
"""The personal data in the source of a dataset, by the word in its description."""

CONCERNS = {
    "none": "Nobody",
    "payees-and-roles": "Payees, and people in their public work",
    "counts": "Counts of people",
    "people": "Single people",
}
"""Whom the published fields of a dataset are about, by its class."""

REVIEWS = {
    "overdue": "Overdue",
    "soon": "Due within 90 days",
    "in time": "In time",
    "never": "Never reviewed",
}
"""How the next review stands."""

EXPORTABLE = {"yes": "Yes, all of it", "partly": "Partly", "no": "No"}

OPENNESS = {"open": "Open", "shared": "Shared with named bodies", "closed": "Closed"}


@dataclass(frozen=True, slots=True)
class StateLabel:
    """A state on the page: its word, the id of its SVG symbol, the word before its day, and its meaning."""

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
"""Every state, in the order of the legend."""


def state_label(state: DatasetState) -> StateLabel:
    """Return how a state is shown."""
    return STATES[state]


def total_rows(listed: Listing) -> int:
    """Return the number of rows: a resource counts once, though there are two files of it."""
    return sum({file.resource: file.rows or 0 for file in listed.distributions}.values())


def long_day(day: dt.date | str) -> str:
    """Return a day, or an ISO text that begins with one, as `2 March 2026`."""
    date = dt.date.fromisoformat(day[:10]) if isinstance(day, str) else day
    # not %d, which has a leading zero
    return f"{date.day} {date:%B %Y}"


def short_day(day: str) -> str:
    """Return the day at the start of an ISO text as `2 Mar 2026`."""
    date = dt.date.fromisoformat(day[:10])
    return f"{date.day} {date:%b %Y}"


def covered_period(period: Period) -> str:
    """Return the days that the data cover, in words."""
    return day_range(period.start, period.end)


def day_range(start: str, end: str) -> str:
    """Return two ISO days in words; either may be empty."""
    first, last = (long_day(text) if text else "" for text in (start, end))
    if not (first and last):
        return f"from {first}" if first else f"to {last}"
    return f"{first} to {last}"


def byte_size(count: int) -> str:
    """Return a number of bytes as people say it: `512 bytes`, `1.4 kB`, `12 MB`."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def counted_noun(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: `1 row`, `2 rows`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def paragraphs(text: str) -> list[str]:
    """Cut a text where it has empty lines."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def where_words(place: Place) -> str:
    """Return where a place is: its degrees, or the box of its outline."""
    pairs = [pair for ring in place.rings for pair in ring]
    if place.is_point:
        longitude, latitude = pairs[0]
        return f"{latitude:.5f} north, {abs(longitude):.5f} {'east' if longitude >= 0 else 'west'}"
    (west, east), (south, north) = ((min(axis), max(axis)) for axis in zip(*pairs, strict=True))
    return f"{south:.4f} to {north:.4f} north, longitudes {west:.4f} to {east:.4f}"


def tally_words(tally: DimensionTally) -> str:
    """Return a dimension of a release in a few words, never as a score."""
    if tally.failed:
        return f"{len(tally.failed)} found something"
    if tally.passed:
        return "nothing found" if not tally.not_run else f"nothing found; {len(tally.not_run)} did not run"
    return "not measured"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "byte_size": byte_size,
    "concerns": lambda word: CONCERNS.get(word, word),
    "amount_words": amount_words,
    "counted_noun": counted_noun,
    "covered_period": covered_period,
    "dataset_overview_path": dataset_overview_path,
    "dataset_path": dataset_path,
    "day_range": day_range,
    "exportable": lambda word: EXPORTABLE.get(word, word),
    "history_path": history_path,
    "is_number": lambda cell: bool(NUMBER.fullmatch(cell)),
    "long_day": long_day,
    "openness": lambda word: OPENNESS.get(word, word),
    "paragraphs": paragraphs,
    "personal_data": lambda word: PERSONAL.get(word, word),
    "period_words": period_words,
    "publisher_name": lambda slug: publishers()[slug].name if slug in publishers() else slug,
    "publisher_path": publisher_path,
    "release_path": release_path,
    "review": lambda word: REVIEWS.get(word, word),
    "short_day": short_day,
    "state_label": state_label,
    "tally_words": tally_words,
    "thousands": lambda number: f"{number:,}",
    "total_rows": total_rows,
    "where": where_words,
    "verdict_sentence": lambda verdict: VERDICTS.get(verdict, ("", f"The verdict was: {verdict}."))[1],
    "verdict_word": lambda verdict: VERDICTS.get(verdict, (verdict, ""))[0],
}
"""The filters of the templates, by name."""
