"""What holds for every test: no network beyond this machine, no Prefect server by accident."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_socket import socket_allow_hosts

if TYPE_CHECKING:
    from packages.readers.sandbox.confined import ConfinedJob

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
    answer_here(run_here, monkeypatch.setattr)


ASKING = ("packages.readers.opening.ask", "packages.readers.confined_rows")
"""The modules that ask the child."""


def answer_here(run: Callable[..., dict[str, Any]], set_attribute: Callable[[Any, str, Any], None] = setattr) -> None:
    """Let `run` do in this process what the child does."""
    for asking in ASKING:
        set_attribute(import_module(asking), "run_confined", run)
    # a file is written again here faster than the clock of the file system shows
    ask = import_module(ASKING[0])
    set_attribute(ask, "_answer", getattr(ask._answer, "__wrapped__", ask._answer))


def told_here(job: ConfinedJob, folder: Path) -> dict[str, Any]:
    """Do a job, and return its outcome as JSON brings it."""
    found = job.task.ready(job.order(folder).arguments)(folder)
    told: dict[str, Any] = json.loads(json.dumps({"found": found}))
    return told


def run_here(job: ConfinedJob, folder: Path, _look: object) -> dict[str, Any]:
    """Do what the child does, in this process: within the budget, and with the words of a child that fails."""
    from packages.errors import FileProblem
    from packages.readers.budget import current_budget, put_budget_in_force
    from packages.refusal import refusal

    before = current_budget()
    put_budget_in_force(job.budget)
    try:
        return told_here(job, folder)
    except FileProblem:
        raise
    except Exception as error:
        raise refusal("workbook-unreadable") from error
    finally:
        put_budget_in_force(before)


def read_in_process() -> None:
    """What the fixture `readers_in_process` does, for programs that are no tests."""
    answer_here(run_here)
