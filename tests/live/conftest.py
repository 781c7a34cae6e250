"""A real CKAN for the live tests; they are skipped with a clear word where there is none."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from catalogue.backends.ckan.settings import CkanSettings
from tests.live.set_ups import SET_UPS, SetUp

RIG = Path(__file__).parents[2].parent / "shared" / "ckan" / "up"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def rig() -> CkanSettings:
    """A CKAN that was just emptied, and the token of its administrator."""
    try:
        return start_rig()
    except OSError as error:
        pytest.skip(f"no CKAN to test against: {error}")


@pytest.fixture(scope="module", params=SET_UPS, ids=lambda set_up: set_up.name)
def set_up(request: pytest.FixtureRequest) -> Iterator[tuple[SetUp, CkanSettings]]:
    """One kind of CKAN after the other, each just emptied; the usual one runs again afterwards."""
    made: SetUp = request.param
    try:
        settings = start_rig(made.environment)
    except OSError as error:
        pytest.skip(f"no CKAN to test against: {error}")
    yield made, settings
    if made is SET_UPS[-1]:
        start_rig()


def start_rig(environment: Mapping[str, str] | None = None) -> CkanSettings:
    """Start a CKAN, or empty the one that runs; OSError says why there is none.

    `environment` makes it another one than the usual.
    """
    if not RIG.is_file():
        raise OSError("../shared/ckan/up is not there")
    known = {**os.environ, **(environment or {})}
    done = subprocess.run([RIG, "--reset"], env=known, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise OSError(f"../shared/ckan/up failed: {done.stderr.strip().splitlines()[-1:]}")
    told = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    return CkanSettings(url=told["CKAN_URL"], token=told["CKAN_API_TOKEN"])


@pytest.fixture
def wire_log(rig: CkanSettings) -> Iterator[FaultProxy]:
    """A proxy before the CKAN that notes every request and can be told to break some."""
    with FaultProxy(rig) as proxy:
        yield proxy


class FaultProxy:
    """`../shared/ckan/faultproxy` in a process of its own."""

    def __init__(self, behind: CkanSettings) -> None:
        self.port = _free_port()
        self.settings = replace(behind, url=f"http://127.0.0.1:{self.port}")
        self._command = [RIG.parent / "faultproxy", "--listen", str(self.port), "--upstream", behind.url]

    def __enter__(self) -> FaultProxy:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with contextlib.suppress(requests.ConnectionError):
                self.counts()
                return self
            time.sleep(0.1)
        raise TimeoutError("the proxy did not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def counts(self) -> dict[str, object]:
        """What went through since the last `play`."""
        counts: dict[str, object] = requests.get(f"{self.settings.url}/__faults__", timeout=10).json()
        return counts

    def play(self, script: str, match: str = "POST ") -> None:
        """Meet the next requests that match with these faults, in order; count from nought again."""
        told = {"script": script, "match": match, "retry_after": "0"}
        requests.post(f"{self.settings.url}/__faults__", json=told, timeout=10).raise_for_status()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
