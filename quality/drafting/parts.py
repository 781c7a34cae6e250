"""A table that is read, judged and typed in parts by worker processes, and written here as one.

A part is as many pieces of the file as a pass over the whole would take one after the other, so that its batches, and
with them every count and every byte that is written, are those of that pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from packages.errors import FileProblem
from packages.formats.arrow import arrow_schema
from packages.formats.csv import lines_of
from packages.formats.hashed import disk_problems
from packages.model import CannotBeCut, ChangeLog, Check, Finding, Part, PartedRows, RowsSeen
from packages.parallel.spread import Spread
from packages.spec import TableSchema
from quality.conform.conformance_pass import FaultsSeen, RowJudge
from quality.conform.keys.key_codes import CodesByRow
from quality.conform.keys.table_keys import PartKeys, TableKeys
from quality.conform.known_keys import KnownKeys
from quality.drafting.table_files import RowsWithLines

NUMBER = pa.field("row number", pa.int64())


@dataclass(frozen=True)
class PartTask:
    """What is the same for all parts of a table. `scratch` is the folder for their rows; None where these are sent."""

    rows: PartedRows
    schema: TableSchema
    known: KnownKeys
    scratch: Path | None

    @cached_property
    def judge(self) -> RowJudge:
        """The judge of all parts that one process gets: what it has learnt of one part serves the next."""
        return RowJudge(self.schema, self.known)


@dataclass(frozen=True, slots=True)
class PartRows:
    """The typed rows of a part as an Arrow stream, their lines in the CSV, and the bytes of the lines of each batch."""

    typed: Path | pa.Buffer
    lines: Path | pa.Buffer
    sizes: tuple[int, ...]

    def batches(self, schema: pa.Schema) -> Iterator[RowsWithLines]:
        """Yield the rows in their batches; files of theirs are deleted."""
        lines = _taken(self.lines)
        bounds = pairwise(accumulate(self.sizes, initial=0))
        with pa.ipc.open_stream(_taken(self.typed)) as stream:
            for batch, (begin, end) in zip(stream, bounds, strict=True):
                *columns, numbers = batch.columns
                typed = pa.RecordBatch.from_arrays(columns, schema=schema)
                yield RowsWithLines(typed, lines.slice(begin, end - begin), numbers)


def _taken(content: Path | pa.Buffer) -> pa.Buffer:
    if not isinstance(content, Path):
        return content
    buffer = pa.py_buffer(content.read_bytes())
    content.unlink()
    return buffer


@dataclass(frozen=True, slots=True)
class DraftedPart:
    """A part that was read, judged and typed: its rows, and all that was seen of them."""

    rows: PartRows
    log: ChangeLog
    seen: RowsSeen
    faults: FaultsSeen
    keys: Sequence[Sequence[CodesByRow]]


def draft_part(task: PartTask, part: Part) -> DraftedPart:
    """Read, judge and type one part, in whatever process. CannotBeCut where it cannot be read by itself."""
    reading, faults, keys = task.rows.read(part), FaultsSeen(), PartKeys()
    schema = arrow_schema(task.schema).append(NUMBER)
    typed_rows, all_lines, sizes = pa.BufferOutputStream(), pa.BufferOutputStream(), []
    try:
        with pa.ipc.new_stream(typed_rows, schema) as stream:
            for typed in task.judge.typed(reading.batches, faults, keys):
                columns = [*typed.batch.columns, typed.numbers]
                stream.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                lines = lines_of(typed.batch, typed.cells)
                all_lines.write(lines)
                sizes.append(len(lines))
    except FileProblem as problem:
        # the pass from the first row to the last says it in the words of the whole file
        raise CannotBeCut(problem.what) from problem
    rows = PartRows(_kept(typed_rows.getvalue(), task.scratch), _kept(all_lines.getvalue(), task.scratch), tuple(sizes))
    return DraftedPart(rows, reading.log, reading.seen, faults, keys.noted)


def _kept(content: pa.Buffer, scratch: Path | None) -> Path | pa.Buffer:
    """Return a file with the content where others see the folder, else the content."""
    if not scratch:
        return content
    # work that was lost with its process is done again: what is left of it has another name
    path = scratch / uuid4().hex
    with disk_problems(path):
        path.write_bytes(content)
    return path


class TableInParts:
    """The parts of one table joined again, in their order. Iterate its rows once; afterwards the rest is complete.

    Close it after use.
    """

    def __init__(self, rows: PartedRows, schema: TableSchema, known: KnownKeys, spread: Spread, log: ChangeLog) -> None:
        self._task = PartTask(rows, schema, known, spread.scratch if spread.workers.see_files else None)
        self._spread = spread
        self._log = log
        self._arrow = arrow_schema(schema)
        self._keys = TableKeys(schema, self._arrow)
        self._faults = FaultsSeen()
        self._is_finished = False

    def rows(self, parts: Sequence[Part]) -> Iterator[RowsWithLines]:
        """Yield the rows of all parts; what is seen of them goes to the log. Raises CannotBeCut."""
        self._task.rows.begin(self._log)
        seen: RowsSeen | None = None
        for part in self._spread.over(parts, draft_part, self._task):
            self._log.absorb(part.log)
            self._faults.absorb(part.faults)
            for codes in part.keys:
                self._keys.add_codes(codes)
            if seen:
                seen.absorb(part.seen)
            else:
                seen = part.seen
            for batch in part.rows.batches(self._arrow):
                self._keys.add_values(batch.rows, batch.numbers.to_numpy(zero_copy_only=False))
                yield batch
        if seen:
            seen.report(self._log)
        self._keys.report(self._faults.tally, self._spread.workers)
        self._is_finished = True

    def findings(self, headings: Mapping[str, str], resource: str) -> tuple[Finding, ...]:
        """Return one finding for each rule and field. `headings` gives the received heading of a field."""
        return self._faults.findings(self._task.schema, headings, resource)

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks that were due and how each ended."""
        unresolved = self._task.known.unresolved
        return self._faults.checks(self._task.schema, unresolved, is_finished=self._is_finished)

    def close(self) -> None:
        """Delete the temporary files."""
        self._keys.close()
