"""The report for the terminal: plain lines, the same words as the page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from packages.model import Check, CheckOutcome, Finding, Report, Severity
from quality.report import wording
from quality.report.items import NumberedFinding, number_findings
from quality.report.sanitise import NAME, sanitise, sanitise_sentence

SHOWN = 20
"""So many findings of one kind the terminal shows; the page has them all."""


def verdict_sentence(report: Report) -> str:
    """What to know of a report in a line: the first thing that must be done, or else what follows from the verdict."""
    must = [item for item in number_findings(report) if item.finding.severity in wording.MUST]
    if not must or not wording.is_stopped(report):
        return wording.report_headline(report, published=True).sentence
    more = f" {wording.count_text(len(must) - 1, 'more finding')}." if len(must) > 1 else ""
    return f"{must[0].what}{more}"


def preview_text(findings: Sequence[Finding], *, width: int = 100) -> str:
    """What the cells alone have shown, a line each, for a reader who waits for the rest of the report."""
    order = (*wording.MUST, Severity.WARN)
    told = sorted((f for f in findings if f.severity in order), key=lambda f: order.index(f.severity))
    if not told:
        return "Every cell follows the schema."
    lines = [line for one in told[:SHOWN] for line in _wrap("- ", sanitise_sentence(one.what, one), width)]
    more = len(told) - SHOWN
    return "\n".join([*lines, *([f"- and {wording.count_text(more, 'more finding')}"] if more > 0 else [])])


def report_to_text(report: Report, *, width: int = 100) -> str:
    """The report in lines of at most `width` characters, without colours: verdict, what to do, what was done."""
    headline = wording.report_headline(report, published=False)
    items = number_findings(report)
    sections = (
        [f"{headline.symbol} {headline.words}", *_wrap("  ", headline.sentence, width)],
        _findings("Must be fixed or decided", items, wording.MUST, width),
        _findings("Should be fixed", items, (Severity.WARN,), width),
        _repaired(report, items, width),
        _not_run(report.checks, width),
        _wrap("", _tally(report.checks), width),
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _findings(title: str, items: Iterable[NumberedFinding], severities: tuple[Severity, ...], width: int) -> list[str]:
    wanted = [item for item in items if item.finding.severity in severities]
    if not wanted:
        return []
    lines = [line for item in wanted[:SHOWN] for line in _finding(item, width)]
    more = len(wanted) - SHOWN
    return [title, *lines, *([f"and {wording.count_text(more, 'more finding')}, in the report"] if more > 0 else [])]


def _finding(item: NumberedFinding, width: int) -> list[str]:
    mark = f"{item.number}. "
    parts = {"Where": item.where, "How to fix": item.fix, "Why": item.why, "Who": item.who}
    lines = _wrap(mark, item.what, width)
    indent = " " * len(mark)
    return lines + [line for label, said in parts.items() if said for line in _labelled(indent, label, said, width)]


def _labelled(indent: str, label: str, said: str, width: int) -> list[str]:
    return _wrap(indent, f"{label}: {said}", width, hanging=indent + "  ")


def _repaired(report: Report, items: Iterable[NumberedFinding], width: int) -> list[str]:
    said = [item.what for item in items if item.finding.severity is Severity.FIXED]
    for change in report.changes:
        cells, where = wording.count_text(change.count, "cell"), wording.rows_text(change.rows, change.count)
        column = sanitise(wording.change_line(report, change), NAME)
        said.append(f"{column}: {wording.rule_text(change.rule)}, {cells}{f' ({where})' if where else ''}")
    return ["Repaired", *(line for text in said for line in _wrap("- ", text, width))] if said else []


def _not_run(checks: Iterable[Check], width: int) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for check in checks:
        if check.outcome is CheckOutcome.NOT_RUN:
            reasons.setdefault(check.note or "No reason given.", []).append(check.title)
    said = [f"{note} ({'; '.join(titles)})" for note, titles in reasons.items()]
    return ["Checks that did not run", *(line for text in said for line in _wrap("- ", text, width))] if said else []


def _tally(checks: Iterable[Check]) -> str:
    ended = [check.outcome for check in checks]
    ran = wording.count_text(len(ended) - ended.count(CheckOutcome.NOT_RUN), "check")
    passed, failed = ended.count(CheckOutcome.PASSED), ended.count(CheckOutcome.FAILED)
    return f"{ran} ran: {passed:,} passed, {failed:,} found something." if ended else "No check ran."


def _wrap(first: str, text: str, width: int, *, hanging: str | None = None) -> list[str]:
    rest = " " * len(first) if hanging is None else hanging
    return textwrap.wrap(sanitise(text), width, initial_indent=first, subsequent_indent=rest) or [first.rstrip()]
