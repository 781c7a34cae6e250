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
from packages.readers.handing_over import Job, Table
from packages.readers.recognise import Kind
from packages.readers.records import read_records
from packages.readers.sheets import read_sheet

TABLES: dict[Kind, Callable[[Job], Table]] = {
    Kind.XLSX: read_sheet,
    Kind.XLS: read_sheet,
    Kind.XLSB: read_sheet,
    Kind.ODS: read_sheet,
    Kind.JSON: read_records,
    Kind.GEOJSON: read_records,
    Kind.KML: read_records,
    Kind.GML: read_records,
    Kind.SHAPEFILE: read_records,
    Kind.GEOPACKAGE: read_records,
}


def main() -> None:
    """Do the job on standard input."""
    told = json.load(sys.stdin)
    _limit_memory(told.pop("memory"))
    job = Job(**told | {"known": frozenset(told["known"]), "kind": Kind(told["kind"])})
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
    main()
