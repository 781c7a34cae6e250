"""One file of the corpus and what must become of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from packages.model import Verdict

PUBLISH, HELD, BLOCKED = Verdict.PUBLISH, Verdict.HELD, Verdict.BLOCKED

HEADINGS = ("payment_date", "supplier", "department", "purpose", "amount_gbp", "reference")
Table = list[list[object]]


@dataclass(frozen=True)
class Case:
    """A file by its name and bytes, the verdict that it must get, and a finding that must be among those on it.

    `rule` is empty where nothing needs to be found.
    """

    group: str
    name: str
    content: bytes
    verdict: Verdict
    rule: str = ""
    dataset: str = "spend-over-500"

    @property
    def title(self) -> str:
        """What tells it from all others."""
        return f"{self.group}: {self.name}"


def payments(rows: int = 12) -> Table:
    """A table of payments without fault, its headings first."""
    purposes = ("Street lighting", "Library books", "Café supplies", "Tree planting")
    table: Table = [list(HEADINGS)]
    for i in range(rows):
        date, supplier = f"2026-07-{i + 1:02}", f"Supplier {chr(65 + i % 26)} Ltd"
        table.append([date, supplier, "Environment", purposes[i % 4], f"{1000 + 17 * i}.50", f"INV-{500 + i}"])
    return table


def with_cell(row: int, heading: str, value: object) -> Table:
    """The payments with one other cell; row 2 is the first below the headings."""
    table = payments()
    table[row - 1][HEADINGS.index(heading)] = value
    return table


def as_csv(
    table: Sequence[Sequence[object]], delimiter: str = ",", newline: str = "\n", encoding: str = "utf-8"
) -> bytes:
    """The table as delimited text."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(table)
    return out.getvalue().encode(encoding)
