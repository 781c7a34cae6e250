"""A night under Prefect for real: nothing stops the rest, and its page tells the story."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.flows.city import GOOD, make_city

NIGHT = """
import json, sys, time
from pathlib import Path
from flows.orchestration.prefect_home import configure_prefect
configure_prefect(Path(sys.argv[1]))
from flows.nightly import Watcher, watched_night
import flows.publish as main_path

plain = main_path.receive_extract
def receive(job, *rest):
    if job.identity.publisher == "brent":
        raise ZeroDivisionError("canary-31: a fault of ours")
    return plain(job, *rest)
main_path.receive_extract = receive

rows = watched_night(Watcher(lambda outcome: None), everything=True)
from prefect.client.orchestration import get_client
with get_client(sync_client=True) as client:
    artifacts = [(a.key, a.data) for a in client.read_artifacts()]
    # task runs reach the server a little later, as events
    runs, before = client.read_task_runs(), None
    while runs != before:
        time.sleep(5)
        runs, before = client.read_task_runs(), runs
names = sorted(run.name for run in runs)
print(json.dumps({"rows": rows, "artifacts": artifacts, "runs": names}))
"""

STOPPED_AT_WORK = """
import sys, time
import flows.publish as main_path

plain = main_path.receive_extract
def receive(*all):
    print("fetching", flush=True)
    time.sleep(3)
    return plain(*all)
main_path.receive_extract = receive
sys.argv = ["londata", "nightly", "--all"]
from flows.cli.app import main
main()
"""
"""A night whose first dataset takes its time, so that somebody can stop it there."""


def environment(root: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}
    ours = {"PYTHONPATH": str(ROOT), "LONDATA_HOME": str(root / "home"), "LONDATA_DATASETS": str(root / "datasets")}
    return kept | ours


def night(root: Path) -> dict[str, list]:
    command = [sys.executable, "-c", NIGHT, str(root / "home")]
    done = subprocess.run(command, env=environment(root), cwd=root, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stderr
    told: dict[str, list] = json.loads(done.stdout.splitlines()[-1])
    return told


def releases(root: Path) -> dict[str, float]:
    """Every file of the site and the releases, with the time at which it was written."""
    folders = [root / "home/site", root / "home/releases"]
    return {str(p): p.stat().st_mtime for f in folders for p in f.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_one_dataset_never_stops_the_rest_and_the_next_night_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    datasets = make_city(tmp_path, "barnet")
    for publisher in ("brent", "camden", "ealing"):
        text = (datasets / "street-trees/publishers/barnet.yaml").read_text().replace("barnet", publisher)
        (datasets / f"street-trees/publishers/{publisher}.yaml").write_text(text)
        (tmp_path / "drop" / publisher).mkdir()
        (tmp_path / "drop" / publisher / "trees.csv").write_text(GOOD)
    (tmp_path / "drop/camden/trees.csv").write_text(GOOD.replace("02/02/2021", "31/02/2021"))
    with (datasets / "street-trees/publishers/ealing.yaml").open("a") as file:
        file.write("cadence: montly\n")
    with (datasets / "street-trees/datapackage.yaml").open("a") as file:
        file.write("union: true\n")

    first = night(tmp_path)
    verdicts = {row["publisher"]: row["verdict"] for row in first["rows"]}
    wanted = {"barnet": "published", "brent": "failed", "camden": "blocked", "ealing": "failed", "london": "published"}
    assert verdicts == wanted
    assert "canary" not in json.dumps(first)
    assert any("Did you mean “monthly”?" in row["what to know"] for row in first["rows"])
    artifacts = dict(first["artifacts"])
    assert "2 failed" in artifacts["londata-summary"]
    assert {row["publisher"] for row in json.loads(artifacts["londata-table"])} == set(verdicts)
    assert first["runs"] == sorted(f"street-trees/{publisher}" for publisher in verdicts)

    before = releases(tmp_path)
    second = night(tmp_path)
    assert {row["verdict"] for row in second["rows"] if row["publisher"] in ("barnet", "london")} == {"unchanged"}
    assert releases(tmp_path) == before
    # what is as it was has an outcome and no task run
    assert {row["publisher"] for row in second["rows"]} == set(verdicts)
    assert Counter(second["runs"]) - Counter(first["runs"]) == {"street-trees/brent": 1, "street-trees/ealing": 1}


@pytest.mark.slow
def test_who_stops_a_night_gets_words_and_can_run_it_again_at_once(tmp_path: Path) -> None:
    """The whole group hears Ctrl-C, as in a terminal: Prefect's server too, which then is gone first."""
    (tmp_path / "home").mkdir()
    make_city(tmp_path, "barnet")
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED_AT_WORK],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "fetching\n"
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=1500)
    assert process.returncode == 50
    assert err.splitlines()[-2:] == [
        "Stopped on request. Nothing was left half done. 0 were looked at.",
        "  How to fix: Run the same command again.",
    ]
    assert "Traceback" not in err
    # nobody is at work any more, so that the next one need not wait
    command = [sys.executable, "-m", "flows", "publish", "street-trees/barnet"]
    again = subprocess.run(
        command, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=1500
    )
    assert again.returncode == 0, again.stderr
