"""What a command costs: processor time and memory of all its processes together, and what it says.

    python -m tests.enemy.measure [-k PART OF A NAME] [--first] [--out TABLE.tsv]

runs `londata check` on every hostile file and prints a table (`make enemy`).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.enemy.hostile import HostileFile, cases

MOST_CPU, MOST_MEMORY, MOST_OF_PARENT = 20.0, 600.0, 250.0
"""Seconds, MiB of all processes together, and MiB of the first of them, that one hostile file may cost."""

WALL = 300
"""Seconds after which a command is stopped, and counts as hanging; so does one with three times the processor time."""

PROGRAM = "from flows.cli.app import main; main()"
EVERY = 0.05
TICK = os.sysconf("SC_CLK_TCK")
TOLD = {0, 10, 20, 30, 40, 50, 60}
"""Exit codes that the commands have: done, an error that is told, held or blocked."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of processor and wall, MiB of all processes and of the first, the exit code, and what was printed."""

    cpu: float
    wall: float
    memory: float
    parent: float
    code: int
    said: str
    is_stopped: bool = False

    def faults(self) -> list[str]:
        """Return in words what is wrong with it."""
        found = []
        if self.is_stopped:
            found.append("does not end")
        if self.cpu > MOST_CPU:
            found.append(f"{self.cpu:.0f} s of CPU")
        if self.memory > MOST_MEMORY:
            found.append(f"{self.memory:.0f} MiB")
        if self.parent > MOST_OF_PARENT:
            found.append(f"parent {self.parent:.0f} MiB")
        if not self.is_stopped and (self.code < 0 or self.code not in TOLD):
            found.append(f"exit code {self.code}")
        if "Traceback (most recent call last)" in self.said:
            found.append("a stack trace")
        if "Internal" in self.said and "error" in self.said.lower():
            found.append("an internal error")
        if not self.said.strip():
            found.append("says nothing")
        return found


def cost_of(
    command: Sequence[str], environment: dict[str, str] | None = None, *, wall: float = WALL, cpu: float = 3 * MOST_CPU
) -> Cost:
    """Run a command and its children, and measure them together; after so many seconds it is stopped."""
    with tempfile.TemporaryFile() as out:
        begun = time.monotonic()
        process = subprocess.Popen(
            list(command), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
            start_new_session=True, cwd=ROOT,
        )  # fmt: skip
        seen: dict[int, float] = {}
        memory = parent = 0.0
        is_stopped = False
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            looked = time.monotonic()
            now, own = _sample(process.pid, seen)
            memory, parent = max(memory, now), max(parent, own)
            if looked - begun > wall or sum(seen.values()) > cpu:
                is_stopped = True
                os.killpg(process.pid, signal.SIGKILL)
                _, status, usage = os.wait4(process.pid, 0)
                break
            # to look at a large process takes the system a while: a look is a tenth of all at most
            time.sleep(max(EVERY, 10 * (time.monotonic() - looked)))
        took = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read(1 << 20).decode(errors="replace")
    # a child that nobody waited for is not in the figures of the system, but was seen
    used = max(usage.ru_utime + usage.ru_stime, sum(seen.values()))
    return Cost(used, took, memory, parent, process.returncode, said, is_stopped)


def _sample(session: int, seen: dict[int, float]) -> tuple[float, float]:
    """Return MiB of all processes of a session, and the most that its first had; note the seconds of each."""
    total = own = 0.0
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) != session:
                continue
            seen[int(entry.name)] = (int(fields[11]) + int(fields[12])) / TICK
            # shared pages are divided among those that share them
            total += int(re.search(r"^Pss:\s+(\d+)", Path(entry.path, "smaps_rollup").read_text(), re.M)[1]) / 1024  # type: ignore[index]
            if int(entry.name) == session:
                own = int(re.search(r"VmHWM:\s+(\d+)", Path(entry.path, "status").read_text())[1]) / 1024  # type: ignore[index]
        except (OSError, TypeError, ValueError):
            # it has just ended
            continue
    return total, own


def environment_of(home: Path) -> dict[str, str]:
    """The variables for a command with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LONDATA_")}
    return kept | {"LONDATA_HOME": str(home), "PYTHONPATH": str(ROOT), "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"}


def _asked_for(file: HostileFile) -> list[str]:
    """The dataset that a file should be: without one, a file with odd headings would be refused for these alone."""
    return ["--dataset", file.kind.dataset, "--publisher", "camden"]


def check_cost(file: HostileFile, folder: Path) -> Cost:
    """Write a hostile file, let `londata check` look at it, and remove it."""
    path = file.write(folder)
    try:
        command = [sys.executable, "-c", PROGRAM, "check", *_asked_for(file), "--", str(path)]
        return cost_of(command, environment_of(folder / "home"))
    finally:
        shutil.rmtree(folder / file.name)


def main() -> int:
    """Measure the files that are asked for; return how many have a fault."""
    ask = argparse.ArgumentParser()
    ask.add_argument("-k", default="", help="part of the name of a kind")
    ask.add_argument("--first", action="store_true", help="only the first file of each kind")
    ask.add_argument("--out", default="", help="write the table here too")
    asked = ask.parse_args()
    bad = count = 0
    with tempfile.TemporaryDirectory(prefix="londata-enemy-", dir="/var/tmp") as name:
        for file in cases():
            if not re.search(asked.k, file.name) or (asked.first and file.number):
                continue
            cost = check_cost(file, Path(name))
            faults, count = cost.faults(), count + 1
            bad += bool(faults)
            words = " ".join(cost.said.split())[:150].replace("\t", " ")
            row = f"{file.name}\t{cost.cpu:.1f}\t{cost.wall:.0f}\t{cost.memory:.0f}\t{cost.parent:.0f}\t{cost.code}"
            row += f"\t{'; '.join(faults) or 'ok'}\t{words!a}"
            print(row, flush=True)
            if asked.out:
                with Path(asked.out).open("a") as table:
                    table.write(row + "\n")
    print(f"{count} files, {bad} with a fault")
    return bad


if __name__ == "__main__":
    sys.exit(min(main(), 1))
