"""Findings numbered, ordered and worded once for every rendering of a report."""

from __future__ import annotations

from dataclasses import dataclass

from packages.model import Finding, Report, Severity
from quality.report import wording
from quality.report.sanitise import sanitise, sanitise_sentence


@dataclass(frozen=True, slots=True)
class NumberedFinding:
    """A finding with its texts fit to be shown. `number` runs through the whole report and is its anchor."""

    number: int
    finding: Finding
    tag: str
    what: str
    where: str
    fix: str
    why: str
    who: str


def number_findings(report: Report) -> tuple[NumberedFinding, ...]:
    """Return all findings in reading order: what must be fixed, what should be, what was repaired."""
    order = list(Severity)
    findings = sorted(report.findings, key=lambda finding: order.index(finding.severity))
    return tuple(
        NumberedFinding(
            number=number,
            finding=finding,
            tag=wording.TAGS[finding.severity],
            what=sanitise_sentence(finding.what, finding),
            where=wording.capitalise(wording.place_text(finding.where, tables=len(report.tables))),
            fix=sanitise_sentence(finding.fix, finding),
            why=sanitise_sentence(finding.why, finding),
            who=wording.capitalise(sanitise(finding.who)),
        )
        for number, finding in enumerate(findings, 1)
    )
