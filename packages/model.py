"""The values that the steps of a run take and return."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from packages.errors import SetupProblem

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_SHOWN = 3
"""Row numbers that a message names; the count tells how many there are."""

ROWS_KEPT = 100
"""Row numbers that a finding about cells keeps, for the list of issues that goes back to the officer."""

MADE_BY_US = "Made by londata check --mended"
"""What a workbook that we hand back says of itself: its notes are ours, and it may be written over."""

ISSUES_SHEET = "Issues (londata)"
"""The sheet with all issues in a workbook that we hand back: no data of its owner's."""

MARK = "mark"
SMALL_NUMBERS = "small-numbers"
"""The rules under which cells are counted that held a mark instead of a number, and numbers that were hidden."""

OnRows = Callable[[int], None]
"""Called with the number of rows that are done."""


def no_progress(_rows: int) -> None:
    """Ignore the progress."""


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """One dataset of one publisher, written `spend-over-500/camden`."""

    dataset: str
    publisher: str

    @classmethod
    def parse(cls, text: str) -> Identity:
        """Parse `dataset/publisher`; SetupProblem for anything else."""
        dataset, slash, publisher = text.strip().partition("/")
        if not (dataset and slash and publisher) or "/" in publisher:
            raise SetupProblem(
                f"“{text}” does not name a dataset of a publisher.",
                fix="Write dataset/publisher, for example spend-over-500/camden. `londata datasets` lists them.",
            )
        return cls(dataset, publisher)

    def __str__(self) -> str:
        return f"{self.dataset}/{self.publisher}"


class Severity(StrEnum):
    """The effect of a finding on the verdict."""

    BLOCK = "block"
    HOLD = "hold"
    WARN = "warn"
    FIXED = "fixed"


class Verdict(StrEnum):
    """The decision on a file."""

    PUBLISH = "publish"
    UNCHANGED = "unchanged"
    HELD = "held"
    BLOCKED = "blocked"


class CheckOutcome(StrEnum):
    """How a check that was due ended; one that crashed counts as not run."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a finding, in the terms of the file that was received.

    `rows` are the first row numbers, at most ROWS_KEPT, as a spreadsheet shows them (the first line of the file is 1);
    `count` is the number of rows concerned, `of` the number of rows of the file. `unit` is what is counted.
    """

    resource: str = ""
    field: str = ""
    column: str = ""
    sheet: str = ""
    rows: tuple[int, ...] = ()
    count: int = 0
    of: int = 0
    unit: str = "row"


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation about a file: what, where, how to fix it, why it matters, who must act.

    `rule` is a key of messages.yaml, which holds the wording. `shapes` are masked cells (`Aaaa 999`), never values.
    """

    rule: str
    severity: Severity
    where: Where
    what: str
    fix: str
    why: str
    who: str
    shapes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check that was due, and its outcome. `note` tells why it failed or did not run.

    `settled` says how it was decided, where there is more than one way; reports of earlier versions do not have it.
    """

    name: str
    title: str
    outcome: CheckOutcome
    note: str = ""
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The number of cells of a field that a named rule changed without loss, and the first rows.

    `resource` is the table, in a dataset of several.
    """

    rule: str
    field: str
    count: int
    rows: tuple[int, ...] = ()
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """The bytes as received, untouched. `url` is fit to be shown: it holds no credentials."""

    path: Path
    name: str
    sha256: str
    bytes: int
    media_type: str
    url: str
    retrieved: dt.datetime
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as text.

    `cells` is a record batch of string columns; a null is a cell that the row did not have, an empty cell is "".
    `numbers` (int64, one per row) are the row numbers as a spreadsheet shows them.
    """

    cells: pa.RecordBatch
    numbers: pa.Array


class ChangeLog:
    """Collects changes and findings during one pass over the rows.

    The only mutable value here: it grows while the rows stream by and is complete when they have all passed.
    """

    def __init__(self) -> None:
        self._changes: dict[tuple[str, str], Change] = {}
        self._findings: list[Finding] = []
        self.vouched: set[str] = set()
        """Names of payees that the file's own flags call organisations."""

    def change(self, rule: str, field_name: str, count: int, rows: tuple[int, ...] = ()) -> None:
        """Add to the count of cells of one field that one rule changed."""
        # a rule that changed nothing leaves no entry
        if count:
            old = self._changes.get((rule, field_name), Change(rule, field_name, 0))
            first = (old.rows + rows)[:ROWS_SHOWN]
            self._changes[rule, field_name] = Change(rule, field_name, old.count + count, first)

    def find(self, finding: Finding) -> None:
        """Add a finding."""
        self._findings.append(finding)

    def absorb(self, later: ChangeLog) -> None:
        """Add what was logged of the rows that follow."""
        for (rule, name), change in later._changes.items():
            self.change(rule, name, change.count, change.rows)
        self._findings += later._findings
        self.vouched |= later.vouched

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(self._changes.values())

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings)


