"""What a process and all that it starts cost: CPU as the kernel counts it, memory of all together, in Linux's terms."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

EVERY = 0.1
"""Seconds between two looks at the processes; memory is looked at in every third."""

_SET_CHILD_SUBREAPER = 36
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU (user and system) and by the clock, the peak memory of all processes together in MiB.

    `parts` tells the CPU of the first process, of Prefect's server and of all others apart. `memory` counts what
    processes share once.
    """

    cpu: float
    wall: float
    memory: float
    exit_code: int
    parts: dict[str, float] = field(default_factory=dict)


def cost_of(process: subprocess.Popen[bytes]) -> Cost:
    """Wait for a process that was just started, and for all that it leaves behind; one at a time."""
    # who loses its parent becomes our child, and so is counted in the end
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    begin, before = time.perf_counter(), _waited_for()
    seen: dict[tuple[int, int], tuple[str, float]] = {}
    memory, looks = 0.0, 0
    while (exit_code := process.poll()) is None:
        pids = list(pids_of(process.pid))
        for pid in pids:
            _note_cpu(pid, seen)
        if looks % 3 == 0:
            memory = max(memory, sum(proportional_memory(pid) for pid in pids))
        looks += 1
        time.sleep(EVERY)
    wall = time.perf_counter() - begin
    _wait_for_orphans()
    cpu = _waited_for() - before
    main = sum(seconds for (pid, _), (_, seconds) in seen.items() if pid == process.pid)
    server = sum(seconds for role, seconds in seen.values() if role == "server")
    parts = {"main": main, "server": server, "others": max(cpu - main - server, 0.0)}
    return Cost(cpu, wall, memory, exit_code, parts)


def _waited_for() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_for_orphans() -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            time.sleep(EVERY)


def pids_of(first: int) -> Iterator[int]:
    """Yield the ids of a process and all below it."""
    below: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if state := _state(int(folder.name)):
            below.setdefault(int(state[1]), []).append(int(folder.name))
    found = [first]
    while found:
        yield (pid := found.pop())
        found += below.get(pid, [])


def _state(pid: int) -> list[str]:
    try:
        # the name of the program stands in brackets and may hold anything; see proc(5)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _note_cpu(pid: int, seen: dict[tuple[int, int], tuple[str, float]]) -> None:
    fields = _state(pid)
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return
    if not fields:
        return
    seconds, begun = (int(fields[11]) + int(fields[12])) / _TICK, int(fields[19])
    role = "server" if b"prefect.server" in command else "other"
    if command:  # it is empty once the process has ended
        seen[pid, begun] = (role, seconds)


def proportional_memory(pid: int) -> float:
    """Return the MiB of a process, with its part of what it shares with others."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
