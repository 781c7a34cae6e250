"""The real thing: a Prefect server, a process worker, both deployments, a one-off run with parameters."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import ROOT

PREFECT = Path(sys.executable).parent / "prefect"
POOL = "londata-test"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(arguments: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [PREFECT, *arguments], env=environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for(url: str, seconds: int) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).read()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"no answer within {seconds} s")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    settings = {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "LONDATA_HOME": str(tmp_path / "home"),
        "LONDATA_WORK_POOL": POOL,
        "LONDATA_CHECKOUT": str(ROOT),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "LONDATA_"))}
    return kept | settings


def prefect(environment: dict[str, str], *arguments: str) -> str:
    command = [PREFECT, "--no-prompt", *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_one_off_run_through_a_worker_ends_in_the_catalogue(environment: dict[str, str], tmp_path: Path) -> None:
    port = environment["PREFECT_API_URL"].split(":")[2].removesuffix("/api")
    server = ["server", "start", "--host", "127.0.0.1", "--port", port]
    with running(server, environment, tmp_path / "server.log"):
        wait_for(environment["PREFECT_API_URL"] + "/health", 120)
        prefect(environment, "work-pool", "create", POOL, "--type", "process")
        deployed = prefect(environment, "deploy", "--all")
        assert "nightly/nightly" in deployed
        assert "publish/one-off" in deployed
        with running(["worker", "start", "--pool", POOL], environment, tmp_path / "worker.log"):
            identity = "identity=public-toilets/camden"
            prefect(
                environment, "deployment", "run", "publish/one-off", "-p", identity, "--watch", "--watch-timeout", "240"
            )
        assert "1 published" in prefect(environment, "artifact", "inspect", "londata-summary")
        page = prefect(environment, "artifact", "inspect", "dataset-public-toilets-camden")
        assert "reading and checking every cell" in page
        told = told_of_a_night(environment)
    published = tmp_path / "home/site/current/datasets/public-toilets/camden"
    assert {path.suffix for path in published.iterdir()} >= {".csv", ".parquet", ".html", ".json"}
    assert any("1 dataset: 1 blocked" in text and "stopped" in text for text in told), told


def told_of_a_night(environment: dict[str, str]) -> list[str]:
    """Return what a chat service on this machine gets from the automations when a file was blocked in a night."""
    told: list[str] = []

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Chat) as chat:
        threading.Thread(target=chat.serve_forever, daemon=True).start()
        address = {"LONDATA_NOTICE_WEBHOOK": f"http://127.0.0.1:{chat.server_port}/"}
        # a second time renews them, and makes no others
        for _ in range(2):
            made = londata(environment | address, "automations", "--json")
        assert len(json.loads(made)["automations"]) == 3
        assert prefect(environment, "automation", "ls").count("londata: ") == 3
        # without the address, so that what comes is from the automations alone
        londata(environment, "nightly", "--all", "--only", "spend-over-500/bexley")
        end = time.monotonic() + 120
        while not told and time.monotonic() < end:
            time.sleep(0.5)
        chat.shutdown()
    return told


def londata(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "flows", *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode in (0, 10), done.stdout + done.stderr
    return done.stdout
