"""What a whole night costs: N generated datasets, in CPU seconds of all its processes, Prefect's own server included.

    python -m tests.bench.night [--datasets 50,150] [--against CHECKOUT] [--rounds 1] [--kind csv] [--keep FOLDER]

The datasets are the shipped descriptions under new names, with the shipped samples (some sixty rows each; two in three
are CSV, the rest workbooks and maps), without unions. Three runs for each number, as processes in a fresh home: a
first night, the same night again, and one publish of a file that has changed. `--against` names another checkout that
runs the same right after, so that a busy hour hits both.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.process_tree import Cost, cost_of

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "packages" / "datasets"
CHANGED = "spend-over-500-1/camden"
"""The dataset whose file changes after the second night; it is in every city."""


@dataclass(frozen=True)
class Nights:
    """What one checkout took for one city: both nights, the publish, and what that publish touched in the site.

    `touched` counts files, folders and links below the site that are new or have another state than before.
    """

    datasets: int
    rows: int
    first: Cost
    again: Cost
    publish: Cost
    touched: int
    verdicts: str


def main() -> None:
    """Run the nights that were asked for, and print one line for each."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--datasets", default="50,150", help="numbers of datasets, with commas between them")
    asked.add_argument("--against", type=Path, help="another checkout, run with the same packages")
    asked.add_argument("--rounds", type=int, default=1, help="nights of each number and checkout; medians are shown")
    asked.add_argument("--kind", default="", help="only samples of this kind: csv, xlsx, geojson …")
    asked.add_argument("--keep", type=Path, help="folder for cities and homes, which are kept there")
    wanted = asked.parse_args()
    checkouts = {"ours": ROOT} | ({"against": wanted.against.resolve()} if wanted.against else {})
    print("| datasets | version | night CPU s | each | main | server | others | wall s | peak MiB | unchanged CPU s |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    for number in map(int, wanted.datasets.split(",")):
        found: dict[str, list[Nights]] = {name: [] for name in checkouts}
        for _ in range(wanted.rounds):
            for name, checkout in checkouts.items():
                with _folder(wanted.keep, f"{number}-{name}") as place:
                    found[name].append(nights(number, checkout, place, wanted.kind))
        for name, measured in found.items():
            _show(name, measured)


def nights(number: int, checkout: Path, place: Path, kind: str = "") -> Nights:
    """Make a city of so many datasets in `place`, and run both nights and the publish there."""
    datasets = place / "datasets"
    made = make_city(datasets, number, kind)
    environment = _environment(place, checkout, datasets)
    results = place / "night.json"
    first = _londata("nightly", "--all", environment=environment, output=results)
    outcomes = json.loads(results.read_text())
    again = _londata("nightly", "--all", environment=environment, output=place / "again.json")
    _shorten(datasets / CHANGED.split("/")[0] / "samples" / CHANGED.split("/")[1])
    site = place / "home" / "site"
    before = set(_states(site))
    publish = _londata("publish", CHANGED, environment=environment, output=place / "publish.json")
    touched = len(set(_states(site)) - before)
    verdicts = [str(outcome["verdict"]) for outcome in outcomes]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in sorted(set(verdicts)))
    return Nights(made, sum(o["rows"] or 0 for o in outcomes), first, again, publish, touched, counts)


def make_city(datasets: Path, number: int, kind: str = "") -> int:
    """Write so many datasets: copies of the shipped descriptions, each with its publishers; return how many.

    Every city is the beginning of the next larger one, in an order that mixes the kinds of files.
    """
    count = 0
    for copy, name, publisher in _in_order(kind):
        if count == number:
            break
        source, target = SHIPPED / name, datasets / f"{name}-{copy}"
        if not target.is_dir():
            _describe(source, target)
        shutil.copy(source / "publishers" / f"{publisher}.yaml", target / "publishers")
        shutil.copytree(source / "samples" / publisher, target / "samples" / publisher)
        count += 1
    return count


