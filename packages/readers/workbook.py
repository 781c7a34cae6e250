"""Excel workbooks (XLSX) as a stream of text cells, read by a child process with limits."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from packages.errors import FileProblem
from packages.messages import messages
from packages.model import Batch, Extract, Finding, Log, Rows, Where
from packages.readers.archive import check_archive
from packages.readers.headings import Header, header_findings, name_columns
from packages.readers.refusal import refusal
from packages.readers.tidying import Tally, tidy
from packages.spec import Reading


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use: bytes of memory (where the system can limit it) and seconds."""

    memory: int = 3 << 30
    seconds: float = 300


LIMITS = Limits()
OUT_OF_MEMORY = (b"MemoryError", b"MemError", b"Cannot allocate memory")
"""What Python, the workbook library and the system say when the limit is reached."""


class _Folder:
    """A temporary folder that lives as long as somebody may still start a pass over what is in it."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="londata-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What the child left: the heading row, the columns that are kept (positions from 0), and its findings."""

    folder: _Folder
    name: str
    header: Header
    kept: tuple[int, ...]
    findings: tuple[Finding, ...]


def read_workbook(extract: Extract, reading: Reading, known: Collection[str], limits: Limits = LIMITS) -> Rows:
    """Read one sheet of a workbook; FileProblem when it cannot be opened safely."""
    check_archive(extract.path)
    sheet = _read_in_child(extract.path, reading, known, limits)
    said = (*sheet.findings, *header_findings(sheet.header, sheet.name))

    def start(log: Log) -> Iterator[Batch]:
        for one in said:
            log.find(one)
        return tidy(_batches(sheet), Tally(), log, sheet=sheet.name)

    how_read = f"Excel workbook, sheet “{sheet.name}”, headings on row {sheet.header.row}"
    return Rows(sheet.header.columns, sheet.header.headings, start, sheet.name, how_read)


def _read_in_child(path: Path, reading: Reading, known: Collection[str], limits: Limits) -> _Sheet:
    folder = _Folder()
    job = {
        "path": str(path.resolve()),
        "folder": str(folder.path),
        "sheet": reading.sheet,
        "header_row": reading.header_row,
        "known": sorted(known),
        "memory": limits.memory,
    }
    _run(job, limits.seconds)
    outcome = _outcome(folder.path / "outcome.json")
    kept = tuple(i for i, h in enumerate(outcome["headings"]) if h.strip() or outcome["filled"][i : i + 1] == [True])
    header = name_columns(outcome["row"], outcome["headings"], tuple(outcome["above"])).only(kept)
    return _Sheet(folder, outcome["sheet"], header, kept, tuple(_finding(*told) for told in outcome["findings"]))


def _run(job: dict[str, Any], seconds: float) -> None:
    # -I: what lies in the folder a person works in must not be imported
    command = [sys.executable, "-I", "-m", "packages.readers.workbook_child"]
    # the system's allocator reserves no more address space than it uses, so that the limit means something
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}
    try:
        ended = subprocess.run(  # noqa: S603
            command,
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise refusal("workbook-too-heavy") from error
    if ended.returncode:
        is_exhausted = ended.returncode < 0 or any(mark in ended.stderr for mark in OUT_OF_MEMORY)
        raise refusal("workbook-too-heavy" if is_exhausted else "workbook-unreadable")


def _outcome(path: Path) -> dict[str, Any]:
    outcome: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "problem" in outcome:
        what, fix, why = outcome["problem"]
        raise FileProblem(what, fix=fix, why=why)
    return outcome


def _finding(rule: str, sheet: str, rows: Sequence[int], count: int, what: str) -> Finding:
    message = messages()[rule]
    where = Where(sheet=sheet, rows=tuple(rows), count=count)
    return Finding(rule, message.severity, where, what, message.fix, message.why, message.who)


def _batches(sheet: _Sheet) -> Iterator[Batch]:
    columns = [str(i) for i in sheet.kept]
    with pa.OSFile(str(sheet.folder.path / "rows.arrow")) as file, pa.ipc.open_stream(file) as reader:
        for batch in reader:
            cells = batch.select(columns).rename_columns(list(sheet.header.columns))
            yield Batch(cells, batch.column("row"))
