"""What is known of every dataset besides its listing: plain values that the pages are made of.

They are made from the ledger and the clock elsewhere; here they are only values. The site keeps them as JSON, so that
one new release does not need all of them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, TypeAdapter

from catalogue.listing import Listing, Moment, dataset_title
from packages.model import Check, CheckOutcome, Identity

IdentityText = Annotated[Identity, BeforeValidator(Identity.parse), PlainSerializer(str, when_used="json")]
"""An identity that is written as `dataset/publisher` in JSON."""


class DatasetState(StrEnum):
    """The state of one dataset of one publisher. What was never received is awaited or overdue; it has not failed."""

    UP_TO_DATE = "up to date"
    DUE_SOON = "due soon"
    OVERDUE = "overdue"
    HELD = "held"
    FAILED = "failed"
    AWAITED = "awaited"
    WITHDRAWN = "withdrawn"
    NOT_EXPECTED = "not expected"


@dataclass(frozen=True, slots=True)
class DatasetStatus:
    """One cell of the table of publishers by datasets.

    `since` is the day (ISO) from which its age counts, `due` the day on which the next release is expected. `release`
    is the digest of the public release, `released` its day. Each is empty when not known.
    """

    identity: IdentityText
    title: str
    publisher: str
    state: DatasetState
    since: str = ""
    due: str = ""
    released: str = ""
    release: str = ""

    @classmethod
    def of(cls, listed: Listing, known: DatasetStatus | None) -> DatasetStatus:
        """Return the status at the moment of publication: what is known if it is of this release, else up to date."""
        if known and known.release == listed.release:
            return known
        day = listed.modified.date().isoformat()
        return cls(
            listed.identity,
            dataset_title(listed),
            listed.publisher.name,
            DatasetState.UP_TO_DATE,
            since=day,
            released=day,
            release=listed.release,
        )


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: what, where, how, why and who. Until a task that `must` be done is, nothing is published."""

    must: bool
    what: str
    where: str
    fix: str
    why: str
    who: str


@dataclass(frozen=True, slots=True)
class DimensionStatus:
    """One dimension of data quality and the checks behind it; without checks it is not measured."""

    name: str
    title: str
    meaning: str
    checks: tuple[Check, ...] = ()

    def ended(self, outcome: CheckOutcome) -> tuple[Check, ...]:
        """Return the checks with this outcome."""
        return tuple(check for check in self.checks if check.outcome == outcome)


