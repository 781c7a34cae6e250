"""All of London in one release: which publishers are in it, from what is public now."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flows.services import Services
from packages.errors import SetupProblem, WaitingForPerson
from packages.fetch import extract_bytes
from packages.model import Extract, Identity, Release, Verdict
from packages.release.seal import open_release
from packages.spec import LONDON, list_identities, load_spec
from packages.spec.union import MEMBERS
from packages.union import Member, members_to_json
from quality.report import report_from_json

if TYPE_CHECKING:
    from flows.state.ledger import PublishStep

LATEST = {Verdict.HELD: "held", Verdict.BLOCKED: "blocked"}
"""The word in the table of members for a publisher whose latest file was stopped."""


def gather_members(dataset: str, services: Services, now: dt.datetime) -> Extract:
    """Return the list of members, kept like any received file: the union is new when the list is.

    SetupProblem when nothing is public yet, WaitingForPerson when the rows of a member cannot be found any more.
    """
    # in a fixed order, so that the same members give the same bytes and nothing is published anew
    members = public_members(dataset, services)
    if not members:
        raise SetupProblem(
            f"No publisher of {dataset} is public yet.",
            fix=f"Publish one of them first: `londata nightly --only {dataset}`.",
        )
    return extract_bytes(members_to_json(members), f"{dataset}-publishers.json", store=services.store.extracts, now=now)


def public_members(dataset: str, services: Services) -> tuple[Member, ...]:
    """Return every publisher of a dataset that is public now, in order."""
    union = Identity(dataset, LONDON)
    public = {identity: _published_step(identity, services) for identity in _known_identities(dataset, services)}
    earlier = _public_release(union, public.get(union), services)
    steps = sorted((i, step) for i, step in public.items() if step and i != union and _is_open(i, services))
    return tuple(_member(identity, step, earlier, services) for identity, step in steps)


def has_public_member(dataset: str, services: Services) -> bool:
    """Return whether any publisher of a dataset is public."""
    known = _known_identities(dataset, services)
    return any(_published_step(identity, services) for identity in known if identity.publisher != LONDON)


def union_contains(union: Identity, publisher: str, services: Services) -> bool:
    """Return whether the public union has rows of a publisher; one that cannot be read is taken to have them."""
    step = _published_step(union, services)
    if step is None:
        return False
    release = _public_release(union, step, services)
    return release is None or publisher in _members_of(release.folder)


def union_members(folder: Path) -> Mapping[str, str]:
    """Return the release of each publisher whose rows are in a release of a union, by publisher."""
    return {name: row["release"] for name, row in _members_of(folder).items()}


def _known_identities(dataset: str, services: Services) -> frozenset[Identity]:
    """Return every publisher of a dataset that is described, or was published before its description was removed."""
    return frozenset((*list_identities(services.settings.datasets, dataset), *services.ledger.identities(dataset)))


def _published_step(identity: Identity, services: Services) -> PublishStep | None:
    return services.ledger.published(identity, services.settings.catalogue)


def _is_open(identity: Identity, services: Services) -> bool:
    try:
        return load_spec(identity, services.settings.datasets).governance.is_open
    except SetupProblem:
        return True  # a description that is gone or damaged takes nothing back that is public


def _public_release(identity: Identity, step: PublishStep | None, services: Services) -> Release | None:
    folder = services.store.release_folder(identity, step.release) if step else None
    return open_release(folder) if folder and folder.is_dir() else None


def _member(identity: Identity, step: PublishStep, earlier: Release | None, services: Services) -> Member:
    """Return a publisher's entry, from its own release or, when that is not kept any more, from the earlier union."""
    attempt = services.ledger.last_attempt(identity)
    latest_file = LATEST.get(attempt.verdict, "published") if attempt else "published"
    release = _public_release(identity, step, services)
    if release is not None:
        return _member_of_release(release, latest_file)
    row = _members_of(earlier.folder).get(identity.publisher) if earlier else None
    if earlier is None or row is None or row["release"] != step.release:
        raise WaitingForPerson(
            f"The rows of {identity} cannot be found any more, though they are public.",
            fix=f"Bring {services.store.release_folder(identity, step.release)} back, or publish {identity} again.",
            why="All of London stays as it is, rather than lose a borough.",
        )
    return Member(
        publisher=identity.publisher,
        release=step.release,
        # the counts of its tables are not in the earlier union, only their sum
        rows={"": int(row["rows"])},
        received=row["received"],
        released=row["released"],
        covers_from=row["covers_from"],
        covers_until=row["covers_until"],
        latest_file=latest_file,
        within=earlier.digest,
    )


def _member_of_release(release: Release, latest_file: str) -> Member:
    period = release.descriptor.get("temporal") or {}
    report = report_from_json((release.folder / "report.json").read_bytes())
    return Member(
        publisher=release.identity.publisher,
        release=release.digest,
        rows={table.name: table.rows for table in release.tables},
        received=_day(report.source.get("retrieved", "")),
        released=release.sealed.date().isoformat(),
        covers_from=_day(str(period.get("start", ""))),
        covers_until=_day(str(period.get("end", ""))),
        latest_file=latest_file,
    )


def _day(text: str) -> str:
    """Return the day (ISO) that a text begins with; empty when there is none: a period may be given in years only."""
    found = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
    return found[0] if found else ""


def _members_of(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Return the table of publishers of a union (the folder of its release), by publisher."""
    with (folder / f"{MEMBERS}.csv").open(encoding="utf-8", newline="") as file:
        return {row["publisher"]: row for row in csv.DictReader(file)}
