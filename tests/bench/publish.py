"""What a whole publish costs: `londata publish` as a process, a first release and the one after it.

    python -m tests.bench.publish [--rows 1000000] [--rounds 1] [--against PATH] [--without-suites | --all-met]
                                  [--stages] [--script] [--data FOLDER]

The payments are made up, in the layout of Camden (`tests/bench/spend.py`). Each round starts with an empty
LONDATA_HOME. Counted are seconds of CPU and by the clock, and the most memory that the process and its children had
together (looked at three times a second; what they share counts once). `alone` is reading, conforming and writing the
same file, without the rest of a publish. --against names the checkout of another version, which takes turns. --script
adds what somebody would write instead, with frictionless, Great Expectations, pandas and pyarrow. --stages times the
parts of one publish, each with its memory. --without-suites leaves the quality suites out of the description; --all-met
only the expectation on a column that Camden does not give, which Great Expectations has to judge.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from packages.spec import DATASETS
from tests.bench.process_tree import Cost, cost_of
from tests.bench.spend import write_spend

ROOT = Path(__file__).parents[2]
IDENTITY = "spend-over-500/camden"
RELEASES = ("first", "second")
NOT_GIVEN = "merchant_category"
ALONE, SCRIPT = "alone", "script"


def main() -> None:
    """Run what was asked for, and print a table of medians."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="londata-bench-") as temporary:
        folder = Path(options.data or temporary)
        _keep_bytecode(folder)
        files = {name: _made(options.rows, name, folder) for name in RELEASES}
        datasets = _described(Path(temporary), options)
        if options.stages:
            for checkout in _checkouts(options).values():
                _show_stages(checkout, files, datasets, Path(temporary))
            return
        rounds = [_round(options, files, datasets, Path(temporary)) for _ in range(options.rounds)]
        print(f"\n### {options.rows:,} rows, {files['first'].stat().st_size / 1e6:.0f} MB\n")
        print(_table(rounds))


def _options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=1)
    asked.add_argument("--against", type=Path, help="checkout of another version, which takes turns with this one")
    asked.add_argument("--without-suites", action="store_true", help="leave the quality suites out")
    asked.add_argument("--all-met", action="store_true", help="leave out what Camden does not meet")
    asked.add_argument("--stages", action="store_true", help="time the parts of one publish")
    asked.add_argument("--script", action="store_true", help="and what somebody would write instead")
    asked.add_argument("--data", help="folder for the data; kept and used again")
    return asked.parse_args()


def _made(rows: int, name: str, folder: Path) -> Path:
    path = folder / f"{rows}" / name / "camden.csv"
    if not path.is_file():
        write_spend(rows, path, changed=name == "second")
    return path


def _keep_bytecode(folder: Path) -> None:
    """Let every process start from compiled modules, as it does on the second day of its life."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")


def _described(folder: Path, options: argparse.Namespace) -> Path:
    """Return the folder of descriptions: a copy, so that expectations can be left out for any version."""
    copy = folder / "datasets"
    shutil.copytree(DATASETS, copy)
    path = copy / "spend-over-500" / "quality.yaml"
    quality = yaml.safe_load(path.read_text(encoding="utf-8"))
    if options.without_suites:
        quality.pop("suites", None)
    if options.all_met:
        for suite in quality["suites"]:
            suite["expectations"] = [one for one in suite["expectations"] if NOT_GIVEN not in str(one)]
    path.write_text(yaml.safe_dump(quality), encoding="utf-8")
    return copy


def _checkouts(options: argparse.Namespace) -> dict[str, Path]:
    return {"ours": ROOT} | ({"the other": options.against.resolve()} if options.against else {})


def _round(options: argparse.Namespace, files: dict[str, Path], datasets: Path, folder: Path) -> dict[str, Cost]:
    costs: dict[str, Cost] = {}
    checkouts = _checkouts(options)
    for checkout in checkouts.values():
        # compiles what has changed
        subprocess.run([sys.executable, "-c", "import flows.publish, flows.cli.app"], cwd=checkout, check=True)
    homes = {who: Path(tempfile.mkdtemp(prefix="home-", dir=folder)) for who in checkouts}
    for name in RELEASES:
        for who, checkout in checkouts.items():
            command = [sys.executable, "-m", "flows", "publish", IDENTITY, "--yes", "--file", str(files[name])]
            environment = {"LONDATA_HOME": str(homes[who]), "LONDATA_DATASETS": str(datasets)}
            costs[f"{who}, {name} release"] = _run(command, checkout, environment)
    contenders = {ALONE: "ours"} | ({SCRIPT: "a script that publishes"} if options.script else {})
    for label, contender in contenders.items():
        command = [sys.executable, "-m", "tests.bench.contenders", contender, str(files["second"].parent)]
        costs[label] = _run(command, ROOT, {})
    for home in homes.values():
        shutil.rmtree(home)
    return costs


def _run(command: Sequence[str], checkout: Path, environment: dict[str, str]) -> Cost:
    variables = {**os.environ, "PYTHONPATH": str(checkout), **environment}
    process = subprocess.Popen(command, cwd=checkout, env=variables, stdout=subprocess.DEVNULL)
    return cost_of(process)


def _table(rounds: list[dict[str, Cost]]) -> str:
    lines = [
        "| what | CPU s | wall s | peak MiB | CPU / alone | wall / alone | ended with |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in rounds[0]:
        cells = [f"{statistics.median(getattr(one[name], unit) for one in rounds):.2f}" for unit in ("cpu", "wall")]
        cells.append(f"{statistics.median(one[name].memory for one in rounds):.0f}")
        cells += [
            f"{statistics.median(getattr(one[name], unit) / getattr(one[ALONE], unit) for one in rounds):.2f}"
            for unit in ("cpu", "wall")
        ]
        codes = ", ".join(sorted({str(one[name].exit_code) for one in rounds}))
        lines.append(f"| {name} | {' | '.join(cells)} | {codes} |")
    return "\n".join(lines)


def _show_stages(checkout: Path, files: dict[str, Path], datasets: Path, folder: Path) -> None:
    """Print the parts of both releases, made by the code of a checkout."""
    home = tempfile.mkdtemp(prefix="home-", dir=folder)
    variables = {"PYTHONPATH": str(checkout), "LONDATA_HOME": home, "LONDATA_DATASETS": str(datasets)}
    for name, file in files.items():
        print(f"\n{name} release, {checkout}", flush=True)
        command = [sys.executable, str(Path(__file__).with_name("stages.py")), IDENTITY, str(file)]
        subprocess.run(command, cwd=checkout, env={**os.environ, **variables}, check=True)


if __name__ == "__main__":
    main()
