"""The wording that the page and the terminal share: places, numbers, verdicts, types of column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from packages.model import (
    DISTINCT_LIMIT,
    ROWS_SHOWN,
    Change,
    CheckOutcome,
    ColumnStatistics,
    Report,
    Severity,
    Verdict,
    Where,
)
from quality.report.sanitise import NAME, sanitise

MUST = (Severity.BLOCK, Severity.HOLD)

TAGS = {
    Severity.BLOCK: "Must be fixed",
    Severity.HOLD: "A person must decide",
    Severity.WARN: "Should be fixed",
    Severity.FIXED: "Repaired",
}

AUDIENCE = {
    "public": "For everybody: counts and the names of columns, values only of columns that are known to be safe.",
    "reviewer": "For the officer and for reviewers, not for publication: with row numbers and masked shapes of cells.",
}
"""The audience that a page names at its top."""

TYPES = {
    "string": "Text",
    "integer": "Whole number",
    "number": "Number",
    "boolean": "Yes or no",
    "date": "Date",
    "datetime": "Date and time",
    "time": "Time",
    "year": "Year",
    "yearmonth": "Year and month",
    "duration": "Length of time",
    "geopoint": "Point on the map",
    "geojson": "Shape on the map",
    "object": "Structured text",
    "array": "List",
    "list": "List",
}

CHANGES = {
    "trim": "Spaces at the ends removed",
    "blank": "Words that mean “nothing here” left empty",
    "entities": "Escapes of web pages, such as &amp;, written as the characters that they mean",
    "windows-characters": "Characters of Windows-1252 that were taken for controls put right",
    "invisible": "Invisible characters removed",
    "odd-spaces": "No-break and other odd spaces turned into spaces",
    "accents": "Letters and their accents joined into one character",
    "formula-text": 'Texts taken out of a formula such as ="00012"',
    "apostrophe": "Apostrophes removed that mark a cell as text in a spreadsheet",
    "date": "Dates written as year-month-day",
    "date-london": "Stamps with a time zone written as the day in London",
    "date-month-first": "Dates with the month first written as year-month-day",
    "number-comma": "Numbers with a decimal comma written with a decimal point",
    "number": "Numbers written plainly, without signs and commas",
    "boolean": "Yes and no written as true and false",
    "values": "Texts replaced by those of our list",
    "code-list": "Capitals and spaces as in the code list",
    "constant": "Filled with the text that holds for the whole file",
    "join": "Several columns joined into one",
    "split": "Taken as a part of a column that holds several",
    "mark": "Marks that stand for a number, or beside one, moved to the column beside",
    "small-numbers": "Small numbers of people hidden, and others from which they could be worked out",
    "redacted": "Notes of redaction written as one word",
    "unit": "Turned into the unit of the dataset",
    "grid": "British National Grid turned into longitude and latitude",
    "shape-form": "Shapes written as WKT",
    "ring-order": "Rings of shapes turned to the order of the standard",
    "shape-touching": "Shapes whose line touches itself divided there",
    "multipolygon": "Polygons written as multipolygons, like the others",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict: a symbol for print and terminal, its name in words, and a sentence on what follows from it."""

    symbol: str
    words: str
    sentence: str


def report_headline(report: Report, *, published: bool) -> Headline:
    """Return the verdict in a sentence; `published` distinguishes a release from a check of a file that stays put."""
    words, symbol = {
        Verdict.PUBLISH: ("Published" if published else "Ready to publish", "✓"),
        Verdict.HELD: ("Held: a person must decide", "◆"),
        Verdict.BLOCKED: ("Stopped: must be fixed", "■"),
        Verdict.UNCHANGED: ("Nothing changed", "="),
    }[report.verdict]
    return Headline(symbol, words, " ".join((_consequence(report), *_side_notes(report))))


def _consequence(report: Report) -> str:
    """Return what follows from the verdict, as a sentence."""
    blocks, holds = (len(report.with_severity(severity)) for severity in MUST)
    if report.verdict is Verdict.BLOCKED:
        also = f", and before a person has decided on {count_text(holds, 'more finding')}" if holds else ""
        return (
            f"Nothing is published before {count_text(blocks, 'thing')} {'is' if blocks == 1 else 'are'} fixed{also}."
        )
    if report.verdict is Verdict.HELD:
        on = f" on {count_text(holds, 'finding')}" if holds else ""
        return f"Nothing is published before a person has decided{on}."
    if report.verdict is Verdict.UNCHANGED:
        return "The content is that of the last release."
    rows = sum(table.rows for table in report.tables)
    # a table whose columns were not counted still has the fields of its schema
    columns = sum(len(table.columns) or len(table.schema.get("fields", ())) for table in report.tables)
    return f"{count_text(rows, 'row')} in {count_text(columns, 'column')}, fit to publish."


def _side_notes(report: Report) -> list[str]:
    """Return a sentence each on warnings, on checks that did not run and on the approval, where there are any."""
    warnings = len(report.with_severity(Severity.WARN))
    not_run = sum(check.outcome is CheckOutcome.NOT_RUN for check in report.checks)
    notes = [f"{count_text(warnings, 'thing')} should be fixed."] if warnings else []
    if not_run:
        notes.append(f"{count_text(not_run, 'check')} did not run.")
    if report.decided and not is_stopped(report):
        notes.append(sanitise(report.decided))
    return notes


