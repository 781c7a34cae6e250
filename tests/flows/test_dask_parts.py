"""One large table on Dask workers that are processes of their own, one of which dies: the same draft, only later."""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.parts.dask_parts import DaskWorkers
from packages.readers.delimited import csv_batches, parts
from tests.flows.city import GOOD, make_city
from tests.flows.test_dask import Cluster, cluster_of_two, environment, night, releases
from tests.quality.test_parts import SPOILT, Spoilt, draft

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with cluster_of_two(tmp_path, environment(tmp_path, "home") | {"LONDATA_PARTS_FROM": "1"}) as found:
        yield found


@dataclass
class OneDies:
    """The workers of a cluster, the first of which is killed after some parts."""

    workers: DaskWorkers
    cluster: Cluster
    see_files: bool = False

    def map(self, work: Callable[[Any, Any], Any], common: Any, items: Iterable[Any]) -> Iterator[Any]:
        for number, found in enumerate(self.workers.map(work, common, items)):
            if number == 5 and self.cluster.first.poll() is None:
                os.killpg(self.cluster.first.pid, signal.SIGKILL)
            yield found


def test_a_worker_that_is_killed_changes_nothing_but_the_time(cluster, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(csv_batches, "BLOCK", 14_000)
    monkeypatch.setattr(parts, "LARGEST_PART", 40_000)
    path = tmp_path / "payments.csv"
    table = Spoilt(23, tuple(SPOILT), 200, "total", rows=20_000)
    path.write_text(table.text().replace("\r", ""), encoding="utf-8")
    with DaskWorkers(cluster.address) as workers:
        in_parts = draft(path, tmp_path / "parts" / "out", OneDies(workers, cluster))
    assert cluster.first.poll() is not None
    assert in_parts == draft(path, tmp_path / "one" / "out", None)


def test_a_night_passes_a_large_file_in_parts_on_its_own_workers(cluster, tmp_path) -> None:
    make_city(tmp_path, "camden", "ealing")
    chance = random.Random(5)
    rows = "".join(
        f"L{number:07},Platanus x hispanica number {chance.randint(1, 900)},"
        f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/2020,{chance.randint(10, 300) / 10}\n"
        for number in range(280_000)
    )
    (tmp_path / "drop" / "camden" / "trees.csv").write_text(GOOD + rows)
    alone = night(environment(tmp_path, "alone"))
    assert alone.returncode == 0, alone.stderr
    dask = {"LONDATA_TASK_RUNNER": "dask", "LONDATA_DASK_ADDRESS": cluster.address}
    spread = night(environment(tmp_path, "home") | dask)
    assert spread.returncode == 0, spread.stderr
    assert "Traceback" not in spread.stderr
    assert releases(tmp_path / "home") == releases(tmp_path / "alone")
    said = "".join(log.read_text(errors="replace") for log in cluster.logs)
    assert re.search(r"in \d parts", said)
