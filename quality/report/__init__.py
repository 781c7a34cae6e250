"""Renderings of a report: HTML page, terminal text, JSON and the CSV of issues."""

from quality.report.issues import issues_to_csv
from quality.report.page import report_to_html
from quality.report.redaction import for_public
from quality.report.report_json import report_from_json, report_to_json
from quality.report.text import report_to_text, verdict_sentence

__all__ = [
    "for_public", "issues_to_csv", "report_from_json", "report_to_html", "report_to_json", "report_to_text",
    "verdict_sentence",
]  # fmt: skip
