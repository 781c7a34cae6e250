"""Findings in the order and words in which every rendering tells them."""

from __future__ import annotations

from dataclasses import dataclass

from packages.model import Finding, Report, Severity
from quality.report import wording
from quality.report.sanitise import sanitise, sanitise_sentence


@dataclass(frozen=True, slots=True)
class NumberedFinding:
    """A finding as a reader meets it. `number` runs through the whole report and is its anchor."""

    number: int
    finding: Finding
    tag: str
    what: str
    where: str
    fix: str
    why: str
    who: str


def number_findings(report: Report) -> tuple[NumberedFinding, ...]:
    """All findings in the order in which they are read: what must, what should be fixed, what was repaired."""
    order = list(Severity)
    findings = sorted(report.findings, key=lambda finding: order.index(finding.severity))
    return tuple(_item(number, finding, len(report.tables)) for number, finding in enumerate(findings, 1))


def _item(number: int, finding: Finding, tables: int) -> NumberedFinding:
    return NumberedFinding(
        number=number,
        finding=finding,
        tag=wording.TAGS[finding.severity],
        what=sanitise_sentence(finding.what, finding),
        where=wording.capitalise(wording.place_text(finding.where, tables=tables)),
        fix=sanitise_sentence(finding.fix, finding),
        why=sanitise_sentence(finding.why, finding),
        who=wording.capitalise(sanitise(finding.who)),
    )
