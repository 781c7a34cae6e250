"""Ours against frictionless and plain converters: whole processes, side by side, several rounds, and the ratios.

    python tests/bench/compare.py [--rounds 3] [--slow-rounds 1] [--only spend-1m] [--without NAME] [--large]

Each contender runs once in every round, so that a busy moment of the machine hits all of them alike. A ratio is taken
within a round; the table shows medians over the rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT.parent / "shared" / "bench" / "make_data.py"
SLOW = ("frictionless", "frictionless and pandas")
CONTENDERS = (*SLOW, "pyarrow, plain", "duckdb, plain", "polars, plain", "ours, report only", "ours")


@dataclass(frozen=True)
class Data:
    """A table to be made: kind, rows, share of bad cells."""

    name: str
    kind: str
    rows: int
    dirty: float = 0.0
    is_large: bool = False


TABLES = (
    Data("spend-100k", "spend", 100_000),
    Data("spend-1m", "spend", 1_000_000),
    Data("spend-1m-dirty", "spend", 1_000_000, 0.001),
    Data("planning-200k", "planning", 200_000),
    Data("planning-200k-dirty", "planning", 200_000, 0.001),
    Data("spend-10m", "spend", 10_000_000, is_large=True),
)


@dataclass(frozen=True)
class Run:
    """What one process cost: seconds of CPU and by the clock, and its peak memory in MiB. `failed`: it broke off."""

    cpu: float
    wall: float
    memory: float
    failed: bool = False


def main() -> None:
    """Run what was asked for and print one table for each set of data."""
    options = _options()
    wanted = [data for data in TABLES if (not options.only or data.name in options.only)]
    wanted = [data for data in wanted if options.large or not data.is_large]
    folder = Path(options.data or tempfile.mkdtemp(prefix="bench-"))
    _keep_bytecode(folder)
    for data in wanted:
        made = _make(data, folder)
        load = os.getloadavg()[0]
        print(f"\n### {data.name}: {data.rows:,} rows, {data.dirty:.1%} of the cells bad, load {load:.0f}\n")
        print(_table(_rounds(made, options)), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds of all contenders")
    parser.add_argument("--slow-rounds", type=int, default=1, help="rounds in which frictionless takes part")
    parser.add_argument("--only", nargs="*", default=[], help="names of tables: " + ", ".join(d.name for d in TABLES))
    parser.add_argument("--without", nargs="*", default=[], help="contenders to leave out")
    parser.add_argument("--large", action="store_true", help="10 million rows too: needs 10 GB of disk")
    parser.add_argument("--data", help="folder for the data; kept and used again")
    return parser.parse_args()


def _keep_bytecode(folder: Path) -> None:
    """Let every contender start from compiled modules, as it does on the second day of its life."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    made = _make(Data("warm-up", "spend", 1_000), folder)
    for name in CONTENDERS:
        _run(name, made)


def _make(data: Data, folder: Path) -> Path:
    made = folder / data.name
    path = made / f"{data.kind}.csv"
    if not path.is_file():
        made.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, str(GENERATOR), data.kind, str(data.rows), str(data.dirty), str(path)], check=True
        )
    return made


def _rounds(made: Path, options: argparse.Namespace) -> list[dict[str, Run]]:
    rounds = []
    for number in range(options.rounds):
        wanted = [name for name in CONTENDERS if name not in options.without]
        taking_part = [name for name in wanted if name not in SLOW or number < options.slow_rounds]
        rounds.append({name: _run(name, made) for name in taking_part})
    return rounds


def _run(name: str, made: Path) -> Run:
    for before in made.glob("out.*"):
        # the file system writes a file that takes another's place to the disk at once: a tenth of a second for some
        before.unlink()
    begin = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.contenders", name, str(made)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begin
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, process.returncode != 0)


def _table(rounds: list[dict[str, Run]]) -> str:
    lines = [
        "| contender | CPU s | wall s | peak MiB | CPU / ours | wall / ours | rounds |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in CONTENDERS:
        together = [(one[name], one["ours"]) for one in rounds if name in one]
        if not together:
            continue
        if any(run.failed for run, _ in together):
            lines.append(f"| {name} | broke off | | | | | {len(together)} |")
            continue
        cells = [
            f"{statistics.median(run.cpu for run, _ in together):.2f}",
            f"{statistics.median(run.wall for run, _ in together):.2f}",
            f"{statistics.median(run.memory for run, _ in together):.0f}",
            f"{statistics.median(run.cpu / ours.cpu for run, ours in together):.2f}",
            f"{statistics.median(run.wall / ours.wall for run, ours in together):.2f}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} | {len(together)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
