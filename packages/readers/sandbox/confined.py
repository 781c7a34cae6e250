"""Read a file that needs a large library or parser in a child process with limits, which hands its cells back."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from packages.errors import FileProblem
from packages.headings import LISTED
from packages.messages import finding, unquoted
from packages.model import Batch, ChangeLog, Extract, Finding, OnRows, Rows, Severity, Where, no_progress
from packages.readers.archive_limits import check_archive, is_archive
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.edges import EdgeRows
from packages.readers.checks.headings import UnnamedColumns, header_findings, name_columns
from packages.readers.checks.rows import RowChecks, RowTally
from packages.readers.child_protocol import OUTCOME, ROWS, rows_written
from packages.readers.file_kinds import FILE_KINDS, FileKind, Records
from packages.readers.recognise import recognise_kind
from packages.readers.sandbox.program import child_command, child_environment
from packages.readers.sandbox.temporary_folder import TemporaryFolder
from packages.readers.sandbox.warm import WARM_CHILDREN, ReaderEnd
from packages.refusal import refusal
from packages.spec import ReadingSpec


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What the child may use: bytes of memory (where the system can limit it) and seconds."""

    memory: int = 3 << 30
    seconds: float = 300


LIMITS = ChildLimits()
PROGRESS_SECONDS = 1.0
"""Seconds between two looks at how many rows the child has written."""

OUT_OF_MEMORY = (b"MemoryError", b"MemError", b"Cannot allocate memory", b"memory allocation of", b"Error -4 while")
"""What Python, the libraries (zlib: -4) and the system print when the limit is reached."""


def read_confined(
    extract: Extract,
    reading: ReadingSpec,
    known: Collection[str],
    on_rows: OnRows = no_progress,
    limits: ChildLimits = LIMITS,
) -> Rows:
    """Read a workbook, a map file or a JSON document; FileProblem when it cannot be opened safely.

    `known` are the normalised headings that the description recognises. `on_rows` gets the number of rows read so far,
    about once a second; 0 while the library opens the file.
    """
    if is_archive(extract.path):
        check_archive(extract.path)
    folder = TemporaryFolder()
    request = {
        "path": str(extract.path.resolve()),
        "folder": str(folder.path),
        "kind": recognise_kind(extract.path).value,
        "sheet": reading.sheet,
        "encoding": reading.encoding,
        "header_row": reading.header_row,
        "known": sorted(known),
    }
    run_confined(request, limits, on_rows)
    return _rows_of(folder, reading, known)


def run_confined(request: dict[str, Any], limits: ChildLimits, on_rows: OnRows) -> None:
    """Run a request in a child; FileProblem when that crashes, or needs more than the limits allow."""
    limited = request | {"memory": limits.memory}
    watch = _ReaderWatch(Path(request["folder"]) / ROWS, limits.seconds, on_rows)
    group = "records" if isinstance(FILE_KINDS[FileKind(request["kind"])], Records) else "workbooks"
    end = WARM_CHILDREN.read(group, limited, watch)
    if end is None:
        end = _read_fresh(limited, _ReaderWatch(Path(request["folder"]) / ROWS, limits.seconds, on_rows))
    if end.code:
        # a negative code is a signal: the system itself killed the child
        is_exhausted = end.code < 0 or any(mark in end.errors for mark in OUT_OF_MEMORY)
        raise refusal("workbook-too-heavy" if is_exhausted else "workbook-unreadable")


class _ReaderWatch:
    """Tells how many rows a child has written, about once a second, until its time is up."""

    def __init__(self, rows: Path, seconds: float, on_rows: OnRows) -> None:
        self._path = rows
        self._deadline = time.monotonic() + seconds
        self._on_rows = on_rows
        self._rows = 0

    def seconds(self) -> float:
        """Return the seconds until the next look; FileProblem when the time is up."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise refusal("workbook-too-heavy")
        return min(PROGRESS_SECONDS, left)

    def look(self) -> None:
        """Tell how many rows have been written."""
        # the child may be about to write the count anew, which is empty then
        self._rows = max(self._rows, rows_written(self._path))
        self._on_rows(self._rows)


def _read_fresh(request: dict[str, Any], watch: _ReaderWatch) -> ReaderEnd:
    """Run a request in a child that is started for it alone."""
    pipe = subprocess.PIPE
    command = child_command("child", "run_child")
    request_text: bytes | None = json.dumps(request).encode()
    with subprocess.Popen(command, env=child_environment(), stdin=pipe, stdout=pipe, stderr=pipe) as child:  # noqa: S603
        try:
            while True:
                try:
                    errors = bytes(child.communicate(request_text, timeout=watch.seconds())[1])
                    break
                except subprocess.TimeoutExpired:
                    # communicate() has sent the request by now, and must not be given it a second time
                    request_text = None
                    watch.look()
        finally:
            child.kill()
    return ReaderEnd(child.returncode, errors)


def _rows_of(folder: TemporaryFolder, reading: ReadingSpec, known: Collection[str]) -> Rows:
    """Return the rows that the child left, without columns that have neither a heading nor a cell."""
    outcome: dict[str, Any] = json.loads((folder.path / OUTCOME).read_text(encoding="utf-8"))
    if "problem" in outcome:
        what, fix, why = outcome["problem"]
        raise FileProblem(what, fix=fix, why=why)
    headings, filled, sheet = outcome["headings"], outcome["filled"], outcome["sheet"]
    kept = tuple(i for i, heading in enumerate(headings) if heading.strip() or filled[i : i + 1] == [True])
    header = name_columns(outcome["row"], headings, tuple(outcome["above"])).only(kept)
    findings = []
    for values in outcome["findings"]:
        # JSON turned tuples into lists and the severity into its text
        where = Where(**values["where"] | {"rows": tuple(values["where"]["rows"])})
        found = {"where": where, "severity": Severity(values["severity"]), "shapes": ()}
        findings.append(Finding(**values | found))
    findings += header_findings(header, sheet)
    alike = outcome["alike"]
    if alike and reading.sheets == "one":
        sizes = [f"“{unquoted(t['name'])}” ({t['rows']:,} {'row' if t['rows'] == 1 else 'rows'})" for t in alike]
        where = Where(sheet=sheet, count=len(alike), unit="table")
        findings.append(finding("tables-alike", where, tables=", ".join(sizes[:LISTED]), read=unquoted(sheet)))

    def batches() -> Iterator[Batch]:
        positions = [str(i) for i in kept]
        with pa.OSFile(str(folder.path / ROWS)) as file, pa.ipc.open_stream(file) as reader:
            for batch in reader:
                cells = batch.select(positions).rename_columns(list(header.columns))
                yield Batch(cells, batch.column("row"))

    def start(log: ChangeLog) -> Iterator[Batch]:
        for found in findings:
            log.find(found)
        checks = RowChecks(RowTally(), DamageCheck(header.headings), EdgeRows())
        unnamed = UnnamedColumns(header, known)
        for batch in checks.kept(batches()):
            unnamed.watch(batch)
            yield batch
        checks.report(log, sheet)
        unnamed.report(log, sheet)

    made = frozenset(column for column, heading in header.headings.items() if heading in outcome["made"])
    names = tuple(table["name"] for table in alike)
    return Rows(header.columns, header.headings, start, sheet, outcome["how_read"], names, made)
