"""Made-up holdings for the releases of tests.catalogue.city: every state, a history, tasks, a register."""

from __future__ import annotations

import datetime as dt

from catalogue.city import (
    Asset,
    City,
    Dimension,
    Holding,
    Past,
    PastFile,
    Standing,
    State,
    Tally,
    Task,
)
from packages.model import Check, Identity, Outcome
from packages.vocabulary import publishers
from tests.catalogue.city import PACKAGES, SEALED

DIMENSIONS = (
    Dimension("completeness", "Completeness", "Is everything there that should be?",
              (Check("reading", "The whole file could be read", Outcome.PASSED),
               Check("payments/purpose/not-null", "The purpose is given", Outcome.FAILED, "12 of 90 rows"))),
    Dimension("uniqueness", "Uniqueness", "Is each thing there once?"),
    Dimension("consistency", "Consistency", "Do the data agree with themselves and with the last release?",
              (Check("drift-rows", "About as many rows as in the last release", Outcome.NOT_RUN, "It stopped."),)),
    Dimension("timeliness", "Timeliness", "Are they there when they are needed?",
              (Check("in-time", "It came out within a month of the period that it covers", Outcome.PASSED),)),
    Dimension("validity", "Validity", "Do they have the form, type and range that is agreed?",
              (Check("cells", "Every cell has the form that its column asks for", Outcome.PASSED),)),
    Dimension("accuracy", "Accuracy", "Do they match the world?"),
)  # fmt: skip

TASKS = (
    Task(True, "“Payment date” is not a date in 3 rows.", "Column “Payment date”, rows 20, 21 and 44 (3 of 90)",
         "Write a day that exists as year-month-day.", "Dates that cannot be read cannot be sorted.", "Data officer"),
    Task(False, "The purpose is missing in more than one line in ten.", "Column “Purpose”, 12 of 90 rows",
         "Add the column to the export.", "The Transparency Code asks for it.", "Data officer"),
)  # fmt: skip

ASSET = Asset(
    owner="Head of finance",
    purpose="Show how public money is spent.",
    lawful_basis="Legal obligation",
    personal_data="personal",
    dpia="Not needed while names are replaced before the file reaches us",
    sharing_agreement="Not needed",
    retention="The last 12 releases",
    reviewed="2026-01-15",
    licence="Open Government Licence v3.0",
)


def past(release: str, sealed: dt.datetime = SEALED) -> Past:
    """A release that was made before."""
    return Past(
        release=release,
        sealed=sealed,
        verdict="publish",
        rows=3,
        warnings=1,
        repaired=7,
        covers=("2026-01-05", "2026-02-27"),
        files=(PastFile("payments.csv", 190, "a" * 64), PastFile("payments.parquet", 1900, "b" * 64)),
        dimensions=tuple(Tally.of(dimension) for dimension in DIMENSIONS),
    )


def holding(identity: Identity, state: State = State.UP_TO_DATE, history: tuple[Past, ...] = ()) -> Holding:
    """What is known of one dataset; it is public when it has a history."""
    stopped = state in (State.FAILED, State.HELD)
    released = history[0].sealed.date().isoformat() if history else ""
    release = history[0].release if history else ""
    since = "" if state in (State.AWAITED, State.NOT_EXPECTED) else "2026-03-02"
    title = str(PACKAGES[identity.dataset]["title"])
    name = publishers()[identity.publisher].name
    standing = Standing(identity, title, name, state, since, "2026-04-02", released, release)
    return Holding(
        standing=standing,
        cadence="Monthly",
        description=str(PACKAGES[identity.dataset]["description"]),
        asset=ASSET if identity.dataset == "spend-over-500" else Asset(openness="shared", reason="It names people."),
        steps=(("Received", "from a file that the publisher hands over"), ("Written", "as CSV and Parquet")),
        tasks=TASKS if stopped else TASKS[1:],
        judged="2026-03-02",
        history=history,
        dimensions=DIMENSIONS if history or stopped else (),
    )


def city(*holdings: Holding) -> City:
    """All publishers of London, and these holdings."""
    named = sorted((one.name, one.slug) for one in publishers().values())
    return City(tuple((slug, name) for name, slug in named), holdings)
