"""Files that take a large library or parser: read by a child process with limits, which hands their cells back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from packages.errors import FileProblem
from packages.model import Batch, Extract, Finding, Log, Rows, Severity, Where
from packages.readers.archive import check_archive, is_archive
from packages.readers.damage import Damage
from packages.readers.headings import Header, header_findings, name_columns
from packages.readers.recognise import recognise
from packages.readers.refusal import refusal
from packages.readers.temporary import Folder
from packages.readers.tidying import Tally, tidy
from packages.spec import Reading


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use: bytes of memory (where the system can limit it) and seconds."""

    memory: int = 3 << 30
    seconds: float = 300


LIMITS = Limits()
BEGIN = "import sys; sys.path.insert(0, sys.argv[1]); from packages.readers.confined_child import main; main()"
"""What the child is told: to run the same code as its parent, wherever that was started."""

OUT_OF_MEMORY = (b"MemoryError", b"MemError", b"Cannot allocate memory", b"memory allocation of")
"""What Python, the libraries and the system say when the limit is reached."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What the child left: the heading row, the columns that are kept (positions from 0), and its findings."""

    folder: Folder
    sheet: str
    header: Header
    kept: tuple[int, ...]
    findings: tuple[Finding, ...]
    how_read: str


def read_confined(extract: Extract, reading: Reading, known: Collection[str], limits: Limits = LIMITS) -> Rows:
    """Read a workbook, a map file or a JSON document; FileProblem when it cannot be opened safely."""
    if is_archive(extract.path):
        check_archive(extract.path)
    left = _read_in_child(extract.path, reading, known, limits)
    said = (*left.findings, *header_findings(left.header, left.sheet))

    def start(log: Log) -> Iterator[Batch]:
        for one in said:
            log.find(one)
        return tidy(_batches(left), Tally(), log, damage=Damage(left.header.headings), sheet=left.sheet)

    return Rows(left.header.columns, left.header.headings, start, left.sheet, left.how_read)


def _read_in_child(path: Path, reading: Reading, known: Collection[str], limits: Limits) -> _Left:
    folder = Folder()
    job = {
        "path": str(path.resolve()),
        "folder": str(folder.path),
        "kind": recognise(path).value,
        "sheet": reading.sheet,
        "encoding": reading.encoding,
        "header_row": reading.header_row,
        "known": sorted(known),
        "memory": limits.memory,
    }
    _run(job, limits.seconds)
    outcome = _outcome(folder.path / "outcome.json")
    kept = tuple(i for i, h in enumerate(outcome["headings"]) if h.strip() or outcome["filled"][i : i + 1] == [True])
    header = name_columns(outcome["row"], outcome["headings"], tuple(outcome["above"])).only(kept)
    findings = tuple(_finding(told) for told in outcome["findings"])
    return _Left(folder, outcome["sheet"], header, kept, findings, outcome["how_read"])


def _run(job: dict[str, Any], seconds: float) -> None:
    # -I: what lies in the folder a person works in must not be imported
    command = [sys.executable, "-I", "-c", BEGIN, str(Path(__file__).parents[2])]
    # the system's allocator reserves no more address space than it uses, so that the limit means something
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
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


def _finding(told: dict[str, Any]) -> Finding:
    where = Where(**told["where"] | {"rows": tuple(told["where"]["rows"])})
    return Finding(**told | {"where": where, "severity": Severity(told["severity"]), "shapes": ()})


def _batches(left: _Left) -> Iterator[Batch]:
    columns = [str(i) for i in left.kept]
    with pa.OSFile(str(left.folder.path / "rows.arrow")) as file, pa.ipc.open_stream(file) as reader:
        for batch in reader:
            cells = batch.select(columns).rename_columns(list(left.header.columns))
            yield Batch(cells, batch.column("row"))
