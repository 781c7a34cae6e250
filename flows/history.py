"""The releases that were made of a dataset, and its quality from one to the next, as the site shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from catalogue.city import Dimension, Past, PastFile, Standing, State, Tally
from flows.ledger import Step
from flows.publish import TREND, headings_told
from flows.tools import Tools
from packages.model import Check, Release, Report, Severity
from packages.release import open_release
from packages.spec import DatasetSpec
from quality.dimensions import in_time, measured, not_overdue
from quality.report import for_public, from_json


def history(spec: DatasetSpec, tools: Tools, shown: dict[str, Past]) -> tuple[Past, ...]:
    """The last releases, newest first; what the site has shown of one before is not read again."""
    identity = spec.identity
    back = _taken_back(tools.ledger.steps(identity, tools.settings.catalogue))
    found = []
    for digest in tools.ledger.releases(identity, TREND):
        past = shown.get(digest) or _past(tools.store.release_folder(identity, digest), spec)
        if past:
            found.append(past if past.taken_back == (digest in back) else replace(past, taken_back=digest in back))
    return tuple(found)


def _taken_back(steps: Iterable[Step]) -> frozenset[str]:
    """The releases that a rollback took back and nobody published since; the steps have the newest first."""
    last: dict[str, str] = {}
    for step in steps:
        if step.state in ("intent", "done", "taken back"):
            last.setdefault(step.release, step.state)
    return frozenset(release for release, state in last.items() if state == "taken back")


def _past(folder: Path, spec: DatasetSpec) -> Past | None:
    """What a stored release held; None when it is not kept any more."""
    if not folder.is_dir():
        return None
    release = open_release(folder)
    report = public_report(folder, spec)
    if report is None:
        return None
    covers = _covers(release)
    found = _measured((*report.checks, in_time(covers[1], release.sealed.date())), spec)
    return Past(
        release=release.digest,
        sealed=release.sealed,
        verdict=str(report.verdict),
        rows=sum(table.rows for table in release.tables),
        warnings=len(report.with_severity(Severity.WARN)),
        repaired=sum(change.count for change in report.changes),
        covers=covers,
        files=tuple(PastFile(file.name, file.bytes, file.sha256) for file in release.manifest),
        dimensions=tuple(Tally.of(dimension) for dimension in found),
        approved=bool(report.approved_by),
    )


def _covers(release: Release) -> tuple[str, str]:
    temporal = release.descriptor.get("temporal") or {}
    return str(temporal.get("start") or ""), str(temporal.get("end") or "")


def public_report(folder: Path, spec: DatasetSpec) -> Report | None:
    """A report as everybody may read it; None when it is not kept any more."""
    path = folder / "report.json"
    return for_public(from_json(path.read_bytes()), headings_told(spec)) if path.is_file() else None


def dimensions(
    report: Report | None, spec: DatasetSpec, standing: Standing, public: Past | None
) -> tuple[Dimension, ...]:
    """The six dimensions of what is public, or else of the file that was looked at last."""
    checks: list[Check] = [*report.checks] if report else []
    if public:
        checks.append(in_time(public.covers[1], public.sealed.date()))
        checks.append(not_overdue(standing.due, overdue=standing.state is State.OVERDUE))
    return _measured(checks, spec)


def _measured(checks: Iterable[Check], spec: DatasetSpec) -> tuple[Dimension, ...]:
    return tuple(
        Dimension(str(one.dimension), one.dimension.capitalize(), one.dimension.meaning, one.checks)
        for one in measured(checks, spec)
    )