class CannotBeCut(Exception):
    """The rows have to be passed from the first to the last: they cannot be read rightly in parts. Says why."""


class RowsSeen(Protocol):
    """What a pass over some rows has seen, but for the rows: it can be sent to another process."""

    def absorb(self, later: Any) -> None:
        """Add what was seen in the rows that follow."""

    def report(self, log: ChangeLog) -> None:
        """Write the findings into the log, when all rows have passed."""


class Part(Protocol):
    """Some consecutive rows of a table, as anybody may read them who sees the file.

    `is_end` is whether they end with the last row of the table.
    """

    @property
    def is_end(self) -> bool: ...

    def carried(self) -> Part:
        """Return the part with its text, for those who do not see the file."""


@dataclass(frozen=True, slots=True)
class PartPass:
    """A pass over one part: what it logs and sees is complete when all its batches have been taken."""

    batches: Iterator[Batch]
    log: ChangeLog
    seen: RowsSeen


class PartedRows(Protocol):
    """The same rows as a stream gives, in parts that can be passed in any order and by several processes.

    The batches of all parts are those of the stream, and what their passes see, joined in order, is what it sees. It
    can be sent to another process. `bytes` is the size of the file.
    """

    @property
    def bytes(self) -> int: ...

    def cut(self, scratch: Path, least: int = 2) -> Sequence[Part]:
        """Return the parts in order, at least so many. `scratch` is a folder for text that has to be written anew.

        Raises CannotBeCut for rows that have to be passed from the first to the last.
        """

    def last_row(self, parts: Sequence[Any]) -> int:
        """Return the number of the last row that is kept, found by reading the end of the last of all parts."""

    def begin(self, log: ChangeLog) -> None:
        """Write into the log what is known before the first row."""

    def read(self, part: Any) -> PartPass:
        """Begin a pass over one part, which may find that it cannot be read by itself: CannotBeCut."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A stream of rows that can be started again from the first; never the whole file in memory.

    `columns` names the columns of every batch. `headings` holds the heading in the received file for each column.
    `start(log)` begins a pass: it yields batches, and records its changes and findings in `log`. `alike` names the
    sheets or layers of the file that hold a table of this kind, this one among them; empty when there is no other.
    `made` are columns that the file does not have: a reader made them of shapes, or of the numbers of features.
    `parts` are the same rows for those who pass them in parts; None where nobody can.
    """

    columns: tuple[str, ...]
    headings: Mapping[str, str]
    start: Callable[[ChangeLog], Iterator[Batch]]
    sheet: str = ""
    how_read: str = ""
    alike: tuple[str, ...] = ()
    made: frozenset[str] = frozenset()
    parts: PartedRows | None = None


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """Statistics of one column from one pass.

    `minimum`, `maximum` and `total` are text; `top` and `bars` are (label, count). `distinct` stops counting at
    `DISTINCT_LIMIT`, and is then one more than it. Only columns known to be safe may show anything but counts.
    `profile` counts kinds of values, such as `words 32`, in a sample, for comparison with other releases.
    """

    name: str
    type: str
    title: str
    description: str
    filled: int
    missing: int
    distinct: int
    safe: bool = False
    minimum: str = ""
    maximum: str = ""
    total: str = ""
    top: tuple[tuple[str, int], ...] = ()
    bars: tuple[tuple[str, int], ...] = ()
    profile: tuple[tuple[str, int], ...] = ()


