"""Read a file in a process of its own, so that a file made to exhaust a reader exhausts only this process.

`packages.readers.sandbox.confined` starts it with a job as JSON on standard input, or the warm child forks; it leaves
`outcome.json` and `rows.arrow` in the job's folder.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from packages.errors import FileProblem
from packages.readers.child_protocol import OUTCOME, ReadJob, ReadTable
from packages.readers.file_kinds import FILE_KINDS, ConvertedWorkbook, FileKind, Records, Workbook, load_reference


def run_child() -> None:
    """Run the job on standard input within the limit of memory that it names."""
    request = json.load(sys.stdin)
    # imported before the limit: a library that cannot be loaded under it would look like a damaged file
    load_reader(FileKind(request["kind"]))
    run_limited(request)


def run_limited(request: dict[str, Any]) -> None:
    """Run a job within the limit of memory that it names, which holds for this process from then on."""
    memory = request.pop("memory")
    try:
        import resource
    except ImportError:
        # Windows has no such limit: the time limit alone must do
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    run_job(request)


def run_job(request: dict[str, Any]) -> None:
    """Read the file that a request names, and leave the outcome in its folder; a FileProblem is an outcome too."""
    job = ReadJob(**request | {"known": frozenset(request["known"]), "kind": FileKind(request["kind"])})
    try:
        outcome: dict[str, Any] = dataclasses.asdict(load_reader(job.kind)(job))
    except FileProblem as problem:
        outcome = {"problem": [problem.what, problem.fix, problem.why]}
    (Path(job.folder) / OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")


def load_reader(kind: FileKind) -> Callable[[ReadJob], ReadTable]:
    """Import the reader of a kind, and only that: a workbook needs no parser of maps, nor the other way round."""
    match FILE_KINDS[kind]:
        case Workbook(title, inspect):
            from packages.readers.workbooks.sheets import read_sheet

            return partial(read_sheet, title=title, inspect=load_reference(inspect))
        case ConvertedWorkbook(title, convert, inspect):
            from packages.readers.workbooks.sheets import read_sheet

            reader = partial(read_sheet, title=title, inspect=load_reference(inspect))
            converter = load_reference(convert)
            return lambda job: reader(dataclasses.replace(job, path=str(converter(Path(job.path), Path(job.folder)))))
        case Records(source):
            from packages.readers.records.read_records import read_records

            return partial(read_records, open_source=load_reference(source))
    raise KeyError(kind)
