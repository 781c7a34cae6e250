"""The workshop: processes beside the desk that read, judge and publish files, a few at a time, while pages answer.

A file can crash, fill or hold up only the process that works on it; the desk starts another one. What waits is told by
the drafts, so that a desk that was killed goes on with all of it.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from flows.desk.drafts.draft import NOT_STOPPED, DeskDraft, JobName, Trouble

log = logging.getLogger(__name__)

LONGEST_JOB = 30 * 60.0
"""Seconds that one file may be worked on."""

COMMAND = [sys.executable, "-m", "flows.desk.drafts.worker"]
"""How a worker is started."""

JOBS_OF_ONE = 40
"""Jobs after which a process is replaced, so that its memory does not grow."""

STOPPED = Trouble(
    what="The work on this file was broken off.",
    fix="Try it once more. If it happens again, hand in a part of the file, or ask whoever runs londata.",
    why="The process that worked on it came to its end: it took too long or too much memory, or there is a fault in "
    "londata. Nothing was published.",
)
CANCELLED = Trouble(what="You have stopped this.", fix="Start it again when you want to.")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: how many wait before it, or its stage and the stages that are done, with their seconds."""

    before: int = 0
    stage: str = ""
    stages: tuple[tuple[str, float], ...] = ()


class JobEnds(Protocol):
    """What is done with what a job came to: its changes to the draft, or the trouble that stopped it."""

    def __call__(self, draft_id: str, name: JobName, changes: Mapping[str, Any], trouble: Trouble | None) -> None: ...


@dataclass(order=True)
class _Entry:
    """A job in the queue; of equal urgency, the one that was asked for first."""

    urgency: int
    number: int
    draft_id: str = field(compare=False)
    name: JobName = field(compare=False)


