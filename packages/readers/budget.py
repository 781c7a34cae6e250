"""What one file may cost: the limits that readers count while they read, and those that the system keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

MEBI = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadingBudget:
    """The limits of one file; `LIMITS_IN_WORDS` says what each counts.

    Honest large files (2 GB of CSV, 500 MB of XLSX, 100 MB of GML) stay within the defaults. Those of computing time
    and memory grow with the bytes of the file, so that a small file cannot ask for what a large one needs.
    """

    cpu_base: int = 16
    cpu_per_mebibyte: float = 2.0
    memory_base: int = 256 * MEBI
    memory_per_byte: float = 8.0
    memory_most: int = 3 << 30
    wall: int = 1800
    received: int = 8 << 30

    entries: int = 10_000
    unpacked: int = 4 << 30
    ratio: int = 300
    small: int = 64 * MEBI
    members: int = 100_000

    nesting: int = 100
    elements: int = 1_000_000
    columns: int = 4_000
    record_names: int = 2_000
    empty_records: int = 10_000
    record_characters: int = 16 * MEBI
    cell_characters: int = 16 * MEBI
    line_delimiters: int = 310_000
    geometry_nesting: int = 10
    geometry_points: int = 300_000

    sheets: int = 1_000
    sheet_cells: int = 20_000_000
    sheet_areas: int = 50_000
    hiding_areas: int = 5_000
    styles: int = 70_000
    noted_cells: int = 2_000_000

    def cpu(self, size: int) -> int:
        """Return the seconds of CPU that a file of so many bytes may use."""
        return int(self.cpu_base + self.cpu_per_mebibyte * size / MEBI)

    def memory(self, size: int) -> int:
        """Return the bytes of memory that reading a file of so many bytes may use."""
        return min(int(self.memory_base + self.memory_per_byte * size), self.memory_most)


LIMITS_IN_WORDS: Mapping[str, str] = {
    "cpu_base": "seconds of computing time for any file",
    "cpu_per_mebibyte": "and for each MiB of it",
    "memory_base": "bytes of memory for any file",
    "memory_per_byte": "and for each byte of it",
    "memory_most": "bytes of memory at most",
    "wall": "seconds until the reader is stopped, however little it computes",
    "received": "bytes of the file as it was received",
    "entries": "files in a zip archive; a workbook is one",
    "unpacked": "bytes that a file unpacks to, or that its rows take on disk",
    "ratio": "unpacked bytes for each packed one",
    "small": "unpacked bytes up to which the ratio does not count: short sheets of equal cells are packed very well",
    "members": "parts of a gzip file, one behind the other",
    "nesting": "elements of XML, or values of JSON, in one another",
    "elements": "elements of XML in one record of a map, or beside its records",
    "columns": "columns of a table",
    "record_names": "different names of values in records, which have no heading row",
    "empty_records": "records without any value, from the first on",
    "record_characters": "characters of one record of JSON",
    "cell_characters": "characters of a cell, or of a line",
    "line_delimiters": "delimiters in one line of text, those in its cells too",
    "geometry_nesting": "collections of shapes in one another",
    "geometry_points": "points of one shape",
    "sheets": "sheets of a workbook",
    "sheet_cells": "cells in the rectangle around all that is filled on a sheet",
    "sheet_areas": "merged areas of a sheet",
    "hiding_areas": "areas of a sheet in which a conditional format may hide what stands there",
    "styles": "styles of a workbook",
    "noted_cells": "cells of a sheet of which something is to be said, where they are repeated",
}
"""What each limit counts."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """The budget of every kind of file: a common one, and what differs by the name of a kind in small letters."""

    common: ReadingBudget = field(default_factory=ReadingBudget)
    by_kind: Mapping[str, Mapping[str, int | float]] = field(default_factory=dict)

    def of(self, kind: str) -> ReadingBudget:
        """Return the budget of the kind with this name."""
        return replace(self.common, **self.by_kind.get(kind.lower(), {}))  # type: ignore[arg-type]


def parse_budgets(text: str, kinds: frozenset[str]) -> Budgets:
    """Return budgets from text such as `entries=20000, xlsx.cpu_base=30`; ValueError names what does not fit.

    `kinds` are the names of the kinds in small letters.
    """
    known = {limit.name: limit for limit in fields(ReadingBudget)}
    common: dict[str, int | float] = {}
    by_kind: dict[str, dict[str, int | float]] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        place, _, amount = part.partition("=")
        kind, _, name = place.strip().rpartition(".")
        if name not in known:
            raise ValueError(f"“{name}” is no limit; there are {', '.join(known)}")
        if kind and kind not in kinds:
            raise ValueError(f"“{kind}” is no kind of file; there are {', '.join(sorted(kinds))}")
        number = float(amount)
        if not number > 0:
            raise ValueError(f"“{place.strip()}” must be more than 0")
        is_whole = isinstance(known[name].default, int)
        (by_kind.setdefault(kind, {}) if kind else common)[name] = int(number) if is_whole else number
    return Budgets(ReadingBudget(**common), by_kind)  # type: ignore[arg-type]


class _InForce:
    budgets = Budgets()
    current = ReadingBudget()


def put_budgets_in_force(budgets: Budgets) -> None:
    """Let these budgets hold for all files that this process has read."""
    _InForce.budgets, _InForce.current = budgets, budgets.of("csv")


def put_budget_in_force(budget: ReadingBudget) -> None:
    """Let this budget hold in a process that reads one file."""
    _InForce.current = budget


def budget_of(kind: str) -> ReadingBudget:
    """Return the budget of a file of this kind."""
    return _InForce.budgets.of(kind)


def current_budget() -> ReadingBudget:
    """Return the budget by which readers of this process count: that of its file, or of text where it reads that."""
    return _InForce.current