DISTINCT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One file of a draft or release: its name in the folder, sha256 (hex), size in bytes and media type."""

    name: str
    sha256: str
    bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Table:
    """One resource, written as CSV and Parquet. `schema` is the Table Schema that both files follow."""

    name: str
    schema: Mapping[str, Any]
    rows: int
    csv: StagedFile
    parquet: StagedFile
    columns: tuple[ColumnStatistics, ...] = ()


@dataclass(frozen=True, slots=True)
class RowNumbers:
    """The row numbers in the received file, as a spreadsheet counts, of the rows of a table.

    Short however long the table: `starts` are the positions (from 0) at which a run of consecutive rows begins,
    `numbers` the row numbers there.
    """

    starts: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()

    def of(self, position: int) -> int:
        """Return the row number at a position (from 0); IndexError when no run covers it."""
        run = bisect_right(self.starts, position) - 1
        if run < 0:
            raise IndexError(position)
        return self.numbers[run] + position - self.starts[run]


@dataclass(frozen=True, slots=True)
class Draft:
    """The result of one pass over the rows, in a staging folder. Nothing in it may be published before it is sealed.

    `headings` (of the received file, by field) and `row_numbers` are kept for each table by its name. `vouched` are
    names of payees that the file itself marks as those of organisations. `proven` names the checks of the expectations
    that the rows have proven met while they passed.
    """

    identity: Identity
    folder: Path
    extract: Extract
    tables: tuple[Table, ...]
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    changes: tuple[Change, ...]
    headings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    how_read: str = ""
    row_numbers: Mapping[str, RowNumbers] = field(default_factory=dict)
    vouched: frozenset[str] = frozenset()
    proven: frozenset[str] = frozenset()

    def rows_at(self, table: str, positions: Iterable[int]) -> tuple[int, ...]:
        """Return the row numbers in the received file of positions (from 0) in a table; none where no row is known."""
        numbers = self.row_numbers.get(table)
        return tuple(map(numbers.of, positions)) if numbers and numbers.starts else ()

    def heading(self, table: str, name: str) -> str:
        """Return the heading of a field of a table in the received file; empty when it has no such column."""
        return self.headings.get(table, {}).get(name, "")


@dataclass(frozen=True, slots=True)
class TableChanges:
    """The differences of the rows of a table from those of the last release, matched by the fields of `key`.

    `note` tells why rows could not be compared; the counts are 0 then. `fields` are (field, rows that differ in it).
    `new` and `gone` are (field, category) in columns whose values may be shown.
    """

    table: str
    key: tuple[str, ...] = ()
    note: str = ""
    added: int = 0
    removed: int = 0
    changed: int = 0
    fields: tuple[tuple[str, int], ...] = ()
    new: tuple[tuple[str, str], ...] = ()
    gone: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Findings and verdict on one file, with everything a reviewer needs and no raw value from an unsafe column.

    `previous` is the digest of the release it was compared with, or empty. `decided` says in which roles, when and
    until when people let findings pass, never who; empty when nobody had to decide. `suites` is the digest of the
    quality suites and of the versions that ran them; empty where none ran, and in reports of earlier versions.
    """

    identity: Identity
    verdict: Verdict
    created: dt.datetime
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    changes: tuple[Change, ...]
    tables: tuple[Table, ...]
    source: Mapping[str, str]
    previous: str = ""
    decided: str = ""
    how_read: str = ""
    compared: tuple[TableChanges, ...] = ()
    suites: str = ""

    def with_severity(self, *wanted: Severity) -> tuple[Finding, ...]:
        """Return the findings of the given severities, in their order."""
        return tuple(f for f in self.findings if f.severity in wanted)


@dataclass(frozen=True, slots=True)
class Release:
    """A draft sealed by an accepting report: an immutable folder named by the digest of its content.

    `digest` (sha256, hex) covers the data and the metadata, not the report or the time: the same content is the same
    release. `manifest` lists every other file in the folder.
    """

    identity: Identity
    digest: str
    folder: Path
    tables: tuple[Table, ...]
    manifest: tuple[StagedFile, ...]
    descriptor: Mapping[str, Any]
    sealed: dt.datetime
    verdict: Verdict = Verdict.PUBLISH

    def file(self, name: str) -> StagedFile:
        """Return the manifest's entry for one file; KeyError when there is none."""
        for entry in self.manifest:
            if entry.name == name:
                return entry
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Publication:
    """The receipt of a publication: where it is listed, under which ids and URLs, what was read back, and when."""

    identity: Identity
    catalogue: str
    release: str
    page: str
    urls: Mapping[str, str]
    ids: Mapping[str, str]
    read_back: Mapping[str, str]
    writes: int
    at: dt.datetime