class Workshop:
    """Works on jobs, `workers` at a time, each in a process of its own; `on_end` is called in a thread of ours."""

    def __init__(
        self,
        workers: int,
        on_begin: Callable[[str], None],
        on_end: JobEnds,
        make_worker: Callable[[], JobWorker] | None = None,
    ) -> None:
        self._on_begin, self._on_end = on_begin, on_end
        self._make_worker = make_worker or WorkerProcess
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._queue: list[_Entry] = []
        self._running: dict[str, _Bench] = {}
        self._progress: dict[str, Progress] = {}
        self._is_open = True
        self._threads = [threading.Thread(target=self._work, name=f"desk-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    # --- asking -------------------------------------------------------------------------------------------------------

    def put(self, draft: DeskDraft, name: JobName) -> None:
        """Put a job into the queue. What is published goes first, then files of people who have signed in."""
        urgency = 0 if name in NOT_STOPPED else 2 if draft.is_anonymous else 1
        with self._changed:
            heapq.heappush(self._queue, _Entry(urgency, next(self._numbers), draft.id, name))
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """How many jobs are worked on."""
        return len(self._running)

    def progress(self, draft_id: str) -> Progress:
        """Return how far the job of a draft is."""
        with self._changed:
            if draft_id in self._progress:
                return self._progress[draft_id]
            places = (n for n, entry in enumerate(sorted(self._queue)) if entry.draft_id == draft_id)
            place = next(places, None)
            return Progress() if place is None else Progress(before=place + len(self._running))

    def wait(self, is_over: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is over, for so many seconds at most; return whether it is."""
        end = time.monotonic() + seconds
        with self._changed:
            while not is_over():
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 1.0))
        return True

    def cancel(self, draft_id: str) -> bool:
        """Stop the job of a draft; return whether there was one. What is being published is not stopped half-way."""
        with self._changed:
            waiting = [entry for entry in self._queue if entry.draft_id == draft_id]
            for entry in waiting:
                self._queue.remove(entry)
            heapq.heapify(self._queue)
            bench = self._running.get(draft_id)
            if bench and bench.name not in NOT_STOPPED:
                bench.cancel()
        for entry in waiting:
            self._on_end(draft_id, entry.name, {}, CANCELLED)
        return bool(waiting or bench)

    def close(self, seconds: float = 0.0) -> None:
        """Take no more jobs; those under way may go on for so many seconds, then their processes are ended."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        for bench in list(self._running.values()):
            bench.kill()
        for thread in self._threads:
            thread.join(5)

    # --- working ------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        worker: JobWorker | None = None
        while (entry := self._take()) is not None:
            worker = worker if worker and worker.is_good else self._make_worker()
            bench = _Bench(entry.name, worker)
            with self._changed:
                self._running[entry.draft_id] = bench
                self._progress[entry.draft_id] = Progress()
            self._on_begin(entry.draft_id)
            try:
                changes, trouble = bench.run(entry.draft_id, self._note_stage)
            except Exception as error:  # noqa: BLE001
                # one file never stops the others; the message of an error may quote a cell
                log.error("a job of the desk failed: %s", type(error).__name__)
                changes, trouble = {}, STOPPED
            self._end(entry, changes, trouble)
        if worker:
            worker.close()

    def _take(self) -> _Entry | None:
        with self._changed:
            while self._is_open and not self._queue:
                self._changed.wait()
            return heapq.heappop(self._queue) if self._is_open else None

    def _note_stage(self, draft_id: str, stage: str) -> None:
        with self._changed:
            before = self._progress.get(draft_id, Progress())
            if stage != before.stage:
                stages = (*before.stages, (stage, time.monotonic()))
                # a large file tells its rows within one stage
                if before.stage and stage.partition(":")[0] == before.stage.partition(":")[0]:
                    stages = before.stages
                self._progress[draft_id] = Progress(stage=stage, stages=stages)
            self._changed.notify_all()

    def _end(self, entry: _Entry, changes: Mapping[str, Any], trouble: Trouble | None) -> None:
        is_open = self._is_open
        with self._changed:
            self._running.pop(entry.draft_id, None)
            self._progress.pop(entry.draft_id, None)
        # a desk that ends leaves the job in its draft, and goes on with it when it starts again
        if is_open or not trouble:
            try:
                self._on_end(entry.draft_id, entry.name, changes, trouble)
            except Exception as error:  # noqa: BLE001
                log.error("what a job came to could not be kept: %s", type(error).__name__)
        with self._changed:
            self._changed.notify_all()


class JobWorker(Protocol):
    """Works on one job after the other."""

    @property
    def is_good(self) -> bool:
        """Whether it can take one more job."""

    def ask(self, question: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield what it answers, until the job is done or the worker has ended."""

    def kill(self) -> None:
        """End it with everything that it has started."""

    def close(self) -> None:
        """End it, and wait for that."""


class _Bench:
    """One job at one worker."""

    def __init__(self, name: JobName, worker: JobWorker) -> None:
        self.name = name
        self._worker = worker
        self._is_cancelled = False

    def run(self, draft_id: str, on_stage: Callable[[str, str], None]) -> tuple[Mapping[str, Any], Trouble | None]:
        """Return what the job changes, and its trouble."""
        timer = threading.Timer(LONGEST_JOB, self.kill)
        timer.daemon = True
        timer.start()
        try:
            for message in self._worker.ask({"draft": draft_id, "job": self.name}):
                if "stage" in message:
                    on_stage(draft_id, message["stage"])
                elif "trouble" in message:
                    return {}, Trouble.model_validate(message["trouble"])
                else:
                    return message["changes"], None
        finally:
            timer.cancel()
        return {}, CANCELLED if self._is_cancelled else STOPPED

    def cancel(self) -> None:
        """Stop the job, because somebody wants it."""
        self._is_cancelled = True
        self.kill()

    def kill(self) -> None:
        """End the process."""
        self._worker.kill()


class WorkerProcess:
    """One process that works on one job after the other. It ends by itself when we do."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True, encoding="utf-8"
        )
        self._jobs = 0
        self._has_ended = False

    @property
    def is_good(self) -> bool:
        """Whether it can take one more job."""
        if not self._has_ended and self._process.poll() is None and self._jobs < JOBS_OF_ONE:
            return True
        self.close()
        return False

    def ask(self, question: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield what the process answers, until it has ended the job or itself."""
        self._jobs += 1
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        for line in self._process.stdout:
            yield json.loads(line)
        # a process that dies says no more a moment before the system knows that it is gone
        self._has_ended = True

    def close(self) -> None:
        """End it, and wait for that."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        self._process.wait()

    def kill(self) -> None:
        """End it with everything that it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
