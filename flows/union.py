"""All of London in one release: who is in it, from what is public now."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
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
"""What is said of a publisher whose latest file was stopped."""


def gather_members(dataset: str, tools: Services, now: dt.datetime) -> Extract:
    """The list of members, kept like any received file: the union is new when the list is.

    SetupProblem when nothing is public yet, WaitingForPerson when the rows of a member cannot be found any more.
    """
    found = public_members(dataset, tools)
    if not found:
        raise SetupProblem(
            f"No publisher of {dataset} is public yet.",
            fix=f"Publish one of them first: `londata nightly --only {dataset}`.",
        )
    return extract_bytes(members_to_json(found), f"{dataset}-publishers.json", store=tools.store.extracts, now=now)


def public_members(dataset: str, tools: Services) -> tuple[Member, ...]:
    """Every publisher of a dataset that is public now, in order."""
    known = {*list_identities(tools.settings.datasets), *tools.ledger.identities()}
    public = {i: tools.ledger.published(i, tools.settings.catalogue) for i in known if i.dataset == dataset}
    earlier = _public(Identity(dataset, LONDON), public.get(Identity(dataset, LONDON)), tools)
    mine = sorted((i, step) for i, step in public.items() if step and i.publisher != LONDON and _is_open(i, tools))
    return tuple(_member(identity, step, earlier, tools) for identity, step in mine)


def has_public_member(dataset: str, tools: Services) -> bool:
    """Whether any publisher of a dataset is public."""
    known = {i for i in (*list_identities(tools.settings.datasets), *tools.ledger.identities()) if i.dataset == dataset}
    return any(tools.ledger.published(i, tools.settings.catalogue) for i in known if i.publisher != LONDON)


def union_contains(union: Identity, publisher: str, tools: Services) -> bool:
    """Whether the union that is public has rows of a publisher; one that cannot be read is taken to have them."""
    step = tools.ledger.published(union, tools.settings.catalogue)
    if step is None:
        return False
    release = _public(union, step, tools)
    return release is None or publisher in _members_of(release)


def _is_open(identity: Identity, tools: Services) -> bool:
    try:
        return load_spec(identity, tools.settings.datasets).governance.is_open
    except SetupProblem:
        return True  # a description that is gone or damaged takes nothing back that is public


def _public(identity: Identity, step: PublishStep | None, tools: Services) -> Release | None:
    folder = tools.store.release_folder(identity, step.release) if step else None
    return open_release(folder) if folder and folder.is_dir() else None


def _member(identity: Identity, step: PublishStep, earlier: Release | None, tools: Services) -> Member:
    attempt = tools.ledger.last_attempt(identity)
    latest = LATEST.get(attempt.verdict, "published") if attempt else "published"
    release = _public(identity, step, tools)
    if release is not None:
        return _of_release(release, latest)
    told = _members_of(earlier).get(identity.publisher) if earlier else None
    if earlier is None or told is None or told["release"] != step.release:
        raise WaitingForPerson(
            f"The rows of {identity} cannot be found any more, though they are public.",
            fix=f"Bring {tools.store.release_folder(identity, step.release)} back, or publish {identity} again.",
            why="All of London stays as it is, rather than lose a borough.",
        )
    return Member(
        publisher=identity.publisher,
        release=step.release,
        rows={"": int(told["rows"])},
        received=told["received"],
        released=told["released"],
        covers_from=told["covers_from"],
        covers_until=told["covers_until"],
        latest_file=latest,
        within=earlier.digest,
    )


def _of_release(release: Release, latest: str) -> Member:
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
        latest_file=latest,
    )


def _day(text: str) -> str:
    """The day that a text begins with (ISO), or nothing: a period may be told in years only."""
    found = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
    return found[0] if found else ""


def _members_of(union: Release) -> Mapping[str, Mapping[str, str]]:
    """The table of publishers of a union, by publisher."""
    import csv

    with (union.folder / f"{MEMBERS}.csv").open(encoding="utf-8", newline="") as file:
        return {row["publisher"]: row for row in csv.DictReader(file)}
