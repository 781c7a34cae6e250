"""The process that works for the desk: one job after the other from standard input, how it goes on standard output.

A line in is `{"draft": id, "job": name}`; lines out are `{"stage": …}`, then `{"changes": …}` or `{"trouble": …}`.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flows.desk.drafts.draft import NOT_STOPPED
from flows.process.startup import keep_files_private
from packages.errors import LondataError

if TYPE_CHECKING:
    from flows.examine import OnStage

KIND = 5
"""How much a job stands back behind the pages, as `nice` counts."""

OURS = ("flows", "packages", "quality", "catalogue", "__main__")
"""The loggers whose messages are known to quote nothing."""

WATCH = 2.0
"""Seconds between two looks whether the desk is still there."""


def work() -> None:
    """Take jobs until the desk is gone."""
    # what a library prints must not stand between our lines, and nowhere else either: it may quote a cell
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    _log_our_own()
    if os.name == "posix":
        os.nice(KIND)
    keep_files_private()
    for line in sys.stdin:
        question = json.loads(line)
        is_public = question["job"] in NOT_STOPPED
        is_over = threading.Event()
        if not is_public:
            threading.Thread(target=_end_with_the_desk, args=(os.getppid(), is_over), daemon=True).start()

        def tell(**message: Any) -> None:
            answers.write(json.dumps(message) + "\n")

        tell(**answer_of(question, lambda stage: tell(stage=stage)))
        # the watch over this job must not end the next one, which may be a publication
        is_over.set()


def _log_our_own() -> None:
    """Let our own messages go where those of the desk go, and all else nowhere."""
    handler = logging.StreamHandler(os.fdopen(os.dup(2), "w", encoding="utf-8", buffering=1))
    handler.addFilter(lambda record: record.name.partition(".")[0] in OURS)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format="%(levelname)s: %(message)s")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def answer_of(question: Mapping[str, str], on_stage: OnStage) -> dict[str, Any]:
    """Return the last line on a job: its changes, or the trouble that stopped it."""
    from flows.desk.drafts.errands import do_errand
    from flows.desk.drafts.jobs import JOBS, open_work

    job = do_errand if question["job"] == "errand" else JOBS[question["job"]]
    try:
        return {"changes": job(open_work(question["draft"], on_stage))}
    except LondataError as problem:
        return {"trouble": {"what": problem.what, "fix": problem.fix, "why": problem.why}}
    except Exception as error:  # noqa: BLE001
        # its message may quote a cell
        logging.getLogger(__name__).error("a job of the desk failed: %s", type(error).__name__)
        return {
            "trouble": {
                "what": f"Stopped by a fault of ours ({type(error).__name__}). Nothing was published.",
                "fix": "Try it once more. If it happens again, tell whoever runs londata.",
            }
        }


def _end_with_the_desk(desk: int, is_over: threading.Event) -> None:
    """End a job that nobody waits for any more: a desk that starts again does it anew."""
    while os.getppid() == desk:
        if is_over.wait(WATCH):
            return
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    work()
