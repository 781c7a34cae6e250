"""All issues as a CSV table for the officer: a line for each row of the file, to sort and tick off in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from packages.model import Report, Severity
from quality.report import wording
from quality.report.items import NumberedFinding, number_findings
from quality.report.sanitise import NAME, sanitise

COLUMNS = ("Issue", "What to do", "Sheet", "Row", "Column", "What", "How to fix it", "Why", "Who", "Shape of the cells")

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins with one of these."""


def issues_to_csv(report: Report) -> bytes:
    """Write the issues as CSV in UTF-8 with a byte order mark, which spreadsheets need; cells only as masked shapes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in number_findings(report):
        if item.finding.severity is not Severity.FIXED:
            # an apostrophe makes a spreadsheet take the cell as text
            writer.writerows([f"'{c}" if c.startswith(FORMULA) else c for c in line] for line in _lines(item))
    return out.getvalue().encode("utf-8-sig", "replace")


def _lines(item: NumberedFinding) -> Iterator[tuple[str, ...]]:
    where = item.finding.where
    before = (str(item.number), item.tag, sanitise(where.sheet, NAME))
    column = sanitise(where.column or where.field, NAME)
    after = (column, item.what, item.fix, item.why, item.who, "  ".join(item.finding.shapes))
    rows = where.rows if where.unit == "row" else ()
    for row in rows:
        yield (*before, str(row), *after)
    more = where.count - len(rows)
    if rows and more > 0:
        yield (*before, f"and {wording.count_text(more, 'more row')}", *after)
    if not rows:
        yield (*before, "", *after)
