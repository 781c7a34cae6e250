"""Find the heading row of a table and name its columns, by the first rows of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow.compute as pc

from packages.headings import normalise
from packages.messages import finding
from packages.model import ROWS_KEPT, Batch, ChangeLog, Finding, Where
from packages.readers.budget import current_budget
from packages.readers.over_budget import over_budget
from packages.refusal import refusal

HEADER_SEARCH_ROWS = 30
"""First rows of a file in which the heading row is looked for."""

Record = Sequence[str]


@dataclass(frozen=True, slots=True)
class Header:
    """The heading row of a table.

    `row` is its number as a spreadsheet shows it, `columns` the names made unique, `headings` the text in the file for
    each column, `above` the rows before it that are not blank, `blank` the positions (from 1) without a heading,
    `repeated` the headings that occur more than once.
    """

    row: int
    columns: tuple[str, ...]
    headings: Mapping[str, str]
    above: tuple[int, ...] = ()
    blank: tuple[int, ...] = ()
    repeated: tuple[str, ...] = ()

    def only(self, kept: Collection[int]) -> Header:
        """Return the header with only the columns at some positions (from 0)."""
        columns = tuple(self.columns[i] for i in kept)
        blank = tuple(position for position in self.blank if position - 1 in kept)
        return replace(self, columns=columns, headings={c: self.headings[c] for c in columns}, blank=blank)


def is_blank(record: Record) -> bool:
    """Whether every cell of the row is empty or space."""
    return not any(cell and not cell.isspace() for cell in record)


def known_headings_in(record: Record, known: Collection[str]) -> int:
    """Return how many different cells of the row are known headings."""
    return len({normalise(cell) for cell in record if cell} & set(known))


ALIKE = 0.5
"""Share of the headings of two tables together that both have, from which they are tables of the same kind."""


def are_alike(one: Record, other: Record, known: Collection[str]) -> bool:
    """Whether two heading rows are of tables of the same kind, or the description knows as much of one as the other."""
    ours, theirs = ({normalise(cell) for cell in record} - {""} for record in (one, other))
    both = len(ours & theirs)
    if known_headings_in(one, known) and known_headings_in(one, known) == known_headings_in(other, known):
        return True
    return both > 1 and both >= len(ours | theirs) * ALIKE


def find_header(records: Sequence[Record], known: Collection[str], described: int | None = None) -> Header:
    """Find the heading row among the first rows of a file, of which `records[0]` is row 1.

    `described` is the row that the description names. Without it, the row with most known headings is taken; when no
    row has any, the first that fills at least half as many cells as any. FileProblem when the file has no such row.
    """
    if described:
        index = described - 1
    elif any(counts := [known_headings_in(record, known) for record in records[:HEADER_SEARCH_ROWS]]):
        # index() finds the first of equals: a row repeated further down is no heading row
        index = counts.index(max(counts))
    else:
        # a title or a note above the headings fills fewer cells than they do
        filled = [sum(bool(cell.strip()) for cell in record) for record in records[:HEADER_SEARCH_ROWS]]
        least = max(filled, default=0) / 2
        index = next((i for i, count in enumerate(filled) if count and count >= least), len(records))
    if index >= len(records) or is_blank(records[index]):
        raise refusal("header-row-missing", Where(rows=(index + 1,))) if described else refusal("file-empty")
    above = tuple(n for n, record in enumerate(records[:index], start=1) if not is_blank(record))
    return name_columns(index + 1, records[index], above)


def name_columns(row: int, cells: Record, above: tuple[int, ...]) -> Header:
    """Make the headings of a row unique: repeated ones get “ (2)”, blank ones become “column 5”.

    FileProblem for more columns than a table can have.
    """
    if len(cells) > current_budget().columns:
        raise over_budget("columns", "columns")
    names = [cell.strip() or f"column {position}" for position, cell in enumerate(cells, start=1)]
    wanted, taken = set(names), set[str]()
    numbers: dict[str, int] = {}
    columns = []
    for name in names:
        free, number = name, numbers.get(name, 1)
        # a heading of the file may itself read “Amount (2)”
        while free in taken or (number > 1 and free in wanted):
            number += 1
            free = f"{name} ({number})"
        taken.add(free)
        numbers[name] = number
        columns.append(free)
    times = Counter(cell.strip() for cell in cells if cell.strip())
    return Header(
        row=row,
        columns=tuple(columns),
        headings=dict(zip(columns, (cell.strip() for cell in cells), strict=True)),
        above=above,
        blank=tuple(position for position, cell in enumerate(cells, start=1) if not cell.strip()),
        repeated=tuple(heading for heading, count in times.items() if count > 1),
    )


def header_findings(header: Header, sheet: str = "") -> list[Finding]:
    """Return the findings on the heading row: rows above it, and repeated headings."""
    found = []
    if header.above:
        where = Where(sheet=sheet, rows=header.above[:ROWS_KEPT], count=len(header.above))
        found.append(finding("rows-above-header", where, header=header.row))
    for heading in header.repeated:
        found.append(finding("duplicate-heading", Where(sheet=sheet, column=heading, rows=(header.row,), count=1)))
    return found


class UnnamedColumns:
    """Watches columns without a heading during one pass: those that hold something are left out, which is said.

    `known` are the normalised headings that the description recognises; it may leave out “column 5” on purpose.
    """

    def __init__(self, header: Header, known: Collection[str]) -> None:
        unnamed = [column for column in header.columns if not header.headings[column]]
        self._counts = {column: 0 for column in unnamed if normalise(column) not in known}
        self._first: dict[str, list[int]] = {column: [] for column in self._counts}
        self._of = 0

    def watch(self, batch: Batch) -> None:
        """Count the filled cells of a batch."""
        self._of += batch.cells.num_rows
        for column in self._counts:
            is_filled = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(batch.cells.column(column)), ""), False)
            numbers = batch.numbers.filter(is_filled)
            self._note(column, len(numbers), numbers[:ROWS_KEPT].to_pylist())

    def absorb(self, later: UnnamedColumns) -> None:
        """Add what was counted in the rows that follow."""
        self._of += later._of
        for column, count in later._counts.items():
            self._note(column, count, later._first[column])

    def report(self, log: ChangeLog, sheet: str = "") -> None:
        """Write one finding for each column that holds something into the log, when all rows have passed."""
        for column, count in self._counts.items():
            if count:
                where = Where(sheet=sheet, column=column, rows=tuple(self._first[column]), count=count, of=self._of)
                log.find(finding("blank-heading", where))

    def _note(self, column: str, count: int, first: list[int]) -> None:
        self._counts[column] += count
        self._first[column] = [*self._first[column], *first][:ROWS_KEPT]
