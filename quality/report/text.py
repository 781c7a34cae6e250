"""The report for the terminal: plain lines, worded as on the page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from packages.model import Check, CheckOutcome, Finding, Report, Severity
from quality.report import wording
from quality.report.items import NumberedFinding, number_findings
from quality.report.sanitise import NAME, sanitise, sanitise_sentence

SHOWN = 20
"""Findings of one kind that the terminal shows; the page has them all."""


def verdict_sentence(report: Report) -> str:
    """Return a report in one line: the first thing that must be done, or else what follows from the verdict."""
    must = [item for item in number_findings(report) if item.finding.severity in wording.MUST]
    if not must or not wording.is_stopped(report):
        return wording.report_headline(report, published=True).sentence
    more = f" {wording.count_text(len(must) - 1, 'more finding')}." if len(must) > 1 else ""
    return f"{must[0].what}{more}"


def preview_text(findings: Sequence[Finding], *, width: int = 100) -> str:
    """Return what the cells alone have shown, a line each, to be read while the rest of the report is made."""
    order = (*wording.MUST, Severity.WARN)
    shown = sorted((f for f in findings if f.severity in order), key=lambda f: order.index(f.severity))
    if not shown:
        return "Every cell follows the schema."
    lines = [line for f in shown[:SHOWN] for line in _wrap("- ", sanitise_sentence(f.what, f), width)]
    more = len(shown) - SHOWN
    return "\n".join([*lines, *([f"- and {wording.count_text(more, 'more finding')}"] if more > 0 else [])])


def report_to_text(report: Report, *, width: int = 100) -> str:
    """Return the report in lines of at most `width` characters: verdict, what to do, what was done."""
    headline = wording.report_headline(report, published=False)
    items = number_findings(report)
    outcomes = [check.outcome for check in report.checks]
    ran = wording.count_text(len(outcomes) - outcomes.count(CheckOutcome.NOT_RUN), "check")
    passed, failed = outcomes.count(CheckOutcome.PASSED), outcomes.count(CheckOutcome.FAILED)
    summary = f"{ran} ran: {passed:,} passed, {failed:,} found something." if outcomes else "No check ran."
    sections = (
        [f"{headline.symbol} {headline.words}", *_wrap("  ", headline.sentence, width)],
        _findings("Must be fixed or decided", items, wording.MUST, width),
        _findings("Should be fixed", items, (Severity.WARN,), width),
        _list_section("Repaired", _repairs(report, items), width),
        _list_section("Checks that did not run", _reasons_not_run(report.checks), width),
        _wrap("", summary, width),
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _findings(title: str, items: Iterable[NumberedFinding], severities: tuple[Severity, ...], width: int) -> list[str]:
    wanted = [item for item in items if item.finding.severity in severities]
    if not wanted:
        return []
    lines = [title]
    for item in wanted[:SHOWN]:
        mark = f"{item.number}. "
        indent = " " * len(mark)
        lines += _wrap(mark, item.what, width)
        for label, text in (("Where", item.where), ("How to fix", item.fix), ("Why", item.why), ("Who", item.who)):
            if text:
                lines += _wrap(indent, f"{label}: {text}", width, hanging=indent + "  ")
    more = len(wanted) - SHOWN
    return [*lines, *([f"and {wording.count_text(more, 'more finding')}, in the report"] if more > 0 else [])]


def _list_section(title: str, texts: Sequence[str], width: int) -> list[str]:
    return [title, *(line for text in texts for line in _wrap("- ", text, width))] if texts else []


def _repairs(report: Report, items: Iterable[NumberedFinding]) -> list[str]:
    texts = [item.what for item in items if item.finding.severity is Severity.FIXED]
    for change in report.changes:
        cells, where = wording.count_text(change.count, "cell"), wording.rows_text(change.rows, change.count)
        column = sanitise(wording.change_line(report, change), NAME)
        texts.append(f"{column}: {wording.rule_text(change.rule)}, {cells}{f' ({where})' if where else ''}")
    return texts


def _reasons_not_run(checks: Iterable[Check]) -> list[str]:
    """Return each reason once, with the titles of all checks that did not run for it."""
    titles: dict[str, list[str]] = {}
    for check in checks:
        if check.outcome is CheckOutcome.NOT_RUN:
            titles.setdefault(check.note or "No reason given.", []).append(check.title)
    return [f"{note} ({'; '.join(names)})" for note, names in titles.items()]


def _wrap(first: str, text: str, width: int, *, hanging: str | None = None) -> list[str]:
    rest = " " * len(first) if hanging is None else hanging
    return textwrap.wrap(sanitise(text), width, initial_indent=first, subsequent_indent=rest) or [first.rstrip()]
