"""Commands in processes of their own that need not import anything first: forked from one that has done so.

Half of what a command costs is its imports, and the tests run hundreds. A process is as bare as any other: its own
environment, folder, words and exit code. What is about the start itself (what is imported, what the network is asked)
starts `python -m flows`, and so does the first file of each kind of command in `test_cli.py`.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess

IMPORTED = (
    # the first: it prepares the process, as at every start
    "flows.cli.app",
    "flows.cli.decision_commands",
    "flows.cli.map_columns",
    "flows.cli.recognise",
    "flows.cli.takedown_commands",
    "flows.examine",
    "flows.publish",
    "flows.site.update",
    "quality.judge",
)
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(list(IMPORTED))


def run_forked(
    arguments: Sequence[str | Path], environment: Mapping[str, str], folder: Path, seconds: int = 1500
) -> CompletedProcess[str]:
    """Run the command line in a folder; TimeoutError when it does not end."""
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryDirectory() as name:
        out, err = Path(name) / "out", Path(name) / "err"
        process = SERVER.Process(target=_command, args=(words, dict(environment), folder, out, err))
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"londata {' '.join(words)} did not end within {seconds} s")
        told = [path.read_text(encoding="utf-8") for path in (out, err)]
        return CompletedProcess(["londata", *words], process.exitcode, *told)


def _command(words: list[str], environment: dict[str, str], folder: Path, out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for path, number in ((out, 1), (err, 2)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.argv = ["londata", *words]
    from flows.cli.app import main

    main()
