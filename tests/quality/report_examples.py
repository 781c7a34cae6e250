"""Reports as the judge might make them, for the tests of their renderings."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from packages.model import (
    Change,
    Check,
    CheckOutcome,
    ColumnStatistics,
    Finding,
    Identity,
    Report,
    Severity,
    StagedFile,
    Table,
    TableChanges,
    Verdict,
    Where,
)

CANARY = "Zebedee Quillfeather"
"""A value of a column that is not known to be safe; it may appear nowhere."""

NOW = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def column(name: str, type_: str, title: str, description: str, **more: object) -> ColumnStatistics:
    """A column of 200 rows, all filled, unless told otherwise."""
    counts: dict[str, object] = {"filled": 200, "missing": 0, "distinct": 120}
    return ColumnStatistics(name, type_, title, description, **(counts | more))  # type: ignore[arg-type]


SPEND = (
    column("body_name", "string", "Organisation", "The council that made the payment.", safe=True, distinct=1,
           top=(("London Borough of Camden", 200),)),
    column("payment_date", "date", "Payment date", "The day on which the payment was made.", safe=True, distinct=61,
           minimum="2026-07-01", maximum="2026-09-30",
           bars=tuple((f"2026-07-{d:02d}", 5 + (d * 7) % 23) for d in range(1, 14))),
    column("amount", "number", "Net amount", "What was paid, in pounds, without VAT that is got back.", safe=True,
           distinct=187, minimum="-1200.50", maximum="480000.00", total="2904311.27",
           bars=(("below 0", 4), ("0 to 999", 96), ("1,000 to 9,999", 71), ("10,000 to 99,999", 24), ("more", 5))),
    column("supplier", "string", "Supplier", "Who was paid.", filled=197, missing=3, distinct=143,
           minimum=CANARY, maximum=CANARY, total=CANARY, top=((CANARY, 9),), bars=((CANARY, 9),)),
    column("service", "string", "Service", "The part of the council that spent the money.", safe=True, distinct=7,
           filled=188, missing=12, top=(("Adult Social Care", 64), ("Housing Management", 51),
                                        ("Education", 40), ("Parks", 21), ("Libraries", 8), ("Transport", 4))),
    column("vat", "boolean", "VAT got back", "", safe=True, distinct=2, top=(("true", 150), ("false", 50))),
    column("notes", "string", "Notes", "Free text of the finance system.", filled=0, missing=200, distinct=0),
)  # fmt: skip


def table(columns: tuple[ColumnStatistics, ...] = SPEND, rows: int = 200) -> Table:
    """A table with those columns and its two files."""
    fields = [{"name": c.name, "type": c.type, "title": c.title} for c in columns]
    fields[0]["constraints"] = {"required": True}  # type: ignore[assignment]
    csv = StagedFile("spend.csv", "3f" * 32, 28_114, "text/csv")
    parquet = StagedFile("spend.parquet", "a7" * 32, 1_204_551, "application/vnd.apache.parquet")
    return Table("spend", {"fields": fields}, rows, csv, parquet, columns)


def found(severity: Severity, what: str, where: Where, **more: object) -> Finding:
    """A finding with advice that fits most."""
    said: dict[str, object] = {
        "rule": "conform-type",
        "fix": "Write the amount with digits and at most one point, for example 1250.00.",
        "why": "A cell that is not a number cannot be added up, so totals would be wrong.",
        "who": "data officer",
    }
    return Finding(severity=severity, what=what, where=where, **(said | more))  # type: ignore[arg-type]


NOT_NUMBERS = found(
    Severity.BLOCK,
    "3 cells in the column “Amount £” are not numbers.",
    Where("spend", "amount", "Amount £", "May", (5, 9, 12), 3, 200),
    shapes=("9,999.99 aa", "AA/A", "£-"),
)
PERSON = found(
    Severity.HOLD,
    "The column “Notes” may describe people: 41 cells look like an e-mail address.",
    Where("spend", "notes", "Notes", "May", (17, 18, 40), 41, 200),
    rule="personal-email",
    fix="Take the column out, or ask the Data Protection Officer to approve it.",
    why="Publishing contact details of people without a reason breaks data protection law.",
    who="the information governance lead",
)
FELL = found(
    Severity.HOLD,
    "The file has 58% fewer rows than the last release.",
    Where("spend", count=200),
    rule="drift-rows-fewer",
    fix="Check that the file is complete. If it is, a reviewer can approve it.",
    why="A much smaller file is often one that was cut off.",
    who="the data quality lead",
)
EMPTY = found(
    Severity.WARN,
    "12 rows have no service.",
    Where("spend", "service", "Dept", rows=(3, 4, 88), count=12, of=200),
    fix="Fill the column “Dept” in these rows.",
    why="Readers look for spending by service.",
)
BLANK_ROWS = found(
    Severity.FIXED, "2 empty rows at the end were left out.", Where(rows=(203, 204), count=2), fix="", why=""
)

CHECKS = (
    Check("conform.types", "Every cell has the type of its column", CheckOutcome.PASSED),
    Check("conform.required", "Cells that must be filled are filled", CheckOutcome.PASSED),
    Check("suite.amounts", "Amounts lie between −10 million and 500 million pounds", CheckOutcome.PASSED),
    Check("suite.service", "At least 95 of 100 rows name a service", CheckOutcome.FAILED, "94 of 100 rows do."),
    Check("drift-rows/spend", "About as many rows as in the last release", CheckOutcome.PASSED),
    Check("drift-total/spend", "Totals like those of the last release", CheckOutcome.PASSED),
    Check("personal-email/spend", "No contact details of people", CheckOutcome.PASSED),
    Check("hidden-sheets", "No hidden sheets, rows or columns", CheckOutcome.PASSED),
    Check("personal-heading/spend", "No headings that describe people", CheckOutcome.NOT_RUN, "Skipped with --quick."),
)

CHANGES = (
    Change("date", "payment_date", 200, (2, 3, 4)),
    Change("number", "amount", 188, (2, 3, 5)),
    Change("trim", "supplier", 1_204, (9, 10, 44)),
)


def published() -> Report:
    """A release with a warning and repairs."""
    return Report(
        identity=Identity("spend-over-500", "camden"),
        verdict=Verdict.PUBLISH,
        created=NOW,
        findings=(EMPTY, BLANK_ROWS),
        checks=CHECKS,
        changes=CHANGES,
        tables=(table(),),
        source={
            "url": "https://opendata.camden.example/spend/2026-q2.csv",
            "name": "2026-q2.csv",
            "sha256": "0c" * 32,
            "bytes": "31022",
            "retrieved": "2026-11-22T02:14:00+00:00",
        },
        previous="5e" * 32,
        how_read="Windows-1252, commas, headings in row 3",
        compared=(
            TableChanges(
                "spend",
                ("body_name", "payment_date"),
                added=61,
                removed=3,
                changed=7,
                fields=(("amount", 6), ("service", 2)),
                new=(("service", "Transport"), ("supplier", CANARY)),
                gone=(("service", "Highways"),),
            ),
        ),
    )


def held() -> Report:
    """A file that waits for a person."""
    failed = replace(CHECKS[4], outcome=CheckOutcome.FAILED, note="200 rows, 476 before.")
    people = replace(CHECKS[6], outcome=CheckOutcome.FAILED, note="41 cells in 1 column.")
    checks = (*CHECKS[:4], failed, CHECKS[5], people, *CHECKS[7:])
    return replace(published(), verdict=Verdict.HELD, findings=(EMPTY, PERSON, FELL), checks=checks)


def blocked() -> Report:
    """A file with a fault, of a publisher that has no release yet."""
    failed = replace(CHECKS[0], outcome=CheckOutcome.FAILED, note="3 cells of 1 column.")
    findings = (EMPTY, NOT_NUMBERS, PERSON)
    return replace(
        published(), verdict=Verdict.BLOCKED, findings=findings, checks=(failed, *CHECKS[1:]), previous="", changes=()
    )


def unreadable() -> Report:
    """A file that held no table at all."""
    finding = found(
        Severity.BLOCK,
        "The file is a web page, not a table.",
        Where(),
        rule="read-web-page",
        fix="Open the address in a browser, save the table itself, and send that file.",
        why="Nothing can be checked or published without a table.",
    )
    return replace(blocked(), findings=(finding,), checks=(), tables=(), how_read="")


def releases() -> tuple[Report, ...]:
    """Six earlier releases of the same dataset, one a month."""
    return tuple(_earlier(month, 420 + 13 * month) for month in range(5, 11))


def _earlier(month: int, rows: int) -> Report:
    old = replace(SPEND[2], total="2104311.27")
    filled = replace(SPEND[4], filled=rows, missing=0)
    columns = (*SPEND[:2], old, SPEND[3], filled)
    created = dt.datetime(2026, month, 22, 2, 15, tzinfo=dt.UTC)
    return replace(published(), created=created, tables=(table(columns, rows),), findings=())
