"""All issues as a CSV table for the officer: a line for each row of the file, to sort and tick off in a spreadsheet."""

from __future__ import annotations

import csv
import io

from packages.formats.csv import harmless_cell
from packages.model import Report, Severity
from quality.report import wording
from quality.report.items import number_findings
from quality.report.sanitise import NAME, sanitise

COLUMNS = ("Issue", "What to do", "Sheet", "Row", "Column", "What", "How to fix it", "Why", "Who", "Shape of the cells")


def issues_to_csv(report: Report) -> bytes:
    """Write the issues as CSV in UTF-8 with a byte order mark, which spreadsheets need; cells only as masked shapes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in number_findings(report):
        if item.finding.severity is Severity.FIXED:
            continue
        where = item.finding.where
        rows = where.rows if where.unit == "row" else ()
        places = [str(row) for row in rows] or [""]
        if rows and where.count > len(rows):
            places.append(f"and {wording.count_text(where.count - len(rows), 'more row')}")
        before = (str(item.number), item.tag, sanitise(where.sheet, NAME))
        column = sanitise(where.column or where.field, NAME)
        after = (column, item.what, item.fix, item.why, item.who, "  ".join(item.finding.shapes))
        for place in places:
            writer.writerow(map(harmless_cell, (*before, place, *after)))
    return out.getvalue().encode("utf-8-sig", "replace")
