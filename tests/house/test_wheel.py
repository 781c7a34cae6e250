"""What is installed from the wheel works in an empty folder: datasets, templates and pictures come along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_the_wheel_publishes_outside_a_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, timeout=600)
    (wheel,) = tmp_path.glob("*.whl")
    place, home = tmp_path / "installed", tmp_path / "elsewhere"
    home.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}

    def run(*arguments: str) -> str:
        # before anything else on the path, so that nothing of the checkout is found first
        environment = kept | {"PYTHONPATH": str(place)}
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, timeout=600)
        assert done.returncode in (0, 10), done.stdout + done.stderr
        return done.stdout

    where = "from flows.cli import app; print(app.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", where], env=kept | {"PYTHONPATH": str(place)}, cwd=home, capture_output=True, text=True
    )
    assert found.stdout.startswith(str(place)), found.stdout + found.stderr
    outcome = json.loads(run("flows", "publish", "public-toilets/camden", "--json"))
    assert outcome["verdict"] == "publish"
    site = home / "var/site/current"
    assert (site / "explore/index.html").is_file()
    assert list((site / "datasets/public-toilets/camden").glob("*.parquet"))
    assert "datasets of publishers are described" in run("flows", "doctor")
