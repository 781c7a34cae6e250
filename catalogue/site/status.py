"""What is known of every dataset of every publisher besides its listing: plain values that the pages are made of.

Whoever reads the ledger and the clock makes them; here they are only shown. They are kept in the site as JSON, so that
one new release does not need all of them again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from catalogue.listing import Listing
from packages.model import Check, CheckOutcome, Identity


class DatasetState(StrEnum):
    """How a dataset of a publisher stands. What was never received is awaited or overdue, and has not failed."""

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
    """One cell of London on one page. `since` is the day (ISO) that its age counts from, `due` when news is expected.

    `release` is the digest of the release that is public, `released` its day. All of them may be empty.
    """

    identity: Identity
    title: str
    publisher: str
    state: DatasetState
    since: str = ""
    due: str = ""
    released: str = ""
    release: str = ""

    @classmethod
    def of(cls, listed: Listing, known: DatasetStatus | None) -> DatasetStatus:
        """How a dataset stands as soon as its listing is public; what a later look finds may differ."""
        if known and known.release == listed.release:
            return known
        day = listed.modified.date().isoformat()
        title = listed.title.removesuffix(f" – {listed.publisher.name}")
        name = listed.publisher.name
        return cls(
            listed.identity, title, name, DatasetState.UP_TO_DATE, since=day, released=day, release=listed.release
        )


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: what, where, how, why, who, and whether it must be done before anything is published."""

    must: bool
    what: str
    where: str
    fix: str
    why: str
    who: str


@dataclass(frozen=True, slots=True)
class DimensionStatus:
    """One dimension of data quality and the checks that it is derived from; none when nothing measures it."""

    name: str
    title: str
    meaning: str
    checks: tuple[Check, ...] = ()

    def ended(self, outcome: CheckOutcome) -> tuple[Check, ...]:
        """The checks that ended so."""
        return tuple(check for check in self.checks if check.outcome == outcome)


@dataclass(frozen=True, slots=True)
class DimensionTally:
    """One dimension of an earlier release in short: how many checks passed, and which did not or did not run."""

    name: str
    title: str
    passed: int
    failed: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()

    @classmethod
    def of(cls, dimension: DimensionStatus) -> DimensionTally:
        """A dimension in short."""
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
    """One release that was made, public now or earlier: what it held and how it was found."""

    release: str
    sealed: dt.datetime
    verdict: str
    rows: int
    warnings: int
    repaired: int
    covers: tuple[str, str]
    files: tuple[ReleaseFile, ...]
    dimensions: tuple[DimensionTally, ...]
    approved: bool = False
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class InformationAsset:
    """What the information asset register says of a dataset; empty where nobody has said it."""

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


@dataclass(frozen=True, slots=True)
class DatasetOverview:
    """Everything about one dataset of one publisher. `judged` is the day of the report that the tasks come from.

    `steps` say how the data are made: title and text. `history` has the newest release first. `page` is where it is
    listed, when that is another catalogue.
    """

    standing: DatasetStatus
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
        return self.standing.identity

    def now_listed(self, listed: Listing) -> DatasetOverview:
        """The same as soon as a release is public: what had to be done before is done."""
        standing = DatasetStatus.of(listed, self.standing)
        tasks = self.tasks if standing == self.standing else tuple(task for task in self.tasks if not task.must)
        return replace(self, standing=standing, tasks=tasks)


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """All of London: every publisher by slug and name, whether or not anything is expected of it, and every holding."""

    publishers: tuple[tuple[str, str], ...]
    holdings: tuple[DatasetOverview, ...]


# --- as JSON ----------------------------------------------------------------------------------------------------------


def canonical_json(value: Any) -> bytes:
    """A value of this module as JSON: the same value always gives the same bytes."""
    # without indents, which the quick half of the JSON module does not know
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, default=_plain) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Identity):
        return str(value)
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def statuses_to_json(standings: Iterable[DatasetStatus], publishers: Iterable[tuple[str, str]]) -> bytes:
    """London on one page for programs, `london.json`."""
    ordered = sorted(standings, key=lambda one: one.identity)
    return canonical_json({"publishers": [list(one) for one in publishers], "datasets": ordered})


def statuses_from_json(text: bytes) -> tuple[tuple[DatasetStatus, ...], tuple[tuple[str, str], ...]]:
    """Read back what `standings_to_json` wrote: the standings and the publishers."""
    held = json.loads(text)
    publishers = tuple((slug, name) for slug, name in held["publishers"])
    return tuple(_standing(entry) for entry in held["datasets"]), publishers


def overview_from_json(text: bytes) -> DatasetOverview:
    """Read back a dumped holding; KeyError, TypeError or ValueError when it is something else."""
    held = json.loads(text)
    made = {
        "standing": _standing(held["standing"]),
        "asset": InformationAsset(**held["asset"]),
        "steps": tuple((title, said) for title, said in held["steps"]),
        "tasks": tuple(Task(**entry) for entry in held["tasks"]),
        "history": tuple(_past(entry) for entry in held["history"]),
        "dimensions": _dimensions(held["dimensions"]),
    }
    return DatasetOverview(**held | made)


def _standing(held: dict[str, Any]) -> DatasetStatus:
    return DatasetStatus(**held | {"identity": Identity.parse(held["identity"]), "state": DatasetState(held["state"])})


def _past(held: dict[str, Any]) -> ReleaseSummary:
    start, end = held["covers"]
    made = {
        "sealed": dt.datetime.fromisoformat(held["sealed"]),
        "covers": (start, end),
        "files": tuple(ReleaseFile(**entry) for entry in held["files"]),
        "dimensions": tuple(_tally(entry) for entry in held["dimensions"]),
    }
    return ReleaseSummary(**held | made)


def _tally(held: dict[str, Any]) -> DimensionTally:
    return DimensionTally(**held | {name: tuple(held[name]) for name in ("failed", "not_run")})


def _dimensions(held: Iterable[dict[str, Any]]) -> tuple[DimensionStatus, ...]:
    return tuple(
        DimensionStatus(**entry | {"checks": tuple(_check(check) for check in entry["checks"])}) for entry in held
    )


def _check(held: dict[str, Any]) -> Check:
    return Check(**held | {"outcome": CheckOutcome(held["outcome"])})
