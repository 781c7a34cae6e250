"""Findings in the order and words in which every rendering tells them."""

from __future__ import annotations

from dataclasses import dataclass

from packages.model import Finding, Report, Severity
from quality.report import wording
from quality.report.visible import sentence, visible


@dataclass(frozen=True, slots=True)
class Item:
    """A finding as a reader meets it. `number` runs through the whole report and is its anchor."""

    number: int
    finding: Finding
    tag: str
    what: str
    where: str
    fix: str
    why: str
    who: str


def numbered(report: Report) -> tuple[Item, ...]:
    """All findings in the order in which they are read: what must, what should be fixed, what was repaired."""
    order = list(Severity)
    findings = sorted(report.findings, key=lambda finding: order.index(finding.severity))
    return tuple(_item(number, finding, len(report.tables)) for number, finding in enumerate(findings, 1))


def _item(number: int, finding: Finding, tables: int) -> Item:
    return Item(
        number=number,
        finding=finding,
        tag=wording.TAGS[finding.severity],
        what=sentence(finding.what, finding),
        where=wording.capital(wording.place(finding.where, tables=tables)),
        fix=sentence(finding.fix, finding),
        why=sentence(finding.why, finding),
        who=wording.capital(visible(finding.who)),
    )