def _in_order(kind: str) -> Iterator[tuple[int, str, str]]:
    """Yield number of copy, shipped dataset and publisher, for ever: the changed one first, the others mixed."""
    shipped = [(path.parent.parent.name, path.stem) for path in SHIPPED.glob("*/publishers/*.yaml")]
    samples = {key: list((SHIPPED / key[0] / "samples" / key[1]).glob("*")) for key in shipped}
    fitting = [key for key in shipped if not kind or {path.suffix.lower() for path in samples[key]} == {f".{kind}"}]
    if not fitting:
        raise SystemExit(f"No shipped dataset has samples of the kind “{kind}” alone.")
    changed = CHANGED.replace("-1/", "/").split("/")
    mixed = sorted(fitting, key=lambda key: ([*key] != changed, zlib.crc32("/".join(key).encode())))
    copy = 0
    while True:
        copy += 1
        yield from ((copy, *key) for key in mixed)


def _describe(source: Path, target: Path) -> None:
    """Copy what all publishers of a dataset share, under the new name and without the union."""
    (target / "publishers").mkdir(parents=True)
    for path in source.glob("*.yaml"):
        lines = path.read_text().splitlines()
        if path.name == "datapackage.yaml":
            lines = [f"name: {target.name}" if line.startswith("name:") else line for line in lines]
            lines = [line for line in lines if not line.startswith("union:")]
        (target / path.name).write_text("\n".join(lines) + "\n")


def _shorten(folder: Path) -> None:
    """Take the last line of a sample away: a file that has changed and is as good as before."""
    (path,) = folder.iterdir()
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _environment(place: Path, checkout: Path, datasets: Path) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}
    # compiled modules are kept, as from the second night on
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {
        "PYTHONPATH": str(checkout),
        "LONDATA_HOME": str(place / "home"),
        "LONDATA_DATASETS": str(datasets),
    }


def _londata(*arguments: str, environment: dict[str, str], output: Path) -> Cost:
    # from a folder without londata.toml and without modules of ours
    with output.open("wb") as out, (output.with_suffix(".log")).open("wb") as log:
        command = [sys.executable, "-m", "flows", *arguments, "--json"]
        process = subprocess.Popen(command, env=environment, cwd=output.parent, stdout=out, stderr=log)
        cost = cost_of(process)
    if cost.exit_code not in (0, 10, 60):
        raise SystemExit(f"{arguments} ended with {cost.exit_code}; see {log.name}")
    return cost


def _states(site: Path) -> Iterator[tuple[int, int]]:
    """Yield number and time of change of every file, folder and link: each once, however many names it has."""
    for folder, _, files in os.walk(site):
        for path in (Path(folder), *(Path(folder) / name for name in files)):
            found = path.lstat()
            yield found.st_ino, found.st_ctime_ns


@contextmanager
def _folder(keep: Path | None, name: str) -> Iterator[Path]:
    """Yield a folder for one city: kept where one was named, else removed at the end."""
    place = keep / f"{name}-{time.time_ns()}" if keep else Path(tempfile.mkdtemp(prefix="londata-night-"))
    place.mkdir(parents=True, exist_ok=True)
    try:
        yield place.resolve()
    finally:
        if not keep:
            shutil.rmtree(place, ignore_errors=True)


def _show(name: str, measured: list[Nights]) -> None:
    def middle(values: Iterator[float]) -> float:
        return statistics.median(values)

    number = measured[0].datasets
    cpu = middle(m.first.cpu for m in measured)
    parts = [middle(m.first.parts.get(part, 0.0) for m in measured) for part in ("main", "server", "others")]
    cells = [
        f"{number:,}",
        name,
        f"{cpu:.1f}",
        f"{cpu / number:.3f}",
        *(f"{part:.1f}" for part in parts),
        f"{middle(m.first.wall for m in measured):.0f}",
        f"{middle(m.first.memory for m in measured):.0f}",
        f"{middle(m.again.cpu for m in measured):.1f}",
    ]
    print(f"| {' | '.join(cells)} |")
    last = measured[-1]
    again = ", ".join(f"{part} {seconds:.1f}" for part, seconds in sorted(last.again.parts.items()))
    print(f"  {last.verdicts}; {last.rows / number:.0f} rows each; load {os.getloadavg()[0]:.1f}")
    print(f"  unchanged: {again} s CPU, {last.again.wall:.0f} s by the clock, {last.again.memory:.0f} MiB")
    print(f"  one publish: {last.publish.cpu:.1f} s CPU, {last.touched} entries of the site touched", flush=True)


if __name__ == "__main__":
    main()
