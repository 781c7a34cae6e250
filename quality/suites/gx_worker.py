"""A second process that imports Great Expectations while the file is still being read.

The import takes longer than everything else in a check, and does not depend on the file.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from quality.suites.expectations import (
    ExpectationAnswer,
    ExpectationQuestion,
    ask_great_expectations,
    import_great_expectations,
)

BEGIN = (
    "import gc, sys; gc.set_threshold(20_000, 10, 10); sys.path.insert(0, sys.argv[1]); "
    "from quality.suites.gx_worker import answer_questions; answer_questions()"
)
"""The program of the child: the same code as its parent, wherever that was started."""

MODEST = 5
"""Niceness of the child: it yields the processor to its parent, whose findings a person waits for."""


class GxWorker:
    """Runs Great Expectations in a child process that is started early; used as a context, which ends the child."""

    def __init__(self) -> None:
        # -I: modules in the current folder must not be imported
        command = [sys.executable, "-I", "-c", BEGIN, str(Path(__file__).parents[2])]
        self._child = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def ask(
        self, asked: Sequence[ExpectationQuestion], parquet: Path, dates: frozenset[str]
    ) -> dict[str, ExpectationAnswer]:
        """Return what `ask_great_expectations` does; if the child is gone, it runs in this process."""
        assert self._child.stdin
        assert self._child.stdout
        try:
            pickle.dump((tuple(asked), parquet.resolve(), dates), self._child.stdin)
            self._child.stdin.flush()
            # only our own child writes here, so its pickle can be trusted
            answers: dict[str, ExpectationAnswer] = pickle.load(self._child.stdout)  # noqa: S301
        except (OSError, EOFError, pickle.UnpicklingError):
            return ask_great_expectations(asked, parquet, dates)
        return answers

    def __enter__(self) -> GxWorker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._child.kill()
        # waits for the child and closes the pipes, so that neither is left behind
        self._child.communicate()


def answer_questions() -> None:
    """Run as the child: import, then answer questions from standard input until it is closed."""
    # standard output is for answers only: whatever a library prints goes to standard error
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # Windows has no niceness
    if hasattr(os, "nice"):
        os.nice(MODEST)
    import_great_expectations()
    while True:
        try:
            asked, parquet, dates = pickle.load(questions)  # noqa: S301 - only our own parent writes here
        except EOFError:
            return
        pickle.dump(ask_great_expectations(asked, parquet, dates), answers)
        answers.flush()
