"""Have a task done by a child process inside the box, within the budget of the file that it works on."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packages.errors import FileProblem
from packages.readers.budget import MEBI, ReadingBudget
from packages.readers.sandbox.orders import OUTCOME, ChildTask, Order
from packages.readers.sandbox.program import child_command, child_environment
from packages.readers.sandbox.warm import WARM_CHILDREN, ReaderEnd
from packages.refusal import refusal

LOOK_SECONDS = 1.0
"""Seconds between two looks at how far the child has come."""

LARGEST_OUTCOME = 64 << 20
"""Bytes of an outcome: findings and headings, never rows."""

OUT_OF_MEMORY = (b"MemoryError", b"MemError", b"Cannot allocate memory", b"memory allocation of", b"Error -4 while")
"""What Python, the libraries (zlib: -4) and the system print when the limit is reached."""

OUT_OF_SPACE = (b"File too large", b"FileTooLarge")

Look = Callable[[], None]
"""Called about once a second while a task goes on."""


@dataclass(frozen=True, slots=True)
class ConfinedJob:
    """A task on one file, by the child with the libraries of `group`, within a budget.

    `is_streamed` is whether it needs no more memory for a larger file.
    """

    task: ChildTask
    path: Path
    arguments: Mapping[str, Any]
    group: str
    budget: ReadingBudget
    is_streamed: bool = False

    def order(self, folder: Path) -> Order:
        """Return what the child gets: the limits grow with the file."""
        size = self.path.stat().st_size
        return Order(
            self.task,
            {"path": str(self.path), **self.arguments},
            path=str(self.path),
            folder=str(folder),
            group=self.group,
            budget=dataclasses.asdict(self.budget),
            cpu=self.budget.cpu(size),
            memory=self.budget.memory(0 if self.is_streamed else size),
            written=self.budget.unpacked,
        )


def run_confined(job: ConfinedJob, folder: Path, look: Look) -> dict[str, Any]:
    """Have a job done, and return its outcome; FileProblem when it says so, crashes, or needs more than its budget.

    The outcome is the child's word, and whoever made the file may speak through it: take its types for granted, and
    nothing else. The same holds for the files in `folder`; `given_file` opens none that leads elsewhere.
    """
    order = job.order(folder)
    end = WARM_CHILDREN.carry_out(order, _Watch(folder, job.budget, look))
    if end is None:
        end = _carried_out_fresh(order, _Watch(folder, job.budget, look))
    if end.code:
        raise _problem_of(end, order)
    outcome = given_file(folder / OUTCOME)
    if outcome.stat().st_size > LARGEST_OUTCOME:
        raise refusal("workbook-unreadable")
    told: dict[str, Any] = json.loads(outcome.read_text(encoding="utf-8"))
    if "problem" in told:
        what, fix, why = told["problem"]
        raise FileProblem(what, fix=fix, why=why)
    return told


def given_file(path: Path) -> Path:
    """Return the path of a file that a child has left; FileProblem when it is none, but a link to one of ours."""
    try:
        is_file = stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        is_file = False
    if not is_file:
        raise refusal("workbook-unreadable")
    return path


def too_costly(limit: str, name: str) -> FileProblem:
    """Return the problem of a file whose reading took more than a limit, in words and by its name in the budget."""
    return refusal("workbook-too-heavy", limit=limit, name=name)


def _problem_of(end: ReaderEnd, order: Order) -> FileProblem:
    """Return why a child has not done its task, as its end shows."""
    if end.code == -getattr(signal, "SIGXCPU", 0) and end.code:
        return too_costly(f"{order.cpu} seconds of computing time", "cpu_base")
    if (end.code == -getattr(signal, "SIGXFSZ", 0) and end.code) or any(mark in end.errors for mark in OUT_OF_SPACE):
        return too_costly(f"{order.written // MEBI:,} MiB of space", "unpacked")
    # a negative code is a signal: the system itself killed the child
    if end.code < 0 or any(mark in end.errors for mark in OUT_OF_MEMORY):
        return too_costly(f"{order.memory // MEBI:,} MiB of memory", "memory_base")
    return refusal("workbook-unreadable")


class _Watch:
    """Looks about once a second at how far a child has come, until its time or its space is used up."""

    def __init__(self, folder: Path, budget: ReadingBudget, look: Look) -> None:
        self._folder = folder
        self._budget = budget
        self._deadline = time.monotonic() + budget.wall
        self._look = look

    def seconds(self) -> float:
        """Return the seconds until the next look; FileProblem when the time is up."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise too_costly(f"{self._budget.wall:,} seconds", "wall")
        return min(LOOK_SECONDS, left)

    def look(self) -> None:
        """Tell how far it has come; FileProblem when it has written more than one file may unpack to."""
        # the system limits each file, not their number
        if sum(entry.stat(follow_symlinks=False).st_size for entry in os.scandir(self._folder)) > self._budget.unpacked:
            raise too_costly(f"{self._budget.unpacked // MEBI:,} MiB of space", "unpacked")
        self._look()


def _carried_out_fresh(order: Order, watch: _Watch) -> ReaderEnd:
    """Have an order carried out by a child that is started for it alone."""
    pipe = subprocess.PIPE
    command = child_command("child", "run_child")
    order_text: bytes | None = json.dumps(dataclasses.asdict(order)).encode()
    with subprocess.Popen(command, env=child_environment(), stdin=pipe, stdout=pipe, stderr=pipe) as child:  # noqa: S603
        try:
            while True:
                try:
                    errors = bytes(child.communicate(order_text, timeout=watch.seconds())[1])
                    break
                except subprocess.TimeoutExpired:
                    # communicate() has sent the order by now, and must not be given it a second time
                    order_text = None
                    watch.look()
        finally:
            child.kill()
    return ReaderEnd(child.returncode, errors)
