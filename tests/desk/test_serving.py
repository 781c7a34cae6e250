"""`londata desk` as a process: it says where it is, works on files beside itself, and a killed one goes on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.bench.process_tree import pids_of
from tests.conftest import ROOT
from tests.reliability.attacked import wrong_rights

pytestmark = pytest.mark.slow

SAMPLES = ROOT / "packages/datasets/spend-over-500/samples/camden"


class DeskProcess:
    """A desk in a process of its own."""

    def __init__(self, home: Path, port: int = 0, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flows", "desk", "--port", str(port), "--no-browser", "--json"],
            env={**os.environ, "LONDATA_HOME": str(home), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # nobody is kept out, unless the desk sees to it
            umask=0,
        )
        assert self.process.stdout
        shown = ""
        while not shown.rstrip().endswith("}"):
            line = self.process.stdout.readline()
            assert line, self.process.stderr and self.process.stderr.read()
            shown += line
        self.place = json.loads(shown)

    @property
    def port(self) -> int:
        return int(re.search(r":(\d+)/", self.place["address"])[1])  # type: ignore[index]

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)


def are_gone(pids: list[int], seconds: float = 10) -> bool:
    """Return whether processes have ended, or do so soon."""
    end = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.1)
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def desk_process(home: Path) -> Iterator[DeskProcess]:
    desk = DeskProcess(home)
    yield desk
    desk.process.kill()
    desk.process.wait()


def hand_in(client: httpx.Client, file: Path) -> str:
    """Hand a file in; return the page of its draft."""
    token = re.search(r'name="token" value="(\w+)"', client.get("check").text)
    assert token
    with file.open("rb") as content:
        sent = client.post("check", data={"token": token[1]}, files={"file": (file.name, content)})
    assert sent.status_code == 303
    return sent.headers["location"].partition("?")[0].lstrip("/")


def wait_for(client: httpx.Client, page: str, seconds: float = 120) -> None:
    """Wait until nothing more is done on a draft."""
    end = time.monotonic() + seconds
    while not client.get(f"{page}/progress").json()["over"]:
        assert time.monotonic() < end, "the work on the draft does not end"
        time.sleep(0.3)


def outcome(client: httpx.Client, page: str) -> str:
    """Return the heading of a draft when nothing more is done on it."""
    wait_for(client, page)
    return re.sub(r"<[^>]+>", "", re.search(r"(?s)<h1>(.*?)</h1>", client.get(page).text)[1])  # type: ignore[index]


def test_a_file_is_checked_by_a_process_beside_it_and_the_desk_ends_when_it_is_told(desk_process: DeskProcess) -> None:
    file = next(SAMPLES.glob("*.csv"))
    with httpx.Client(base_url=desk_process.place["address"], timeout=60) as client:
        assert client.get(desk_process.place["link"]).status_code == 303
        assert "Ready to publish" in outcome(client, hand_in(client, file))
    started = [*pids_of(desk_process.process.pid)]
    assert len(started) > 1
    assert desk_process.end() == 0
    # nothing that it has started stays
    assert are_gone(started)


def test_a_killed_desk_goes_on_with_every_draft(home: Path) -> None:
    file = next(SAMPLES.glob("*.csv"))
    first = DeskProcess(home)
    with httpx.Client(base_url=first.place["address"], timeout=60) as client:
        pages = [hand_in(client, file) for _ in range(4)]
        first.end(signal.SIGKILL)
        second = DeskProcess(home, first.port)
        try:
            # the browser is known still, and finds everything
            assert all("Ready to publish" in outcome(client, page) for page in pages)
        finally:
            second.end()


def test_files_of_the_desk_are_for_its_account_alone(desk_process: DeskProcess, home: Path) -> None:
    with httpx.Client(base_url=desk_process.place["address"], timeout=60) as client:
        client.get(desk_process.place["link"])
        page = hand_in(client, next(SAMPLES.glob("*.csv")))
        assert "Ready to publish" in outcome(client, page)
        token = re.search(r'name="token" value="(\w+)"', client.get(page).text)
        assert token
        sent = client.post(f"{page}/send", data={"token": token[1]}, follow_redirects=True)
        assert sent.status_code == 200, sent.text
        wait_for(client, page)
        assert list(home.glob("releases/*/*/*/manifest.json"))
        # drafts, sessions and jobs, while the desk still runs
        assert {path.name for path in (home / "desk").iterdir()} >= {"drafts", "uploads"}
        assert list(wrong_rights(home)) == []
    assert desk_process.end() == 0
    assert list(wrong_rights(home)) == []
