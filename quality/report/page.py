"""The report that people read: `report.html`, one file without scripts and without any outside address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packages.html import package_text
from packages.model import Check, CheckOutcome, ColumnStatistics, Report, Severity, Table, Verdict
from quality.report import wording
from quality.report.charts import column_chart, vertical_bars
from quality.report.comparison import compare_reports, last_released, row_changes
from quality.report.items import NumberedFinding, number_findings
from quality.report.redaction import without_unsafe_values
from quality.report.sanitise import NAME, sanitise
from quality.report.templating import report_templates

FINDINGS_SHOWN = 200
"""Findings that a section shows in full; for the rest it gives their number and refers to report.json."""

RELEASES_SHOWN = 12
"""Earlier releases shown in the trend."""

DRIFT = ("drift",)
PRIVACY = ("disclosure", "personal", "hidden", "small-numbers", "counts-", "people-")
"""First parts of the names of checks and rules of the two topics that have a section of their own."""

DATED_TYPES = ("date", "datetime", "year", "yearmonth")

SOURCE = {
    "url": "Address",
    "name": "File",
    "sha256": "SHA-256 of the file",
    "bytes": "Size",
    "media_type": "Kind of file",
    "retrieved": "Received",
    "last_modified": "Last changed, by its server",
    "etag": "Version, by its server",
    "sheet": "Sheet",
}


@dataclass(frozen=True, slots=True)
class ColumnCard:
    """A column as the page shows it. `chart` is SVG markup, `numbers` the same as (label, count)."""

    column: ColumnStatistics
    title: str
    kind: str
    required: bool
    share: float
    range: str
    total: str
    chart: str
    numbers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CheckTopic:
    """The checks of one topic and the findings that belong to it."""

    checks: tuple[Check, ...]
    items: tuple[NumberedFinding, ...]


def report_to_html(
    report: Report, title: str, *, trend: Sequence[Report] = (), published: bool = True, public: bool = False
) -> bytes:
    """Render the report as one HTML page in UTF-8.

    `trend` are earlier reports on the same dataset in any order; the newest that led to a release is compared with.
    `published` is False for a check of a file that stays where it is. `public` is True for a report that has passed
    `for_public`: the page states its audience.
    """
    report = without_unsafe_values(report)
    earlier = tuple(without_unsafe_values(other) for other in trend if other.created < report.created)
    page = report_templates().get_template("report.html.j2").render(
        title=title,
        published=published,
        headline=wording.report_headline(report, published=published),
        audience=wording.AUDIENCE["public" if public else "reviewer"],
        style=package_text("quality.report", "style.css"),
        **_finding_sections(report),
        **_data_sections(report),
        **_history_sections(report, earlier),
    )  # fmt: skip
    # a lone surrogate in a file name cannot be written as UTF-8
    return page.encode("utf-8", "replace")


# --- findings and checks ----------------------------------------------------------------------------------------------


def _finding_sections(report: Report) -> dict[str, Any]:
    items = number_findings(report)
    return {
        "shown": FINDINGS_SHOWN,
        "must": [item for item in items if item.finding.severity in wording.MUST],
        "should": [item for item in items if item.finding.severity is Severity.WARN],
        "fixed": [item for item in items if item.finding.severity is Severity.FIXED],
        "drift": _topic(report, items, DRIFT),
        "privacy": _topic(report, items, PRIVACY),
        "not_run": [check for check in report.checks if check.outcome is CheckOutcome.NOT_RUN],
        "ran": [check for check in report.checks if check.outcome is not CheckOutcome.NOT_RUN],
    }


def _topic(report: Report, items: tuple[NumberedFinding, ...], prefixes: tuple[str, ...]) -> CheckTopic:
    return CheckTopic(
        checks=tuple(check for check in report.checks if check.name.startswith(prefixes)),
        items=tuple(item for item in items if item.finding.rule.startswith(prefixes)),
    )


# --- the data ---------------------------------------------------------------------------------------------------------


def _data_sections(report: Report) -> dict[str, Any]:
    columns = [column for table in report.tables for column in table.columns]
    dated = [c for c in columns if c.safe and c.minimum and c.type in DATED_TYPES]
    return {
        "report": report,
        "periods": [(column.title or column.name, _range_text(column)) for column in dated],
        "files": [file for table in report.tables for file in (table.csv, table.parquet)],
        "tables": [(table, _cards(table)) for table in report.tables],
        "source": _source(report.source),
    }


def _cards(table: Table) -> tuple[ColumnCard, ...]:
    fields = table.schema.get("fields", ())
    required = {field["name"] for field in fields if field.get("constraints", {}).get("required")}
    return tuple(
        ColumnCard(
            column=column,
            title=sanitise(column.title or column.name, NAME),
            kind=wording.type_text(column),
            required=column.name in required,
            share=round(100 * column.filled / ((column.filled + column.missing) or 1), 1),
            range=_range_text(column),
            total=wording.number_text(column.total),
            chart=column_chart(column),
            numbers=column.bars or column.top,
        )
        for column in table.columns
    )


def _range_text(column: ColumnStatistics) -> str:
    if not column.minimum and not column.maximum:
        return ""
    low, high = wording.value_text(column, column.minimum), wording.value_text(column, column.maximum)
    return low if low == high else f"{low} to {high}"


def _source(source: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (label, text) of everything known about the received file, the keys with a label of their own first."""
    texts = dict(source)
    if texts.get("bytes", "").isdecimal():
        texts["bytes"] = wording.size_text(int(texts["bytes"]))
    texts["retrieved"] = wording.iso_instant_text(texts.get("retrieved", ""))
    known = [(label, texts[key]) for key, label in SOURCE.items() if texts.get(key)]
    return known + [(wording.rule_text(key), text) for key, text in texts.items() if key not in SOURCE and text]


# --- over time --------------------------------------------------------------------------------------------------------


def _history_sections(report: Report, earlier: tuple[Report, ...]) -> dict[str, Any]:
    before = last_released(report, earlier)
    # a night on which nothing changed is no release
    changed = sorted((r for r in earlier if r.verdict is not Verdict.UNCHANGED), key=lambda r: r.created)
    trend = [*changed[-RELEASES_SHOWN:], report] if earlier else []
    rows = [(f"{r.created:%Y-%m-%d}", sum(table.rows for table in r.tables)) for r in trend]
    return {
        "before": before,
        "differences": compare_reports(report, before) if before else (),
        "row_changes": row_changes(report),
        "trend": list(reversed(trend)),
        "trend_chart": vertical_bars("Rows of the last releases", rows) if rows else "",
    }
