"""The releases that were made of a dataset, and its quality from one to the next, as the site shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from catalogue.site.status import (
    DatasetState,
    DatasetStatus,
    DimensionStatus,
    DimensionTally,
    ReleaseFile,
    ReleaseSummary,
)
from flows.publish import TREND, described_headings
from flows.services import Services
from flows.state.ledger import PublishStep
from packages.model import Check, Release, Report, Severity
from packages.release.seal import open_release
from packages.spec import DatasetSpec
from quality.dimensions import measure_dimensions, not_overdue, published_in_time
from quality.report import for_public, report_from_json


def release_history(spec: DatasetSpec, tools: Services, shown: dict[str, ReleaseSummary]) -> tuple[ReleaseSummary, ...]:
    """The last releases, newest first; what the site has shown of one before is not read again."""
    identity = spec.identity
    back = _taken_back(tools.ledger.steps(identity, tools.settings.catalogue))
    found = []
    for digest in tools.ledger.releases(identity, TREND):
        past = shown.get(digest) or _past(tools.store.release_folder(identity, digest), spec)
        if past:
            found.append(past if past.taken_back == (digest in back) else replace(past, taken_back=digest in back))
    return tuple(found)


def _taken_back(steps: Iterable[PublishStep]) -> frozenset[str]:
    """The releases that a rollback took back and nobody published since; the steps have the newest first."""
    last: dict[str, str] = {}
    for step in steps:
        if step.state in ("intent", "done", "taken back"):
            last.setdefault(step.release, step.state)
    return frozenset(release for release, state in last.items() if state == "taken back")


def _past(folder: Path, spec: DatasetSpec) -> ReleaseSummary | None:
    """What a stored release held; None when it is not kept any more."""
    if not folder.is_dir():
        return None
    release = open_release(folder)
    report = public_report(folder, spec)
    if report is None:
        return None
    covers = _covers(release)
    found = _measured((*report.checks, published_in_time(covers[1], release.sealed.date())), spec)
    return ReleaseSummary(
        release=release.digest,
        sealed=release.sealed,
        verdict=str(report.verdict),
        rows=sum(table.rows for table in release.tables),
        warnings=len(report.with_severity(Severity.WARN)),
        repaired=sum(change.count for change in report.changes),
        covers=covers,
        files=tuple(ReleaseFile(file.name, file.bytes, file.sha256) for file in release.manifest),
        dimensions=tuple(DimensionTally.of(dimension) for dimension in found),
        approved=bool(report.approved_by),
    )


def _covers(release: Release) -> tuple[str, str]:
    temporal = release.descriptor.get("temporal") or {}
    return str(temporal.get("start") or ""), str(temporal.get("end") or "")


def public_report(folder: Path, spec: DatasetSpec) -> Report | None:
    """A report as everybody may read it; None when it is not kept any more."""
    path = folder / "report.json"
    return for_public(report_from_json(path.read_bytes()), described_headings(spec)) if path.is_file() else None


def dimension_statuses(
    report: Report | None, spec: DatasetSpec, standing: DatasetStatus, public: ReleaseSummary | None
) -> tuple[DimensionStatus, ...]:
    """The six dimensions of what is public, or else of the file that was looked at last."""
    checks: list[Check] = [*report.checks] if report else []
    if public:
        checks.append(published_in_time(public.covers[1], public.sealed.date()))
        checks.append(not_overdue(standing.due, overdue=standing.state is DatasetState.OVERDUE))
    return _measured(checks, spec)


def _measured(checks: Iterable[Check], spec: DatasetSpec) -> tuple[DimensionStatus, ...]:
    return tuple(
        DimensionStatus(str(one.dimension), one.dimension.capitalize(), one.dimension.meaning, one.checks)
        for one in measure_dimensions(checks, spec)
    )
