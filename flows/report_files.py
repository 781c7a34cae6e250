"""The files of a report: how they are rendered, the trend that they show, where those of a stopped file are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.examine import Examination, report_of_release
from flows.services import Services
from packages.model import Identity, Report
from packages.release.seal import open_release
from packages.spec import DatasetSpec
from packages.vocabulary import publisher
from quality.report import issues_to_csv, report_from_json, report_to_html, report_to_json

TREND = 12
"""Earlier releases shown in the trend of a report."""


def render_report(report: Report, spec: DatasetSpec, trend: Sequence[Report], *, public: bool) -> dict[str, bytes]:
    """Return the files of a report by name; `trend` holds the reports of earlier releases, newest first."""
    title = f"{spec.package.title} – {publisher(spec.identity.publisher).name}"
    return {
        "report.json": report_to_json(report),
        "report.html": report_to_html(report, title, trend=trend, public=public),
    }


def earlier_reports(identity: Identity, services: Services) -> list[Report]:
    """Return the reports of the last releases that are still kept, newest first."""
    digests = services.ledger.releases(identity, TREND)
    folders = [services.store.release_folder(identity, digest) for digest in digests]
    return [report_of_release(open_release(folder)) for folder in folders if folder.is_dir()]


def keep_stopped_report(examination: Examination, fingerprint: str, spec: DatasetSpec, services: Services) -> Path:
    """Write the report on a file that is not published, with its list of issues; return the folder.

    This report is for the publisher's officer, so it may show shapes of cells that a public one hides.
    """
    report = examination.report
    # the time alone would collide for two files judged within one second
    number = f"{spec.identity.dataset}.{spec.identity.publisher}.{report.created:%Y%m%dT%H%M%S}.{fingerprint[:8]}"
    files = render_report(report, spec, earlier_reports(spec.identity, services), public=False)
    return services.store.keep_report(number, files | {"issues.csv": issues_to_csv(report)})


def last_report(identity: Identity, services: Services) -> Report | None:
    """Return the report on the file that was judged last; None when there is none, or it is not kept any more."""
    attempt = services.ledger.last_attempt(identity)
    path = services.store.report_folder(attempt.report) / "report.json" if attempt and attempt.report else None
    return report_from_json(path.read_bytes()) if path and path.is_file() else None
