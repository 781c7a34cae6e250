"""What holds for every test: no network beyond this machine, no Prefect server by accident."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

EVERY_TRIAL = bool(os.environ.get("EVERY_EFFECT"))
"""Whether trials are made in their full number (`make effects`); without it, a share of the same trials is."""


def pytest_runtest_setup() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes never name a test: an archive made on the spot holds the time, and workers must agree on all names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _settings_of_the_test_alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A test never sees the settings of the person who runs it, and Prefect refuses to start a server unasked."""
    for name in [name for name in os.environ if name.startswith("LONDATA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LONDATA_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("PREFECT_SERVER_ALLOW_EPHEMERAL_MODE", "false")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files and services beside the project."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder “shared” beside the project, which is not here")
    return SHARED


@pytest.fixture
def readers_in_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read workbooks, maps and JSON in the test's own process: a child for each of a thousand files takes minutes.

    Tests about the child itself say so with the mark `child_process`; `test_readers_child.py` has one for each kind.
    """
    if request.node.get_closest_marker("child_process"):
        return
    monkeypatch.setattr("packages.readers.sandbox.confined.run_confined", run_here)


def run_here(job: dict[str, object], *_limits_and_progress: object) -> None:
    """Do what the child does, in this process."""
    from packages.errors import FileProblem
    from packages.readers.sandbox.child import run_job
    from packages.refusal import refusal

    try:
        run_job(job)
    except FileProblem:
        raise
    except Exception as error:
        raise refusal("workbook-unreadable") from error


def read_in_process() -> None:
    """What the fixture `readers_in_process` does, for programs that are no tests."""
    from packages.readers.sandbox import confined

    confined.run_confined = run_here
