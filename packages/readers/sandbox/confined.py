"""Files that take a large library or parser: read by a child process with limits, which hands their cells back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from packages.errors import FileProblem
from packages.model import Batch, ChangeLog, Extract, Finding, OnRows, Rows, Severity, Where, no_progress
from packages.readers.archive_limits import check_archive, is_archive
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.headings import Header, header_findings, name_columns
from packages.readers.checks.rows import RowTally, drop_blank_rows
from packages.readers.recognise import recognise_kind
from packages.readers.sandbox.child_protocol import ROWS, rows_written
from packages.readers.sandbox.temporary_folder import TemporaryFolder
from packages.refusal import refusal
from packages.spec import ReadingSpec


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What the child may use: bytes of memory (where the system can limit it) and seconds."""

    memory: int = 3 << 30
    seconds: float = 300


LIMITS = ChildLimits()
BEGIN = "import sys; sys.path.insert(0, sys.argv[1]); from packages.readers.sandbox.child import run_child; run_child()"
"""What the child is told: to run the same code as its parent, wherever that was started."""

OFTEN = 1.0
"""Seconds between two looks at how far the child has come."""

OUT_OF_MEMORY = (b"MemoryError", b"MemError", b"Cannot allocate memory", b"memory allocation of", b"Error -4 while")
"""What Python, the libraries (zlib: -4) and the system say when the limit is reached."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What the child left: the heading row, the columns that are kept (positions from 0), and its findings."""

    folder: TemporaryFolder
    sheet: str
    header: Header
    kept: tuple[int, ...]
    findings: tuple[Finding, ...]
    how_read: str


def read_confined(
    extract: Extract,
    reading: ReadingSpec,
    known: Collection[str],
    on_rows: OnRows = no_progress,
    limits: ChildLimits = LIMITS,
) -> Rows:
    """Read a workbook, a map file or a JSON document; FileProblem when it cannot be opened safely.

    `on_rows` hears from time to time how many rows have been read; 0 while the library opens the file.
    """
    if is_archive(extract.path):
        check_archive(extract.path)
    folder = TemporaryFolder()
    _run(_job(extract.path, reading, known, folder), limits, on_rows)
    left = _left(folder)
    said = (*left.findings, *header_findings(left.header, left.sheet))

    def start(log: ChangeLog) -> Iterator[Batch]:
        for one in said:
            log.find(one)
        return drop_blank_rows(
            _batches(left), RowTally(), log, damage=DamageCheck(left.header.headings), sheet=left.sheet
        )

    return Rows(left.header.columns, left.header.headings, start, left.sheet, left.how_read)


def _job(path: Path, reading: ReadingSpec, known: Collection[str], folder: TemporaryFolder) -> dict[str, Any]:
    return {
        "path": str(path.resolve()),
        "folder": str(folder.path),
        "kind": recognise_kind(path).value,
        "sheet": reading.sheet,
        "encoding": reading.encoding,
        "header_row": reading.header_row,
        "known": sorted(known),
    }


def _left(folder: TemporaryFolder) -> _Left:
    outcome = _outcome(folder.path / "outcome.json")
    kept = tuple(i for i, h in enumerate(outcome["headings"]) if h.strip() or outcome["filled"][i : i + 1] == [True])
    header = name_columns(outcome["row"], outcome["headings"], tuple(outcome["above"])).only(kept)
    findings = tuple(_finding(told) for told in outcome["findings"])
    return _Left(folder, outcome["sheet"], header, kept, findings, outcome["how_read"])


def _run(job: dict[str, Any], limits: ChildLimits, on_rows: OnRows) -> None:
    # -I: what lies in the folder a person works in must not be imported
    command = [sys.executable, "-I", "-c", BEGIN, str(Path(__file__).parents[3])]
    # the system's allocator reserves no more address space than it uses, so that the limit means something
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe) as child:  # noqa: S603
        try:
            said = _wait(child, job | {"memory": limits.memory}, time.monotonic() + limits.seconds, on_rows)
        finally:
            child.kill()
    if child.returncode:
        is_exhausted = child.returncode < 0 or any(mark in said for mark in OUT_OF_MEMORY)
        raise refusal("workbook-too-heavy" if is_exhausted else "workbook-unreadable")


def _wait(child: subprocess.Popen[bytes], job: dict[str, Any], until: float, on_rows: OnRows) -> bytes:
    """What the child says on standard error; meanwhile somebody hears how many rows it has read."""
    told: bytes | None = json.dumps(job).encode()
    while time.monotonic() < until:
        try:
            return bytes(child.communicate(told, timeout=min(OFTEN, max(until - time.monotonic(), 0)))[1])
        except subprocess.TimeoutExpired:
            told = None
            on_rows(rows_written(Path(job["folder"]) / ROWS))
    raise refusal("workbook-too-heavy")


def _outcome(path: Path) -> dict[str, Any]:
    outcome: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "problem" in outcome:
        what, fix, why = outcome["problem"]
        raise FileProblem(what, fix=fix, why=why)
    return outcome


def _finding(told: dict[str, Any]) -> Finding:
    where = Where(**told["where"] | {"rows": tuple(told["where"]["rows"])})
    return Finding(**told | {"where": where, "severity": Severity(told["severity"]), "shapes": ()})


def _batches(left: _Left) -> Iterator[Batch]:
    columns = [str(i) for i in left.kept]
    with pa.OSFile(str(left.folder.path / ROWS)) as file, pa.ipc.open_stream(file) as reader:
        for batch in reader:
            cells = batch.select(columns).rename_columns(list(left.header.columns))
            yield Batch(cells, batch.column("row"))
