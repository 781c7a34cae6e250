"""What a report costs on top of a publish: a table of many rows and columns, and the report on it.

    python tests/bench/report.py [--rows 1000000]

Half of the columns are numbers, dates and categories whose values may be shown, so that there is something to count and
to draw. The table is read, judged and written first; that is not timed. Then: the statistics of all columns, the
comparison with a release in which every thousandth row is different, and the files of the report.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import datetime as dt
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import yaml

from flows.examine import make_draft
from flows.report_files import render_report
from packages.fetch import extract_file
from packages.model import Draft, Identity
from packages.spec import DatasetSpec, load_spec
from quality.difference import table_changes
from quality.judge import JudgeInput, judge
from quality.profile.statistics import Statistics
from quality.report import for_public
from tests.flows.city import DATAPACKAGE, make_city

NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
CAMDEN = Identity("street-trees", "camden")
KINDS: tuple[tuple[str, str, bool], ...] = (
    *(("number", f"height_{n}", True) for n in range(5)),
    *(("integer", f"count_{n}", True) for n in range(4)),
    *(("date", f"day_{n}", True) for n in range(3)),
    *(("string", f"species_{n}", True) for n in range(4)),
    *(("number", f"cost_{n}", False) for n in range(4)),
    *(("string", f"remark_{n}", False) for n in range(4)),
)
"""The columns besides the key: type, name, and whether its values may be shown."""


def main() -> None:
    """Make the table, and print seconds and sizes."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=1_000_000)
    rows = asked.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="londata-bench-") as folder:
        root = Path(folder)
        spec, made = _described(root), _drafted(root, rows)
        before = _drafted(root, rows, changed=1000)
        print(f"{rows:,} rows, {len(KINDS) + 1} columns")
        path = made.folder / made.tables[0].parquet.name
        # in a publish they pass by
        batches = list(parquet.ParquetFile(path).iter_batches(batch_size=8192))
        columns = timed("statistics of all columns", lambda: _statistics(spec, path, batches))
        tables = (dataclasses.replace(made.tables[0], columns=columns),)
        made = dataclasses.replace(made, tables=tables)
        report = judge(made, spec, JudgeInput(NOW, "1", quick=True))
        compared = timed("what changed, by key", lambda: table_changes(made.tables, made.folder, before.folder))
        report = for_public(dataclasses.replace(report, compared=compared))
        # a report of the same moment would be no earlier one, and left out of the trend
        trend = [dataclasses.replace(report, created=NOW - dt.timedelta(days=30 * n)) for n in range(1, 12)]
        files = timed("the files, charts included", lambda: render_report(report, spec, trend, public=True))
        files = timed("the files, a second time", lambda: render_report(report, spec, trend, public=True))
        for name, content in files.items():
            print(f"{name:<36}{len(content) / 1000:8.0f} kB")


def timed(what: str, work: Callable[[], Any]) -> Any:
    """Run it and print seconds of CPU and by the clock."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    print(f"{what:<36}{time.process_time() - cpu:8.2f} s CPU {time.perf_counter() - wall:8.2f} s", flush=True)
    return found


def _statistics(spec: DatasetSpec, path: Path, batches: Sequence[pa.RecordBatch]) -> Any:
    statistics = Statistics(spec.resource.table_schema, spec.package.period_field)
    for batch in batches:
        statistics.add(batch)
    return statistics.finish(path)


def _described(root: Path) -> DatasetSpec:
    datasets = make_city(root, "camden")
    package = yaml.safe_load(DATAPACKAGE) | {"period_field": "day_0"}
    schema = package["resources"][0]["schema"]
    schema["fields"] = [
        {"name": "tree_id", "title": "Tree number", "description": "The number.", "constraints": {"required": True}},
        *(_field(*kind) for kind in KINDS),
    ]
    (datasets / "street-trees/datapackage.yaml").write_text(yaml.safe_dump(package))
    publisher = datasets / "street-trees/publishers/camden.yaml"
    told = yaml.safe_load(publisher.read_text())
    publisher.write_text(yaml.safe_dump({key: told[key] for key in told if key not in ("layouts", "rules")}))
    return load_spec(CAMDEN, datasets)


def _field(kind: str, name: str, safe: bool) -> dict[str, Any]:
    plain = {"name": name, "type": kind, "title": name, "description": f"What {name} means.", "safe": safe}
    return plain | ({"decimals": 2} if kind == "number" else {})


def _drafted(root: Path, rows: int, changed: int = 0) -> Draft:
    name = f"trees-{changed}"
    path, staging = root / f"{name}.csv", root / name
    staging.mkdir()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tree_id", *(column for _, column, _ in KINDS)])
        writer.writerows(_rows(rows, changed))
    extract = extract_file(path, store=None, now=NOW)
    return make_draft(load_spec(CAMDEN, root / "datasets"), extract, staging, NOW.date())


def _rows(count: int, changed: int) -> Iterator[list[str]]:
    rest = random.Random(7)
    days = [(dt.date(2020, 1, 1) + dt.timedelta(days=day)).isoformat() for day in range(2000)]
    for number in range(count):
        pick = rest.getrandbits(60)
        row = [f"T{number:08}"]
        for place, (kind, _, _) in enumerate(KINDS):
            part = (pick >> place) % 100_003
            cell = {"number": f"{part / 100:.2f}", "integer": str(part % 977), "date": days[part % 2000]}
            row.append(cell.get(kind) or f"Kind {part % 40 if place < 16 else part}")
        if changed and number % changed == 0:
            row[1] = "1.00"
        yield row


if __name__ == "__main__":
    main()
