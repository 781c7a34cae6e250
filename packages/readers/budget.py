"""What one file may cost: the limits that readers count while they read, and those that the system keeps."""

from __future__ import annotations

from dataclasses import dataclass

from packages.errors import FileProblem
from packages.refusal import refusal

MEBI = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadingBudget:
    """The limits of one file; honest large files (2 GB of CSV, 500 MB of XLSX, 100 MB of GML) stay within them.

    Kept by the system on the process that reads, and growing with the bytes of the file, so that a small file cannot
    ask for what a large one needs: `cpu_base` (seconds) and `cpu_per_mebibyte`, `memory_base` (bytes) and
    `memory_per_byte`, up to `memory_most`; `wall` (seconds).

    Of archives: `entries` (members), `unpacked` (bytes of all together), `ratio` (unpacked to packed bytes, from
    `small` bytes on: short sheets of equal cells are packed very well), `archives_within` (archives in one another).

    Of structure: `nesting` (elements of XML or JSON within one another), `columns` (of a table), `record_names`
    (different names in records without a heading row), `empty_records` (records without any value), `record_characters`
    (in one record), `cell_characters` (in one cell), `geometry_nesting` (collections within one another),
    `geometry_points` (in one shape).

    Of workbooks: `sheets`, `sheet_cells` (in the rectangle around all that is filled), `sheet_areas` (merged cells of
    one sheet), `hiding_areas` (those of conditional formats that may hide what is in them), `styles`, `noted_cells`
    (cells of one sheet of which something is to be said, where they are repeated).
    """

    cpu_base: int = 14
    cpu_per_mebibyte: float = 2.0
    memory_base: int = 400 * MEBI
    memory_per_byte: float = 8.0
    memory_most: int = 6 << 30
    wall: int = 1800

    entries: int = 10_000
    unpacked: int = 8 << 30
    ratio: int = 300
    small: int = 64 * MEBI
    archives_within: int = 1

    nesting: int = 100
    columns: int = 4_000
    record_names: int = 2_000
    empty_records: int = 10_000
    record_characters: int = 16 * MEBI
    cell_characters: int = 16 * MEBI
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


BUDGET = ReadingBudget()


def over_budget(parts: str, limit: int) -> FileProblem:
    """Return the problem of a file with more of something than a reader takes; `parts` names it in the plural."""
    return refusal("over-budget", parts=parts, limit=f"{limit:,}")
