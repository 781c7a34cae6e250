"""How a child process is started: with the same code as its parent, and with the few variables that it needs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

KEPT = frozenset(
    {
        "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR",
        "TZ", "USERPROFILE",
    }
)  # fmt: skip
"""Variables that a child gets, and those that begin with LC_: no token and no password is among them."""

OWN = {
    # the system's allocator reserves no more address space than it uses, so that the limit on it means something
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    # no threads: a process that has some cannot be forked safely, and there is nothing for them to do
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Arrow brings an allocator of its own, which would start one although it is not used
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}

BEGIN = "import gc, sys; gc.set_threshold(20_000, 10, 10); sys.path.insert(0, sys.argv[1]); "
"""The beginning of a child's program. It imports a hundred thousand objects that stay, so a collection after every 700
would only cost time."""


def child_command(module: str, function: str) -> list[str]:
    """Return the command that runs a function of a module of this package in another process."""
    # -I: a module in the folder a person works in must not be imported instead of ours
    program = f"{BEGIN}from packages.readers.sandbox.{module} import {function}; {function}()"
    return [sys.executable, "-I", "-c", program, str(Path(__file__).parents[3])]


def library_folders() -> list[Path]:
    """Return the folders in which the system looks for libraries because somebody has told it to."""
    return [Path(folder) for folder in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if folder]


def child_environment() -> dict[str, str]:
    """Return the variables of a child process."""
    return {name: text for name, text in os.environ.items() if name in KEPT or name.startswith("LC_")} | OWN