@dataclass(frozen=True, slots=True)
class DimensionTally:
    """One dimension of an earlier release: the number of checks that passed, and the titles of all others."""

    name: str
    title: str
    passed: int
    failed: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()

    @classmethod
    def of(cls, dimension: DimensionStatus) -> DimensionTally:
        """Count the checks of a dimension by their outcome."""
        failed, not_run = (
            tuple(check.title for check in dimension.ended(outcome))
            for outcome in (CheckOutcome.FAILED, CheckOutcome.NOT_RUN)
        )
        return cls(dimension.name, dimension.title, len(dimension.ended(CheckOutcome.PASSED)), failed, not_run)


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One file of a release: name, size in bytes, sha256 (hex)."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """One release, public now or earlier: its content and what the checks found.

    `covers` are the first and the last day (ISO) of the data; `taken_back` says that an earlier release replaced it.
    """

    release: str
    sealed: Moment
    verdict: str
    rows: int
    warnings: int
    repaired: int
    covers: tuple[str, str]
    files: tuple[ReleaseFile, ...]
    dimensions: tuple[DimensionTally, ...]
    approved: bool = False
    taken_back: bool = False


ALWAYS_WRITTEN = 11
"""The first fields of an asset, which other programs have always found in the JSON."""


@dataclass(frozen=True, slots=True)
class InformationAsset:
    """The entry of a dataset in the information asset register; a field that was never filled in is empty.

    `concerns` is the class: whom the published fields are about. `review_due` is a day, `review` says how it stands
    today: `overdue`, `soon`, `in time` or `never`. `answered` is the day on which the screening questions were
    answered. What comes after the licence is written to JSON only where it is filled.
    """

    owner: str = ""
    purpose: str = ""
    lawful_basis: str = ""
    personal_data: str = ""
    dpia: str = ""
    sharing_agreement: str = ""
    retention: str = ""
    reviewed: str = ""
    openness: str = "open"
    reason: str = ""
    licence: str = ""
    controller: str = ""
    joint_controllers: str = ""
    contact: str = ""
    dpo: str = ""
    concerns: str = ""
    subjects: str = ""
    categories: str = ""
    condition: str = ""
    law: str = ""
    recipients: str = ""
    transfers: str = ""
    security: str = ""
    location: str = ""
    supplier: str = ""
    system: str = ""
    exportable: str = ""
    sharing_reference: str = ""
    sharing_ends: str = ""
    review_due: str = ""
    review: str = ""
    answered: str = ""
    creator: str = ""
    classification: str = ""


@dataclass(frozen=True, slots=True)
class DatasetOverview:
    """Everything known of one dataset of one publisher.

    `steps` say how the data are made (title, text). `judged` is the day of the report that the tasks come from.
    `history` has the newest release first. `page` is the address of the listing in another catalogue, if there is one.
    """

    # `standing` is the key in holding.json, which other programs read
    status: Annotated[DatasetStatus, Field(alias="standing")]
    cadence: str
    description: str
    asset: InformationAsset
    steps: tuple[tuple[str, str], ...] = ()
    tasks: tuple[Task, ...] = ()
    judged: str = ""
    history: tuple[ReleaseSummary, ...] = ()
    dimensions: tuple[DimensionStatus, ...] = ()
    page: str = ""

    @property
    def identity(self) -> Identity:
        return self.status.identity

    def now_listed(self, listed: Listing) -> DatasetOverview:
        """Return the overview as of the publication of a release: a new one leaves no task that must be done first."""
        status = DatasetStatus.of(listed, self.status)
        tasks = self.tasks if status == self.status else tuple(task for task in self.tasks if not task.must)
        return replace(self, status=status, tasks=tasks)


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """The whole site: every publisher (slug, name), whether or not anything is expected of it, and every dataset."""

    publishers: tuple[tuple[str, str], ...]
    overviews: tuple[DatasetOverview, ...]


# --- as JSON ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _StatusFile:
    """The content of `london.json`."""

    publishers: tuple[tuple[str, str], ...]
    datasets: tuple[DatasetStatus, ...]


# built on first use: an adapter takes milliseconds, and most commands never need one
@cache
def _status_file_adapter() -> TypeAdapter[_StatusFile]:
    return TypeAdapter(_StatusFile)


@cache
def _overview_adapter() -> TypeAdapter[DatasetOverview]:
    return TypeAdapter(DatasetOverview)


def statuses_to_json(statuses: Iterable[DatasetStatus], publishers: Iterable[tuple[str, str]]) -> bytes:
    """Return `london.json`, the table of publishers by datasets for programs."""
    datasets = tuple(sorted(statuses, key=lambda status: status.identity))
    return _canonical_json(_status_file_adapter().dump_python(_StatusFile(tuple(publishers), datasets), mode="json"))


def statuses_from_json(text: bytes) -> tuple[tuple[DatasetStatus, ...], tuple[tuple[str, str], ...]]:
    """Read what `statuses_to_json` wrote: the statuses and the publishers; ValueError when it is something else."""
    content = _status_file_adapter().validate_json(text, strict=True, extra="forbid")
    return content.datasets, content.publishers


def overview_to_json(overview: DatasetOverview) -> bytes:
    """Return the content of `holding.json`."""
    value = _overview_adapter().dump_python(overview, mode="json", by_alias=True)
    always = [field.name for field in fields(InformationAsset)][:ALWAYS_WRITTEN]
    value["asset"] = {key: said for key, said in value["asset"].items() if said or key in always}
    return _canonical_json(value)


def overview_from_json(text: bytes) -> DatasetOverview:
    """Read what `overview_to_json` wrote; ValueError when it is something else."""
    return _overview_adapter().validate_json(text, strict=True, extra="forbid")


def _canonical_json(value: Any) -> bytes:
    """Return JSON that has the same bytes for the same value."""
    # pydantic writes keys in the order of the fields; without indents, because only then json uses its C encoder
    return (json.dumps(value, sort_keys=True, ensure_ascii=False) + "\n").encode()
