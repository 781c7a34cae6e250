"""What a publisher should do about a dataset, in order, and how its data are made, as the site shows them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from catalogue.site.status import DatasetState, DatasetStatus, Task
from catalogue.site.words import long_day
from flows.outcome import STOPPED
from packages.model import Report, Severity, Verdict
from packages.sources.transport.urls import shown_address
from packages.spec import DatasetSpec
from packages.vocabulary import cadences
from quality.report.items import number_findings
from quality.report.wording import CHANGES

MUST = (Severity.BLOCK, Severity.HOLD)
"""Severities of what must be done before a stopped file can be published."""

RUN_FAILED = Task(
    must=True,
    what="The last run did not come to an end.",
    where="",
    fix="Nothing has to be done to the file. The log of the run says what happened; the next run tries again.",
    why="Nobody knows whether the file that is there now is fit to publish.",
    who="Londata team",
)


def tasks_of(status: DatasetStatus, report: Report | None, spec: DatasetSpec) -> Iterator[Task]:
    """Yield what to do, the most urgent first; `report` is that of the file that was judged last."""
    # a blocked file also makes a dataset fail, but then its report says what to do
    if status.state is DatasetState.FAILED and (report is None or report.verdict not in STOPPED):
        yield RUN_FAILED
    if status.state is DatasetState.OVERDUE:
        cadence = cadences()[spec.cadence].title.lower()
        yield Task(
            must=True,
            what=f"A newer release was expected by {long_day(status.due)}.",
            where="",
            fix="Publish the data of the next period where we look for them, or say in the description that they now "
            "appear less often.",
            why=f"It is described as {cadence}: people plan with that.",
            who="Data officer",
        )
    for item in number_findings(report) if report else ():
        if item.finding.severity is not Severity.FIXED:
            must = item.finding.severity in MUST and report is not None and report.verdict is not Verdict.PUBLISH
            yield Task(must, item.what, item.where, item.fix, item.why, item.who)


def production_steps(spec: DatasetSpec, report: Report | None) -> Iterator[tuple[str, str]]:
    """Yield how the data are made, from the source to the files; `report` is that of the file that was published."""
    address = getattr(spec.publisher.live or spec.publisher.source, "url", "")
    # anybody reads this page, and an address may hold a key
    yield "Received", f"from {shown_address(address) if address else 'a file that the publisher hands over'}"
    if report is None:
        return
    if report.how_read:
        yield "Read", report.how_read
    repaired: Counter[str] = Counter()
    for change in report.changes:
        repaired[change.rule] += change.count
    if repaired:
        counts = (f"{CHANGES.get(rule, rule)}: {count:,} cells" for rule, count in sorted(repaired.items()))
        yield "Repaired without loss", "; ".join(counts)
    yield "Checked", f"with {len(report.checks)} checks; each one, and how it ended, is in the report"
    yield "Written", "as CSV and Parquet in one pass, read back, and compared cell by cell"
