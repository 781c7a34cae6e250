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
from flows.examine import described_headings
from flows.report_files import TREND
from flows.services import Services
from packages.model import Check, Report, Severity
from packages.release.seal import open_release
from packages.spec import DatasetSpec
from quality.dimensions import measure_dimensions, not_overdue, published_in_time
from quality.report import for_public, report_from_json


def release_history(
    spec: DatasetSpec, services: Services, shown: dict[str, ReleaseSummary]
) -> tuple[ReleaseSummary, ...]:
    """Return the last releases, newest first; one in `shown`, from the site as it is, is not read again."""
    identity = spec.identity
    last_state: dict[str, str] = {}
    for step in services.ledger.steps(identity, services.settings.catalogue):  # newest first
        if step.state in ("intent", "done", "taken back"):
            last_state.setdefault(step.release, step.state)
    summaries = []
    for digest in services.ledger.releases(identity, TREND):
        summary = shown.get(digest) or _summary(services.store.release_copy(identity, digest), spec)
        if summary:
            # the only part of a summary that can change after the release was made
            summaries.append(replace(summary, taken_back=last_state.get(digest) == "taken back"))
    return tuple(summaries)


def _summary(folder: Path, spec: DatasetSpec) -> ReleaseSummary | None:
    """Return what a stored release held; None when it is not kept any more."""
    if not folder.is_dir():
        return None
    release = open_release(folder)
    report = public_report(folder, spec)
    if report is None:
        return None
    # Data Package descriptors may leave either end open
    period = release.descriptor.get("temporal") or {}
    covers = str(period.get("start") or ""), str(period.get("end") or "")
    dimensions = _measure((*report.checks, published_in_time(covers[1], release.sealed.date())), spec)
    return ReleaseSummary(
        release=release.digest,
        sealed=release.sealed,
        verdict=str(report.verdict),
        rows=sum(table.rows for table in release.tables),
        warnings=len(report.with_severity(Severity.WARN)),
        repaired=sum(change.count for change in report.changes),
        covers=covers,
        files=tuple(ReleaseFile(file.name, file.bytes, file.sha256) for file in release.manifest),
        dimensions=tuple(DimensionTally.of(dimension) for dimension in dimensions),
        approved=bool(report.decided),
    )


def public_report(folder: Path, spec: DatasetSpec) -> Report | None:
    """Return a report as the public may read it; None when it is not kept any more."""
    path = folder / "report.json"
    return for_public(report_from_json(path.read_bytes()), described_headings(spec)) if path.is_file() else None


def dimension_statuses(
    report: Report | None, spec: DatasetSpec, status: DatasetStatus, public: ReleaseSummary | None
) -> tuple[DimensionStatus, ...]:
    """Return the six dimensions of what is public, or else of the file that was judged last."""
    checks: list[Check] = [*report.checks] if report else []
    if public:
        checks.append(published_in_time(public.covers[1], public.sealed.date()))
        checks.append(not_overdue(status.due, overdue=status.state is DatasetState.OVERDUE))
    return _measure(checks, spec)


def _measure(checks: Iterable[Check], spec: DatasetSpec) -> tuple[DimensionStatus, ...]:
    return tuple(
        DimensionStatus(
            str(measured.dimension), measured.dimension.capitalize(), measured.dimension.meaning, measured.checks
        )
        for measured in measure_dimensions(checks, spec)
    )
