"""One large table read, judged and written in one process, and in parts by 1, 2 and 4 others: seconds, CPU, memory.

    python -m tests.bench.parts [ROWS] [--workers 1 2 4] [--dask ADDRESS] [--rounds 1]

Each way is a process of its own, and so are its workers; “here” is the one that joins what they make. All drafts have
the same digest, or this ends with 1. With `--dask`, the workers of that scheduler work on the parts as well.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.process_tree import cost_of

IDENTITY = "spend-over-500/camden"
NOW = dt.datetime(2026, 11, 30, 4, 0, tzinfo=dt.UTC)


def draft_once(file: Path, workers: str) -> None:
    """Say what the draft of a file is that so many workers make (0: this process alone), or those at an address."""
    from flows.process.startup import prepare_process

    prepare_process()
    from flows.examine import make_draft
    from packages.fetch import extract_file
    from packages.model import Identity
    from packages.parallel.local_workers import LocalWorkers
    from packages.parallel.spread import SpreadPlan
    from packages.release.seal import content_digest
    from packages.spec import load_spec
    from quality.drafting.draft import Staging

    if "://" in workers:
        from flows.parts.dask_parts import DaskWorkers

        plan = SpreadPlan(0, partial(DaskWorkers, workers))
    else:
        plan = SpreadPlan(0, partial(LocalWorkers, int(workers)))
    spec = load_spec(Identity.parse(IDENTITY))
    extract = extract_file(file, store=None, now=NOW)
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=file.parent) as name:
        place = Staging(Path(name))
        with plan.within(place.folder) if workers != "0" else nullcontext() as spread:
            draft = make_draft(spec, extract, replace(place, spread=spread), NOW.date())
        seconds = time.perf_counter() - begin
        told = {
            "seconds": round(seconds, 1),
            "rows": sum(table.rows for table in draft.tables),
            "digest": content_digest(draft, spec),
            "findings": str(draft.findings),
            "statistics": str([table.columns for table in draft.tables]),
        }
    print(json.dumps(told))


def main() -> int:
    """Time every way, and compare what comes of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--workers", nargs="+", default=["1", "2", "4"])
    parser.add_argument("--dask", help="address of a running scheduler")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--draft", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help="a file that is there already")
    options = parser.parse_args()
    if options.draft is not None:
        draft_once(options.file, options.draft)
        return 0
    with tempfile.TemporaryDirectory() as name:
        file = options.file or Path(name, "spend.csv")
        if not options.file:
            subprocess.run([sys.executable, "-m", "tests.bench.spend", str(options.rows), str(file)], check=True)
        ways = ["0", *options.workers, *([options.dask] if options.dask else [])]
        told: list[dict[str, Any]] = []
        print(f"{file.stat().st_size / 1e6:,.0f} MB")
        print(f"{'workers':<28}{'wall s':>8}{'CPU s':>8}{'of it here':>12}{'peak MiB':>10}{'ratio':>8}")
        for way in ways * options.rounds:
            command = [sys.executable, "-m", "tests.bench.parts", "--draft", way, "--file", str(file)]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
                cost = cost_of(process)
                told.append(json.loads(process.stdout.read() if process.stdout else b"{}"))
            ratio = told[0]["seconds"] / told[-1]["seconds"]
            words = {"0": "none: one process"}.get(way, way)
            here = cost.parts["main"]
            print(
                f"{words:<28}{told[-1]['seconds']:8.1f}{cost.cpu:8.1f}{here:12.1f}{cost.memory:10.0f}{ratio:8.2f}",
                flush=True,
            )
        different = [key for key in ("rows", "digest", "findings", "statistics") if len({t[key] for t in told}) > 1]
        print(f"{told[0]['rows']:,} rows, digest {told[0]['digest'][:16]}: ", end="")
        print(f"different in {', '.join(different)}" if different else "the same in every way")
        return int(bool(different))


if __name__ == "__main__":
    sys.exit(main())
