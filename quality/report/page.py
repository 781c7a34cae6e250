"""The report that people read: `report.html`, one file without scripts and without any outside address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from packages.html import package_text, template_environment
from packages.model import Check, CheckOutcome, ColumnStatistics, Report, Severity, StagedFile, Verdict
from quality.report import wording
from quality.report.charts import column_chart, vertical_bars
from quality.report.comparison import ComparisonLine, compare_reports, last_released, row_changes
from quality.report.items import NumberedFinding, number_findings
from quality.report.redaction import without_unsafe_values
from quality.report.sanitise import BRIEF, NAME, sanitise

if TYPE_CHECKING:
    from jinja2 import Environment

FINDINGS_SHOWN = 200
"""So many findings a section shows in full; the count and report.json tell of the rest."""

RELEASES_SHOWN = 12

DRIFT = ("drift",)
PRIVACY = ("disclosure", "personal", "hidden")
"""First parts of the names of checks and rules that belong to the two topics with a section of their own."""

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
    """The report as one HTML page in UTF-8.

    `trend` are earlier reports on the same dataset in any order; the newest that led to a release is compared with.
    `published` is False for a check of a file that stays where it is. `public` is True for a report that has passed
    `for_public`: the page says for whom it is.
    """
    report = without_unsafe_values(report)
    earlier = tuple(without_unsafe_values(other) for other in trend if other.created < report.created)
    template = _environment().get_template("report.html.j2")
    audience = wording.AUDIENCE["public" if public else "reviewer"]
    return template.render(_content(report, title, earlier, published), audience=audience).encode("utf-8", "replace")


@cache
def _environment() -> Environment:
    shortened = {"name": lambda text: sanitise(text, NAME), "brief": lambda text: sanitise(text, BRIEF)}
    # whatever a template prints has passed `_shown`, so no heading can turn or flood the page
    made = template_environment("quality.report", shortened, shown=_shown)
    made.globals["w"] = wording
    return made


def _shown(value: Any) -> Any:
    return sanitise(value) if type(value) is str else value


def _content(report: Report, title: str, earlier: tuple[Report, ...], published: bool) -> dict[str, Any]:
    items = number_findings(report)
    return {
        "report": report,
        "title": title,
        "style": package_text("quality.report", "style.css"),
        "published": published,
        "headline": wording.report_headline(report, published=published),
        "must": _of(items, *wording.MUST),
        "should": _of(items, Severity.WARN),
        "fixed": _of(items, Severity.FIXED),
        "shown": FINDINGS_SHOWN,
        "drift": _topic(report, items, DRIFT),
        "privacy": _topic(report, items, PRIVACY),
        "before": last_released(report, earlier),
        "differences": _differences(report, earlier),
        "row_steps": row_changes(report),
        "periods": _periods(report),
        "files": _files(report),
        "tables": [(table, _cards(table.columns, table.schema)) for table in report.tables],
        "trend": _trend(report, earlier),
        "trend_chart": _trend_chart(report, earlier),
        "source": _source(report.source),
        "not_run": tuple(c for c in report.checks if c.outcome is CheckOutcome.NOT_RUN),
        "ran": tuple(c for c in report.checks if c.outcome is not CheckOutcome.NOT_RUN),
    }


# --- findings ---------------------------------------------------------------------------------------------------------


def _of(items: tuple[NumberedFinding, ...], *severities: Severity) -> tuple[NumberedFinding, ...]:
    return tuple(item for item in items if item.finding.severity in severities)


def _topic(report: Report, items: tuple[NumberedFinding, ...], prefixes: tuple[str, ...]) -> CheckTopic:
    return CheckTopic(
        checks=tuple(check for check in report.checks if check.name.startswith(prefixes)),
        items=tuple(item for item in items if item.finding.rule.startswith(prefixes)),
    )


# --- the data ---------------------------------------------------------------------------------------------------------


def _periods(report: Report) -> list[tuple[str, str]]:
    """Which time the data cover, told by the columns of dates that may be shown."""
    columns = (c for table in report.tables for c in table.columns)
    dated = (c for c in columns if c.safe and c.minimum and c.type in ("date", "datetime", "year", "yearmonth"))
    return [(c.title or c.name, _range(c)) for c in dated]


def _range(column: ColumnStatistics) -> str:
    if not column.minimum and not column.maximum:
        return ""
    low, high = wording.value_text(column, column.minimum), wording.value_text(column, column.maximum)
    return low if low == high else f"{low} to {high}"


def _files(report: Report) -> list[StagedFile]:
    return [file for table in report.tables for file in (table.csv, table.parquet)]


def _cards(columns: Sequence[ColumnStatistics], schema: Mapping[str, Any]) -> tuple[ColumnCard, ...]:
    required = {f["name"] for f in schema.get("fields", ()) if f.get("constraints", {}).get("required")}
    return tuple(_card(column, column.name in required) for column in columns)


def _card(column: ColumnStatistics, required: bool) -> ColumnCard:
    return ColumnCard(
        column=column,
        title=sanitise(column.title or column.name, NAME),
        kind=wording.type_text(column),
        required=required,
        share=round(100 * column.filled / ((column.filled + column.missing) or 1), 1),
        range=_range(column),
        total=wording.number_text(column.total),
        chart=_markup(column_chart(column)),
        numbers=column.bars or column.top,
    )


def _markup(svg: str) -> Any:
    from markupsafe import Markup

    # charts.py keeps shapes and escaped text only
    return Markup(svg)  # noqa: S704


# --- over time --------------------------------------------------------------------------------------------------------


def _differences(report: Report, earlier: tuple[Report, ...]) -> tuple[ComparisonLine, ...]:
    before = last_released(report, earlier)
    return compare_reports(report, before) if before else ()


def _trend(report: Report, earlier: tuple[Report, ...]) -> list[Report]:
    """The last releases and this report, the newest first; a night on which nothing changed is no release."""
    if not earlier:
        return []
    kept = sorted((r for r in earlier if r.verdict is not Verdict.UNCHANGED), key=lambda r: r.created)
    return [report, *reversed(kept[-RELEASES_SHOWN:])]


def _trend_chart(report: Report, earlier: tuple[Report, ...]) -> Any:
    newest_last = reversed(_trend(report, earlier))
    pairs = [(f"{r.created:%Y-%m-%d}", sum(table.rows for table in r.tables)) for r in newest_last]
    return _markup(vertical_bars("Rows of the last releases", pairs)) if pairs else ""


def _source(source: Mapping[str, str]) -> list[tuple[str, str]]:
    known = [(label, _spoken(key, source[key])) for key, label in SOURCE.items() if source.get(key)]
    others = [(wording.rule_text(key), text) for key, text in source.items() if key not in SOURCE and text]
    return known + others


def _spoken(key: str, text: str) -> str:
    if key == "bytes" and text.isdecimal():
        return wording.size_text(int(text))
    return wording.iso_instant_text(text) if key == "retrieved" else text
