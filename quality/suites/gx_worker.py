"""One process that runs Great Expectations for this one, started when the first expectation cannot be proven.

Its import takes seconds and some 200 MiB, which most runs need not spend, and which is gone with the process.
"""

from __future__ import annotations

import atexit
import faulthandler
import gc
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from quality.suites.expectations import ExpectationAnswer, ExpectationQuestion, import_great_expectations

BEGIN = (
    "import gc, sys; gc.set_threshold(20_000, 10, 10); sys.path.insert(0, sys.argv[1]); "
    "from quality.suites.gx_worker import answer_questions; answer_questions(int(sys.argv[2]))"
)
"""The program of the child: the same code as its parent, wherever that was started."""

MODEST = 5
"""Niceness of the child: it yields the processor to its parent, whose findings a person waits for."""

TIME_LIMIT = 1800.0
"""Seconds for the expectations on one table. A regular expression can take forever on a text made for that."""

MOST_TABLES = 100
"""Tables after which a child is replaced, so that what its libraries keep does not add up over a night."""

MANY_ROWS = 500_000
"""Rows of a table after which a child is not kept: what comes next in a publish needs memory of its own."""

LOOK_EVERY = 1.0
"""Seconds between two looks of the child whether its parent is still there."""

TOO_LONG = "Great Expectations took longer than {minutes:.0f} minutes."
NO_ANSWER = "Great Expectations stopped before it had an answer."


class GxFailed(Exception):
    """What Great Expectations was asked about could not be read, or the like; its text names the error only."""


class GxChild:
    """A process that has Great Expectations imported, or is about to."""

    def __init__(self) -> None:
        # -I: modules in the current folder must not be imported
        command = [sys.executable, "-I", "-c", BEGIN, str(Path(__file__).parents[2]), str(os.getpid())]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=_environment()
        )
        self._owner = os.getpid()
        self._is_late = False
        self.tables = 0

    def ask(
        self, asked: Sequence[ExpectationQuestion], parquet: Path, dates: frozenset[str], time_limit: float
    ) -> dict[str, ExpectationAnswer]:
        """Return the answers; TimeoutError after the limit, EOFError when the child is gone, GxFailed as it says."""
        assert self._process.stdin
        assert self._process.stdout
        self.tables += 1
        timer = threading.Timer(time_limit, self._stop_late)
        timer.daemon = True
        timer.start()
        try:
            pickle.dump((tuple(asked), parquet.resolve(), dates, time_limit), self._process.stdin)
            self._process.stdin.flush()
            # only our own child writes here, so its pickle can be trusted
            answers: dict[str, ExpectationAnswer] | str = pickle.load(self._process.stdout)  # noqa: S301
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise (TimeoutError if self._is_late else EOFError) from error
        finally:
            timer.cancel()
        if isinstance(answers, str):
            raise GxFailed(answers)
        return answers

    def _stop_late(self) -> None:
        self._is_late = True
        self._process.kill()

    @property
    def is_ours(self) -> bool:
        """Whether this process started it: one that was forked since would get answers to questions of the other."""
        return self._owner == os.getpid()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        # waits for the child and closes the pipes, so that neither is left behind
        self._process.communicate()


class GxWorker:
    """Great Expectations for all threads of a process, in one child at a time."""

    def __init__(self, time_limit: float = TIME_LIMIT, most_tables: int = MOST_TABLES) -> None:
        self._time_limit = time_limit
        self._most_tables = most_tables
        self._child: GxChild | None = None
        self._starting = threading.Lock()
        self._asking = threading.Lock()

    def prepare(self) -> None:
        """Let a child import Great Expectations, unless there is one: something will be asked before long."""
        with self._starting:
            if self._child is None or not self._child.is_ours:
                self._child = GxChild()

    def ask(
        self, asked: Sequence[ExpectationQuestion], parquet: Path, dates: frozenset[str]
    ) -> dict[str, ExpectationAnswer]:
        """Return the answers of Great Expectations on the whole table.

        A child that is gone is replaced once; without an answer, each expectation has a problem that says why. GxFailed
        when the table cannot be read.
        """
        with self._asking:
            for _ in range(2):
                try:
                    return self._asked_child(asked, parquet, dates)
                except TimeoutError:
                    return _without_answer(asked, TOO_LONG.format(minutes=self._time_limit / 60))
                except EOFError:
                    continue
        return _without_answer(asked, NO_ANSWER)

    def _asked_child(
        self, asked: Sequence[ExpectationQuestion], parquet: Path, dates: frozenset[str]
    ) -> dict[str, ExpectationAnswer]:
        self.prepare()
        child = self._child
        assert child
        try:
            answers = child.ask(asked, parquet, dates, self._time_limit)
        except (TimeoutError, EOFError):
            self.close()
            raise
        if child.tables >= self._most_tables or pq.read_metadata(parquet).num_rows > MANY_ROWS:
            self.close()
        return answers

    def close(self) -> None:
        """End the child, if there is one; the next question starts another."""
        with self._starting:
            child, self._child = self._child, None
        if child and child.is_ours:
            child.close()


WORKER = GxWorker()
"""The worker of this process."""

atexit.register(WORKER.close)


def _without_answer(asked: Sequence[ExpectationQuestion], problem: str) -> dict[str, ExpectationAnswer]:
    return {question.name: ExpectationAnswer(False, problem=problem) for question in asked}


def _environment() -> dict[str, str]:
    # nothing of ours: it may hold tokens and passwords, and the child needs none
    return {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "TMPDIR": tempfile.gettempdir(),
        # no configuration is read from a home
        "HOME": os.devnull,
        "OPENBLAS_NUM_THREADS": "1",
        # gives memory back: 80 MiB less at the peak of a table of a million rows
        "ARROW_DEFAULT_MEMORY_POOL": "jemalloc" if sys.platform == "linux" else "system",
        "JE_ARROW_MALLOC_CONF": "narenas:1,muzzy_decay_ms:0",
        "GX_ANALYTICS_ENABLED": "false",
    }


# --- the child --------------------------------------------------------------------------------------------------------


def answer_questions(parent: int) -> None:
    """Run as the child of a process: import, then answer questions from standard input until it is closed."""
    # standard output is for answers only: whatever a library prints goes to standard error
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # Windows has no niceness
    if hasattr(os, "nice"):
        os.nice(MODEST)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    import_great_expectations()
    # what was imported stays: a collection need not look at it
    gc.freeze()
    # imported on use: a parent that asks nothing must not wait for it
    from quality.suites.batched import ask_in_batches

    while True:
        try:
            asked, parquet, dates, time_limit = pickle.load(questions)  # noqa: S301 - only our own parent writes here
        except EOFError:
            return
        # ends the process also where a library holds Python's lock, and no thread can see that the parent is gone
        faulthandler.dump_traceback_later(time_limit + 60, exit=True)
        found: dict[str, ExpectationAnswer] | str
        try:
            found = ask_in_batches(asked, parquet, dates)
        except Exception as error:  # noqa: BLE001 - told to the parent; its message may quote cells
            found = type(error).__name__
        faulthandler.cancel_dump_traceback_later()
        pickle.dump(found, answers)
        answers.flush()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os._exit(1)
