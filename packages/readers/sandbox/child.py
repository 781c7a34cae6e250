"""Reads a file in a process of its own, so that one made to exhaust a reader only exhausts this.

Started by `packages.readers.confined` with a job as JSON on standard input; leaves `outcome.json` and `rows.arrow` in
the job's folder.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from packages.errors import FileProblem
from packages.readers.recognise import FileKind
from packages.readers.records.read_records import read_records
from packages.readers.sandbox.child_protocol import ReadJob, ReadTable
from packages.readers.workbooks.sheets import read_sheet

TABLES: dict[FileKind, Callable[[ReadJob], ReadTable]] = {
    FileKind.XLSX: read_sheet,
    FileKind.XLS: read_sheet,
    FileKind.XLSB: read_sheet,
    FileKind.ODS: read_sheet,
    FileKind.JSON: read_records,
    FileKind.GEOJSON: read_records,
    FileKind.KML: read_records,
    FileKind.GML: read_records,
    FileKind.SHAPEFILE: read_records,
    FileKind.GEOPACKAGE: read_records,
}


def run_child() -> None:
    """Do the job on standard input."""
    told = json.load(sys.stdin)
    _limit_memory(told.pop("memory"))
    job = ReadJob(**told | {"known": frozenset(told["known"]), "kind": FileKind(told["kind"])})
    try:
        outcome: dict[str, Any] = dataclasses.asdict(TABLES[job.kind](job))
    except FileProblem as problem:
        outcome = {"problem": [problem.what, problem.fix, problem.why]}
    (Path(job.folder) / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows, where the time limit alone must do
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    run_child()
