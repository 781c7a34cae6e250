"""A night over Dask workers that are processes of their own, one of which dies: the same releases, only later."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.flows.city import make_city

BOROUGHS = ("barnet", "brent", "camden", "ealing", "merton", "sutton")
DASK = Path(sys.executable).parent / "dask"


def environment(root: Path, home: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}
    ours = {"PYTHONPATH": str(ROOT), "LONDATA_HOME": str(root / home), "LONDATA_DATASETS": str(root / "datasets")}
    return kept | ours


@contextmanager
def running(arguments: list[str], settings: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen([DASK, *arguments], env=settings, stdout=out, stderr=out, start_new_session=True)
        try:
            yield process
        finally:
            with ExitStack() as gone:
                gone.callback(process.wait)
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def scheduler_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


def wait_for_line(log: Path, words: str) -> None:
    end = time.monotonic() + 120
    while words not in log.read_text(errors="replace"):
        assert time.monotonic() < end, log.read_text(errors="replace")
        time.sleep(0.2)


@dataclass
class Cluster:
    """A scheduler with two workers, and what each of the three has said. Nobody starts the first worker again."""

    address: str
    first: subprocess.Popen[bytes]
    logs: list[Path]


@contextmanager
def cluster_of_two(folder: Path, settings: dict[str, str]) -> Iterator[Cluster]:
    address = scheduler_address()
    worker = ["worker", address, "--nthreads", "1", "--no-dashboard", "--preload", "flows.orchestration.dask_preload"]
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard"]
    logs = [folder / f"{name}.log" for name in ("scheduler", "first", "second")]
    with ExitStack() as stack:
        stack.enter_context(running(scheduler, settings, logs[0]))
        wait_for_line(logs[0], "Scheduler at")
        first = stack.enter_context(running([*worker, "--no-nanny"], settings, logs[1]))
        stack.enter_context(running(worker, settings, logs[2]))
        for log in logs[1:]:
            wait_for_line(log, "Registered to")
        yield Cluster(address, first, logs)


def releases(home: Path) -> list[str]:
    return sorted(str(path.parent.relative_to(home)) for path in home.glob("releases/*/*/*/manifest.json"))


def night(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flows", "nightly", "--all", "--json"]
    return subprocess.run(command, env=settings, cwd=ROOT, capture_output=True, text=True, timeout=900)


@pytest.mark.slow
def test_a_night_whose_worker_is_killed_makes_the_releases_of_a_night_in_one_process(tmp_path: Path) -> None:
    make_city(tmp_path, *BOROUGHS)
    alone = night(environment(tmp_path, "alone"))
    assert alone.returncode == 0, alone.stderr
    settings = environment(tmp_path, "shared-home")
    with cluster_of_two(tmp_path, settings) as cluster:
        dask = settings | {"LONDATA_TASK_RUNNER": "dask", "LONDATA_DASK_ADDRESS": cluster.address}
        command = [sys.executable, "-m", "flows", "nightly", "--all", "--json"]
        shared = subprocess.Popen(
            command, env=dask, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_for_line(cluster.logs[1], "reading and checking every cell")
        os.killpg(cluster.first.pid, signal.SIGKILL)
        _, errors = shared.communicate(timeout=900)
    assert shared.returncode == 0, errors
    assert "Traceback" not in errors
    assert releases(tmp_path / "shared-home") == releases(tmp_path / "alone")


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_told_in_words(tmp_path: Path) -> None:
    make_city(tmp_path, *BOROUGHS)
    nobody = {"LONDATA_TASK_RUNNER": "dask", "LONDATA_DASK_ADDRESS": scheduler_address()}
    done = night(environment(tmp_path, "home") | nobody)
    assert done.returncode == 50
    assert "does not answer" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
