"""The parts of one publish, each with its seconds and its memory; run as a program by `tests/bench/publish.py`.

    PYTHONPATH=CHECKOUT LONDATA_HOME=FOLDER python tests/bench/stages.py DATASET/PUBLISHER FILE

The functions of the parts are wrapped from outside, so that an earlier version can be timed alike: a part that it does
not have is left out. The peak is that of this process while the part ran (Linux only), and what remained after it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

PARTS = (
    ("flows.publish", "receive_extract", "receiving"),
    ("flows.publish", "examine", "examining"),
    ("flows.examine", "make_draft", "reading, conforming, writing"),
    ("flows.examine", "judge", "judging"),
    ("quality.judge", "_run_part", "part: {0}"),
    ("flows.examine", "table_changes", "comparison with the last release"),
    ("flows.publish", "seal_release", "report and seal"),
    ("flows.publish", "render_report", "report"),
    ("packages.release.seal", "prove_files_equal", "equality proof"),
    ("packages.release.seal", "_complete", "digests, manifest, sync"),
    ("packages.release.seal", "_sync", "sync of a file"),
    ("packages.release.seal", "verify_release", "release read again"),
    ("flows.publish", "list_unless_taken_back", "listing and site"),
)
"""Module, function as it is known there, and the words for it; {0} is its first argument."""

depth = 0
lines: list[str] = []


def main() -> None:
    """Run one publish and print its parts."""
    begin, cpu = time.perf_counter(), time.process_time()
    from flows.process.startup import prepare_process

    prepare_process()
    import datetime as dt

    from flows.outcome import PublishJob
    from flows.publish import publish
    from flows.services import Services
    from flows.settings import load_settings
    from packages.model import Identity

    for part in PARTS:
        _wrap(*part)
    started = time.perf_counter() - begin
    services = Services(load_settings())
    outcome = publish(
        PublishJob(Identity.parse(sys.argv[1]), file=Path(sys.argv[2])), services, dt.datetime.now(dt.UTC)
    )
    print(f"{'part':<44}{'wall s':>8}{'CPU s':>8}{'peak MiB':>10}{'after':>8}")
    print(f"{'start':<44}{started:8.2f}")
    print("\n".join(lines))
    print(f"{'all':<44}{time.perf_counter() - begin:8.2f}{time.process_time() - cpu:8.2f}  {outcome}"[:160])


def _wrap(module: str, name: str, words: str) -> None:
    with suppress(ImportError, AttributeError):
        loaded = import_module(module)
        setattr(loaded, name, _timed(getattr(loaded, name), words))


def _timed(function: Callable[..., Any], words: str) -> Callable[..., Any]:
    @wraps(function)
    def timed(*arguments: Any, **named: Any) -> Any:
        global depth
        place = len(lines)
        lines.append("")
        depth += 1
        _forget_peak()
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            depth -= 1
            label = "  " * depth + words.format(str(arguments[0])[-40:] if arguments else "")
            seconds = f"{time.perf_counter() - wall:8.2f}{time.process_time() - cpu:8.2f}"
            lines[place] = f"{label:<44}{seconds}{_memory('VmHWM'):10.0f}{_memory('VmRSS'):8.0f}"

    return timed


def _forget_peak() -> None:
    # what a part within this one reached is not counted for the whole of it
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _memory(what: str) -> float:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(what):
                return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
