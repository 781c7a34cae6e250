"""Made-up overviews of the releases in tests.catalogue.city: every state, a history, tasks, the register."""

from __future__ import annotations

import datetime as dt

from catalogue.site.status import (
    DatasetOverview,
    DatasetState,
    DatasetStatus,
    DimensionStatus,
    DimensionTally,
    InformationAsset,
    ReleaseFile,
    ReleaseSummary,
    SiteStatus,
    Task,
)
from packages.model import Check, CheckOutcome, Identity
from packages.vocabulary import publishers
from tests.catalogue.city import PACKAGES, SEALED

DIMENSIONS = (
    DimensionStatus("completeness", "Completeness", "Is everything there that should be?",
              (Check("reading", "The whole file could be read", CheckOutcome.PASSED),
               Check("payments/purpose/not-null", "The purpose is given", CheckOutcome.FAILED, "12 of 90 rows"))),
    DimensionStatus("uniqueness", "Uniqueness", "Is each thing there once?"),
    DimensionStatus("consistency", "Consistency", "Do the data agree with themselves and with the last release?",
              (Check("drift-rows", "About as many rows as in the last release", CheckOutcome.NOT_RUN, "It stopped."),)),
    DimensionStatus("timeliness", "Timeliness", "Are they there when they are needed?",
              (Check("in-time", "It came out within a month of the period that it covers", CheckOutcome.PASSED),)),
    DimensionStatus("validity", "Validity", "Do they have the form, type and range that is agreed?",
              (Check("cells", "Every cell has the form that its column asks for", CheckOutcome.PASSED),)),
    DimensionStatus("accuracy", "Accuracy", "Do they match the world?"),
)  # fmt: skip

TASKS = (
    Task(True, "“Payment date” is not a date in 3 rows.", "Column “Payment date”, rows 20, 21 and 44 (3 of 90)",
         "Write a day that exists as year-month-day.", "Dates that cannot be read cannot be sorted.", "Data officer"),
    Task(False, "The purpose is missing in more than one line in ten.", "Column “Purpose”, 12 of 90 rows",
         "Add the column to the export.", "The Transparency Code asks for it.", "Data officer"),
)  # fmt: skip

ASSET = InformationAsset(
    owner="Head of finance",
    purpose="Show how public money is spent.",
    lawful_basis="Legal obligation",
    personal_data="personal",
    dpia="Not needed while names are replaced before the file reaches us",
    sharing_agreement="Not needed",
    retention="The last 12 releases",
    reviewed="2026-01-15",
    licence="Open Government Licence v3.0",
    controller="London Borough of Camden",
    joint_controllers="None",
    contact="Open data team",
    dpo="The Data Protection Officer of the council",
    concerns="payees-and-roles",
    subjects="Sole traders",
    categories="Trading names and amounts",
    recipients="Everybody",
    transfers="None",
    security="Folders of one account",
    location="In the United Kingdom",
    supplier="The supplier of the finance system",
    system="Finance system",
    exportable="yes",
    sharing_reference="ISG-14",
    sharing_ends="2027-03-31",
    review_due="2027-01-15",
    review="in time",
    answered="2026-01-15",
    creator="London Borough of Camden",
    classification="OFFICIAL",
)


def release_summary(release: str, sealed: dt.datetime = SEALED) -> ReleaseSummary:
    """A release with what its checks found."""
    return ReleaseSummary(
        release=release,
        sealed=sealed,
        verdict="publish",
        rows=3,
        warnings=1,
        repaired=7,
        covers=("2026-01-05", "2026-02-27"),
        files=(ReleaseFile("payments.csv", 190, "a" * 64), ReleaseFile("payments.parquet", 1900, "b" * 64)),
        dimensions=tuple(DimensionTally.of(dimension) for dimension in DIMENSIONS),
    )


def overview(
    identity: Identity, state: DatasetState = DatasetState.UP_TO_DATE, history: tuple[ReleaseSummary, ...] = ()
) -> DatasetOverview:
    """What is known of one dataset; it is public when it has a history."""
    is_stopped = state in (DatasetState.FAILED, DatasetState.HELD)
    released = history[0].sealed.date().isoformat() if history else ""
    release = history[0].release if history else ""
    since = "" if state in (DatasetState.AWAITED, DatasetState.NOT_EXPECTED) else "2026-03-02"
    title = str(PACKAGES[identity.dataset]["title"])
    name = publishers()[identity.publisher].name
    status = DatasetStatus(identity, title, name, state, since, "2026-04-02", released, release)
    return DatasetOverview(
        status=status,
        cadence="Monthly",
        description=str(PACKAGES[identity.dataset]["description"]),
        asset=ASSET
        if identity.dataset == "spend-over-500"
        else InformationAsset(openness="shared", reason="It names people."),
        steps=(("Received", "from a file that the publisher hands over"), ("Written", "as CSV and Parquet")),
        tasks=TASKS if is_stopped else TASKS[1:],
        judged="2026-03-02",
        history=history,
        dimensions=DIMENSIONS if history or is_stopped else (),
    )


def city(*overviews: DatasetOverview) -> SiteStatus:
    """All publishers of London, and these overviews."""
    named = sorted((known.name, known.slug) for known in publishers().values())
    return SiteStatus(tuple((slug, name) for name, slug in named), overviews)
