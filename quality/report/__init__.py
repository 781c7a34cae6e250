"""Findings as pages, terminal text and JSON: three renderings of one report."""

from quality.report.issues import to_csv
from quality.report.page import to_html
from quality.report.redaction import for_public
from quality.report.text import to_text, verdict_sentence
from quality.report.twin import from_json, to_json

__all__ = ["for_public", "from_json", "to_csv", "to_html", "to_json", "to_text", "verdict_sentence"]
