"""Many people check large files at the desk at once, while others look at pages: errors, memory, and how pages answer.

    python -m tests.bench.desk [--people 50] [--mib 10] [--kill]

Starts a desk of its own on a free port, with the settings of a fresh machine. With `--kill` the desk and its processes
are killed in the middle and started again: every draft must still come to its end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx

from tests.bench.process_tree import pids_of, proportional_memory
from tests.bench.spend import write_spend

BYTES_OF_A_ROW = 240

PAGES = ("", "check", "sign-in")


@dataclass
class Seen:
    """What the people saw: seconds of pages, ends of drafts, errors; and the most memory of all processes in MiB."""

    pages: list[float] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    memory: float = 0.0
    uploads: list[float] = field(default_factory=list)


class RunningDesk:
    """A desk in processes of its own, in a folder, on one port."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "flows", "desk", "--port", str(self.port), "--no-browser", "--json"]
        self.process = subprocess.Popen(
            command, env={**os.environ, "LONDATA_HOME": str(self.home)}, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        shown = ""
        while not shown.rstrip().endswith("}"):
            shown += self.process.stdout.readline()
        self.address = json.loads(shown)["address"]

    @property
    def memory(self) -> float:
        """MiB of the desk with all that it has started; shared pages are counted once."""
        return sum(proportional_memory(pid) for pid in pids_of(self.process.pid))

    def kill(self) -> None:
        for pid in pids_of(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


async def check_one(desk: RunningDesk, content: bytes, seen: Seen, number: int) -> tuple[httpx.AsyncClient, str]:
    """Hand a file in as one person; return their browser and the page of the draft."""
    client = httpx.AsyncClient(base_url=desk.address, timeout=600, follow_redirects=True)
    form = await client.get("check")
    token = re.search(r'name="token" value="([0-9a-f]+)"', form.text)
    assert token
    began = time.perf_counter()
    response = await client.post(
        "check",
        data={"token": token[1], "dataset": "spend-over-500"},
        files={"file": (f"spend-{number}.csv", content)},
        follow_redirects=False,
    )
    seen.uploads.append(time.perf_counter() - began)
    if response.status_code != 303:
        seen.errors[f"upload {response.status_code}"] += 1
        return client, ""
    return client, response.headers["location"].partition("?")[0].lstrip("/")


async def wait_for(client: httpx.AsyncClient, page: str, seen: Seen) -> None:
    """Look until a draft has come to its end."""
    while True:
        try:
            found = (await client.get(f"{page}/progress")).json()
        except (httpx.HTTPError, ValueError):
            await asyncio.sleep(1)  # the desk is killed just now
            continue
        if found["over"]:
            break
        await asyncio.sleep(1)
    text = (await client.get(page)).text
    heading = re.search(r"(?s)<h1>(.*?)</h1>", text)
    seen.ends[re.sub(r"<[^>]+>|\s+", " ", heading[1]).strip() if heading else "no heading"] += 1
    await client.aclose()


async def look_on(desk: RunningDesk, seen: Seen, is_over: asyncio.Event) -> None:
    """Ask for pages, one after the other, and measure memory now and then."""
    async with httpx.AsyncClient(base_url=desk.address, timeout=60) as client:
        number = 0
        while not is_over.is_set():
            began = time.perf_counter()
            try:
                response = await client.get(PAGES[number % len(PAGES)])
                seen.pages.append(time.perf_counter() - began)
                if response.status_code != 200:
                    seen.errors[f"page {response.status_code}"] += 1
            except httpx.HTTPError as error:
                seen.errors[f"page {type(error).__name__}"] += 1
            number += 1
            if number % 10 == 0:
                seen.memory = max(seen.memory, await asyncio.to_thread(lambda: desk.memory))
            await asyncio.sleep(0.1)


async def crowd(desk: RunningDesk, people: int, content: bytes, *, kills: bool) -> tuple[Seen, float]:
    """Let so many people check a file at once; return what they saw, and the seconds until the last had an answer."""
    seen, is_over = Seen(), asyncio.Event()
    onlooker = asyncio.create_task(look_on(desk, seen, is_over))
    began = time.perf_counter()
    handed_in = await asyncio.gather(*(check_one(desk, content, seen, number) for number in range(people)))
    if kills:
        await asyncio.sleep(10)
        await asyncio.to_thread(desk.kill)
        await asyncio.to_thread(desk.start)
    await asyncio.gather(*(wait_for(client, page, seen) for client, page in handed_in if page))
    seconds = time.perf_counter() - began
    is_over.set()
    await onlooker
    return seen, seconds


def main() -> None:
    """Run it, and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--mib", type=float, default=10)
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spend.csv"
        write_spend(int(options.mib * 2**20 / BYTES_OF_A_ROW), file)
        content = file.read_bytes()
        desk = RunningDesk(Path(folder), port_that_is_free())
        try:
            seen, seconds = asyncio.run(crowd(desk, options.people, content, kills=options.kill))
        finally:
            desk.kill()
    ends = ", ".join(f"{count} “{end}”" for end, count in seen.ends.items())
    print(f"{options.people} people, {len(content) / 2**20:.1f} MiB each, {os.cpu_count()} cores")
    print(f"all had an answer after {seconds:.0f} s: {ends}; errors: {dict(seen.errors) or 'none'}")
    print(f"pages of others: {len(seen.pages)}, median {quantiles(seen.pages, n=2)[0]:.3f} s, "
          f"95th percentile {quantiles(seen.pages, n=20)[-1]:.3f} s, longest {max(seen.pages):.3f} s")  # fmt: skip
    print(f"memory of all processes: {seen.memory:.0f} MiB at most")


def port_that_is_free() -> int:
    """Return a port that nobody listens at."""
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    main()