def is_stopped(report: Report) -> bool:
    """Return whether the verdict keeps the file from being published."""
    return report.verdict in (Verdict.HELD, Verdict.BLOCKED)


def change_line(report: Report, change: Change) -> str:
    """Return the title of the column that a change is about; with its table, where the dataset has several."""
    tables = [t for t in report.tables if change.resource in ("", t.name)]
    title = next((c.title for t in tables for c in t.columns if c.name == change.field and c.title), change.field)
    return f"{title} ({change.resource})" if change.resource else title


def place_text(where: Where, *, tables: int = 1) -> str:
    """Return where something was found: `sheet “May”, column “Amount”, rows 5, 9 and 12 (3 of 200)`.

    `tables` is how many the report has; the table is named when there are several.
    """
    column = where.column or where.field
    parts = [
        f"table “{sanitise(where.resource, NAME)}”" if where.resource and tables > 1 else "",
        f"sheet “{sanitise(where.sheet, NAME)}”" if where.sheet else "",
        f"column “{sanitise(column, NAME)}”" if column else "",
        _rows_of(where),
    ]
    return ", ".join(part for part in parts if part) or "the file as a whole"


def _rows_of(where: Where) -> str:
    if where.unit != "row":
        return ""  # the finding's own sentence gives the number of columns or files
    if where.count > 1 and where.count == where.of:
        return f"all {count_text(where.count, 'row')}"
    if where.rows:
        share = f" ({where.count:,} of {where.of:,})" if where.of and where.count > 1 else ""
        return rows_text(where.rows[:ROWS_SHOWN], where.count) + share
    if where.of and where.count:
        return f"{where.count:,} of {count_text(where.of, 'row')}"
    return count_text(where.count, "row") if where.count else ""


def rows_text(numbers: Sequence[int], count: int = 0) -> str:
    """Return row numbers as a spreadsheet shows them: `row 5`, `rows 5, 9 and 12`, `rows 5, 9, 12 and 1,201 more`."""
    if not numbers:
        return ""
    shown = [str(number) for number in numbers]
    more = count - len(shown)
    last = [f"{more:,} more"] if more > 0 else []
    return ("row " if len(shown) == 1 and not last else "rows ") + listed_text([*shown, *last])


def listed_text(words: Sequence[str]) -> str:
    """Join words as in a sentence: `a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def count_text(number: int, noun: str) -> str:
    """Return a number with its noun: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def capitalise(text: str) -> str:
    """Return the text with a capital first letter and the rest unchanged, unlike `str.capitalize`."""
    return text[:1].upper() + text[1:]


def size_text(count: int) -> str:
    """Return a file size: `820 bytes`, `1.2 kB`, `34.0 MB` (thousands, not 1,024s)."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return count_text(count, "byte") if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def day_text(moment: dt.date) -> str:
    """Return a date as `3 April 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def instant_text(moment: dt.datetime) -> str:
    """Return a moment as `3 April 2026, 02:15 UTC`."""
    return f"{day_text(moment)}, {moment:%H:%M} {moment.tzname() or ''}".rstrip()


def iso_instant_text(text: str) -> str:
    """Return an ISO time as `instant_text` writes it; any other text as it is."""
    try:
        return instant_text(dt.datetime.fromisoformat(text))
    except ValueError:
        return text


def share_text(part: int, whole: int) -> str:
    """Return a percentage that never rounds up to all or down to none: `98.5%`, `100%`, `0%`."""
    # all and none are exact; anything between must not be rounded to look like them
    if not whole or part in (0, whole):
        return "100%" if whole and part else "0%"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f}%"


def filled_text(column: ColumnStatistics) -> str:
    """Return how much of a column is filled: `98.5% (197 of 200)`."""
    whole = column.filled + column.missing
    return f"{share_text(column.filled, whole)} ({column.filled:,} of {whole:,})" if whole else "no rows"


def distinct_text(column: ColumnStatistics) -> str:
    """Return the number of distinct values of a column, as far as they were counted."""
    if column.distinct > DISTINCT_LIMIT:
        return f"more than {DISTINCT_LIMIT:,}"
    return f"{column.distinct:,}"


def type_text(column: ColumnStatistics) -> str:
    """Return the type of a column in plain words."""
    return TYPES.get(column.type, "Any kind of value")


def rule_text(name: str) -> str:
    """Return what a shaping rule did, in plain words."""
    return CHANGES.get(name, capitalise(name.replace("-", " ").replace("_", " ")))


def number_text(text: str) -> str:
    """Return a number with commas between its thousands; any other text as it is."""
    whole, point, rest = text.partition(".")
    if not whole.removeprefix("-").isdecimal() or not (rest.isdecimal() or not rest):
        return text
    return f"{int(whole):,}{point}{rest}" if int(whole) or not whole.startswith("-") else text


def value_text(column: ColumnStatistics, text: str) -> str:
    """Return a value of a safe column as a reader would write it."""
    if column.type in ("number", "integer"):
        return number_text(text)
    if column.type == "date":
        try:
            return day_text(dt.date.fromisoformat(text))
        except ValueError:
            # a year beyond 9999, or a report of another program
            pass
    return sanitise(text, NAME)


def grouped_digits(count: int) -> str:
    """Return a count as `12,034`."""
    return f"{count:,}"
