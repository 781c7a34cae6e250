"""Read a file in a process of its own, so that a file made to exhaust a reader exhausts only this process.

`packages.readers.sandbox.confined` starts it with a job as JSON on standard input; it leaves `outcome.json` and
`rows.arrow` in the job's folder.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from packages.errors import FileProblem
from packages.readers.child_protocol import OUTCOME, ReadJob, ReadTable
from packages.readers.file_kinds import FILE_KINDS, FileKind, Records, Workbook, load_reference


def run_child() -> None:
    """Limit the memory of this process and run the job on standard input."""
    request = json.load(sys.stdin)
    _limit_memory(request.pop("memory"))
    run_job(request)


def run_job(request: dict[str, Any]) -> None:
    """Read the file that a request names, and leave the outcome in its folder; a FileProblem is an outcome too."""
    job = ReadJob(**request | {"known": frozenset(request["known"]), "kind": FileKind(request["kind"])})
    try:
        outcome: dict[str, Any] = dataclasses.asdict(_read_table(job))
    except FileProblem as problem:
        outcome = {"problem": [problem.what, problem.fix, problem.why]}
    (Path(job.folder) / OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")


def _read_table(job: ReadJob) -> ReadTable:
    # imported here: a workbook needs none of the parsers of maps, and the other way round
    match FILE_KINDS[job.kind]:
        case Workbook() as workbook:
            from packages.readers.workbooks.sheets import read_sheet

            return read_sheet(job, workbook)
        case Records(source):
            from packages.readers.records.read_records import read_records

            return read_records(job, load_reference(source)(job))
    raise KeyError(job.kind)


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit: the time limit alone must do
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
